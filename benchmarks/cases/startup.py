"""How long a user waits for the first result of a new process."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.machine import versions
from benchmarks.other_load import DISTURBED, OtherLoad
from benchmarks.outcome import Outcome
from benchmarks.process import RunFailedError, timed_command
from benchmarks.settings import Settings
from benchmarks.spread import Spread
from benchmarks.table import draw_table

PYTHON = Path(sys.executable)
FIRST_FIT = (PYTHON, "-m", "benchmarks.workers.first_fit")
HEADER = ("", "seconds", "range", "limit", "")
COLD = "first fit, empty compilation cache"

# The warm fit follows the cold one, in the cache that it has filled.
COMMANDS: dict[str, tuple[str | Path, ...]] = {
    "python -c pass": (PYTHON, "-c", "pass"),
    "import diabolo": (PYTHON, "-c", "import diabolo"),
    "diabolo --help": (PYTHON.parent / "diabolo", "--help"),
    COLD: FIRST_FIT,
    "first fit, warm compilation cache": FIRST_FIT,
}
LIMITS = {
    "import diabolo": 0.3,
    "diabolo --help": 0.5,
    COLD: 4.0,
    "first fit, warm compilation cache": 2.0,
}
LEGEND = (
    "Wall time of a whole process, interpreter included. First fit: imports and a default Autoencoder on\n"
    "150 rows of 4 numbers. Python's own bytecode is cached throughout."
)


class Startup:
    """The wall time of short programs, start to end."""

    name = "startup"
    about = "import diabolo, diabolo --help, and a first fit with a cold and a warm cache, in new processes"

    def run(self, settings: Settings) -> Outcome:
        """Run every command once a round; only Diabolo takes part."""
        runs: dict[str, list[float]] = {label: [] for label in COMMANDS}
        failures: dict[str, str] = {}
        others = OtherLoad()
        for turn in range(settings.repeats + 1):
            with tempfile.TemporaryDirectory(prefix="diabolo-cache-") as cache, others:
                for label, command in COMMANDS.items():
                    seconds = self._run(label, command, Path(cache), failures)
                    # The first turn fills the disk's and Python's own caches and is not counted.
                    if seconds is not None and turn > 0:
                        runs[label].append(seconds)
        record: dict[str, Any] = {
            "about": self.about,
            "versions": versions(),
            "other_load_last_round": others.cores,
            "commands": {},
        }
        rows = []
        for label, seconds in runs.items():
            if label in failures or not seconds:
                record["commands"][label] = {"failed": failures.get(label, "never ran")}
                rows.append((label, "", "", "", "failed"))
                continue
            spread, limit = Spread.of(seconds), LIMITS.get(label)
            within = limit is None or spread.median <= limit
            record["commands"][label] = {
                "seconds": spread.to_json(),
                "runs": seconds,
                "limit": limit,
                "within_limit": within,
            }
            verdict = "" if limit is None else "within" if within else "OVER"
            rows.append((label, *spread.show(), "" if limit is None else f"{limit:g}", verdict))
        below = [f"{label} failed: {why}" for label, why in failures.items()]
        if (others.cores or 0.0) > DISTURBED:
            below.append(f"DISTURBED: in the last round other programs kept {others.cores} cores busy")
        return Outcome("\n".join([draw_table(HEADER, rows), *below, LEGEND]), record, not failures)

    def _run(
        self, label: str, command: tuple[str | Path, ...], cache: Path, failures: dict[str, str]
    ) -> float | None:
        try:
            seconds, _ = timed_command(command, cache)
        except (RunFailedError, FileNotFoundError) as failure:
            failures[label] = str(failure)
            print(f"  {self.name}: {label}: {failure}", file=sys.stderr, flush=True)
            return None
        print(f"  {self.name}: {label}: {seconds:.2f} s", file=sys.stderr, flush=True)
        return seconds


CASE = Startup()
