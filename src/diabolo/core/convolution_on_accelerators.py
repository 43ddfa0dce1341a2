"""Convolution as XLA's own operation, which is right where a library of kernels stands behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jax.numpy as jnp
from jax import lax

if TYPE_CHECKING:
    from jax import Array
    from jaxtyping import Float

    from diabolo.core.convolution_geometry import Geometry

__all__ = ["correlate", "gather", "spread"]


def gather(
    geometry: Geometry,
    large: Float[Array, "height width batch channels"],
    kernel: Float[Array, "rows columns channels filters"],
) -> Float[Array, "new_height new_width batch filters"]:
    """Convolve, with strides."""
    return lax.conv_general_dilated(
        large,
        kernel,
        [axis.stride for axis in geometry],
        [(axis.before, axis.after) for axis in geometry],
        dimension_numbers=("HWNC", "HWIO", "HWNC"),
    )


def spread(
    geometry: Geometry,
    small: Float[Array, "height width batch filters"],
    kernel: Float[Array, "rows columns channels filters"],
) -> Float[Array, "new_height new_width batch channels"]:
    """Convolve transposed: what :func:`gather` reads with a weight is written with it."""
    return lax.conv_general_dilated(
        small,
        jnp.flip(kernel, (0, 1)),
        (1, 1),
        [
            (axis.taps - 1 - axis.before, axis.large - 1 - (axis.small - 1) * axis.stride + axis.before)
            for axis in geometry
        ],
        lhs_dilation=[axis.stride for axis in geometry],
        dimension_numbers=("HWNC", "HWOI", "HWNC"),
    )


def correlate(
    geometry: Geometry,
    large: Float[Array, "height width batch channels"],
    small: Float[Array, "new_height new_width batch filters"],
) -> Float[Array, "rows columns channels filters"]:
    """Sum, over all pixels, the products that meet at a tap of the kernel."""
    return lax.conv_general_dilated(
        large,
        small,
        (1, 1),
        [(axis.before, axis.after) for axis in geometry],
        rhs_dilation=[axis.stride for axis in geometry],
        dimension_numbers=("HWCN", "HWIO", "HWNC"),
    )
