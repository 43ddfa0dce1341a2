"""Functions in a few words: where one is and what it does, so that another one is told from it."""

from __future__ import annotations

import functools
import hashlib
from types import CodeType, FunctionType
from typing import Any

import numpy as np

__all__ = ["function_digest"]


def function_digest(function: Any) -> str:
    """Shorten a function to where it is and a few letters that another one will not have.

    Parameters
    ----------
    function : callable
        Of Python: its code counts, its defaults, and what it has from around it (numbers, text, arrays, other
        functions, and tuples of these). Of anything else the type alone.

    Returns
    -------
    str
        The same in another process of the same version of Python.

    Examples
    --------
    >>> one, same, other = (eval(f"lambda x: x + {n}") for n in (1, 1, 2))
    >>> function_digest(one) == function_digest(same), function_digest(one) == function_digest(other)
    (True, False)
    """
    found = hashlib.sha256(repr(_plain(function, ())).encode()).hexdigest()[:16]
    return f"{getattr(function, '__qualname__', type(function).__name__)} {found}"


def _plain(value: Any, around: tuple[int, ...]) -> Any:
    """Write what decides what a function does in what has the same text anywhere."""
    if id(value) in around:  # it calls itself
        return "itself"
    around, value = (*around, id(value)), getattr(value, "__wrapped__", value)
    if isinstance(value, FunctionType):
        inside = [each.cell_contents for each in value.__closure__ or () if _is_filled(each)]
        given = value.__defaults__ or (), tuple(sorted((value.__kwdefaults__ or {}).items()))
        return (
            value.__module__,
            value.__qualname__,
            *(_plain(x, around) for x in (value.__code__, *inside, given)),
        )
    if isinstance(value, CodeType):
        # Names of files and numbers of lines say nothing of what it does.
        return value.co_code, value.co_names, tuple(_plain(each, around) for each in value.co_consts)
    if isinstance(value, functools.partial):
        return _plain((value.func, value.args, tuple(sorted(value.keywords.items()))), around)
    if isinstance(value, (tuple, list)):
        return tuple(_plain(each, around) for each in value)
    if isinstance(value, frozenset):
        return tuple(sorted(repr(_plain(each, around)) for each in value))
    if isinstance(value, (str, bytes, int, float, complex, type(None))):
        return value
    if hasattr(value, "dtype") and hasattr(value, "shape"):
        plain = np.asarray(value)
        return plain.dtype.str, plain.shape, hashlib.sha256(plain.tobytes()).hexdigest()
    return type(value).__name__


def _is_filled(cell: Any) -> bool:
    try:
        cell.cell_contents  # noqa: B018 (it raises where there is none)
    except ValueError:
        return False
    return True
