"""Fingerprints: a table, a target or an estimator's settings in a few words, to tell another one from it."""

from __future__ import annotations

import functools
import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from types import FunctionType
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.data.function_digest import function_digest
from diabolo.data.source import Source

if TYPE_CHECKING:
    from jaxtyping import Shaped

__all__ = ["difference", "digest", "file_fingerprint", "fingerprint", "settings_of"]

_SAMPLE_CELLS = 2**22
_LONGEST = 60
# Of a file so many places are looked at, evenly spaced, and so many bytes at each.
_PLACES, _BYTES_AT_ONCE = 64, 2**16
# Of a list, such as one of names; a longer one is told from another by its digest.
_MOST_PARTS = 1000


def digest(values: Shaped[np.ndarray, ...]) -> str:
    """Shorten an array to a few letters that another one will not have."""
    plain = values.astype(str) if values.dtype.kind in "OUS" else values
    return hashlib.sha256(f"{plain.dtype.str}{plain.shape}".encode() + plain.tobytes()).hexdigest()[:16]


def fingerprint(source: Source, y: Any) -> dict[str, Any]:
    """Describe a table and its target, so that another one is told from it.

    Parameters
    ----------
    source : Source
        The rows. Up to about four million cells, rows evenly chosen, are looked at.
    y : ndarray or None
        The target; all of it is.

    Returns
    -------
    dict
        In what JSON knows.

    Examples
    --------
    >>> from diabolo.data.array_source import ArraySource
    >>> sorted(fingerprint(ArraySource(np.eye(3)), None).items())[1:]
    [('n_features', 3), ('n_rows', 3), ('target', None)]
    """
    n_rows, n_features = source.shape
    count = min(n_rows, max(_SAMPLE_CELLS // max(n_features, 1), 2))
    even = np.unique(np.linspace(0, n_rows - 1, count).astype(np.int64))
    return {
        "n_rows": n_rows,
        "n_features": n_features,
        "cells": digest(source.read(even)),
        "target": None if y is None else digest(np.asarray(y)),
    }


def file_fingerprint(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Describe a file, or a folder that is one table, so that a changed one is told from it unopened.

    Parameters
    ----------
    path : str or path-like
        It is there.

    Returns
    -------
    dict
        Its size, when it was changed last, and a digest: of a file of up to 4 MiB all bytes are looked at, of
        a larger one so many, evenly chosen; of a folder what it holds, with sizes and times.

    Examples
    --------
    >>> sorted(file_fingerprint(__file__))
    ['bytes', 'changed', 'digest']
    """
    path, found = Path(path), hashlib.sha256()
    status = path.stat()
    size, changed = status.st_size, status.st_mtime_ns
    if path.is_dir():
        size = 0
        for each in sorted(path.rglob("*")):
            inner = each.stat()
            size, changed = size + inner.st_size, max(changed, inner.st_mtime_ns)
            found.update(f"{each.relative_to(path)} {inner.st_size} {inner.st_mtime_ns}\n".encode())
    else:
        last = max(size - _BYTES_AT_ONCE, 0)
        even = last / (_PLACES - 1)
        is_small = size <= _PLACES * _BYTES_AT_ONCE
        with path.open("rb") as file:
            if is_small:
                found.update(file.read())
            for number in range(0 if is_small else _PLACES):
                file.seek(round(number * even))
                found.update(file.read(_BYTES_AT_ONCE))
    return {"bytes": size, "changed": changed, "digest": found.hexdigest()[:16]}


def settings_of(estimator: Any, without: Sequence[str] = ()) -> Any:
    """Write an estimator with its parameters in what JSON knows; None stays None.

    Who is told of its fit, its ``callbacks``, is left out.

    Parameters
    ----------
    estimator : estimator or None
        With ``get_params``.
    without : sequence of str, default ()
        Parameters that are left out.

    Returns
    -------
    dict or None
    """
    if estimator is None:
        return None
    named = {
        str(name): _written(value)
        for name, value in estimator.get_params(deep=False).items()
        if name not in without and name != "callbacks"
    }
    return {"estimator": type(estimator).__name__, **named}


def _written(value: Any) -> Any:
    if hasattr(value, "get_params"):
        return settings_of(value)
    if isinstance(value, np.ndarray):
        return digest(value)
    if isinstance(value, (list, tuple)):
        parts = [_written(each) for each in value]
        return parts if len(parts) <= _MOST_PARTS else digest(np.array(list(map(repr, parts))))
    if isinstance(value, dict):
        return {
            name if isinstance(name, str) else str(_written(name)): _written(each)
            for name, each in value.items()
        }
    if isinstance(value, np.generic):
        return value.item()
    # A function's own text names where it lies in memory, which is another in each process.
    if isinstance(value, (FunctionType, functools.partial)):
        return function_digest(value)
    return value if isinstance(value, (str, int, float, bool, type(None))) else type(value).__name__


def difference(found: Any, now: Any, name: str = "") -> str:
    """Say the first thing that differs.

    Parameters
    ----------
    found, now : object
        In what JSON knows: what was, and what is.
    name : str, default ""
        Of the two.

    Returns
    -------
    str

    Examples
    --------
    >>> difference({"n_rows": 5, "cells": {"a": 1}}, {"n_rows": 5, "cells": {"a": 2}})
    'cells.a was 1 there and is 2 now'
    """
    if isinstance(found, dict) and isinstance(now, dict):
        for key in (*now, *(key for key in found if key not in now)):
            if found.get(key) != now.get(key):
                shown = key if key.isidentifier() and len(key) <= _LONGEST else _shown(key)
                return difference(found.get(key), now.get(key), f"{name}.{shown}" if name else shown)
    return f"{name} was {_shown(found)} there and is {_shown(now)} now"


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
