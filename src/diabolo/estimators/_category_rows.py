"""Rows with categories as they come in, parted into numbers and values; rows that go out, as they came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.core.categories import CategoryBlocks
from diabolo.data.array_source import ArraySource
from diabolo.data.categories import CategoryTable, category_table, texts_of
from diabolo.data.category_source import CategorySource
from diabolo.data.columns import listed, typed_number
from diabolo.data.foreign_tables import form_of
from diabolo.data.in_memory import in_memory_table, kind_of
from diabolo.data.source import Source
from diabolo.errors import InputError, nearest_name
from diabolo.messages import setting
from diabolo.parameters.checks import refuse_unless

if TYPE_CHECKING:
    from jaxtyping import Float, Shaped

    from diabolo.data.scaling import Scaler

__all__ = ["as_given", "category_cells", "category_rows", "core_blocks", "table_of"]


def table_of(estimator: Any) -> CategoryTable | None:
    """Return the categories that an estimator was fitted with, if it was fitted with any."""
    table: CategoryTable | None = vars(estimator).get("categories_")
    return table


def core_blocks(table: CategoryTable | None, scaler: Scaler) -> CategoryBlocks | None:
    """Say to the objective where blocks of categories lie, and by what they are scaled."""
    if table is None:
        return None
    n = len(table.numbers)
    arrays = scaler.offset[n:], scaler.factor[n:], table.entropies(scaler)
    return CategoryBlocks(n, table.groups, *(array.astype(np.float32) for array in arrays))


@dataclass(frozen=True)
class _Parts:
    """A table whose columns can be told apart.

    Parameters
    ----------
    name : str
        For messages.
    names : tuple of str, or None
        Of the columns.
    n_columns : int
        How many.
    loose : tuple of int
        Those that are no numbers by their type.
    numbers : callable
        Of column numbers: a source of these columns.
    cells : callable
        Of one: its cells.
    """

    name: str
    names: tuple[str, ...] | None
    n_columns: int
    loose: tuple[int, ...]
    numbers: Any
    cells: Any


def category_rows(estimator: Any, X: Any, *, reset: bool, least: int) -> CategorySource:
    """Take rows with categories as a source of numbers; settle what the categories are, or compare them.

    Parameters
    ----------
    estimator : estimator
        Whose ``categories`` and ``handle_unknown`` count; ``categories_``, ``n_features_in_`` and
        ``feature_names_in_`` are set or compared.
    X : data frame, Arrow table, array of objects, list of rows or Source
        The user's rows; a CategorySource is taken as it is. Columns with names may come in any order after
        the fit; of a source, those that it carries and that are no categories are no concern.
    reset : bool
        Whether to set (in ``fit``) or to compare.
    least : int
        Rows needed.

    Returns
    -------
    CategorySource

    Raises
    ------
    InputError
        For rows that do not fit.
    """
    owner = type(estimator).__name__
    if isinstance(X, CategorySource):
        if reset:
            _settle(estimator, X.table)
        return X
    parts = _parts(X, owner)
    ignores = _parameter(estimator, "handle_unknown", fitted=not reset) == "ignore"
    if reset:
        refuse_unless(owner, "categories", estimator.categories, estimator.PARAMETERS["categories"].kind)
        if isinstance(X, Source) and isinstance(estimator.categories, str):
            raise InputError(
                f"{parts.name} carries columns that may be ids or labels, too, so "
                f"{setting('categories', 'auto')} is for data frames; name the columns."
            )
        places = _places(parts, estimator.categories)
        if isinstance(X, Source):  # what else it carries is no feature
            kept = sorted({*range(X.n_features), *places})
            parts, places = _only(parts, kept), [kept.index(place) for place in places]
        found = {place: texts_of(parts.cells(place)) for place in places}
        table = category_table(parts.n_columns, parts.names, places, list(found.values()), parts.name)
        order: Sequence[int] = range(parts.n_columns)
        texts = [found[place] for place in table.places]
    else:
        table = estimator.categories_
        order = _order(parts, table, owner, is_source=isinstance(X, Source))
        texts = [texts_of(parts.cells(order[place])) for place in table.places]
    n_rows = len(texts[0])
    if n_rows < least:
        raise InputError(f"{parts.name} has {n_rows} row(s); {owner} needs at least {least}.")
    own = [order[place] for place in table.numbers]
    try:
        numbers = parts.numbers(own)
    except InputError:
        text = [place for place in own if place in parts.loose]
        if not (reset and text):
            raise
        shown = listed([parts.names[place] if parts.names else place for place in text])
        raise InputError(
            f"{parts.name} has columns that are no numbers and that {setting('categories')} does not name: "
            f"{shown}; name them, too, or leave them out of the rows."
        ) from None
    codes = table.codes(texts, parts.name, ignores_unknown=ignores)
    if reset:
        _settle(estimator, table)
    return CategorySource(numbers, table, codes)


def _settle(estimator: Any, table: CategoryTable) -> None:
    """Set what a fit leaves of its columns."""
    estimator.categories_, estimator.n_features_in_ = table, table.n_columns
    if table.names is not None:
        estimator.feature_names_in_ = np.asarray(table.names, dtype=object)
    else:
        vars(estimator).pop("feature_names_in_", None)


def category_cells(estimator: Any, X: Any) -> list[list[Any]]:
    """Return the cells of each category as they came, in the order of the fit's table.

    Parameters
    ----------
    estimator : estimator
        Fitted.
    X : data frame, Arrow table, array of objects, list of rows or Source
        Rows that `category_rows` took.

    Returns
    -------
    list of list of object
    """
    if isinstance(X, CategorySource):
        return [list(texts) for texts in X.texts()]
    owner, table = type(estimator).__name__, estimator.categories_
    parts = _parts(X, owner)
    order = _order(parts, table, owner, is_source=isinstance(X, Source))
    return [list(parts.cells(order[place])) for place in table.places]


def _parameter(estimator: Any, name: str, *, fitted: bool) -> Any:
    kept = vars(estimator).get("_fitted_parameters", {}) if fitted else {}
    return kept.get(name, getattr(estimator, name))


def _parts(X: Any, owner: str) -> _Parts:
    """Say how the columns of a table are had."""
    kind = kind_of(X)
    if isinstance(X, Source):
        return _of_source(X)
    if kind == "frame":
        return _of_frame(X, owner)
    if kind == "Arrow" and hasattr(X, "column_names") and hasattr(X, "select"):
        return _of_arrow(X, owner)
    if kind is not None:
        raise InputError(
            f"{owner}: categories are columns of a data frame, an array of objects, a pyarrow.Table or an "
            f"opened file; got a {type(X).__name__}."
        )
    try:
        rows = np.asarray(X, dtype=object)
    except ValueError as problem:
        raise InputError(f"X is no table: {problem}.") from None
    if rows.ndim != 2:
        raise InputError(f"X has the shape {rows.shape}; a table has two axes, rows and columns.")
    loose = tuple(
        place
        for place in range(rows.shape[1])
        if any(isinstance(cell, (str, bytes, bool, np.bool_)) for cell in rows[:, place])
    )

    def numbers(places: Sequence[int]) -> Source:
        if not places:
            return _no_numbers(len(rows))
        return in_memory_table(rows[:, list(places)], owner=owner)

    return _Parts("Input X", None, rows.shape[1], loose, numbers, lambda place: rows[:, place].tolist())


def _no_numbers(n_rows: int) -> Source:
    return ArraySource(np.empty((n_rows, 0), np.float32), name="Input X")


def _of_frame(frame: Any, owner: str) -> _Parts:
    is_pandas = hasattr(frame, "iloc")
    names = tuple(str(each) for each in frame.columns)
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise InputError(f"Input X has two columns named {twice!r}; give each its own name.")

    def column(place: int) -> Any:
        return frame.iloc[:, place] if is_pandas else frame.get_columns()[place]

    def numbers(places: Sequence[int]) -> Source:
        if not places:
            return _no_numbers(len(frame))
        some = frame.iloc[:, list(places)] if is_pandas else frame.select([frame.columns[i] for i in places])
        return in_memory_table(some, owner=owner)

    def cells(place: int) -> list[Any]:
        found: list[Any] = column(place).tolist() if is_pandas else column(place).to_list()
        return found

    types = (str(dtype) for dtype in frame.dtypes)
    loose = tuple(place for place, dtype in enumerate(types) if _is_loose(dtype))
    return _Parts("Input X", names, len(names), loose, numbers, cells)


def _is_loose(dtype: str) -> bool:
    """Whether a column of such a type is categories by its type: text, truth values, categories."""
    words = ("object", "str", "large_string", "category", "cat", "enum", "bool", "dictionary")
    return dtype.lower().startswith(words)


def _of_arrow(table: Any, owner: str) -> _Parts:
    names = tuple(str(each) for each in table.column_names)

    def numbers(places: Sequence[int]) -> Source:
        if not places:
            return _no_numbers(len(table))
        return in_memory_table(table.select([names[i] for i in places]), owner=owner)

    loose = tuple(place for place, kind in enumerate(table.schema) if _is_loose(str(kind.type)))
    return _Parts("Input X", names, len(names), loose, numbers, lambda place: table.column(place).to_pylist())


def _of_source(source: Source) -> _Parts:
    """Its features, and then what is categories and what it carries."""
    n_features, columns = source.n_features, {**source.category_cells, **source.carried}
    carried = [name for name in columns if name != source.target_name]
    features = source.feature_names
    names = None
    if features is not None or carried:
        names = (*(features or (f"x{i}" for i in range(n_features))), *carried)

    def numbers(places: Sequence[int]) -> Source:
        is_whole = list(places) == list(range(n_features))
        return source if is_whole else source.columns(np.array(places, np.int64))

    def cells(place: int) -> list[Any]:
        if place < n_features:
            found: list[Any] = source[:, place].tolist()
        else:
            name = carried[place - n_features]
            found = np.asarray(source.written_as.get(name, columns[name])).tolist()
        return found

    loose = tuple(range(n_features, n_features + len(carried)))
    return _Parts(source.name, names, n_features + len(carried), loose, numbers, cells)


def _only(parts: _Parts, kept: Sequence[int]) -> _Parts:
    """Leave out columns."""
    names = None if parts.names is None else tuple(parts.names[place] for place in kept)

    def numbers(places: Sequence[int]) -> Source:
        source: Source = parts.numbers([kept[place] for place in places])
        return source

    return _Parts(parts.name, names, len(kept), (), numbers, lambda place: parts.cells(kept[place]))


def _places(parts: _Parts, categories: Any) -> list[int]:
    """Find the columns that are to be categories."""
    if isinstance(categories, str):  # "auto"
        if not parts.loose:
            raise InputError(
                f"{parts.name} has no column of text, truth values or a categorical type for "
                f"{setting('categories', 'auto')}; name the columns, or leave it out."
            )
        return list(parts.loose)
    found: list[int] = []
    for wanted in categories:
        place = typed_number(wanted, parts.names)
        if isinstance(place, str):
            if parts.names is None:
                raise InputError(
                    f"{parts.name} has no column names, so {wanted!r} of {setting('categories')} names "
                    f"nothing: give the column's number, 0 to {parts.n_columns - 1} or -1 for the last."
                )
            if place not in parts.names:
                raise InputError(
                    f"{parts.name} has no column {wanted!r}, which {setting('categories')} names; it has "
                    f"{listed(parts.names)}.{nearest_name(place, parts.names)}"
                )
            place = parts.names.index(place)
        elif not -parts.n_columns <= place < parts.n_columns:
            raise InputError(
                f"{parts.name} has {parts.n_columns} columns, numbered 0 to {parts.n_columns - 1}, so "
                f"{wanted!r} of {setting('categories')} is not one of them."
            )
        place = int(place) % parts.n_columns
        if place in found:
            raise InputError(f"{setting('categories')} names the column {wanted!r} twice; leave it out once.")
        found.append(place)
    return found


def _order(parts: _Parts, table: CategoryTable, owner: str, *, is_source: bool) -> list[int]:
    """Say where the columns of the fit are: by their names, or in their order."""
    if table.names is None or parts.names is None:
        if parts.n_columns != table.n_columns:
            raise InputError(
                f"{parts.name} has {parts.n_columns} columns, but {owner} is expecting {table.n_columns}, as "
                f"in fit: {listed([table.name_of(place) for place in range(table.n_columns)])}."
            )
        return list(range(table.n_columns))
    known = {name: place for place, name in enumerate(parts.names)}
    missing = [name for name in table.names if name not in known]
    if missing:
        raise InputError(
            f"{parts.name} lacks the column{'s' if len(missing) > 1 else ''} {listed(missing)} that {owner} "
            f"was fitted with; it has {listed(parts.names)}."
        )
    features = parts.names if not is_source else tuple(n for n in parts.names if known[n] not in parts.loose)
    extra = [name for name in features if name not in table.names]
    if extra:
        raise InputError(
            f"{parts.name} has the column{'s' if len(extra) > 1 else ''} {listed(extra)} that {owner} was "
            "not fitted with; leave out what is no feature."
        )
    return [known[name] for name in table.names]


def as_given(
    table: CategoryTable, columns: Float[np.ndarray, "rows columns"], X: Any, library: str | None = None
) -> Shaped[np.ndarray, "rows columns"] | Any:
    """Give rows that go out the form of those that came in: a data frame for one, else an array of objects.

    Parameters
    ----------
    table : CategoryTable
        Of the fit.
    columns : array of shape (rows, columns)
        Numbers, and in the place of categories the numbers of their values.
    X : object
        What came in.
    library : {"pandas", "polars"}, optional
        Whose data frame it is to be, whatever came in.

    Returns
    -------
    data frame, Arrow table or array of object
        With the columns in the order of X.
    """
    rows, X = table.named(columns), form_of(X)
    kind = None if isinstance(X, Source) else kind_of(X)
    has_names = kind in ("frame", "Arrow") and table.names is not None
    if not has_names and library is None:
        return rows
    order = list(range(table.n_columns))
    if has_names:
        places = {name: place for place, name in enumerate(table.names or ())}
        order = [places[str(name)] for name in (X.column_names if kind == "Arrow" else X.columns)]
    given = {
        table.name_of(place): columns[:, place] if place in table.numbers else rows[:, place].tolist()
        for place in order
    }
    if library == "polars":
        import polars

        return polars.DataFrame(given)
    if library == "pandas":
        import pandas

        return pandas.DataFrame(given, index=getattr(X, "index", None) if hasattr(X, "iloc") else None)
    if hasattr(X, "iloc"):
        return type(X)(given, index=X.index)
    return X.from_pydict(given) if kind == "Arrow" else type(X)(given)
