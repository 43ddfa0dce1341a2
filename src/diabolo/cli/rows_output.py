"""Rows written to a file, with the label column that came with them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from diabolo.cli.output import Output

if TYPE_CHECKING:
    import numpy as np
    from jaxtyping import Float32

    from diabolo.data.table import Table

__all__ = ["OutputRows", "write_rows"]

OutputRows = Annotated[
    Path,
    typer.Option(
        "-o",
        "--output",
        metavar="FILE",
        help="Where to write: .csv, .tsv, .npy, .npz, .h5, .zarr or .parquet; replaced if it exists.",
        show_default=False,
    ),
]


def write_rows(
    path: Path,
    blocks: Iterable[tuple[int, Float32[np.ndarray, "block n_columns"]]],
    shape: tuple[int, int],
    names: Sequence[str] | None,
    source: Table,
    output: Output,
) -> list[str]:
    """Write rows, some at a time, and the carried columns, if the format can hold them.

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
    source : Table
        Where the rows came from, with what it carries.
    output : Output
        Where it is said that a column was left out.

    Returns
    -------
    list of str
        The names of the columns carried.
    """
    from diabolo.data.open_sink import open_sink

    carried = dict(source.carried)
    if carried and path.suffix.lower() == ".npy":
        left_out = " and ".join(map(repr, carried))
        are, them = ("is", "it") if len(carried) == 1 else ("are", "them")
        output.note(f"{path} holds numbers only, so {left_out} {are} left out; .csv and .npz carry {them}")
        carried = {}
    is_nameless = path.suffix.lower() == ".npy"
    with open_sink(path, *shape, column_names=None if is_nameless else names, carried=carried) as sink:
        for start, block in blocks:
            sink.write(start, block)
    return list(carried)
