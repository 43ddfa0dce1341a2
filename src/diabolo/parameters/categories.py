"""Parameters of columns that are categories."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from typing import Any

from diabolo.messages import either
from diabolo.parameters.kinds import Kind, is_whole, number, one_of
from diabolo.parameters.parameter import COLUMNS, ParameterSet, parameter, parameter_set

__all__ = ["UNKNOWN", "Categories"]

UNKNOWN = one_of("error", "ignore")
"""What may become of categories that no row of the fit had."""


def _are_columns(value: Any) -> bool:
    is_list = isinstance(value, Sequence) and not isinstance(value, (str, bytes))
    return is_list and len(value) > 0 and all(isinstance(each, str) or is_whole(each) for each in value)


def _read_columns(text: str) -> Any:
    """Read names or numbers of columns with commas between, quoted as in a CSV file.

    Examples
    --------
    >>> _read_columns('colour, "kind, size",-1')
    ('colour', 'kind, size', -1)
    """
    try:
        cells = next(csv.reader([text], skipinitialspace=True, strict=True), [])
    except csv.Error:  # what cannot be told apart is no column's name
        cells = text.split(",")
    columns = (cell.strip() for cell in cells)
    return tuple(number(part) if is_whole(number(part)) else part for part in columns if part)


_COLUMNS = (
    Kind(
        f"{either('a list of column names or numbers', 'names of columns with commas between')}, such as "
        f"{either(repr(['colour', 'kind']), 'colour,kind')}",
        _are_columns,
        _read_columns,
        "list of str or int",
        "COLUMN,...",
    )
    .or_auto(": all columns of a data frame that are not numbers")
    .or_none()
)


@parameter_set(group=COLUMNS)
class Categories(ParameterSet):
    """Which columns are categories."""

    categories: Sequence[str | int] | str | None = parameter(
        default=None,
        kind=_COLUMNS,
        help="Columns that are categories, text or numbers of few values: rebuilt as one of them.",
        doc="Of at most 100 values. Each counts in the loss as a column of numbers does: by its "
        "cross-entropy over its entropy, so that 1 is what predicting its frequencies costs. Rows come back "
        'with categories as text. "auto" takes the columns of a data frame, an Arrow table or an array of '
        "objects that are text, truth values or of a categorical type. With categories, "
        '``scale="auto"`` is "standard".',
    )
    handle_unknown: str = parameter(
        default="error",
        kind=UNKNOWN,
        help="What becomes of a category that no row of the fit had: error (it is named and refused) or "
        "ignore (none of the known values is taken for it, and it adds nothing to a loss).",
    )
