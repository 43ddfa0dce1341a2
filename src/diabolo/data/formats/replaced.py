"""What a table that is written may replace: a file of its format that holds nothing beside such a table."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from pathlib import Path

from diabolo.data.destination import TEXT, FileKind, described, holding
from diabolo.data.remote_file import RemoteFile
from diabolo.errors import DiaboloError

__all__ = ["table_kind"]

_SHOWN = 3


def table_kind(suffix: str) -> FileKind:
    """Say what a table of a format may replace.

    A file of several arrays is replaced where it holds a table and columns beside it, as Diabolo writes
    them, and nothing else.

    Parameters
    ----------
    suffix : str
        Of a format that is written.

    Returns
    -------
    FileKind

    Examples
    --------
    >>> table_kind(".npy").called, table_kind(".tsv").called
    ('an .npy file', 'a text table')
    """
    return _KINDS[suffix]


def _other_than_npz(path: Path | RemoteFile) -> str | None:
    with path.open("rb") as handle:
        if not zipfile.is_zipfile(handle):
            return described(path)
    with path.open("rb") as handle, zipfile.ZipFile(handle) as archive:
        names = archive.namelist()
    if not all(name.endswith(".npy") for name in names):
        return f"a zip archive with {_listed(names)}"
    from diabolo.data.formats.numpy import npz_shapes

    return _more_than_a_table("an .npz file", npz_shapes(path), "X")


def _other_than_hdf5(path: Path | RemoteFile) -> str | None:
    from diabolo.data.formats.hdf5 import hdf5_file

    try:
        file = hdf5_file(path)
    except (OSError, DiaboloError):
        return described(path)
    with file:
        shapes = {}
        for name in file:
            link = file.get(name, getlink=True)
            shapes[name] = getattr(file[name], "shape", None) if type(link).__name__ == "HardLink" else None
    return _more_than_a_table("an HDF5 file", shapes, "data")


def _other_than_zarr(path: Path | RemoteFile) -> str | None:
    from diabolo.data.formats.zarr import zarr_shapes

    if not path.is_dir():
        return described(path)
    shapes = zarr_shapes(path)
    if shapes is None:
        return "a folder that is no Zarr store"
    return _more_than_a_table("a Zarr store", shapes, "data")


def _more_than_a_table(called: str, shapes: dict[str, tuple[int, ...] | None], table: str) -> str | None:
    """Say what an archive of arrays is where it holds more than one table and columns that belong to it."""
    shape = shapes.get(table) or ()
    columns = [(count,) for count in shape] if len(shape) == 2 else []
    others = [
        name for name, each in shapes.items() if each not in columns and not (columns and name == table)
    ]
    return f"{called} with {_listed(others)}" if others else None


def _listed(names: Iterable[str]) -> str:
    names = [repr(name) for name in names]
    return ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")


_HDF5 = FileKind("an HDF5 file", _other_than_hdf5)
_KINDS = {
    ".csv": TEXT,
    ".tsv": TEXT,
    ".npy": FileKind("an .npy file", holding("a NumPy array")),
    ".npz": FileKind("an .npz file", _other_than_npz),
    ".h5": _HDF5,
    ".hdf5": _HDF5,
    ".hdf": _HDF5,
    ".zarr": FileKind("a Zarr store", _other_than_zarr),
    ".parquet": FileKind("a Parquet file", holding("Parquet")),
    ".feather": FileKind("a Feather file", holding("an Arrow table")),
}
