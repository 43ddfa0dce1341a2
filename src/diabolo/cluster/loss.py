"""A process that is lost: what the others say of it, and how they end."""

from __future__ import annotations

import atexit
import ctypes
import os
import signal
import sys

from diabolo.errors import ClusterError
from diabolo.messages import either

__all__ = ["end_at_once", "leave_quickly", "lost_process", "speak_before_abort"]

_lost = False
# Kept, or the handler would be gone when it is called.
_handlers: list[object] = []


def lost_process(problem: str) -> ClusterError:
    """Make the error of a process that was lost; this one is not going to wait for it when it ends.

    Parameters
    ----------
    problem : str
        What was heard of it.

    Returns
    -------
    ClusterError
    """
    global _lost
    _lost = True
    return ClusterError(f"{_sentence()} What was heard of it: {problem.strip().splitlines()[0]}")


def _sentence() -> str:
    resumed = either("the same fit(checkpoint=...) goes on from it", "--resume goes on from it")
    return (
        "a process of the cluster was lost, and the others cannot go on without it. Start all of them again; "
        f"the last checkpoint stands, and {resumed}, with as many processes as you like."
    )


def leave_quickly() -> None:
    """Have this process end at once where an error ends it: what JAX does then waits for the others."""
    # Registered last, so called first.
    atexit.register(_end_at_once)


def _end_at_once() -> None:
    if _lost or hasattr(sys, "last_value"):
        end_at_once()


def end_at_once(status: int = 1) -> None:
    """End this process with the status of a failure, and wait for nobody."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def speak_before_abort(error: ClusterError | None = None) -> None:
    """Say a sentence where JAX ends this process itself, as its service has seen that another is missing.

    JAX's own end is an abort from a thread of its own, after a page of log. Python's signal handlers are not
    run then; one of C is.

    Parameters
    ----------
    error : ClusterError, optional
        What to say; by default that a process was lost.
    """
    if sys.platform == "win32":
        return
    said = f"\ndiabolo: error: {error or ClusterError(_sentence())}\n".encode()

    def speak(_: int) -> None:
        os.write(2, said)
        os._exit(1)

    handler = ctypes.CFUNCTYPE(None, ctypes.c_int)(speak)
    _handlers.append(handler)
    libc = ctypes.CDLL(None)
    libc.signal.restype = ctypes.c_void_p
    libc.signal(ctypes.c_int(signal.SIGABRT), handler)
