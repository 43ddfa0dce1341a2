"""A penalty of one's own: of one code, of a batch's with weights, of the layers."""

import jax.numpy as jnp
import numpy as np
import pytest

from diabolo.core.layers import Dense
from diabolo.core.networks import DenseNetwork
from diabolo.core.own_penalty import OwnPenalty
from diabolo.core.supervision import GuidedNetwork
from diabolo.errors import ParameterError

CODE = np.random.default_rng(1).normal(size=(4, 2)).astype(np.float32)
WEIGHTS = np.array([0.5, 0.25, 0.25, 0.0], np.float32)
LAYER = Dense(jnp.ones((3, 2)), jnp.zeros(2))
NETWORK = DenseNetwork((LAYER,), (Dense(jnp.full((2, 3), 2.0), jnp.zeros(3)),), "linear", "linear")


def test_of_one_code_it_is_averaged_over_rows():
    found = OwnPenalty(lambda code: jnp.sum(code**2))(CODE, WEIGHTS, None)
    assert float(found) == pytest.approx(float(WEIGHTS @ (CODE.astype(float) ** 2).sum(axis=1)), rel=1e-6)


def test_with_weights_it_is_of_the_batch():
    def spread(code, weights):
        return jnp.sum(weights @ (code - weights @ code) ** 2)

    expected = np.cov(CODE[:3].T, aweights=WEIGHTS[:3], ddof=0).trace()
    assert float(OwnPenalty(spread)(CODE, WEIGHTS, None)) == pytest.approx(expected, rel=1e-5)


def test_it_is_handed_the_layers_where_it_asks_for_them():
    def heavy(code, network):
        return jnp.sum(network.decoder[0].weight)

    penalty = OwnPenalty(heavy)
    assert penalty.takes_network
    assert float(penalty(CODE, jnp.full(4, 0.25), NETWORK)) == 12.0
    guided = GuidedNetwork(NETWORK, LAYER)
    assert float(penalty(CODE, jnp.full(4, 0.25), guided)) == 12.0
    penalty.check(NETWORK, 2)
    assert not OwnPenalty(lambda code, weights: 0.0).takes_network


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda code: code, "it gives an array of shape (2,) for a code of shape (2,); expected one number"),
        (
            lambda code, weights: jnp.sum(code, axis=1),
            "it gives an array of shape (3,) for codes of shape (3, 2); expected one number",
        ),
        (lambda code: (code, 1), "it gives tuple for a code of shape (2,); expected one number"),
        (lambda code: jnp.sum(code > 0), "it gives a number of the type int32; expected a float"),
        (
            lambda code: np.abs(code).sum(),
            "handed a code of shape (2,), it hands JAX's arrays to NumPy, which cannot be differentiated; "
            "write it with jax.numpy",
        ),
        (
            lambda code, other: code.sum(),
            "handed a code of shape (2,), it raises TypeError: <lambda>() missing 1 required positional "
            "argument: 'other'",
        ),
        (
            lambda code, network: network.encoder[7].weight.sum(),
            "handed a code of shape (2,), it raises IndexError: tuple index out of range",
        ),
    ],
)
def test_what_is_no_penalty_is_refused_in_a_sentence(function, said):
    with pytest.raises(ParameterError) as caught:
        OwnPenalty(function).check(NETWORK, 2)
    assert str(caught.value) == said
