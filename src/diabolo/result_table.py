"""Results as tables: a data frame of pandas, and what a notebook shows."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.errors import ParameterError

if TYPE_CHECKING:
    import pandas

__all__ = ["ResultTable", "frame_of"]

# So many rows of a longer table a notebook shows.
_MOST_ROWS = 20


class ResultTable:
    """A dataclass with a table form: its fields as one row, where it says no other columns."""

    def _columns(self) -> Mapping[str, Sequence[Any]]:
        """Return the columns by their names, all of one length."""
        return {each.name: [getattr(self, each.name)] for each in fields(self)}  # type: ignore[arg-type]

    def _caption(self) -> str:
        """Return what a notebook shows below the table."""
        return ""

    def to_frame(self) -> pandas.DataFrame:
        """Return the result as a data frame of pandas.

        Returns
        -------
        pandas.DataFrame
            What is not there is missing.

        Raises
        ------
        ParameterError
            pandas is not installed.
        """
        return frame_of(self._columns())

    def _repr_html_(self) -> str:
        """Write the table for a notebook: its first rows, or one row as a list of its figures."""
        whole = self._columns()
        n_rows = len(next(iter(whole.values())))
        columns = {name: values[:_MOST_ROWS] for name, values in whole.items()}
        if n_rows == 1:
            lines = [[name.replace("_", " "), values[0]] for name, values in columns.items()]
            head = ""
        else:
            lines = [list(row) for row in zip(*columns.values(), strict=True)]
            names = "".join(f"<th>{html.escape(name.replace('_', ' '))}</th>" for name in columns)
            head = f"<thead><tr>{names}</tr></thead>"
        body = "".join(f"<tr>{''.join(f'<td>{_shown(cell)}</td>' for cell in line)}</tr>" for line in lines)
        left = n_rows - _MOST_ROWS
        more = f"<p>{left:,} more rows: to_frame() gives all.</p>" if left > 0 else ""
        said = "".join(f"<p>{html.escape(line)}</p>" for line in self._caption().splitlines())
        return f"<div><table>{head}<tbody>{body}</tbody></table>{more}{said}</div>"


def frame_of(columns: Mapping[str, Sequence[Any]]) -> pandas.DataFrame:
    """Make a data frame of columns.

    Parameters
    ----------
    columns : mapping of str to sequence
        All of one length.

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    ParameterError
        pandas is not installed.

    Examples
    --------
    >>> frame_of({"a": [1, 2]}).shape
    (2, 1)
    """
    try:
        import pandas
    except ImportError as problem:
        raise ParameterError(
            "to_frame needs the package pandas, which is not installed: pip install pandas."
        ) from problem
    return pandas.DataFrame({name: _cells(values) for name, values in columns.items()})


def _cells(values: Any) -> Any:
    """Have numbers with gaps be numbers, None being NaN."""
    if isinstance(values, np.ndarray):
        return values
    known = [value for value in values if value is not None]
    if known and len(known) < len(values) and all(isinstance(value, (int, float)) for value in known):
        return [float("nan") if value is None else float(value) for value in values]
    return values


def _shown(cell: Any) -> str:
    if cell is None or (isinstance(cell, (float, np.floating)) and cell != cell):
        return "-"
    if isinstance(cell, (float, np.floating)):
        return f"{cell:.4g}"
    return html.escape(str(cell))
