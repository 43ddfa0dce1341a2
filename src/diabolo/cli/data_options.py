"""How a data file is read: the flags that all verbs share, and the reading itself."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from diabolo.cli.output import Output
from diabolo.cli.wrong_use import WrongUse
from diabolo.errors import DataFileError

if TYPE_CHECKING:
    from diabolo.data.table import Table

__all__ = [
    "Data",
    "DataOptions",
    "Dataset",
    "Delimiter",
    "Header",
    "Keep",
    "Labels",
    "Transposed",
    "is_streamed",
    "read_rows",
]

_PANEL = "Reading the data"
_STREAMED = (".h5", ".hdf5", ".hdf", ".zarr", ".parquet", ".h5ad")
_LARGE_BYTES = 2**26
_LABELS = ("label", "labels", "target", "y")

Data = Annotated[
    Path,
    typer.Argument(
        metavar="DATA",
        help="Rows of numbers: .csv, .tsv, .npy, .npz, .h5 (or FILE.h5::name), .zarr, .parquet or .h5ad; "
        "a pattern in quotes, such as 'part-*.npy', for several files as one.",
        show_default=False,
    ),
]
Labels = Annotated[
    str | None,
    typer.Option(
        "--labels",
        metavar="COLUMN",
        help="A column to leave out and carry to the output untouched: its name, or its number from 0 (-1 is "
        "the last); of .npz, .h5 or .zarr, a name beside the table.",
        rich_help_panel=_PANEL,
        show_default=False,
    ),
]
Keep = Annotated[
    list[str] | None,
    typer.Option(
        "--keep",
        metavar="COLUMN",
        help="A further column that is no feature, such as an id: left out and carried as --labels is; may "
        "be repeated.",
        rich_help_panel=_PANEL,
        show_default=False,
    ),
]
Header = Annotated[
    bool | None,
    typer.Option(
        "--header/--no-header",
        help="Whether the first line of a .csv holds names. Without, it is found out and said.",
        rich_help_panel=_PANEL,
        show_default=False,
    ),
]
Delimiter = Annotated[
    str | None,
    typer.Option(
        "--delimiter",
        metavar="CHAR",
        help=r"Between the cells of a .csv, such as ';' or '\t'. Without, it is found out.",
        rich_help_panel=_PANEL,
        show_default=False,
    ),
]
Dataset = Annotated[
    str | None,
    typer.Option(
        "--dataset",
        metavar="NAME",
        help="The table in a file of several: .npz, .h5, .zarr or .h5ad.",
        rich_help_panel=_PANEL,
        show_default=False,
    ),
]
Transposed = Annotated[
    bool,
    typer.Option(
        "--transposed",
        help="The table in the file has features along its first axis.",
        rich_help_panel=_PANEL,
        show_default=False,
    ),
]


@dataclass(frozen=True)
class DataOptions:
    """What was typed about a data file.

    Parameters
    ----------
    labels, delimiter, dataset : str or None
        As typed.
    header : bool or None
        None to find out.
    keep : sequence of str, or None
        Further columns to carry; None where the verb cannot.
    transposed : bool
        Whether features go along the first axis.

    Examples
    --------
    >>> DataOptions(labels="species", header=False).typed()
    ['--labels', 'species', '--no-header']
    """

    labels: str | None = None
    header: bool | None = None
    delimiter: str | None = None
    dataset: str | None = None
    keep: Sequence[str] | None = None
    transposed: bool = False

    def typed(self) -> list[str]:
        """Write the flags again, for a command to type next on the same file."""
        words = []
        for flag, value in (
            ("--labels", self.labels),
            ("--delimiter", self.delimiter),
            ("--dataset", self.dataset),
        ):
            words += [] if value is None else [flag, value]
        words += [word for name in self.keep or () for word in ("--keep", name)]
        if self.header is not None:
            words.append("--header" if self.header else "--no-header")
        return [*words, "--transposed"] if self.transposed else words


def is_streamed(path: Path, options: DataOptions) -> bool:
    """Say whether a file is read as it is needed; a small one that is not is in memory at once."""
    address = os.fspath(path)
    if "*" in address or "::" in address:
        return True
    suffix = path.suffix.lower()
    if suffix == ".npy":
        is_large = path.is_file() and path.stat().st_size > _LARGE_BYTES
        return is_large or options.transposed
    return suffix in _STREAMED or (suffix == ".npz" and (options.transposed or _unpacks_large(path)))


def _unpacks_large(path: Path) -> bool:
    """Whether an archive is large; what is wrong with one that cannot be read, its reader says."""
    import zipfile

    try:
        with zipfile.ZipFile(path) as archive:
            return sum(member.file_size for member in archive.infolist()) > _LARGE_BYTES
    except (OSError, zipfile.BadZipFile):
        return False


def _open_rows(path: Path, options: DataOptions) -> Table:
    """Open a table that may be larger than memory."""
    from diabolo.data.open_source import open_source
    from diabolo.data.table import Table

    source = open_source(
        path,
        dataset=options.dataset,
        target=options.labels,
        rows="last" if options.transposed else "first",
        keep_columns=list(options.keep) if options.keep else None,
    )
    carried = dict(source.carried)
    label = next((name for name in _LABELS if name in carried), None)
    first = source.target_name or label  # the first one is the label
    if first is not None:
        carried = {first: carried.pop(first), **carried}
    return Table(source, source.feature_names, carried, path)


def read_rows(
    path: Path,
    options: DataOptions,
    output: Output,
    known: Sequence[str] | None = None,
    *,
    allows_missing: bool = False,
) -> Table:
    """Read a data file and say what was found out about it.

    Parameters
    ----------
    path : Path
        The file.
    options : DataOptions
        What was typed about it.
    output : Output
        Where the decision about the header is said.
    known : sequence of str, optional
        Names that the columns may have; a first line of these is a header beyond doubt, and nothing is said.
    allows_missing : bool, default False
        Whether cells may be missing.

    Returns
    -------
    Table
        Its rows are a Source where the file is read as it is needed: of every format but text tables and
        .npz and .npy files that are small.

    Raises
    ------
    DataFileError
        The file cannot be read; the message says where.
    ParameterError
        An option cannot be, or means nothing to this kind of file.
    """
    if is_streamed(path, options):
        return _open_rows(path, options)
    from diabolo.data.opening import read_table

    if options.transposed:
        raise WrongUse(f"--transposed means nothing to {path}; it is for .h5, .zarr, .npy and .npz.")
    delimiter = {r"\t": "\t", "tab": "\t"}.get(options.delimiter or "", options.delimiter)
    try:
        table = read_table(
            path,
            label_column=options.labels,
            header=options.header,
            delimiter=delimiter,
            array=options.dataset,
            keep_columns=options.keep,
            allows_missing=allows_missing,
        )
    except DataFileError as problem:
        if options.labels is None or options.keep is None:
            raise
        # The reader names the way to carry one column, which has been gone.
        said = str(problem).replace("name it: label_column=", "name it: keep_columns=")
        raise DataFileError(said) from problem
    certain = known is not None and set(table.feature_names or ("",)) <= set(known)
    if options.header is None and not certain and path.suffix.lower() in (".csv", ".tsv"):
        output.note(
            f"the first line of {path} was taken as column names; if it is a row, say --no-header"
            if table.header_found
            else f"the first line of {path} was taken as a row; if it holds column names, say --header"
        )
    return table
