"""The networks that a task may ask for, described so that every library can build them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal


@dataclass(frozen=True)
class DenseNetwork:
    """Dense layers, mirrored about the waist."""

    layer_sizes: tuple[int, ...]
    """Widths from input to output, for example (64, 32, 2, 32, 64)."""
    kind: Literal["dense"] = "dense"

    @property
    def encoder_sizes(self) -> tuple[int, ...]:
        """The hidden widths before the code."""
        return self.layer_sizes[1 : len(self.layer_sizes) // 2]

    @property
    def code_size(self) -> int:
        """The width of the waist."""
        return self.layer_sizes[len(self.layer_sizes) // 2]

    def kernel_shapes(self) -> list[tuple[int, ...]]:
        """(in, out) of every kernel, from input to output."""
        return list(pairwise(self.layer_sizes))


@dataclass(frozen=True)
class Step:
    """One operation on a stack of maps; those with a kernel are followed by an activation."""

    operation: Literal["convolve", "convolve_transposed", "pool", "repeat"]
    """"pool" takes the largest of 2 x 2 pixels, "repeat" makes 2 x 2 pixels of one."""
    inputs: int = 0
    outputs: int = 0
    """Channels, of the two that have a kernel."""
    stride: int = 1

    @property
    def has_kernel(self) -> bool:
        """Whether it has numbers to learn."""
        return self.operation in ("convolve", "convolve_transposed")


@dataclass(frozen=True)
class ConvolutionalNetwork:
    """Convolutions that halve an image, and as many that double it; all pad so as to keep the size."""

    image_shape: tuple[int, int, int]
    """Height, width and channels of a row."""
    filters: tuple[int, ...]
    """Channels after each halving; the decoder mirrors them."""
    resizing: Literal["strides", "pooling"]
    """By strides of 2 and their transpose, or by max-pooling and repetition of pixels."""
    kernel_size: int = 3
    kind: Literal["convolutional"] = "convolutional"

    def steps(self) -> list[Step]:
        """Every operation from input to output."""
        inwards = list(pairwise((self.image_shape[2], *self.filters)))
        outwards = list(pairwise((self.filters[-1], *reversed(self.filters))))
        output = Step("convolve", self.filters[0], self.image_shape[2])
        if self.resizing == "strides":
            halvings = [Step("convolve", *channels, stride=2) for channels in inwards]
            doublings = [Step("convolve_transposed", *channels, stride=2) for channels in outwards]
        else:
            halvings = [step for channels in inwards for step in (Step("convolve", *channels), Step("pool"))]
            doublings = [
                step for channels in outwards for step in (Step("convolve", *channels), Step("repeat"))
            ]
        return [*halvings, *doublings, output]

    def kernel_shapes(self) -> list[tuple[int, ...]]:
        """(height, width, in, out) of every kernel, from input to output."""
        sides = (self.kernel_size, self.kernel_size)
        return [(*sides, step.inputs, step.outputs) for step in self.steps() if step.has_kernel]


Network = DenseNetwork | ConvolutionalNetwork


def network_from_json(values: Mapping[str, Any]) -> Network:
    """Build a network back from its plain values, in which tuples have become lists."""
    kinds = {"dense": DenseNetwork, "convolutional": ConvolutionalNetwork}
    tuples = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
    return kinds[values["kind"]](**tuples)
