"""Columns that are categories, as verbs are told of them and give them back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from diabolo.cli.opening import OpenModel, has_columns
from diabolo.cli.output import command_line, listed
from diabolo.cli.page import Typed, WrongUse
from diabolo.errors import InputError

if TYPE_CHECKING:
    import numpy as np

    from diabolo.data.source import Source

__all__ = ["categories_of", "parted", "refuse_categories", "with_named"]

_SHOWN = 5


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
        places = [each for each in estimator.categories if not isinstance(each, str)]
        is_all = len(source.category_cells) == len(estimator.categories)
        estimator.set_params(categories=[*source.category_cells, *(() if is_all else places)])


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


def refuse_categories(opened: OpenModel, what: str) -> None:
    """Refuse a model with categories where only numbers will do.

    Raises
    ------
    InputError
        It has some.
    """
    table = getattr(opened.estimator, "categories_", None)
    if table is not None:
        names = listed([repr(name) for name in table.category_names], _SHOWN)
        raise InputError(
            f"{opened.path} has categories ({names}), and {what}; see rows that come back in a table: "
            f"{command_line('reconstruct', opened.path)} DATA -o rows.csv."
        )
