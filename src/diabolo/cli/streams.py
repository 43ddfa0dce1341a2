"""What is typed in a file's place: several files, a folder of parts, ``-`` for what goes by a pipe."""

from __future__ import annotations

import contextlib
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from diabolo.data.destination import split_address
from diabolo.data.formats import WRITTEN
from diabolo.data.parts import parts_of

__all__ = ["FolderOfParts", "SeveralFiles", "files_in", "is_stream", "standard_output", "typed_parts"]


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


@dataclass(frozen=True)
class FolderOfParts:
    """A folder that a part is written to for each file that is read, under the name of that file.

    Parameters
    ----------
    folder : Path
        Which need not exist.
    suffix : str, optional
        What all parts are; by default what each file is, or .csv where such are not written.

    Examples
    --------
    >>> str(FolderOfParts(Path("codes"))), str(FolderOfParts(Path("codes"), ".npy"))
    ('codes/', 'codes/*.npy')
    >>> FolderOfParts(Path("codes")).part_of("rows/a.csv.gz")
    PosixPath('codes/a.csv')
    """

    folder: Path
    suffix: str | None = None

    def __str__(self) -> str:
        return f"{self.folder}/" + ("" if self.suffix is None else f"*{self.suffix}")

    def part_of(self, path: str) -> Path:
        """Say where the part of a file goes."""
        plain = Path(path.rstrip("/"))
        own = plain.suffix.lower()
        stem = plain.name.removesuffix(plain.suffix)
        if own in (".gz", ".bz2", ".zst"):  # of a packed text table
            own, stem = Path(stem).suffix.lower(), Path(stem).stem
        return self.folder / f"{stem}{self.suffix or (own if own in WRITTEN else '.csv')}"

    def parts_of(self, data: Any) -> dict[str, Path]:
        """Say of each file that is read where its part goes."""
        given: Sequence[Any] = data.paths if isinstance(data, SeveralFiles) else (data,)
        return {file: self.part_of(split_address(file)[0]) for file in files_in(given)}


def files_in(given: Sequence[Any]) -> list[str]:
    """List the files that were typed, those of patterns and folders one by one.

    Examples
    --------
    >>> files_in([Path("a.h5::beta"), Path("b.csv")])
    ['a.h5::beta', 'b.csv']
    """
    files = []
    for address in map(str, given):
        found = parts_of(address)
        # An address elsewhere, or a table in a file of several, is one file.
        is_one = found in ([], [split_address(address)[0]])
        files += [address] if is_one else found
    return files


def typed_parts(text: str) -> FolderOfParts | None:
    """Take what was typed for a folder of parts: ``codes/``, a folder that is there, or ``codes/*.npy``.

    Examples
    --------
    >>> typed_parts("codes/"), typed_parts("codes.csv")
    (FolderOfParts(folder=PosixPath('codes'), suffix=None), None)
    """
    path = Path(text)
    if path.stem == "*" and path.suffix.lower() in WRITTEN:
        return FolderOfParts(path.parent, path.suffix.lower())
    is_folder = path.suffix.lower() not in WRITTEN and (text.endswith("/") or path.is_dir())
    return FolderOfParts(path) if is_folder else None


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
