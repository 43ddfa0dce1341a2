"""The convolutional network: kernels that halve an image step by step, and kernels that double it again."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from diabolo.core.convolution import convolve, convolve_transposed, max_pool, upsample_convolve
from diabolo.core.layers import Dense, activate, initial_bias, initial_dense, initial_weight
from diabolo.core.networks import LayerShape

if TYPE_CHECKING:
    from jax import Array
    from jaxtyping import Float

__all__ = ["ConvolutionalNetwork", "Enlargement", "Kernel", "convolutional_network", "downsampled_sizes"]

# These never fall as their argument grows, so the largest of a window may be taken before them: on a quarter
# of the cells.
_MONOTONE = ("linear", "relu", "leaky_relu", "elu", "tanh", "sigmoid", "softplus")


# Pixels before the batch: on a CPU the fast kernels then see long rows.
_ORDER: Literal["HWNC"] = "HWNC"


def downsampled_sizes(image_shape: tuple[int, int, int], depth: int) -> list[tuple[int, int]]:
    """List height and width before and after each halving, rounded up; a side of one pixel stays.

    Parameters
    ----------
    image_shape : tuple of (height, width, channels)
        Of the input.
    depth : int
        How often it is halved.

    Returns
    -------
    list of (height, width), ``depth`` + 1 long

    Examples
    --------
    >>> downsampled_sizes((28, 5, 1), 3)
    [(28, 5), (14, 3), (7, 2), (4, 1)]
    """
    sizes = [image_shape[:2]]
    for _ in range(depth):
        height, width = sizes[-1]
        sizes.append((-(-height // 2), -(-width // 2)))
    return sizes


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Kernel:
    """A convolution's numbers.

    Parameters
    ----------
    weight : array of shape (height, width, inputs, outputs)
        The kernel.
    bias : array of shape (outputs,)
        Added to every pixel.
    """

    weight: Any
    bias: Any


class Enlargement(NamedTuple):
    """A convolution of the decoder.

    Parameters
    ----------
    kernel : Kernel
        Its numbers.
    how : {"same", "nearest", "transposed"}
        Whether it enlarges nothing, repeats every pixel before, or is a transposed convolution.
    factors : pair of int
        How many times as high and as wide its output is.
    size : tuple of (height, width)
        What is kept of that, at the top and on the left.
    """

    kernel: Kernel
    how: Literal["same", "nearest", "transposed"]
    factors: tuple[int, int]
    size: tuple[int, int]


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class ConvolutionalNetwork:
    """Encoder and decoder of convolutions, for rows that are images laid out flat.

    Each of the encoder's kernels is followed by a halving of height and width, by pooling or by a stride;
    each of the decoder's goes with a doubling, by repetition or by a transposed convolution. Sizes that do
    not halve evenly are padded on the way in and cropped on the way out. A last kernel gives the output's
    channels.

    Parameters
    ----------
    encoder, decoder : tuple of Kernel
        From the input to the code's maps, and back.
    output : Kernel
        From the decoder's last maps to the output's channels.
    code, expansion : Dense or None
        From the flat maps to a dense code and back, where there is one.
    image_shape : tuple of (height, width, channels)
        Of a row.
    downsample : {"maxpool", "stride"}
        How height and width are halved.
    upsample : {"nearest", "transposed"}
        How they are doubled.
    activation, code_activation : str
        Of the hidden layers, and of the code.
    width_factor : int
        How many numbers are given for each of the code's.

    References
    ----------
    J. Masci et al., Stacked convolutional auto-encoders for hierarchical feature extraction, ICANN 2011.
    """

    encoder: tuple[Kernel, ...]
    decoder: tuple[Kernel, ...]
    output: Kernel
    code: Dense | None
    expansion: Dense | None
    image_shape: tuple[int, int, int] = field(metadata={"static": True})
    downsample: str = field(metadata={"static": True})
    upsample: str = field(metadata={"static": True})
    activation: str = field(metadata={"static": True})
    code_activation: str = field(metadata={"static": True})
    width_factor: int = field(default=1, metadata={"static": True})

    @property
    def _sizes(self) -> list[tuple[int, int]]:
        return downsampled_sizes(self.image_shape, len(self.encoder))

    @property
    def _convolved(self) -> list[tuple[tuple[int, int], Kernel]]:
        """The encoder's kernels, each with the height and width of what it gives before any pooling."""
        sizes = self._sizes[:-1] if self.downsample == "maxpool" else self._sizes[1:]
        return list(zip(sizes, self.encoder, strict=True))

    def _factors(self, level: int) -> tuple[int, int]:
        """Return by what height and width are divided from one level to the next."""
        height, width = self._sizes[level]
        return (2 if height > 1 else 1, 2 if width > 1 else 1)

    def encode(self, rows: Float[Array, "rows features"]) -> Float[Array, "rows encoded"]:
        """Return what the bottleneck makes the code of, for a batch of flat images."""
        maps = _pixels_first(rows, self.image_shape)
        for level, kernel in enumerate(self.encoder):
            last = level == len(self.encoder) - 1 and self.code is None
            maps = self._halve(maps, kernel, level, self.code_activation if last else self.activation)
        if self.code is not None:
            return self.code(_flat(maps), self.code_activation)
        # Channels of means come first, then as many of log-variances: the flat code keeps them apart.
        return jnp.concatenate(
            [_flat(group) for group in jnp.split(maps, self.width_factor, axis=-1)], axis=1
        )

    def _halve(self, maps: Array, kernel: Kernel, level: int, activation: str) -> Array:
        factors = self._factors(level)
        if self.downsample == "stride":
            return activate(activation, convolve(maps, kernel.weight, factors, order=_ORDER) + kernel.bias)
        sums = convolve(maps, kernel.weight, order=_ORDER)
        if activation in _MONOTONE:
            return activate(activation, max_pool(sums, factors, order=_ORDER) + kernel.bias)
        return max_pool(activate(activation, sums + kernel.bias), factors, order=_ORDER)

    @property
    def code_maps(self) -> tuple[int, int]:
        """Height and width of the maps that the decoder begins with."""
        return self._sizes[-1]

    @property
    def enlargements(self) -> list[Enlargement]:
        """The decoder's convolutions, from the code's maps to the output."""
        depth = len(self.encoder)
        steps = []
        for step, kernel in enumerate((*self.decoder, self.output)):
            if self.upsample == "transposed":
                level = max(depth - 1 - step, 0)
                factors = self._factors(level) if step < depth else (1, 1)
                steps.append(
                    Enlargement(kernel, "transposed" if step < depth else "same", factors, self._sizes[level])
                )
            else:
                # A doubling is left to the convolution after it, which need not make the doubled maps.
                level = depth - step
                factors = self._factors(level) if step else (1, 1)
                steps.append(Enlargement(kernel, "nearest", factors, self._sizes[level]))
        return steps

    def decode(self, code: Float[Array, "rows components"]) -> Float[Array, "rows features"]:
        """Return the output of a batch of codes as flat images, before the output's activation."""
        flat = code if self.expansion is None else self.expansion(code, self.activation)
        maps = _pixels_first(flat, (*self.code_maps, -1))
        for step in self.enlargements:
            if step.how == "transposed":
                sums = convolve_transposed(maps, step.kernel.weight, step.factors, order=_ORDER)
            elif step.how == "same":
                sums = convolve(maps, step.kernel.weight, order=_ORDER)
            else:
                sums = upsample_convolve(maps, step.kernel.weight, step.factors, order=_ORDER)
            height, width = step.size
            sums = sums[:height, :width] + step.kernel.bias
            maps = sums if step.kernel is self.output else activate(self.activation, sums)
        return _flat(maps)

    @property
    def widest(self) -> int:
        """The most numbers that a layer gives for one row."""
        pairs = [*self._convolved, *zip(reversed(self._sizes[:-1]), self.decoder, strict=True)]
        given = (math.prod(size) * kernel.weight.shape[3] for size, kernel in pairs)
        return max(*given, math.prod(self.image_shape))

    @property
    def n_products(self) -> int:
        """Multiplications for one row, forward."""
        pairs = [*self._convolved, *zip(reversed(self._sizes[1:]), self.decoder, strict=True)]
        pairs.append((self._sizes[0], self.output))
        total = sum(math.prod(size) * math.prod(kernel.weight.shape) for size, kernel in pairs)
        return total + sum(math.prod(dense.weight.shape) for dense in (self.code, self.expansion) if dense)

    def layer_shapes(self, output_activation: str) -> list[LayerShape]:
        """Describe every layer from input to output, for a summary."""
        sizes, depth = self._sizes, len(self.encoder)
        before = _shown(sizes[0], self.image_shape[2])
        shapes = []

        def add(name: str, after: str, activation: str, layer: Any) -> None:
            nonlocal before
            count = sum(math.prod(leaf.shape) for leaf in jax.tree.leaves(layer))
            shapes.append(LayerShape(name, before, after, activation, count))
            before = after

        for level, kernel in enumerate(self.encoder):
            is_code = level == depth - 1 and self.code is None
            after = _shown(sizes[level + 1], kernel.weight.shape[3])
            name = "code" if is_code else f"encoder {level + 1}"
            add(name, after, self.code_activation if is_code else self.activation, kernel)
        if self.code is not None and self.expansion is not None:
            maps = before
            add("code", str(self.code.weight.shape[1]), self.code_activation, self.code)
            before = str(self.expansion.weight.shape[0])
            add("expansion", maps, self.activation, self.expansion)
        else:
            before = _shown(sizes[-1], self.decoder[0].weight.shape[2])
        for step, kernel in enumerate(self.decoder):
            after = _shown(sizes[depth - 1 - step], kernel.weight.shape[3])
            add(f"decoder {step + 1}", after, self.activation, kernel)
        add("output", _shown(sizes[0], self.image_shape[2]), output_activation, self.output)
        return shapes


def _pixels_first(rows: Array, shape: tuple[int, int, int]) -> Array:
    """Turn flat images into maps."""
    return rows.reshape(rows.shape[0], *shape).transpose(1, 2, 0, 3)


def _flat(maps: Array) -> Array:
    """Turn maps into flat images."""
    return maps.transpose(2, 0, 1, 3).reshape(maps.shape[2], -1)


def _shown(size: tuple[int, int], channels: int) -> str:
    return f"{size[0]}x{size[1]}x{channels}"


def convolutional_network(
    image_shape: tuple[int, int, int],
    filters: Sequence[int],
    *,
    kernel_size: tuple[int, int],
    n_components: int | None,
    downsample: str,
    upsample: str,
    activation: str,
    code_activation: str,
    initializer: str,
    random: np.random.Generator | None,
    width_factor: int = 1,
) -> ConvolutionalNetwork:
    """Make a convolutional network with initial weights and zero biases.

    Parameters
    ----------
    image_shape : tuple of (height, width, channels)
        Of a row.
    filters : sequence of int
        Channels after each halving; the decoder mirrors them.
    kernel_size : tuple of (height, width)
        Of every kernel.
    n_components : int or None
        Width of a dense code on top of the maps; None where the maps are the code.
    downsample : {"maxpool", "stride"}
        How height and width are halved.
    upsample : {"nearest", "transposed"}
        How they are doubled.
    activation, code_activation : str
        Names in :data:`diabolo.core.layers.ACTIVATIONS`.
    initializer : str
        A name in :data:`diabolo.core.layers.INITIALIZERS`.
    random : numpy.random.Generator or None
        Where the initial weights come from; None leaves ``jax.ShapeDtypeStruct`` in their place, which
        takes no memory, however wide the network is.
    width_factor : int, default 1
        How many numbers the encoder gives for each of the code's: the bottleneck's ``width_factor``.

    Returns
    -------
    ConvolutionalNetwork

    Examples
    --------
    >>> import numpy as np
    >>> network = convolutional_network((28, 28, 1), (16, 8), kernel_size=(3, 3), n_components=None,
    ...     downsample="stride", upsample="transposed", activation="relu", code_activation="relu",
    ...     initializer="glorot_uniform", random=np.random.default_rng(0))
    >>> [shape.n_parameters for shape in network.layer_shapes("sigmoid")]
    [160, 1160, 584, 1168, 145]
    """

    def make_kernel(inputs: int, outputs: int) -> Kernel:
        cells = math.prod(kernel_size)
        shape = (*kernel_size, inputs, outputs)
        weight = initial_weight(initializer, random, cells * inputs, cells * outputs, shape)
        return Kernel(weight, initial_bias(random, outputs))

    channels = [image_shape[2], *filters]
    last_factor = width_factor if n_components is None else 1
    widths = [*filters[:-1], filters[-1] * last_factor]
    encoder = tuple(make_kernel(inputs, width) for inputs, width in zip(channels, widths, strict=False))
    code = expansion = None
    if n_components is not None:
        n_cells = math.prod(downsampled_sizes(image_shape, len(filters))[-1]) * filters[-1]
        code = initial_dense(initializer, random, n_cells, n_components * width_factor)
        expansion = initial_dense(initializer, random, n_components, n_cells)
    mirrored = [filters[-1], *reversed(filters)]
    decoder = tuple(make_kernel(inputs, width) for inputs, width in itertools.pairwise(mirrored))
    return ConvolutionalNetwork(
        encoder,
        decoder,
        make_kernel(filters[0], image_shape[2]),
        code,
        expansion,
        image_shape,
        downsample,
        upsample,
        activation,
        code_activation,
        width_factor,
    )
