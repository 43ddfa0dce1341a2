"""The files of a data set: where they may lie on this machine, found there, copied, or else fetched."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from diabolo.data.atomic import atomic_write
from diabolo.data.destination import DOWNLOAD
from diabolo.datasets.catalog import DataFile, Dataset
from diabolo.datasets.downloading import DownloadError, download, make_folder
from diabolo.datasets.idx import read_idx
from diabolo.errors import DataFileError

__all__ = [
    "CACHE_VARIABLE",
    "DATA_VARIABLE",
    "cache_folder",
    "collect_files",
    "data_folder",
    "files_here",
    "find_file",
    "find_own",
    "folders",
    "in_folder",
    "obtain_files",
    "places",
    "required_files",
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


def folders(name: str) -> list[Path]:
    """List the folders of a data set's own, in the order in which they are looked into.

    Parameters
    ----------
    name : str
        The data set's.

    Returns
    -------
    list of Path
        In ``DIABOLO_DATA``, in /usr/share/datasets, in the user's cache.
    """
    bases = (data_folder(), SYSTEM_FOLDER, cache_folder())
    return [base / name for base in bases if base is not None]


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
    shared = data_folder()
    for folder in folders(dataset.name):
        found = in_folder(folder, file)
        if found is None and folder.parent == shared:
            beside = in_folder(shared, file)
            found = beside if beside is not None and _holds(beside, file) else None
        if found is not None:
            return found
    return None


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


def places(dataset: Dataset) -> list[Path]:
    """List where files of a data set's own kind may lie: in ``DIABOLO_DATA`` itself, then in its folders."""
    shared = data_folder()
    return [*([] if shared is None else [shared]), *folders(dataset.name)]


def find_own(dataset: Dataset) -> list[Path]:
    """Look for the files of a data set that are not idx: in its folders, then in the package that carries it.

    Parameters
    ----------
    dataset : Dataset
        Which.

    Returns
    -------
    list of Path
        Those of the first alternative that is whole; none, if it is nowhere.
    """
    for folder in places(dataset):
        for names in dataset.own_files:
            paths = [folder / name for name in names]
            if all(os.path.isfile(path) for path in paths):  # noqa: PTH113 (as above)
                return paths
    package, _, within = dataset.packaged.partition("/")
    found = importlib.util.find_spec(package) if package else None
    inside = (found.submodule_search_locations or []) if found is not None else []
    return [path for path in (Path(folder, within) for folder in inside) if path.is_file()][:1]


def files_here(dataset: Dataset) -> tuple[list[Path], list[str]]:
    """Say which files of a data set are on this machine.

    Parameters
    ----------
    dataset : Dataset
        Which.

    Returns
    -------
    paths : list of Path
        Those that are.
    missing : list of str
        The names of the others.
    """
    if not dataset.files:
        own = find_own(dataset)
        wanted = dataset.own_files[-1] if dataset.own_files else (Path(dataset.packaged).name,)
        return own, [] if own else list(wanted)
    found = {file.name: find_file(dataset, file) for file in dataset.files}
    here = [path for path in found.values() if path is not None]
    return here, [name for name, path in found.items() if path is None]


def required_files(dataset: Dataset) -> list[Path]:
    """Find the files of a data set that Diabolo does not download.

    Parameters
    ----------
    dataset : Dataset
        Which.

    Returns
    -------
    list of Path

    Raises
    ------
    DataFileError
        They are not on this machine; the message says how to have them.
    """
    found = find_own(dataset)
    if found:
        return found
    names = " or ".join(" and ".join(each) for each in dataset.own_files)
    put = f", or put {names} into a folder that {DATA_VARIABLE} names" if names else ""
    raise DataFileError(f"{dataset.title} is not on this machine; to have it: {dataset.command}{put}.")


def obtain_files(dataset: Dataset, files: Sequence[DataFile]) -> list[Path]:
    """Find files of a data set, and download those that are nowhere on this machine.

    Parameters
    ----------
    dataset : Dataset
        Which.
    files : sequence of DataFile
        The files wanted, of its own.

    Returns
    -------
    list of Path
        Where each is, in the order asked for. What was downloaded has the right sum; whoever reads a file
        that was here checks it then.

    Raises
    ------
    DataFileError
        A file is not here and cannot be downloaded; the message says where to put it.
    """
    found = {file: find_file(dataset, file) for file in files}
    missing = [file for file, path in found.items() if path is None]
    if missing:
        cache = cache_folder()
        if cache is None:
            raise _missing(dataset, missing, f"there is no cache to download it to ({CACHE_VARIABLE})")
        for file in missing:
            found[file] = _fetch(dataset, file, cache / dataset.name, missing)
    return [path for path in found.values() if path is not None]


def collect_files(dataset: Dataset, files: Sequence[DataFile], folder: Path) -> list[Path]:
    """Put files of a data set into a folder: copy what is on this machine, download the rest.

    Parameters
    ----------
    dataset : Dataset
        Which.
    files : sequence of DataFile
        The files wanted, of its own.
    folder : Path
        Where they shall be; made if need be. A file that is there already stays as it is.

    Returns
    -------
    list of Path
        Where each is, in the order asked for.

    Raises
    ------
    DataFileError
        The folder cannot be written, a file found is not the right one, or none is found and it cannot be
        downloaded.
    """
    paths = []
    missing = [file for file in files if in_folder(folder, file) is None and find_file(dataset, file) is None]
    for file in files:
        path = in_folder(folder, file)
        if path is None:
            elsewhere = find_file(dataset, file)
            path = _copy(elsewhere, folder, file) if elsewhere else _fetch(dataset, file, folder, missing)
        paths.append(path)
    return paths


def _copy(source: Path, folder: Path, file: DataFile) -> Path:
    read_idx(source, sha256=file.sha256)
    make_folder(folder)
    with source.open("rb") as original, atomic_write(folder / source.name, DOWNLOAD) as copy:
        shutil.copyfileobj(original, copy)
    return folder / source.name


def _fetch(dataset: Dataset, file: DataFile, folder: Path, missing: Sequence[DataFile]) -> Path:
    target = folder / f"{file.name}.gz"
    problems = []
    for address in dataset.addresses:
        url = address + target.name
        try:
            download(url, target, file, plain_http=dataset.plain_http)
        except DownloadError as problem:
            problems.append(f"{url}: {problem}")
        else:
            return target
    still = missing[list(missing).index(file) :]
    raise _missing(dataset, still, f"the download failed ({'; '.join(problems)})", folder)


def _missing(
    dataset: Dataset, files: Sequence[DataFile], why: str, chosen: Path | None = None
) -> DataFileError:
    names = ", ".join(file.name for file in files)
    places = folders(dataset.name)
    if chosen is not None and chosen not in places:
        places = [chosen, *places]
    where = " or ".join(map(str, places))
    variable = "" if data_folder() else f", or into a folder {dataset.name} in one that {DATA_VARIABLE} names"
    package = f"; on Debian: apt-get install {dataset.debian_package}" if dataset.debian_package else ""
    return DataFileError(
        f"{dataset.title} is not on this machine, and {why}. Put its files {names} (as they are or with .gz) "
        f"into {where}{variable}{package}."
    )
