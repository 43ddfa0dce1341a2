"""A kind of file to be spoilt: its whole files, how they are spoilt, and how one is opened."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

__all__ = ["Content", "Kind", "content_at", "put_content"]

Content = bytes | dict[str, bytes]
"""What a file holds, or a folder: bytes by the path in it."""


@dataclass(frozen=True)
class Kind:
    """One kind of file.

    A new kind is a file in `fuzz.kinds` and a row in its table.

    Parameters
    ----------
    name : str
        As it is typed after ``--kinds``.
    suffix : str
        Of its files.
    whole : callable
        Writes whole files of the kind into an empty folder.
    spoil : callable
        Takes a `Random` and a file's content, and gives it back spoilt.
    read : callable
        Takes a path and a `Random`; opens and reads it, as a user would. What it returns is how many bytes it
        was given to hold.
    """

    name: str
    suffix: str
    whole: Callable[[Path], None]
    spoil: Callable[[Random, Content], Content]
    read: Callable[[Path, Random], int]


def content_at(path: Path) -> Content:
    """Read a file, or all files of a folder."""
    if path.is_dir():
        return {
            str(each.relative_to(path)): each.read_bytes()
            for each in sorted(path.rglob("*"))
            if each.is_file()
        }
    return path.read_bytes()


def put_content(path: Path, content: Content) -> int:
    """Write a file, or a folder in the place of what is there; say how many bytes it has."""
    if isinstance(content, bytes):
        path.write_bytes(content)
        return len(content)
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir()
    for name, part in content.items():
        place = path / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(part)
    return sum(map(len, content.values()))
