"""Convolution on XLA's CPU backend, in the formulations that its fast kernels take."""

from __future__ import annotations

import functools
import itertools
import operator
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
from jax import lax

from diabolo.core.convolution_geometry import Axis, Geometry

if TYPE_CHECKING:
    from jax import Array
    from jaxtyping import Float

__all__ = ["correlate", "gather", "spread"]

# Up to this many channels, all phases in one convolution beat one convolution for each.
_FEW = 64
# A contraction over more than this is taken row by row.
_CACHED_BYTES = 2**19


def _total(arrays: Iterable[Array]) -> Array:
    return functools.reduce(operator.add, arrays)


def gather(
    geometry: Geometry,
    large: Float[Array, "height width batch channels"],
    kernel: Float[Array, "rows columns channels filters"],
) -> Float[Array, "new_height new_width batch filters"]:
    """Convolve, with strides."""
    if kernel.shape[2] == 1:
        return _gather_one_channel(geometry, large, kernel)
    if _joins_phases(geometry, kernel.shape[2]):
        unit, large = _unit_stride(geometry, large)
        return _gather_unit(unit, large, _by_phase(geometry, kernel))
    return _total(
        _gather_unit(part, _pixels_of_phase(geometry, large, phase), _of_phase(geometry, kernel, phase))
        for phase, part in _phases(geometry)
    )


def spread(
    geometry: Geometry,
    small: Float[Array, "height width batch filters"],
    kernel: Float[Array, "rows columns channels filters"],
) -> Float[Array, "new_height new_width batch channels"]:
    """Convolve transposed: what :func:`gather` reads with a weight is written with it."""
    if kernel.shape[2] > 1 and _joins_phases(geometry, kernel.shape[2]):
        phases = _spread_unit(_unit_geometry(geometry), small, _by_phase(geometry, kernel))
        return _from_phases(geometry, phases)
    parts = [
        _spread_unit(part, small, _of_phase(geometry, kernel, phase)) for phase, part in _phases(geometry)
    ]
    height, width = (axis.stride for axis in geometry)
    rows, columns, *rest = parts[0].shape
    places = jnp.stack(parts).reshape(height, width, rows, columns, *rest).transpose(2, 0, 3, 1, 4, 5)
    merged = places.reshape(rows * height, columns * width, *rest)
    return merged[: geometry.rows.large, : geometry.columns.large]


def correlate(
    geometry: Geometry,
    large: Float[Array, "height width batch channels"],
    small: Float[Array, "new_height new_width batch filters"],
) -> Float[Array, "rows columns channels filters"]:
    """Sum, over all pixels, the products that meet at a tap of the kernel."""
    if large.shape[3] == 1:
        shifted = jnp.stack([pixels.reshape(-1) for pixels in _shifts(geometry, large)])
        kernel = shifted @ small.reshape(-1, small.shape[3])
        return kernel.reshape(geometry.rows.taps, geometry.columns.taps, 1, -1)
    if _joins_phases(geometry, large.shape[3]):
        unit, large = _unit_stride(geometry, large)
        return _from_by_phase(geometry, _correlate_unit(unit, large, small))
    parts = []
    for phase, part in _phases(geometry):
        kernel = _correlate_unit(part, _pixels_of_phase(geometry, large, phase), small)
        if 0 in kernel.shape:
            continue
        padding = []
        for axis, place, taps in zip(geometry, phase, kernel.shape[:2], strict=True):
            first = (axis.before + place) % axis.stride
            padding.append((first, axis.taps - first - (taps - 1) * axis.stride - 1, axis.stride - 1))
        parts.append(lax.pad(kernel, jnp.zeros((), kernel.dtype), [*padding, (0, 0, 0), (0, 0, 0)]))
    return _total(parts)


# Strides: the large image's pixels of one phase (their place within a stride) are an image of their own,
# which the small image meets with stride 1. All phases together are that image's channels.


def _joins_phases(geometry: Geometry, channels: int) -> bool:
    """Decide whether all phases at once, with zeros for taps that not all of them have, beat one by one."""
    return channels * geometry.rows.stride * geometry.columns.stride <= _FEW


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


def _pixels_of_phase(geometry: Geometry, large: Array, phase: tuple[int, int]) -> Array:
    unit = _unit_geometry(geometry)
    height, width = (axis.stride for axis in geometry)
    pixels = large[phase[0] :: height, phase[1] :: width]
    return _pad(pixels, [(0, unit.rows.large - pixels.shape[0]), (0, unit.columns.large - pixels.shape[1])])


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


def _shifts(geometry: Geometry, large: Array) -> list[Array]:
    """List, for each tap, the pixels that it meets."""
    padded = _pad(large, [(axis.before, axis.after) for axis in geometry])
    taps = itertools.product(range(geometry.rows.taps), range(geometry.columns.taps))
    height, width = (axis.stride for axis in geometry)
    rows, columns = ((axis.small - 1) * axis.stride + 1 for axis in geometry)
    return [padded[i : i + rows : height, j : j + columns : width] for i, j in taps]


def _gather_one_channel(geometry: Geometry, large: Array, kernel: Array) -> Array:
    weights = kernel.reshape(-1, kernel.shape[3])
    return _total(pixels * weight for pixels, weight in zip(_shifts(geometry, large), weights, strict=True))


def _gather_unit(unit: Geometry, large: Array, kernel: Array) -> Array:
    taps, (channels, filters) = unit.rows.taps * unit.columns.taps, kernel.shape[2:]
    if channels == 1 and taps:
        return _gather_one_channel(unit, large, kernel)
    batch = large.shape[2]
    rows, columns = (axis.small for axis in unit)
    if taps == 0:
        return jnp.zeros((rows, columns, batch, filters), large.dtype)
    padding = [(axis.before, axis.after) for axis in unit]
    if filters == 1:
        products = lax.dot_general(
            kernel.reshape(taps, channels), large.reshape(-1, channels), (((1,), (1,)), ((), ()))
        ).reshape(taps, *large.shape[:3])
        padded = _pad(products, [(0, 0), *padding])
        shifts = itertools.product(range(unit.rows.taps), range(unit.columns.taps))
        shifted = (padded[tap, i : i + rows, j : j + columns] for tap, (i, j) in enumerate(shifts))
        return _total(shifted)[..., None]
    # Beside each other in a row, the batch's pixels make rows long enough for the kernel's tiles, and a step
    # of one pixel is a step of the whole batch.
    if any(axis.small > axis.large for axis in unit):
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


def _reverse(unit: Geometry) -> Geometry:
    """Return the geometry in which the large image is the small one."""
    return Geometry(
        *(Axis(axis.small, axis.large, axis.taps, 1, axis.taps - 1 - axis.before) for axis in unit)
    )


def _spread_unit(unit: Geometry, small: Array, kernel: Array) -> Array:
    return _gather_unit(_reverse(unit), small, jnp.flip(kernel, (0, 1)).swapaxes(2, 3))


def _correlate_unit(unit: Geometry, large: Array, small: Array) -> Array:
    rows, _, batch, filters = small.shape
    channels = large.shape[3]
    taps = unit.rows.taps, unit.columns.taps
    if 0 in taps:
        return jnp.zeros((*taps, channels, filters), small.dtype)
    if filters == 1:
        reverse = _reverse(unit)
        shifted = jnp.stack([pixels.reshape(-1) for pixels in reversed(_shifts(reverse, small))])
        return (shifted @ large.reshape(-1, channels)).reshape(*taps, channels, 1)
    # A convolution again, whose taps are the pixels and whose channels are the batch: the pixels' channels
    # lie beside each other in its rows. One row of pixels at a time stays in the cache.
    padded = _pad(large, [(axis.before, axis.after) for axis in unit]).transpose(0, 1, 3, 2)
    padded = padded.reshape(1, padded.shape[0], -1, batch)

    def of_rows(large: Array, small: Array) -> Array:
        return lax.conv_general_dilated(
            large,
            small,
            (1, 1),
            "VALID",
            rhs_dilation=(1, channels),
            dimension_numbers=("NHWC", "HWIO", "NHWC"),
        )

    if small.size * small.dtype.itemsize <= _CACHED_BYTES:
        return of_rows(padded, small).reshape(*taps, channels, filters)

    def add_row(row: Any, total: Array) -> Array:
        above = lax.dynamic_slice_in_dim(padded, row, taps[0], 1)
        return total + of_rows(above, lax.dynamic_slice_in_dim(small, row, 1, 0))

    total = jnp.zeros((1, taps[0], taps[1] * channels, filters), small.dtype)
    return lax.fori_loop(0, rows, add_row, total).reshape(*taps, channels, filters)
