"""A network of the user's own: any encoder and decoder that JAX can differentiate."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

if TYPE_CHECKING:
    from jax import Array
    from jaxtyping import Float

__all__ = ["Module", "OwnNetwork", "made_module", "network_widths", "own_network"]


class _Frame:
    """A module with its trainable arrays taken out; two frames are equal only if they are one."""

    def __init__(self, module: Any) -> None:
        # A module with shapes in it, not the tree's definition, which cannot be pickled.
        self.module = jax.tree.map(
            lambda leaf: jax.ShapeDtypeStruct(leaf.shape, np.float32) if _is_trained(leaf) else leaf, module
        )

    def filled(self, arrays: Any) -> Any:
        """Return the module with arrays put in."""
        left = iter(arrays)
        return jax.tree.map(lambda leaf: next(left) if _is_trained(leaf) else leaf, self.module)


def _is_trained(leaf: Any) -> bool:
    dtype = getattr(leaf, "dtype", None)
    # Not the kind "f" alone: bfloat16 has another.
    return dtype is not None and hasattr(leaf, "shape") and jnp.issubdtype(dtype, jnp.floating)


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Module:
    """A callable pytree, such as an Equinox module, as its trainable arrays and the rest.

    Parameters
    ----------
    arrays : tuple of float arrays
        What is trained.
    frame : object
        Everything else.
    """

    arrays: tuple[Any, ...]
    frame: Any = field(metadata={"static": True})

    def __call__(self, rows: Float[Array, "rows inputs"]) -> Float[Array, "rows outputs"]:
        """Apply the module to each row by itself."""
        return jax.vmap(self.frame.filled(self.arrays))(rows)


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class OwnNetwork:
    """An encoder and a decoder of the user's own.

    Parameters
    ----------
    encoder, decoder : Module
        From a row to what the bottleneck makes the code of, and from a code to the output before its
        activation.
    """

    encoder: Module
    decoder: Module

    def encode(self, rows: Float[Array, "rows features"]) -> Float[Array, "rows encoded"]:
        """Return what the bottleneck makes the code of, for a batch of rows."""
        return self.encoder(rows)

    def decode(self, code: Float[Array, "rows components"]) -> Float[Array, "rows features"]:
        """Return the output of a batch of codes, before its activation."""
        return self.decoder(code)


def made_module(given: Any, seed: int, shape: tuple[int, int]) -> Any:
    """Return a module as it is, or have a function make it.

    Parameters
    ----------
    given : callable
        A pytree that holds arrays is a module; a callable without any is a function ``(key, shape)`` that
        makes one.
    seed : int
        Of the key.
    shape : tuple of (inputs, outputs)
        What the module must map.

    Returns
    -------
    callable pytree

    Examples
    --------
    >>> import jax
    >>> make = lambda key, shape: jax.tree_util.Partial(jax.numpy.matmul, jax.random.normal(key, shape[::-1]))
    >>> made_module(make, 0, (4, 2))(jax.numpy.ones(4)).shape
    (2,)
    """
    if any(hasattr(leaf, "dtype") for leaf in jax.tree.leaves(given)):
        return given
    return given(jax.random.key(seed), shape)


def network_widths(
    network: Any, n_features: int, width_factor: int
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Find what shapes a network gives, without computing anything.

    Parameters
    ----------
    network : Network
        Of any kind.
    n_features : int
        Columns of a row.
    width_factor : int
        How many numbers the encoder gives for each of the code's.

    Returns
    -------
    encoded, decoded : tuple of int
        Shapes of what the encoder gives for one row and the decoder for one code.

    Examples
    --------
    >>> halve = jax.tree_util.Partial(lambda row: row[:2])
    >>> double = jax.tree_util.Partial(lambda code: jax.numpy.tile(code, 2))
    >>> network_widths(own_network(halve, double), 4, 1)
    ((2,), (4,))
    """
    rows = jax.ShapeDtypeStruct((1, n_features), np.float32)
    encoded = jax.eval_shape(lambda network, rows: network.encode(rows), network, rows).shape[1:]
    code_shape = (1, encoded[0] // width_factor, *encoded[1:]) if encoded else (1,)
    code = jax.ShapeDtypeStruct(code_shape, np.float32)
    decoded = jax.eval_shape(lambda network, code: network.decode(code), network, code).shape[1:]
    return encoded, decoded


def own_network(encoder: Any, decoder: Any) -> OwnNetwork:
    """Take two modules apart into a network.

    Parameters
    ----------
    encoder, decoder : callable pytrees
        Each maps one row; their float arrays are trained, whatever else they hold stays.

    Returns
    -------
    OwnNetwork
        Its arrays are float32, on the host.

    Examples
    --------
    >>> import jax
    >>> import jax.numpy as jnp
    >>> halve = jax.tree_util.Partial(lambda weight, row: row @ weight, jnp.ones((4, 2)))
    >>> double = jax.tree_util.Partial(lambda weight, code: code @ weight, jnp.ones((2, 4)))
    >>> own_network(halve, double).encode(jnp.ones((3, 4))).shape
    (3, 2)
    """

    def taken_apart(module: Any) -> Module:
        arrays = [np.array(leaf, np.float32) for leaf in jax.tree.leaves(module) if _is_trained(leaf)]
        return Module(tuple(arrays), _Frame(module))

    return OwnNetwork(taken_apart(encoder), taken_apart(decoder))
