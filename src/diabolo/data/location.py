"""Where a file is and what it holds, found out before anything reads it, and why one cannot be read."""

from __future__ import annotations

import itertools
import os
import stat
from pathlib import Path

from diabolo.errors import DataFileError, nearest_name

# What a file holds, by its first bytes, in the words of the messages below.
SIGNATURES = {
    b"\x93NUMPY": "a NumPy array, as .npy files do",
    b"PK\x03\x04": "a zip archive, as .npz and .xlsx files do",
    b"PK\x05\x06": "an empty zip archive",
    b"\x1f\x8b": "gzip-compressed bytes",
    b"\x89HDF\r\n\x1a\n": "HDF5, as .h5 files do",
    b"PAR1\x15": "Parquet, as .parquet files do",
    b"\x80\x02": "a Python pickle",
    b"\x80\x03": "a Python pickle",
    b"\x80\x04": "a Python pickle",
    b"\x80\x05": "a Python pickle",
}
# A folder of a million files must not turn a spelling mistake into a long wait.
_NAMES_COMPARED = 1000


def existing_file(path: str | os.PathLike[str]) -> Path:
    """Make sure that a path leads to a regular file with something in it.

    Parameters
    ----------
    path : str or path-like
        Where the file should be.

    Returns
    -------
    Path
        The same path.

    Raises
    ------
    DataFileError
        Nothing is there (the nearest file name is suggested), or a folder, a device, an empty file, or
        the folder may not be looked into.

    Examples
    --------
    >>> existing_file("no/such/file.csv")
    Traceback (most recent call last):
    diabolo.errors.DataFileError: no/such/file.csv cannot be read: there is no folder no/such.
    """
    path = Path(path)
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        if not path.parent.is_dir():
            raise DataFileError(f"{path} cannot be read: there is no folder {path.parent}.") from None
        raise DataFileError(f"{path} does not exist.{_suggestion(path)}") from None
    except (OSError, ValueError) as problem:
        raise unreadable(path, problem) from problem
    if stat.S_ISDIR(status.st_mode):
        raise DataFileError(f"{path} is a folder: name a file in it.")
    if not stat.S_ISREG(status.st_mode):
        raise DataFileError(f"{path} is not a regular file: write what it yields to a file and name that.")
    if status.st_size == 0:
        raise DataFileError(f"{path} is empty (0 bytes), so there are no rows to read.")
    return path


def _suggestion(path: Path) -> str:
    try:
        with os.scandir(path.parent) as entries:
            names = [entry.name for entry in itertools.islice(entries, _NAMES_COMPARED) if entry.is_file()]
    except OSError:
        return ""
    return nearest_name(path.name, names)


def unreadable(path: Path, problem: Exception) -> DataFileError:
    """Make the error for a file that the system refuses to open or read.

    Parameters
    ----------
    path : Path
        The file.
    problem : Exception
        What the system said.

    Returns
    -------
    DataFileError
        Ready to raise.

    Examples
    --------
    >>> unreadable(Path("a.csv"), PermissionError(13, "Permission denied"))
    DataFileError('a.csv cannot be read (Permission denied): give yourself permission to read it.')
    """
    said = getattr(problem, "strerror", None) or str(problem)
    cure = ": give yourself permission to read it" if isinstance(problem, PermissionError) else ""
    return DataFileError(f"{path} cannot be read ({said}){cure}.")


def damaged(path: Path, problem: Exception) -> DataFileError:
    """Make the error for a file that breaks off or makes no sense.

    Parameters
    ----------
    path : Path
        The file.
    problem : Exception
        What the reader said.

    Returns
    -------
    DataFileError
        Ready to raise.

    Examples
    --------
    >>> damaged(Path("a.npy"), ValueError("too short."))
    DataFileError('a.npy is cut short or damaged (too short): make or copy it anew.')
    """
    said = " ".join(str(problem).split()).rstrip(".")[:200]
    return DataFileError(
        f"{path} is cut short or damaged ({said or type(problem).__name__}): make or copy it anew."
    )


def pickled(place: str) -> DataFileError:
    """Make the error for Python objects in a file.

    Parameters
    ----------
    place : str
        The file or array, as the message should begin.

    Returns
    -------
    DataFileError
        Ready to raise.

    Examples
    --------
    >>> str(pickled("odd.npy"))[:64]
    'odd.npy holds pickled Python objects, and nothing in a file is e'
    """
    return DataFileError(
        f"{place} holds pickled Python objects, and nothing in a file is ever executed here: "
        "convert the array to numbers, for example with array.astype('float32'), and save it again."
    )


def content(path: Path) -> str:
    """Say what a file holds, by its first bytes.

    Parameters
    ----------
    path : Path
        An existing file.

    Returns
    -------
    str
        One of the values of `SIGNATURES`, ``"text"``, or ``"bytes of an unknown kind"``.

    Raises
    ------
    DataFileError
        The file may not be opened.

    Examples
    --------
    >>> content(Path(__file__))
    'text'
    """
    try:
        with path.open("rb") as handle:
            head = handle.read(512)
    except OSError as problem:
        raise unreadable(path, problem) from problem
    for signature, kind in SIGNATURES.items():
        if head.startswith(signature):
            return kind
    # 512 bytes may end inside a character, so what the end lacks is not held against the file.
    text = head.decode("utf-8", errors="ignore")
    whole = len(text.encode()) >= len(head) - 3
    return (
        "text" if whole and all(c.isprintable() or c.isspace() for c in text) else "bytes of an unknown kind"
    )
