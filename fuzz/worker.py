"""One process that spoils and opens files, one after the other, and says what became of each.

It may crash, hang or be killed: who started it sees that, and starts another. Run by `fuzz.campaign`.
"""

from __future__ import annotations

import argparse
import contextlib
import faulthandler
import os
import resource
import signal
import sys
import time
import traceback
import warnings
from pathlib import Path
from random import Random

from diabolo.errors import DiaboloError, DiaboloWarning
from fuzz.kind import Content, Kind, content_at, put_content
from fuzz.kinds import KINDS

__all__ = ["made", "watched"]

_ALLOWED_BYTES = 64 * 2**20
_ADDRESS_SPACE = 6 * 2**30
# Of what a reader was given, arrays and their Python forms may lie beside each other.
_COPIES = 4
_LONGEST = 4000  # a sentence


def made(kind: Kind, folder: Path, seed: int, number: int) -> tuple[Content, Random]:
    """Make the content of a case: the same for the same seed, number and whole files."""
    random = Random(f"{kind.name}/{seed}/{number}")
    files = sorted((folder / kind.name).iterdir())
    return kind.spoil(random, content_at(random.choice(files))), random


def watched(kind: Kind, path: Path, n_bytes: int, random: Random) -> tuple[str, str]:
    """Open a file and say what became of it: a verdict, and what was said."""
    _reset_peak()
    before, held = _status("VmHWM"), 0
    said, verdict = "", "loaded"
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            held = kind.read(path, random)
        except DiaboloError as problem:
            verdict, said = "refused", str(problem)
            is_plain = (
                not any(each in said for each in "\n\r\0")
                and said == said.encode("utf-8", "replace").decode()
            )
            if not is_plain or len(said) > _LONGEST or not said.endswith((".", "?", ")")):
                verdict = "unreadable sentence"
        except MemoryError as problem:
            verdict, said = "over-allocation", _traced(problem)
        except Exception as problem:
            verdict, said = "foreign exception", _traced(problem)
        foreign = [each for each in caught if not issubclass(each.category, DiaboloWarning)]
    if foreign and verdict in ("loaded", "refused"):
        verdict, said = "foreign warning", f"{foreign[0].category.__name__}: {foreign[0].message}"
    taken = _status("VmHWM") - before
    if verdict in ("loaded", "refused") and taken > _ALLOWED_BYTES + 2 * n_bytes + _COPIES * held:
        verdict, said = (
            "over-allocation",
            f"{taken / 2**20:.0f} MiB of a file of {n_bytes} bytes; {verdict}: {said}",
        )
    return verdict, said


def _traced(problem: BaseException) -> str:
    frames = traceback.extract_tb(problem.__traceback__)
    where = " < ".join(f"{Path(each.filename).name}:{each.lineno}" for each in reversed(frames[-6:]))
    return f"{type(problem).__name__}: {' '.join(str(problem).split())[:300]} at {where}"


def _reset_peak() -> None:
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:  # then the peak is that of all cases so far, and the largest alone is seen
        return


def _status(name: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) * 1024
    return 0


def main() -> None:
    """Read ``kind seed first last`` a line, and write a line before and after each case."""
    parser = argparse.ArgumentParser()
    parser.add_argument("whole", type=Path)
    parser.add_argument("place", type=Path)
    parser.add_argument("kinds", nargs="*")
    typed = parser.parse_args()
    out = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8", errors="replace")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    faulthandler.enable()
    faulthandler.register(signal.SIGUSR1)
    for name in typed.kinds:  # what is imported late is imported now
        for path in sorted((typed.whole / name).iterdir()):
            with contextlib.suppress(DiaboloError):  # for columns of text, of which nothing is said here
                KINDS[name].read(path, Random(0))
    limit = _status("VmSize") + _ADDRESS_SPACE
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    out.write("ready\n")
    for line in sys.stdin:
        name, seed, first, last = line.split()
        kind = KINDS[name]
        for number in range(int(first), int(last)):
            path = typed.place / f"case{kind.suffix}"
            out.write(f"make {name} {number}\n")
            seconds = 0.0
            try:
                content, random = made(kind, typed.whole, int(seed), number)
                n_bytes = put_content(path, content)
            except Exception as problem:
                verdict, said = "not made", _traced(problem)
            else:
                out.write(f"begin {name} {number}\n")
                started = time.process_time()
                verdict, said = watched(kind, path, n_bytes, random)
                seconds = time.process_time() - started
            out.write(f"end\t{verdict}\t{seconds:.3f}\t{' '.join(said.split())[:1500]}\n")
        out.write("done\n")


if __name__ == "__main__":
    main()
