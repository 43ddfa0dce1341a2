"""The one door for tables in memory: arrays, data frames, Arrow and sparse tables, AnnData objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from diabolo.data.array_source import ArraySource
from diabolo.data.arrow_source import arrow_source
from diabolo.data.cells import as_text, complex_cells, no_table, unmasked
from diabolo.data.column_roles import chosen_features, column_roles, set_aside
from diabolo.data.columns import listed
from diabolo.data.fixed_lists import widened_with
from diabolo.data.foreign_tables import taken
from diabolo.data.frame_source import carried_values, frame_source
from diabolo.data.loose_columns import UnfitColumn, loose_column, refuse_unfit
from diabolo.data.source import Source
from diabolo.data.sparse_source import sparse_source
from diabolo.errors import InputError, ParameterError, nearest_name
from diabolo.messages import setting

if TYPE_CHECKING:
    from jaxtyping import Float64, Shaped

    AnyArray = Shaped[np.ndarray, "..."]

__all__ = ["anndata_source", "in_memory_table", "kind_of", "numbers_of", "refuse_options"]

# What messages call a kind of table, and what it heeds beside the target and the columns to keep.
_KINDS = {
    "AnnData": ("an AnnData object", "dataset"),
    "frame": ("a data frame",),
    "Arrow": ("an Arrow table",),
    "sparse": ("a sparse table", "rows"),
    None: ("an array", "rows"),
}


def kind_of(thing: Any) -> Literal["AnnData", "frame", "Arrow", "sparse"] | None:
    """Say which kind of table something is, other than an array; no package is imported for it.

    Parameters
    ----------
    thing : object
        Anything.

    Returns
    -------
    {"AnnData", "frame", "Arrow", "sparse"} or None
        An AnnData object; a data frame of pandas or Polars; what hands its rows out as a stream of Arrow
        batches; a sparse table of scipy's, or another that becomes one.

    Examples
    --------
    >>> import pyarrow, scipy.sparse
    >>> kind_of(pyarrow.table({"a": [1]})), kind_of(scipy.sparse.eye_array(2)), kind_of([[1]])
    ('Arrow', 'sparse', None)
    """
    if type(thing) is np.ndarray:
        return None
    classes = {(kind.__module__.partition(".")[0], kind.__name__) for kind in type(thing).__mro__}
    if ("anndata", "AnnData") in classes:
        return "AnnData"
    if not classes.isdisjoint({("pandas", "DataFrame"), ("polars", "DataFrame")}):
        return "frame"
    is_of_frames = type(thing).__module__.partition(".")[0] in ("pandas", "polars")
    if hasattr(thing, "__arrow_c_stream__") and not is_of_frames:
        return "Arrow"
    return "sparse" if hasattr(thing, "tocsr") else None


def in_memory_table(
    X: Any,
    *,
    dataset: str | None = None,
    rows: Literal["first", "last"] = "first",
    target: str | int | None = None,
    keep_columns: Sequence[str | int] | None = None,
    drop_columns: Sequence[str | int] | None = None,
    columns: Sequence[str | int] | None = None,
    owner: str | None = None,
) -> Source:
    """Take whatever holds a table in memory as a source; nothing is copied or made dense as a whole.

    Parameters
    ----------
    X : array-like, data frame, Arrow table, sparse table or AnnData object
        Lists, and arrays of objects, are converted.
    dataset : str, optional
        The layer of an AnnData object.
    rows : {"first", "last"}, default "first"
        Which axis of an array or sparse table goes along the rows.
    target : str or int, optional
        The column that is the target: a name, or a number of a table without names. It is carried, and no
        feature.
    keep_columns : sequence of str or int, optional
        Further columns to carry.
    drop_columns, columns : sequence of str or int, optional
        Columns that are left out; the only features.
    owner : str, optional
        The estimator that is given the table. Then all of it is features, and messages begin with "Input X".

    Returns
    -------
    Source

    Raises
    ------
    InputError
        It is no table of numbers, or does not have such columns.
    InputTypeError
        It is nothing that holds a table.
    ParameterError
        An option means nothing to such a table.

    Examples
    --------
    >>> in_memory_table([[1, 2, 3], [4, 5, 6]], target=-1)[:].tolist()
    [[1, 2], [4, 5]]
    """
    options = {
        "dataset": dataset,
        "rows": None if rows == "first" else rows,
        "target": target,
        "keep_columns": None if keep_columns is None else tuple(keep_columns),
    }
    called: dict[str, Any] = {} if owner is None else {"name": "Input X"}
    carried: dict[str, Any] = {"target": target, "keep_columns": keep_columns}
    chosen: dict[str, Any] = {"drop_columns": drop_columns, "columns": columns}
    described: dict[str, Any] = {**carried, "owner": owner, **called}
    X = taken(X, owner)
    kind = kind_of(X)
    place, *further = _KINDS[kind]
    refuse_options(options, place, ("target", "keep_columns", *further))
    if kind == "AnnData":
        source = anndata_source(X, dataset=dataset, **described)
        return chosen_features(source, drop_columns, columns, InputError)
    if kind == "frame":
        X, chosen = widened_with(X, **carried, **chosen)
        return frame_source(X, owner=owner, **called, **chosen)
    if kind == "Arrow":
        return arrow_source(X, **described, **chosen)
    if kind == "sparse":
        source = sparse_source(X if rows == "first" else X.T, owner=owner, **called)
    else:
        array = _array(X, owner)
        array = array if rows == "first" else array.T
        if array.dtype.kind not in "buif":
            return _of_objects(array, owner, called, **carried, **chosen)
        source = ArraySource(array, **called)
    return set_aside(source, **carried, error=InputError, **chosen)


def refuse_options(options: Mapping[str, Any], place: str, heeded: Sequence[str]) -> None:
    """Refuse options that mean nothing to a kind of table.

    Parameters
    ----------
    options : mapping of str to object
        As given; None where they were not.
    place : str
        The table, for the message.
    heeded : sequence of str
        Those that mean something.

    Raises
    ------
    ParameterError
        The first that means nothing.

    Examples
    --------
    >>> refuse_options({"dataset": "x"}, "an array", ("rows",))
    Traceback (most recent call last):
    diabolo.errors.ParameterError: dataset='x' means nothing to an array: leave it out.
    """
    for name, value in options.items():
        if value is not None and name not in heeded:
            turn = ""
            if name == "rows" and "header" in heeded:  # of text, whose columns may each be of another kind
                read = "read_excel" if place.endswith(".xlsx") else "read_csv"
                turn = (
                    ", or write the table with a row for each of its columns first, such as with "
                    f"pandas.{read}({place!r}, index_col=0).T.to_csv(NEW)"
                )
            raise ParameterError(f"{setting(name, value)} means nothing to {place}: leave it out{turn}.")


def _array(X: Any, owner: str | None) -> AnyArray:
    try:
        array = np.asarray(unmasked(X))
    except (TypeError, ValueError) as problem:
        raise no_table(X) from problem
    kind = array.dtype.kind
    if kind in "buif":
        return array
    if kind == "c" and owner is not None:
        raise complex_cells(owner, array.dtype)
    if array.ndim != 2 or kind not in "OUSMm":
        raise no_table(X)
    return array


def _of_objects(
    array: AnyArray,
    owner: str | None,
    called: Mapping[str, Any],
    target: str | int | None,
    keep_columns: Sequence[str | int] | None,
    drop_columns: Sequence[str | int] | None,
    columns: Sequence[str | int] | None,
) -> Source:
    """Take an array of objects or text: numbers are features, what was named is carried."""
    name, n_columns = called.get("name", "the array"), array.shape[1]
    roles = column_roles(target, keep_columns, drop_columns, columns, None, n_columns, name, InputError)
    taken = roles.unread.union(roles.carried.values())
    chosen = [i for i in range(n_columns) if i not in taken]
    return ArraySource(
        numbers_of(array[:, chosen], name, owner, chosen),
        **called,
        carried={each: _carried(array, at) for each, at in roles.carried.items()},
        target_name=None if target is None else next(iter(roles.carried)),
    )


def _carried(array: AnyArray, position: int) -> Shaped[np.ndarray, " n_rows"]:
    cells = loose_column(array.dtype, array[:, position].tolist, None, position)
    return as_text(array[:, position].tolist()) if isinstance(cells, UnfitColumn) else cells


def numbers_of(
    array: AnyArray, called: str, owner: str | None, positions: Sequence[int] | None = None
) -> Float64[np.ndarray, "n_rows n_columns"]:
    """Read an array of objects or text as numbers, missing cells as NaN.

    Parameters
    ----------
    array : ndarray of shape (n_rows, n_columns)
        Of objects, text or dates.
    called : str
        The array, as a message begins.
    owner : str or None
        The estimator that it was given to.
    positions : sequence of int, optional
        What messages call its columns; by default their numbers.

    Returns
    -------
    ndarray of float64

    Raises
    ------
    InputError
        Columns are no numbers: all are named.

    Examples
    --------
    >>> numbers_of(np.array([["1.5", None]], object), "X", None).tolist()
    [[1.5, nan]]
    """
    numbers = np.empty(array.shape)
    found = []
    for at, column in enumerate(array.T):
        cells = loose_column(array.dtype, column.tolist, owner, at if positions is None else positions[at])
        if isinstance(cells, UnfitColumn):
            found.append(cells)
        else:
            numbers[:, at] = cells
    refuse_unfit(found, called, owner)
    return numbers


def anndata_source(
    adata: Any,
    *,
    dataset: str | None = None,
    target: str | None = None,
    keep_columns: Sequence[str] | None = None,
    owner: str | None = None,
    name: str = "the AnnData object",
) -> Source:
    """Take the matrix of an AnnData object as a source, without a copy.

    Parameters
    ----------
    adata : anndata.AnnData
        Its matrix is dense or sparse; of one that is not in compressed sparse rows, such a copy is made.
    dataset : str, optional
        ``"X"``, or a layer: ``"layers/counts"`` or ``"counts"``. By default X.
    target : str, optional
        The column of `obs` that is the target.
    keep_columns : sequence of str, optional
        The columns of `obs` to carry; None carries all.
    owner : str, optional
        The estimator that is given the object; it takes the features alone.
    name : str, default "the AnnData object"
        For messages.

    Returns
    -------
    Source
        With `obs_names` as the rows' names and `var_names` as the features'; categories are carried as text.

    Raises
    ------
    InputError
        There is no such matrix or column, or the matrix is on the disk.

    Examples
    --------
    >>> import types, pandas
    >>> adata = types.SimpleNamespace(  # as anndata.read_h5ad("cells.h5ad") gives
    ...     X=np.eye(2), layers={"counts": np.array([[3, 0], [0, 5]])},
    ...     obs=pandas.DataFrame({"kind": ["T", "B"]}), obs_names=["c1", "c2"], var_names=["g1", "g2"],
    ... )
    >>> source = anndata_source(adata, dataset="counts", target="kind")
    >>> source[:].tolist(), source.feature_names, source.carried["kind"].tolist()
    ([[3, 0], [0, 5]], ('g1', 'g2'), ['T', 'B'])
    """
    matrix = _matrix(adata, dataset, name)
    described: dict[str, Any] = {"feature_names": [str(each) for each in adata.var_names]}
    if owner is None:
        names = list(adata.obs.columns)
        wanted = [*([] if target is None else [target]), *(names if keep_columns is None else keep_columns)]
        for each in wanted:
            if each not in names:
                known = listed(names) if names else "none"
                raise InputError(
                    f"{name} has no column {each!r} in obs; it has {known}.{nearest_name(each, names)}"
                )
        described |= {
            "row_names": [str(each) for each in adata.obs_names],
            "carried": {str(each): carried_values(adata.obs[each]) for each in dict.fromkeys(wanted)},
            "target_name": target,
        }
    if hasattr(matrix, "tocsr"):
        return sparse_source(matrix, owner=owner, name=name, **described)
    return ArraySource(np.asarray(matrix), name=name, **described)


def _matrix(adata: Any, dataset: str | None, name: str) -> Any:
    wanted = (dataset or "X").strip("/")
    layer = wanted.removeprefix("layers/")
    if layer in adata.layers and wanted != "X":
        matrix = adata.layers[layer]
    elif wanted == "X" and adata.X is not None:
        matrix = adata.X
    else:
        known = [*(["X"] if adata.X is not None else []), *(f"layers/{each}" for each in adata.layers)]
        raise InputError(
            f"{name} has no matrix {wanted!r}; it has {listed(known) if known else 'none'}."
            f"{nearest_name(layer, [each.removeprefix('layers/') for each in known])}"
        )
    if not (isinstance(matrix, np.ndarray) or (hasattr(matrix, "tocsr") and hasattr(matrix, "nnz"))):
        raise InputError(
            f"{name} keeps {wanted} on the disk, as a {type(matrix).__name__}: open the .h5ad file itself, "
            "or read it whole with adata.to_memory()."
        )
    return matrix
