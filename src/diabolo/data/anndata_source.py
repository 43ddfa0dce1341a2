"""AnnData objects in memory as sources."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from diabolo.data.array_source import ArraySource
from diabolo.data.columns import listed
from diabolo.data.frame_source import carried_values
from diabolo.data.source import Source
from diabolo.data.sparse_source import sparse_source
from diabolo.errors import InputError, nearest_name

__all__ = ["anndata_source"]


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
