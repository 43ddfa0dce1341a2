"""What a file may make its reader take of the memory: the one place that bounds it.

A file says itself how large its arrays, its blocks and its columns of text are, and a few bytes can say
anything. So whoever reads asks here before memory is set aside for what a file says.
"""

from __future__ import annotations

import contextlib
import contextvars
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from diabolo.data.memory import memory_bytes, shown_bytes
from diabolo.data.remote_file import RemoteFile
from diabolo.errors import DataFileError, InputError
from diabolo.messages import either, setting

if TYPE_CHECKING:
    from diabolo.data.location import StandardInput

__all__ = ["Allowance", "allowance", "check_room", "check_width", "follows_links", "limit_of", "permitted"]

_LEAST = 2**26  # that any file may take
_USUAL = 2**30
_INFLATION = 1032  # deflate makes no more bytes than this of one (zlib.net/zlib_tech.html)
_TIMES_LARGE = 2
_BYTES_OF_CHARACTER = 4  # in numpy's text of one length


def limit_of(n_bytes: int) -> int:
    """Say how much may be held in memory of something that is stored in so many bytes.

    64 MiB of anything; beyond that no more than compression explains, up to 1 GiB; and of what is larger than
    half of that, twice what it is.

    Parameters
    ----------
    n_bytes : int
        As stored.

    Returns
    -------
    int

    Examples
    --------
    >>> [limit_of(n) // 2**20 for n in (100, 2**17, 2**20, 2**32)]
    [64, 129, 1024, 8192]
    """
    return min(max(_LEAST, _INFLATION * n_bytes), max(_USUAL, _TIMES_LARGE * n_bytes))


@dataclass(frozen=True)
class Allowance:
    """How much of the memory a file may take.

    Parameters
    ----------
    place : str
        The file, as messages begin.
    n_bytes : int
        Of the file.
    max_memory : int, optional
        What the caller allows, in the place of what goes by the file's size.

    Examples
    --------
    >>> Allowance("a.h5", 2000).check(10**12, "the dataset 'names'")
    Traceback (most recent call last):
    diabolo.errors.DataFileError: a.h5 is damaged, or packed beyond all measure: the dataset 'names' would ...
    """

    place: str
    n_bytes: int
    max_memory: int | None = None

    @property
    def limit(self) -> int:
        """The most that may be held at once."""
        return limit_of(self.n_bytes) if self.max_memory is None else self.max_memory

    def check(self, n_bytes: float, what: str) -> None:
        """Refuse what would take more.

        Parameters
        ----------
        n_bytes : float
            That it would take.
        what : str
            It, in the words of a message.

        Raises
        ------
        DataFileError
            With how much it would be, and how more is allowed.
        """
        if n_bytes <= self.limit:
            return
        takes = f"{what} would take {shown_bytes(n_bytes)} of memory"
        enough = _rounded(n_bytes)
        more = "; to allow it, " + either(
            f"say diabolo.open(..., max_memory={enough!r})", f"add --max-memory {enough}"
        )
        if self.max_memory is not None:
            raise DataFileError(
                f"{self.place}: {takes}, and {setting('max_memory')} allows {shown_bytes(self.max_memory)}; "
                f"leave out what is not needed{more}."
            )
        if self.limit < _USUAL:
            raise DataFileError(
                f"{self.place} is damaged, or packed beyond all measure: {takes}, and the file has "
                f"{self.n_bytes:,} bytes{more}."
            )
        raise DataFileError(
            f"{self.place}: {takes}, more than the {shown_bytes(self.limit)} that a file of "
            f"{shown_bytes(self.n_bytes)} is given; leave it out, or make the file anew without it{more}."
        )


_GIVEN: contextvars.ContextVar[tuple[int | None, bool]] = contextvars.ContextVar(
    "given", default=(None, False)
)


@contextlib.contextmanager
def permitted(max_memory: int | str | None, follow_links: bool) -> Iterator[None]:
    """Say what files that are opened inside may do.

    Parameters
    ----------
    max_memory : int, str or None
        How much memory they may take, in the place of what goes by their sizes; as of `diabolo.open`.
    follow_links : bool
        Whether they may have other files read.

    Raises
    ------
    ParameterError
        It is no amount.
    """
    token = _GIVEN.set((None if max_memory is None else memory_bytes(max_memory), bool(follow_links)))
    try:
        yield
    finally:
        _GIVEN.reset(token)


def follows_links() -> bool:
    """Say whether a file that is being opened may have other files read."""
    return _GIVEN.get()[1]


def allowance(path: Path | RemoteFile | StandardInput) -> Allowance:
    """Say what a file that is being opened may take.

    Parameters
    ----------
    path : Path
        A file, or a folder that is read as one; a folder elsewhere counts as large.

    Returns
    -------
    Allowance

    Examples
    --------
    >>> allowance(Path(__file__)).limit // 2**20
    64
    """
    max_memory, _ = _GIVEN.get()
    try:
        if isinstance(path, RemoteFile):
            n_bytes = path.ranges.size if path.suffix.lower() != ".zarr" else _USUAL // _TIMES_LARGE
        else:
            n_bytes = os.stat(path).st_size  # noqa: PTH116 - of what is like a path, too
        if isinstance(path, Path) and path.is_dir():
            n_bytes = sum(each.stat().st_size for each in path.rglob("*") if each.is_file())
    except (OSError, ValueError):
        n_bytes = _USUAL // _TIMES_LARGE
    return Allowance(str(path), n_bytes, max_memory)


def check_room(path: Path | RemoteFile | StandardInput, n_bytes: float, what: str) -> None:
    """Refuse what would take more memory than a file may; see `Allowance.check`."""
    if (
        n_bytes > _LEAST or _GIVEN.get()[0] is not None
    ):  # most take less than any file may, and cost no look at it
        allowance(path).check(n_bytes, what)


def check_width(count: int, longest: int, total: int, what: str = "a column of text") -> None:
    """Refuse texts of which one is so long that all of them, in places of one length, would fill the memory.

    Parameters
    ----------
    count, longest, total : int
        How many texts, and the characters of the longest and of all.
    what : str
        They, in the words of a message.

    Raises
    ------
    InputError
        With the length of the longest.

    Examples
    --------
    >>> check_width(3, 10, 12)
    """
    n_bytes = _BYTES_OF_CHARACTER * count * longest
    if n_bytes > limit_of(_BYTES_OF_CHARACTER * total):
        raise InputError(
            f"{what} has a cell of {longest:,} characters among {count:,}, which are kept in places of "
            f"one length and would take {shown_bytes(n_bytes)} of memory; shorten the cell, or leave the "
            "column unread."
        )


def _rounded(n_bytes: float) -> str:
    return f"{-(-int(n_bytes) // 10**9)}GB"
