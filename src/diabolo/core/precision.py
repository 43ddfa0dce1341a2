"""Precision of products of matrices: what JAX is told while it traces, and sums that are float32 always."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp

if TYPE_CHECKING:
    from jax import Array
    from jaxtyping import Float

__all__ = ["MATMUL_PRECISIONS", "multiplied_in", "weighted_sum"]

MATMUL_PRECISIONS = {None: "highest", "high": "high", "fast": "BF16_BF16_F32"}
"""By a value of the parameter ``precision``, that of ``jax.default_matmul_precision``.

JAX's own default is TF32 on a GPU and bfloat16 on a TPU, so that float32 has to be asked for. Its "bfloat16"
is TF32 on a GPU; the algorithm of that name is bfloat16 everywhere. It is one of products alone, and under it
a convolution has JAX's default. XLA's CPU backend computes each of them in float32.
"""


def multiplied_in(precision: str | None) -> contextlib.AbstractContextManager[Any]:
    """Have products that are traced meanwhile, and say nothing themselves, computed in a precision.

    Parameters
    ----------
    precision : {None, "high", "fast"}
        As of :data:`MATMUL_PRECISIONS`.

    Returns
    -------
    context manager

    Examples
    --------
    >>> with multiplied_in("high"):
    ...     text = jax.jit(jnp.matmul).lower(jnp.ones((2, 3)), jnp.ones((3, 4))).as_text()
    >>> "precision = [HIGH, HIGH]" in text
    True
    """
    return jax.default_matmul_precision(MATMUL_PRECISIONS[precision])


def weighted_sum(weights: Float[Array, " rows"], values: Float[Array, "rows ..."]) -> Any:
    """Sum rows with weights, in float32 whatever the precision of products: losses are measured so.

    Parameters
    ----------
    weights : array of shape (rows,)
        Of each row.
    values : array of shape (rows,) or (rows, columns)
        What is summed.

    Returns
    -------
    scalar, or array of shape (columns,)

    Examples
    --------
    >>> float(weighted_sum(jnp.array([0.5, 0.25]), jnp.array([2.0, 8.0])))
    3.0
    """
    return jnp.matmul(weights, values, precision="highest")
