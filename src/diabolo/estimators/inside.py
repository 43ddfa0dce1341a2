"""What is inside a fitted model, for those who show it: its rows as a table, their code, the decoder."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from diabolo.data.category_source import CategorySource
from diabolo.data.source import Source
from diabolo.detection.deviation import RobustScale
from diabolo.detection.linear import LinearAutoencoder
from diabolo.errors import InputError
from diabolo.estimators._base import AutoencoderBase
from diabolo.estimators._category_rows import table_of
from diabolo.estimators._checked_rows import fitted_rows, missing_of
from diabolo.estimators._choices import fitted_parameters
from diabolo.estimators._decoder import (
    ConvolutionLayer,
    Decoder,
    DecoderLayer,
    DenseLayer,
    dense_layer,
    network_decoder,
)
from diabolo.estimators._detector_columns import LEAST_PROBABILITY
from diabolo.estimators._detector_labels import RowStates, states_of
from diabolo.estimators._detector_scoring import Learned, codes_of
from diabolo.estimators._sklearn import check_is_fitted
from diabolo.estimators.detector import AutoencoderDetector

if TYPE_CHECKING:
    from jaxtyping import Float, Float64, Int

__all__ = [
    "LEAST_PROBABILITY",
    "ConvolutionLayer",
    "Decoder",
    "DecoderLayer",
    "DenseLayer",
    "check_is_fitted",
    "code_blocks",
    "decoder_of",
    "fitted_parameters",
    "is_detector",
    "is_model",
    "label_states",
    "largest_member",
    "learned_of",
    "missing_of",
    "n_components_of",
    "network_decoder",
    "rows_of",
    "scaling_of",
    "score_of",
    "some_rows",
    "table_of",
]


def is_model(model: Any) -> bool:
    """Say whether something is one of Diabolo's estimators, fitted or not."""
    return isinstance(model, (AutoencoderBase, AutoencoderDetector))


def is_detector(model: Any) -> bool:
    """Say whether a model is a detector."""
    return isinstance(model, AutoencoderDetector)


def rows_of(model: Any, X: Any) -> Source:
    """Take rows as a source, its columns compared with those of the fit.

    Parameters
    ----------
    model : estimator
        Fitted.
    X : array-like of shape (n_rows, n_features), data frame or Source
        The user's rows.

    Returns
    -------
    Source
        Which every method of the model takes. Its cells are checked as they are read; of categories there is
        one for each value.
    """
    rows = fitted_rows(model, X)
    return rows.parent if isinstance(rows.parent, CategorySource) else rows


def some_rows(rows: Source, chosen: Int[np.ndarray, " chosen"]) -> Source:
    """Return some of the rows that `rows_of` gave, which every method of the model takes."""
    return rows.some(chosen) if isinstance(rows, CategorySource) else rows.rows(chosen)


def largest_member(detector: Any) -> Any:
    """Return the network of a detector that is shown: that of the widest code, trained ones before others.

    Parameters
    ----------
    detector : AutoencoderDetector
        Fitted.

    Returns
    -------
    LinearAutoencoder or estimator
    """
    members = detector.members_
    trained = [each for each in members if not isinstance(each, LinearAutoencoder)]
    return max(trained or members, key=_width)


def n_components_of(model: Any) -> int:
    """Return how wide a model's code is, of a detector that of its largest member."""
    return _width(largest_member(model) if is_detector(model) else model)


def _width(member: Any) -> int:
    is_linear = isinstance(member, LinearAutoencoder)
    return len(member.components) if is_linear else int(member.n_components_)


def code_blocks(model: Any, X: Any) -> Iterator[tuple[int, Float[np.ndarray, "block n_components"]]]:
    """Encode rows some at a time, of a detector by its largest member.

    Parameters
    ----------
    model : estimator
        Fitted.
    X : array-like of shape (n_rows, n_features), or Source
        Rows, in the units of ``fit``.

    Yields
    ------
    start : int
        The block's first row.
    codes : array of shape (rows in the block, n_components)
    """
    if not is_detector(model):
        yield from model.blocks(X, "transform")
        return
    start, member = 0, largest_member(model)
    for codes in codes_of(model, member, fitted_rows(model, X)):
        yield start, codes
        start += len(codes)


def label_states(detector: Any, labels: Any, n_rows: int, normal_label: Any = None) -> RowStates | None:
    """Say which rows are anomalies by their labels, as ``evaluate`` does.

    Parameters
    ----------
    detector : AutoencoderDetector
        Fitted.
    labels : array-like of shape (n_rows,)
        Missing ones say nothing.
    n_rows : int
        How many there must be.
    normal_label : object, optional
        Which label is that of normal rows; by default as of the detector's fit.

    Returns
    -------
    RowStates or None
        None where the labels say nothing of what is normal.

    Raises
    ------
    InputError
        A `normal_label` is given that no row has.
    """
    normal = fitted_parameters(detector)["normal_label"] if normal_label is None else normal_label
    try:
        return states_of(type(detector).__name__, labels, n_rows, normal)
    except InputError:
        if normal_label is not None:
            raise
        return None


def scaling_of(
    model: Any,
) -> tuple[Float64[np.ndarray, " features"], Float64[np.ndarray, " features"]]:
    """Return what a network takes off each cell and multiplies it by.

    Parameters
    ----------
    model : estimator
        Fitted. A detector's own networks see ``arcsinh`` of what comes out.

    Returns
    -------
    offset, factor : float64 arrays of shape (features,)
    """
    if not is_detector(model):
        return model.scaler_.offset, model.scaler_.factor
    scale = _scale_of(model)
    return scaling_of(largest_member(model)) if scale is None else (scale.center, 1.0 / scale.spread)


def decoder_of(model: Any) -> Decoder | Literal["own_network", "categories"]:
    """Return the decoder of a dense or convolutional network, or why it is none.

    Parameters
    ----------
    model : estimator
        Fitted; of a detector the largest member counts.

    Returns
    -------
    Decoder or str
    """
    if table_of(model) is not None:
        return "categories"
    if not is_detector(model):
        return network_decoder(model)
    member, scale = largest_member(model), _scale_of(model)
    if isinstance(member, LinearAutoencoder):
        assert scale is not None
        matrix, bias = member.components, member.mean
        return Decoder((dense_layer(matrix, bias, "sinh"),), scale.center, 1.0 / scale.spread)
    found = network_decoder(member)
    if isinstance(found, str) or scale is None:
        return found
    *before, last = found.layers
    assert isinstance(last, DenseLayer)
    undone = dense_layer(last.weight / found.factor, last.bias / found.factor + found.offset, "sinh")
    return Decoder((*before, undone), scale.center, 1.0 / scale.spread)


def learned_of(detector: Any) -> Learned:
    """Return all that a fitted detector has learned of normal rows."""
    learned: Learned = detector._learned
    return learned


def score_of(detector: Any) -> tuple[str, Any]:
    """Return the kind of a fitted detector's score, and its weights."""
    kind, weights = detector._score
    return kind, weights


def _scale_of(detector: Any) -> RobustScale | None:
    """Return what scales rows before the networks see them; an estimator of the user's scales for itself."""
    kind = fitted_parameters(detector)["autoencoder"]
    return detector._learned.deviation.scale if isinstance(kind, str) else None
