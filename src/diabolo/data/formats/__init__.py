"""The formats of files of rows: one row each here, and for each library one file that reads and writes them.

A new format is a file in this folder and a row in `FORMATS`; everything else, help pages included, is made of
the row. Nothing is imported here before a file of its kind is opened.
"""

from __future__ import annotations

import importlib
import os
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from diabolo.data.allowance import check_room
from diabolo.data.location import damaged, unreadable
from diabolo.data.remote_file import located
from diabolo.errors import DataFileError, DiaboloError, nearest_name
from diabolo.messages import either

if TYPE_CHECKING:
    from diabolo.data.destination import FileKind
    from diabolo.data.sink import Sink
    from diabolo.data.source import Source

__all__ = [
    "ABOVE_LIMIT",
    "BELOW_LIMIT",
    "FOLDERS",
    "FORMATS",
    "READ",
    "WRITTEN",
    "FileFormat",
    "format_of",
    "is_table_file",
]

BELOW_LIMIT = ("half", "limit", "zero", "missing")
"""What a cell such as ``<0.5`` may count as."""
ABOVE_LIMIT = ("limit", "missing")
"""What a cell such as ``>100`` may count as."""

_ARRAYS = frozenset({"dataset", "rows"})
_CELLS = frozenset({"header", "skip_lines", "below_limit", "above_limit", "na_values", "skip_footer"})
_NAMED = frozenset({"categories"})
_TEXT = frozenset({"delimiter", "decimal", "thousands", "encoding"}) | _CELLS | _NAMED


@dataclass(frozen=True)
class FileFormat:
    """What is known of a format before a file is opened.

    Parameters
    ----------
    module : str
        The file of this folder that reads and writes it.
    suffixes : tuple of str
        Of its files, lower case and with their dot.
    reader, writer : str
        The function that opens a source, and the class that writes; no writer where it is only read.
    only_read : tuple of str
        Further suffixes, of files that are read and not written.
    heeds : set of str
        What `diabolo.open` may be told beside the target and the columns to keep.
    has_columns : bool
        Whether it is a table of columns, each of them a feature unless it is said to be none; else a table
        with further arrays beside it.
    is_folder : bool
        Whether a file of it is a folder.
    """

    module: str
    suffixes: tuple[str, ...]
    reader: str
    writer: str = ""
    only_read: tuple[str, ...] = ()
    heeds: frozenset[str] = frozenset()
    has_columns: bool = False
    is_folder: bool = False

    def open(self, path: Any, **options: Any) -> Source:
        """Open a file that exists; whatever its reader meets in it is told in one sentence."""
        reader = self._found(self.reader)
        try:
            source: Source = reader(path, **options)
            _check_blocks(source, path)
        except (DiaboloError, MemoryError):
            raise
        except Exception as problem:  # a damaged file can go wrong in many ways
            is_refused = isinstance(problem, OSError) and problem.errno is not None
            raise (unreadable if is_refused else damaged)(path, problem) from problem
        return source

    def sink(self) -> type[Sink]:
        """Return the class that writes it."""
        kind: type[Sink] = self._found(self.writer)
        return kind

    def kind(self) -> FileKind:
        """Return what its files are called, and what they may replace."""
        found: FileKind = importlib.import_module(f"{__name__}.replaced").table_kind(self.suffixes[0])
        return found

    def _found(self, name: str) -> Any:
        return getattr(importlib.import_module(f"{__name__}.{self.module}"), name)


_PACKED_TEXT = (".csv.gz", ".csv.bz2", ".csv.zst", ".tsv.gz", ".tsv.bz2", ".tsv.zst")
FORMATS = (
    FileFormat("csv", (".csv", ".tsv"), "open_csv", "CsvSink", _PACKED_TEXT, _TEXT, has_columns=True),
    FileFormat(
        "excel",
        (),
        "open_excel",
        only_read=(".xlsx",),
        heeds=_CELLS | _NAMED | {"sheet"},
        has_columns=True,
    ),
    FileFormat("numpy", (".npy",), "open_npy", "NpySink", heeds=frozenset({"rows"}), has_columns=True),
    FileFormat("numpy", (".npz",), "open_npz", "NpzSink", heeds=_ARRAYS),
    FileFormat("hdf5", (".h5", ".hdf5", ".hdf"), "open_hdf5", "Hdf5Sink", heeds=_ARRAYS),
    FileFormat("zarr", (".zarr",), "open_zarr", "ZarrSink", heeds=_ARRAYS, is_folder=True),
    FileFormat(
        "arrow",
        (".parquet",),
        "open_parquet",
        "ParquetSink",
        heeds=_NAMED,
        has_columns=True,
    ),
    FileFormat(
        "arrow",
        (".feather",),
        "open_feather",
        "FeatherSink",
        heeds=_NAMED,
        has_columns=True,
    ),
    FileFormat("h5ad", (), "open_h5ad", only_read=(".h5ad",), heeds=frozenset({"dataset"})),
)
WRITTEN = tuple(suffix for each in FORMATS for suffix in each.suffixes)
"""The suffixes of files that are written."""
READ = (*WRITTEN, *(suffix for each in FORMATS for suffix in each.only_read))
"""The suffixes of files that are read."""
FOLDERS = tuple(suffix for each in FORMATS if each.is_folder for suffix in each.suffixes)
"""The suffixes of those that are folders."""


def _check_blocks(source: Source, path: Any) -> None:
    """Refuse a table of which a row, or a block read as a whole, takes more memory than its file may."""
    blocks = [(1, source.n_features), *([source.block] if source.is_compressed else [])]
    try:
        for height, width in blocks:
            n_bytes = float(source.dtype.itemsize) * height * width
            check_room(path, n_bytes, f"a block of {height:,} x {width:,} cells")
    except BaseException:
        source.close()
        raise


def is_table_file(path: str | os.PathLike[str]) -> bool:
    """Say whether a name is that of a file of rows.

    Examples
    --------
    >>> is_table_file("a/rows.csv.gz"), is_table_file("model.diabolo")
    (True, False)
    """
    return _suffix(path) in READ


def format_of(path: str | os.PathLike[str], among: tuple[str, ...] = READ) -> FileFormat:
    """Find a file's format by its suffix.

    Parameters
    ----------
    path : str or path-like
        Its name or address.
    among : tuple of str, default READ
        The suffixes that will do.

    Returns
    -------
    FileFormat

    Raises
    ------
    DataFileError
        There is none, or an unknown one.

    Examples
    --------
    >>> format_of("rows.csv.gz").module
    'csv'
    """
    suffix = _suffix(path)
    if suffix == ".diabolo":
        reader = either("diabolo.load reads it", "diabolo inspect shows it")
        raise DataFileError(f"{path} is a model by its name and no table; {reader}.")
    if suffix not in among:
        given = f"the suffix {suffix!r}" if suffix else "a name without a suffix"
        raise DataFileError(
            f"{path} has {given}, and the format is chosen by the suffix: it must be one of "
            f"{', '.join(among)}.{nearest_name(suffix, among)}"
        )
    return next(each for each in FORMATS if suffix in (*each.suffixes, *each.only_read))


def _suffix(path: str | os.PathLike[str]) -> str:
    name = located(os.fspath(path).rstrip("/")).name.lower()
    compound = next((suffix for suffix in READ if suffix.count(".") > 1 and name.endswith(suffix)), None)
    return compound or PurePath(name).suffix
