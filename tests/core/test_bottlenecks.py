import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from diabolo.core.bottlenecks import Gaussian, Plain, TopK, kept_largest

KEY = jnp.array([31, 32], jnp.uint32)


# Few shapes, since each is compiled for itself; the cells are what matters.
SHAPES_AND_KEPT = [((1, 1), 1), ((4, 5), 1), ((4, 5), 3), ((3, 7), 4), ((3, 7), 7)]

_kept = jax.jit(kept_largest, static_argnums=1)
_code = jax.jit(lambda bottleneck, encoded: bottleneck.code(encoded))


@st.composite
def tables(draw):
    """Small whole numbers, so that most rows hold equal ones, and how many to keep."""
    shape, k = draw(st.sampled_from(SHAPES_AND_KEPT))
    size = shape[0] * shape[1]
    cells = draw(st.lists(st.integers(-2, 2), min_size=size, max_size=size))
    return np.array(cells, np.float32).reshape(shape), k


def largest_on_paper(values, k):
    """Sort stably from the largest: of equal numbers the first comes first."""
    kept = np.zeros(values.shape, bool)
    for row, marks in zip(values, kept, strict=True):
        marks[np.argsort(-row, kind="stable")[:k]] = True
    return kept


@settings(max_examples=30)
@given(table=tables())
def test_exactly_k_are_kept_of_equal_ones_the_first(table):
    values, k = table
    kept = np.asarray(_kept(values, k))
    np.testing.assert_array_equal(kept, largest_on_paper(values, k))
    assert (kept.sum(axis=1) == k).all()
    code = np.asarray(_code(TopK(k), values))
    np.testing.assert_array_equal(code, np.where(kept, values, 0))


def test_numbers_that_are_infinite_are_ordered_too():
    values = jnp.array([[-jnp.inf, -jnp.inf, 1.0], [-jnp.inf, jnp.inf, -jnp.inf]])
    np.testing.assert_array_equal(kept_largest(values, 2), [[True, False, True], [True, True, False]])


def test_gradients_pass_only_through_what_is_kept():
    values = jnp.array([[3.0, 1.0, 2.0, 2.0], [-1.0, -4.0, -3.0, -2.0]])
    pull = jnp.array([[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]])
    gradient = jax.grad(lambda encoded: jnp.sum(pull * TopK(2).code(encoded)))(values)
    np.testing.assert_array_equal(gradient, [[1, 0, 3, 0], [5, 0, 0, 8]])


def test_what_training_sees_of_the_largest_is_the_code():
    values = jnp.asarray(np.random.default_rng(0).standard_normal((9, 7), np.float32))
    np.testing.assert_array_equal(TopK(3).draw(values, KEY), TopK(3).code(values))


def test_the_plain_code_is_what_the_encoder_gives():
    values = jnp.asarray(np.random.default_rng(0).standard_normal((9, 7), np.float32))
    np.testing.assert_array_equal(Plain().code(values), values)
    np.testing.assert_array_equal(Plain().draw(values, KEY), values)
    assert (Plain.width_factor, TopK.width_factor, Gaussian.width_factor) == (1, 1, 2)


def test_a_gaussian_code_is_the_mean_and_its_log_variance_the_other_half():
    encoded = jnp.arange(12.0).reshape(2, 6)
    np.testing.assert_array_equal(Gaussian().code(encoded), [[0, 1, 2], [6, 7, 8]])
    np.testing.assert_array_equal(Gaussian().log_variance(encoded), [[3, 4, 5], [9, 10, 11]])


def test_a_draw_has_the_mean_and_the_variance_asked_for():
    means, deviations, n_rows = np.array([-3.0, 0.0, 10.0]), np.array([0.1, 1.0, 4.0]), 20_000
    encoded = np.tile(np.concatenate([means, 2 * np.log(deviations)]), (n_rows, 1)).astype(np.float32)
    draws = np.asarray(Gaussian().draw(jnp.asarray(encoded), KEY), np.float64)
    assert draws.shape == (n_rows, 3)
    assert (np.abs(draws.mean(axis=0) - means) < 5 * deviations / np.sqrt(n_rows)).all()
    assert (np.abs(draws.std(axis=0) / deviations - 1) < 5 / np.sqrt(2 * n_rows)).all()
    for column, mean, deviation in zip(draws.T, means, deviations, strict=True):
        assert scipy.stats.kstest(column, scipy.stats.norm(mean, deviation).cdf).pvalue > 1e-3
    correlations = np.corrcoef(draws.T)[np.triu_indices(3, 1)]
    assert np.abs(correlations).max() < 5 / np.sqrt(n_rows)


def test_gradients_of_a_draw_reach_mean_and_log_variance():
    # code = mean + exp(v / 2) epsilon: the derivatives are 1, and half of the code's distance from its mean.
    encoded = jnp.array([[0.5, -1.0, 0.2, -2.0]])
    draw = np.asarray(Gaussian().draw(encoded, KEY))
    gradient = jax.grad(lambda encoded: Gaussian().draw(encoded, KEY).sum())(encoded)
    np.testing.assert_allclose(gradient[0, :2], 1)
    np.testing.assert_allclose(gradient[0, 2:], 0.5 * (draw[0] - [0.5, -1.0]), rtol=1e-5)


def test_a_variance_of_almost_nothing_draws_the_mean():
    encoded = jnp.array([[0.5, -1.0, -80.0, -80.0]])
    np.testing.assert_allclose(Gaussian().draw(encoded, KEY), [[0.5, -1.0]], rtol=1e-6)


@pytest.mark.parametrize(
    ("first", "second", "alike"),
    [
        (Gaussian(1.0), Gaussian(4.0), True),
        (TopK(2, 1, 0.0, 10.0), TopK(2, 1, 0.5, 99.0), True),
        (TopK(2), TopK(3), False),
        (TopK(2, 1), TopK(2, 2), False),
        (Plain(), Gaussian(), False),
    ],
)
def test_only_words_and_counts_are_in_the_structure(first, second, alike):
    assert (jax.tree.structure(first) == jax.tree.structure(second)) == alike
