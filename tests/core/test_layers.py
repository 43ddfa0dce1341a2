import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from diabolo.core.layers import ACTIVATIONS, INITIALIZERS, Dense, TiedDense, activate, initial_weight


def numbers(rng, *shape):
    return rng.standard_normal(shape).astype(np.float32)


def test_dense_is_activation_of_rows_times_weight_plus_bias(rng):
    rows, weight, bias = numbers(rng, 4, 3), numbers(rng, 3, 2), numbers(rng, 2)
    got = Dense(jax.numpy.asarray(weight), jax.numpy.asarray(bias))(rows, "tanh")
    expected = np.tanh(rows.astype(np.float64) @ weight + bias)
    np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-6)


def test_tied_dense_uses_the_partners_matrix_transposed_and_its_own_bias(rng):
    partner = Dense(jax.numpy.asarray(numbers(rng, 3, 2)), jax.numpy.asarray(numbers(rng, 2)))
    rows, bias = numbers(rng, 4, 2), numbers(rng, 3)
    got = TiedDense(jax.numpy.asarray(bias))(rows, "tanh", partner)
    expected = np.tanh(rows.astype(np.float64) @ np.asarray(partner.weight).T + bias)
    np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-6)


def test_layers_are_pytrees_of_their_arrays(rng):
    weight, bias = numbers(rng, 3, 2), numbers(rng, 2)
    leaves = jax.tree.leaves((Dense(weight, bias), TiedDense(bias)))
    assert [id(leaf) for leaf in leaves] == [id(weight), id(bias), id(bias)]


VALUES = np.array([-1e4, -88.0, -20.0, -3.0, -1.0, -0.3, -1e-3, 1e-3, 0.3, 1.0, 3.0, 20.0, 88.0, 1e4])


def derivative(name: str, values: np.ndarray) -> np.ndarray:
    cells = jnp.asarray(values, jnp.float32)
    _, pull = jax.vjp(lambda x: activate(name, x), cells)
    return np.asarray(pull(jnp.ones_like(cells))[0])


def test_every_activation_has_a_definition_to_compare_with(numpy_activations):
    assert set(ACTIVATIONS) == set(numpy_activations)


@pytest.mark.parametrize("name", list(ACTIVATIONS))
def test_values_equal_the_definition_in_float64(name, numpy_activations):
    got = np.asarray(activate(name, jnp.asarray(VALUES, jnp.float32)))
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, numpy_activations[name](VALUES), rtol=2e-6, atol=1e-7)


@pytest.mark.parametrize("name", list(ACTIVATIONS))
def test_derivatives_equal_float64_central_differences(name, numpy_activations):
    function, step = numpy_activations[name], 1e-5
    points = VALUES[np.abs(VALUES) < 50]
    expected = (function(points + step) - function(points - step)) / (2 * step)
    np.testing.assert_allclose(derivative(name, points), expected, rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize("name", list(ACTIVATIONS))
def test_value_and_derivative_are_finite_far_out(name):
    far = np.array([-1e30, -1e4, 0.0, 1e4, 1e30])
    assert np.isfinite(np.asarray(activate(name, jnp.asarray(far, jnp.float32)))).all()
    assert np.isfinite(derivative(name, far)).all()


@pytest.mark.parametrize("name", list(ACTIVATIONS))
def test_shape_is_kept(name):
    assert activate(name, jnp.zeros((2, 3, 4))).shape == (2, 3, 4)


FAN_IN, FAN_OUT = 400, 150
VARIANCE = {"glorot": 2 / (FAN_IN + FAN_OUT), "he": 2 / FAN_IN}


def expected_distribution(name: str):
    """Glorot and Bengio's (2010) and He et al.'s (2015) variance, in scipy.stats."""
    scheme, distribution = name.split("_")
    variance = VARIANCE[scheme]
    if distribution == "uniform":
        limit = math.sqrt(3 * variance)
        return scipy.stats.uniform(-limit, 2 * limit)
    return scipy.stats.truncnorm(-2, 2, scale=math.sqrt(variance) / scipy.stats.truncnorm(-2, 2).std())


@pytest.mark.parametrize("name", INITIALIZERS)
def test_weights_follow_the_published_distribution(name):
    weight = initial_weight(name, np.random.default_rng(0), FAN_IN, FAN_OUT)
    expected = expected_distribution(name)
    # 60,000 numbers, one fixed seed: the deviation is known to a fifth of a percent.
    assert weight.std() == pytest.approx(math.sqrt(VARIANCE[name.split("_")[0]]), rel=0.01)
    assert scipy.stats.kstest(weight.ravel().astype(np.float64), expected.cdf).pvalue > 0.01
    low, high = expected.support()
    assert low * (1 + 1e-6) <= weight.min() < 0.98 * low
    assert 0.98 * high < weight.max() <= high * (1 + 1e-6)


@pytest.mark.parametrize("name", INITIALIZERS)
@settings(max_examples=20)
@given(fan_in=st.integers(1, 40), fan_out=st.integers(1, 40))
def test_shape_is_inputs_by_outputs(name, fan_in, fan_out):
    weight = initial_weight(name, np.random.default_rng(0), fan_in, fan_out)
    assert weight.shape == (fan_in, fan_out)
    assert weight.dtype == np.float32
    assert np.isfinite(weight).all()


@pytest.mark.parametrize("name", INITIALIZERS)
def test_the_generator_decides_the_numbers(name):
    def draw(seed):
        return initial_weight(name, np.random.default_rng(seed), 9, 5)

    np.testing.assert_array_equal(draw(4), draw(4))
    assert not np.array_equal(draw(4), draw(5))


@pytest.mark.parametrize("name", INITIALIZERS)
def test_numpys_global_generator_is_left_alone(name):
    before = np.random.get_state()[1].copy()  # noqa: NPY002 - the global state is what is watched
    initial_weight(name, np.random.default_rng(0), 3, 3)
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002
