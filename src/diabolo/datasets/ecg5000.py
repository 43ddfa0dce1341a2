"""ECG5000, heart beats of one patient."""

from __future__ import annotations

import hashlib
import io
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from diabolo.data.atomic import atomic_write
from diabolo.data.formats import format_of
from diabolo.datasets.catalog import ECG5000, check_split
from diabolo.datasets.downloading import DownloadError, fetch_bytes, make_folder
from diabolo.datasets.files import CACHE_VARIABLE, DATA_VARIABLE, cache_folder, data_folder, find_own, places
from diabolo.errors import DataFileError

if TYPE_CHECKING:
    from jaxtyping import Float32, Int64

    Beats = tuple[Float32[np.ndarray, "5000 140"], Int64[np.ndarray, " 5000"]]

__all__ = ["load_ecg5000", "write_ecg5000"]

Split = Literal["train", "test", "all", "tutorial"]

(ADDRESS,) = ECG5000.addresses
SHA256 = "7315c131ffd1ac02069bb4169bfd1203f4857b586a4cf4590fc061cf9ab601a3"
"""Of the 5,000 x 140 cells as little-endian float32, and then the classes as bytes."""

(_NPZ,), _TEXTS = ECG5000.own_files
_N_ROWS, _N_TRAIN, _N_POINTS = 5000, 500, 140
# The file of the tutorial lacks the last row of either part.
_NOT_IN_TUTORIAL = (499, 4999)
_MOST_BYTES = 2**25


def load_ecg5000(
    split: Split = "all",
) -> tuple[Float32[np.ndarray, "n_rows 140"], Int64[np.ndarray, " n_rows"]]:
    """Load ECG5000: 5,000 heart beats of 140 points, from a recording of 20 hours.

    ``ecg5000.npz``, or the archive's own ECG5000_TRAIN.txt and ECG5000_TEST.txt, are looked for in the folder
    that ``DIABOLO_DATA`` names and in ``ecg5000`` in it, in /usr/share/datasets/ecg5000 and in the user's
    cache. What is nowhere is downloaded into the cache (10 MB). Either way the rows are held against their
    SHA-256 sum.

    Parameters
    ----------
    split : {"all", "train", "test", "tutorial"}, default "all"
        All rows, the archive's 500 for training or 4,500 for testing, or the 4,998 that TensorFlow's tutorial
        on anomalies reads.

    Returns
    -------
    X : ndarray of shape (n_rows, 140), float32
        Beats, each of mean 0 and standard deviation 1.
    y : ndarray of shape (n_rows,), int64
        1 normal (2,919 rows), 2 R-on-T premature ventricular contraction (1,767), 3 premature ventricular
        contraction (96), 4 supraventricular premature or ectopic beat (194), 5 unclassified (24).

    Raises
    ------
    ParameterError
        There is no such split.
    DataFileError
        The rows are missing and cannot be downloaded (the message says where to put them), or are not
        those of ECG5000.

    See Also
    --------
    diabolo.AutoencoderDetector

    References
    ----------
    Y. Chen, E. Keogh et al., A general framework for never-ending learning from time series streams, Data
    Mining and Knowledge Discovery 29, 2015. A. L. Goldberger et al., PhysioBank, PhysioToolkit, and
    PhysioNet, Circulation 101 (23), 2000; record chf07 of the BIDMC database of congestive heart failure.

    Examples
    --------
    >>> from diabolo.datasets import load_ecg5000
    >>> X, y = load_ecg5000()  # doctest: +SKIP
    >>> X.shape, int((y == 1).sum())  # doctest: +SKIP
    ((5000, 140), 2919)
    """
    known = ("all", "train", "test", "tutorial")
    check_split(split, known, {"both": "all", "tensorflow": "tutorial"})
    X, y = _beats()
    if split == "tutorial":
        kept = np.delete(np.arange(_N_ROWS), _NOT_IN_TUTORIAL)
        return X[kept], y[kept]
    part = {"all": slice(None), "train": slice(_N_TRAIN), "test": slice(_N_TRAIN, None)}[split]
    return X[part], y[part]


def _beats() -> Beats:
    found, cache = find_own(ECG5000), cache_folder()
    if found:
        is_npz = found[0].name == _NPZ
        texts = [] if is_npz else [path.read_bytes() for path in found]
        return _of_npz(found[0]) if is_npz else _of_texts(texts, str(found[0].parent))
    if cache is None:
        raise _missing(f"there is no cache to download it to ({CACHE_VARIABLE})")
    beats = _fetched()
    _write(beats, cache / ECG5000.name)
    return beats


def write_ecg5000(folder: Path) -> Path:
    """Put the beats into a folder: those that are on this machine, or else downloaded.

    Parameters
    ----------
    folder : Path
        Where ``ecg5000.npz`` shall be; made if need be.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    DataFileError
        As of `load_ecg5000`, or the folder cannot be written.
    """
    return _write(_beats() if find_own(ECG5000) else _fetched(), folder)


def _fetched() -> Beats:
    try:
        return _of_archive(fetch_bytes(ADDRESS, "ECG5000.zip", _MOST_BYTES))
    except DownloadError as problem:
        raise _missing(f"the download failed ({ADDRESS}: {problem})") from None


def _write(beats: Beats, folder: Path) -> Path:
    make_folder(folder)
    with atomic_write(folder / _NPZ, format_of(_NPZ).kind()) as handle:
        np.savez_compressed(handle, X=beats[0], y=beats[1].astype(np.int8))
    return folder / _NPZ


def _missing(why: str) -> DataFileError:
    variable = "" if data_folder() else f", or into a folder that {DATA_VARIABLE} names"
    return DataFileError(
        f"ECG5000 is not on this machine, and {why}. Put {_TEXTS[0]} and {_TEXTS[1]} of {ADDRESS} into "
        f"{' or '.join(map(str, places(ECG5000)))}{variable}."
    )


def _of_npz(path: Path) -> Beats:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            X, y = archive["X"], archive["y"]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as problem:
        raise DataFileError(
            f"{path} is not ECG5000: expected an .npz file with X and y, found another ({problem}); "
            "delete it."
        ) from None
    return _checked(X, y, str(path))


def _of_archive(content: bytes) -> Beats:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            texts = [archive.open(name).read(_MOST_BYTES) for name in _TEXTS]
    except (zipfile.BadZipFile, KeyError, OSError, RuntimeError, NotImplementedError) as problem:
        raise DownloadError(f"what came is not the archive ({problem})") from None
    return _of_texts(texts, ADDRESS)


def _of_texts(texts: list[bytes], place: str) -> Beats:
    """Read the archive's form: a line a beat, its class and then its points."""
    try:
        table = np.concatenate([np.loadtxt(io.BytesIO(text), np.float64, ndmin=2) for text in texts])
    except ValueError as problem:
        raise DataFileError(f"{place} does not hold ECG5000 ({problem}); delete its files.") from None
    return _checked(table[:, 1:], table[:, 0], place)


def _checked(X: np.ndarray, y: np.ndarray, place: str) -> Beats:
    """Hold rows against their sum."""
    if X.shape == (_N_ROWS, _N_POINTS) and y.shape == (_N_ROWS,):
        cells = np.ascontiguousarray(X, dtype="<f4")
        digest = hashlib.sha256(cells.tobytes())
        digest.update(np.asarray(y).astype(np.uint8).tobytes())
        if digest.hexdigest() == SHA256:
            return cells.astype(np.float32, copy=False), np.asarray(y).astype(np.int64)
    raise DataFileError(
        f"{place} does not hold ECG5000: expected {_N_ROWS} x {_N_POINTS} cells with the right sum, found "
        f"{' x '.join(map(str, X.shape))} with another; delete it and load again."
    )
