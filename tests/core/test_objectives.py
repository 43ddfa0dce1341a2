import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.special

from diabolo.core.bottlenecks import Gaussian, Plain, TopK
from diabolo.core.corruption import GaussianNoise
from diabolo.core.losses import LOSSES
from diabolo.core.objectives import Objective
from diabolo.training.forward import passed

WEIGHTS = np.array([0.5, 0.0, 0.3, 0.2])
DELTA = 0.2
KEY = jnp.array([41, 42], jnp.uint32)


def training(objective, network, rows, weights):
    return objective.training_terms(network, rows, weights, KEY, {})[1][0]


def evaluation(objective, network, rows, weights):
    return objective.evaluation_terms(network, rows, weights)


WAYS = pytest.mark.parametrize("measure", [training, evaluation])


def on_paper(loss, logits, rows, weights):
    """Weighted sum over rows of the mean over features, and the same of the absolute error; float64."""
    prediction = scipy.special.expit(logits)
    size = np.abs(prediction - rows)
    cells = {
        "squared_error": size**2,
        "absolute_error": size,
        "huber": np.where(size <= DELTA, size**2 / 2, DELTA * (size - DELTA / 2)),
        "binary_cross_entropy": -rows * scipy.special.log_expit(logits)
        - (1 - rows) * scipy.special.log_expit(-logits),
    }[loss]
    return weights @ cells.mean(axis=1), weights @ size.mean(axis=1)


@pytest.fixture
def rows(rng):
    return rng.random((4, 5))


@WAYS
@pytest.mark.parametrize("loss", LOSSES)
def test_terms_equal_the_formula_in_float64(loss, measure, make_network, numpy_logits, rows):
    network = make_network()
    _, logits = numpy_logits(jax.tree.leaves(network), rows, tied=False)
    objective = Objective(loss, "sigmoid", dict.fromkeys(LOSSES[loss].settings, DELTA))
    assert objective.term_names == ("loss", "mean_absolute_error")
    got = jax.jit(measure)(
        objective, network, jnp.asarray(rows, jnp.float32), jnp.asarray(WEIGHTS, jnp.float32)
    )
    np.testing.assert_allclose(got, on_paper(loss, logits, rows, WEIGHTS), rtol=1e-5)


@pytest.mark.parametrize("tied", [False, True], ids=["free", "tied"])
@pytest.mark.parametrize("loss", LOSSES)
def test_gradient_equals_float64_central_differences(loss, tied, make_network, numpy_logits, rows):
    network = make_network(tied=tied, dtype=np.float64)
    leaves, structure = jax.tree.flatten(network)
    objective = Objective(loss, "sigmoid", dict.fromkeys(LOSSES[loss].settings, DELTA))
    with jax.enable_x64(True):
        gradient = jax.jit(
            jax.grad(
                lambda arrays: objective.training_terms(
                    jax.tree.unflatten(structure, arrays), jnp.asarray(rows), jnp.asarray(WEIGHTS), KEY, {}
                )[0]
            )
        )(leaves)
        gradient = [np.asarray(part) for part in gradient]

    def measured(position, cell, step):
        moved = [leaf.copy() for leaf in leaves]
        moved[position][cell] += step
        _, logits = numpy_logits(moved, rows, tied=tied)
        return on_paper(loss, logits, rows, WEIGHTS)[0]

    step = 1e-6
    for position, leaf in enumerate(leaves):
        expected = np.array(
            [
                (measured(position, cell, step) - measured(position, cell, -step)) / (2 * step)
                for cell in np.ndindex(leaf.shape)
            ]
        ).reshape(leaf.shape)
        assert np.abs(expected).max() > 1e-5
        np.testing.assert_allclose(gradient[position], expected, rtol=1e-5, atol=1e-8)


@WAYS
def test_rows_of_weight_zero_do_not_count(measure, make_network, rows):
    network, weights = make_network(), jnp.asarray(WEIGHTS, jnp.float32)
    objective = Objective("squared_error", "sigmoid")
    other = rows.copy()
    other[1] = 0.123
    assert WEIGHTS[1] == 0
    terms = [
        jax.jit(measure)(objective, network, jnp.asarray(table, jnp.float32), weights)
        for table in (rows, other)
    ]
    assert [float(term) for term in terms[0]] == [float(term) for term in terms[1]]


def test_absolute_error_is_only_watched(make_network, rows):
    gradient = jax.jit(
        jax.grad(
            lambda network: training(
                Objective("squared_error", "sigmoid"), network, jnp.asarray(rows, jnp.float32), jnp.ones(4)
            )[1]
        )
    )(make_network())
    assert not any(np.any(leaf) for leaf in jax.tree.leaves(gradient))


def test_objectives_of_the_same_words_are_one_structure_whatever_their_numbers():
    first, same = Objective("huber", "linear", 0.5), Objective("huber", "linear", 0.6)
    assert jax.tree.structure(first) == jax.tree.structure(same)
    assert hash(jax.tree.structure(first)) == hash(jax.tree.structure(same))
    others = [
        Objective("huber", "tanh", 0.5),
        Objective("squared_error", "linear", 0.5),
        Objective("huber", "linear", bottleneck=Gaussian()),
        Objective("huber", "linear", bottleneck=TopK(2)),
        Objective("huber", "linear", corruption=GaussianNoise(1.0, 0.0, 1.0)),
        Objective("huber", "linear", penalties={"l1_sparsity": 1.0}),
        Objective("huber", "linear", code_activation="tanh"),
    ]
    structures = {jax.tree.structure(objective) for objective in (first, *others)}
    assert len(structures) == 1 + len(others)


@pytest.mark.parametrize(
    "change",
    [
        {"corruption": GaussianNoise},
        {"bottleneck": Gaussian},
        {"penalties": lambda number: {"weight_decay": number, "contractive": number}},
        {"sparsity_target": float},
        {"sparsity_memory": float},
        {"loss_settings": lambda number: {"huber_delta": number}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_every_number_is_a_leaf(change):
    ((name, make),) = change.items()
    made = [
        Objective(
            "huber", "linear", **{name: make(number, 0.0, 1.0) if make is GaussianNoise else make(number)}
        )
        for number in (0.25, 0.75)
    ]
    assert jax.tree.structure(made[0]) == jax.tree.structure(made[1])
    assert 0.25 in jax.tree.leaves(made[0])
    assert 0.75 in jax.tree.leaves(made[1])


def test_reconstruct_activates_the_decoded_code(make_network, numpy_logits, rows):
    network = make_network()
    _, logits = numpy_logits(jax.tree.leaves(network), rows, tied=False)
    table = jnp.asarray(rows, jnp.float32)
    got = passed("reconstruct", network, table, Plain(), "sigmoid")
    np.testing.assert_allclose(got, scipy.special.expit(logits), rtol=1e-5)
    through = passed("decode", network, passed("encode", network, table, Plain(), ""), Plain(), "sigmoid")
    np.testing.assert_array_equal(got, through)


@pytest.mark.parametrize("bottleneck", [Plain(), TopK(1), Gaussian()], ids=lambda b: type(b).__name__)
def test_encode_forms_the_code_that_the_bottleneck_makes(bottleneck, make_network, numpy_logits, rows):
    network = make_network()
    expected, _ = numpy_logits(jax.tree.leaves(network), rows, tied=False)
    if isinstance(bottleneck, TopK):
        expected = np.where(expected == expected.max(axis=1, keepdims=True), expected, 0)
    if isinstance(bottleneck, Gaussian):
        expected = expected[:, :1]
    np.testing.assert_allclose(
        passed("encode", network, jnp.asarray(rows, jnp.float32), bottleneck, ""), expected, rtol=1e-5
    )
