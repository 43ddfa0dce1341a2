"""The columns of a file held against those of the model."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

from diabolo.cli.output import Output
from diabolo.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from diabolo.data.source import Source

__all__ = ["check_codes", "check_columns"]

_SHOWN = 5


def check_columns(
    path: Path,
    source: Source,
    names: Sequence[str] | None,
    n_features: int,
    output: Output,
    *,
    flag: str = "--labels",
) -> None:
    """Refuse rows whose columns are not those that a model was trained on.

    Parameters
    ----------
    path : Path
        The file.
    source : Source
        Its rows.
    names : sequence of str, or None
        The names that the model was trained on, if it knows them.
    n_features : int
        The number of columns that it was trained on.
    output : Output
        Where it is said that a file without names was taken as it is.
    flag : {"--labels", "--keep"}, default "--labels"
        What the verb has to carry a column along; the second can be repeated.

    Raises
    ------
    InputError
        The columns differ; the message says what to type where a label column is too many.
    """
    found = source.feature_names
    if names is not None and found is not None:
        known, present = set(names), set(found)
        extra = [name for name in found if name not in known]
        missing = [name for name in names if name not in present]
        if extra and not missing:
            what = _what_to_type(extra, flag)
            raise InputError(f"{path} has {_columns(extra)} that the model was not trained on; {what}.")
        if missing:
            instead = f" and has {_columns(extra)} instead" if extra else ""
            raise InputError(
                f"{path} lacks {_columns(missing)} that the model was trained on{instead}; "
                "give the rows the columns of the training data, under the same names."
            )
        if tuple(found) != tuple(names):
            place = next(n for n, (a, b) in enumerate(zip(found, names, strict=True)) if a != b)
            raise InputError(
                f"{path} has the model's columns in another order (column {place} is {found[place]!r}, in "
                f"training it was {names[place]!r}); put them in the order of the training data."
            )
        return
    _check_count(path, source, n_features, "the model was trained on", found, flag=flag)
    if names is not None:
        output.note(
            f"{path} has no column names, so its columns were taken in the order of the training data"
        )


def check_codes(path: Path, source: Source, names: Sequence[str]) -> None:
    """Refuse codes of another width than the model's; their names are their maker's business.

    Parameters
    ----------
    path : Path
        The file.
    source : Source
        The codes.
    names : sequence of str
        What the model calls its codes.

    Raises
    ------
    InputError
        There are more columns or fewer; the message says what to type where a label column is too many.
    """
    found = source.feature_names
    extra = [name for name in found or () if name not in names]
    known = found if found is not None and len(found) - len(extra) == len(names) else None
    _check_count(path, source, len(names), "a code of the model has", known, extra)


def _check_count(
    path: Path,
    source: Source,
    expected: int,
    whose: str,
    names: Sequence[str] | None,
    extra: Sequence[str] = (),
    flag: str = "--labels",
) -> None:
    count = source.n_features
    if count == expected:
        return
    start = f"{path} has {_number(count)} and {whose} {expected}"
    if extra and count > expected:
        many = "is" if len(extra) == 1 else "are"
        raise InputError(f"{start}, so {_columns(extra)} {many} too many; {_what_to_type(extra, flag)}.")
    if count != expected + 1:
        raise InputError(f"{start}; give the file that belongs to the model, or a model that fits the file.")
    if not source.carried:
        flag = "--labels"  # one column more is a label as a rule
    if names is not None:
        hint = f"if a column is a label, name it, such as {flag} {shlex.quote(names[-1])}"
        raise InputError(f"{start}; {hint}.")
    where = "-1 for the last" if _has_columns(path) else "the name of one beside the table"
    raise InputError(f"{start}; if one of them is a label, say which with {flag} ({where}).")


def _what_to_type(extra: Sequence[str], flag: str) -> str:
    if len(extra) == 1:
        return f"type {flag} {shlex.quote(extra[0])} to carry it along"
    if flag == "--keep" and len(extra) <= _SHOWN:
        words = " ".join(f"{flag} {shlex.quote(name)}" for name in extra)
        return f"type {words} to carry them along"
    if flag == "--keep":
        return "take them out of the file, or carry each along with --keep"
    return "take them out of the file (--labels can carry one of them along)"


def _has_columns(path: Path) -> bool:
    """Whether columns of a file can be named by their numbers."""
    from diabolo.data.formats import format_of
    from diabolo.data.open_table import split_address

    return format_of(split_address(str(path))[0]).has_columns


def _columns(names: Sequence[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:_SHOWN])
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"the column{'s' if len(names) > 1 else ''} {shown}{more}"


def _number(count: int) -> str:
    return f"{count} column{'s' if count != 1 else ''}"
