"""NumPy archives of several named arrays."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.data.atomic import atomic_write
from diabolo.data.casting import float32_rows
from diabolo.data.format import ReadingOptions
from diabolo.data.location import content, damaged, pickled, unreadable
from diabolo.data.table import Table
from diabolo.errors import DataFileError, ParameterError, nearest_name

if TYPE_CHECKING:
    from jaxtyping import Float32, Shaped

    Array = Shaped[np.ndarray, "..."]

# The names that people give to the table of several, in this order of trust.
_USUAL_NAMES = ("X", "data")
_FEATURE_NAMES = "feature_names"
_ARRAYS_SHOWN = 10


class NpzFormat:
    """Several arrays: one is the table, another of as many entries may be the label column.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "rows.npz"
    >>> NpzFormat().write(path, np.eye(2, dtype=np.float32), ["a", "b"], {"kind": ["cat", "dog"]})
    >>> table = NpzFormat().read(path, ReadingOptions(label_column="kind"))
    >>> table.feature_names, table.carried["kind"].tolist()
    (('a', 'b'), ['cat', 'dog'])
    """

    suffixes = (".npz",)
    heeds = frozenset({"label_column", "array", "keep_columns", "allows_missing"})

    def read(self, path: Path, options: ReadingOptions) -> Table:
        """Read one array of an archive; see `diabolo.data.opening.read_table`."""
        held = content(path)
        if "zip archive" not in held:
            raise DataFileError(f"{path} is not an .npz file, it holds {held}: give it the name that fits.")
        try:
            with zipfile.ZipFile(path) as archive:
                return _read(archive, path, options)
        except DataFileError:
            raise
        except OSError as problem:
            raise unreadable(path, problem) from problem
        except MemoryError as problem:
            raise DataFileError(f"{path} does not fit in memory ({problem}).") from problem
        except ParameterError:
            raise
        except Exception as problem:
            # A damaged archive can go wrong in many ways: its directory, its compression, its headers.
            raise damaged(path, problem) from problem

    def write(
        self,
        path: Path,
        rows: Float32[np.ndarray, "n_rows n_features"],
        feature_names: Sequence[str] | None,
        carried: Mapping[str, Sequence[Any] | np.ndarray],
    ) -> None:
        """Write an archive; see `diabolo.data.opening.write_table`."""
        arrays: dict[str, Array] = {"X": rows}
        if feature_names is not None:
            arrays[_FEATURE_NAMES] = np.array(list(feature_names), dtype=np.str_)
        for name, values in carried.items():
            if name in ("X", _FEATURE_NAMES):
                raise DataFileError(
                    f"{path} cannot be written: the carried column {name!r} has the name of an array "
                    "that Diabolo writes itself; rename the column."
                )
            column = np.asarray(values)
            arrays[name] = np.array([str(value) for value in values]) if column.dtype.hasobject else column
        # Not numpy.savez, which takes the names as keyword arguments and so cannot write every name.
        with atomic_write(path) as handle, zipfile.ZipFile(handle, "w") as archive:
            for name, array in arrays.items():
                with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                    np.lib.format.write_array(member, np.ascontiguousarray(array), allow_pickle=False)


def _read(archive: zipfile.ZipFile, path: Path, options: ReadingOptions) -> Table:
    members = {name.removesuffix(".npy"): name for name in archive.namelist() if name.endswith(".npy")}
    if not members:
        raise DataFileError(
            f"{path} is a zip archive without a NumPy array in it, so it is not an .npz file."
        )
    shapes = {name: _header(archive, member) for name, member in members.items()}
    chosen = _chosen(shapes, options.array, path)
    place = f"{path}, array {chosen!r}"
    rows = float32_rows(
        _load(archive, members[chosen], place), place, allows_missing=bool(options.allows_missing)
    )
    n_rows, n_features = rows.shape
    carried = {}
    for wanted, option in [
        *([] if options.label_column is None else [(options.label_column, "label_column")]),
        *((each, "keep_columns") for each in options.keep_columns or ()),
    ]:
        name = _label(shapes, wanted, n_rows, path, option)
        carried[name] = _load(archive, members[name], f"{path}, array {name!r}")
    feature_names = None
    if _FEATURE_NAMES in members and _FEATURE_NAMES not in (chosen, *carried):
        names = _load(archive, members[_FEATURE_NAMES], f"{path}, array {_FEATURE_NAMES!r}")
        if names.shape != (n_features,):
            raise DataFileError(
                f"{path}, array {_FEATURE_NAMES!r}: expected one name for each of the {n_features} columns "
                f"of {chosen!r}, got the shape {names.shape}; correct it or leave it out."
            )
        feature_names = tuple(str(name) for name in names)
    return Table(rows, feature_names, carried, path)


def _header(archive: zipfile.ZipFile, member: str) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Read the shape and the type of an array without its values."""
    with archive.open(member) as handle:
        version = np.lib.format.read_magic(handle)
        read = (
            np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        )
        shape, _, dtype = read(handle)
    return shape, dtype


def _load(archive: zipfile.ZipFile, member: str, place: str) -> Array:
    with archive.open(member) as handle:
        try:
            return np.lib.format.read_array(handle, allow_pickle=False)
        except ValueError as problem:
            if "pickle" in str(problem) or "Object arrays" in str(problem):
                raise pickled(place) from problem
            raise


def _chosen(
    shapes: Mapping[str, tuple[tuple[int, ...], np.dtype[Any]]], wanted: str | None, path: Path
) -> str:
    if wanted is not None:
        if wanted not in shapes:
            raise DataFileError(
                f"{path} has no array named {wanted!r}; it has {_listing(shapes)}."
                f"{nearest_name(wanted, shapes)}"
            )
        return wanted
    tables = [name for name, (shape, _) in shapes.items() if len(shape) == 2]
    usual = [name for name in _USUAL_NAMES if name in tables]
    if len(tables) == 1:
        return tables[0]
    if usual:
        return usual[0]
    if len(shapes) == 1:
        return next(iter(shapes))  # whose shape is wrong, as float32_rows will say
    count = "no array of two axes" if not tables else f"{len(tables)} arrays of two axes"
    raise DataFileError(
        f"{path} has {count}: pick one with array=, for example array={(tables or list(shapes))[0]!r}; "
        f"it has {_listing(shapes)}."
    )


def _label(
    shapes: Mapping[str, tuple[tuple[int, ...], np.dtype[Any]]],
    wanted: str | int,
    n_rows: int,
    path: Path,
    option: str,
) -> str:
    what = "label column" if option == "label_column" else "column to keep"
    if not isinstance(wanted, str):
        raise ParameterError(
            f"{option} must name another array of an .npz file, so {path} cannot be read with {wanted!r}."
        )
    if wanted not in shapes:
        raise DataFileError(
            f"{path} has no array named {wanted!r} for a {what}; it has {_listing(shapes)}."
            f"{nearest_name(wanted, shapes)}"
        )
    if shapes[wanted][0] != (n_rows,):
        raise DataFileError(
            f"{path}, array {wanted!r}: a {what} must have one axis of {n_rows} entries, one for each "
            f"row; got the shape {shapes[wanted][0]}."
        )
    return wanted


def _listing(shapes: Mapping[str, tuple[tuple[int, ...], np.dtype[Any]]]) -> str:
    shown = [f"{name!r} of shape {shape}" for name, (shape, _) in shapes.items()]
    more = f" and {len(shown) - _ARRAYS_SHOWN} more" if len(shown) > _ARRAYS_SHOWN else ""
    return ", ".join(shown[:_ARRAYS_SHOWN]) + more
