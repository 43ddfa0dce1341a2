"""Columns of lists of a fixed size, such as embeddings: a feature for each place in the list."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

__all__ = ["is_fixed_list", "item_of", "items_of", "widened", "widened_with"]


def is_fixed_list(kind: Any) -> bool:
    """Whether a type of Arrow's, pandas' or Polars' is of lists that all have one size.

    Parameters
    ----------
    kind : pyarrow.DataType, pandas or Polars data type
        The column's.

    Returns
    -------
    bool
    """
    kind = getattr(kind, "pyarrow_dtype", kind)
    return str(kind).startswith(("fixed_size_list<", "Array("))


def items_of(name: str, kind: Any) -> Iterator[tuple[str, tuple[int, ...], Any]]:
    """List the places in a column's lists.

    Parameters
    ----------
    name : str
        The column's name.
    kind : pyarrow.DataType, pandas or Polars data type
        Its type; lists of lists are taken apart, too.

    Yields
    ------
    name : str
        Of the feature: ``vector[0]``, ``image[0][2]``.
    place : tuple of int
        Where in the lists.
    kind : object
        The type of the cells, which may be no numbers.

    Examples
    --------
    >>> import pyarrow
    >>> [each[:2] for each in items_of("v", pyarrow.list_(pyarrow.int8(), 2))]
    [('v[0]', (0,)), ('v[1]', (1,))]
    """
    kind = getattr(kind, "pyarrow_dtype", kind)
    if not is_fixed_list(kind):
        yield name, (), kind
        return
    # Polars says the whole shape, and the type of what is in the innermost list.
    size, inner = (kind.list_size, kind.value_type) if hasattr(kind, "list_size") else (kind.size, kind.inner)
    for number in range(size):
        for item, place, cell in items_of(f"{name}[{number}]", inner):
            yield item, (number, *place), cell


def item_of(column: Any, place: tuple[int, ...]) -> Any:
    """Take a place of every row's list.

    Parameters
    ----------
    column : pyarrow.Array or ChunkedArray, or polars.Series
        Of lists; missing ones have missing cells.
    place : tuple of int
        Where in the lists.

    Returns
    -------
    pyarrow.Array or ChunkedArray, or polars.Series
    """
    for number in place:
        if hasattr(column, "arr"):
            column = column.arr.get(number)
        else:
            from pyarrow import compute

            column = compute.list_element(column, number)
    return column


def widened(table: Any, aside: Collection[Any] = ()) -> Any:
    """Have columns of lists of a fixed size be a column for each of their places.

    Parameters
    ----------
    table : data frame of pandas or Polars, or Arrow table
        Left as it is.
    aside : collection of str
        Columns that stay as they are.

    Returns
    -------
    data frame or Arrow table
        `table` itself where there are none.

    Examples
    --------
    >>> import polars
    >>> pairs = polars.Series([[1.0, 2.0]], dtype=polars.Array(float, 2))
    >>> frame = polars.DataFrame({"v": pairs, "a": [3.0]})
    >>> widened(frame).columns
    ['v[0]', 'v[1]', 'a']
    """
    is_arrow = hasattr(table, "column_names")
    names = table.column_names if is_arrow else list(table.columns)
    types = [field.type for field in table.schema] if is_arrow else list(table.dtypes)
    kinds = zip(names, types, strict=True)
    lists = {name for name, kind in kinds if name not in aside and is_fixed_list(kind)}
    if not lists:
        return table
    if is_arrow:
        return _widened_arrow(table, lists)
    columns: dict[Any, Any] = {}
    for name, kind in zip(names, types, strict=True):
        column = table[name]
        if name not in lists:
            columns[name] = column
            continue
        is_pandas = hasattr(table, "iloc")
        held = column.array.__arrow_array__() if is_pandas else column
        for item, place, _ in items_of(str(name), kind):
            cells = item_of(held, place)
            columns[item] = type(column)(type(column.array)(cells), index=table.index) if is_pandas else cells
    return type(table)(columns, copy=False) if hasattr(table, "iloc") else type(table)(columns)


def _widened_arrow(table: Any, lists: Collection[str]) -> Any:
    import pyarrow

    fields, columns = [], []
    for field in table.schema:
        column = table.column(field.name)
        if field.name not in lists:
            fields.append(field)
            columns.append(column)
            continue
        for item, place, kind in items_of(field.name, field.type):
            fields.append(pyarrow.field(item, kind))
            columns.append(item_of(column, place))
    return pyarrow.Table.from_arrays(columns, schema=pyarrow.schema(fields, metadata=table.schema.metadata))


def widened_with(
    table: Any,
    target: str | int | None,
    keep_columns: Sequence[str | int] | None,
    drop_columns: Sequence[str | int] | None,
    columns: Sequence[str | int] | None,
) -> tuple[Any, dict[str, Any]]:
    """Widen a table of whose columns some were chosen, by their names or numbers before that.

    Parameters
    ----------
    table : data frame of pandas or Polars, or Arrow table
        Left as it is.
    target, keep_columns, drop_columns, columns
        As of `diabolo.open`. Those of the first three are not widened; one of `columns` is each of its
        places.

    Returns
    -------
    table : data frame or Arrow table
        `table` itself where nothing is widened.
    chosen : dict
        The four by their names.
    """
    chosen: dict[str, Any] = {
        "target": target, "keep_columns": keep_columns, "drop_columns": drop_columns, "columns": columns
    }  # fmt: skip
    is_arrow = hasattr(table, "column_names")
    names = table.column_names if is_arrow else list(table.columns)
    types = [field.type for field in table.schema] if is_arrow else list(table.dtypes)
    if not any(map(is_fixed_list, types)):
        return table, chosen

    def named(column: str | int) -> Any:
        if isinstance(column, int) and -len(names) <= column < len(names):
            return names[column]
        return column

    for option in ("keep_columns", "drop_columns", "columns"):
        if chosen[option] is not None:
            chosen[option] = [named(each) for each in chosen[option]]
    chosen["target"] = None if target is None else named(target)
    aside = {chosen["target"], *(chosen["keep_columns"] or ()), *(chosen["drop_columns"] or ())}
    if columns is not None:
        kinds = dict(zip(names, types, strict=True))
        each_item = [
            [item for item, *_ in items_of(each, kinds[each])] if each in kinds else [each]
            for each in chosen["columns"]
        ]
        chosen["columns"] = [item for items in each_item for item in items]
    return widened(table, aside), chosen
