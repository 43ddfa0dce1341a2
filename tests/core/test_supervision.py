import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.special

from diabolo.core.networks import dense_network
from diabolo.core.supervision import GuidedNetwork, Supervision, guided_network

WEIGHTS = np.array([0.5, 0.0, 0.3, 0.2])
CLASSES = np.array([[2.0], [0.0], [1.0], [2.0]])

_loss = jax.jit(lambda supervision, *rest: supervision.loss(*rest))
_gradient = jax.jit(jax.grad(lambda predicted, supervision, *rest: supervision.loss(predicted, *rest)))


def test_classes_cost_their_surprise_in_nats(rng):
    logits = 5 * rng.standard_normal((4, 3))
    surprise = -scipy.special.log_softmax(logits, axis=1)[np.arange(4), CLASSES[:, 0].astype(int)]
    got = _loss(Supervision("classification", 1, 1.0), logits, CLASSES, WEIGHTS)
    assert float(got) == pytest.approx(WEIGHTS @ surprise, rel=1e-5)


def test_the_gradient_of_classes_is_probability_less_truth(rng):
    logits = 5 * rng.standard_normal((4, 3)).astype(np.float32)
    truth = np.eye(3)[CLASSES[:, 0].astype(int)]
    expected = WEIGHTS[:, None] * (scipy.special.softmax(logits.astype(np.float64), axis=1) - truth)
    got = _gradient(logits, Supervision("classification", 1, 1.0), CLASSES, WEIGHTS)
    np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-6)


def test_classes_far_from_the_truth_cost_much_and_no_infinity():
    logits = np.array([[1e4, 0.0, -1e4]] * 4, np.float32)
    supervision = Supervision("classification", 1, 1.0)
    # The last class lies 2e4 nats below the first.
    assert float(_loss(supervision, logits, np.full((4, 1), 2.0), np.full(4, 0.25))) == pytest.approx(2e4)
    assert np.isfinite(_gradient(logits, supervision, CLASSES, WEIGHTS)).all()


@pytest.mark.parametrize("n_columns", [1, 3])
def test_numbers_cost_their_squared_error_averaged_over_columns(n_columns, rng):
    predicted, targets = rng.standard_normal((2, 4, n_columns))
    expected = WEIGHTS @ ((predicted - targets) ** 2).mean(axis=1)
    got = _loss(Supervision("regression", n_columns, 1.0), predicted, targets, WEIGHTS)
    assert float(got) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("kind", ["regression", "classification"])
def test_rows_count_by_the_column_behind_their_targets(kind, rng):
    predicted, shares = rng.standard_normal((4, 3)), np.array([0.0, 2.5, 0.0, 1.5])
    targets = CLASSES if kind == "classification" else rng.standard_normal((4, 3))
    n_columns = targets.shape[1]
    supervision = Supervision(kind, n_columns, 1.0, is_partial=True)
    assert (supervision.width, Supervision(kind, n_columns, 1.0).width) == (n_columns + 1, n_columns)
    if kind == "regression":
        errors = ((predicted - targets) ** 2).mean(axis=1)
        slopes = 2 / 3 * (predicted - targets)
    else:
        chosen = CLASSES[:, 0].astype(int)
        errors = -scipy.special.log_softmax(predicted, axis=1)[np.arange(4), chosen]
        slopes = scipy.special.softmax(predicted, axis=1) - np.eye(3)[chosen]
    unknown = targets.copy()
    unknown[[0, 2]] = 0.0
    given = np.column_stack([unknown, shares]), WEIGHTS
    assert float(_loss(supervision, predicted, *given)) == pytest.approx(WEIGHTS * shares @ errors, rel=1e-5)
    gradient = _gradient(predicted.astype(np.float32), supervision, *given)
    np.testing.assert_allclose(gradient, (WEIGHTS * shares)[:, None] * slopes, rtol=1e-4, atol=1e-6)
    assert not np.asarray(gradient)[[0, 2]].any()


@pytest.mark.parametrize("kind", ["regression", "classification"])
def test_rows_that_all_count_once_lose_what_they_would_without_the_column(kind, rng):
    predicted = rng.standard_normal((4, 3)).astype(np.float32)
    targets = CLASSES if kind == "classification" else rng.standard_normal((4, 3))
    whole = _loss(Supervision(kind, targets.shape[1], 1.0), predicted, targets, WEIGHTS)
    counted = np.column_stack([targets, np.ones(4)])
    assert _loss(Supervision(kind, targets.shape[1], 1.0, True), predicted, counted, WEIGHTS) == whole


def test_a_guided_network_is_the_network_with_a_linear_head(make_network, rng):
    network = make_network((5, 4, 2))
    guided = guided_network(network, 2, 3, "glorot_uniform", np.random.default_rng(0))
    rows, code = rng.random((4, 5)), rng.random((4, 2))
    np.testing.assert_array_equal(guided.encode(rows), network.encode(rows))
    np.testing.assert_array_equal(guided.decode(code), network.decode(code))
    assert not guided.head.bias.any()
    np.testing.assert_allclose(guided.predict(code), code @ guided.head.weight, rtol=1e-5)
    moved = GuidedNetwork(network, type(guided.head)(guided.head.weight, np.ones(3, np.float32)))
    np.testing.assert_allclose(moved.predict(code), code @ guided.head.weight + 1, rtol=1e-5)


def test_a_guided_network_describes_its_head_last_and_counts_it(make_network):
    network = make_network((5, 4, 2))
    guided = guided_network(network, 2, 3, "glorot_uniform", np.random.default_rng(0))
    shapes = guided.layer_shapes("sigmoid")
    assert shapes[:-1] == network.layer_shapes("sigmoid")
    head = shapes[-1]
    assert (head.name, head.inputs, head.outputs, head.activation) == ("head", 2, 3, "linear")
    assert sum(shape.n_parameters for shape in shapes) == sum(leaf.size for leaf in jax.tree.leaves(guided))
    # 2 (5 x 4 + 4 x 2) of the network, and 2 x 3 of the head.
    assert (guided.n_products, guided.widest) == (62, 5)


@pytest.mark.parametrize("sizes", [(5, 2), (5, 4, 2)])
def test_a_guided_network_knows_an_only_layer_where_there_is_one(sizes, make_network):
    network = make_network(sizes)
    guided = guided_network(network, 2, 3, "glorot_uniform", np.random.default_rng(0))
    assert guided.only_layer is network.only_layer
    assert (guided.only_layer is None) == (len(sizes) == 3)


def test_shape_only_network_has_the_structure_and_shapes_of_the_real_one(make_network):
    words = {"activation": "tanh", "code_activation": "softplus", "tied_weights": False}
    drawn = {"initializer": "he_normal", "random": None}
    real = guided_network(make_network((5, 4, 2)), 2, 3, "he_normal", np.random.default_rng(0))
    shape = guided_network(dense_network((5, 4, 2), **words, **drawn), 2, 3, **drawn)
    assert jax.tree.structure(real) == jax.tree.structure(shape)
    for array, description in zip(jax.tree.leaves(real), jax.tree.leaves(shape), strict=True):
        assert (array.shape, array.dtype) == (description.shape, description.dtype)


def test_numbers_alone_do_not_change_the_structure():
    first, second = Supervision("regression", 2, 0.1), Supervision("regression", 2, 0.9)
    assert jax.tree.structure(first) == jax.tree.structure(second)
    for other in (
        Supervision("classification", 2, 0.1),
        Supervision("regression", 1, 0.1),
        Supervision("regression", 2, 0.1, is_partial=True),
    ):
        assert jax.tree.structure(first) != jax.tree.structure(other)
    assert jnp.asarray(jax.tree.leaves(first)).tolist() == [pytest.approx(0.1)]
