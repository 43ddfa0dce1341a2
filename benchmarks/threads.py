"""Two threads for everybody, and no accelerator."""

from __future__ import annotations

import os

THREADS = 2


def environment() -> dict[str, str]:
    """Variables that hold every library to two threads of the CPU."""
    count = str(THREADS)
    return {
        "OMP_NUM_THREADS": count,
        "MKL_NUM_THREADS": count,
        "OPENBLAS_NUM_THREADS": count,
        "TF_NUM_INTRAOP_THREADS": count,
        "TF_NUM_INTEROP_THREADS": count,
        "NPROC": count,  # the size of XLA's thread pool
        "CUDA_VISIBLE_DEVICES": "",
        "JAX_PLATFORMS": "cpu",
        "KERAS_BACKEND": "tensorflow",
        "TF_CPP_MIN_LOG_LEVEL": "2",
    }


def hold_to_two_cpus() -> None:
    """Confine this process to two of its CPUs, for pools that read no variable."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:THREADS])
