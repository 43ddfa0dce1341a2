"""The ways through a trained network: rows to codes, codes to rows, and both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diabolo.core.activations import activate
from diabolo.core.bottlenecks import Bottleneck
from diabolo.core.objectives import Network

if TYPE_CHECKING:
    from jax import Array
    from jaxtyping import Float

__all__ = ["decode", "encode", "reconstruct"]


def encode(
    network: Network, rows: Float[Array, "rows features"], bottleneck: Bottleneck
) -> Float[Array, "rows components"]:
    """Encode a batch of scaled rows; nothing is drawn.

    Parameters
    ----------
    network : Network
        Encodes.
    rows : array of shape (rows, features)
        Scaled rows.
    bottleneck : Bottleneck
        Forms the code.

    Returns
    -------
    array of shape (rows, components)
    """
    return bottleneck.code(network.encode(rows))


def decode(
    network: Network, codes: Float[Array, "rows components"], output_activation: str
) -> Float[Array, "rows features"]:
    """Decode a batch of codes to scaled rows.

    Parameters
    ----------
    network : Network
        Decodes.
    codes : array of shape (rows, components)
        Codes.
    output_activation : str
        Applied to the decoder's output.

    Returns
    -------
    array of shape (rows, features)
    """
    return activate(output_activation, network.decode(codes))


def reconstruct(
    network: Network, rows: Float[Array, "rows features"], bottleneck: Bottleneck, output_activation: str
) -> Float[Array, "rows features"]:
    """Encode and decode a batch of scaled rows; nothing is corrupted, nothing drawn.

    Parameters
    ----------
    network : Network
        Encodes and decodes.
    rows : array of shape (rows, features)
        Scaled rows.
    bottleneck : Bottleneck
        Forms the code.
    output_activation : str
        Applied to the decoder's output.

    Returns
    -------
    array of shape (rows, features)
    """
    return decode(network, encode(network, rows, bottleneck), output_activation)
