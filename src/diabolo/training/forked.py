"""Processes that were forked when JAX was running: what can be done there, and what is refused at once.

A fork copies the memory of JAX and none of its threads, so whoever asks it for anything waits for ever, and
so does a process that ends and takes JAX down. A process that forks before JAX was started is not concerned:
its children start a JAX of their own.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import os
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import jax
import numpy as np

from diabolo.core.numpy_program import NumpyProgram, UnknownPrimitiveError, numpy_program
from diabolo.errors import ForkedProcessError

__all__ = [
    "by_numpy",
    "computing",
    "jax_is_lost",
    "jax_is_running",
    "keep_on_host",
    "refuse_if_lost",
    "worked_out",
]

_REMEDY = (
    "this process was forked from one in which JAX was running already, and JAX's threads do not survive a "
    "fork; start workers with multiprocessing's 'spawn' or 'forkserver', or let the parent only load models, "
    "which does not start JAX."
)

_lost = False
# JAX was lost while another thread held its locks, so not even a trace can be made.
_locked = False
# How deep each thread is in what computes with JAX.
_computing: dict[int, int] = {}


@contextlib.contextmanager
def computing() -> Iterator[None]:
    """Say that this thread computes with JAX, for a process that is forked meanwhile."""
    thread = threading.get_ident()
    _computing[thread] = _computing.get(thread, 0) + 1
    try:
        yield
    finally:
        _computing[thread] -= 1
        if not _computing[thread]:
            del _computing[thread]


def jax_is_lost() -> bool:
    """Whether this process was forked from one in which JAX was running."""
    return _lost


def jax_is_running() -> bool:
    """Whether JAX was started in this process, which is not to be forked any more."""
    return bool(_running())


def refuse_if_lost(what: str) -> None:
    """Refuse what takes JAX where it would wait for ever.

    Parameters
    ----------
    what : str
        What cannot be done, as the beginning of a sentence: "fit cannot train here".

    Raises
    ------
    ForkedProcessError
        In a process that was forked when JAX was running.
    """
    if _lost:
        raise ForkedProcessError(f"{what}: {_REMEDY}")


def by_numpy(function: Callable[..., Any], *arguments: Any) -> np.ndarray:
    """Work a function of JAX out by NumPy; to rounding it is what JAX gives.

    Parameters
    ----------
    function : callable
        Of pytrees, giving one array; known again by what it is, so not one made anew for each call.
    *arguments : pytree of arrays

    Returns
    -------
    ndarray

    Raises
    ------
    ForkedProcessError
        Where it uses an operation that NumPy has not been taught, as a network of the user's own may, and
        where it was not traced before a fork at which another thread held JAX's locks.
    """
    leaves, structure = jax.tree.flatten(arguments)
    held = [np.asarray(leaf) for leaf in leaves]
    shapes = tuple((leaf.shape, leaf.dtype) for leaf in held)
    key = function, structure, shapes
    if _locked and key not in _programs:
        raise ForkedProcessError(
            f"Another thread was computing with JAX at the fork, so nothing can be passed here: {_REMEDY}"
        )
    try:
        program = _programs.get(key) or _traced(*key)
    except UnknownPrimitiveError as problem:
        raise ForkedProcessError(
            f"The network uses JAX's operation {str(problem)!r}, which takes JAX itself: {_REMEDY}"
        ) from None
    return program(held)[0]


_programs: dict[Any, NumpyProgram] = {}
_MOST_PROGRAMS = 128


def _traced(function: Callable[..., Any], structure: Any, shapes: tuple[Any, ...]) -> NumpyProgram:
    if len(_programs) >= _MOST_PROGRAMS:
        _programs.clear()
    described = [jax.ShapeDtypeStruct(*shape) for shape in shapes]
    program = numpy_program(function, *jax.tree.unflatten(structure, described))
    _programs[function, structure, shapes] = program
    return program


def worked_out(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a function of JAX, or work it out by NumPy where JAX is lost; arguments as of :func:`by_numpy`."""
    return by_numpy(function, *arguments) if _lost else function(*arguments)


def keep_on_host(network: Any) -> None:
    """Copy a network's numbers from an accelerator once, so that a forked process finds them in its memory.

    Parameters
    ----------
    network : pytree of arrays
        On the CPU they are in memory already.
    """
    for leaf in jax.tree.leaves(network):
        if isinstance(leaf, jax.Array) and any(device.platform != "cpu" for device in leaf.devices()):
            np.asarray(leaf)  # which JAX's array remembers


def _running() -> Any:
    """Return JAX's clients by platform, empty where none was started; nothing public tells."""
    return getattr(sys.modules.get("jax._src.xla_bridge"), "_backends", {})


def _note_fork() -> None:
    """Remember in a child that JAX is lost, and let it end without taking JAX down."""
    global _lost, _locked
    if not _running():
        return
    _lost = True
    _locked = _locked or bool(_computing.keys() - {threading.get_ident()})
    _computing.clear()
    for module, hook in (("jax._src.api", "clean_up"), ("jax._src.dispatch", "wait_for_tokens")):
        with contextlib.suppress(AttributeError):
            atexit.unregister(getattr(sys.modules.get(module), hook))
    pool = getattr(sys.modules.get("jax._src.interpreters.mlir"), "global_thread_pool", None)
    for held in (*_running().values(), pool):
        # One reference too many: what joins its threads when it goes must never go.
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(held))


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_note_fork)
