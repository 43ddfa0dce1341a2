"""Rows set aside before anything is learned: held out for a measurement at the end, or to validate."""

from __future__ import annotations

import math
import operator
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.data.destination import split_address
from diabolo.data.formats import format_of
from diabolo.data.in_memory import kind_of
from diabolo.data.open_table import table_of
from diabolo.data.source import Source
from diabolo.data.target import entries_of, missing_in
from diabolo.errors import InputError, ParameterError, nearest_name
from diabolo.messages import setting

if TYPE_CHECKING:
    from jaxtyping import Int64, Shaped

    from diabolo.data.window_layout import WindowLayout

__all__ = ["HoldOut", "group_column", "hold_out", "split_rows"]


@dataclass(frozen=True)
class HoldOut:
    """How rows are held out, so that it can be done again.

    Parameters
    ----------
    amount : int, float or tuple of int
        How many rows; which share of them, above 0 and below 1; or which, by their numbers.
    groups : str or None, default None
        A carried column: rows that share a value of it, such as the samples of one person, are held out
        together or not at all.
    shuffle : bool, default True
        Whether they are drawn at random; else the last ones are taken.
    seed : int, default 0
        Of the draw.

    Examples
    --------
    >>> HoldOut(2, seed=1).split(6)[1].tolist()
    [0, 4]
    >>> HoldOut(0.5, shuffle=False).split(4, groups=np.array(["a", "b", "b", "b"]))[1].tolist()
    [1, 2, 3]
    """

    amount: int | float | tuple[int, ...]
    groups: str | None = None
    shuffle: bool = True
    seed: int = 0

    def split(
        self,
        n_rows: int,
        groups: Shaped[np.ndarray, " n_rows"] | None = None,
        windows: WindowLayout | None = None,
    ) -> tuple[Int64[np.ndarray, " training"], Int64[np.ndarray, " held_out"]]:
        """Part the rows.

        Groups are taken one by one until at least as many rows as asked for are held out. Of windows
        stretches of time are, and those that share points with them are in neither part.

        Parameters
        ----------
        n_rows : int
            How many there are.
        groups : array of shape (n_rows,), optional
            Each row's group.
        windows : WindowLayout, optional
            Where in a series the rows lie.

        Returns
        -------
        training, held_out : int arrays, ascending
            Neither is empty.

        Raises
        ------
        ParameterError
            The amount cannot be.
        InputError
            Nothing would be left to train on.
        """
        if isinstance(self.amount, (tuple, list)):
            return self._listed(n_rows, groups, windows)
        wanted = self._count(n_rows)
        if groups is None and windows is not None and wanted < n_rows:
            _, held_out = windows.parted(np.arange(n_rows), wanted, self._random() if self.shuffle else None)
        elif groups is None:
            order = self._order(n_rows)
            held_out = np.sort(order[:wanted])
        else:
            rank = _members(groups)
            sizes = np.bincount(rank)
            order = self._order(len(sizes))
            taken = order[: int(np.searchsorted(np.cumsum(sizes[order]), wanted)) + 1]
            held_out = np.flatnonzero(np.isin(rank, taken))
        return self._parted(n_rows, held_out, windows)

    def _order(self, count: int) -> Int64[np.ndarray, " count"]:
        if not self.shuffle:
            return np.arange(count)[::-1]
        return self._random().permutation(count)

    def _random(self) -> np.random.Generator:
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence(self.seed)))

    def _count(self, n_rows: int) -> int:
        amount = self.amount
        if isinstance(amount, (float, np.floating)) and 0 < amount < 1:
            return math.ceil(amount * n_rows)
        try:
            count = operator.index(amount)  # type: ignore[arg-type]
        except TypeError:
            count = 0
        if count < 1 or isinstance(amount, bool):
            raise ParameterError(
                f"hold-out {amount!r} is not possible; expected a number of rows, a share above 0 and below "
                "1, or a list of row numbers."
            )
        return count

    def _listed(
        self, n_rows: int, groups: Any, windows: WindowLayout | None
    ) -> tuple[np.ndarray, np.ndarray]:
        rows = np.asarray(self.amount)
        if rows.size == 0 or rows.dtype.kind not in "iu" or rows.min() < 0 or rows.max() >= n_rows:
            raise ParameterError(
                f"hold-out names rows that are not there: expected whole numbers from 0 to {n_rows - 1}; got "
                f"{_shown(self.amount)}."
            )
        held_out = np.unique(rows)
        if groups is not None:
            member = _members(groups)
            held_out = np.flatnonzero(np.isin(member, member[held_out]))
        return self._parted(n_rows, held_out, windows)

    def _parted(
        self, n_rows: int, held_out: np.ndarray, windows: WindowLayout | None
    ) -> tuple[np.ndarray, np.ndarray]:
        if len(held_out) >= n_rows:
            raise InputError(
                f"hold-out {_shown(self.amount)} takes all of the {n_rows} rows, and none is left to train "
                "on; hold out fewer."
            )
        is_training = np.ones(n_rows, bool)
        is_training[held_out] = False
        training = np.flatnonzero(is_training)
        if windows is not None:
            training = training[windows.apart_from(training, held_out)]
            if not len(training):
                raise InputError(
                    f"hold-out {_shown(self.amount)} leaves none of the {n_rows} windows of {windows.length} "
                    "points that shares no point with those held out; hold out fewer, or take a longer "
                    "series or shorter windows."
                )
        return training, held_out.astype(np.int64)

    def apply(self, source: Source) -> tuple[Source, Source]:
        """Part a table into the rows to train on and the rows held out; nothing is read.

        Parameters
        ----------
        source : Source
            The whole table.

        Returns
        -------
        training, held_out : Source

        Raises
        ------
        ParameterError, InputError
            As :meth:`split`; or there is no such column of groups.
        """
        groups = None if self.groups is None else group_column(source, self.groups)
        training, held_out = self.split(len(source), groups, source.windows)
        return source.rows(training), source.rows(held_out)


def group_column(source: Source, groups: Any) -> Shaped[np.ndarray, " n_rows"]:
    """Find each row's group.

    Parameters
    ----------
    source : Source
        The table.
    groups : str or array-like of shape (n_rows,)
        A column that the table carries; or each row's group: an array, a list, a series.

    Returns
    -------
    ndarray of shape (n_rows,)

    Raises
    ------
    ParameterError
        There is no such column.
    InputError
        There is not one group a row.

    Examples
    --------
    >>> group_column(table_of([[1], [2]]), ["ann", "bob"]).tolist()
    ['ann', 'bob']
    """
    if not isinstance(groups, str):
        values = entries_of(groups)
        if values.shape != (len(source),):
            raise InputError(
                f"{setting('groups')} has the shape {values.shape}; expected the name of a column, or "
                f"({len(source)},): a group for each row of {source.name}."
            )
        return values
    if groups in source.carried:
        return np.asarray(source.carried[groups])
    if groups in (source.feature_names or ()):
        raise ParameterError(
            f"{groups!r} is a feature of {source.name}: open the table with "
            f"{setting('keep_columns', [groups])} to hold out by it."
        )
    known = ", ".join(map(repr, source.carried)) or "none"
    raise ParameterError(
        f"{source.name} carries no column {groups!r} to hold out by; it carries {known}."
        f"{nearest_name(groups, source.carried)}"
    )


def _members(groups: Shaped[np.ndarray, " n_rows"]) -> Int64[np.ndarray, " n_rows"]:
    """Give each group a number, in the order of their first rows; rows without one are a group, too."""
    missing = missing_in(groups)
    numbers: dict[Any, int] = {}
    return np.array(
        [
            numbers.setdefault((gone, None if gone else each), len(numbers))
            for each, gone in zip(groups.tolist(), missing.tolist(), strict=True)
        ],
        np.int64,
    )


def _shown(amount: Any) -> str:
    text = repr(list(amount)) if isinstance(amount, (tuple, list)) else repr(amount)
    return text if len(text) <= 60 else f"{text[:57]}..."


def hold_out(
    table: Any,
    amount: int | float | Sequence[int],
    *,
    groups: Any = None,
    shuffle: bool = True,
    random_state: int = 0,
) -> tuple[Source, Source]:
    """Take rows out of a table before anything is learned from it.

    What is fitted to the first part (scaling, screening, a network) has seen nothing of the second. Of the
    windows of a series (`sliding_windows`) stretches of time are held out, and windows that share points with
    these are in neither part.

    Parameters
    ----------
    table : Source, path, array or data frame
        Whatever `diabolo.open` opens.
    amount : int, float or sequence of int
        How many rows to hold out; which share of them, above 0 and below 1; or which, by their numbers.
    groups : str or array-like of shape (n_rows,), optional
        A column by its name, which is carried then and no feature; or each row's group. Rows of one group,
        such as the samples of one person, are held out together or not at all. Groups are taken until at
        least `amount` is reached.
    shuffle : bool, default True
        Whether they are drawn at random; else the last ones are taken, of windows those latest in time.
    random_state : int, default 0
        Seed of the draw.

    Returns
    -------
    training, held_out : Source
        In the table's order; nothing is read.

    Raises
    ------
    ParameterError
        The amount cannot be, or there is no such column.
    InputError
        Nothing would be left to train on, or there is not one group a row.

    See Also
    --------
    open

    Examples
    --------
    >>> import diabolo
    >>> training, held_out = diabolo.hold_out(np.eye(10), 0.2)
    >>> training.shape, held_out.shape
    ((8, 10), (2, 10))
    """
    is_list = isinstance(amount, (Sequence, np.ndarray)) and not isinstance(amount, str)
    fixed: Any = tuple(int(row) for row in amount) if is_list else amount  # type: ignore[union-attr]
    by_name = isinstance(groups, str)
    source = table_of(table, keep_columns=[groups] if by_name and _has_columns(table) else None)
    way = HoldOut(fixed, groups if by_name else None, shuffle, int(random_state))
    if groups is None or by_name:
        return way.apply(source)
    training, held_out = way.split(len(source), group_column(source, groups), source.windows)
    return source.rows(training), source.rows(held_out)


def _has_columns(table: Any) -> bool:
    """Whether any column of a table can be carried in place of a feature."""
    if isinstance(table, (str, os.PathLike)):
        return format_of(split_address(os.fspath(table))[0]).has_columns
    return not isinstance(table, Source) and kind_of(table) in ("frame", "Arrow")


def split_rows(
    n_rows: int, fraction: float, seed: int | Sequence[int], windows: WindowLayout | None = None
) -> tuple[Int64[np.ndarray, " n_train"], Int64[np.ndarray, " n_validation"]]:
    """Choose at random which rows train and which validate.

    The validation part has ``ceil(fraction * n_rows)`` rows, as scikit-learn's ``train_test_split`` has,
    but never all of them.

    Parameters
    ----------
    n_rows : int
        How many rows there are; at least 2.
    fraction : float
        The share that validates, between 0 and 1, both excluded.
    seed : int or sequence of int
        Not negative; the same seed gives the same rows.
    windows : WindowLayout, optional
        Where in a series the rows lie: then stretches of time validate, and what shares points with them is
        in neither part.

    Returns
    -------
    train_indices : ndarray of shape (n_train,), int64
        Sorted; at least one, but where a series is too short for windows that share no point.
    validation_indices : ndarray of shape (n_validation,), int64
        Sorted; at least one.

    Raises
    ------
    ParameterError
        The fraction is not between 0 and 1, or the seed is not one.
    InputError
        There are fewer than two rows.

    Examples
    --------
    >>> train, validation = split_rows(10, 0.25, seed=0)
    >>> len(train), len(validation)
    (7, 3)
    """
    # np.floating too: numpy's float32 is no subclass of float.
    if not isinstance(fraction, (float, np.floating)) or not 0 < fraction < 1:
        raise ParameterError(
            f"The validation fraction must be a number between 0 and 1, both excluded; got {fraction!r}."
        )
    if n_rows < 2:
        raise InputError(
            f"Splitting off validation rows needs at least 2 rows, got {n_rows}: "
            "give more rows or no fraction."
        )
    try:
        # Not SeedSequence(seed): of None it would make a seed of its own, and no run could be repeated.
        sequence = np.random.SeedSequence([operator.index(part) for part in np.atleast_1d(seed)])
    except (TypeError, ValueError) as problem:
        raise ParameterError(
            f"The seed of the split must be a whole number of 0 or more (or several); got {seed!r}."
        ) from problem
    n_validation = min(math.ceil(fraction * n_rows), n_rows - 1)
    random = np.random.Generator(np.random.PCG64(sequence))
    if windows is not None:
        return windows.parted(np.arange(n_rows), n_validation, random)
    order = random.permutation(n_rows)
    chosen = np.zeros(n_rows, bool)
    chosen[order[:n_validation]] = True
    return np.flatnonzero(~chosen).astype(np.int64), np.flatnonzero(chosen).astype(np.int64)
