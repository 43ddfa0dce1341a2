"""How a data file is read: the flags that all verbs share, and the reading itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from diabolo.cli.output import Output
from diabolo.errors import DataFileError

if TYPE_CHECKING:
    from diabolo.data.table import Table

__all__ = ["Array", "Data", "DataOptions", "Delimiter", "Header", "Keep", "Labels", "read_rows"]

_PANEL = "Reading the data"

Data = Annotated[
    Path,
    typer.Argument(metavar="DATA", help="Rows of numbers: .csv, .tsv, .npy or .npz.", show_default=False),
]
Labels = Annotated[
    str | None,
    typer.Option(
        "--labels",
        metavar="COLUMN",
        help="A column to leave out and carry to the output untouched: its name, or its number from 0 (-1 is "
        "the last); of .npz, an array's name.",
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
Array = Annotated[
    str | None,
    typer.Option(
        "--array", metavar="NAME", help="Which array of an .npz.", rich_help_panel=_PANEL, show_default=False
    ),
]


@dataclass(frozen=True)
class DataOptions:
    """What was typed about a data file.

    Parameters
    ----------
    labels, delimiter, array : str or None
        As typed.
    header : bool or None
        None to find out.
    keep : sequence of str, or None
        Further columns to carry; None where the verb cannot.

    Examples
    --------
    >>> DataOptions(labels="species", header=False).typed()
    ['--labels', 'species', '--no-header']
    """

    labels: str | None = None
    header: bool | None = None
    delimiter: str | None = None
    array: str | None = None
    keep: Sequence[str] | None = None

    def typed(self) -> list[str]:
        """Write the flags again, for a command to type next on the same file."""
        words = []
        for flag, value in (
            ("--labels", self.labels),
            ("--delimiter", self.delimiter),
            ("--array", self.array),
        ):
            words += [] if value is None else [flag, value]
        words += [word for name in self.keep or () for word in ("--keep", name)]
        if self.header is not None:
            words.append("--header" if self.header else "--no-header")
        return words


def read_rows(path: Path, options: DataOptions, output: Output, known: Sequence[str] | None = None) -> Table:
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

    Returns
    -------
    Table

    Raises
    ------
    DataFileError
        The file cannot be read; the message says where.
    ParameterError
        An option cannot be, or means nothing to this kind of file.
    """
    from diabolo.data.opening import read_table

    delimiter = {r"\t": "\t", "tab": "\t"}.get(options.delimiter or "", options.delimiter)
    try:
        table = read_table(
            path,
            label_column=options.labels,
            header=options.header,
            delimiter=delimiter,
            array=options.array,
            keep_columns=options.keep,
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
