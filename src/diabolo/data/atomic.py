"""Files written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Literal

from diabolo.data.destination import FileKind, is_being_read
from diabolo.data.remote_file import RemoteFile, located
from diabolo.data.sending import sent
from diabolo.errors import DataFileError, DiaboloError


@contextlib.contextmanager
def atomic_write(
    path: str | os.PathLike[str],
    kind: FileKind,
    mode: Literal["b", "t"] = "b",
    *,
    error: type[DiaboloError] = DataFileError,
) -> Iterator[IO[Any]]:
    """Open a file for writing that appears under its name only when all of it is on the disk.

    What is written goes to a temporary name in the same folder, is flushed to the disk and then renamed.
    If anything fails on the way, the temporary file is removed and whatever stood under the name before is
    still there. A replaced file keeps its permission bits, and its owner where the system lets it; a new one
    gets the bits of the umask. A symbolic link stays, and the file it points to is replaced. Only a file of
    the same kind is replaced, and none that an open source reads.

    Parameters
    ----------
    path : str or path-like
        The final name, or an address, to which it is sent when it is whole.
    kind : FileKind
        What is written.
    mode : {"b", "t"}, default "b"
        Bytes, or UTF-8 text with line ends as written.
    error : subclass of DiaboloError, default DataFileError
        What to raise where the system refuses.

    Yields
    ------
    file object
        Open for writing.

    Raises
    ------
    DataFileError
        (or `error`) The folder is missing or may not be written to, the disk is full, or the name is
        taken by a folder, a device, a file of another kind or one that is being read.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> from diabolo.data.destination import TEXT
    >>> with atomic_write(folder / "note.txt", TEXT, "t") as handle:
    ...     _ = handle.write("whole")
    ...     before = (folder / "note.txt").exists()
    >>> before, (folder / "note.txt").read_text()
    (False, 'whole')
    """
    text = {"encoding": "utf-8", "newline": ""} if mode == "t" else {}
    with (
        atomic_path(path, kind, error=error) as temporary,
        temporary.open("w" if mode == "t" else "wb", **text) as handle,  # type: ignore[call-overload]
    ):
        yield handle


@contextlib.contextmanager
def atomic_path(
    path: str | os.PathLike[str],
    kind: FileKind,
    *,
    folder: bool = False,
    error: type[DiaboloError] = DataFileError,
) -> Iterator[Path]:
    """Give a temporary path to write to, which takes its final name when all of it is on the disk.

    As `atomic_write`, for writers that open files by their paths.

    Parameters
    ----------
    path : str or path-like
        The final name.
    kind : FileKind
        What is written.
    folder : bool, default False
        Whether a folder of files is written, which may replace a folder.
    error : subclass of DiaboloError, default DataFileError
        What to raise where the system refuses.

    Yields
    ------
    Path
        An empty file, or an empty folder, beside the final name.

    Raises
    ------
    DataFileError
        (or `error`) The folder is missing or may not be written to, the disk is full, or the name is taken.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "note.txt"
    >>> from diabolo.data.destination import TEXT
    >>> with atomic_path(path, TEXT) as temporary:
    ...     _ = temporary.write_text("whole")
    >>> path.read_text()
    'whole'
    """
    shown = located(path)
    if isinstance(shown, RemoteFile):
        with sent(shown, kind, folder=folder, error=error) as place:
            yield place
        return
    target, replaced, temporary = _places(shown, kind, error, folder)
    try:
        # What replaces a file is private until it gets that one's mode.
        if folder:
            temporary.mkdir(0o777 if replaced is None else 0o700)
        else:
            # os.open and not tempfile, which makes every file private whatever the umask says.
            mode = 0o666 if replaced is None else 0o600
            os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode))
        yield temporary
        for each in temporary.rglob("*") if folder else [temporary]:
            if not each.is_dir():
                _to_disk(each)
        if replaced is not None:
            _take_over(temporary, replaced)
        if folder and replaced is not None:
            old = temporary.with_suffix(".old")
            target.replace(old)
            temporary.replace(target)
            shutil.rmtree(old, ignore_errors=True)
        else:
            temporary.replace(target)
    except BaseException as problem:  # an interrupt from the keyboard must leave no litter either
        if folder:
            shutil.rmtree(temporary, ignore_errors=True)
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        if isinstance(problem, (OSError, UnicodeEncodeError)):
            raise _unwritable(shown, problem, error) from problem
        raise


def _to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _take_over(path: Path, replaced: os.stat_result) -> None:
    """Give a new file or folder the owner, where that may be given, and the permission bits of an old one."""
    new = path.stat()
    if hasattr(os, "chown") and (new.st_uid, new.st_gid) != (replaced.st_uid, replaced.st_gid):
        with contextlib.suppress(OSError):
            os.chown(path, replaced.st_uid, replaced.st_gid)
    path.chmod(stat.S_IMODE(replaced.st_mode))


def _places(
    shown: Path, kind: FileKind, error: type[DiaboloError], folder: bool
) -> tuple[Path, os.stat_result | None, Path]:
    """Check the final name; return it without links, what is known of what stands there, and another name."""
    try:
        target = Path(os.path.realpath(shown))
        replaced = None
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            replaced = target.stat()
        if not target.parent.is_dir():
            raise error(
                f"{shown} cannot be written: the folder {shown.parent} does not exist; make it first."
            )
        if is_being_read(target):
            raise error(f"{shown} cannot be written: it is open for reading; choose another name.")
        if replaced is not None and not (stat.S_ISDIR if folder else stat.S_ISREG)(replaced.st_mode):
            is_folder = stat.S_ISDIR(replaced.st_mode)
            what = "a folder" if is_folder else "a file" if folder else "not a regular file"
            raise error(f"{shown} cannot be written: it is {what}; choose another name.")
        kind.check(target, shown, error)
        # Part of the name only: the whole name may be as long as the system allows already.
        return target, replaced, target.with_name(f".{target.name[:32]}.{secrets.token_hex(6)}.tmp")
    except (OSError, ValueError) as problem:
        if isinstance(problem, DiaboloError):
            raise
        raise _unwritable(shown, problem, error) from problem


def _unwritable(path: Path, problem: Exception, error: type[DiaboloError]) -> DiaboloError:
    said = getattr(problem, "strerror", None) or str(problem)
    return error(f"{path} cannot be written ({said}); nothing under that name was made or changed.")
