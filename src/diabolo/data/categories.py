"""Columns that are categories: their values, one column of a table each, and back."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.data.cells import is_missing
from diabolo.data.columns import listed
from diabolo.data.scaling import Scaler, scaler_of
from diabolo.errors import InputError
from diabolo.messages import either, setting

if TYPE_CHECKING:
    from jaxtyping import Float, Float64, Int, Int16, Shaped

    from diabolo.data.statistics import Statistics

    Texts = Sequence[str]

__all__ = [
    "MISSING_CODE",
    "MOST_VALUES",
    "UNKNOWN_CODE",
    "CategoryTable",
    "category_table",
    "texts_of",
]

MISSING_CODE, UNKNOWN_CODE = -1, -2
"""What stands for a cell that is missing, and for a value that is none of the known."""
MOST_VALUES = 100
"""More different values than that are no categories."""

_SHOWN = 5
# What each value counts beside those that were seen, so that none has a probability of 0 (Krichevsky and
# Trofimov).
_HALF = 0.5
# A column that hardly varies, or a value that few rows have, counts as one of these would: what is learned of
# it is luck, and would outweigh all others.
_LEAST_ENTROPY, _LEAST_SHARE = 0.1, 0.01


def texts_of(cells: Sequence[Any]) -> list[str]:
    """Write cells as values of a category: text without blanks around it; empty where one is missing.

    Parameters
    ----------
    cells : sequence of object
        Of one column.

    Returns
    -------
    list of str
        A whole number is written as one, whatever type its column has.

    Examples
    --------
    >>> texts_of(["red ", None, 3, 3.0, True])
    ['red', '', '3', '3', 'True']
    """
    known: dict[Any, str] = {}
    found = []
    for cell in cells:
        try:
            key = (type(cell), cell)
            text = known.get(key)
        except TypeError:  # of a cell that cannot be looked up
            key, text = None, None
        if text is None:
            text = _text(cell)
            if key is not None:
                known[key] = text
        found.append(text)
    return found


def _text(cell: Any) -> str:
    if is_missing(cell):
        return ""
    if isinstance(cell, bytes):
        cell = cell.decode("utf-8", "replace")
    if isinstance(cell, (float, np.floating)) and float(cell).is_integer():
        cell = int(cell)
    return str(cell).strip()


@dataclass(frozen=True)
class CategoryTable:
    """Which columns of a table are categories, and the values of each, in order.

    Parameters
    ----------
    n_columns : int
        Of the table.
    names : tuple of str of length n_columns, or None
        Of its columns, where they have names.
    places : tuple of int
        The columns that are categories, those of few values first.
    values : tuple of tuple of str
        Of each of these, sorted.

    Examples
    --------
    >>> table = CategoryTable(2, ("size", "colour"), (1,), (("blue", "red"),))
    >>> table.cell_names
    ('size', 'colour=blue', 'colour=red')
    >>> table.codes([["red", "", "green"]], "X", ignores_unknown=True).tolist()
    [[1], [-1], [-2]]
    """

    n_columns: int
    names: tuple[str, ...] | None
    places: tuple[int, ...]
    values: tuple[tuple[str, ...], ...]

    @cached_property
    def numbers(self) -> tuple[int, ...]:
        """The columns that are numbers."""
        return tuple(sorted(set(range(self.n_columns)).difference(self.places)))

    @cached_property
    def groups(self) -> tuple[tuple[int, int], ...]:
        """How many columns with so many values follow each other."""
        widths = itertools.groupby(len(values) for values in self.values)
        return tuple((len(list(same)), width) for width, same in widths)

    @cached_property
    def blocks(self) -> tuple[slice, ...]:
        """Where each category's cells lie, behind those of numbers."""
        ends = np.cumsum([len(self.numbers), *(len(values) for values in self.values)])
        return tuple(slice(int(a), int(b)) for a, b in itertools.pairwise(ends))

    @property
    def n_cells(self) -> int:
        """Cells of a row, one for each number and for each value of a category."""
        return self.blocks[-1].stop if self.blocks else len(self.numbers)

    @cached_property
    def owners(self) -> Int[np.ndarray, " cells"]:
        """Which column of the table each cell belongs to."""
        owners = [np.full(len(values), place) for place, values in zip(self.places, self.values, strict=True)]
        return np.concatenate([np.array(self.numbers, np.int64), *owners]).astype(np.int64)

    @cached_property
    def category_names(self) -> tuple[str, ...]:
        """The categories' names, or numbers as they are shown."""
        return tuple(self.name_of(place) for place in self.places)

    @cached_property
    def cell_names(self) -> tuple[str, ...]:
        """A name for each cell."""
        numbers = [self.name_of(place) for place in self.numbers]
        pairs = zip(self.category_names, self.values, strict=True)
        return (*numbers, *(f"{name}={value}" for name, values in pairs for value in values))

    def name_of(self, place: int) -> str:
        """Name a column."""
        return f"x{place}" if self.names is None else self.names[place]

    def codes(
        self, texts: Sequence[Texts], name: str, *, ignores_unknown: bool
    ) -> Int16[np.ndarray, "rows categories"]:
        """Give each row's value its number.

        Parameters
        ----------
        texts : sequence of sequence of str
            Of each category, as `texts_of` writes it.
        name : str
            The table, for the message.
        ignores_unknown : bool
            Whether values that are none of the known may be.

        Returns
        -------
        int16 array of shape (rows, categories)
            ``MISSING_CODE`` for a missing cell, ``UNKNOWN_CODE`` for another value.

        Raises
        ------
        InputError
            Naming the column and the values.
        """
        codes = np.empty((len(texts[0]), len(texts)), np.int16)
        for number, (column, values) in enumerate(zip(texts, self.values, strict=True)):
            numbered = {"": MISSING_CODE, **{value: code for code, value in enumerate(values)}}
            codes[:, number] = [numbered.get(text, UNKNOWN_CODE) for text in column]
            if not ignores_unknown and (unknown := codes[:, number] == UNKNOWN_CODE).any():
                others = sorted({column[int(row)] for row in np.flatnonzero(unknown)})
                n_rows = int(unknown.sum())
                is_one = len(others) == 1
                raise InputError(
                    f"{name} has {'a value' if is_one else 'values'} in the column "
                    f"{self.category_names[number]!r} that no row of the fit had: {listed(others)}, in "
                    f"{n_rows:,} row{'s' if n_rows > 1 else ''}, the first row {int(np.argmax(unknown))} "
                    f"(counted from 0); known are {listed(values)}. Mend {'it' if is_one else 'them'}, or "
                    f"fit with {setting('handle_unknown', 'ignore')}."
                )
        return codes

    def scaler(
        self, kind: str | None, found: Statistics, *, fills: bool, names: Sequence[str] | None = None
    ) -> Scaler:
        """Make the scaler of cells: numbers as ever, categories by their frequencies.

        Parameters
        ----------
        kind : {"minmax", "standard", "maxabs", "center", "common"} or None
            Of the numbers.
        found : Statistics
            Of cells.
        fills : bool
            Whether a missing cell is taken for its column's mean, of categories the frequencies.
        names : sequence of str, optional
            Of the columns, for the warning.

        Returns
        -------
        Scaler
            Of kind "mixed".
        """
        n = len(self.numbers)
        offset, factor = [np.zeros(0)], [np.zeros(0)]
        if n:
            shown = None if names is None else [names[place] for place in self.numbers]
            numbers = scaler_of(kind, self.of_numbers(found), fills=fills, feature_names=shown)
            offset, factor = [numbers.offset], [numbers.factor]
        for block in self.blocks:
            n_known = found.n_rows - found.n_missing[block.start]
            width = block.stop - block.start
            frequency = (found.mean[block] * n_known + _HALF) / (n_known + _HALF * width)
            offset.append(frequency / frequency.sum())
            share = np.maximum(offset[-1], _LEAST_SHARE)
            factor.append(1 / np.sqrt(2 * entropy(offset[-1]) * share))
        place = np.concatenate(offset)
        fill = np.concatenate([found.mean[:n], place[n:]]) if fills else None
        return Scaler("mixed", place, np.concatenate(factor), fill)

    def of_numbers(self, found: Statistics) -> Statistics:
        """Take the statistics of the columns that are numbers out of those of cells."""
        parts, n = ("lowest", "highest", "mean", "deviation", "n_missing"), len(self.numbers)
        return replace(found, **{name: getattr(found, name)[:n] for name in parts})

    def entropies(self, scaler: Scaler) -> Float64[np.ndarray, " categories"]:
        """Return what each category's cross-entropy is divided by."""
        return np.array([entropy(scaler.offset[block]) for block in self.blocks])

    def probabilities(
        self, scaler: Scaler, output: Float[np.ndarray, "rows cells"]
    ) -> Iterator[tuple[int, Float64[np.ndarray, "rows values"]]]:
        """Turn a network's output to the probability of each value, category by category.

        Parameters
        ----------
        scaler : Scaler
            As `scaler` makes it.
        output : array of shape (rows, cells)
            In scaled units.

        Yields
        ------
        number : int
            Of the category.
        probabilities : float64 array of shape (rows, values)
            Each row sums to 1.
        """
        for number, block in enumerate(self.blocks):
            frequency, factor = scaler.offset[block], scaler.factor[block]
            logits = np.log(frequency) + output[:, block] * (2 * entropy(frequency) * factor)
            weights = np.exp(logits - logits.max(axis=1, keepdims=True))
            yield number, weights / weights.sum(axis=1, keepdims=True)

    def summed(self, cells: Float[np.ndarray, "rows cells"]) -> Float64[np.ndarray, "rows columns"]:
        """Add up what belongs to one column of the table, in the order of its columns."""
        columns = np.empty((len(cells), self.n_columns))
        columns[:, list(self.numbers)] = cells[:, : len(self.numbers)]
        for place, block in zip(self.places, self.blocks, strict=True):
            columns[:, place] = cells[:, block].sum(axis=1)
        return columns

    def likeliest(self, cells: Float[np.ndarray, "rows cells"]) -> Float64[np.ndarray, "rows columns"]:
        """Take each category's largest cell for its value: numbers, and the numbers of these values."""
        columns = np.empty((len(cells), self.n_columns))
        columns[:, list(self.numbers)] = cells[:, : len(self.numbers)]
        for place, block in zip(self.places, self.blocks, strict=True):
            columns[:, place] = np.argmax(cells[:, block], axis=1)
        return columns

    def named(self, columns: Float[np.ndarray, "rows columns"]) -> Shaped[np.ndarray, "rows columns"]:
        """Write codes of categories as text, beside the numbers.

        Parameters
        ----------
        columns : array of shape (rows, columns)
            Numbers, and in the place of categories the numbers of their values.

        Returns
        -------
        array of object of shape (rows, columns)
        """
        rows = columns.astype(object)
        for place, values in zip(self.places, self.values, strict=True):
            rows[:, place] = np.array(values, object)[columns[:, place].astype(np.int64)]
        return rows


def entropy(frequency: Float64[np.ndarray, " values"]) -> float:
    """Return the entropy in nats, at least a tenth; 1 of one value alone, of which nothing is to be learned.

    Examples
    --------
    >>> round(entropy(np.array([0.5, 0.5])), 4), entropy(np.array([0.999, 0.001])), entropy(np.array([1.0]))
    (0.6931, 0.1, 1.0)
    """
    if len(frequency) == 1:
        return 1.0
    return max(float(-(frequency * np.log(frequency)).sum()), _LEAST_ENTROPY)


def category_table(
    n_columns: int,
    names: tuple[str, ...] | None,
    places: Sequence[int],
    texts: Sequence[Texts],
    name: str,
) -> CategoryTable:
    """Find the values of columns.

    Parameters
    ----------
    n_columns : int
        Of the table.
    names : tuple of str, or None
        Of its columns.
    places : sequence of int
        The columns that are categories.
    texts : sequence of sequence of str
        Of each, as `texts_of` writes it.
    name : str
        The table, for messages.

    Returns
    -------
    CategoryTable

    Raises
    ------
    InputError
        A column has no value, or too many to be categories.

    Examples
    --------
    >>> category_table(2, ("a", "b"), [1], [["red", "blue", "red"]], "the table").values
    (('blue', 'red'),)
    """
    found = []
    for place, column in zip(places, texts, strict=True):
        values = sorted(set(column) - {""})
        shown = f"{name}: the column {(names[place] if names else f'x{place}')!r}"
        n_known = sum(text != "" for text in column)
        if not values:
            raise InputError(f"{shown} is empty, and a category needs a value; leave the column out.")
        advice = f"That is an id or free text: {either('drop the column', 'carry it along with --keep')}."
        if len(values) > MOST_VALUES:
            raise InputError(
                f"{shown} has {len(values):,} different values, such as {listed(values)}; a category has at "
                f"most {MOST_VALUES}. {advice}"
            )
        if len(values) == n_known > 2:
            raise InputError(
                f"{shown} has another value in each of its {n_known:,} rows, such as {listed(values)}, so "
                f"there is nothing to learn from it as a category. {advice}"
            )
        found.append((place, tuple(values)))
    found.sort(key=lambda each: len(each[1]))
    return CategoryTable(
        n_columns, names, tuple(place for place, _ in found), tuple(values for _, values in found)
    )
