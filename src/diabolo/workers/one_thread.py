"""A process that computes on one thread, for workers of which there is one a core."""

from __future__ import annotations

import functools
import os
from typing import Any

__all__ = ["stay_on_one_thread"]


@functools.cache
def stay_on_one_thread() -> Any:
    """Have this process compute on one thread, once for all: JAX, where it was not started yet, and NumPy.

    XLA's flags for threads (``intra_op_parallelism_threads``) move nothing in jaxlib 0.10: with them a
    product of matrices took 1.97 cores of 2. Its pool is as large as ``NPROC`` says, and took 1.00 then. That
    is read as JAX starts, so a process in which JAX is running keeps its threads. Rows that pass through a
    network are read and scaled in turn with what JAX computes then (`diabolo.training.one_processor`).

    Returns
    -------
    object
        Holds NumPy's limit for as long as the process lasts.
    """
    os.environ["NPROC"] = "1"
    from threadpoolctl import threadpool_limits

    return threadpool_limits(limits=1)
