"""The files that make up a table of several: those that a pattern matches, or that lie in a folder."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from diabolo.data.destination import files_of
from diabolo.data.formats import FOLDERS, is_table_file
from diabolo.errors import DataFileError

__all__ = ["parts_of"]


def parts_of(address: str | os.PathLike[str], options: Mapping[str, Any] | None = None) -> list[str]:
    """List the files that an address stands for, in the order of their rows.

    Parameters
    ----------
    address : str or path-like
        As `diabolo.open` takes it: a file, a pattern with ``*``, or a folder, whose tables are meant; names
        in it that begin with ``.`` or ``_`` are none, as other programs have it.
    options : mapping, optional
        For the package that reads an address.

    Returns
    -------
    list of str
        Sorted by name; none of standard input.

    Raises
    ------
    DataFileError
        A pattern matches nothing, or a folder holds no table.

    Examples
    --------
    >>> parts_of("a.h5::beta"), parts_of("-")
    (['a.h5'], [])
    """
    found = files_of(address, options)
    if not found and "*" in os.fspath(address):
        raise DataFileError(f"{address} matches no file: correct the pattern.")
    if len(found) != 1 or not found[0]:
        return found
    folder = Path(found[0])
    if not folder.is_dir() or folder.suffix.lower() in FOLDERS:
        return found
    inside = sorted(each for each in folder.iterdir() if is_table_file(each) and each.name[0] not in "._")
    if not inside:
        raise DataFileError(f"{address} is a folder without a table in it: name one with tables, or a file.")
    return [str(each) for each in inside]
