"""A data frame beside its array: time and peak memory of the same work."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.machine import versions
from benchmarks.other_load import warnings_of
from benchmarks.outcome import Outcome
from benchmarks.process import RunFailedError, run_worker
from benchmarks.settings import Settings
from benchmarks.spread import Spread
from benchmarks.table import draw_table

MB = 10**6
BOUND = 1.3
TABLES = ((100_000, 50), (2_000, 20_000))
QUICK_TABLES = ((5_000, 50),)
TASKS = ("fit", "transform", "reconstruction_error", "anomaly_score")
TIMED = ("array", "by columns", "frame")
HEADER = (
    *("table", "", "array, ms", "by columns, ms", "frame, ms", "frame / array", "range", ""),
    *("frame / by columns", "range", "array, MB", "frame, MB", "times", ""),
)
LEGEND = (
    "A pandas frame of float64 columns, every third float32, beside the float64 array of it, row by row,\n"
    "and column by column as the frame and its to_numpy() lie. Times: turn by turn in one process, compiled\n"
    "beforehand. Memory: the peak of a process that holds nothing but the one table (MB of 10^6 bytes).\n"
    f"Wanted: at most {BOUND:g} times the array's."
)


class Frames:
    """Seconds and peak memory on a data frame, over those on its array."""

    name = "frames"
    about = "fitting and scoring a data frame beside its array: time and peak memory"

    def run(self, settings: Settings) -> Outcome:
        """Measure one table after the other; only Diabolo takes part."""
        record: dict[str, Any] = {"about": self.about, "versions": versions(), "tables": []}
        rows, failures, disturbed = [], [], 0.0
        for shape in QUICK_TABLES if settings.quick else TABLES:
            asked = {"rows": shape[0], "columns": shape[1]}
            label = f"{shape[0]:,} x {shape[1]:,}"
            with tempfile.TemporaryDirectory(prefix="diabolo-cache-") as cache:
                try:
                    entry = self._measure(asked, settings.repeats, Path(cache))
                except RunFailedError as failure:
                    failures.append(f"failed: {label}: {failure}")
                    continue
            record["tables"].append(entry)
            disturbed = max(disturbed, entry["other_load"])
            rows += self._rows(label, entry)
        return Outcome(
            "\n".join([draw_table(HEADER, rows), *warnings_of(disturbed), *failures, LEGEND]),
            record,
            not failures,
        )

    def _measure(self, asked: dict[str, int], repeats: int, cache: Path) -> dict[str, Any]:
        done = run_worker("frames", {**asked, "rounds": repeats}, cache=cache)
        entry: dict[str, Any] = {**asked, **done, "other_load": done["other_load"] or 0.0, "memory": {}}
        for task in TASKS:
            entry["memory"][task] = {
                kind: run_worker("frames", {**asked, "task": task, "kind": kind}, cache=cache)
                for kind in ("array", "frame")
            }
        print(f"  {self.name}: {asked['rows']} x {asked['columns']} done", file=sys.stderr, flush=True)
        return entry

    def _rows(self, label: str, entry: dict[str, Any]) -> list[tuple[str, ...]]:
        rows = []
        for task in TASKS:
            seconds = [each[task] for each in entry["rounds"]]
            times = Spread.of(each["frame"] / each["array"] for each in seconds)
            turned = Spread.of(each["frame"] / each["by columns"] for each in seconds)
            peaks = {kind: found["peak"] for kind, found in entry["memory"][task].items()}
            memory = peaks["frame"] / peaks["array"]
            entry[f"times of {task}"], entry[f"memory of {task}"] = times.to_json(), memory
            entry[f"times of {task} by columns"] = turned.to_json()
            spent = (Spread.of(1e3 * each[kind] for each in seconds).show()[0] for kind in TIMED)
            rows.append(
                (
                    label,
                    task,
                    *spent,
                    *times.show(),
                    _verdict(times.median),
                    *turned.show(),
                    *(f"{peaks[kind] / MB:.0f}" for kind in ("array", "frame")),
                    f"{memory:.2f}",
                    _verdict(memory),
                )
            )
            label = ""
        return rows


def _verdict(times: float) -> str:
    return "met" if times <= BOUND else "MISSED"


CASE = Frames()
