"""Networks: the mirrored dense encoder and decoder, of any depth, tied or not."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from diabolo.core.layers import Dense, TiedDense, activate, initial_bias, initial_dense

if TYPE_CHECKING:
    from jax import Array
    from jaxtyping import Float

__all__ = ["DenseNetwork", "LayerShape", "dense_network"]


@dataclass(frozen=True)
class LayerShape:
    """One line of a network's summary.

    Parameters
    ----------
    name : str
        Such as ``"encoder 1"`` or ``"code"``.
    inputs, outputs : int or str
        Widths on either side; of images, such as ``"28x28x1"``.
    activation : str
        The layer's activation.
    n_parameters : int
        Numbers this layer owns; a tied matrix is counted once, in the encoder.
    tied : bool
        Whether the matrix belongs to the encoder.
    """

    name: str
    inputs: int | str
    outputs: int | str
    activation: str
    n_parameters: int
    tied: bool = False

    @property
    def n_inputs(self) -> int:
        """How many numbers come in."""
        return _count(self.inputs)

    @property
    def n_outputs(self) -> int:
        """How many numbers go out."""
        return _count(self.outputs)


def _count(width: int | str) -> int:
    return width if isinstance(width, int) else math.prod(map(int, width.split("x")))


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class DenseNetwork:
    """Encoder and decoder of dense layers.

    ``encode`` gives what a bottleneck makes the code of: the code itself, or for a Gaussian one the means and
    then the log-variances. ``decode`` stops before the output's activation, so that a loss can work on
    logits.

    Parameters
    ----------
    encoder : tuple of Dense
        From the input to the code.
    decoder : tuple of Dense or TiedDense
        From the code to the output; ``decoder[i]`` mirrors ``encoder[-1 - i]``.
    activation, code_activation : str
        Of the hidden layers on both sides, and of the code.
    width_factor : int
        How many numbers the encoder gives for each of the code's.
    """

    encoder: tuple[Dense, ...]
    decoder: tuple[Any, ...]
    activation: str = field(metadata={"static": True})
    code_activation: str = field(metadata={"static": True})
    width_factor: int = field(default=1, metadata={"static": True})

    def encode(self, rows: Float[Array, "rows features"]) -> Float[Array, "rows components"]:
        """Return what the bottleneck makes the code of, for a batch of rows."""
        hidden = rows
        for layer in self.encoder[:-1]:
            hidden = layer(hidden, self.activation)
        return self.encoder[-1](hidden, self.code_activation)

    def decode(self, code: Float[Array, "rows components"]) -> Float[Array, "rows features"]:
        """Return the output of a batch of codes, before the output's activation."""
        return self._decode(code, self.decoder)

    def _decode(self, code: Any, layers: tuple[Any, ...]) -> Any:
        hidden = code
        for position, layer in enumerate(layers):
            activation = "linear" if position == len(self.decoder) - 1 else self.activation
            if isinstance(layer, TiedDense):
                hidden = layer(hidden, activation, self.encoder[-1 - position])
            else:
                hidden = layer(hidden, activation)
        return hidden

    def encode_sums(self, sums: Float[Array, "rows width"]) -> Float[Array, "rows components"]:
        """Go on from what the first layer's matrix gives for a batch, before its bias."""
        first, activation = self.encoder[0], self.activation
        if len(self.encoder) == 1:
            return activate(self.code_activation, sums + first.bias)
        hidden = activate(activation, sums + first.bias)
        for layer in self.encoder[1:-1]:
            hidden = layer(hidden, activation)
        return self.encoder[-1](hidden, self.code_activation)

    def decode_hidden(self, code: Float[Array, "rows components"]) -> Float[Array, "rows width"]:
        """Return what the last layer is given for a batch of codes."""
        return self._decode(code, self.decoder[:-1])

    @property
    def only_layer(self) -> Dense | None:
        """The encoder's layer, where it has one alone."""
        return self.encoder[0] if len(self.encoder) == 1 else None

    @property
    def widest(self) -> int:
        """The most numbers that a layer gives or takes for one row."""
        return max(max(layer.weight.shape) for layer in self.encoder)

    @property
    def n_products(self) -> int:
        """Multiplications for one row, forward."""
        return 2 * sum(math.prod(layer.weight.shape) for layer in self.encoder)

    def layer_shapes(self, output_activation: str) -> list[LayerShape]:
        """Describe every layer from input to output, for a summary."""
        hidden = len(self.encoder) - 1
        names = [f"encoder {i + 1}" for i in range(hidden)] + ["code"]
        names += [f"decoder {i + 1}" for i in range(hidden)] + ["output"]
        between = [self.activation] * hidden
        activations = [*between, self.code_activation, *between, output_activation]
        widths = [layer.weight.shape for layer in self.encoder]
        widths += [(inputs, outputs) for outputs, inputs in reversed(widths)]
        inputs, outputs = widths[hidden + 1]
        widths[hidden + 1] = inputs // self.width_factor, outputs
        shapes = []
        for name, (inputs, outputs), activation, layer in zip(
            names, widths, activations, (*self.encoder, *self.decoder), strict=True
        ):
            tied = isinstance(layer, TiedDense)
            count = outputs + (0 if tied else inputs * outputs)
            shapes.append(LayerShape(name, inputs, outputs, activation, count, tied))
        return shapes


def dense_network(
    layer_sizes: Sequence[int],
    *,
    activation: str,
    code_activation: str,
    tied_weights: bool,
    initializer: str,
    random: np.random.Generator | None,
    width_factor: int = 1,
) -> DenseNetwork:
    """Make a mirrored dense network with initial weights and zero biases.

    Parameters
    ----------
    layer_sizes : sequence of int
        Widths from the input to the code, such as ``(64, 32, 2)`` for 64-32-2-32-64.
    activation, code_activation : str
        Names in :data:`diabolo.core.layers.ACTIVATIONS`.
    tied_weights : bool
        Whether each decoder matrix is its encoder partner's transposed.
    initializer : str
        A name in :data:`diabolo.core.layers.INITIALIZERS`.
    random : numpy.random.Generator or None
        Where the initial weights come from; None leaves ``jax.ShapeDtypeStruct`` in their place, which
        takes no memory, however wide the network is.
    width_factor : int, default 1
        How many numbers the encoder gives for each of the code's: the bottleneck's ``width_factor``.

    Returns
    -------
    DenseNetwork

    Examples
    --------
    >>> import numpy as np
    >>> network = dense_network((64, 32, 2), activation="relu", code_activation="linear",
    ...     tied_weights=True, initializer="glorot_uniform", random=np.random.default_rng(0))
    >>> [shape.n_parameters for shape in network.layer_shapes("sigmoid")]
    [2080, 66, 32, 64]
    """
    steps = list(itertools.pairwise(layer_sizes))
    widths = [*layer_sizes[1:-1], layer_sizes[-1] * width_factor]
    encoder = tuple(
        initial_dense(initializer, random, inputs, width)
        for (inputs, _), width in zip(steps, widths, strict=True)
    )
    decoder: tuple[Dense | TiedDense, ...] = tuple(
        TiedDense(initial_bias(random, inputs))
        if tied_weights
        else initial_dense(initializer, random, outputs, inputs)
        for inputs, outputs in reversed(steps)
    )
    return DenseNetwork(encoder, decoder, activation, code_activation, width_factor)
