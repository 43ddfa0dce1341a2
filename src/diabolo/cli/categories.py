"""Columns that are categories, as verbs are told of them and give them back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from diabolo.cli.opening import OpenModel, has_columns
from diabolo.cli.page import Typed, WrongUse
from diabolo.cli.streams import SeveralFiles
from diabolo.errors import InputError
from diabolo.messages import setting

if TYPE_CHECKING:
    import numpy as np

    from diabolo.data.source import Source

__all__ = ["categories_of", "category_places", "named_in", "parted", "with_named"]


def categories_of(typed: Typed) -> tuple[str, ...]:
    """Return the columns that were typed as categories and stand beside the numbers of DATA.

    Raises
    ------
    WrongUse
        They are to be found out, which text does not allow.
    """
    chosen = typed.chosen.get("categories")
    if chosen is None:
        return ()
    if isinstance(chosen, str):
        raise WrongUse(
            f"--categories {chosen} is not possible for a file, whose text may be ids, too; name the "
            "columns, such as --categories colour,kind."
        )
    # Columns of an array stay in it; a file's have names, one of which may look like a number.
    first = typed.data.paths[0] if isinstance(typed.data, SeveralFiles) else typed.data
    if has_columns(first) and first.suffix != ".npy":
        return tuple(str(each) for each in chosen)
    return tuple(each for each in chosen if isinstance(each, str))


def category_places(source: Source, chosen: Any) -> list[int]:
    """Find the features that were typed as categories by the numbers of their columns in the file.

    Parameters
    ----------
    source : Source
        The file's features.
    chosen : sequence of str or int, or None
        What was typed after --categories; names are no concern.

    Returns
    -------
    list of int
        Their places among the features.

    Raises
    ------
    InputError
        There is no such column, or it is no feature.
    """
    from diabolo.data.source import ChosenColumns

    if len(source.category_cells) == len(chosen or ()):  # all stand apart already
        return []
    numbers = [each for each in chosen if not isinstance(each, str)]
    total, features = source.n_features, list(range(source.n_features))
    if isinstance(source, ChosenColumns):
        total, features = source.parent.n_features, source.chosen.tolist()
    found = []
    for number in numbers:
        if not -total <= number < total:
            raise InputError(
                f"{source.name} has {total} columns, numbered 0 to {total - 1}, so "
                f"{setting('categories', number)} is not one of them."
            )
        if number % total not in features:
            raise InputError(
                f"{setting('categories', number)} is a column of {source.name} that is no feature, as it is "
                "carried along or not read; leave it out."
            )
        found.append(features.index(number % total))
    return found


def with_named(estimator: Any, source: Source) -> None:
    """Have an estimator take the columns of a table that were typed as categories where they are in it."""
    chosen = getattr(estimator, "categories", None)  # which a convolutional one has not
    if chosen is not None:
        estimator.set_params(categories=named_in(source, chosen))


def named_in(source: Source, chosen: Sequence[Any]) -> list[Any]:
    """Name columns of a table as its categories: those that were opened as such, and others by number."""
    return [*source.category_cells, *category_places(source, chosen)]


def parted(opened: OpenModel, rows: Any) -> tuple[np.ndarray, list[str] | None, dict[str, np.ndarray]]:
    """Part rows that a model gives back into numbers with their names, and categories by theirs."""
    table = getattr(opened.estimator, "categories_", None)
    if table is None:
        names = None if opened.feature_names is None else list(opened.feature_names)
        return rows.reshape(len(rows), -1), names, {}
    pairs = zip(table.category_names, table.places, strict=True)
    texts = {name: rows[:, place].astype(str) for name, place in pairs}
    numbers = rows[:, list(table.numbers)].astype(opened.estimator.scaler_.dtype)
    return numbers, [table.name_of(place) for place in table.numbers], texts
