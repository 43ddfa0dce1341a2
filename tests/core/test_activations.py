import jax
import jax.numpy as jnp
import numpy as np
import pytest

from diabolo.core.activations import ACTIVATIONS, activate

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
