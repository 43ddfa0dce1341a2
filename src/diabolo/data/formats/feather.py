"""Feather files: Arrow's own format on the disk."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diabolo.data.arrow_columns import number_type
from diabolo.data.arrow_sink import ArrowSink
from diabolo.data.arrow_source import arrow_file
from diabolo.data.location import RemoteFile, damaged

if TYPE_CHECKING:
    from diabolo.data.source import Source

__all__ = ["FeatherSink", "open_feather"]


def open_feather(
    path: Path | RemoteFile,
    *,
    target: str | int | None = None,
    keep_columns: Sequence[str | int] | None = None,
) -> Source:
    """Open a Feather file (version 2) whose numeric columns are the features, to be read by batches.

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
        The file is damaged or not Feather, or has no numeric column, or none of that name.
    ParameterError
        The package pyarrow is not installed.
    """
    return arrow_file(
        path, _Batches, "a Feather file", "an Arrow table", target=target, keep_columns=keep_columns
    )


class _Batches:
    """A file's batches, of which columns are read that are asked for."""

    def __init__(self, path: Path | RemoteFile) -> None:
        import pyarrow

        self._pyarrow, self._path = pyarrow, path
        self._handle = pyarrow.OSFile(str(path)) if isinstance(path, Path) else path.open("rb")
        self._names: list[str] | None = None
        self._nulls: dict[str, int] | None = None
        self._reader = pyarrow.ipc.open_file(self._handle)
        self.schema = self._reader.schema

    def counts(self) -> list[int]:
        """Count the rows of each batch."""
        return [self.load(number, self.schema.names[:1]).num_rows for number in range(self._n_batches)]

    @property
    def _n_batches(self) -> int:
        return int(self._reader.num_record_batches)

    def load(self, number: int, names: list[str]) -> Any:
        """Read some columns of a batch, in the order asked for."""
        if names != self._names:
            fields = [self.schema.get_field_index(name) for name in names]
            options = self._pyarrow.ipc.IpcReadOptions(included_fields=sorted(fields))
            self._reader = self._pyarrow.ipc.open_file(self._handle, options=options)
            self._names = names
        try:
            batch = self._reader.get_batch(number).select(names)
        except MemoryError as problem:  # of a length that is damaged, as it is more than any machine has
            raise damaged(self._path, problem) from problem
        batch.validate(full=True)  # Arrow trusts a file, and a damaged one would take the process down
        return batch

    def null_count(self, name: str) -> int:
        """Count the missing cells of a column; those of floats need no counting."""
        if self._nulls is None:
            kinds = {field.name: number_type(field.type) for field in self.schema}
            names = [each for each, kind in kinds.items() if kind is not None and kind.kind != "f"]
            loaded = [self.load(number, names) for number in range(self._n_batches)]
            self._nulls = {each: sum(batch.column(each).null_count for batch in loaded) for each in names}
        return self._nulls[name]

    def close(self) -> None:
        """Close the file."""
        self._handle.close()


class FeatherSink(ArrowSink):
    """Columns in record batches."""

    called = "a Feather file"
    compressions = dict.fromkeys(("lz4", "zstd"))

    def open_writer(self, pyarrow: Any, place: Path, schema: Any) -> Any:
        """Open a file for tables of a schema."""
        options = pyarrow.ipc.IpcWriteOptions(compression=self.plan.compression)
        return pyarrow.ipc.new_file(str(place), schema, options=options)
