"""What may be written where: over nothing that is read, and over nothing of another kind."""

from __future__ import annotations

import contextlib
import glob
import os
import stat
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from diabolo.data.location import content
from diabolo.data.object_store import tried
from diabolo.data.remote_file import RemoteFile, is_remote, located
from diabolo.errors import DataFileError, ParameterError

__all__ = [
    "CHECKPOINT",
    "DOWNLOAD",
    "HTML",
    "MODEL",
    "ONNX",
    "PAGES",
    "PICTURES",
    "PROGRAMS",
    "STABLEHLO",
    "SWEEP",
    "TEXT",
    "FileKind",
    "Place",
    "described",
    "files_of",
    "holding",
    "is_being_read",
    "is_over",
    "note_read",
    "place_of",
    "split_address",
]

_HEAD_BYTES = 2**12
_MODEL_HEADER = 100_000_000
_READING: weakref.WeakKeyDictionary[Any, Place] = weakref.WeakKeyDictionary()
_LOCK = threading.Lock()

Place = tuple[int | str, ...]
"""What tells one file from another, whatever it is called: see `place_of`."""


@dataclass(frozen=True)
class FileKind:
    """A kind of file that is written, and what it may replace: files of its own kind, and empty ones.

    Parameters
    ----------
    called : str
        What a file of it is called, with its article.
    other : callable
        Says of an existing file what it is, where it is of another kind; None where it may be replaced.

    Examples
    --------
    >>> TEXT.called, TEXT.other(Path(__file__)), MODEL.other(Path(__file__))
    ('a text table', None, 'a file that holds text')
    """

    called: str
    other: Callable[[Any], str | None]

    def check(
        self, path: Path | RemoteFile, shown: Path | None = None, error: type[Exception] = DataFileError
    ) -> None:
        """Refuse to write over what stands at a path, where it is of another kind.

        Parameters
        ----------
        path : Path
            Where; there may be nothing.
        shown : Path, optional
            What it is called in the message.
        error : subclass of Exception, default DataFileError
            What to raise.

        Raises
        ------
        DataFileError
            (or `error`) Something of another kind stands there.
        """
        try:
            about = _about(path)
        except OSError:
            return  # nothing is there, or writing will say what is wrong
        if about is None:
            return
        try:
            is_folder, size = about
            is_empty = not any(path.iterdir()) if is_folder else not size
            found = None if is_empty else self.other(path)
        except (ParameterError, MemoryError):
            raise
        except Exception:  # a damaged file can go wrong in many ways
            if isinstance(path, RemoteFile) and path.faults:
                raise error(path.faults[-1].message.marked) from None
            found = "a file that cannot be read"
        if found is not None:
            raise error(
                f"{shown or path} cannot be written: {found} stands there, and {self.called} replaces "
                "none of another kind; choose another name, or remove it first."
            )


def _about(path: Path | RemoteFile) -> tuple[bool, int] | None:
    """Say whether a folder stands at a path, and how many bytes a file has; None where nothing does."""
    if isinstance(path, RemoteFile):
        found = path.about("written")
        return None if found is None else (found["type"] == "directory", found.get("size") or 0)
    status = path.stat()
    return stat.S_ISDIR(status.st_mode), status.st_size


def place_of(path: str | os.PathLike[str]) -> Place:
    """Return what tells a file from all others: its device and number, behind links of any kind.

    Parameters
    ----------
    path : str or path-like
        Of a file that exists, or that is to be written.

    Returns
    -------
    tuple
        Equal for two names of one file. Of a file that does not exist, its folder's and its name.

    Examples
    --------
    >>> folder = Path(__file__).parent
    >>> place_of(__file__) == place_of(folder / ".." / folder.name / "destination.py")
    True
    """
    if isinstance(elsewhere := located(path), RemoteFile):
        return elsewhere.place
    with contextlib.suppress(OSError, ValueError):
        found = os.stat(path)  # noqa: PTH116 - as it is for what is no Path
        return found.st_dev, found.st_ino
    whole = Path(os.path.realpath(path))
    with contextlib.suppress(OSError, ValueError):
        found = whole.parent.stat()
        return found.st_dev, found.st_ino, whole.name
    return (str(whole),)


def is_over(path: str | os.PathLike[str], given: str | os.PathLike[str]) -> bool:
    """Say whether writing to a path would change a file: it is that file, within it, or a folder around it.

    Examples
    --------
    >>> is_over("a/rows.zarr", "a/rows.zarr/data"), is_over("a/codes.csv", "a/rows.csv")
    (True, False)
    """
    one, other = place_of(path), place_of(given)
    return one == other or one in _folders_of(given) or other in _folders_of(path)


def _folders_of(path: str | os.PathLike[str]) -> Iterator[Place]:
    if isinstance(elsewhere := located(path), RemoteFile):
        scheme, inner = elsewhere.place
        return ((scheme, str(each)) for each in PurePosixPath(inner).parents)
    return map(place_of, Path(os.path.realpath(path)).parents)


def split_address(address: str) -> tuple[str, str | None]:
    """Take ``"a.h5::name"`` apart.

    Parameters
    ----------
    address : str
        A path, and perhaps a dataset in it.

    Returns
    -------
    path : str
    dataset : str or None

    Examples
    --------
    >>> split_address("a.h5::methylation/beta"), split_address("a.h5")
    (('a.h5', 'methylation/beta'), ('a.h5', None))
    """
    path, mark, name = address.rpartition("::")
    if not mark or Path(address).exists():
        return address, None
    return path, name


def files_of(address: str | os.PathLike[str], options: Mapping[str, Any] | None = None) -> list[str]:
    """List the files that an address stands for: itself, without a dataset's name, or what a pattern matches.

    Parameters
    ----------
    address : str or path-like
        As `diabolo.open` takes it.
    options : mapping, optional
        For the package that reads an address.

    Returns
    -------
    list of str
        In order; none where it is standard input, or a pattern that matches nothing.

    Examples
    --------
    >>> files_of("a.h5::beta"), files_of("file:///tmp/a.csv"), files_of("s3://bucket/rows.csv")
    (['a.h5'], ['/tmp/a.csv'], ['s3://bucket/rows.csv'])
    """
    path = split_address(os.fspath(address))[0]
    if is_remote(path):
        found = located(path, options)
        if not isinstance(found, RemoteFile):
            return files_of(found)
        return _matching(found) if "*" in found.plain else [path]
    if path == "-":
        return []
    if "*" in path and not Path(path).exists():
        return sorted(glob.glob(path))  # noqa: PTH207 - Path.glob takes no absolute pattern
    return [path]


def _matching(pattern: RemoteFile) -> list[str]:
    """List what a pattern matches elsewhere, by its listing there."""
    if pattern.is_web:
        raise DataFileError(
            f"{pattern} is a pattern, and a server of the web lists no files; name each of them."
        )
    store, path = pattern.store()
    found = tried(lambda: sorted(store.glob(path)), pattern.address)
    return [store.unstrip_protocol(each) for each in found]


def note_read(source: Any, address: str | os.PathLike[str]) -> None:
    """Remember which file a source reads, for as long as it is open, so that nothing is written over it.

    Parameters
    ----------
    source : Source
        Just opened.
    address : str or path-like
        Of one file.
    """
    for path in files_of(address):
        with _LOCK:
            _READING[source] = place_of(path)


def is_being_read(path: str | os.PathLike[str]) -> bool:
    """Say whether writing to a path would change a file that an open source of this process reads."""
    with _LOCK:
        places = {place for source, place in _READING.items() if source._is_open}
    if not places:
        return False
    return place_of(path) in places or not places.isdisjoint(_folders_of(path))


def holding(*held: str) -> Callable[[Any], str | None]:
    """Make a `FileKind.other` that accepts files of which `content` begins in one of some ways.

    Examples
    --------
    >>> holding("a NumPy array")(Path(__file__))
    'a file that holds text'
    """
    accepted = tuple(f"a file that holds {each}" for each in held)

    def other(path: Path | RemoteFile) -> str | None:
        found = described(path)
        return None if found.startswith(accepted) else found

    return other


def described(path: Path | RemoteFile) -> str:
    """Say what stands at a path, with its article.

    Examples
    --------
    >>> described(Path(__file__)), described(Path(__file__).parent)
    ('a file that holds text', 'a folder')
    """
    if path.is_dir():
        return "a folder"
    if _is_model(path):
        return "a model"
    return f"a file that holds {content(path)}"


def _is_model(path: Path | RemoteFile) -> bool:
    """Whether a file begins as `diabolo.save` writes it, damaged or not."""
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if length > _MODEL_HEADER or file.read(1) != b"{":
            return False
        header = file.read(length)
    return b'"__metadata__"' in header and b'"diabolo":' in header


def _no_text(path: Path | RemoteFile) -> str | None:
    """Say what a file is that is no text, in any encoding."""
    found = described(path)
    if found.endswith("an unknown kind"):
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
        if b"\0" not in head or head.startswith((b"\xff\xfe", b"\xfe\xff")):
            return None
    return None if found == "a file that holds text" else found


def _no_drawing(path: Path | RemoteFile) -> str | None:
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    return None if b"<svg" in head or b"<!DOCTYPE svg" in head else described(path)


def _no_sweep(path: Path | RemoteFile) -> str | None:
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    return None if head.startswith(b'{"format": "diabolo sweep') else described(path)


def _no_onnx(path: Path | RemoteFile) -> str | None:
    """Say what a file is that does not begin as ONNX does: with the number of its format."""
    with path.open("rb") as file:
        head = file.read(3)
    is_onnx = len(head) == 3 and head[0] == 0x08 and 3 <= head[1] < 64 and head[2] % 8 in (0, 2)
    return None if is_onnx else described(path)


def _no_stablehlo(path: Path | RemoteFile) -> str | None:
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    return None if b"StableHLO_v" in head else described(path)


def _no_page(path: Path | RemoteFile) -> str | None:
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES).lstrip().lower()
    return None if head.startswith((b"<!doctype html", b"<html")) else described(path)


TEXT = FileKind("a text table", _no_text)
"""A table with a line for each row."""
MODEL = FileKind("a model", lambda path: None if (found := described(path)) == "a model" else found)
"""What `diabolo.save` writes."""
SWEEP = FileKind("the record of a sweep", _no_sweep)
"""The runs of a sweep."""
CHECKPOINT = FileKind("a checkpoint", lambda path: None)
"""What a fit keeps in a folder that it has for itself, where it replaces what it likes."""
DOWNLOAD = FileKind("a downloaded file", holding("gzip", "bytes of an unknown kind", "a zip archive"))
"""A file of a data set."""
HTML = FileKind("a page", _no_page)
"""A page for a browser."""
_JPEG = FileKind("a .jpg picture", holding("a JPEG picture"))
PICTURES = {
    ".png": FileKind("a .png picture", holding("a PNG picture")),
    ".pdf": FileKind("a .pdf picture", holding("a PDF document")),
    ".svg": FileKind("an .svg picture", _no_drawing),
    ".jpg": _JPEG,
    ".jpeg": _JPEG,
}
"""Pictures, by their suffix."""
ONNX = FileKind("an ONNX model", _no_onnx)
"""A graph that runs without Diabolo."""
STABLEHLO = FileKind("a StableHLO program", _no_stablehlo)
"""A program of JAX, as `jax.export` writes it."""
PROGRAMS = {".onnx": ONNX, ".stablehlo": STABLEHLO}
"""Programs that models become, by their suffix."""
PAGES = {".html": HTML, ".htm": HTML}
"""Pages for a browser, by their suffix."""
