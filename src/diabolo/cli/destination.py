"""Where a result will be written, looked at before any work is done for it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from diabolo.cli.wrong_use import WrongUse
from diabolo.errors import DataFileError, nearest_name

__all__ = ["PICTURES", "check_data_output", "check_model_output", "check_picture_output"]

PICTURES = (".png", ".pdf", ".svg", ".jpg", ".jpeg")


def check_data_output(path: Path, *inputs: Path | None) -> None:
    """Make sure that rows can be written to a file.

    Parameters
    ----------
    path : Path
        What was typed after ``-o``.
    *inputs : Path or None
        The files that are read, which it must not be.

    Raises
    ------
    WrongUse
        The suffix is unknown, or the file is one that is read.
    DataFileError
        The folder is missing or may not be written to, or the name is a folder's.
    """
    from diabolo.data.formats import WRITTEN

    _check_suffix(path, WRITTEN)
    _check_place(path, inputs)


def check_picture_output(path: Path, *inputs: Path | None) -> None:
    """Make sure that a picture can be written to a file; see `check_data_output`."""
    _check_suffix(path, PICTURES)
    _check_place(path, inputs)


def check_model_output(path: Path, *inputs: Path | None) -> None:
    """Make sure that a model can be written to a file; see `check_data_output`.

    Any suffix will do but those of other files, which are slips.
    """
    from diabolo.data.formats import is_table_file

    if is_table_file(path) or path.suffix.lower() in PICTURES:
        raise WrongUse(
            f"-o {path} would be a model under the name of another kind of file; "
            f"call it {path.with_suffix('.diabolo').name}."
        )
    _check_place(path, inputs)


def _check_suffix(path: Path, known: Sequence[str]) -> None:
    suffix = path.suffix.lower()
    if suffix not in known:
        given = f"ends in {path.suffix!r}" if suffix else "has no suffix"
        hint = nearest_name(suffix, known)
        raise WrongUse(f"-o {path} {given}, and the suffix says what to write: {', '.join(known)}.{hint}")


def _check_place(path: Path, inputs: Sequence[Path | None]) -> None:
    for source in inputs:
        if source is not None and _same_file(path, source):
            raise WrongUse(f"-o {path} is the file that is read; choose another name.")
    folder = path.parent
    if path.is_dir():
        raise DataFileError(f"{path} cannot be written: it is a folder; name a file in it.")
    if not folder.is_dir():
        raise DataFileError(f"{path} cannot be written: there is no folder {folder}; make it first.")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise DataFileError(
            f"{path} cannot be written: you may not write in the folder {folder}; choose another, or give "
            "yourself permission."
        )


def _same_file(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:  # one of them does not exist
        return False
