"""Which features a dense autoencoder's code, or what it predicts, responds to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.cluster.team import alone, current_team
from diabolo.core.networks import DenseNetwork
from diabolo.core.supervision import GuidedNetwork
from diabolo.core.wide_network import sensitivity_matrix
from diabolo.estimators._category_rows import table_of
from diabolo.estimators._rows import TablePart, statistics_of
from diabolo.estimators._sklearn import check_is_fitted
from diabolo.training.forked import worked_out

if TYPE_CHECKING:
    from jaxtyping import Float, Float32

__all__ = ["MOST_ROWS", "ImportanceMixin", "ImportanceSample", "dense_part", "importance_sample"]

MOST_ROWS = 256
# Of tables so wide that 256 rows of them would take longer than a few steps of training, fewer do.
_LEAST_ROWS = 64
_MOST_CELLS = 2**25
_BLOCK_CELLS = 2**22
_RESPONSES = {kind: partial(sensitivity_matrix, of_classes=kind) for kind in (False, True)}


@dataclass(frozen=True, eq=False)
class ImportanceSample:
    """The little of the training rows that is kept to say which features matter.

    Parameters
    ----------
    sums : float32 array of shape (at most 256, width)
        What the first layer's matrix gives for some training rows, before the bias.
    spread : float32 array of shape (n_features,)
        Each feature's standard deviation, in scaled units.
    """

    sums: Float32[np.ndarray, "rows width"]
    spread: Float32[np.ndarray, " n_features"]


def dense_part(network: Any) -> DenseNetwork | None:
    """Return the dense network that a network is or that it guides, if it is one."""
    inner = network.network if isinstance(network, GuidedNetwork) else network
    return inner if isinstance(inner, DenseNetwork) else None


def importance_sample(network: Any, training: TablePart) -> ImportanceSample | None:
    """Take the sample from training rows, evenly chosen, by numpy alone.

    Parameters
    ----------
    network : Network
        Trained.
    training : TablePart
        The rows that it was trained on.

    Returns
    -------
    ImportanceSample or None
        None for a network that is not dense, and where float32 cannot hold the sums.
    """
    dense = dense_part(network)
    if dense is None:
        return None
    found = current_team().computed(lambda: _sampled(np.asarray(dense.encoder[0].weight), training))
    return ImportanceSample(**found) if found else None


def _sampled(weight: Float32[np.ndarray, "features width"], training: TablePart) -> dict[str, np.ndarray]:
    """Take the sample; nothing where float32 cannot hold it."""
    table, chosen = training.table, training.chosen
    filled = replace(table, targets=None, keeps_missing=False)
    n_features = len(weight)
    most = min(max(_MOST_CELLS // n_features, _LEAST_ROWS), MOST_ROWS)
    even = np.linspace(0, len(chosen) - 1, min(len(chosen), most)).astype(np.int64)
    sampled = np.sort(chosen)[even]
    step = max(_BLOCK_CELLS // n_features, 1)
    sums = np.empty((len(sampled), weight.shape[1]), np.float32)
    block = np.empty((min(step, len(sampled)), n_features), np.float32)
    for start in range(0, len(sampled), step):
        part = sampled[start : start + step]
        rows = block[: len(part)]
        filled.gather(part, rows)
        with np.errstate(over="ignore", invalid="ignore"):
            np.matmul(rows, weight, out=sums[start : start + len(part)])
    with alone():
        found = training.found or statistics_of(table.rows, sampled)
    spread = found.deviation * table.scaler.factor
    with np.errstate(over="ignore"):
        spread = spread.astype(np.float32)
    is_finite = bool(np.isfinite(sums).all() and np.isfinite(spread).all())
    return {"sums": sums, "spread": spread} if is_finite else {}


class ImportanceMixin:
    """What a dense autoencoder says of its features."""

    _importance_sample: ImportanceSample | None
    network_: Any
    bottleneck_: Any

    @property
    def feature_importances_(self) -> Float[np.ndarray, " n_features"]:
        """How strongly the code responds to each feature, as shares of 1; a guided one, its prediction.

        The root mean square over at most 256 training rows, evenly chosen, of the derivative by the feature,
        times the feature's standard deviation; of a category the root of its values' sum of squares. After
        ``partial_fit`` the rows are those of its last call. There is no such attribute of networks that are
        not dense.
        """
        check_is_fitted(self)
        owner = type(self).__name__
        network = self.network_.network
        dense = dense_part(network)
        if dense is None:
            raise AttributeError(
                f"{owner} has no feature_importances_: they are of dense layers, and its network is a "
                f"{type(network).__name__}."
            )
        sample = getattr(self, "_importance_sample", None)
        if sample is None:
            raise AttributeError(
                f"This {owner} has no feature_importances_: it was fitted or written without the rows that "
                "they are taken from; fit it again."
            )
        target = getattr(self, "target_", None)
        of_classes = target is not None and target.classes is not None
        weight = np.asarray(dense.encoder[0].weight)
        response = worked_out(_RESPONSES[of_classes], network, sample.sums, self.bottleneck_)
        values, vectors = np.linalg.eigh(np.asarray(response, np.float64))
        root = (vectors * np.sqrt(np.maximum(values, 0.0))).astype(np.float32)
        strength = np.empty(len(weight))
        step = max(_BLOCK_CELLS // root.shape[0], 1)
        for start in range(0, len(weight), step):
            strength[start : start + step] = np.linalg.norm(weight[start : start + step] @ root, axis=1)
        strength *= sample.spread
        if (table := table_of(self)) is not None:
            strength = np.sqrt(table.summed(np.square(strength)[None])[0])
        total = strength.sum()
        return strength / total if total > 0 else strength
