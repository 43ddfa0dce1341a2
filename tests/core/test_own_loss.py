"""A loss of one's own as an objective takes it: cells, missing ones, gradients, blocks of features."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from diabolo.core.layers import Dense
from diabolo.core.losses import cell_losses
from diabolo.core.networks import DenseNetwork
from diabolo.core.objectives import Objective
from diabolo.core.own_loss import OwnLoss
from diabolo.errors import ParameterError

RANDOM = np.random.default_rng(0)
ROWS = RANDOM.normal(size=(5, 4))
FIRST, LAST = RANDOM.normal(size=(4, 2)), RANDOM.normal(size=(2, 4))
NONE = np.zeros(2, np.uint32)


def log_cosh(output, target):
    return jnp.log(jnp.cosh(output - target))


def relative(output, target):
    return jnp.abs(output - target) / jnp.sqrt(target * output)


def network(first, last):
    def layer(matrix):
        return Dense(jnp.asarray(matrix, jnp.float32), jnp.zeros(matrix.shape[1]))

    return DenseNetwork((layer(first),), (layer(last),), "linear", "linear")


def loss_of(objective, first, rows, weights):
    rows, weights = (np.asarray(each, np.float32) for each in (rows, weights))
    return objective.training_terms(network(first, LAST), rows, weights, NONE, {})[0]


def test_cells_are_those_of_the_formula():
    output, target = RANDOM.normal(size=(2, 3, 4)).astype(np.float32)
    found = cell_losses(OwnLoss(log_cosh), jnp.asarray(output), jnp.asarray(target), "tanh")
    np.testing.assert_allclose(found, np.log(np.cosh(np.tanh(output) - target)), rtol=1e-5, atol=1e-7)


def test_the_gradient_is_that_of_finite_differences_in_float64():
    weights = np.array([0.3, 0.2, 0.2, 0.3, 0.0])

    def loss(first):
        return (weights @ np.log(np.cosh(ROWS @ first @ LAST - ROWS))).mean()

    expected, step = np.empty_like(FIRST), 1e-6
    for place in np.ndindex(FIRST.shape):
        change = np.zeros_like(FIRST)
        change[place] = step
        expected[place] = (loss(FIRST + change) - loss(FIRST - change)) / (2 * step)
    found = jax.grad(lambda first: loss_of(Objective(OwnLoss(log_cosh), "linear"), first, ROWS, weights))(
        jnp.asarray(FIRST, jnp.float32)
    )
    np.testing.assert_allclose(found, expected, rtol=2e-4, atol=1e-5)


def test_missing_cells_count_nothing_even_where_the_loss_is_not_defined():
    rows, kept = np.abs(ROWS), np.abs(ROWS) > 0.3
    positive = np.abs(FIRST) @ np.abs(LAST)

    def missing_loss(first):
        objective = Objective(OwnLoss(relative), "linear", missing_fill=np.zeros(4, np.float32))
        gaps = np.where(kept, rows, np.nan).astype(np.float32)
        given = network(first, jnp.abs(jnp.asarray(LAST)))
        return objective.training_terms(given, gaps, np.full(5, 0.2, np.float32), NONE, {})[0]

    output = np.where(kept, rows, 0) @ positive
    cells = np.abs(output - rows) / np.sqrt(rows * output)
    expected = (np.where(kept, cells, 0).sum(axis=1) / np.maximum(kept.sum(axis=1), 1)).mean()
    value, slope = jax.value_and_grad(missing_loss)(jnp.abs(jnp.asarray(FIRST, jnp.float32)))
    assert float(value) == pytest.approx(expected, rel=1e-4)
    assert np.isfinite(slope).all()


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (log_cosh, True),
        (lambda output, target: jnp.ones(6) * (output - target) ** 2, False),  # of six features
        (lambda output, target: jnp.arange(len(output)) * (output - target) ** 2, False),
        (lambda output, target: (output - target) ** 2 / jnp.sum(target**2), False),
        (lambda output, target: (output - jnp.roll(target, 1)) ** 2, False),
        (lambda output, target: jnp.log(output) * target, True),  # no number where that is below 0
        (lambda output, target: jnp.log(output) - jnp.mean(jnp.log(output)) - target, False),
        (lambda output, target: (output - target) ** 2 / jnp.mean(target**2), False),
        (lambda output, target: jnp.where(output == jnp.max(output), 2.0, 1.0) * (output - target), False),
        (lambda output, target: jnp.log(output - 5) * target, False),  # nowhere a number
    ],
)
def test_whether_each_feature_is_by_itself_is_found_out(function, expected):
    assert OwnLoss(function).is_by_feature(6) is expected


@pytest.mark.slow
def test_a_wide_row_is_tried_as_a_whole():
    assert OwnLoss(log_cosh).is_by_feature(16_401)
    assert not OwnLoss(lambda output, target: output - target / jnp.mean(target)).is_by_feature(16_401)
    assert not OwnLoss(lambda output, target: jnp.ones(16_401) * (output - target)).is_by_feature(16_401)


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (
            lambda output, target: jnp.mean((output - target) ** 2),
            "it gives one number for an output and a target of shape (4,); expected an array of shape (4,), "
            "what each feature costs, of which Diabolo takes the mean",
        ),
        (
            lambda output, target: output[:3],
            "it gives an array of shape (3,) for an output and a target of shape (4,); expected an array of "
            "shape (4,)",
        ),
        (lambda output, target: (output, target), "it gives tuple; expected one array of shape (4,)"),
        (lambda output, target: None, "it gives NoneType; expected one array of shape (4,)"),
        (lambda output, target: output > target, "it gives numbers of the type bool; expected floats"),
        (
            lambda output, target: np.abs(output - target),
            "it hands JAX's arrays to NumPy, which cannot be differentiated; write it with jax.numpy",
        ),
        (
            lambda output, target: output if output[0] > 0 else target,
            "it goes by the value of an array (if, while, float, int), unknown while JAX traces it; write it "
            "with jax.numpy.where",
        ),
        (
            lambda output: output,
            "it raises TypeError: <lambda>() takes 1 positional argument but 2 were given",
        ),
        (
            lambda output, target: jax.pure_callback(
                lambda o, t: np.asarray(o), jax.ShapeDtypeStruct((4,), jnp.float32), output, target
            ),
            "it cannot be differentiated by the output: it raises ValueError: Pure callbacks do not "
            "support JVP",
        ),
    ],
)
def test_what_is_no_loss_is_refused_in_a_sentence(function, said):
    with pytest.raises(ParameterError) as caught:
        OwnLoss(function).check(4)
    assert str(caught.value).startswith(said)
    assert "callback" in said or str(caught.value) == said
