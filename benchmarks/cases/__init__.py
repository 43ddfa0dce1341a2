"""The cases, in the order in which they run."""

from __future__ import annotations

from typing import Protocol

from benchmarks.cases import detector, ensemble, frames, memory, reading, screening, startup, wide_step
from benchmarks.cases.contests import CONTESTS
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
    *CONTESTS,
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
