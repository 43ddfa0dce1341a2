"""Where a row stands: its line in a text table, of which a table may be a part."""

from __future__ import annotations

from diabolo.data.source import Source, View

__all__ = ["line_of"]


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
