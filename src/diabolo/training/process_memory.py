"""What this process takes of the memory, now and at its peak."""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import sys
from pathlib import Path

__all__ = ["COMPILER_BYTES", "LARGE_BYTES", "give_back_memory", "peak_bytes", "resident_bytes"]

COMPILER_BYTES = 350 * 10**6
"""What a compiler, its programs and the allocator's slack take beside the arrays."""

LARGE_BYTES = 2**26
"""From so many on, arrays that were let go of are worth being given back to the system."""


def give_back_memory() -> None:
    """Give back to the system what was freed and is held for the next array; glibc alone is asked for it."""
    # Elsewhere there is no such function, or nothing to look for it in.
    with contextlib.suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)


def resident_bytes() -> int:
    """Return what this process holds in memory now; where the system does not say, its peak so far."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        pass
    return peak_bytes()


def peak_bytes() -> int:
    """Return the most that this process has held in memory so far; 0 where the system does not say."""
    try:
        # What the system counts for a process begins, elsewhere, with its parent's peak.
        found = re.search(r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text())
        if found is not None:
            return int(found[1]) * 1024
    except OSError:
        pass
    try:
        import resource
    except ImportError:  # on Windows
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
