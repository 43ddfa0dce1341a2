"""What an HDF5 file has inside: groups and datasets, found without leaving it, and read within bounds."""

from __future__ import annotations

import contextlib
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.data.allowance import check_room, follows_links
from diabolo.data.cells import as_text
from diabolo.data.formats.hdf5_heaps import check_chunks, check_heaps, check_texts
from diabolo.data.formats.named_arrays import NamedArray
from diabolo.data.location import check_content, damaged
from diabolo.errors import DataFileError
from diabolo.messages import either, setting

if TYPE_CHECKING:
    from diabolo.data.remote_file import RemoteFile

__all__ = ["TEXT_BYTES", "arrays_in", "check_readable", "hdf5_array", "hdf5_file", "member"]

TEXT_BYTES = 200
"""Of a text of any length: a pointer in HDF5, and then an object of Python's or two."""
# Texts of one length are there once as bytes, and once as characters of four.
_WIDTHS = 5
_MOST_LINKS = 16
_MOST_DEPTH = 100


def hdf5_file(path: Path | RemoteFile) -> Any:
    """Open an HDF5 file for reading.

    Parameters
    ----------
    path : Path
        An existing file.

    Returns
    -------
    h5py.File

    Raises
    ------
    DataFileError
        The file is cut short, damaged or something else.
    """
    import h5py

    is_local = isinstance(path, Path)
    if isinstance(path, Path):
        check_heaps(path)
    if not (is_local and h5py.is_hdf5(path)):  # with a block of the user's own in front
        check_content(path, "an HDF5 file", "HDF5")
    return h5py.File(path if is_local else path.open("rb"), "r")


def hdf5_array(dataset: Any, path: Path | RemoteFile) -> NamedArray:
    """Describe a dataset.

    Parameters
    ----------
    dataset : h5py.Dataset
        Of any kind.
    path : Path
        The file it is in.

    Returns
    -------
    NamedArray
        Its `load` refuses what would take more memory than the file may, and what lies in other files.

    Examples
    --------
    >>> import tempfile, h5py
    >>> path = Path(tempfile.mkdtemp()) / "a.h5"
    >>> with h5py.File(path, "w") as file:
    ...     file["words"] = ["a", "b"]
    >>> with h5py.File(path) as file:
    ...     hdf5_array(file["words"], path).load().tolist()
    ['a', 'b']
    """
    import h5py

    is_text = h5py.check_string_dtype(dataset.dtype) is not None

    def load() -> np.ndarray:
        check_readable(dataset, path)
        _check_size(dataset, path)
        if is_text and dataset.dtype.hasobject and isinstance(path, Path):
            check_texts(dataset, path)
        values = dataset[()]
        if not is_text:
            return np.asarray(values)
        if dataset.dtype.kind == "S":
            try:
                return np.asarray(values).astype(str)
            except UnicodeDecodeError:  # more than ASCII
                return np.char.decode(values, "utf-8", "replace")
        return as_text(np.asarray(values).tolist())

    return NamedArray(dataset.shape or (), dataset.dtype, is_text, load)


def _check_size(dataset: Any, path: Path | RemoteFile) -> None:
    """Refuse to read a dataset that takes more than its file may, as a whole or a chunk of it."""
    each = dataset.dtype.itemsize
    each = each * _WIDTHS if dataset.dtype.kind == "S" else each + TEXT_BYTES * dataset.dtype.hasobject
    for shape in (dataset.shape or (), dataset.chunks or ()):
        check_room(path, math.prod(map(float, shape)) * each, f"the dataset {dataset.name!r}")


def check_readable(dataset: Any, path: Path | RemoteFile) -> None:
    """Refuse a dataset that HDF5 cannot be trusted with, and one whose cells lie in other files unasked."""
    import h5py

    kinds = [dataset.dtype, *(dataset.dtype[name] for name in dataset.dtype.names or ())]
    for kind in kinds:
        if kind.hasobject and kind.names is None and h5py.check_string_dtype(kind) is None:
            raise DataFileError(
                f"{path}, dataset {dataset.name!r} holds values of a length of their own, or references, and "
                "columns are numbers or text: write them anew."
            )
    stored = dataset.id.get_type()
    if isinstance(stored, h5py.h5t.TypeStringID) and stored.get_cset() not in (
        h5py.h5t.CSET_ASCII,
        h5py.h5t.CSET_UTF8,
    ):  # which HDF5 takes for the number of a table that it does not have
        raise damaged(path, ValueError(f"the texts of {dataset.name!r} are of an unknown kind"))
    if isinstance(path, Path):
        check_chunks(dataset, path)
    outside = _virtual_outside(dataset, path) if dataset.is_virtual else []
    if dataset.external:
        outside = [name for name, _, _ in dataset.external]
    if outside and not _may_lead_out(path):
        raise _leads_out(path, f"the dataset {dataset.name!r} has its cells in {outside[0]!r}")


def _virtual_outside(dataset: Any, path: Path | RemoteFile) -> list[str]:
    """Name the other files of a virtual dataset; in one that is made of itself HDF5 goes round for ever."""
    outside, wanted, seen = [], [dataset], set()
    while wanted:
        each = wanted.pop()
        seen.add(each.name)
        for source in each.virtual_sources():
            if source.file_name not in (".", path.name if isinstance(path, Path) else ".", str(path)):
                outside.append(source.file_name)
                continue
            inner = member(dataset.file, source.dset_name, path)
            if getattr(inner, "is_virtual", False):
                if inner.name in seen:
                    raise DataFileError(
                        f"{path}: the dataset {dataset.name!r} is made of itself: write the file anew."
                    )
                wanted.append(inner)
    return outside


def member(group: Any, name: str, path: Path | RemoteFile) -> Any:
    """Find a group or dataset by its path, through links that stay in the file.

    Parameters
    ----------
    group : h5py.Group
        Where the path begins.
    name : str
        The path.
    path : Path
        The file.

    Returns
    -------
    h5py.Group, h5py.Dataset or None
        None where nothing is there.

    Raises
    ------
    DataFileError
        A link leads to another file, or in a circle.
    """
    import h5py

    here, parts, n_links = group, _parts(name), 0
    if name.startswith("/"):
        here = group.file["/"]
    while parts:
        part = parts.pop(0)
        if not isinstance(here, h5py.Group):
            return None
        links, key = here.id.links, part.encode("utf-8", "surrogateescape")
        if not links.exists(key):
            return None
        kind = links.get_info(key).type
        if kind == h5py.h5l.TYPE_HARD:
            here = here[part]
            continue
        n_links += 1
        if n_links > _MOST_LINKS:
            raise DataFileError(
                f"{path} has links that lead in a circle at {name!r}: name the dataset itself."
            )
        if kind == h5py.h5l.TYPE_SOFT:
            target = links.get_val(key).decode("utf-8", "surrogateescape")
            here = here.file["/"] if target.startswith("/") else here
            parts = [*_parts(target), *parts]
        elif not _may_lead_out(path):
            leads = (
                f"to {links.get_val(key)[0].decode('utf-8', 'replace')!r}"
                if kind == h5py.h5l.TYPE_EXTERNAL
                else "out"
            )
            raise _leads_out(path, f"{name!r} is a link that leads {leads}")
        else:
            here = here.get(part)
    return here if isinstance(here, (h5py.Group, h5py.Dataset)) else None


def _parts(name: str) -> list[str]:
    return [part for part in name.split("/") if part not in ("", ".")]


def _may_lead_out(path: Path | RemoteFile) -> bool:
    """Whether links may be followed: out of a file that lies elsewhere they would lead to this disk."""
    return isinstance(path, Path) and follows_links()


def _leads_out(path: Path | RemoteFile, what: str) -> DataFileError:
    if not isinstance(path, Path):
        return DataFileError(
            f"{path}: {what}, and a file at an address has no other files read: name that file itself."
        )
    return DataFileError(
        f"{path}: {what}, and other files are read only where that is asked for: name that file itself"
        f", or {either('say follow_links=True', 'add --follow-links')} if you trust who made this one."
    )


def arrays_in(file: Any, path: Path | RemoteFile) -> dict[str, NamedArray]:
    """Describe all datasets of a file by their paths; links are not followed."""
    import h5py

    found: dict[str, NamedArray] = {}
    seen = {file.id}

    # Not h5py's visititems, which asks HDF5 for figures of each object that take the process down if damaged.
    def walk(group: Any, place: str, depth: int) -> None:
        for name in group:
            key, path_inside = name.encode("utf-8", "surrogateescape"), f"{place}{name}"
            if group.id.links.get_info(key).type != h5py.h5l.TYPE_HARD:
                continue
            each = group[name]
            if isinstance(each, h5py.Dataset):
                with contextlib.suppress(TypeError):  # a type that NumPy has none for, such as HDF5's times
                    found[path_inside] = hdf5_array(each, path)
            elif isinstance(each, h5py.Group) and each.id not in seen:
                seen.add(each.id)
                if depth >= _MOST_DEPTH:
                    raise DataFileError(
                        f"{path} has groups in groups, more than {_MOST_DEPTH} deep: name a dataset with "
                        f"{setting('dataset')}, or write the file anew."
                    )
                walk(each, f"{path_inside}/", depth + 1)

    walk(file, "", 0)
    return found
