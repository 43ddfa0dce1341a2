"""Run the cases: ``python -m benchmarks [CASE ...] --peers PYTHON``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.cases import CASES
from benchmarks.contestants import CONTESTANTS
from benchmarks.machine import describe_commit, describe_machine
from benchmarks.outcome import NotRunError, write_outcome
from benchmarks.settings import ROOT, Settings

RESULTS = ROOT / "benchmarks" / "results"


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Time Diabolo beside its peers."
    )
    parser.add_argument("cases", nargs="*", metavar="CASE", help="which cases to run (all of them)")
    parser.add_argument("--peers", type=Path, metavar="PYTHON", help="Python of the peers' environment")
    parser.add_argument(
        "--only",
        action="append",
        choices=CONTESTANTS,
        metavar="NAME",
        help=f"a contestant to run, again for more ({', '.join(CONTESTANTS)})",
    )
    parser.add_argument("--repeats", type=int, default=3, metavar="N", help="rounds (3)")
    parser.add_argument("--full-peers", action="store_true", help="peers run every epoch; nothing is scaled")
    parser.add_argument("--quick", action="store_true", help="one round of a few epochs; writes no results")
    parser.add_argument("--results", type=Path, default=RESULTS, metavar="FOLDER", help="where results go")
    parser.add_argument("--list", action="store_true", help="list the cases and end")
    return parser


def read_settings(options: argparse.Namespace, parser: argparse.ArgumentParser) -> Settings:
    """Check the options and turn them into settings."""
    unknown = [name for name in options.cases if name not in CASES]
    if unknown:
        parser.error(f"no case named {', '.join(unknown)}: choose from {', '.join(CASES)}")
    if options.repeats < 1:
        parser.error(f"--repeats must be at least 1, got {options.repeats}")
    if options.peers is not None and not options.peers.exists():
        parser.error(f"--peers: there is no {options.peers}")
    wanted = options.only or [key for key, contestant in CONTESTANTS.items() if contestant.by_default]
    if options.peers is None:
        left_out = [CONTESTANTS[key].title for key in wanted if CONTESTANTS[key].is_peer]
        if left_out:
            print(f"Without --peers, left out: {', '.join(left_out)}.", file=sys.stderr)
        wanted = [key for key in wanted if not CONTESTANTS[key].is_peer]
    return Settings(
        # Absolute, not resolved: a virtual environment's python is a link, and following it leads out of it.
        peers=None if options.peers is None else options.peers.absolute(),
        contestants=tuple(key for key in CONTESTANTS if key in wanted),
        repeats=1 if options.quick else options.repeats,
        quick=options.quick,
        full_peers=options.full_peers,
    )


def main() -> int:
    parser = build_parser()
    options = parser.parse_args()
    if options.list:
        width = max(map(len, CASES))
        for case in CASES.values():
            print(f"{case.name:{width}}  {case.about}")
        return 0
    settings = read_settings(options, parser)
    complete = True
    commit = describe_commit()  # now, since the first results written make the folder differ
    for name in options.cases or CASES:
        case = CASES[name]
        print(f"\n{case.name}: {case.about}", flush=True)
        where = {"commit": commit, "machine": describe_machine()}
        try:
            outcome = case.run(settings)
        except NotRunError as reason:
            print(f"not run: {reason}")
            complete = False
            continue
        print(outcome.text, flush=True)
        complete &= outcome.complete
        if not settings.quick:
            print(f"written to {write_outcome(outcome, case.name, where, options.results)}")
    return 0 if complete else 1


if __name__ == "__main__":
    sys.exit(main())
