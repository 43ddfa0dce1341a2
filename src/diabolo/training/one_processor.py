"""Processes that are to compute on one processor, such as workers of which there is one for each."""

from __future__ import annotations

import os

__all__ = ["has_one_processor"]


def has_one_processor() -> bool:
    """Say whether this process is held to one processor: by ``NPROC``, which JAX reads too, or by the system.

    Rows are then prepared and computed on in turn: two threads at once would take a second processor, which
    another worker has.

    Returns
    -------
    bool
    """
    if os.environ.get("NPROC") == "1":
        return True
    return hasattr(os, "sched_getaffinity") and len(os.sched_getaffinity(0)) == 1
