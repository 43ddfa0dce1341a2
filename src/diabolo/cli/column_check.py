"""A table's columns held against those of a model: taken by their names, in whatever order they come."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diabolo.cli.output import Output, listed
from diabolo.cli.streams import SeveralFiles, is_stream
from diabolo.errors import DataFileError, InputError, TextColumnsError
from diabolo.messages import setting, typed_names

if TYPE_CHECKING:
    from diabolo.data.source import Source

__all__ = ["as_codes", "as_trained", "has_columns", "heeds", "with_unknown_columns"]

_SHOWN, _MOST = 5, 50


def as_trained(
    path: Path,
    source: Source,
    names: Sequence[str] | None,
    n_features: int,
    output: Output,
    cure: str | None = None,
) -> Source:
    """Take rows as a model knows them: its columns, in its order.

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
        Where it is said that columns were put in order, or that a file without names was taken as it is.
    cure : str, optional
        What to do about columns that are too many, where it is another thing than for the file of a model.

    Returns
    -------
    Source
        `source` itself where its columns are in the model's order.

    Raises
    ------
    InputError
        Columns are missing or too many; the message names them, and says what to type.
    """
    found = source.feature_names
    if names is None or found is None:
        _check_count(path, source, n_features, "the model was trained on", found)
        if names is not None:
            output.note(
                f"{path} has no column names, so its columns were taken in the order of the training data"
            )
        return source
    known, present = set(names), set(found)
    extra = [name for name in found if name not in known]
    missing = [name for name in names if name not in present]
    if missing:
        raise InputError(_missing_text(path, source, missing, extra))
    if extra:
        what = f"{path} has {_columns(extra)} that the model was not trained on"
        raise InputError(f"{what}; {cure or _what_to_type(path, extra)}.")
    return _in_order(path, source, names, output)


def as_codes(path: Path, source: Source, names: Sequence[str], output: Output) -> Source:
    """Take rows as codes of a model; columns of other names are their maker's business.

    Parameters
    ----------
    path : Path
        The file.
    source : Source
        Its rows.
    names : sequence of str
        What the model calls the numbers of a code.
    output : Output
        Where it is said that columns were put in order.

    Returns
    -------
    Source

    Raises
    ------
    InputError
        There are more columns or fewer; the message says what to type where some are too many.
    """
    found = source.feature_names
    extra = [name for name in found or () if name not in names]
    if found is not None and set(found) == set(names):
        return _in_order(path, source, names, output)
    known = found if found is not None and len(found) - len(extra) == len(names) else None
    _check_count(path, source, len(names), "a code of the model has", known, extra)
    return source


def with_unknown_columns(
    problem: TextColumnsError,
    path: Path,
    known: Sequence[str],
    reopened: Callable[..., Source],
    cure: str | None = None,
) -> DataFileError:
    """Say of all columns that a model does not know, and not of those of text alone, what to do.

    Parameters
    ----------
    problem : TextColumnsError
        Those of text.
    path : Path
        The file.
    known : sequence of str
        The names that the model was trained on.
    reopened : callable
        Opens the file, given columns not to read.
    cure : str, optional
        As of `as_trained`.

    Returns
    -------
    DataFileError
        `problem` itself where there is nothing to add.
    """
    text = [str(name) for name in problem.columns]
    own = [name for name in text if name in known]
    if own:
        return DataFileError(
            f"{path} has text in {_columns(own)}, where the model was trained on numbers; give the rows "
            "numbers there."
        )
    with reopened(problem.columns) as source:
        extra = [name for name in source.feature_names or () if name not in known]
    has_all = set(known) <= set(source.feature_names or ())
    also = f", and {_columns(extra)}," if extra and has_all else ""
    what = f"{path} has {_columns(text)} of text{also} that the model was not trained on"
    if cure is not None:
        return DataFileError(f"{what}; {cure}.")
    if not also:
        return problem
    names: list[str | int] = [*text, *extra]
    return TextColumnsError(f"{what}; {_what_to_type(path, [*text, *extra])}.", names)


def has_columns(path: Path) -> bool:
    """Say whether each column of a file is a feature unless it is said to be none."""
    from diabolo.data.destination import split_address
    from diabolo.data.formats import format_of

    first = path.paths[0] if isinstance(path, SeveralFiles) else path
    return is_stream(first) or format_of(split_address(str(first))[0]).has_columns


def heeds(path: Path, option: str) -> bool:
    """Say whether an option of reading means something to the format of a file."""
    from diabolo.data.formats import format_of
    from diabolo.data.open_table import split_address

    first = path.paths[0] if isinstance(path, SeveralFiles) else path
    return is_stream(first) or option in format_of(split_address(str(first))[0]).heeds


def _in_order(path: Path, source: Source, names: Sequence[str], output: Output) -> Source:
    found = source.feature_names or ()
    if found == tuple(names):
        return source
    places = {name: place for place, name in enumerate(found)}
    output.note(f"{path} has the model's columns in another order; they were taken by their names")
    return source.columns([places[name] for name in names])


def _missing_text(path: Path, source: Source, missing: Sequence[str], extra: Sequence[str]) -> str:
    carried = [name for name in missing if name in source.carried]
    lacks = f"{path} lacks {_columns(missing, _MOST)} that the model was trained on"
    if carried == missing:
        it, them = ("it", "it is") if len(carried) == 1 else ("them", "they are")
        return f"{lacks}, since {them} carried along; leave {it} out of --keep and --labels."
    instead = f" and has {_columns(extra)} instead" if extra else ""
    return f"{lacks}{instead}; give the rows the columns of the training data, under the same names."


def _check_count(
    path: Path,
    source: Source,
    expected: int,
    whose: str,
    names: Sequence[str] | None,
    extra: Sequence[str] = (),
) -> None:
    count = source.n_features
    if count == expected:
        return
    start = f"{path} has {count} column{'s' if count != 1 else ''} and {whose} {expected}"
    if extra and count > expected:
        many = "is" if len(extra) == 1 else "are"
        raise InputError(f"{start}, so {_columns(extra)} {many} too many; {_what_to_type(path, extra)}.")
    if count != expected + 1:
        raise InputError(f"{start}; give the file that belongs to the model, or a model that fits the file.")
    flag = "--keep" if source.carried else "--labels"  # one column more is a label as a rule
    if names is not None:
        hint = f"if a column is a label, name it, such as {flag} {_flag_value(names[-1:], flag)}"
        raise InputError(f"{start}; {hint}.")
    where = "-1 for the last" if has_columns(path) else "the name of one beside the table"
    raise InputError(f"{start}; if one of them is a label, say which with {flag} ({where}).")


def _flag_value(names: Sequence[str], flag: str) -> str:
    return shlex.quote(typed_names(names) if flag == "--keep" else names[0])


def _what_to_type(path: Path, extra: Sequence[str]) -> str:
    """Say how columns are carried along, or left unread; of a file of arrays features cannot be carried."""
    them = "it" if len(extra) == 1 else "them"
    if len(extra) > _MOST:
        return f"take {them} out of the file"
    drop = f"{setting('drop_columns', list(extra))} to leave {them} unread"
    return (
        f"type {setting('keep_columns', list(extra))} to carry {them} along, or {drop}" * has_columns(path)
        or f"type {drop}"
    )


def _columns(names: Sequence[Any], most: int = _SHOWN) -> str:
    return f"the column{'s' if len(names) > 1 else ''} {listed([repr(name) for name in names], most)}"
