"""A handful of numbers, said as their median and range."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Spread:
    """Median, smallest and largest."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Spread:
        """Summarize at least one value."""
        values = list(values)
        return cls(statistics.median(values), min(values), max(values))

    def to_json(self) -> dict[str, float]:
        """Plain values for the results file."""
        return asdict(self)

    def show(self, digits: int = 3) -> tuple[str, str]:
        """Write the median, and the range."""
        return _plain(self.median, digits), f"{_plain(self.low, digits)} - {_plain(self.high, digits)}"


def _plain(value: float, digits: int) -> str:
    """Round to significant digits, but write no exponent and keep every digit before the point."""
    if value >= 10 ** (digits - 1):
        return f"{value:.0f}"
    return f"{value:#.{digits}g}"
