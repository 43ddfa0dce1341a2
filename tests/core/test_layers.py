import jax
import numpy as np

from diabolo.core.layers import Dense, TiedDense


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
