"""Where on this machine a data set may lie."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from diabolo.datasets.catalog import DataFile, Dataset
from diabolo.datasets.idx import read_idx
from diabolo.errors import DataFileError

__all__ = [
    "CACHE_VARIABLE",
    "DATA_VARIABLE",
    "cache_folder",
    "data_folder",
    "find_file",
    "folders",
    "in_folder",
]

DATA_VARIABLE = "DIABOLO_DATA"
CACHE_VARIABLE = "DIABOLO_CACHE_DIR"
SYSTEM_FOLDER = Path("/usr/share/datasets")


def data_folder() -> Path | None:
    """Give the folder that ``DIABOLO_DATA`` names, if it names one."""
    named = os.environ.get(DATA_VARIABLE, "").strip()
    return Path(named).expanduser() if named else None


def cache_folder() -> Path | None:
    """Say where downloaded data sets are kept.

    Returns
    -------
    pathlib.Path or None
        ``datasets`` in the folder that ``DIABOLO_CACHE_DIR`` names; without that variable,
        ``diabolo/datasets`` in the user's cache folder; None where the variable is ``off``, ``0`` or empty,
        or the user has no home.
    """
    named = os.environ.get(CACHE_VARIABLE)
    if named is not None:
        off = named.strip().lower() in ("", "0", "off")
        return None if off else Path(named).expanduser() / "datasets"
    try:
        if sys.platform == "win32":
            base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
        elif sys.platform == "darwin":
            base = Path.home() / "Library" / "Caches"
        else:
            base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    except RuntimeError:
        return None
    return base / "diabolo" / "datasets"


def folders(dataset: Dataset) -> list[Path]:
    """List the folders of a data set's own, in the order in which they are looked into.

    Parameters
    ----------
    dataset : Dataset
        Which.

    Returns
    -------
    list of Path
        In ``DIABOLO_DATA``, in /usr/share/datasets, in the user's cache.
    """
    bases = (data_folder(), SYSTEM_FOLDER, cache_folder())
    return [base / dataset.name for base in bases if base is not None]


def find_file(dataset: Dataset, file: DataFile) -> Path | None:
    """Look for a file of a data set.

    Parameters
    ----------
    dataset : Dataset
        Which.
    file : DataFile
        One of its files.

    Returns
    -------
    Path or None
        The first that there is, compressed or not; its content is not looked at. In ``DIABOLO_DATA`` itself,
        beside the folders of sets, a file counts only with the right sum, since several sets use one name.
    """
    own = folders(dataset)
    shared = data_folder()
    if shared is not None:
        found = in_folder(own[0], file)
        if found is not None:
            return found
        found = in_folder(shared, file)
        if found is not None and _holds(found, file):
            return found
        own = own[1:]
    return next((found for folder in own if (found := in_folder(folder, file)) is not None), None)


def in_folder(folder: Path, file: DataFile) -> Path | None:
    """Look for a file in one folder: uncompressed, which is quicker to read, then compressed."""
    for name in (file.name, f"{file.name}.gz"):
        if os.path.isfile(folder / name):  # noqa: PTH113 (Path.is_file raises where a folder is closed)
            return folder / name
    return None


def _holds(path: Path, file: DataFile) -> bool:
    try:
        read_idx(path, sha256=file.sha256)
    except DataFileError:
        return False
    return True
