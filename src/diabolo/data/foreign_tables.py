"""Rows that other libraries hold: taken where that is cheap and exact, else refused with what to type."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.errors import DiaboloWarning, InputTypeError
from diabolo.messages import warn_caller

if TYPE_CHECKING:
    from jaxtyping import Shaped

__all__ = ["form_of", "taken"]

_FITTED = "A fitted model goes over its parts where they are:"
# By the first word of a type's module: what it is, what holds its rows in memory, and what else there is.
_ELSEWHERE = {
    "pyspark": (
        "a data frame of Spark's",
        "X.toPandas()",
        "files, X.write.parquet('rows') and diabolo.open('rows/*.parquet')",
        f"{_FITTED} X.mapInPandas, as docs/how-to/spark.md shows.",
    ),
    "ray": (
        "a data set of Ray's",
        "X.to_pandas()",
        "files, X.write_parquet('rows') and diabolo.open('rows/*.parquet')",
        f"{_FITTED} X.map_batches, as docs/how-to/ray.md shows.",
    ),
    "datasets": (
        "a data set of Hugging Face's",
        "X.to_pandas()",
        "an Arrow table, X.with_format('arrow')[:]",
        "",
    ),
    "cudf": ("a data frame of cuDF's", "X.to_pandas()", "an Arrow table, X.to_arrow()", ""),
    "modin": ("a data frame of Modin's", "X.modin.to_pandas()", "", ""),
}


def taken(X: Any, owner: str | None = None) -> Any:
    """Return rows as NumPy, pandas, Polars or SciPy hold them; nothing is imported to find out what X is.

    Parameters
    ----------
    X : object
        Whatever was given. A tensor of PyTorch's is taken to the processor and without its gradient; tensors
        of TensorFlow's with values, arrays of JAX's, CuPy's and xarray's are arrays, narrow floats of which
        become float32; a lazy frame of Polars' is collected.
    owner : str, optional
        The estimator that is given the rows, for messages.

    Returns
    -------
    object
        `X` itself where none of these holds it.

    Raises
    ------
    InputTypeError
        Its rows are not here, or would take more than a copy: the message says what to type.

    Warns
    -----
    DiaboloWarning
        A lazy frame is collected.

    Examples
    --------
    >>> import jax.numpy
    >>> taken(jax.numpy.ones((1, 2), "bfloat16"))
    array([[1., 1.]], dtype=float32)
    """
    if type(X) is np.ndarray:
        return _plain(X) if X.dtype.kind == "V" else X
    for kind in type(X).__mro__:
        library = kind.__module__.partition(".")[0]
        if library in _TAKEN:
            return _TAKEN[library](X, owner)
        if library in _ELSEWHERE:
            raise _refused(owner, *_ELSEWHERE[library])
    return X


def form_of(X: Any) -> Any:
    """Return what has the columns of a table, for others in its form: of a lazy frame one without rows."""
    return X.clear().collect() if _is_lazy(X) else X


def _is_lazy(X: Any) -> bool:
    return any(
        kind.__module__.startswith("polars.") and kind.__name__ == "LazyFrame" for kind in type(X).__mro__
    )


def _refused(owner: str | None, what: str, here: str, instead: str = "", more: str = "") -> InputTypeError:
    begun = "The table is" if owner is None else f"{owner}: X is"
    either = f", or {instead}" if instead else ""
    return InputTypeError(f"{begun} {what}; give rows that are in memory, {here}{either}. {more}".rstrip())


def _plain(array: Shaped[np.ndarray, ...]) -> Shaped[np.ndarray, ...]:
    """Make float32 of floats that NumPy knows by other packages alone; it holds all of their values."""
    is_narrow = array.dtype.kind == "V" and "float" in array.dtype.name
    return array.astype(np.float32) if is_narrow else array


def _from_torch(X: Any, owner: str | None) -> Any:
    if not hasattr(X, "detach"):
        raise _refused(
            owner,
            f"a {type(X).__name__} of PyTorch's",
            "the tensor that it draws from",
            more="Tensors that are drawn go one after the other to partial_fit.",
        )
    if str(X.layout) != "torch.strided":
        raise _refused(owner, "a sparse tensor of PyTorch's", "X.to_dense()", "a sparse table of SciPy's")
    here = X.detach().cpu()
    return np.asarray(here.float() if "float" in str(X.dtype) and X.dtype.itemsize < 4 else here)


def _from_tensorflow(X: Any, owner: str | None) -> Any:
    names = {kind.__name__ for kind in type(X).__mro__}
    if not names.isdisjoint({"SparseTensor", "RaggedTensor"}):
        dense = "tensorflow.sparse.to_dense(X)" if "SparseTensor" in names else "X.to_tensor()"
        raise _refused(owner, f"a {type(X).__name__} of TensorFlow's", dense)
    if "DatasetV2" in names:
        raise _refused(
            owner,
            "a data set of TensorFlow's",
            "numpy.stack(list(X.as_numpy_iterator()))",
            more="Batches go one after the other to partial_fit.",
        )
    if not hasattr(X, "numpy"):
        raise _refused(owner, "a tensor of TensorFlow's without values", "of a tensor outside of tf.function")
    return _plain(np.asarray(X.numpy()))


def _from_dask(X: Any, owner: str | None) -> Any:
    if hasattr(X, "columns"):
        raise _refused(
            owner,
            "a data frame of Dask's",
            "X.compute()",
            "files, X.to_parquet('rows', write_index=False) and diabolo.open('rows/*.parquet')",
            f"{_FITTED} X.map_partitions, as docs/how-to/dask.md shows.",
        )
    raise _refused(
        owner,
        "an array of Dask's" if hasattr(X, "chunks") else f"a {type(X).__name__} of Dask's",
        "X.compute()",
        "a file, X.to_zarr('rows.zarr') and diabolo.open('rows.zarr')" if hasattr(X, "chunks") else "",
        f"{_FITTED} X.map_blocks, as docs/how-to/dask.md shows." if hasattr(X, "chunks") else "",
    )


def _from_xarray(X: Any, owner: str | None) -> Any:
    if not hasattr(X, "to_numpy"):
        raise _refused(owner, f"a {type(X).__name__} of xarray's", "X.to_dataframe()", "X.to_dataarray().T")
    if X.chunks is not None:
        raise _refused(owner, "an array of xarray's in chunks", "X.compute()")
    names = X.coords.get(X.dims[1]) if X.ndim == 2 else None
    return X.to_numpy() if names is None or names.dtype.kind not in "UO" else X.to_pandas()


def _from_polars(X: Any, owner: str | None) -> Any:
    if not _is_lazy(X):
        return X
    begun = "The table is" if owner is None else f"{owner}: X is"
    warn_caller(
        DiaboloWarning(
            f"{begun} a lazy frame of Polars', which is collected for each call: collect it once, "
            "X.collect(), or have a file's rows read as they are needed, diabolo.open(path)."
        )
    )
    return X.collect()


_TAKEN: dict[str, Callable[[Any, str | None], Any]] = {
    "torch": _from_torch,
    "tensorflow": _from_tensorflow,
    "dask": _from_dask,
    "xarray": _from_xarray,
    "polars": _from_polars,
    "jax": lambda X, owner: _plain(np.asarray(X)),
    "jaxlib": lambda X, owner: _plain(np.asarray(X)),
    "cupy": lambda X, owner: X.get(),
    "cupyx": lambda X, owner: X.get(),
}
