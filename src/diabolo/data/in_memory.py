"""The one door for tables in memory: arrays, data frames, Arrow and sparse tables, AnnData objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from diabolo.data.anndata_source import anndata_source
from diabolo.data.array_source import ArraySource
from diabolo.data.arrow_source import arrow_source
from diabolo.data.columns import set_aside
from diabolo.data.frame_source import frame_source
from diabolo.data.loose_cells import as_numbers, complex_cells
from diabolo.data.source import Source
from diabolo.data.sparse_source import sparse_source
from diabolo.errors import InputError, InputTypeError, ParameterError
from diabolo.messages import setting

if TYPE_CHECKING:
    from jaxtyping import Shaped

    AnyArray = Shaped[np.ndarray, "..."]

__all__ = ["in_memory_table", "kind_of", "refuse_masked", "refuse_options"]

_NAMED = ("target", "keep_columns")


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
    owner : str, optional
        The estimator that is given the table. Then all of it is features, which must be numbers or read as
        such, and messages begin with "Input X".

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
    columns = {"target": target, "keep_columns": keep_columns, "owner": owner, **called}
    kind = kind_of(X)
    if kind == "AnnData":
        refuse_options(options, "an AnnData object", ("dataset", *_NAMED))
        return anndata_source(X, dataset=dataset, **columns)
    if kind == "frame":
        refuse_options(options, "a data frame", _NAMED)
        return frame_source(X, **columns)
    if kind == "Arrow":
        refuse_options(options, "an Arrow table", _NAMED)
        return arrow_source(X, **columns)
    if kind == "sparse":
        refuse_options(options, "a sparse table", ("rows", *_NAMED))
        source = sparse_source(X if rows == "first" else X.T, owner=owner, **called)
    else:
        refuse_options(options, "an array", ("rows", *_NAMED))
        array = _array(X, owner)
        source = ArraySource(array if rows == "first" else array.T, **called)
    return set_aside(source, target, keep_columns, InputError)


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
            raise ParameterError(f"{setting(name, value)} means nothing to {place}: leave it out.")


def refuse_masked(X: Any, name: str) -> None:
    """Refuse an array of which some cells are masked, as what is under the mask would be taken.

    Parameters
    ----------
    X : object
        Anything.
    name : str
        What it is called, as the message begins.

    Raises
    ------
    InputError
        Some are.

    Examples
    --------
    >>> refuse_masked(np.ma.masked_equal([[1, 2]], 2), "the array")
    Traceback (most recent call last):
    diabolo.errors.InputError: the array has masked cells, and a table has NaN in their place: fill them, ...
    """
    if isinstance(X, np.ma.MaskedArray) and np.ma.is_masked(X):
        raise InputError(
            f"{name} has masked cells, and a table has NaN in their place: fill them, for example with "
            "array.astype(float).filled(numpy.nan)."
        )


def _array(X: Any, owner: str | None) -> AnyArray:
    refuse_masked(X, "the array" if owner is None else "Input X")
    try:
        array = np.asarray(X)
    except (TypeError, ValueError) as problem:
        raise _no_table(X) from problem
    kind = array.dtype.kind
    if kind in "buif":
        return array
    if kind == "c" and owner is not None:
        raise complex_cells(owner, array.dtype)
    if array.ndim != 2 or kind not in ("O" if owner is None else "OUS"):
        raise _no_table(X)
    numbers = np.empty(array.shape)
    for position in range(array.shape[1]):
        cells = array[:, position].tolist()
        if owner is None and any(isinstance(cell, (str, bytes)) for cell in cells):
            raise _no_table(X)
        try:
            numbers[:, position] = as_numbers(cells, str(owner), position)
        except InputError as problem:
            if owner is None:
                raise _no_table(X) from problem
            raise
    return numbers


def _no_table(X: Any) -> InputTypeError:
    return InputTypeError(f"a {type(X).__name__} is no table: give a path, an array or a data frame.")
