"""A detector's networks: made, trained, and asked for residuals and codes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.core.randomness import random_for
from diabolo.detection.linear import LinearAutoencoder, fit_linear_autoencoders
from diabolo.estimators._members import train_members
from diabolo.estimators._sklearn import clone
from diabolo.estimators.autoencoder import Autoencoder

if TYPE_CHECKING:
    from jaxtyping import Float

__all__ = ["deep_autoencoder", "residuals_and_codes", "trained_members"]

_BATCH = 64
_STEPS, _EPOCHS = 4000, (20, 200)
_WIDTHS = (8, 64)


def deep_autoencoder(n_rows: int, n_features: int) -> Autoencoder:
    """Make the autoencoder that ``"deep"`` stands for: of a size and a number of epochs that fit the table.

    Parameters
    ----------
    n_rows, n_features : int
        Of the rows to train on.

    Returns
    -------
    Autoencoder
        Unfitted. One hidden layer of twice the features, from 8 to 64; a code of their root; some 4,000
        steps.
    """
    steps_an_epoch = -(-n_rows // _BATCH)
    return Autoencoder(
        max(round(math.sqrt(n_features)), 1),
        hidden_layer_sizes=(int(np.clip(2 * n_features, *_WIDTHS)),),
        activation="tanh",
        code_activation="linear",
        output_activation="linear",
        batch_size=_BATCH,
        max_epochs=int(np.clip(_STEPS // steps_an_epoch, *_EPOCHS)),
    )


def trained_members(autoencoder: Any, rows: Any, n_members: int, seed: int) -> list[Any]:
    """Train a detector's networks.

    Parameters
    ----------
    autoencoder : {"linear", "deep"} or estimator
        The kind.
    rows : array of shape (rows, features), or of images
        As the networks take them.
    n_members : int
        How many, of a kind that is trained.
    seed : int
        Of their random numbers; each member gets its own.

    Returns
    -------
    list of LinearAutoencoder or of fitted estimator
    """
    if autoencoder == "linear":
        return list(fit_linear_autoencoders(rows))
    kind = deep_autoencoder(*rows.shape) if autoencoder == "deep" else autoencoder
    seeds = random_for(seed, "members").integers(2**31 - 1, size=n_members)
    members = [clone(kind).set_params(random_state=int(own)) for own in seeds]
    train_members(members, rows, None)
    return members


def residuals_and_codes(
    member: Any, rows: Any
) -> tuple[Float[np.ndarray, "rows features"], Float[np.ndarray, "rows components"]]:
    """Encode and decode rows.

    Parameters
    ----------
    member : LinearAutoencoder or fitted estimator
        One of :func:`trained_members`.
    rows : array of shape (rows, features), or of images
        As the networks take them.

    Returns
    -------
    residuals : array of shape (rows, features), float64
        Rows minus reconstructions.
    codes : array of shape (rows, components), float64
        The codes.
    """
    if isinstance(member, LinearAutoencoder):
        return member.residuals_and_codes(np.asarray(rows, np.float64))
    codes = member.transform(rows)
    rebuilt = member.inverse_transform(codes)
    flat = (len(rows), -1)
    residuals = np.asarray(rows, np.float64).reshape(flat) - np.asarray(rebuilt, np.float64).reshape(flat)
    return residuals, np.asarray(codes, np.float64)
