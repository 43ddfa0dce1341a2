"""A file at an address, read by ranges of its bytes."""

from __future__ import annotations

import contextlib
import functools
import io
import os
import tempfile
import threading
import weakref
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import IO, Any

from diabolo.data.byte_ranges import BLOCK_BYTES, RangeFile, Ranges
from diabolo.data.object_store import (
    ShortAnswerError,
    filesystem,
    is_missing,
    is_unexplained,
    scheme_of,
    shown_address,
    tried,
)
from diabolo.errors import DataFileError, DiaboloError

__all__ = ["RemoteFile", "is_remote", "located"]

_COPIED_BYTES = 2**23
_WEB = ("http", "https")
# What stores call the age of a file, and what tells one content from another.
_AGES = ("ETag", "etag", "LastModified", "mtime", "updated", "created")
_LOCAL = ("file", "local")  # by which fsspec reads a disk


def is_remote(address: str) -> bool:
    """Say whether an address is one of fsspec's and no path: ``s3://``, ``gs://``, ``https://``, ``memory://``."""
    scheme, mark, _ = address.partition("://")
    return (
        bool(mark)
        and len(scheme) > 1
        and scheme[0].isalpha()
        and scheme.isascii()
        and (scheme.translate(str.maketrans("", "", "+.-")).isalnum())
    )


def located(path: str | os.PathLike[str], options: Mapping[str, Any] | None = None) -> Path | RemoteFile:
    """Take what names a file for a path, or for an address elsewhere.

    Parameters
    ----------
    path : str or path-like
        A path, or an address such as ``s3://bucket/rows.csv``. ``file://`` is a path.
    options : mapping, optional
        For the package that reads such an address.

    Returns
    -------
    Path or RemoteFile

    Examples
    --------
    >>> located("rows.csv").suffix, str(located("s3://bucket/rows.csv")), located("file:///tmp/a").name
    ('.csv', 's3://bucket/rows.csv', 'a')
    """
    if isinstance(path, RemoteFile):
        return path if options is None else replace(path, options=options)
    address = os.fspath(path)
    if not is_remote(address):
        return Path(path)
    if scheme_of(address) in _LOCAL:
        return Path(address.partition("://")[2])
    return RemoteFile(address, options or {})


@dataclass(frozen=True)
class RemoteFile:
    """A file at an address such as ``s3://bucket/rows.csv``, with what readers and writers use of a path.

    Parameters
    ----------
    address : str
        As fsspec takes it.
    options : mapping, optional
        For the package that reads it, such as ``{"anon": True}``. They are in no message.

    Examples
    --------
    >>> RemoteFile("s3://bucket/rows.csv").suffix, is_remote("a.h5::data")
    ('.csv', False)
    """

    address: str
    options: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)
    faults: list[DiaboloError] = field(default_factory=list, repr=False, compare=False)
    """What the last reading met, for where the library in between says only that it failed."""

    def __str__(self) -> str:
        return shown_address(self.address)

    def __fspath__(self) -> str:
        return self.address

    def __reduce__(self) -> tuple[type[RemoteFile], tuple[str, Mapping[str, Any]]]:
        return type(self), (self.address, self.options)

    @property
    def plain(self) -> str:
        """Where it lies, without what signs an address of the web."""
        plain = self.address.partition("://")[2]
        return plain.partition("?")[0].partition("#")[0] if self.is_web else plain

    @property
    def _plain(self) -> PurePosixPath:
        return PurePosixPath(self.plain)

    @property
    def is_web(self) -> bool:
        """Whether it lies with a server of the web, which is read from alone."""
        return scheme_of(self.address) in _WEB

    @property
    def name(self) -> str:
        """The last part of its address."""
        return self._plain.name

    @property
    def stem(self) -> str:
        """Its name without the suffix."""
        return self._plain.stem

    @property
    def suffix(self) -> str:
        """The suffix of its name."""
        return self._plain.suffix

    @property
    def parent(self) -> RemoteFile:
        """What lies around it."""
        return RemoteFile(f"{scheme_of(self.address)}://{self._plain.parent}", self.options)

    def with_name(self, name: str) -> RemoteFile:
        """Return the address of another file beside it."""
        return RemoteFile(f"{scheme_of(self.address)}://{self._plain.with_name(name)}", self.options)

    def with_suffix(self, suffix: str) -> RemoteFile:
        """Return the address of a file that is called alike."""
        return self.with_name(self._plain.with_suffix(suffix).name)

    @property
    def place(self) -> tuple[str, str]:
        """What tells it from other files, whatever its address is."""
        scheme = {"s3a": "s3", "gcs": "gs"}.get(found := scheme_of(self.address), found)
        return scheme, self._plain.as_posix().strip("/")

    def store(self, doing: str = "read", *, is_asynchronous: bool = False) -> tuple[Any, str]:
        """Return what reads and writes there, and what it calls the file."""
        return filesystem(self.address, self.options, is_asynchronous=is_asynchronous, doing=doing)

    def about(self, doing: str = "read", error: type[DiaboloError] = DataFileError) -> dict[str, Any] | None:
        """Say what stands there.

        Returns
        -------
        dict or None
            Its ``size`` and its ``type``, "file" or "directory"; None where nothing is.

        Raises
        ------
        DataFileError
            (or `error`) It cannot be found out.
        """
        store, path = self.store(doing)

        def ask() -> dict[str, Any] | None:
            try:
                found: dict[str, Any] = store.info(path)
            except Exception as problem:
                if is_missing(problem, self.address):
                    return None
                if is_unexplained(problem):
                    store.cat_file(path, start=0, end=1)  # whose refusal says why
                raise
            return found

        return tried(ask, self.address, doing, error)

    def is_dir(self) -> bool:
        """Say whether other files lie under it."""
        about = self.about()
        return about is not None and about["type"] == "directory"

    def iterdir(self) -> Iterator[RemoteFile]:
        """List what lies right under it."""
        store, path = self.store()
        for each in tried(lambda: store.ls(path, detail=False), self.address):
            name = PurePosixPath(each.rstrip("/")).name
            if each.rstrip("/") != path.rstrip("/"):
                yield RemoteFile(f"{self.address.rstrip('/')}/{name}", self.options)

    @functools.cached_property
    def ranges(self) -> Ranges:
        """Its bytes, by their places."""
        about = self.about()
        if about is None:
            raise DataFileError(f"{self} does not exist.")
        if about["type"] == "directory":
            raise DataFileError(f"{self} is a folder: name a file in it.")
        size = about["size"]
        if self.is_web and not self._gives_ranges(about):
            return _copied(self)
        return Ranges(size, functools.partial(_asked, self, size), self.faults)

    def _gives_ranges(self, about: dict[str, Any]) -> bool:
        """Whether a server of the web gives a part of a file; one that does not would give all of it."""
        if about.get("size") is None or not about.get("partial", True):
            return False
        if about["size"] < 2:
            return True

        def ask() -> bool:
            try:
                return len(_part(self, about["size"], 1, 2)) == 1
            except ValueError as problem:
                if isinstance(problem, DiaboloError):
                    raise
                return False

        return tried(ask, self.address)

    def mark(self) -> tuple[Any, ...] | None:
        """Return what tells the file from the same one changed: bytes, and what the store says of its age."""
        try:
            system, path = self.store()
            about = system.info(path)
        except Exception:  # whoever opens it says what is wrong
            return None
        return about.get("size"), *(str(about[name]) for name in _AGES if about.get(name) is not None)

    def open(self, mode: str = "rb", *, encoding: str | None = None, newline: str | None = None) -> IO[Any]:
        """Open it for reading, text where an encoding is given."""
        raw: Any = RangeFile(self.ranges)
        return (
            raw if encoding is None else io.TextIOWrapper(io.BufferedReader(raw), encoding, newline=newline)
        )

    def read_text(self, encoding: str) -> str:
        """Return all of its text."""
        with self.open(encoding=encoding) as handle:
            return str(handle.read())

    def exists(self) -> bool:
        """Say whether something stands there."""
        return self.about() is not None

    def is_file(self) -> bool:
        """Say whether a file stands there."""
        about = self.about()
        return about is not None and about["type"] == "file"

    @contextlib.contextmanager
    def copied(self) -> Iterator[Path]:
        """Give a copy of all of it on the disk, for a library that opens files by their paths."""
        with tempfile.TemporaryDirectory(prefix="diabolo-") as folder:
            copy = Path(folder) / "copy"
            try:
                with copy.open("wb") as handle:
                    for start in range(0, self.ranges.size, _COPIED_BYTES):
                        handle.write(self.ranges.read(start, start + _COPIED_BYTES))
            except OSError as problem:
                raise _no_room(self, problem) from problem
            yield copy


def _asked(file: RemoteFile, size: int, start: int, stop: int) -> bytes:
    """Ask for some bytes, again where too few come."""
    return tried(functools.partial(_part, file, size, start, stop), file.address)


def _part(file: RemoteFile, size: int, start: int, stop: int) -> bytes:
    store, path = file.store()
    if file.is_web:  # whose file object looks whether it is a part that comes
        with store.open(path, "rb", cache_type="none", size=size, block_size=BLOCK_BYTES) as handle:
            handle.seek(start)
            part = handle.read(stop - start)
    else:
        part = store.cat_file(path, start=start, end=stop)
    if len(part) != stop - start:
        raise ShortAnswerError(f"{len(part):,} bytes came and {stop - start:,} were asked for")
    return bytes(part)


def _copied(file: RemoteFile) -> Ranges:
    """Put a file whose server gives no parts of it into a temporary one, once."""
    store, path = file.store()
    lock = threading.Lock()
    try:
        copy = tempfile.TemporaryFile(prefix="diabolo-")  # noqa: SIM115 - it goes with the last reader
    except OSError as problem:
        raise _no_room(file, problem) from problem

    def ask() -> None:
        copy.seek(0)
        copy.truncate()
        store.get_file(path, _Written(copy, file))

    try:
        tried(ask, file.address)
    except BaseException:
        copy.close()
        raise

    def fetch(start: int, stop: int) -> bytes:
        with lock:
            copy.seek(start)
            return copy.read(stop - start)

    found = Ranges(copy.seek(0, os.SEEK_END), fetch, file.faults)
    weakref.finalize(found, copy.close)
    return found


class _Written(io.RawIOBase):
    """A temporary file, of which a full disk is told from a connection that is cut."""

    def __init__(self, handle: Any, file: RemoteFile) -> None:
        super().__init__()
        self._handle, self._file = handle, file

    def writable(self) -> bool:
        return True

    def write(self, part: Any) -> int:
        try:
            count: int = self._handle.write(part)
        except OSError as problem:
            raise _no_room(self._file, problem) from problem
        return count


def _no_room(file: RemoteFile, problem: OSError) -> DataFileError:
    return DataFileError(
        f"{file} is copied into a temporary file in {tempfile.gettempdir()}, which cannot be written "
        f"({problem.strerror or problem}); set TMPDIR to a folder on a larger disk."
    )
