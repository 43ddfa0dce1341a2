"""Rows written to a file, with the label column that came with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from diabolo.cli.output import Output
from diabolo.data.formats import WRITTEN

if TYPE_CHECKING:
    import numpy as np
    from jaxtyping import Shaped

    from diabolo.data.source import Source

__all__ = ["OutputRows", "write_rows"]

OutputRows = Annotated[
    Path,
    typer.Option(
        "-o",
        "--output",
        metavar="FILE",
        help=f"Where to write: {', '.join(WRITTEN)}; replaced if it exists.",
        show_default=False,
    ),
]


def write_rows(
    path: Path,
    blocks: Iterable[tuple[int, Shaped[np.ndarray, "block n_columns"]]],
    shape: tuple[int, int],
    names: Sequence[str] | None,
    source: Source,
    output: Output,
    dtype: Any = "float32",
    carried: Mapping[str, Any] | None = None,
) -> list[str]:
    """Write rows, some at a time, their names and the carried columns, if the format can hold them.

    An .npy file is one array of numbers, so a label column is left out of it, and that is said: ``--labels``
    is also how one says that a column is not to be encoded, so it is no reason to stop.

    Parameters
    ----------
    path : Path
        Where, of a known suffix.
    blocks : iterable of (int, ndarray of shape (block, n_columns))
        The first row of each block, and its numbers.
    shape : (int, int)
        Rows and columns of them all.
    names : sequence of str, or None
        Their columns' names; None writes no header.
    source : Source
        Where the rows came from, with what it carries.
    output : Output
        Where it is said that a column was left out.
    dtype : dtype, default float32
        Of the cells in the file.
    carried : mapping of str to array-like, optional
        The columns to carry, in the place of those of the source.

    Returns
    -------
    list of str
        The names of the columns carried.
    """
    from diabolo.data.open_sink import open_sink

    suffix = path.suffix.lower()
    columns = dict(source.carried if carried is None else carried)
    if suffix in (".csv", ".tsv"):  # as they stood in a text table
        columns |= {name: text for name, text in source.written_as.items() if name in columns}
    row_names = source.row_names
    if suffix == ".npy":
        gone = [*columns, *([] if row_names is None else ["row_names"])]
        if gone:
            are, them = ("is", "it") if len(gone) == 1 else ("are", "them")
            listed = ", ".join(map(repr, gone[:-1])) + " and " * (len(gone) > 1) + repr(gone[-1])
            output.note(f"{path} holds numbers only, so {listed} {are} left out; .csv and .npz carry {them}")
        columns, row_names, names = {}, None, None
    with open_sink(
        path, *shape, dtype=dtype, column_names=names, row_names=row_names, carried=columns
    ) as sink:
        for start, block in blocks:
            sink.write(start, block)
    return list(columns)
