"""Files written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Literal

from diabolo.errors import DataFileError, DiaboloError


@contextlib.contextmanager
def atomic_write(
    path: str | os.PathLike[str],
    mode: Literal["b", "t"] = "b",
    *,
    error: type[DiaboloError] = DataFileError,
) -> Iterator[IO[Any]]:
    """Open a file for writing that appears under its name only when all of it is on the disk.

    What is written goes to a temporary name in the same folder, is flushed to the disk and then renamed.
    If anything fails on the way, the temporary file is removed and whatever stood under the name before is
    still there. A replaced file keeps its permission bits; a new one gets those of the umask. A symbolic
    link stays, and the file it points to is replaced.

    Parameters
    ----------
    path : str or path-like
        The final name.
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
        taken by a folder or a device.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> with atomic_write(folder / "note.txt", "t") as handle:
    ...     _ = handle.write("whole")
    ...     before = (folder / "note.txt").exists()
    >>> before, (folder / "note.txt").read_text()
    (False, 'whole')
    """
    shown = Path(path)
    try:
        target = Path(os.path.realpath(path))
        permissions = _permissions(target)
        if not target.parent.is_dir():
            raise error(
                f"{shown} cannot be written: the folder {shown.parent} does not exist; make it first."
            )
        if permissions is not None and not stat.S_ISREG(permissions):
            what = "a folder" if stat.S_ISDIR(permissions) else "not a regular file"
            raise error(f"{shown} cannot be written: it is {what}; choose another name.")
        # Part of the name only: the whole name may be as long as the system allows already.
        temporary = target.with_name(f".{target.name[:32]}.{secrets.token_hex(6)}.tmp")
        # os.open with 0o666 and not tempfile, which makes every file private whatever the umask says.
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        descriptor = os.open(temporary, flags, 0o666)
    except (OSError, ValueError) as problem:
        if isinstance(problem, DiaboloError):
            raise
        raise _unwritable(shown, problem, error) from problem
    text = {"encoding": "utf-8", "newline": ""} if mode == "t" else {}
    try:
        with os.fdopen(descriptor, "w" if mode == "t" else "wb", **text) as handle:  # type: ignore[call-overload]
            yield handle
            handle.flush()
            if permissions is not None:
                temporary.chmod(stat.S_IMODE(permissions))
            os.fsync(handle.fileno())
        temporary.replace(target)
    except BaseException as problem:  # an interrupt from the keyboard must leave no litter either
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        if isinstance(problem, (OSError, UnicodeEncodeError)):
            raise _unwritable(shown, problem, error) from problem
        raise


def _permissions(target: Path) -> int | None:
    try:
        return target.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None


def _unwritable(path: Path, problem: Exception, error: type[DiaboloError]) -> DiaboloError:
    said = getattr(problem, "strerror", None) or str(problem)
    return error(f"{path} cannot be written ({said}); nothing under that name was made or changed.")
