"""The files of a data set: found on this machine, or else fetched."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from diabolo.data.atomic import atomic_write
from diabolo.datasets.catalog import DataFile, Dataset
from diabolo.datasets.downloading import DownloadError, download, make_folder
from diabolo.datasets.idx import read_idx
from diabolo.datasets.places import (
    CACHE_VARIABLE,
    DATA_VARIABLE,
    cache_folder,
    data_folder,
    find_file,
    folders,
    in_folder,
)
from diabolo.errors import DataFileError

__all__ = ["collect_files", "obtain_files"]


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
            path = (
                _fetch(dataset, file, folder, missing)
                if elsewhere is None
                else _copy(elsewhere, folder, file)
            )
        paths.append(path)
    return paths


def _copy(source: Path, folder: Path, file: DataFile) -> Path:
    read_idx(source, sha256=file.sha256)
    make_folder(folder)
    with source.open("rb") as original, atomic_write(folder / source.name) as copy:
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
    places = folders(dataset)
    if chosen is not None and chosen not in places:
        places = [chosen, *places]
    where = " or ".join(map(str, places))
    variable = "" if data_folder() else f", or into a folder {dataset.name} in one that {DATA_VARIABLE} names"
    package = f"; on Debian: apt-get install {dataset.debian_package}" if dataset.debian_package else ""
    return DataFileError(
        f"{dataset.title} is not on this machine, and {why}. Put its files {names} (as they are or with .gz) "
        f"into {where}{variable}{package}."
    )
