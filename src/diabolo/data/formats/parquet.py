"""Parquet files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diabolo.data.arrow_sink import ArrowSink
from diabolo.data.arrow_source import ArrowBatches, import_pyarrow
from diabolo.data.location import RemoteFile, check_content, damaged
from diabolo.errors import DiaboloError

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
    import_pyarrow(str(path))
    from pyarrow import parquet

    check_content(path, "a Parquet file", "Parquet")
    try:
        file: Any = parquet.ParquetFile(path if isinstance(path, Path) else path.open("rb"))
    except Exception as problem:
        raise damaged(path, problem) from problem

    def load(number: int, names: list[str]) -> Any:
        return file.read_row_group(number, columns=names)

    def null_count(name: str) -> int:
        chunks = [group.column(places[name]) for group in groups]
        if any(
            each.physical_type != file.metadata.schema.column(places[name]).physical_type for each in chunks
        ):
            raise ValueError("a column has two types")  # whose statistics would take the process down
        counts = [each.statistics for each in chunks]
        return sum(1 if each is None or not each.has_null_count else each.null_count for each in counts)

    try:
        groups = [file.metadata.row_group(number) for number in range(file.num_row_groups)]
        places = {file.metadata.schema.column(i).path: i for i in range(file.metadata.num_columns)}
        return ArrowBatches(
            str(path),
            file.schema_arrow,
            [group.num_rows for group in groups],
            load,
            null_count,
            target=target,
            keep_columns=keep_columns,
            path=path,
            release=file.close,
        )
    except BaseException as problem:
        file.close()
        if isinstance(problem, Exception) and not isinstance(problem, DiaboloError):
            raise damaged(path, problem) from problem  # a damaged file can go wrong in many ways
        raise


class ParquetSink(ArrowSink):
    """Columns in row groups."""

    called = "a Parquet file"
    compressions = dict.fromkeys(("snappy", "gzip", "zstd", "lz4", "brotli"))

    def open_writer(self, pyarrow: Any, place: Path, schema: Any) -> Any:
        """Open a file for tables of a schema."""
        from pyarrow import parquet

        return parquet.ParquetWriter(place, schema, compression=self.plan.compression or "none")
