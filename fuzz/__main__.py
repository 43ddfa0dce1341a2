"""Spoil files and open them: ``python -m fuzz [--cases N | --seconds S] [--seed K] [--kinds model csv ...]``.

Exit status 1 where a file crashed or hung its reader, raised a foreign exception, took too much memory, or
was refused in words that nobody can read. Such files are kept.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from fuzz.campaign import Failure, Outcome, batches, run
from fuzz.kind import put_content
from fuzz.kinds import DATA, KINDS, MODELS
from fuzz.worker import made


def main(arguments: list[str] | None = None) -> int:
    """Run a campaign and print what came of it."""
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.add_argument("--cases", type=int, default=20_000, help="of models and checkpoints, and of data")
    parser.add_argument("--seconds", type=float, help="go on for so long instead")
    parser.add_argument("--seed", type=int, default=0, help="the same seed gives the same files")
    parser.add_argument("--kinds", nargs="+", choices=list(KINDS), default=list(KINDS))
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument("--keep", type=Path, default=Path("fuzz-failures"), help="where failures are kept")
    parser.add_argument("--case", type=int, help="make this case of one kind and open it here")
    typed = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="diabolo-fuzz-") as name:
        folder = Path(name)
        started = time.perf_counter()
        for kind in typed.kinds:
            (folder / kind).mkdir()
            KINDS[kind].whole(folder / kind)
        print(f"whole files of {len(typed.kinds)} kinds in {time.perf_counter() - started:.0f} s", flush=True)

        def keep(kind: str, number: int) -> Path:
            typed.keep.mkdir(parents=True, exist_ok=True)
            content, _ = made(KINDS[kind], folder, typed.seed, number)
            path = typed.keep / f"{kind}-{typed.seed}-{number}{KINDS[kind].suffix}"
            put_content(path, content)
            return path

        if typed.case is not None:
            path, kind = keep(typed.kinds[0], typed.case), KINDS[typed.kinds[0]]
            _, random = made(kind, folder, typed.seed, typed.case)
            print(path, kind.read(path, random))
            return 0

        def noted(failure: Failure) -> None:
            is_there = failure.verdict != "not made"
            place = keep(failure.kind, failure.number) if is_there else f"{failure.kind} {failure.number}"
            print(f"{failure.verdict}: {place}: {failure.said}", flush=True)

        started = time.perf_counter()
        outcome = run(folder, folder, _jobs(typed), kinds=typed.kinds, n_workers=typed.jobs, noted=noted)
        _report(outcome, time.perf_counter() - started)
    return 1 if outcome.failures else 0


def shared_out(kinds: Sequence[str], n_cases: int) -> dict[str, int]:
    """Share so many cases out among kinds that hold networks, and as many among those that hold rows."""
    cases = {}
    for shares in (MODELS, dict.fromkeys(DATA, 1)):
        chosen = [kind for kind in kinds if kind in shares]
        whole = sum(shares[kind] for kind in chosen)
        cases |= {kind: -(-n_cases * shares[kind] // whole) for kind in chosen}
    return cases


def _jobs(typed: argparse.Namespace) -> Iterator[tuple[str, int, int, int]]:
    if typed.seconds is None:
        cases = shared_out(typed.kinds, typed.cases)
        yield from batches(typed.kinds, cases, typed.seed)
        return
    stop = time.monotonic() + typed.seconds
    for number in itertools.count():
        for kind in typed.kinds:
            if time.monotonic() > stop:
                return
            yield kind, typed.seed, 100 * number, 100 * (number + 1)


def _report(outcome: Outcome, seconds: float) -> None:
    verdicts = sorted({verdict for row in outcome.counts.values() for verdict in row})
    print(f"{'':12}" + "".join(f"{verdict:>20}" for verdict in verdicts))
    for kind, row in outcome.counts.items():
        print(f"{kind:12}" + "".join(f"{row.get(verdict, 0):20,}" for verdict in verdicts))
    print(
        f"{outcome.n_cases:,} files in {seconds:.0f} s, the slowest {outcome.slowest:.2f} s of the "
        f"processor; {len(outcome.failures)} went wrong."
    )


if __name__ == "__main__":
    sys.exit(main())
