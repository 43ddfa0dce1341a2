"""Arrow tables: which of their columns are features, which are carried, and those in memory as sources."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.data.array_source import ColumnsSource, PackedColumn
from diabolo.data.cells import as_text, no_table
from diabolo.data.column_roles import ColumnRoles, column_roles, refuse_text
from diabolo.data.columns import check_names, listed, shown_name
from diabolo.data.fixed_lists import items_of, widened_with
from diabolo.data.loose_columns import UnfitColumn, kind_said, loose_column, refuse_unfit
from diabolo.data.source import Source
from diabolo.errors import InputError, ParameterError

if TYPE_CHECKING:
    from jaxtyping import Shaped

    Column = Shaped[np.ndarray, " n_rows"] | PackedColumn

__all__ = [
    "CARRIED_MARK",
    "ArrowLayout",
    "arrow_layout",
    "arrow_numbers",
    "arrow_source",
    "carried_cells",
    "feature_type",
    "import_pyarrow",
    "is_feature",
    "left_out",
    "number_type",
]

CARRIED_MARK = b"diabolo_carried"
"""In a column's metadata: it is no feature although it holds numbers."""
_FLOAT64 = np.dtype(np.float64)
_NUMBERS: dict[str, np.dtype[Any]] = {
    "bool": np.dtype(bool),
    "halffloat": np.dtype(np.float16),
    "float": np.dtype(np.float32),
    "double": _FLOAT64,
    **{f"{sign}int{bits}": np.dtype(f"{sign}int{bits}") for sign in ("", "u") for bits in (8, 16, 32, 64)},
}


@dataclass(frozen=True)
class ArrowLayout:
    """Which columns of a table are features, and which are carried; row names are neither.

    Parameters
    ----------
    features : list of pyarrow.Field
        In the table's order.
    carried : list of str
        Names, in the table's order.
    row_names : str or None
        The column of the rows' names.
    target_name : str or None
        Which of the carried columns is the target.
    """

    features: list[Any]
    carried: list[str]
    row_names: str | None
    target_name: str | None


def arrow_layout(
    schema: Any,
    n_rows: int,
    target: str | int | None,
    keep_columns: Sequence[str | int] | None,
    place: str,
    error: type[InputError],
    drop_columns: Sequence[str | int] | None = None,
    columns: Sequence[str | int] | None = None,
    categories: Sequence[str | int] | None = None,
) -> ArrowLayout:
    """Tell features from columns that are carried.

    Parameters
    ----------
    schema : pyarrow.Schema
        Of the table.
    n_rows : int
        Of the table.
    target : str, int or None
        The column that is the target.
    keep_columns : sequence of str or int, or None
        Further columns to carry although they hold numbers.
    place : str
        The table, as the error messages should begin.
    error : type
        What to raise.
    drop_columns, columns, categories : sequence of str or int, optional
        As of `diabolo.data.column_roles.column_roles`.

    Returns
    -------
    ArrowLayout

    Raises
    ------
    InputError
        (or `error`) There is no numeric column, none of that name, or two of one name.

    Examples
    --------
    >>> import pyarrow
    >>> schema = pyarrow.schema([("a", "double"), ("kind", "string"), ("row_names", "string")])
    >>> layout = arrow_layout(schema, 3, None, None, "here", InputError)
    >>> [field.name for field in layout.features], layout.carried, layout.row_names
    (['a'], ['kind'], 'row_names')
    """
    names = list(schema.names)
    check_names(names, place, error)
    roles = column_roles(
        target, keep_columns, drop_columns, columns, names, len(names), place, error, categories
    )
    asked = {names[position] for position in roles.carried.values()}
    unread, chosen = {names[each] for each in roles.unread}, {names[each] for each in roles.chosen}
    fields = [field for field in schema if field.name not in asked | unread]
    refuse_text(
        [field.name for field in fields if field.name in chosen and not is_feature(field.type)], place, error
    )
    features = [
        field
        for field in fields
        if is_feature(field.type) and (field.name in chosen or CARRIED_MARK not in (field.metadata or {}))
    ]
    if not (features or categories) or not n_rows:
        raise error(
            f"{place} has {n_rows} row{'s' * (n_rows != 1)} and {len(features)} numeric "
            f"column{'s' * (len(features) != 1)}, and a table needs at least one of each; its columns "
            f"are {listed(names)}."
        )
    left = set(names).difference(unread, (field.name for field in features))
    own = "row_names" if "row_names" in left - asked else None
    carried = [name for name in names if name in left and name != own]
    return ArrowLayout(
        features, carried, own, None if target is None else names[next(iter(roles.carried.values()))]
    )


def number_type(kind: Any) -> np.dtype[Any] | None:
    """Say which numbers a column holds where none of them is missing.

    Parameters
    ----------
    kind : pyarrow.DataType
        The column's type.

    Returns
    -------
    dtype or None
        None where the cells are no numbers. Decimals become float64.

    Examples
    --------
    >>> import pyarrow
    >>> number_type(pyarrow.int8()), number_type(pyarrow.string())
    (dtype('int8'), None)
    """
    name = str(kind)
    return _FLOAT64 if name.startswith("decimal") else _NUMBERS.get(name)


def is_feature(kind: Any) -> bool:
    """Say whether a column holds numbers, or lists of a fixed size of them, which are columns by themselves.

    Examples
    --------
    >>> import pyarrow
    >>> is_feature(pyarrow.list_(pyarrow.float32(), 2)), is_feature(pyarrow.list_(pyarrow.float32()))
    (True, False)
    """
    return all(number_type(cell) is not None for _, _, cell in items_of("", kind))


def feature_type(field: Any, null_count: Callable[[str], int]) -> np.dtype[Any]:
    """Find the type that holds a numeric column's cells, missing ones included.

    Parameters
    ----------
    field : pyarrow.Field
        The column.
    null_count : callable
        Given a column's name, it returns how many of its cells are missing at the most.

    Returns
    -------
    dtype

    Examples
    --------
    >>> import pyarrow
    >>> feature_type(pyarrow.field("a", pyarrow.int16()), lambda name: 1)
    dtype('float32')
    """
    cell = next(iter(items_of(field.name, field.type)), (None, (), field.type))[2]
    number = number_type(cell)
    assert number is not None
    may_lack = field.nullable and (cell is not field.type or null_count(field.name))
    if number.kind == "f" or not may_lack:
        return number
    return np.dtype(np.float32) if number.itemsize <= 2 else _FLOAT64


def arrow_numbers(column: Any) -> Shaped[np.ndarray, " n_rows"]:
    """Return a numeric column's cells, missing ones as NaN.

    Parameters
    ----------
    column : pyarrow.Array or ChunkedArray
        It is copied where numpy cannot have it as it is.

    Returns
    -------
    ndarray

    Examples
    --------
    >>> import pyarrow
    >>> arrow_numbers(pyarrow.array([True, None])).tolist()
    [1.0, nan]
    """
    kind = str(column.type)
    if kind == "bool" and column.null_count:  # which would become objects
        column = column.cast("uint8")
    elif kind.startswith("decimal"):
        column = column.cast("double")
    return np.asarray(column.to_numpy(zero_copy_only=False))


def left_out(schema: Any, names: Sequence[str]) -> tuple[str, ...]:
    """Name columns that hold neither numbers nor text, and what they hold.

    Parameters
    ----------
    schema : pyarrow.Schema
        Of the table.
    names : sequence of str
        The columns that are carried without having been asked for.

    Returns
    -------
    tuple of str

    Examples
    --------
    >>> import pyarrow
    >>> left_out(pyarrow.schema([("when", "date32"), ("note", "string")]), ["when", "note"])
    ("'when' (dates)",)
    """
    found = []
    for name in names:
        kind = schema.field(name).type
        if number_type(kind) is None and (what := kind_said(kind)) is not None:
            found.append(f"{shown_name(name)} ({what})")
    return tuple(found)


def carried_cells(column: Any) -> Shaped[np.ndarray, " n_rows"]:
    """Return the cells of a column that is no feature: numbers, missing ones NaN, or text.

    Parameters
    ----------
    column : pyarrow.Array or ChunkedArray
        Categories are taken as what they stand for.

    Returns
    -------
    ndarray of bool, int, float or str

    Examples
    --------
    >>> import pyarrow
    >>> carried_cells(pyarrow.array(["a", None]).dictionary_encode()).tolist()
    ['a', '']
    """
    if str(column.type).startswith("dictionary"):
        column = column.cast(column.type.value_type)
    if number_type(column.type) is None:
        return as_text(column.to_pylist())
    return np.array(arrow_numbers(column))


def arrow_source(
    table: Any,
    *,
    target: str | int | None = None,
    keep_columns: Sequence[str | int] | None = None,
    drop_columns: Sequence[str | int] | None = None,
    columns: Sequence[str | int] | None = None,
    owner: str | None = None,
    name: str = "the Arrow table",
) -> Source:
    """Take an Arrow table in memory as a source, without a copy: its columns are features but those carried.

    Parameters
    ----------
    table : pyarrow.Table, pyarrow.RecordBatch, or what has ``__arrow_c_stream__``
        Such as a relation of DuckDB's; a stream is read to its end, once.
    target : str or int, optional
        The column that is the target; it is carried, and no feature.
    keep_columns : sequence of str or int, optional
        Further columns to carry, numbers or not.
    drop_columns, columns : sequence of str or int, optional
        Columns that are not read; the only features.
    owner : str, optional
        The estimator that is given the table. Then every column is a feature.
    name : str, default "the Arrow table"
        For messages.

    Returns
    -------
    Source
        Missing cells are NaN; text that reads as a number is that number.

    Raises
    ------
    InputError
        There is no numeric column, none of that name, or two of one name; or columns that are no numbers are
        not carried: all are named.
    InputTypeError
        The stream is none of a table's.
    ParameterError
        The package pyarrow is not installed.

    Examples
    --------
    >>> import pyarrow
    >>> source = arrow_source(pyarrow.table({"a": [1.0, None], "age": [30, 40]}), target="age")
    >>> source[:].tolist(), source.carried["age"].tolist()
    ([[1.0], [nan]], [30, 40])
    """
    pyarrow = import_pyarrow(name)
    try:
        table = table if isinstance(table, pyarrow.Table) else pyarrow.table(table)
    except (TypeError, ValueError) as problem:
        raise no_table(table) from problem
    table, chosen = widened_with(table, target, keep_columns, drop_columns, columns)
    roles = None
    if owner is None:
        names = table.schema.names
        check_names(names, name, InputError)
        roles = column_roles(**chosen, names=names, n_columns=len(names), place=name, error=InputError)
    table = _with_numbers(table, roles, owner, name)
    schema = table.schema
    if owner is not None:
        read = {i: _column(*each) for i, each in enumerate(zip(schema, table.columns, strict=True))}
        return ColumnsSource(read, table.num_rows, name, feature_names=schema.names)
    layout = arrow_layout(schema, table.num_rows, place=name, error=InputError, **chosen)
    return ColumnsSource(
        {i: _column(field, table.column(field.name)) for i, field in enumerate(layout.features)},
        table.num_rows,
        name,
        feature_names=[field.name for field in layout.features],
        row_names=carried_cells(table.column(layout.row_names)).tolist() if layout.row_names else None,
        carried={each: carried_cells(table.column(each)) for each in layout.carried},
        target_name=layout.target_name,
    )


def _with_numbers(table: Any, roles: ColumnRoles | None, owner: str | None, name: str) -> Any:
    """Return a table whose features are numbers where their cells read as numbers; refuse it where not."""
    import pyarrow

    names = list(table.schema.names)
    check_names(names, name, InputError)
    aside: set[int] = set()
    if roles is not None:
        aside = {*roles.carried.values(), *roles.unread}
        aside |= {
            i
            for i, field in enumerate(table.schema)
            if CARRIED_MARK in (field.metadata or {}) or field.name == "row_names"
        }
    found: list[UnfitColumn] = []
    for i, field in enumerate(table.schema):
        if i in aside or number_type(field.type) is not None:
            continue
        cells = loose_column(field.type, table.column(i).to_pylist, owner, i, field.name)
        if isinstance(cells, UnfitColumn):
            found.append(cells)
        else:
            table = table.set_column(i, pyarrow.field(field.name, pyarrow.float64()), pyarrow.array(cells))
    if roles is not None:
        refuse_text(
            [names[each.position] for each in found if each.position in roles.chosen], name, InputError
        )
    if owner is not None or len(found) + len(aside) < len(names):
        refuse_unfit(found, name, owner)
    return table


def import_pyarrow(place: str) -> Any:
    """Import pyarrow, or say how to install it.

    Parameters
    ----------
    place : str
        The table that needs it, as the message begins.

    Returns
    -------
    module

    Raises
    ------
    ParameterError
        It is not installed.

    Examples
    --------
    >>> import_pyarrow("a.parquet").__name__
    'pyarrow'
    """
    try:
        import pyarrow
    except ImportError as problem:
        raise ParameterError(
            f'{place} needs the package pyarrow, which is not installed: pip install "diabolo[parquet]".'
        ) from problem
    return pyarrow


def _column(field: Any, column: Any) -> Column:
    """Return a column's cells without a copy, packed where they are no array of numpy's."""
    dtype = feature_type(field, lambda _: column.null_count)
    is_plain = column.num_chunks == 1 and not column.null_count and str(field.type) != "bool"
    if is_plain and not str(field.type).startswith("decimal"):
        return np.asarray(column.chunk(0).to_numpy())
    return PackedColumn(column, dtype, _of_arrow)


def _of_arrow(column: Any, dtype: np.dtype[Any], rows: Any) -> Shaped[np.ndarray, " chosen"]:
    if isinstance(rows, slice):
        return arrow_numbers(column.slice(rows.start, rows.stop - rows.start))
    return arrow_numbers(column.take(rows))
