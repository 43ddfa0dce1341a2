"""How much of the processor went to other programs during a run."""

from __future__ import annotations

import os
import time
from pathlib import Path

STAT = Path("/proc/stat")
DISTURBED = 0.15  # cores that other programs may keep busy before a time is suspect


def warnings_of(cores: float | None) -> list[str]:
    """Say that a measurement was disturbed, if it was by so many cores at most."""
    if (cores or 0.0) <= DISTURBED:
        return []
    return [f"DISTURBED: other programs kept up to {cores} cores busy"]


class OtherLoad:
    """Measures, over a ``with`` block, the processors kept busy by anything but this process's children.

    A second program on a machine of two cores does not slow everyone alike: threads that wait for one
    another in a tight loop suffer most. So a run that was disturbed has to be seen as such.
    """

    cores: float | None = None
    """Processors that others kept busy, on average; None where the system does not tell."""

    def __enter__(self) -> OtherLoad:
        self._start = time.perf_counter()
        self._others_before = _busy_seconds_of_others()
        return self

    def __exit__(self, *failure: object) -> None:
        others = _busy_seconds_of_others()
        if others is not None and self._others_before is not None:
            elapsed = time.perf_counter() - self._start
            self.cores = max(0.0, round((others - self._others_before) / elapsed, 2))


def _busy_seconds_of_others() -> float | None:
    if not STAT.exists():
        return None
    user, nice, system, _idle, _iowait, irq, softirq, steal = map(int, STAT.read_text().split()[1:9])
    busy = (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")
    own = os.times()
    return busy - own.user - own.system - own.children_user - own.children_system
