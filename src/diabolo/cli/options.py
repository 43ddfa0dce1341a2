"""Options that verbs share."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from diabolo.cli.page import Option, Typed, in_group, switch
from diabolo.cli.streams import typed_parts
from diabolo.cli.written_files import Writes
from diabolo.data.destination import PICTURES
from diabolo.data.formats import ABOVE_LIMIT, BELOW_LIMIT, FORMATS, WRITTEN
from diabolo.parameters.kinds import BOOLEAN, Kind, is_whole, one_of, read_sizes, whole
from diabolo.parameters.kinds import MISSING as MISSING_KIND
from diabolo.parameters.parameter import HELD_OUT, OTHER
from diabolo.workers.opening import ENGINES

__all__ = [
    "COLUMNS",
    "COMMON",
    "COMPONENTS",
    "DATA",
    "DETECTOR",
    "DPI",
    "FILE",
    "HOLD_OUT",
    "IMAGE_SHAPE",
    "KEEP",
    "LABELS",
    "MEMORY",
    "MISSING",
    "MODEL",
    "PARTS_FILE",
    "QUIET",
    "READING",
    "ROWS_FILE",
    "VERSION",
    "WORKERS",
    "drawn_file",
    "picture_file",
    "rows_file",
    "workers_options",
    "written_file",
]


def typed_file(text: str) -> Any:
    """Take what was typed for a path, or for an address such as ``s3://bucket/rows.csv``.

    Examples
    --------
    >>> typed_file("rows.csv").suffix, str(typed_file("s3://bucket/rows.csv"))
    ('.csv', 's3://bucket/rows.csv')
    """
    from diabolo.data.remote_file import located

    return located(text)


def read_names(text: str) -> Any:
    """Read names with commas between, quoted as in a CSV file; what cannot be told apart stays text.

    Examples
    --------
    >>> read_names('id, "petals, long",-1')
    ['id', 'petals, long', '-1']
    """
    try:
        return next(csv.reader([text], skipinitialspace=True, strict=True), [""])
    except csv.Error:
        return text


COLUMNS = Kind(
    'names of columns with commas between, a name that holds a comma in double quotes, such as id,"a, b"',
    lambda value: isinstance(value, list),
    read_names,
    metavar="A,B",
)
FILE = Kind("a file", lambda value: True, typed_file, metavar="FILE")
_FILE_OR_PARTS = replace(FILE, read=lambda text: typed_parts(text) or typed_file(text))
_KINDS = ", ".join(suffix for each in FORMATS for suffix in (each.suffixes or each.only_read))

COMMON = in_group(
    OTHER,
    switch("--json", 'Print the result as one JSON object; an error is also {"error": ..., "status": ...}.'),
    switch("--debug", "Show the traceback of an error."),
    switch("-h --help", "Show this page."),
    switch("--help-all", "Show every option."),
)
"""What every verb takes."""

VERSION = switch("--version", "Show the versions and leave.")
(QUIET,) = in_group(OTHER, switch("-q --quiet", "Print errors only."))
MODEL = Option("MODEL", "The model file that 'diabolo fit' wrote.", FILE, is_required=True)
DETECTOR = replace(MODEL, help="The model file that 'diabolo detect fit' wrote.")
DATA = Option(
    "DATA",
    f"Rows of numbers: {_KINDS} (.csv.gz, too; FILE.h5::name is one table of several). Several files, by "
    "their names, by a pattern in quotes such as 'part-*.npy' or by their folder, are read as one; - is a "
    ".csv on standard input.",
    FILE,
    is_required=True,
    takes_several=True,
)
LABELS, KEEP, *READING = in_group(
    "Reading the data",
    Option(
        "--labels COLUMN",
        "A column to leave out and carry to the output untouched: its name, or its number from 0 (-1 is the "
        "last); of .npz, .h5 or .zarr, a name beside the table.",
    ),
    Option(
        "--keep",
        "Further columns that are no features, such as an id: left out and carried as --labels is. A "
        "name that holds a comma stands in double quotes, as in a CSV file: 'id,\"a, b\"'.",
        COLUMNS,
        is_repeated=True,
    ),
    Option("--drop", "Columns that are not read at all.", COLUMNS, is_repeated=True),
    Option(
        "--columns",
        "The only columns that are features; others that are not carried are not read.",
        COLUMNS,
        is_repeated=True,
    ),
    Option(
        "--header",
        "Whether the first line of a .csv holds names. Without, it is found out and said.",
        BOOLEAN,
    ),
    Option(
        "--delimiter CHAR", r"Between the cells of a .csv, such as ';' or '\t'. Without, it is found out."
    ),
    Option("--decimal MARK", "Before decimals in a .csv: '.' or ','. Without, it is found out."),
    Option(
        "--thousands MARK",
        "Between thousands in a .csv: ',', '.', ' ', \"'\" or none. Without, it is found out where a number "
        "such as 1.139,80 shows it.",
    ),
    Option(
        "--encoding NAME",
        "Of a .csv, such as cp1252, latin-1 or utf-16. Without, UTF-8, or UTF-16 where the file begins with "
        "its mark.",
    ),
    Option(
        "--skip-lines N",
        "Lines above the header, or the first row. Without, those that begin with # and titles above a "
        "header.",
        whole(0),
    ),
    Option(
        "--skip-footer N",
        "Rows at the end that are none, such as sums. Without, remarks such as 'Exported on Monday'.",
        whole(0),
    ),
    Option(
        "--below-limit",
        "What a cell such as <0.5 counts as: half of the limit, the limit, zero or missing. Without, such "
        "cells are refused.",
        one_of(*BELOW_LIMIT),
    ),
    Option(
        "--above-limit", "What a cell such as >100 counts as: the limit or missing.", one_of(*ABOVE_LIMIT)
    ),
    Option(
        "--na-values",
        "What stands for a missing cell in a .csv beside NA and the like, such as n.d.,-99; of features.",
        replace(COLUMNS, expected="words and numbers with commas between, such as n.d.,-99", metavar="A,B"),
        is_repeated=True,
    ),
    Option("--sheet NAME", "The sheet of an .xlsx file. Default: the first."),
    Option("--dataset NAME", "The table in a file of several: .npz, .h5, .zarr or .h5ad."),
    switch("--transposed", "The table in the file has features along its first axis."),
    switch(
        "--follow-links",
        "Read what an .h5 file has in other files, by links or virtual datasets; if you trust who made it.",
    ),
)
MEMORY = Option(
    "--max-memory SIZE",
    "What is held of a file at once may take, such as 4GB. Without, its size says how much.",
    group=READING[0].group,
)
HOLD_OUT = in_group(
    HELD_OUT,
    Option(
        "--hold-out N",
        "Rows that nothing is learned from, measured at the end: how many, a share such as 0.2, or a file of "
        "row numbers.",
        may_be_file=True,
    ),
    Option(
        "--hold-out-by COLUMN",
        "Hold out together all rows that share a value of this column, such as a person's.",
    ),
    switch("--hold-out-ordered", "Hold out the last rows instead of random ones."),
)
IMAGE_SHAPE = Option(
    "--image-shape",
    "The image that a row holds, as height,width or height,width,3; 'none' draws curves. Without, rows of a "
    "square number of columns (16 or more) are square images.",
    Kind(
        "whole numbers with commas between, such as 8,8, or none",
        lambda value: isinstance(value, tuple),
        read_sizes,
        metavar="H,W",
    ),
)
COMPONENTS = Kind(
    "whole numbers with commas between, such as 0,1",
    lambda value: isinstance(value, tuple) and value != (),
    read_sizes,
    metavar="I,J",
)
_DPI = Kind(
    "a whole number from 10 to 2400", lambda value: is_whole(value) and 10 <= value <= 2400, metavar="N"
)
DPI = Option("--dpi", "Dots per inch. Default: 150.", _DPI, default=150)


def _is_workers(value: Any) -> bool:
    return (is_whole(value) and value >= 1) or (isinstance(value, str) and value != "")


def written_file(
    said: str, writes: Writes, metavar: str = "FILE", *, is_required: bool = True, **more: Any
) -> Option:
    """Make the option of the file that a result is written to."""
    more = {"name": "path", "is_required": is_required, "writes": writes, **more}
    return Option(f"-o --output {metavar}", said, FILE, **more)


def rows_file(
    files: Callable[[Typed], Iterable[Path]] | None = None, *, may_be_parts: bool = False
) -> Option:
    """Make the option of the file that rows are written to, or of several that its name stands for."""
    said = f"Where to write: {', '.join(WRITTEN)}; replaced if it exists. - is a .csv on standard output."
    if may_be_parts:
        said += " A folder (codes/ or codes/*.npy) gets a part for each file of DATA."
    made = written_file(said, replace(_ROWS, files=files))
    return replace(made, kind=_FILE_OR_PARTS) if may_be_parts else made


def picture_file(what: str = "Where to write", **more: Any) -> Option:
    """Make the option of the file that a picture is written to."""
    said = f"{what}: .png, .pdf, .svg or .jpg; replaced if it exists."
    return written_file(said, _PICTURE, "PNG", **more)


def drawn_file(what: str) -> Option:
    """Make the option of a picture that a verb draws beside what it writes."""
    said = f"{what}: .png, .pdf, .svg or .jpg."
    return Option("--plot PNG", said, FILE, name="picture", writes=_PICTURE)


_ROWS, _PICTURE = Writes(WRITTEN, may_stream=True), Writes(tuple(PICTURES))


MISSING = Option(
    "--missing NAME",
    "What becomes of cells that are NaN: error, mean or mask, as of detect fit. Default: as the model was "
    "fitted.",
    MISSING_KIND,
    READING[0].group,
)
ROWS_FILE, PARTS_FILE = rows_file(), rows_file(may_be_parts=True)


def workers_options(group: str, engines: str, workers: str) -> tuple[Option, ...]:
    """Make the two options that say who does the work.

    Parameters
    ----------
    group : str
        Of the help page.
    engines : str
        What there is beside clusters: "processes of this machine".
    workers : str
        What a number of workers is: "processes of one thread".

    Returns
    -------
    tuple of Option
    """
    return in_group(
        group,
        Option(
            "--engine",
            f"Who does the work: {engines}, a Dask cluster, or Ray.",
            one_of(*ENGINES),
            default="local",
        ),
        Option(
            "--workers N",
            f"How many {workers}, or the address of a cluster (tcp://host:8786, ray://host:10001, "
            "auto), which must find all files under these paths. Default: 1.",
            Kind("a whole number of workers, or the address of a cluster", _is_workers, metavar="N|ADDRESS"),
            default=1,
        ),
    )


WORKERS = workers_options("Many files", "processes of this machine", "processes of one thread")
