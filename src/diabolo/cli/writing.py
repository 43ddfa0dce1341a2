"""Where a result goes: looked at before any work is done for it, and written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diabolo.cli.output import Output
from diabolo.cli.wrong_use import WrongUse
from diabolo.errors import DataFileError, nearest_name

if TYPE_CHECKING:
    import numpy as np
    from jaxtyping import Shaped

    from diabolo.data.source import Source

__all__ = ["check_model_output", "check_picture_output", "check_rows_output", "save_picture", "write_rows"]

PICTURES = (".png", ".pdf", ".svg", ".jpg", ".jpeg")


def check_rows_output(path: Path, *inputs: Path | None) -> None:
    """Make sure that rows can be written to a file.

    Parameters
    ----------
    path : Path
        What was typed after ``-o``.
    *inputs : Path or None
        The files that are read, which it must not be.

    Raises
    ------
    WrongUse
        The suffix is unknown, or the file is one that is read.
    DataFileError
        The folder is missing or may not be written to, or the name is a folder's.
    """
    from diabolo.data.formats import WRITTEN

    _check_suffix(path, WRITTEN)
    _check_place(path, inputs)


def check_picture_output(path: Path | None, *inputs: Path | None) -> None:
    """Make sure that a picture can be written, if one is wanted; see `check_rows_output`."""
    if path is not None:
        _check_suffix(path, PICTURES)
        _check_place(path, inputs)


def check_model_output(path: Path, *inputs: Path | None) -> None:
    """Make sure that a model can be written to a file; see `check_rows_output`.

    Any suffix will do but those of other files, which are slips.
    """
    from diabolo.data.formats import is_table_file

    if is_table_file(path) or path.suffix.lower() in PICTURES:
        raise WrongUse(
            f"-o {path} would be a model under the name of another kind of file; "
            f"call it {path.with_suffix('.diabolo').name}."
        )
    _check_place(path, inputs)


def _check_suffix(path: Path, known: Sequence[str]) -> None:
    suffix = path.suffix.lower()
    if suffix not in known:
        given = f"ends in {path.suffix!r}" if suffix else "has no suffix"
        hint = nearest_name(suffix, known)
        raise WrongUse(f"-o {path} {given}, and the suffix says what to write: {', '.join(known)}.{hint}")


def _check_place(path: Path, inputs: Sequence[Path | None]) -> None:
    for source in inputs:
        if source is not None and _same_file(path, source):
            raise WrongUse(f"-o {path} is the file that is read; choose another name.")
    folder = path.parent
    if path.is_dir():
        raise DataFileError(f"{path} cannot be written: it is a folder; name a file in it.")
    if not folder.is_dir():
        raise DataFileError(f"{path} cannot be written: there is no folder {folder}; make it first.")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise DataFileError(
            f"{path} cannot be written: you may not write in the folder {folder}; choose another, or give "
            "yourself permission."
        )


def _same_file(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:  # one of them does not exist
        return False


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


def save_picture(draw: Callable[[], Any], path: Path | None, dpi: int = 150) -> None:
    """Draw on a new figure, without a screen, and write it; nothing where no picture is wanted.

    Parameters
    ----------
    draw : callable
        Opens a figure and gives back its Axes.
    path : Path or None
        Where; its suffix says the format.
    dpi : int, default 150
        Dots per inch.
    """
    if path is None:
        return
    import matplotlib

    matplotlib.use("agg")  # no window, whatever the environment says
    from matplotlib import pyplot as plt

    from diabolo.data.atomic import atomic_write

    before = set(plt.get_fignums())
    try:
        figure = draw().figure
        with atomic_write(path) as handle:
            figure.savefig(handle, format=path.suffix[1:].lower(), dpi=dpi)
    finally:
        for number in set(plt.get_fignums()) - before:
            plt.close(number)
