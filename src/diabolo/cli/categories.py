"""Columns that are categories, as verbs are told of them and give them back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from diabolo.cli.opening import OpenModel, has_columns
from diabolo.cli.page import Typed, WrongUse

if TYPE_CHECKING:
    import numpy as np

    from diabolo.data.source import Source

__all__ = ["categories_of", "named_in", "parted", "with_named"]


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
    if has_columns(typed.data) and typed.data.suffix != ".npy":
        return tuple(str(each) for each in chosen)
    return tuple(each for each in chosen if isinstance(each, str))


def with_named(estimator: Any, source: Source) -> None:
    """Have an estimator take the columns of a table that were opened as categories by their names."""
    if source.category_cells:
        estimator.set_params(categories=named_in(source, estimator.categories))


def named_in(source: Source, chosen: Sequence[Any]) -> list[Any]:
    """Name columns of a table as its categories: those that were opened as such, and others by number."""
    places = [each for each in chosen if not isinstance(each, str)]
    return [*source.category_cells, *(() if len(source.category_cells) == len(chosen) else places)]


def parted(opened: OpenModel, rows: Any) -> tuple[np.ndarray, list[str] | None, dict[str, np.ndarray]]:
    """Part rows that a model gives back into numbers with their names, and categories by theirs."""
    import numpy as np

    table = getattr(opened.estimator, "categories_", None)
    if table is None:
        names = None if opened.feature_names is None else list(opened.feature_names)
        return rows.reshape(len(rows), -1), names, {}
    pairs = zip(table.category_names, table.places, strict=True)
    texts = {name: rows[:, place].astype(str) for name, place in pairs}
    numbers = rows[:, list(table.numbers)].astype(np.float32)
    return numbers, [table.name_of(place) for place in table.numbers], texts
