"""Convolution on XLA's CPU backend, in the formulations that its fast kernels take."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
from jax import lax

from diabolo.core.convolution_geometry import Axis, Geometry

if TYPE_CHECKING:
    from jax import Array
    from jaxtyping import Float

__all__ = ["correlate", "gather", "spread"]

# Up to this many values per pixel, sums of shifted arrays beat a convolution's kernel.
_FEW = 64
_CHUNK = 2**17


def gather(
    geometry: Geometry,
    large: Float[Array, "height width batch channels"],
    kernel: Float[Array, "rows columns channels filters"],
) -> Float[Array, "new_height new_width batch filters"]:
    """Convolve, with strides."""
    if kernel.shape[2] == 1:
        return _gather_one_channel(geometry, large, kernel)
    unit, large = _unit_stride(geometry, large)
    return _gather_unit(unit, large, _by_phase(geometry, kernel))


def spread(
    geometry: Geometry,
    small: Float[Array, "height width batch filters"],
    kernel: Float[Array, "rows columns channels filters"],
) -> Float[Array, "new_height new_width batch channels"]:
    """Convolve transposed: what :func:`gather` reads with a weight is written with it."""
    if kernel.shape[2] == 1:
        unit = _unit_geometry(geometry)
        phases = _spread_unit(unit, small, _by_phase(geometry, kernel))
        return _from_phases(geometry, phases)
    parts = [
        _spread_unit(part, small, _of_phase(geometry, kernel, phase)) for phase, part in _phases(geometry)
    ]
    height, width = (axis.stride for axis in geometry)
    stacked = jnp.stack(parts).reshape(height, width, *parts[0].shape)
    interleaved = stacked.transpose(2, 0, 3, 1, 4, 5)
    rows, columns = (axis.large for axis in geometry)
    merged = interleaved.reshape(height * parts[0].shape[0], width * parts[0].shape[1], *parts[0].shape[2:])
    return merged[:rows, :columns]


def correlate(
    geometry: Geometry,
    large: Float[Array, "height width batch channels"],
    small: Float[Array, "new_height new_width batch filters"],
) -> Float[Array, "rows columns channels filters"]:
    """Sum, over all pixels, the products that meet at a tap of the kernel."""
    unit, large = _unit_stride(geometry, large)
    return _from_by_phase(geometry, _correlate_unit(unit, large, small))


# Strides: the large image's pixels of one phase (their place within a stride) are an image of their own, which
# the small image meets with stride 1. All phases together are that image's channels.


def _unit_axis(axis: Axis) -> Axis:
    first = -axis.before // axis.stride
    last = (axis.taps - 1 - axis.before) // axis.stride
    return Axis(-(-axis.large // axis.stride), axis.small, last - first + 1, 1, -first)


def _unit_geometry(geometry: Geometry) -> Geometry:
    return Geometry(*map(_unit_axis, geometry))


def _unit_stride(geometry: Geometry, large: Array) -> tuple[Geometry, Array]:
    """Turn the phases into channels."""
    unit = _unit_geometry(geometry)
    height, width = (axis.stride for axis in geometry)
    if height == width == 1:
        return unit, large
    rows, columns = (axis.large for axis in unit)
    batch, channels = large.shape[2:]
    large = _pad(large, [(0, rows * height - large.shape[0]), (0, columns * width - large.shape[1])])
    large = large.reshape(rows, height, columns, width, batch, channels).transpose(0, 2, 4, 1, 3, 5)
    return unit, large.reshape(rows, columns, batch, height * width * channels)


def _from_phases(geometry: Geometry, phases: Array) -> Array:
    """Turn the channels back into phases."""
    height, width = (axis.stride for axis in geometry)
    if height == width == 1:
        return phases
    rows, columns, batch, channels = phases.shape
    large = phases.reshape(rows, columns, batch, height, width, channels // (height * width))
    large = large.transpose(0, 3, 1, 4, 2, 5).reshape(rows * height, columns * width, batch, -1)
    return large[: geometry.rows.large, : geometry.columns.large]


def _tap_padding(geometry: Geometry) -> list[tuple[int, int]]:
    padding = []
    for axis in geometry:
        unit = _unit_axis(axis)
        before = unit.before * axis.stride - axis.before
        padding.append((before, unit.taps * axis.stride - axis.taps - before))
    return padding


def _by_phase(geometry: Geometry, kernel: Array) -> Array:
    """Arrange a kernel for an image whose phases are channels."""
    height, width = (axis.stride for axis in geometry)
    if height == width == 1:
        return kernel
    kernel = _pad(kernel, _tap_padding(geometry))
    rows, columns = kernel.shape[0] // height, kernel.shape[1] // width
    kernel = kernel.reshape(rows, height, columns, width, *kernel.shape[2:]).transpose(0, 2, 1, 3, 4, 5)
    return kernel.reshape(rows, columns, -1, kernel.shape[-1])


def _from_by_phase(geometry: Geometry, kernel: Array) -> Array:
    height, width = (axis.stride for axis in geometry)
    if height == width == 1:
        return kernel
    rows, columns, channels, filters = kernel.shape
    kernel = kernel.reshape(rows, columns, height, width, channels // (height * width), filters)
    kernel = kernel.transpose(0, 2, 1, 3, 4, 5).reshape(rows * height, columns * width, -1, filters)
    (top, _), (left, _) = _tap_padding(geometry)
    return kernel[top : top + geometry.rows.taps, left : left + geometry.columns.taps]


def _phases(geometry: Geometry) -> list[tuple[tuple[int, int], Geometry]]:
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


def _of_phase(geometry: Geometry, kernel: Array, phase: tuple[int, int]) -> Array:
    first = [(axis.before + place) % axis.stride for axis, place in zip(geometry, phase, strict=True)]
    return kernel[first[0] :: geometry.rows.stride, first[1] :: geometry.columns.stride]


# Stride 1, pixels first.


def _pad(array: Array, padding: list[tuple[int, int]]) -> Array:
    """Pad the leading axes with zeros; negative amounts cut."""
    padding = [*padding, *[(0, 0)] * (array.ndim - len(padding))]
    if all(amounts == (0, 0) for amounts in padding):
        return array
    return lax.pad(array, jnp.zeros((), array.dtype), [(*amounts, 0) for amounts in padding])


def _gather_one_channel(geometry: Geometry, large: Array, kernel: Array) -> Array:
    padded = _pad(large, [(axis.before, axis.after) for axis in geometry])
    shifts = itertools.product(range(geometry.rows.taps), range(geometry.columns.taps))
    height, width = (axis.stride for axis in geometry)
    rows, columns = ((axis.small - 1) * axis.stride + 1 for axis in geometry)
    return sum(padded[i : i + rows : height, j : j + columns : width] * kernel[i, j, 0] for i, j in shifts)


def _gather_unit(unit: Geometry, large: Array, kernel: Array) -> Array:
    taps, (channels, filters) = unit.rows.taps * unit.columns.taps, kernel.shape[2:]
    if channels == 1 and taps:
        return _gather_one_channel(unit, large, kernel)
    batch = large.shape[2]
    rows, columns = (axis.small for axis in unit)
    if taps == 0:
        return jnp.zeros((rows, columns, batch, filters), large.dtype)
    padding = [(axis.before, axis.after) for axis in unit]
    shifts = list(itertools.product(range(unit.rows.taps), range(unit.columns.taps)))
    if filters == 1:
        products = lax.dot_general(
            kernel.reshape(taps, channels), large.reshape(-1, channels), (((1,), (1,)), ((), ()))
        ).reshape(taps, *large.shape[:3])
        padded = _pad(products, [(0, 0), *padding])
        return sum(padded[tap, i : i + rows, j : j + columns] for tap, (i, j) in enumerate(shifts))[..., None]
    # Beside each other in a row, the batch's pixels make rows long enough for the kernel's tiles, and a step
    # of one pixel is a step of the whole batch.
    if (
        unit.rows.after + unit.rows.before > unit.rows.taps - 1
        or unit.columns.after + unit.columns.before > unit.columns.taps - 1
    ):
        large, padding = _pad(large, padding), [(0, 0), (0, 0)]
    height, width = large.shape[:2]
    result = lax.conv_general_dilated(
        large.reshape(1, height, width * batch, channels),
        kernel,
        (1, 1),
        [padding[0], (padding[1][0] * batch, padding[1][1] * batch)],
        rhs_dilation=(1, batch),
        dimension_numbers=("NHWC", "HWIO", "NHWC"),
    )
    return result.reshape(rows, columns, batch, filters)


def _spread_unit(unit: Geometry, small: Array, kernel: Array) -> Array:
    reverse = Geometry(
        *(Axis(axis.small, axis.large, axis.taps, 1, axis.taps - 1 - axis.before) for axis in unit)
    )
    return _gather_unit(reverse, small, jnp.flip(kernel, (0, 1)).swapaxes(2, 3))


def _correlate_unit(unit: Geometry, large: Array, small: Array) -> Array:
    rows, columns, batch, filters = small.shape
    channels = large.shape[3]
    taps = unit.rows.taps, unit.columns.taps
    padded = _pad(large, [(axis.before, axis.after) for axis in unit])
    shifts = list(itertools.product(*map(range, taps)))
    if channels == 1:
        shifted = jnp.stack([padded[i : i + rows, j : j + columns].reshape(-1) for i, j in shifts])
        return (shifted @ small.reshape(-1, filters)).reshape(*taps, 1, filters)
    if filters == 1:
        reverse = [(axis.taps - 1 - axis.before, axis.large - axis.small + axis.before) for axis in unit]
        height, width = large.shape[:2]
        padded = _pad(small, reverse)
        shifted = jnp.stack([padded[i : i + height, j : j + width].reshape(-1) for i, j in reversed(shifts)])
        return (shifted @ large.reshape(-1, channels)).reshape(*taps, channels, 1)

    def part(large: Array, small: Array) -> Array:
        batch = small.shape[2]
        large = large.transpose(0, 1, 3, 2).reshape(1, large.shape[0], -1, batch)
        product = lax.conv_general_dilated(
            large,
            small,
            (1, 1),
            "VALID",
            rhs_dilation=(1, channels),
            dimension_numbers=("NHWC", "HWIO", "NHWC"),
        )
        return product.reshape(*taps, channels, filters)

    length = max(1, min(batch, _CHUNK // (rows * columns * filters)))
    chunks = -(-batch // length)
    if chunks == 1:
        return part(padded, small)
    if batch % length:
        length = -(-batch // chunks)
        padded, small = (
            lax.pad(
                array,
                jnp.zeros((), array.dtype),
                [(0, 0, 0), (0, 0, 0), (0, chunks * length - batch, 0), (0, 0, 0)],
            )
            for array in (padded, small)
        )

    def add(chunk: Any, total: Array) -> Array:
        pieces = (lax.dynamic_slice_in_dim(array, chunk * length, length, 2) for array in (padded, small))
        return total + part(*pieces)

    return lax.fori_loop(0, chunks, add, jnp.zeros((*taps, channels, filters), small.dtype))
