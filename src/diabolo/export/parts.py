"""The parts of a model that leave Diabolo, and which model has which."""

from __future__ import annotations

from typing import Any

from diabolo.core.own_network import OwnNetwork
from diabolo.detection.linear import LinearAutoencoder
from diabolo.errors import InputError, ParameterError, nearest_name
from diabolo.estimators.inside import check_is_fitted, is_detector, is_model
from diabolo.messages import setting

__all__ = ["PARTS", "checked_part", "has_own_network"]

PARTS = ("encode", "decode", "reconstruct", "score", "predict")
"""Codes of rows, rows of codes, rows of rows, how odd or how badly rebuilt rows are, what is predicted."""


def checked_part(model: Any, part: str | None) -> str:
    """Refuse what is no fitted model, and a part that it does not have.

    Parameters
    ----------
    model : estimator
        One of Diabolo's.
    part : str or None
        A name in :data:`PARTS`; None is "encode", and "score" of a detector.

    Returns
    -------
    str
        The part.

    Raises
    ------
    InputError
        The model is none of Diabolo's.
    ParameterError
        There is no such part, or this model has none.
    """
    if not is_model(model):
        raise InputError(
            f"a {type(model).__name__} is no model of Diabolo's; pass a fitted one, such as an "
            "Autoencoder. A Pipeline is exported by skl2onnx: see diabolo.export.register_skl2onnx."
        )
    check_is_fitted(model)
    owner = type(model).__name__
    if part is None:
        part = "score" if is_detector(model) else "encode"
    if part not in PARTS:
        names = ", ".join(map(repr, PARTS))
        foreign = {"transform": "encode", "inverse_transform": "decode", "anomaly_score": "score"}
        raise ParameterError(
            f"{setting('part', part)} is not possible; expected one of {names}."
            f"{nearest_name(part, PARTS, foreign)}"
        )
    if is_detector(model) and part in ("encode", "decode"):
        raise ParameterError(
            f"{setting('part', part)} is of autoencoders, and {owner} finds anomalies by some of them; "
            f"expected {setting('part', 'score')}, {setting('part', 'predict')} or "
            f"{setting('part', 'reconstruct')}."
        )
    if not is_detector(model) and part == "predict" and getattr(model, "target_", None) is None:
        raise ParameterError(
            f"{setting('part', part)} needs a code that a target guided, or a detector, and this {owner} was "
            f"fitted with {setting('supervision_weight', 0)}."
        )
    return part


def has_own_network(model: Any) -> bool:
    """Say whether a model's network, or one of a detector's, is the user's own."""
    members = model.members_ if is_detector(model) else [model]
    trained = (each.network_.network for each in members if not isinstance(each, LinearAutoencoder))
    return any(isinstance(getattr(each, "network", each), OwnNetwork) for each in trained)
