"""Where a row stands: its line in a text table, of which a table may be a part."""

from __future__ import annotations

import bisect

from diabolo.data.source import Source, View
from diabolo.errors import InputError
from diabolo.messages import setting

__all__ = ["line_of", "row_at"]


def line_of(source: Source, row: int) -> int | None:
    r"""Say on which line of its file a row starts, as an editor counts.

    Parameters
    ----------
    source : Source
        The table, or a part of one.
    row : int
        Which of its rows, from 0.

    Returns
    -------
    int or None
        From 1, with the header; None where the rows have no lines, or come from several files.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from diabolo.data.open_table import open_table
    >>> path = Path(tempfile.mkdtemp()) / "t.csv"
    >>> _ = path.write_text("a,b\n1,2\n3,4\n")
    >>> line_of(open_table(path).rows([1]), 0)
    3
    """
    number = source.origin(row)
    while isinstance(source, View):
        source = source.parent
    line = getattr(source.locate, "line", None)
    return None if line is None else int(line(number))


def row_at(source: Source, line: int) -> int:
    r"""Say which row starts on a line.

    Parameters
    ----------
    source : Source
        The table.
    line : int
        As `line_of` counts.

    Returns
    -------
    int
        From 0.

    Raises
    ------
    InputError
        None does, or rows have no lines here.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from diabolo.data.open_table import open_table
    >>> path = Path(tempfile.mkdtemp()) / "t.csv"
    >>> _ = path.write_text("a,b\n1,2\n3,4\n")
    >>> row_at(open_table(path), 3)
    1
    """
    first, last = line_of(source, 0), line_of(source, len(source) - 1)
    if first is None or last is None:
        raise InputError(f"{source.name} has no lines; say which row, counted from 0: {setting('row')}.")
    row = bisect.bisect_left(range(len(source)), line, key=lambda row: line_of(source, row) or 0)
    if row == len(source) or line_of(source, row) != line:
        raise InputError(
            f"no row of {source.name} starts on line {line}; rows start on lines {first} to {last}."
        )
    return row
