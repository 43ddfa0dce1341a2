"""How a data file is opened: the flags that all verbs share, and the opening itself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from diabolo.cli.common_options import typed_file
from diabolo.cli.flag_words import in_flags
from diabolo.cli.output import Output
from diabolo.data.formats import FORMATS
from diabolo.errors import DiaboloError

if TYPE_CHECKING:
    from diabolo.data.source import Source

__all__ = [
    "Data",
    "DataOptions",
    "Dataset",
    "Decimal",
    "Delimiter",
    "Header",
    "Keep",
    "Labels",
    "Transposed",
    "open_rows",
]

_PANEL = "Reading the data"
_LABELS = ("label", "labels", "target", "y")
_KINDS = ", ".join(suffix for each in FORMATS for suffix in (each.suffixes or each.only_read))

Data = Annotated[
    Path,
    typer.Argument(
        parser=typed_file,
        metavar="DATA",
        help=f"Rows of numbers: {_KINDS} (.csv.gz, too; FILE.h5::name is one table of several); a "
        "pattern in quotes, such as 'part-*.npy', for several files as one.",
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
Decimal = Annotated[
    str | None,
    typer.Option(
        "--decimal",
        metavar="MARK",
        help="Before decimals in a .csv: '.' or ','. Without, it is found out.",
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
    labels, delimiter, dataset, decimal : str or None
        As typed.
    header : bool or None
        None to find out.
    keep : sequence of str, or None
        Further columns to carry; None where the verb cannot.
    transposed : bool
        Whether features go along the first axis.
    flag : {"--labels", "--target"}
        What `labels` were typed after.

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
    decimal: str | None = None
    flag: str = "--labels"

    def typed(self) -> list[str]:
        """Write the flags again, for a command to type next on the same file."""
        words = []
        for flag, value in (
            ("--labels", self.labels),
            ("--delimiter", self.delimiter),
            ("--dataset", self.dataset),
            ("--decimal", self.decimal),
        ):
            words += [] if value is None else [flag, value]
        words += [word for name in self.keep or () for word in ("--keep", name)]
        if self.header is not None:
            words.append("--header" if self.header else "--no-header")
        return [*words, "--transposed"] if self.transposed else words


def open_rows(path: Path, options: DataOptions, output: Output, known: Sequence[str] | None = None) -> Source:
    """Open a data file and say what was found out about it.

    Parameters
    ----------
    path : Path
        The file.
    options : DataOptions
        What was typed about it.
    output : Output
        Where it is said.
    known : sequence of str, optional
        Names that the columns may have; a first line of these is a header beyond doubt, and nothing is said.

    Returns
    -------
    Source
        What it carries begins with the label.

    Raises
    ------
    DataFileError
        The file cannot be read; the message says where.
    ParameterError
        An option cannot be, or means nothing to this kind of file.
    """
    from diabolo.data.open_table import open_table

    try:
        source = open_table(
            path,
            dataset=options.dataset,
            target=options.labels,
            rows="last" if options.transposed else "first",
            keep_columns=list(options.keep) if options.keep else None,
            header=options.header,
            delimiter={r"\t": "\t", "tab": "\t"}.get(options.delimiter or "", options.delimiter),
            decimal=options.decimal,
        )
    except DiaboloError as problem:
        # The first column to carry is the label's, and every verb has a flag for that.
        spare = options.labels is None or options.keep is None
        said = re.sub(r"keep_columns=\[(.*?)\]", rf"{'labels' if spare else 'keep_columns'}=\1", str(problem))
        said = said.replace('rows="last"', "--transposed").replace("rows='last'", "--transposed")
        if options.flag == "--labels":
            said = said.replace("target=", "labels=").replace("is target already", "is --labels already")
        raise type(problem)(said) from problem
    certain = known is not None and set(source.feature_names or ("",)) <= set(known)
    for note in source.notes:
        if not (certain and "the first line of" in note):
            output.note(in_flags(note))
    label = source.target_name or next((name for name in _LABELS if name in source.carried), None)
    if label is not None:
        source.carried = {label: source.carried[label], **source.carried}
    return source
