"""Files that are written to an address: prepared on the disk, and sent when all of them is there."""

from __future__ import annotations

import contextlib
import functools
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from diabolo.data.destination import FileKind, is_being_read
from diabolo.data.object_store import tried
from diabolo.data.remote_file import RemoteFile
from diabolo.errors import DataFileError, DiaboloError

__all__ = ["check_receives", "sent"]

# What says that a folder is a Zarr store, and is there last.
_HEADS = ("zarr.json", ".zgroup", ".zarray", ".zattrs", ".zmetadata")
_SENT_TOGETHER = 64
_BUCKETS = ("s3", "gs")  # of which each lies in a bucket


def check_receives(
    path: RemoteFile, kind: FileKind, *, folder: bool = False, error: type[DiaboloError] = DataFileError
) -> bool:
    """Make sure that a file may be written to an address.

    Parameters
    ----------
    path : RemoteFile
        Where.
    kind : FileKind
        What is written.
    folder : bool, default False
        Whether it is a folder of files.
    error : subclass of DiaboloError, default DataFileError
        What to raise.

    Returns
    -------
    bool
        Whether something is replaced.

    Raises
    ------
    DataFileError
        (or `error`) The address is one of the web, is not there or may not be looked at, or something of
        another kind, or that is being read, stands there.
    ParameterError
        The package that writes there is not installed.
    """
    if path.is_web:
        raise error(
            f"{path} cannot be written: a server of the web is read from alone; name a file or a bucket."
        )
    if not path.name or ("/" not in path.plain.strip("/") and path.place[0] in _BUCKETS):
        raise error(f"{path} cannot be written: it is a bucket; name a file in it.")
    about = path.about("written", error)
    if is_being_read(path):
        raise error(f"{path} cannot be written: it is open for reading; choose another name.")
    if about is not None and about["type"] == "directory" and not folder:
        raise error(f"{path} cannot be written: it is a folder; name a file in it.")
    if about is not None:
        kind.check(path, error=error)
    return about is not None


@contextlib.contextmanager
def sent(
    path: RemoteFile, kind: FileKind, *, folder: bool = False, error: type[DiaboloError] = DataFileError
) -> Iterator[Path]:
    """Give a temporary place to write to, which is sent to an address when all of it is written.

    A store takes a file whole or not at all. Of a folder the files that make it one are there last.

    Parameters
    ----------
    path, kind, folder, error
        As of `check_receives`.

    Yields
    ------
    Path
        An empty file, or an empty folder, on the disk.

    Raises
    ------
    DataFileError
        (or `error`) As of `check_receives`; or the folder of temporary files cannot be written to, or what
        was written cannot be sent.

    Examples
    --------
    >>> from diabolo.data.destination import TEXT
    >>> with sent(RemoteFile("memory://note.txt"), TEXT) as place:
    ...     _ = place.write_text("whole")
    >>> RemoteFile("memory://note.txt").open().read()
    b'whole'
    """
    is_there = check_receives(path, kind, folder=folder, error=error)
    try:
        with tempfile.TemporaryDirectory(prefix="diabolo-") as here:
            place = Path(here) / path.name
            if folder:
                place.mkdir()
            else:
                place.touch()
            yield place
            if folder:
                _send_folder(place, path, is_there, error)
            else:
                store, there = path.store("written")
                tried(lambda: store.put_file(str(place), there), path.address, "written", error)
    except (OSError, UnicodeEncodeError) as problem:
        raise error(
            f"{path} cannot be written: it is prepared in a temporary file in {tempfile.gettempdir()}, which "
            f"cannot be written ({getattr(problem, 'strerror', None) or problem}); set TMPDIR to a folder on "
            "a larger disk."
        ) from problem


def _send_folder(place: Path, path: RemoteFile, is_there: bool, error: type[DiaboloError]) -> None:
    """Send a folder's files; while that lasts, and where it fails, what stands there is no store."""
    store, there = path.store("written")
    names = sorted(each.relative_to(place).as_posix() for each in place.rglob("*") if each.is_file())
    heads = [name for name in names if name in _HEADS]
    rest = [name for name in names if name not in _HEADS]

    def send(some: list[str]) -> None:
        for start in range(0, len(some), _SENT_TOGETHER):
            part = some[start : start + _SENT_TOGETHER]
            pairs = [str(place / name) for name in part], [f"{there}/{name}" for name in part]
            tried(functools.partial(store.put, *pairs), path.address, "written", error)

    old = set(tried(lambda: store.find(there), path.address, "written", error)) if is_there else set()
    new = {f"{there}/{name}" for name in names}
    try:
        _remove(store, sorted(old & {f"{there}/{head}" for head in _HEADS}))
        send(rest)
        _remove(store, sorted(old - new))
        send(heads)
    except BaseException as problem:
        with contextlib.suppress(Exception):  # what fails now would hide why
            _remove(store, sorted(set(store.find(there))))
        if old and isinstance(problem, error):
            raise error(f"{problem.message.marked} What stood there is gone.") from problem
        raise


def _remove(store: Any, paths: list[str]) -> None:
    if paths:
        store.rm(paths)
