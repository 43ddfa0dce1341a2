"""A network of the user's own: any encoder and decoder that JAX can differentiate."""

from __future__ import annotations

import inspect
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from diabolo.core.networks import LayerShape
from diabolo.core.own_part import OwnPart
from diabolo.errors import ParameterError

if TYPE_CHECKING:
    from jax import Array
    from jaxtyping import Float, UInt32

__all__ = ["OwnNetwork", "PartShape", "made_module", "network_widths"]


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class OwnNetwork:
    """An encoder and a decoder of the user's own.

    Parameters
    ----------
    encoder, decoder : OwnPart
        From a row to what the bottleneck makes the code of, and from a code to the output before its
        activation.
    """

    encoder: OwnPart
    decoder: OwnPart

    def encode(self, rows: Float[Array, "rows features"]) -> Float[Array, "rows encoded"]:
        """Return what the bottleneck makes the code of, for a batch of rows."""
        return self.encoder(rows)

    def decode(self, code: Float[Array, "rows components"]) -> Float[Array, "rows features"]:
        """Return the output of a batch of codes, before its activation."""
        return self.decoder(code)

    def encoded_in_training(
        self, rows: Float[Array, "rows features"], key: UInt32[Array, " 2"], weights: Float[Array, " rows"]
    ) -> tuple[Float[Array, "rows encoded"], OwnNetwork]:
        """Encode a batch as training does, and return the network with the state that is left."""
        encoded, encoder = self.encoder.in_training(rows, key, weights)
        return encoded, replace(self, encoder=encoder)

    def decoded_in_training(
        self, code: Float[Array, "rows components"], key: UInt32[Array, " 2"], weights: Float[Array, " rows"]
    ) -> tuple[Float[Array, "rows features"], OwnNetwork]:
        """Decode a batch as training does, and return the network with the state that is left."""
        output, decoder = self.decoder.in_training(code, key, weights)
        return output, replace(self, decoder=decoder)

    @property
    def state(self) -> tuple[Any, ...]:
        """What the parts carry from batch to batch."""
        return (*self.encoder.state, *self.decoder.state)

    def with_state(self, state: tuple[Any, ...]) -> OwnNetwork:
        """Return the network with another state."""
        n_first = len(self.encoder.state)
        return replace(
            self,
            encoder=replace(self.encoder, state=tuple(state[:n_first])),
            decoder=replace(self.decoder, state=tuple(state[n_first:])),
        )

    @property
    def widest(self) -> int:
        """The most numbers of one row, or along one side of an array, as far as can be told."""
        sides = [max(leaf.shape, default=1) for leaf in jax.tree.leaves(self)]
        return max(math.prod(self.encoder.row_shape), *sides)

    def layer_shapes(self, output_activation: str) -> list[LayerShape]:
        """Describe both parts, for a summary."""
        shapes: list[LayerShape] = []
        for side, part, activation in (
            ("encoder", self.encoder, "-"),
            ("decoder", self.decoder, output_activation),
        ):
            arrays = tuple((name, tuple(leaf.shape)) for name, leaf in part.named_arrays().items())
            shapes.append(
                PartShape(
                    f"{side} ({part.type_name})",
                    _shown(part.row_shape),
                    _shown(part.output_shape()),
                    activation,
                    sum(math.prod(shape) for _, shape in arrays),
                    arrays=arrays,
                )
            )
        return shapes


@dataclass(frozen=True)
class PartShape(LayerShape):
    """Two lines of a summary at the least: a part of the user's own, and its arrays.

    Parameters
    ----------
    arrays : tuple of (path, shape)
        Those that are trained.
    """

    arrays: tuple[tuple[str, tuple[int, ...]], ...] = ()


def _shown(shape: tuple[int, ...]) -> int | str:
    return shape[0] if len(shape) == 1 else "x".join(map(str, shape))


def made_module(given: Any, seed: int, shape: tuple[Any, Any]) -> tuple[Any, Any]:
    """Return a module and its state as they are, or have a function make them.

    Parameters
    ----------
    given : callable or (callable, state)
        A pytree that holds arrays is a module; a callable without any is a function ``(key, shape)`` that
        makes one, or a pair of one and its state.
    seed : int
        Of the key.
    shape : tuple of (inputs, outputs)
        What the module must map.

    Returns
    -------
    module : callable pytree
    state : pytree of arrays or None

    Raises
    ------
    ParameterError
        For what is neither, and for a function that cannot be called so or makes neither.

    Examples
    --------
    >>> import jax
    >>> make = lambda key, shape: jax.tree_util.Partial(jax.numpy.matmul, jax.random.normal(key, shape[::-1]))
    >>> module, state = made_module(make, 0, (4, 2))
    >>> module(jax.numpy.ones(4)).shape, state
    ((2,), None)
    """
    if not isinstance(given, tuple) and not any(hasattr(leaf, "dtype") for leaf in jax.tree.leaves(given)):
        key = jax.random.key(seed)
        try:
            inspect.signature(given).bind(key, shape)
        except ValueError:  # It has no signature that could be looked at.
            pass
        except TypeError as problem:
            raise ParameterError(
                f"it holds no arrays that JAX can see, so it is called as a function (key, shape) that makes "
                f"a module, which it cannot be ({problem}); a class of yours must be a pytree, as an Equinox "
                "module is, or registered by jax.tree_util.register_dataclass"
            ) from None
        given = given(key, shape)
    module, state = given if isinstance(given, tuple) and len(given) == 2 else (given, None)
    if not callable(module):
        raise ParameterError(
            f"it made {type(module).__name__}; expected a callable, or a pair (callable, state)"
        )
    return module, state


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
    >>> import jax
    >>> from diabolo.core.own_part import own_part
    >>> halve = jax.tree_util.Partial(lambda row: row[:2])
    >>> double = jax.tree_util.Partial(lambda code: jax.numpy.tile(code, 2))
    >>> network_widths(OwnNetwork(own_part(halve, (4,)), own_part(double, (2,))), 4, 1)
    ((2,), (4,))
    """
    rows = jax.ShapeDtypeStruct((1, n_features), np.float32)
    encoded = jax.eval_shape(lambda network, rows: network.encode(rows), network, rows).shape[1:]
    code_shape = (1, encoded[0] // width_factor, *encoded[1:]) if encoded else (1,)
    code = jax.ShapeDtypeStruct(code_shape, np.float32)
    decoded = jax.eval_shape(lambda network, code: network.decode(code), network, code).shape[1:]
    return encoded, decoded
