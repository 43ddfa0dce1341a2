"""What a sweep has finished, on the disk: one line of JSON for its settings, one for each run."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.data.atomic import atomic_write
from diabolo.data.destination import SWEEP
from diabolo.data.source import Source
from diabolo.errors import DataFileError, InputError
from diabolo.messages import either

if TYPE_CHECKING:
    from jaxtyping import Shaped

__all__ = ["SweepRecord", "digest", "fingerprint", "settings_of"]

_FORMAT = "diabolo sweep 1"
_SAMPLE_CELLS = 2**22
_ANEW = either("resume=False", "--anew")
_RUN = ("n_components", "seed", "reconstruction_error", "seconds")


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


def settings_of(estimator: Any, without: Sequence[str] = ()) -> Any:
    """Write an estimator with all of its parameters in what JSON knows; None stays None.

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
        if name not in without
    }
    return {"estimator": type(estimator).__name__, **named}


def _written(value: Any) -> Any:
    if hasattr(value, "get_params"):
        return settings_of(value)
    if isinstance(value, np.ndarray):
        return digest(value)
    if isinstance(value, (list, tuple)):
        return [_written(each) for each in value]
    if isinstance(value, dict):
        return {str(name): _written(each) for name, each in value.items()}
    if isinstance(value, np.generic):
        return value.item()
    # A function's own text names where it lies in memory, which is another in each process.
    return value if isinstance(value, (str, int, float, bool, type(None))) else type(value).__name__


class SweepRecord:
    """The finished runs of a sweep, kept in a file that is written whole after each.

    Parameters
    ----------
    path : str, path-like or None
        The file; None keeps the runs in memory alone.
    settings, data : dict
        What the runs depend on beside size and seed.
    resume : bool
        Whether to go on from what the file holds; else it is begun anew.

    Raises
    ------
    InputError
        The file is of other settings or other data.
    DataFileError
        It is no sweep, or cannot be read or written.
    """

    def __init__(
        self,
        path: str | os.PathLike[str] | None,
        settings: dict[str, Any],
        data: dict[str, Any],
        *,
        resume: bool,
    ) -> None:
        self.path = None if path is None else Path(path)
        self.head = {"format": _FORMAT, "settings": settings, "data": data}
        self.runs: dict[tuple[int, int], dict[str, Any]] = {}
        if self.path is None:
            return
        if resume and self.path.exists():
            self._read(self.path)
        else:  # a path that cannot be written to is better known before the first training
            self._write(self.path)

    def add(self, run: dict[str, Any]) -> None:
        """Take in a finished run, and write it down at once."""
        self.runs[run["n_components"], run["seed"]] = run
        if self.path is not None:
            self._write(self.path)

    def _write(self, path: Path) -> None:
        with atomic_write(path, SWEEP, "t") as handle:
            for line in (self.head, *self.runs.values()):
                handle.write(f"{json.dumps(line)}\n")

    def _read(self, path: Path) -> None:
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as problem:
            raise DataFileError(f"{path} cannot be read as a sweep ({problem}).") from problem
        lines = text.splitlines()
        head = _line(path, 1, lines[0] if lines else "", ("format", "settings", "data"))
        if head["format"] != _FORMAT:
            raise DataFileError(f"{path} has the format {head['format']!r}; expected {_FORMAT!r}.")
        for part in ("data", "settings"):
            if head[part] != self.head[part]:
                raise InputError(
                    f"{path} holds a sweep of other {part}: {_difference(head[part], self.head[part])}; give "
                    f"another path, or {_ANEW} to begin it anew."
                )
        for number, line in enumerate(lines[1:], 2):
            run = _line(path, number, line, _RUN)
            self.runs[run["n_components"], run["seed"]] = run


def _line(path: Path, number: int, line: str, names: tuple[str, ...]) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except json.JSONDecodeError:
        found = None
    if not isinstance(found, dict) or not set(names) <= set(found):
        raise DataFileError(
            f"{path}: line {number} is none of a sweep's; choose another file, or give {_ANEW} to write "
            "it anew."
        )
    return found


def _difference(found: Any, now: Any, name: str = "") -> str:
    """Say the first thing that differs."""
    if isinstance(found, dict) and isinstance(now, dict):
        for key in sorted({*found, *now}):
            if found.get(key) != now.get(key):
                return _difference(found.get(key), now.get(key), f"{name}.{key}" if name else str(key))
    return f"{name} was {_shown(found)} there and is {_shown(now)} now"


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
