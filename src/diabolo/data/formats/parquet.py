"""Parquet files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diabolo.data.arrow_sink import ArrowSink
from diabolo.data.arrow_source import arrow_file
from diabolo.data.location import RemoteFile

if TYPE_CHECKING:
    from diabolo.data.source import Source

__all__ = ["ParquetSink", "open_parquet"]


def open_parquet(
    path: Path | RemoteFile,
    *,
    target: str | int | None = None,
    keep_columns: Sequence[str | int] | None = None,
) -> Source:
    """Open a Parquet file whose numeric columns are the features, to be read by row groups.

    Columns of text, of dates and of categories are carried as text; missing numbers are NaN.

    Parameters
    ----------
    path : Path
        An existing file.
    target, keep_columns
        As of `diabolo.open`.

    Returns
    -------
    Source

    Raises
    ------
    DataFileError
        The file is damaged or not Parquet, or has no numeric column, or none of that name.
    ParameterError
        The package pyarrow is not installed.
    """
    return arrow_file(path, _RowGroups, "a Parquet file", "Parquet", target=target, keep_columns=keep_columns)


class _RowGroups:
    """A file's row groups."""

    def __init__(self, path: Path | RemoteFile) -> None:
        from pyarrow import parquet

        self._file: Any = parquet.ParquetFile(path if isinstance(path, Path) else path.open("rb"))
        self.schema, about = self._file.schema_arrow, self._file.metadata
        self._groups = [about.row_group(number) for number in range(self._file.num_row_groups)]
        self._places = {about.schema.column(i).path: i for i in range(about.num_columns)}

    def counts(self) -> list[int]:
        """Count the rows of each group."""
        return [group.num_rows for group in self._groups]

    def load(self, number: int, names: list[str]) -> Any:
        """Read some columns of a group, in the order asked for."""
        return self._file.read_row_group(number, columns=names)

    def null_count(self, name: str) -> int:
        """Count the missing cells of a column; 1 for each group that does not say."""
        place = self._places[name]
        chunks = [group.column(place) for group in self._groups]
        physical = self._file.metadata.schema.column(place).physical_type
        if any(each.physical_type != physical for each in chunks):
            raise ValueError("a column has two types")  # whose statistics would take the process down
        counts = [each.statistics for each in chunks]
        return sum(1 if each is None or not each.has_null_count else each.null_count for each in counts)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class ParquetSink(ArrowSink):
    """Columns in row groups."""

    called = "a Parquet file"
    compressions = dict.fromkeys(("snappy", "gzip", "zstd", "lz4", "brotli"))

    def open_writer(self, pyarrow: Any, place: Path, schema: Any) -> Any:
        """Open a file for tables of a schema."""
        from pyarrow import parquet

        return parquet.ParquetWriter(place, schema, compression=self.plan.compression or "none")
