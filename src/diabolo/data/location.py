"""Where a file is and what it holds, found out before anything reads it."""

from __future__ import annotations

import itertools
import os
import re
import shutil
import stat
import sys
import tempfile
import weakref
from pathlib import Path
from typing import IO, Any

from diabolo.data.remote_file import RemoteFile
from diabolo.errors import DataFileError, DiaboloError, nearest_name

# What a file holds, by its first bytes, in the words of the messages below.
SIGNATURES = {
    b"\x93NUMPY": "a NumPy array, as .npy files do",
    b"PK\x03\x04": "a zip archive, as .npz and .xlsx files do",
    b"PK\x05\x06": "an empty zip archive",
    b"\x1f\x8b": "gzip-compressed bytes",
    b"\x89HDF\r\n\x1a\n": "HDF5, as .h5 files do",
    b"PAR1\x15": "Parquet, as .parquet files do",
    b"ARROW1\0\0": "an Arrow table, as .feather files do",
    b"\x89PNG\r\n\x1a\n": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"%PDF-": "a PDF document",
    b"BZh": "bzip2-compressed bytes",
    b"\x28\xb5\x2f\xfd": "zstd-compressed bytes",
    **{bytes((0x80, protocol)): "a Python pickle" for protocol in (2, 3, 4, 5)},
}
# Text that is no table, by how it begins.
_TEXTS = {
    "<!doctype html": "a page of the web",
    "<html": "a page of the web",
    "<?xml": "XML",
} | dict.fromkeys(("[{", '{"'), "JSON")
# Where Python keeps an object, which says nothing of a file.
_IN_MEMORY = re.compile(r" (?:object )?at 0x[0-9a-f]+")
UNKNOWN = "bytes of an unknown kind"
"""What `content` says of bytes that are neither."""
# A folder of a million files must not turn a spelling mistake into a long wait.
_NAMES_COMPARED = 1000


class StandardInput:
    """What comes in from another program, put into a temporary file so that it can be read more than once.

    Parameters
    ----------
    stream : file object of bytes, optional
        Where it comes from; by default the process's standard input.

    Raises
    ------
    DataFileError
        Nothing comes, or the folder of temporary files may not be written to.

    Examples
    --------
    >>> import io
    >>> given = StandardInput(io.BytesIO(b"1,2"))
    >>> with given.open() as handle:
    ...     str(given), given.suffix, handle.read()
    ('standard input', '.csv', b'1,2')
    """

    suffix = ".csv"

    def __init__(self, stream: IO[bytes] | None = None) -> None:
        taken = getattr(sys.stdin, "buffer", None) if stream is None else stream
        try:
            descriptor, self._name = tempfile.mkstemp(prefix="diabolo-")
            weakref.finalize(self, Path(self._name).unlink, missing_ok=True)
            with os.fdopen(descriptor, "wb") as file:
                if taken is not None:
                    shutil.copyfileobj(taken, file)
                size = file.tell()
        except OSError as problem:
            raise DataFileError(
                f"{self} is put into a temporary file in {tempfile.gettempdir()}, which cannot be written "
                f"({problem.strerror or problem}); set TMPDIR to a folder on a larger disk."
            ) from problem
        if not size:
            raise DataFileError(f"{self} is empty (0 bytes), so there are no rows to read.")

    def __str__(self) -> str:
        return "standard input"

    def __fspath__(self) -> str:
        return self._name

    def open(self, mode: str = "rb") -> IO[Any]:
        """Open what came for reading."""
        return Path(self._name).open(mode)


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
        raise DataFileError(f"{path} does not exist.{neighbor(path)}") from None
    except (OSError, ValueError) as problem:
        raise unreadable(path, problem) from problem
    if stat.S_ISDIR(status.st_mode):
        raise DataFileError(f"{path} is a folder: name a file in it.")
    if not stat.S_ISREG(status.st_mode):
        raise DataFileError(f"{path} is not a regular file: write what it yields to a file and name that.")
    if status.st_size == 0:
        raise DataFileError(f"{path} is empty (0 bytes), so there are no rows to read.")
    return path


def neighbor(path: Path) -> str:
    """Say which file beside one that is not there was probably meant.

    Parameters
    ----------
    path : Path
        That is not there.

    Returns
    -------
    str
        As `diabolo.errors.nearest_name` says it.
    """
    try:
        with os.scandir(path.parent) as entries:
            names = [entry.name for entry in itertools.islice(entries, _NAMES_COMPARED) if entry.is_file()]
    except OSError:
        return ""
    return nearest_name(path.name, names)


def unreadable(path: str | os.PathLike[str], problem: Exception) -> DataFileError:
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
    if isinstance(path, RemoteFile) and path.faults:
        return _said_again(path.faults[-1])
    said = getattr(problem, "strerror", None) or str(problem)
    cure = ": give yourself permission to read it" if isinstance(problem, PermissionError) else ""
    return DataFileError(f"{path} cannot be read ({said}){cure}.")


def content(path: Path | RemoteFile | StandardInput) -> str:
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
    return "text" if whole and all(c.isprintable() or c.isspace() for c in text) else UNKNOWN


def text_kind(path: Path | RemoteFile | StandardInput) -> str:
    """Say what a file of text holds, by how it begins.

    Parameters
    ----------
    path : Path
        An existing file of text.

    Returns
    -------
    str
        ``"a page of the web"``, ``"XML"``, ``"JSON"`` or ``"text"``.

    Examples
    --------
    >>> text_kind(Path(__file__))
    'text'
    """
    with path.open("rb") as handle:
        beginning = handle.read(64).decode("utf-8", errors="ignore").lstrip("\ufeff \t\r\n").lower()
    return next((kind for mark, kind in _TEXTS.items() if beginning.startswith(mark)), "text")


def check_content(path: Path | RemoteFile, called: str, *kinds: str) -> str:
    """Make sure that a file holds what its name promises.

    Parameters
    ----------
    path : Path
        An existing file.
    called : str
        What it should be, with its article.
    *kinds : str
        How `content` begins for such files.

    Returns
    -------
    str
        What it holds.

    Raises
    ------
    DataFileError
        It holds something else.

    Examples
    --------
    >>> check_content(Path(__file__), "an .npy file", "a NumPy array")
    Traceback (most recent call last):
    diabolo.errors.DataFileError: ...location.py is not an .npy file, it holds text: give it ...
    """
    held = content(path)
    if not held.startswith(kinds):
        cure = " (a text table is named .csv or .tsv)" if held == "text" else ""
        raise DataFileError(f"{path} is not {called}, it holds {held}: give it the name that fits{cure}.")
    return held


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


def damaged(path: str | os.PathLike[str], problem: Exception) -> DataFileError:
    """Make the error for a file that breaks off or makes no sense.

    Parameters
    ----------
    path : str or path-like
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
    if isinstance(path, RemoteFile) and path.faults:  # which the library in between did not pass on
        return _said_again(path.faults[-1])
    plain = " ".join(_IN_MEMORY.sub("", str(problem)).split())
    said = "".join(each if each.isprintable() else "?" for each in plain).rstrip(".")[:200]
    return DataFileError(
        f"{path} is cut short or damaged ({said or type(problem).__name__}): make or copy it anew."
    )


def _said_again(problem: DiaboloError) -> DataFileError:
    return DataFileError(problem.message.marked)
