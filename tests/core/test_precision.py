"""What products are told, and what JAX makes of it for a device that is not here."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from diabolo.core.precision import MATMUL_PRECISIONS, multiplied_in, weighted_sum

# As XLA writes a product: the precision of its factors, or the type that they are rounded to.
WRITTEN = {
    None: "precision = [HIGHEST, HIGHEST]",
    "high": "precision = [HIGH, HIGH]",
    "fast": "algorithm = <lhs_precision_type = bf16, rhs_precision_type = bf16, accumulation_type = f32",
}


def lowered(function, platform, *shapes):
    given = [jax.ShapeDtypeStruct(shape, np.float32) for shape in shapes]
    return jax.jit(function).trace(*given).lower(lowering_platforms=(platform,)).as_text()


@pytest.mark.parametrize("platform", ["cpu", "cuda", "tpu"])
@pytest.mark.parametrize("precision", MATMUL_PRECISIONS)
def test_a_product_and_its_derivatives_carry_the_precision(precision, platform):
    def loss(rows, weight):
        with multiplied_in(precision):
            return jnp.sum((rows @ weight) ** 2)

    text = lowered(jax.grad(loss, argnums=(0, 1)), platform, (4, 3), (3, 2))
    products = [line for line in text.splitlines() if "dot_general" in line]
    assert len(products) == 3
    assert all(WRITTEN[precision] in line for line in products)


@pytest.mark.parametrize("precision", MATMUL_PRECISIONS)
def test_sums_with_weights_are_of_float32_in_each(precision):
    def summed(weights, values):
        with multiplied_in(precision):
            return weighted_sum(weights, values)

    text = lowered(summed, "cuda", (4,), (4, 3))
    assert text.count("dot_general") == text.count(WRITTEN[None]) == 1


@pytest.mark.parametrize("precision", MATMUL_PRECISIONS)
def test_the_processor_multiplies_float32_in_each(precision):
    rng = np.random.default_rng(0)
    rows, weight = rng.random((5, 300), np.float32), rng.random((300, 4), np.float32)

    def product(rows, weight):
        with multiplied_in(precision):
            return rows @ weight

    with jax.default_device("cpu"):
        found = jax.jit(product)(rows, weight)
    exact = rows.astype(np.float64) @ weight.astype(np.float64)
    # bfloat16 keeps 8 bits: factors that are rounded to it miss this by a thousand times.
    np.testing.assert_allclose(found, exact, rtol=2e-6)


def test_bfloat16_would_be_seen():
    rng = np.random.default_rng(0)
    rows, weight = (rng.random(shape, np.float32) for shape in ((5, 300), (300, 4)))
    rounded = np.asarray(jnp.asarray(rows, jnp.bfloat16), np.float64) @ weight.astype(np.float64)
    assert np.abs(rounded / (rows.astype(np.float64) @ weight) - 1).max() > 2e-5
