"""Results of a sweep and of a screening as tables for the page, from Python or from their files."""

from __future__ import annotations

import csv
import math
import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from diabolo.data.remote_file import located
from diabolo.errors import DataFileError, InputError
from diabolo.messages import setting

__all__ = ["screening_table", "sweep_table"]

_MOST_ROWS, _BINS = 200, 40
_LINES = ("reconstruction_error", "downstream")
# The strongest measure comes first: it is what features are ranked by.
_MEASURES = ("information", "statistic", "variance")


def sweep_table(sweep: Any) -> dict[str, Any] | None:
    """Lay out a sweep over sizes of the code.

    Parameters
    ----------
    sweep : Sweep, path or None
        What `latent_sweep` returns, or the table that ``diabolo sweep`` writes.

    Returns
    -------
    dict or None
        As reporting/README.md has it.

    Raises
    ------
    InputError
        It is neither.
    DataFileError
        The file cannot be read.
    """
    if sweep is None:
        return None
    rows: Any = _read(sweep) if isinstance(sweep, (str, os.PathLike)) else getattr(sweep, "rows", None)
    if not _are_rows(rows) or "n_components" not in rows[0]:
        raise InputError(
            f"{setting('sweep')} is {_named(sweep)}, which is no sweep; give what latent_sweep returns, or "
            "the table that diabolo sweep writes."
        )
    columns = list(rows[0])
    lines = [name for name in _LINES if any(isinstance(row.get(name), (int, float)) for row in rows)]
    cells = [[_cell(row.get(name)) for name in columns] for row in rows]
    return {"columns": columns, "rows": cells, "x": "n_components", "lines": lines}


def screening_table(screening: Any) -> dict[str, Any] | None:
    """Lay out the best features of a screening, and how the strongest measure is spread over all.

    Parameters
    ----------
    screening : Screening, path or None
        What `diabolo.screen` returns, or the path that ``diabolo screen -o`` was given.

    Returns
    -------
    dict or None
        As reporting/README.md has it.

    Raises
    ------
    InputError
        It is neither.
    DataFileError
        The file cannot be read.
    """
    if screening is None:
        return None
    columns = _screened(screening)
    if columns is None:
        raise InputError(
            f"{setting('screening')} is {_named(screening)}, which is no screening; give what diabolo.screen "
            "returns, or the path that diabolo screen -o was given."
        )
    names = list(columns)
    measures = {name: np.asarray(columns[name], np.float64) for name in _MEASURES}
    by = next((name for name in _MEASURES if np.isfinite(measures[name]).any()), _MEASURES[-1])
    strength = measures[by]
    order = np.argsort(-np.nan_to_num(strength, nan=-np.inf), kind="stable")[:_MOST_ROWS].tolist()
    finite = strength[np.isfinite(strength)]
    counts, edges = np.histogram(finite, bins=_BINS) if finite.size else (np.zeros(0, int), np.zeros(0))
    kept = np.asarray(columns["kept"]).astype(bool)
    return {
        "columns": names,
        "rows": [[_cell(columns[name][place]) for name in names] for place in order],
        "n_features": len(kept),
        "n_kept": int(kept.sum()),
        "x": by,
        "counts": counts.tolist(),
        "edges": edges.tolist(),
    }


def _screened(screening: Any) -> dict[str, Any] | None:
    """Return a screening's columns by name."""
    if isinstance(screening, (str, os.PathLike)):
        path = located(screening)
        beside = path.with_name(f"{path.stem}-features.csv")
        rows = _read(beside if beside.exists() else path)
        if not rows or not {"feature", "kept", *_MEASURES} <= set(rows[0]):
            return None
        columns = {name: [row[name] for row in rows] for name in rows[0]}
        return {
            name: [math.nan if value is None else value for value in values] if name != "feature" else values
            for name, values in columns.items()
        }
    if not all(hasattr(screening, name) for name in (*_MEASURES, "kept_mask", "feature_names")):
        return None
    n_features = len(screening.kept_mask)
    figures = (
        "statistic",
        "pvalue",
        "qvalue",
        "information",
        "normalized_information",
        "variance",
        "missing",
    )
    return {
        "feature": screening.feature_names or [f"x{number}" for number in range(n_features)],
        **{name: getattr(screening, name) for name in figures},
        "kept": screening.kept_mask.astype(int),
    }


def _read(path: str | os.PathLike[str]) -> list[dict[str, Any]]:
    """Read a text table that Diabolo wrote: numbers, text, and None for nothing."""
    try:
        with located(path).open(encoding="utf-8", newline="") as handle:
            rows = list(csv.DictReader(handle))
    except (OSError, UnicodeDecodeError, csv.Error) as problem:
        raise DataFileError(f"{path} cannot be read as a table of results ({problem}).") from problem
    return [
        {
            name: value if name == "feature" else _number(value)
            for name, value in row.items()
            if name is not None
        }
        for row in rows
    ]


def _number(text: str | None) -> float | str | None:
    if text is None or text == "":
        return None
    try:
        found = float(text)
    except ValueError:
        return text
    return int(found) if found.is_integer() and abs(found) < 2**53 else found


def _cell(value: Any) -> Any:
    """Return a cell as JSON has it."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if value is None or isinstance(value, (int, float, str)) else str(value)


def _are_rows(rows: Any) -> bool:
    is_list = isinstance(rows, Sequence) and not isinstance(rows, str) and len(rows) > 0
    return is_list and all(isinstance(row, Mapping) for row in rows)


def _named(given: Any) -> str:
    return repr(os.fspath(given)) if isinstance(given, (str, os.PathLike)) else f"a {type(given).__name__}"
