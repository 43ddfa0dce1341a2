"""A batch passed through a network as training does, where that differs from how the network is applied."""

from __future__ import annotations

from typing import Any

__all__ = ["decoded_in_training", "encoded_in_training", "state_of"]


def encoded_in_training(network: Any, rows: Any, key: Any, weights: Any) -> tuple[Any, Any]:
    """Encode a batch as training does.

    Parameters
    ----------
    network : Network
        Of any kind; one with layers that draw or remember has a method of this name.
    rows : array of shape (rows, features)
        What the encoder sees.
    key : uint32 array of shape (2,)
        Of this step's encoder.
    weights : array of shape (rows,)
        Each row's share in the mean.

    Returns
    -------
    encoded : array of shape (rows, encoded)
    network : Network
        As it is after the batch.
    """
    own = getattr(network, "encoded_in_training", None)
    return (network.encode(rows), network) if own is None else own(rows, key, weights)


def decoded_in_training(network: Any, code: Any, key: Any, weights: Any) -> tuple[Any, Any]:
    """Decode a batch of codes as training does; parameters and returns as of :func:`encoded_in_training`."""
    own = getattr(network, "decoded_in_training", None)
    return (network.decode(code), network) if own is None else own(code, key, weights)


def state_of(network: Any) -> tuple[Any, ...]:
    """Return what a network carries from batch to batch; nothing, for most."""
    return tuple(getattr(network, "state", ()))
