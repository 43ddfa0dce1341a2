"""What is typed in a file's place: several files, or ``-`` for what comes from a program or goes to one."""

from __future__ import annotations

import contextlib
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["SeveralFiles", "is_stream", "standard_output"]


@dataclass(frozen=True)
class SeveralFiles:
    """Files that were typed one after the other, and are read as one.

    Parameters
    ----------
    paths : tuple of path
        In their order.

    Examples
    --------
    >>> files = SeveralFiles((Path("a.csv"), Path("b.csv"), Path("c.csv")))
    >>> str(files), files.words
    ('a.csv and 2 more', ['a.csv', 'b.csv', 'c.csv'])
    """

    paths: tuple[Any, ...]

    def __str__(self) -> str:
        return f"{self.paths[0]} and {len(self.paths) - 1} more"

    @property
    def words(self) -> list[str]:
        """What to type for them."""
        return [str(path) for path in self.paths]


def is_stream(path: Any) -> bool:
    """Say whether a path is ``-``, or one of several files is.

    Examples
    --------
    >>> is_stream(Path("-")), is_stream(Path("rows.csv")), is_stream(None)
    (True, False, False)
    """
    paths: Sequence[Any] = path.paths if isinstance(path, SeveralFiles) else (path,)
    return any(str(each) == "-" for each in paths)


@contextlib.contextmanager
def standard_output() -> Iterator[Path]:
    """Give a file to write to, whose text goes to standard output once it is whole.

    Yields
    ------
    Path
        A text table.
    """
    with tempfile.TemporaryDirectory(prefix="diabolo-") as folder:
        path = Path(folder) / "rows.csv"
        yield path
        sys.stdout.flush()
        with path.open("rb") as file:
            shutil.copyfileobj(file, sys.stdout.buffer)
        sys.stdout.buffer.flush()
