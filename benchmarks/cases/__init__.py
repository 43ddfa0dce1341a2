"""The cases, in the order in which they run."""

from __future__ import annotations

from typing import Protocol

from benchmarks.cases import (
    conv_pool,
    conv_stride,
    dense_deep,
    detector,
    digits,
    ensemble,
    fashion_dense,
    frames,
    memory,
    reading,
    screening,
    startup,
    wide_step,
)
from benchmarks.outcome import Outcome
from benchmarks.settings import Settings


class Case(Protocol):
    """Something that can be measured."""

    @property
    def name(self) -> str:
        """What to type after ``python -m benchmarks``."""

    @property
    def about(self) -> str:
        """One line for ``--list``."""

    def run(self, settings: Settings) -> Outcome:
        """Measure it."""


_ALL: tuple[Case, ...] = (
    digits.CASE,
    fashion_dense.CASE,
    dense_deep.CASE,
    conv_stride.CASE,
    conv_pool.CASE,
    detector.CASE,
    ensemble.CASE,
    memory.CASE,
    frames.CASE,
    reading.CASE,
    screening.CASE,
    wide_step.CASE,
    startup.CASE,
)
CASES: dict[str, Case] = {case.name: case for case in _ALL}
