"""What each column of a table is by what was said of it: carried, left unread, or a feature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from diabolo.data.columns import carried_columns, column_number, listed, named
from diabolo.errors import DataFileError, InputError, ParameterError
from diabolo.messages import setting

if TYPE_CHECKING:
    from diabolo.data.source import Source

    Names = Sequence[str] | None

__all__ = ["ColumnRoles", "chosen_features", "column_roles", "refuse_text", "set_aside"]


@dataclass(frozen=True)
class ColumnRoles:
    """What each column of a table is: carried, unread, or a feature if its cells are numbers.

    Parameters
    ----------
    carried : dict of str to int
        Names and numbers of those that were named to be carried, the target first; at the end those that
        are categories.
    unread : frozenset of int
        Those that nobody wants.
    chosen : frozenset of int
        Those that were named as features; empty where none was.
    """

    carried: dict[str, int]
    unread: frozenset[int]
    chosen: frozenset[int]


def column_roles(
    target: str | int | None,
    keep_columns: Sequence[str | int] | None,
    drop_columns: Sequence[str | int] | None,
    columns: Sequence[str | int] | None,
    names: Names,
    n_columns: int,
    place: str,
    error: type[InputError] = DataFileError,
    categories: Sequence[str | int] | None = None,
) -> ColumnRoles:
    """Find out what each column is, by what was said of it.

    Parameters
    ----------
    target, keep_columns, names, n_columns, place, error
        As of `carried_columns`.
    drop_columns : sequence of str or int, or None
        Columns that are not read.
    columns : sequence of str or int, or None
        The only features; what is neither among them nor carried is not read.
    categories : sequence of str or int, optional
        Columns that are features, and whose cells are carried; with them a table needs no others.

    Returns
    -------
    ColumnRoles

    Raises
    ------
    DataFileError
        (or `error`) There is no such column, or none is left as a feature.
    ParameterError
        One is neither a name nor a whole number, or is given two roles, or twice.

    Examples
    --------
    >>> names = ["id", "x", "y", "note"]
    >>> column_roles(None, ["id"], ["note"], None, names, 4, "t.csv").unread
    frozenset({3})
    >>> sorted(column_roles(None, ["id"], None, ["y"], names, 4, "t.csv").unread)
    [1, 3]
    """
    carried = carried_columns(target, keep_columns, names, n_columns, place, error)
    wanted: dict[int, str] = {}
    for position, (name, number) in enumerate(carried.items()):
        option = "target" if target is not None and position == 0 else "keep_columns"
        wanted[number] = setting(option, number if names is None else name)
    lists: dict[str, frozenset[int]] = {}
    options = {"categories": categories, "drop_columns": drop_columns, "columns": columns}
    for option, given in options.items():
        found: dict[int, str] = {}
        for each in given or ():
            number, said = column_number(each, names, n_columns, place, option, error), setting(option, each)
            if number in found:
                raise ParameterError(f"{said} is given twice; leave it out.")
            if number in wanted:
                raise ParameterError(
                    f"{wanted[number]} and {said} say two things of one column; leave one of them out."
                )
            found[number] = said
        wanted |= found
        lists[option] = frozenset(found)
        if option == "categories":
            carried |= {named(number, names): number for number in found}
    unread, chosen = lists["drop_columns"], lists["columns"]
    if chosen:
        unread = frozenset(range(n_columns)).difference(carried.values(), chosen)
    if len(carried) + len(unread) == n_columns and not categories:
        raise error(
            f"{place} has {n_columns} column{'s' * (n_columns != 1)}, and none is left as a feature "
            "beside those carried along and those not read."
        )
    return ColumnRoles(carried, unread, chosen)


def set_aside(
    source: Source,
    target: str | int | None,
    keep_columns: Sequence[str | int] | None,
    error: type[InputError] = DataFileError,
    drop_columns: Sequence[str | int] | None = None,
    columns: Sequence[str | int] | None = None,
) -> Source:
    """Take columns out of the features of a table without names, to be carried or left unread.

    Parameters
    ----------
    source : Source
        The table.
    target : str, int or None
        The number of the column that is the target.
    keep_columns : sequence of str or int, or None
        Further ones.
    error : type, default DataFileError
        What to raise.
    drop_columns, columns : sequence of str or int, optional
        As of `column_roles`.

    Returns
    -------
    Source
        `source` itself where nothing is taken out.

    Raises
    ------
    DataFileError
        (or `error`) There is no such column.

    Examples
    --------
    >>> from diabolo.data.array_source import ArraySource
    >>> table = set_aside(ArraySource(np.array([[1, 2, 3], [4, 5, 6]])), -1, [0])
    >>> table[:].tolist(), table.carried["label"].tolist(), table.carried["column_0"].tolist()
    ([[2], [5]], [3, 6], [1, 4])
    """
    roles = column_roles(
        target, keep_columns, drop_columns, columns, None, source.n_features, source.name, error
    )
    aside = roles.carried
    if not aside and not roles.unread:
        return source
    view = source.columns(np.delete(np.arange(source.n_features), [*aside.values(), *roles.unread]))
    view.carried = {name: source.read(columns=slice(at, at + 1))[:, 0] for name, at in aside.items()}
    view.target_name = None if target is None else next(iter(aside))
    return view


def chosen_features(
    source: Source,
    drop_columns: Sequence[str | int] | None,
    columns: Sequence[str | int] | None,
    error: type[InputError] = DataFileError,
) -> Source:
    """Take some features of a table that has its carried columns beside it.

    Parameters
    ----------
    source : Source
        The table.
    drop_columns : sequence of str or int, or None
        Features, or carried columns, that are left out.
    columns : sequence of str or int, or None
        The features that are left, in the table's order.
    error : type, default DataFileError
        What to raise.

    Returns
    -------
    Source
        `source` itself where all of it is wanted.

    Raises
    ------
    DataFileError
        (or `error`) There is no such column, or none is left.

    Examples
    --------
    >>> from diabolo.data.array_source import ArraySource
    >>> table = ArraySource(np.array([[1, 2, 3]]), feature_names=["a", "b", "c"])
    >>> chosen_features(table, ["b"], None)[:].tolist(), chosen_features(table, None, ["c"])[:].tolist()
    ([[1, 3]], [[3]])
    """
    aside = [each for each in drop_columns or () if each in source.carried]
    for name in aside:
        if name == source.target_name:
            raise ParameterError(
                f"{setting('target', name)} and {setting('drop_columns', name)} say two things of one "
                "column; leave one of them out."
            )
    left = [each for each in drop_columns or () if each not in aside]
    roles = column_roles(
        None, None, left, columns, source.feature_names, source.n_features, source.name, error
    )
    if aside:
        source.carried = {name: each for name, each in source.carried.items() if name not in aside}
    if not roles.unread:
        return source
    return source.columns(np.delete(np.arange(source.n_features), list(roles.unread)))


def refuse_text(names: Sequence[str], place: str, error: type[InputError] = DataFileError) -> None:
    """Refuse columns that were chosen as features although their cells are no numbers.

    Parameters
    ----------
    names : sequence of str
        Theirs; nothing is refused where there is none.
    place : str
        The table, as the error message should begin.
    error : type, default DataFileError
        What to raise.

    Raises
    ------
    DataFileError
        (or `error`) With their names.

    Examples
    --------
    >>> refuse_text(["note"], "t.parquet")
    Traceback (most recent call last):
    diabolo.errors.DataFileError: t.parquet has no numbers in 'note', which cannot be a feature; leave it ...
    """
    if names:
        be, it = ("a feature", "it") if len(names) == 1 else ("features", "them")
        raise error(
            f"{place} has no numbers in {listed(names)}, which cannot be {be}; leave {it} out of "
            f"{setting('columns')}."
        )
