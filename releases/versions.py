"""The suite with the lowest and the newest versions: ``python -m releases.versions [lowest] [newest]``.

"lowest" is the oldest Python that is here, with the lowest versions that pyproject.toml allows of what it
names itself; "newest" is Python 3.13, or the newest that is here, with the newest of everything. Each has an
environment of its own, made anew; the lock files have no part in it. What was passed and what failed is
printed as a table; exit status 1 where anything failed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from releases.environment import RESOLUTIONS, Environment, EnvironmentFailedError
from releases.interpreters import MINORS, interpreters, uv, version

ROOT = Path(__file__).parents[1]
SHOWN = ("jax", "numpy", "scipy", "scikit-learn", "pandas", "pyarrow")
"""Packages whose versions the table has."""

_NEWEST = 13


@dataclass(frozen=True)
class Outcome:
    """What a run of the suite came to."""

    passed: int
    failed: tuple[str, ...]
    skipped: tuple[str, ...]
    seconds: float


def outcome(report: Path) -> Outcome:
    """Read what pytest wrote down of a run.

    Parameters
    ----------
    report : Path
        Its XML file.

    Returns
    -------
    Outcome
        Errors count as failed; of what was skipped the reasons are kept.
    """
    suite = next(ElementTree.parse(report).getroot().iter("testsuite"))
    failed, skipped, passed = [], [], 0
    for case in suite.iter("testcase"):
        name = f"{case.get('classname')}::{case.get('name')}"
        reason = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            failed.append(name)
        elif reason is not None:
            skipped.append(reason.get("message") or name)
        else:
            passed += 1
    return Outcome(passed, tuple(failed), tuple(skipped), float(suite.get("time", "nan")))


def chosen_interpreter(name: str, found: dict[int, Path]) -> Path:
    """Choose the Python of an environment.

    Parameters
    ----------
    name : {"lowest", "newest"}
    found : dict of int to Path
        Pythons by their minor version, at least one.

    Returns
    -------
    Path
        The oldest; or Python 3.13, and the newest where it is not here.
    """
    return found[min(found)] if name == "lowest" else found.get(_NEWEST, found[max(found)])


def table(rows: Sequence[tuple[Environment, str, Outcome]]) -> str:
    """Lay out what runs came to, a column each.

    Parameters
    ----------
    rows : sequence of (Environment, str, Outcome)
        The str is the version of its Python.

    Returns
    -------
    str
    """
    columns = [["", "Python", "passed", "failed", "skipped", "seconds", *SHOWN]]
    for environment, python, found in rows:
        counts = (found.passed, len(found.failed), len(found.skipped), round(found.seconds))
        versions = environment.versions(SHOWN).values()
        columns.append([environment.name, python, *map(str, counts), *versions])
    widths = [max(map(len, column)) for column in columns]
    lines = zip(*columns, strict=True)
    return "\n".join(
        "  ".join([line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])]) for line in lines
    )


def run_suite(environment: Environment, workers: int, tests: Sequence[str]) -> Outcome | None:
    """Run the suite there; what it prints goes to the terminal. None where pytest did not come to an end."""
    report = environment.folder / "suite.xml"
    report.unlink(missing_ok=True)
    # CI=true makes failures of tests whose package has no wheel there.
    around = {name: value for name, value in os.environ.items() if name not in ("CI", "VIRTUAL_ENV")}
    command = [environment.python, "-m", "pytest", "-q", "-n", str(workers), "-m", "not slow"]
    subprocess.run(
        [*command, "-p", "no:cacheprovider", f"--junit-xml={report}", *tests],
        cwd=ROOT,
        env=around,
        check=False,
    )
    return outcome(report) if report.exists() else None


def main(arguments: list[str] | None = None) -> int:
    """Make the environments, run the suite in each and print the table."""
    parser = argparse.ArgumentParser(prog="python -m releases.versions", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="lowest|newest", help="by default both")
    parser.add_argument("--python", type=Path, help="the Python to take, whatever others are here")
    parser.add_argument("--workers", type=int, default=2, help="processes")
    parser.add_argument("--tests", nargs="+", default=[], help="of the suite only these")
    parser.add_argument("--keep", action="store_true", help="take environments as they are")
    typed = parser.parse_args(arguments)
    if unknown := set(typed.names) - set(RESOLUTIONS):
        parser.error(f"it is lowest or newest, got {', '.join(sorted(unknown))}")
    found = interpreters()
    absent = [f"3.{minor}" for minor in MINORS if minor not in found]
    print(f"Python {', '.join(f'3.{minor}' for minor in found) or 'none'} found", end="")
    print(f"; not here: {', '.join(absent)}" if absent else "", flush=True)
    if not found and typed.python is None:
        parser.error("no Python of these is on PATH or in pyenv's folder; name one with --python")
    rows: list[tuple[Environment, str, Outcome]] = []
    is_whole = True
    for name in typed.names or RESOLUTIONS:
        interpreter = typed.python or chosen_interpreter(name, found)
        python = ".".join(map(str, version(interpreter) or ("?",)))
        environment = Environment(ROOT, name, interpreter, uv(ROOT))
        if not (typed.keep and environment.python.exists()):
            started = time.perf_counter()
            try:
                environment.make()
            except EnvironmentFailedError as problem:
                print(f"{name}, Python {python}: {problem}", file=sys.stderr)
                is_whole = False
                continue
            print(f".venv-{name}: Python {python}, made in {time.perf_counter() - started:.0f} s", flush=True)
        for each in environment.left_out:
            print(f"left out, no wheel for Python {python}: {each}")
        result = run_suite(environment, typed.workers, typed.tests)
        if result is None:
            is_whole = False
        else:
            rows.append((environment, python, result))
    for environment, _, result in rows:
        for each in result.failed:
            print(f"failed, {environment.name}: {each}")
        for reason in sorted(set(result.skipped)):
            print(f"skipped, {environment.name}: {result.skipped.count(reason)} x {reason}")
    print(table(rows))
    return int(not is_whole or any(result.failed or not result.passed for *_, result in rows))


if __name__ == "__main__":
    sys.exit(main())
