import itertools

import jax.numpy as jnp
import numpy as np
import pytest
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
    zero_padded,
)


@pytest.mark.parametrize("padding", ["same", "valid"])
def test_padding_is_xlas(padding):
    for large, taps, stride in itertools.product(range(5, 9), range(1, 6), range(1, 4)):
        geometry = Geometry.of_convolution((large, large), (taps, taps), (stride, stride), padding)
        (before, after), _ = lax.padtype_to_pads((large,) * 2, (taps,) * 2, (stride,) * 2, padding.upper())
        axis = geometry.rows
        assert axis.before == before
        assert axis.small == (large + before + after - taps) // stride + 1
        # Of what the last window does not reach, XLA cuts nothing and pads all the same.
        assert axis.after <= after < axis.after + stride


def test_transposed_and_upsampled_images_are_stride_times_as_large():
    for small, taps, stride in itertools.product(range(1, 4), range(1, 6), range(1, 4)):
        transposed = Geometry.of_transposed((small, small), (taps, taps), (stride, 1))
        assert (transposed.rows.large, transposed.columns.large) == (small * stride, small)
        upsampled = Geometry.of_upsampling((small, small), (taps, taps), (stride, 1))
        assert (upsampled.rows.large, upsampled.columns.large) == (small * stride, small)
        # A block of equal pixels lengthens the kernel.
        assert upsampled.rows.taps == taps + stride - 1


def test_after_completes_the_last_window():
    assert Axis(large=7, small=4, taps=3, stride=2, before=1).after == 1
    assert Axis(large=8, small=3, taps=2, stride=3, before=0).after == 0
    assert Axis(large=9, small=3, taps=2, stride=3, before=0).after == -1


GEOMETRIES = [
    Geometry.of_convolution((7, 6), (3, 4), (2, 3), "same"),
    Geometry.of_upsampling((3, 4), (3, 2), (2, 1)),
    Geometry.of_convolution((5, 5), (3, 3), (1, 1), "same"),
]


@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_what_is_joined_can_be_separated(geometry, rng):
    large = rng.standard_normal((geometry.rows.large, geometry.columns.large, 2, 3)).astype(np.float32)
    _, joined = joined_phases(geometry, jnp.asarray(large))
    np.testing.assert_array_equal(separated_phases(geometry, joined), large)
    kernel = rng.standard_normal((geometry.rows.taps, geometry.columns.taps, 3, 2)).astype(np.float32)
    joined = joined_taps(geometry, jnp.asarray(kernel))
    np.testing.assert_array_equal(separated_taps(geometry, joined), kernel)


@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_phases_cut_out_can_be_put_together(geometry, rng):
    large = rng.standard_normal((geometry.rows.large, geometry.columns.large, 2, 3)).astype(np.float32)
    parts = [pixels_of_phase(geometry, jnp.asarray(large), phase) for phase, _ in phases_of(geometry)]
    np.testing.assert_array_equal(interleaved_phases(geometry, parts), large)


@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_every_tap_meets_one_phase(geometry):
    kernel = jnp.arange(geometry.rows.taps * geometry.columns.taps).reshape(geometry.rows.taps, -1)
    parts = [(taps_of_phase(geometry, kernel, phase), part) for phase, part in phases_of(geometry)]
    assert sorted(int(tap) for taps, _ in parts for tap in taps.ravel()) == list(range(kernel.size))
    assert all(taps.shape == (part.rows.taps, part.columns.taps) for taps, part in parts)


def test_negative_padding_cuts():
    padded = zero_padded(jnp.arange(6).reshape(3, 2), [(1, -2)])
    np.testing.assert_array_equal(padded, [[0, 0], [0, 1]])
