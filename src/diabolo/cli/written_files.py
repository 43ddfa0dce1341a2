"""The files that a verb writes, looked at before any work is done for them: in one place, for every verb.

None is a file that the verb reads, whatever links or patterns name it, none is written twice, and none
replaces a file of another kind.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from diabolo.cli.page import Option, Typed, WrongUse
from diabolo.cli.streams import FolderOfParts, SeveralFiles, is_stream
from diabolo.data.destination import (
    MODEL,
    PAGES,
    PICTURES,
    PROGRAMS,
    SWEEP,
    FileKind,
    Place,
    is_over,
    place_of,
)
from diabolo.data.formats import FOLDERS, WRITTEN, format_of, is_table_file
from diabolo.data.parts import parts_of
from diabolo.data.remote_file import RemoteFile, is_remote, located
from diabolo.data.sending import check_receives
from diabolo.errors import DataFileError, nearest_name

__all__ = ["Writes", "check_place", "check_written_files", "files_read", "kind_of"]


@dataclass(frozen=True)
class Writes:
    """What a verb writes to the file that is typed for an option.

    Parameters
    ----------
    suffixes : tuple of str, default ()
        One of which its name must have; without, it is a model, whose name has any suffix but those of
        other files.
    may_stream : bool, default False
        Whether ``-`` stands for standard output.
    is_folder : bool, default False
        Whether it is a folder for files, which need not exist.
    files : callable, optional
        Gives, of what was typed, the files that are written; by default the one that was typed.
    """

    suffixes: tuple[str, ...] = ()
    may_stream: bool = False
    is_folder: bool = False
    files: Callable[[Typed], Iterable[Path]] | None = None

    def check_name(self, path: Any, flag: str) -> None:
        """Make sure that a name fits what is written.

        Raises
        ------
        WrongUse
            It is an address that is not written to, or its suffix is another.
        """
        if isinstance(path, RemoteFile) and self.is_folder:
            raise WrongUse(f"{flag} {path} is an address, and these files are for a disk; name a folder.")
        if isinstance(path, RemoteFile) and path.is_web:
            raise WrongUse(
                f"{flag} {path} is an address of the web, which is read from alone; name a file or a bucket."
            )
        if isinstance(path, FolderOfParts):
            return
        suffix = path.suffix.lower()
        if self.is_folder or (self.may_stream and is_stream(path)):
            return
        if not self.suffixes:
            if is_stream(path):
                raise WrongUse(
                    f"{flag} - is for rows, and a model is no text; name a file, such as model.diabolo."
                )
            if is_table_file(path) or suffix in {**PICTURES, **PAGES, **PROGRAMS}:
                raise WrongUse(
                    f"{flag} {path} would be a model under the name of another kind of file; "
                    f"call it {path.with_suffix('.diabolo').name}."
                )
        elif suffix not in self.suffixes:
            given = f"ends in {path.suffix!r}" if suffix else "has no suffix"
            hint = "" if is_table_file(path) else nearest_name(suffix, self.suffixes)
            known = ", ".join(self.suffixes)
            raise WrongUse(f"{flag} {path} {given}, and the suffix says what to write: {known}.{hint}")


def kind_of(path: Path | RemoteFile) -> FileKind:
    """Say by its name what kind of file a verb writes to a path.

    Examples
    --------
    >>> kind_of(Path("map.png")).called, kind_of(Path("iris.diabolo")).called
    ('a .png picture', 'a model')
    """
    suffix = path.suffix.lower()
    if suffix in WRITTEN:
        return format_of(path).kind()
    return SWEEP if suffix == ".jsonl" else {**PICTURES, **PAGES, **PROGRAMS}.get(suffix, MODEL)


def files_read(options: Sequence[Option], typed: Typed) -> Iterator[str]:
    """List the files that a verb reads, by what was typed for its options."""
    for option in options:
        value = getattr(typed, option.name, None)
        if value is None or not (option.is_read or (option.may_be_file and located(value).is_file())):
            continue
        for each in value.paths if isinstance(value, SeveralFiles) else (value,):
            found: list[str] = []
            with contextlib.suppress(DataFileError):  # whoever opens it says what is wrong
                found = parts_of(str(each))
            for path in found:
                if is_remote(path) or Path(path).suffix.lower() in FOLDERS or not Path(path).is_dir():
                    yield path


def check_written_files(options: Sequence[Option], typed: Typed) -> None:
    """Make sure that every file that was typed for a verb to write can be written, and may be.

    Parameters
    ----------
    options : sequence of Option
        The verb's.
    typed : Typed
        What was typed for them.

    Raises
    ------
    WrongUse
        A suffix is unknown, a file is one that is read, or two are one.
    DataFileError
        A folder is missing or may not be written to, a name is a folder's, or a file of another kind stands
        there.
    """
    given = list(files_read(options, typed))
    written: dict[Place, str] = {}
    for option in options:
        path, writes = getattr(typed, option.name, None), option.writes
        if writes is None or path is None:
            continue
        said = f"{option.flags[0]} {path}"
        writes.check_name(path, option.flags[0])
        if is_stream(path):
            continue
        if isinstance(path, FolderOfParts):
            _check_parts(path, option.flags[0], typed.data, given)
            continue
        for place in [path] if writes.files is None else writes.files(typed):
            which = said if place == path else f"{said} writes {place}, which"
            for each in given:
                if place_of(place) == place_of(each):
                    raise WrongUse(f"{which} is the file that is read; choose another name.")
                if is_over(place, each):
                    raise WrongUse(f"{which} is not apart from {each}, which is read; choose another name.")
            if place_of(place) in written:
                both = f"{written[place_of(place)]} and {said}"
                raise WrongUse(f"{both} both write {place}; give each a name of its own.")
            written[place_of(place)] = said
            check_place(place, makes_folder=writes.is_folder)


def _check_parts(path: FolderOfParts, flag: str, data: Any, given: Sequence[str]) -> None:
    """Make sure that a part can be written for every file, apart from all that is read."""
    read = {place_of(each): each for each in given}
    folder, parts = path.folder, path.parts_of(data)
    around = {place_of(Path(each).parent) for each in parts}
    if place_of(folder) in around or any(is_over(folder, each) for each in given if Path(each).is_dir()):
        raise WrongUse(f"{flag} {path} is a folder that is read; choose one for the parts alone.")
    if not folder.parent.is_dir():
        raise DataFileError(f"{path} cannot be made: there is no folder {folder.parent}; make it first.")
    if folder.exists() and not folder.is_dir():
        raise DataFileError(f"{path} cannot be made: {folder} is a file; choose another name.")
    of: dict[Path, str] = {}
    for each, place in parts.items():
        if place in of:
            raise WrongUse(
                f"{of[place]} and {each} would both be written to {place}; write each to a folder of its own."
            )
        of[place] = each
        if place_of(place) in read:
            raise WrongUse(f"{flag} {path} writes {place}, which is read; choose another folder.")
        check_place(place, makes_folder=True)


def check_place(path: Path | RemoteFile, *, makes_folder: bool = False) -> None:
    """Make sure that a file can be written to a path.

    Parameters
    ----------
    path : Path
        Where.
    makes_folder : bool, default False
        Whether its folder is made where there is none.

    Raises
    ------
    DataFileError
        The folder is missing or may not be written to, the name is a folder's, or a file of another kind
        stands there.
    """
    kind = kind_of(path)
    if isinstance(path, RemoteFile):
        check_receives(path, kind, folder=path.suffix.lower() in FOLDERS)
        return
    folder = path.parent
    if path.is_dir() and path.suffix.lower() != ".zarr":
        raise DataFileError(f"{path} cannot be written: it is a folder; name a file in it.")
    if not folder.is_dir():
        if makes_folder:
            return
        raise DataFileError(f"{path} cannot be written: there is no folder {folder}; make it first.")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise DataFileError(
            f"{path} cannot be written: you may not write in the folder {folder}; choose another, or give "
            "yourself permission."
        )
    kind.check(path)
