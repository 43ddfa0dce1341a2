import itertools

import pytest
from jax import lax

from diabolo.core.convolution_geometry import Axis, Geometry


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
