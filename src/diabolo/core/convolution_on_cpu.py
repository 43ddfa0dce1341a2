"""Convolution on XLA's CPU backend, in the formulations that its fast kernels take."""

from __future__ import annotations

import functools
import itertools
import operator
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
from jax import lax

from diabolo.core.convolution_geometry import (
    Axis,
    Geometry,
    interleaved_phases,
    joined_phases,
    joined_taps,
    phases_of,
    pixels_of_phase,
    separated_phases,
    separated_taps,
    taps_of_phase,
    unit_geometry,
    zero_padded,
)

if TYPE_CHECKING:
    from jax import Array
    from jaxtyping import Float

__all__ = ["correlate", "gather", "spread"]

# Up to this many channels, all phases in one convolution beat one convolution for each.
_FEW = 64
# Up to this many taps are written out one by one.
_FEW_TAPS = 64
# A kernel's gradient from more bytes than this, of the smaller side, is taken row by row.
_CACHED_BYTES = 2**19


def _total(arrays: Iterable[Array]) -> Array:
    return functools.reduce(operator.add, arrays)


def gather(
    geometry: Geometry,
    large: Float[Array, "height width batch channels"],
    kernel: Float[Array, "rows columns channels filters"],
) -> Float[Array, "new_height new_width batch filters"]:
    """Convolve, with strides."""
    if kernel.shape[2] == 1 and _has_few_taps(geometry):
        return _gather_one_channel(geometry, large, kernel)
    if _joins_phases(geometry, kernel.shape[2]):
        unit, large = joined_phases(geometry, large)
        return _gather_unit(unit, large, joined_taps(geometry, kernel))
    return _total(
        _gather_unit(part, pixels_of_phase(geometry, large, phase), taps_of_phase(geometry, kernel, phase))
        for phase, part in phases_of(geometry)
    )


def spread(
    geometry: Geometry,
    small: Float[Array, "height width batch filters"],
    kernel: Float[Array, "rows columns channels filters"],
) -> Float[Array, "new_height new_width batch channels"]:
    """Convolve transposed: what :func:`gather` reads with a weight is written with it."""
    if kernel.shape[2] == 1 and _has_few_taps(geometry):
        return interleaved_phases(geometry, _spread_one_channel(geometry, small, kernel))
    if _joins_phases(geometry, kernel.shape[2]):
        phases = _spread_unit(unit_geometry(geometry), small, joined_taps(geometry, kernel))
        return separated_phases(geometry, phases)
    parts = [
        _spread_unit(part, small, taps_of_phase(geometry, kernel, phase))
        for phase, part in phases_of(geometry)
    ]
    return interleaved_phases(geometry, parts)


def correlate(
    geometry: Geometry,
    large: Float[Array, "height width batch channels"],
    small: Float[Array, "new_height new_width batch filters"],
) -> Float[Array, "rows columns channels filters"]:
    """Sum, over all pixels, the products that meet at a tap of the kernel."""
    if large.shape[3] == 1 and _has_few_taps(geometry):
        shifted = jnp.stack([pixels.reshape(-1) for pixels in _shifts(geometry, large)])
        kernel = shifted @ small.reshape(-1, small.shape[3])
        return kernel.reshape(geometry.rows.taps, geometry.columns.taps, 1, -1)
    if _joins_phases(geometry, large.shape[3]):
        unit, large = joined_phases(geometry, large)
        return separated_taps(geometry, _correlate_unit(unit, large, small))
    parts = []
    for phase, part in phases_of(geometry):
        kernel = _correlate_unit(part, pixels_of_phase(geometry, large, phase), small)
        if 0 in kernel.shape:
            continue
        padding = []
        for axis, place, taps in zip(geometry, phase, kernel.shape[:2], strict=True):
            first = (axis.before + place) % axis.stride
            padding.append((first, axis.taps - first - (taps - 1) * axis.stride - 1, axis.stride - 1))
        parts.append(lax.pad(kernel, jnp.zeros((), kernel.dtype), [*padding, (0, 0, 0), (0, 0, 0)]))
    return _total(parts)


def _has_few_taps(geometry: Geometry) -> bool:
    return geometry.rows.taps * geometry.columns.taps <= _FEW_TAPS


def _joins_phases(geometry: Geometry, channels: int) -> bool:
    """Decide whether all phases at once, with zeros for taps that not all of them have, beat one by one."""
    return channels * geometry.rows.stride * geometry.columns.stride <= _FEW


def _spread_one_channel(geometry: Geometry, small: Array, kernel: Array) -> list[Array]:
    """Multiply by all taps at once and add up what falls on the same pixel, for each phase."""
    filters = kernel.shape[3]
    products = lax.dot_general(
        kernel.reshape(-1, filters), small.reshape(-1, filters), (((1,), (1,)), ((), ()))
    )
    products = products.reshape(*kernel.shape[:2], *small.shape[:3])
    parts = []
    for phase, part in phases_of(geometry):
        chosen = taps_of_phase(geometry, products, phase)
        moved = [
            zero_padded(
                chosen[taps],
                [
                    (tap - axis.before, axis.large - axis.small - tap + axis.before)
                    for tap, axis in zip(taps, part, strict=True)
                ],
            )
            for taps in itertools.product(range(part.rows.taps), range(part.columns.taps))
        ]
        shape = (part.rows.large, part.columns.large, small.shape[2], 1)
        parts.append(_total(moved)[..., None] if moved else jnp.zeros(shape, small.dtype))
    return parts


# Stride 1, pixels first.


def _shifts(geometry: Geometry, large: Array) -> list[Array]:
    """List, for each tap, the pixels that it meets."""
    padded = zero_padded(large, [(axis.before, axis.after) for axis in geometry])
    taps = itertools.product(range(geometry.rows.taps), range(geometry.columns.taps))
    height, width = (axis.stride for axis in geometry)
    rows, columns = ((axis.small - 1) * axis.stride + 1 for axis in geometry)
    return [padded[i : i + rows : height, j : j + columns : width] for i, j in taps]


def _gather_one_channel(geometry: Geometry, large: Array, kernel: Array) -> Array:
    weights = kernel.reshape(-1, kernel.shape[3])
    return _total(pixels * weight for pixels, weight in zip(_shifts(geometry, large), weights, strict=True))


def _gather_unit(unit: Geometry, large: Array, kernel: Array) -> Array:
    taps, (channels, filters) = unit.rows.taps * unit.columns.taps, kernel.shape[2:]
    if channels == 1 and 0 < taps <= _FEW_TAPS:
        return _gather_one_channel(unit, large, kernel)
    batch = large.shape[2]
    rows, columns = (axis.small for axis in unit)
    if taps == 0:
        return jnp.zeros((rows, columns, batch, filters), large.dtype)
    padding = [(axis.before, axis.after) for axis in unit]
    if filters == 1 and taps <= _FEW_TAPS:
        products = lax.dot_general(
            kernel.reshape(taps, channels), large.reshape(-1, channels), (((1,), (1,)), ((), ()))
        ).reshape(taps, *large.shape[:3])
        padded = zero_padded(products, [(0, 0), *padding])
        shifts = itertools.product(range(unit.rows.taps), range(unit.columns.taps))
        shifted = (padded[tap, i : i + rows, j : j + columns] for tap, (i, j) in enumerate(shifts))
        return _total(shifted)[..., None]
    # Beside each other in a row, the batch's pixels make rows long enough for the kernel's tiles, and a step
    # of one pixel is a step of the whole batch.
    if any(axis.small > axis.large for axis in unit):
        large, padding = zero_padded(large, padding), [(0, 0), (0, 0)]
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
    channels, filters = large.shape[3], small.shape[3]
    taps = unit.rows.taps, unit.columns.taps
    if 0 in taps:
        return jnp.zeros((*taps, channels, filters), small.dtype)
    if filters == 1 and _has_few_taps(unit):
        reverse = _reverse(unit)
        shifted = jnp.stack([pixels.reshape(-1) for pixels in reversed(_shifts(reverse, small))])
        return (shifted @ large.reshape(-1, channels)).reshape(*taps, channels, 1)
    if small.size < large.size:
        # The side to be transposed is the smaller one.
        kernel = _correlate_transposed(_reverse(unit), small, large)
        return jnp.flip(kernel, (0, 1)).swapaxes(2, 3)
    return _correlate_transposed(unit, large, small)


def _correlate_transposed(unit: Geometry, large: Array, small: Array) -> Array:
    """Multiply, the large image's channels first, so that what is summed over lies in a row."""
    rows, columns, batch, filters = small.shape
    channels = large.shape[3]
    taps = unit.rows.taps, unit.columns.taps
    padded = zero_padded(large, [(axis.before, axis.after) for axis in unit])
    if small.size * small.dtype.itemsize <= _CACHED_BYTES:
        # The taps are the pixels of another convolution, whose channels are the batch.
        beside = padded.transpose(0, 1, 3, 2).reshape(1, padded.shape[0], -1, batch)
        sums = lax.conv_general_dilated(
            beside,
            small,
            (1, 1),
            "VALID",
            rhs_dilation=(1, channels),
            dimension_numbers=("NHWC", "HWIO", "NHWC"),
        )
        return sums.reshape(*taps, channels, filters)

    # One row of pixels at a time stays in the cache: for each step across, a product of the channels of the
    # rows that meet it with its filters.
    upright = padded.reshape(padded.shape[0], -1, channels).transpose(0, 2, 1)
    upright = lax.optimization_barrier(upright)
    level = small.reshape(rows, columns * batch, filters)

    def add_row(row: Any, total: Array) -> Array:
        above = lax.dynamic_slice_in_dim(upright, row, taps[0])
        beside = lax.dynamic_index_in_dim(level, row, keepdims=False)
        shifted = (above[:, :, j * batch : (j + columns) * batch] for j in range(taps[1]))
        return total + jnp.stack([part.reshape(-1, columns * batch) @ beside for part in shifted])

    total = jnp.zeros((taps[1], taps[0] * channels, filters), small.dtype)
    sums = lax.fori_loop(0, rows, add_row, total).reshape(taps[1], taps[0], channels, filters)
    return sums.transpose(1, 0, 2, 3)
