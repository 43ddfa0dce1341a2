"""Peak memory of a fit on an array in memory, against the bound that Diabolo promises."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from benchmarks.machine import versions
from benchmarks.outcome import Outcome
from benchmarks.process import RunFailedError, run_worker
from benchmarks.settings import Settings
from benchmarks.table import draw_table

MB = 10**6
ALLOWANCE = 300 * MB
HEADER = ("", "data", "parameters", "bound", "whole process", "", "above imports", "", "copies", "seconds")
LEGEND = (
    "MB of 10^6 bytes; each figure is the largest over the rounds. Bound: twice the data + four times the\n"
    "parameters (float32) + 300. Whole process counts interpreter and imports; above imports does not.\n"
    "Copies: (above imports - four times the parameters) / data, so 1 is the caller's own array."
)


@dataclass(frozen=True)
class Size:
    """A table and a network to fit to it."""

    rows: int
    columns: int
    dtype: str
    hidden_layer_sizes: tuple[int, ...]
    n_components: int
    batch_size: int = 256
    epochs: int = 2

    @property
    def label(self) -> str:
        """Rows, columns and type."""
        return f"{self.rows:,} x {self.columns:,} {self.dtype}"

    @property
    def data_bytes(self) -> int:
        """Of the table as the caller holds it."""
        return self.rows * self.columns * np.dtype(self.dtype).itemsize

    @property
    def parameter_bytes(self) -> int:
        """Of one float32 copy of the kernels and biases; gradients and Adam's moments are three more."""
        encoder = (self.columns, *self.hidden_layer_sizes, self.n_components)
        widths = encoder + encoder[-2::-1]
        return 4 * sum((n_in + 1) * n_out for n_in, n_out in pairwise(widths))

    @property
    def bound(self) -> int:
        """The most that a fit may hold."""
        return 2 * self.data_bytes + 4 * self.parameter_bytes + ALLOWANCE


# The allowance of 300 MB hides a third copy of anything smaller, so the long tables are 400 and 800 MB.
SIZES = (
    Size(200_000, 100, "float32", (32,), 8),
    Size(1_000_000, 100, "float32", (32,), 8),
    Size(1_000_000, 100, "float64", (32,), 8),
    Size(20_000, 2_000, "float32", (128,), 16),
    Size(2_000, 50_000, "float32", (), 64),
)


class Memory:
    """The largest resident set of a process that makes a table and fits a network to it."""

    name = "memory"
    about = "peak memory of two epochs on tables of 80 to 800 MB, against twice the data and a little"

    def run(self, settings: Settings) -> Outcome:
        """Measure every size once a round, each in a new process; only Diabolo takes part."""
        sizes = SIZES[:1] if settings.quick else SIZES
        measured: list[dict[str, Any]] = [{"size": asdict(size), "runs": []} for size in sizes]
        for _ in range(settings.repeats):
            for size, entry in zip(sizes, measured, strict=True):
                entry["runs"].append(self._run(size))
        rows = [self._judge(size, entry) for size, entry in zip(sizes, measured, strict=True)]
        below = [
            f"{size.label} failed: {entry['failed']}"
            for size, entry in zip(sizes, measured, strict=True)
            if "failed" in entry
        ]
        record = {"about": self.about, "versions": versions(), "sizes": measured}
        return Outcome("\n".join([draw_table(HEADER, rows), *below, LEGEND]), record, not below)

    def _run(self, size: Size) -> dict[str, Any]:
        try:
            run = run_worker("memory", asdict(size))
        except RunFailedError as failure:
            run = {"failed": str(failure)}
        outcome = run.get("failed") or f"peak {run['peak'] / MB:.0f} MB"
        print(f"  {self.name}: {size.label}: {outcome}", file=sys.stderr, flush=True)
        return run

    def _judge(self, size: Size, entry: dict[str, Any]) -> tuple[str, ...]:
        """Set the largest peak against the bound, in both readings, and note it in the entry."""
        failures = [run["failed"] for run in entry["runs"] if "failed" in run]
        if failures:
            entry["failed"] = failures[0]
            return (size.label, *[""] * (len(HEADER) - 2), "failed")
        worst: Mapping[str, Any] = max(entry["runs"], key=lambda run: run["peak"])
        above = worst["peak"] - worst["baseline"]
        entry |= {
            "data_bytes": size.data_bytes,
            "parameter_bytes": size.parameter_bytes,
            "bound": size.bound,
            "peak": worst["peak"],
            "peak_above_imports": above,
            "within_bound": worst["peak"] <= size.bound,
            "within_bound_above_imports": above <= size.bound,
        }
        return (
            size.label,
            _megabytes(size.data_bytes),
            _megabytes(size.parameter_bytes),
            _megabytes(size.bound),
            _megabytes(worst["peak"]),
            "within" if entry["within_bound"] else "OVER",
            _megabytes(above),
            "within" if entry["within_bound_above_imports"] else "OVER",
            f"{(above - 4 * size.parameter_bytes) / size.data_bytes:.2f}",
            f"{worst['seconds']:.1f}",
        )


def _megabytes(count: int) -> str:
    return f"{count / MB:.0f}" if count >= MB else f"{count / MB:.2f}"


CASE = Memory()
