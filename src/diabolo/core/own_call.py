"""Calls of a function of the user's own: what it asks for, what it goes by, what it raises in few words."""

from __future__ import annotations

import functools
import inspect
from typing import Any

import jax

__all__ = ["OwnCall", "asked_for", "said_of"]


def asked_for(function: Any, offered: tuple[str, ...]) -> dict[str, bool]:
    """Say what a function asks for beside its first parameter, by names, and whether it must have it.

    Parameters
    ----------
    function : callable
        One without a signature that could be looked at asks for nothing.
    offered : tuple of str
        The names that there are.

    Returns
    -------
    dict of str to bool

    Examples
    --------
    >>> asked_for(lambda row, key, *, state=None: row, ("key", "inference", "state"))
    {'key': True, 'state': False}
    """
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return {}
    by_name = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    # The first is what it is of, whatever it is called.
    return {
        each.name: each.default is inspect.Parameter.empty
        for each in list(parameters)[1:]
        if each.kind in by_name and each.name in offered
    }


def _identity(function: Any) -> Any:
    """Return what tells a function from others; a partial one is what it calls, with what."""
    key: Any = function
    if isinstance(function, functools.partial):
        given = (*function.args, *function.keywords.items())
        # 1 and 1.0 are equal, and make programs of different types.
        key = (_identity(function.func), given, tuple(map(type, function.args)))
        key = (*key, tuple(type(value) for value in function.keywords.values()))
    try:
        hash(key)
    except TypeError:
        return id(function)
    return key


class OwnCall:
    """A function of the user's own as a part of what is compiled: equal where the function is the same.

    So fits with one function share one program, and the function is traced once for all.

    Parameters
    ----------
    function : callable
        Pure, of JAX arrays.

    Examples
    --------
    >>> from functools import partial
    >>> OwnCall(partial(max, 1)) == OwnCall(partial(max, 1)), OwnCall(max) == OwnCall(min)
    (True, False)
    """

    def __init__(self, function: Any) -> None:
        self.function, self._identity = function, _identity(function)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self._identity == other._identity

    def __hash__(self) -> int:
        return hash((type(self), self._identity))


def said_of(problem: Exception) -> str:
    r"""Say what another's code raised while JAX traced it, and what to do, as the end of a sentence.

    Parameters
    ----------
    problem : Exception
        Raised by it.

    Returns
    -------
    str

    Examples
    --------
    >>> said_of(ValueError("no such\nthing."))
    'it raises ValueError: no such thing'
    """
    if isinstance(problem, jax.errors.TracerArrayConversionError):
        return "it hands JAX's arrays to NumPy, which cannot be differentiated; write it with jax.numpy"
    if isinstance(problem, (jax.errors.ConcretizationTypeError, jax.errors.TracerIntegerConversionError)):
        return (
            "it goes by the value of an array (if, while, float, int), unknown while JAX traces it; "
            "write it with jax.numpy.where"
        )
    text = " ".join(str(problem).split()).removesuffix(".") or "no words"
    text = text if len(text) <= 300 else text[:297] + "..."
    return f"it raises {type(problem).__name__}: {text}"
