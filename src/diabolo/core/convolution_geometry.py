"""Which pixel meets which tap: the sizes, strides and offsets of a convolution, and its phases.

The large image's pixels at one place within a stride are an image of their own, a phase; the small image
meets each of them with stride 1. All phases together are one image's channels. Images are pixels first.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Literal, NamedTuple

import jax.numpy as jnp
from jax import lax

if TYPE_CHECKING:
    from jax import Array

__all__ = [
    "Axis",
    "Geometry",
    "interleaved_phases",
    "joined_phases",
    "joined_taps",
    "phases_of",
    "pixels_of_phase",
    "separated_phases",
    "separated_taps",
    "taps_of_phase",
    "unit_geometry",
    "zero_padded",
]


class Axis(NamedTuple):
    """One axis: pixel ``o`` of the small image meets pixel ``stride * o + t - before`` of the large at tap t.

    Parameters
    ----------
    large, small : int
        Pixels.
    taps : int
        Length of the kernel.
    stride : int
        Large pixels from one small pixel to the next.
    before : int
        Rows of zeros that the large image is thought to begin with.
    """

    large: int
    small: int
    taps: int
    stride: int
    before: int

    @property
    def after(self) -> int:
        """Rows of zeros after the large image; negative where its last rows meet nothing."""
        return (self.small - 1) * self.stride + self.taps - self.before - self.large


class Geometry(NamedTuple):
    """The two axes of a convolution.

    Parameters
    ----------
    rows, columns : Axis
        Down and across.
    """

    rows: Axis
    columns: Axis

    @classmethod
    def of_convolution(
        cls,
        large: tuple[int, ...],
        taps: tuple[int, ...],
        strides: tuple[int, int],
        padding: Literal["same", "valid"],
    ) -> Geometry:
        """Return the geometry of a convolution of a large image to a small one."""

        def axis(large: int, taps: int, stride: int) -> Axis:
            if padding == "valid":
                return Axis(large, (large - taps) // stride + 1, taps, stride, 0)
            small = -(-large // stride)
            return Axis(large, small, taps, stride, max((small - 1) * stride + taps - large, 0) // 2)

        return cls(*map(axis, large, taps, strides))

    @classmethod
    def of_transposed(
        cls, small: tuple[int, ...], taps: tuple[int, ...], strides: tuple[int, int]
    ) -> Geometry:
        """Return the geometry of a transposed convolution of a small image to a large one."""

        def axis(small: int, taps: int, stride: int) -> Axis:
            before = 0 if stride > taps - 1 else (taps - stride) // 2
            return Axis(small * stride, small, taps, stride, before)

        return cls(*map(axis, small, taps, strides))

    @classmethod
    def of_upsampling(
        cls, small: tuple[int, ...], taps: tuple[int, ...], factors: tuple[int, int]
    ) -> Geometry:
        """Return the geometry of a transposed convolution that equals upsampling and convolving."""

        def axis(small: int, taps: int, factor: int) -> Axis:
            return Axis(small * factor, small, taps + factor - 1, factor, taps - 1 - (taps - 1) // 2)

        return cls(*map(axis, small, taps, factors))


def zero_padded(array: Array, padding: list[tuple[int, int]]) -> Array:
    """Pad the leading axes with zeros; negative amounts cut."""
    padding = [*padding, *[(0, 0)] * (array.ndim - len(padding))]
    if all(amounts == (0, 0) for amounts in padding):
        return array
    return lax.pad(array, jnp.zeros((), array.dtype), [(*amounts, 0) for amounts in padding])


def _unit_axis(axis: Axis) -> Axis:
    first = -axis.before // axis.stride
    last = (axis.taps - 1 - axis.before) // axis.stride
    return Axis(-(-axis.large // axis.stride), axis.small, last - first + 1, 1, -first)


def unit_geometry(geometry: Geometry) -> Geometry:
    """Return the geometry, of stride 1, in which all phases together meet the small image."""
    return Geometry(*map(_unit_axis, geometry))


def joined_phases(geometry: Geometry, large: Array) -> tuple[Geometry, Array]:
    """Turn the phases into channels."""
    unit = unit_geometry(geometry)
    height, width = (axis.stride for axis in geometry)
    if height == width == 1:
        return unit, large
    rows, columns = (axis.large for axis in unit)
    batch, channels = large.shape[2:]
    large = zero_padded(large, [(0, rows * height - large.shape[0]), (0, columns * width - large.shape[1])])
    large = large.reshape(rows, height, columns, width, batch, channels).transpose(0, 2, 4, 1, 3, 5)
    return unit, large.reshape(rows, columns, batch, height * width * channels)


def separated_phases(geometry: Geometry, phases: Array) -> Array:
    """Turn the channels back into phases."""
    height, width = (axis.stride for axis in geometry)
    if height == width == 1:
        return phases
    rows, columns, batch, channels = phases.shape
    large = phases.reshape(rows, columns, batch, height, width, channels // (height * width))
    large = large.transpose(0, 3, 1, 4, 2, 5).reshape(rows * height, columns * width, batch, -1)
    return large[: geometry.rows.large, : geometry.columns.large]


def interleaved_phases(geometry: Geometry, parts: list[Array]) -> Array:
    """Put the phases' images into one."""
    height, width = (axis.stride for axis in geometry)
    rows, columns, *rest = parts[0].shape
    places = jnp.stack(parts).reshape(height, width, rows, columns, *rest).transpose(2, 0, 3, 1, 4, 5)
    merged = places.reshape(rows * height, columns * width, *rest)
    return merged[: geometry.rows.large, : geometry.columns.large]


def _tap_padding(geometry: Geometry) -> list[tuple[int, int]]:
    padding = []
    for axis in geometry:
        unit = _unit_axis(axis)
        before = unit.before * axis.stride - axis.before
        padding.append((before, unit.taps * axis.stride - axis.taps - before))
    return padding


def joined_taps(geometry: Geometry, kernel: Array) -> Array:
    """Arrange a kernel for an image whose phases are channels."""
    height, width = (axis.stride for axis in geometry)
    if height == width == 1:
        return kernel
    kernel = zero_padded(kernel, _tap_padding(geometry))
    rows, columns = kernel.shape[0] // height, kernel.shape[1] // width
    kernel = kernel.reshape(rows, height, columns, width, *kernel.shape[2:]).transpose(0, 2, 1, 3, 4, 5)
    return kernel.reshape(rows, columns, -1, kernel.shape[-1])


def separated_taps(geometry: Geometry, kernel: Array) -> Array:
    """Undo :func:`joined_taps`."""
    height, width = (axis.stride for axis in geometry)
    if height == width == 1:
        return kernel
    rows, columns, channels, filters = kernel.shape
    kernel = kernel.reshape(rows, columns, height, width, channels // (height * width), filters)
    kernel = kernel.transpose(0, 2, 1, 3, 4, 5).reshape(rows * height, columns * width, -1, filters)
    (top, _), (left, _) = _tap_padding(geometry)
    return kernel[top : top + geometry.rows.taps, left : left + geometry.columns.taps]


def phases_of(geometry: Geometry) -> list[tuple[tuple[int, int], Geometry]]:
    """List each phase with the geometry of what meets it, without the taps that do not."""

    def axis_of(axis: Axis, phase: int) -> Axis:
        first = (axis.before + phase) % axis.stride
        taps = len(range(first, axis.taps, axis.stride))
        before = (axis.before + phase - first) // axis.stride
        return Axis(-(-axis.large // axis.stride), axis.small, taps, 1, before)

    return [
        ((row, column), Geometry(axis_of(geometry.rows, row), axis_of(geometry.columns, column)))
        for row, column in itertools.product(range(geometry.rows.stride), range(geometry.columns.stride))
    ]


def pixels_of_phase(geometry: Geometry, large: Array, phase: tuple[int, int]) -> Array:
    """Cut one phase's image out."""
    unit = unit_geometry(geometry)
    height, width = (axis.stride for axis in geometry)
    pixels = large[phase[0] :: height, phase[1] :: width]
    return zero_padded(
        pixels, [(0, unit.rows.large - pixels.shape[0]), (0, unit.columns.large - pixels.shape[1])]
    )


def taps_of_phase(geometry: Geometry, kernel: Array, phase: tuple[int, int]) -> Array:
    """Cut out of a kernel what meets one phase."""
    first = [(axis.before + place) % axis.stride for axis, place in zip(geometry, phase, strict=True)]
    return kernel[first[0] :: geometry.rows.stride, first[1] :: geometry.columns.stride]
