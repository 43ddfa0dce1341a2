"""A process that is lost: what the others say of it, and how they end."""

from __future__ import annotations

import atexit
import ctypes
import os
import signal
import sys

from diabolo.errors import ClusterError
from diabolo.messages import either

__all__ = ["lost_process", "speak_before_abort"]

_lost = False
# Kept, or the handler would be gone when it is called.
_handlers: list[object] = []


def lost_process(problem: str) -> ClusterError:
    """Make the error of a process that was lost, and have this one end without waiting for it.

    Parameters
    ----------
    problem : str
        What was heard of it.

    Returns
    -------
    ClusterError
    """
    global _lost
    if not _lost:
        _lost = True
        # Registered last, so called first: what JAX would do at the end waits for all processes.
        atexit.register(_end_at_once)
    return ClusterError(f"{_sentence()} What was heard of it: {problem.strip().splitlines()[0]}")


def _sentence() -> str:
    resumed = either("the same fit(checkpoint=...) goes on from it", "--resume goes on from it")
    return (
        "a process of the cluster was lost, and the others cannot go on without it. Start all of them again; "
        f"the last checkpoint stands, and {resumed}, with as many processes as you like."
    )


def _end_at_once() -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(1)


def speak_before_abort() -> None:
    """Say the sentence, too, where JAX ends this process itself: its service has seen that another is gone.

    JAX's own end is an abort from a thread of its own, after a page of log. Python's signal handlers are not
    run then; one of C is.
    """
    if sys.platform == "win32":
        return

    def speak(_: int) -> None:
        os.write(2, f"\ndiabolo: error: {ClusterError(_sentence())}\n".encode())
        os._exit(1)

    handler = ctypes.CFUNCTYPE(None, ctypes.c_int)(speak)
    _handlers.append(handler)
    libc = ctypes.CDLL(None)
    libc.signal.restype = ctypes.c_void_p
    libc.signal(ctypes.c_int(signal.SIGABRT), handler)
