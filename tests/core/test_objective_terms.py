"""An objective's terms: their names and sum, what is remembered of a step, and layers below."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.special

from diabolo.core.bottlenecks import Gaussian, TopK
from diabolo.core.corruption import GaussianNoise, MaskingNoise
from diabolo.core.layers import Dense
from diabolo.core.networks import dense_network
from diabolo.core.objectives import Objective
from diabolo.core.randomness import fold_in
from diabolo.core.supervision import Supervision, guided_network

KEY = jnp.array([51, 52], jnp.uint32)
WEIGHTS = np.array([0.5, 0.0, 0.3, 0.2], np.float32)
N_COMPONENTS = 3

_training = jax.jit(lambda objective, *rest: objective.training_terms(*rest))
_evaluation = jax.jit(lambda objective, *rest: objective.evaluation_terms(*rest))

FAMILIES = {
    "plain": {},
    "noisy": {"corruption": GaussianNoise(0.3, -np.inf, np.inf)},
    "masked": {"corruption": MaskingNoise(0.5, 0.0)},
    "decayed": {"penalties": {"weight_decay": 0.1}},
    "sparse": {
        "penalties": {"l1_sparsity": 0.2, "kl_sparsity": 0.3},
        "code_activation": "sigmoid",
        "sparsity_memory": 0.9,
    },
    "contractive": {"penalties": {"contractive": 0.4}},
    "contractive and masked": {"penalties": {"contractive": 0.4}, "corruption": MaskingNoise(0.5, 0.0)},
    "topk": {"bottleneck": TopK(1, 1, 0.25, 0.0)},
    "gaussian": {"bottleneck": Gaussian(3.0)},
    "guided": {"supervision": Supervision("regression", 2, 0.7)},
    "all at once": {
        "bottleneck": Gaussian(2.0),
        "corruption": GaussianNoise(0.3, 0.0, 1.0),
        "penalties": {"weight_decay": 0.1, "l1_sparsity": 0.2, "contractive": 0.4},
        "supervision": Supervision("classification", 1, 0.5),
    },
}
NAMES = {
    "plain": (),
    "noisy": (),
    "masked": (),
    "decayed": ("weight_decay",),
    "sparse": ("l1_sparsity", "kl_sparsity"),
    "contractive": ("contractive",),
    "contractive and masked": ("contractive",),
    "topk": ("dead_unit_loss",),
    "gaussian": ("kl_divergence",),
    "guided": ("supervised_loss",),
    "all at once": ("weight_decay", "l1_sparsity", "contractive", "kl_divergence", "supervised_loss"),
}
EACH_FAMILY = pytest.mark.parametrize("family", list(FAMILIES))


def made(family):
    """An objective, a network that suits it, rows with the target's columns, and the first memory."""
    random = np.random.default_rng(6)
    settings = {"code_activation": "linear", **FAMILIES[family]}
    objective = Objective("squared_error", "linear", **settings)
    network = dense_network(
        (5, N_COMPONENTS),
        activation="tanh",
        code_activation=settings["code_activation"],
        tied_weights=False,
        initializer="glorot_uniform",
        random=random,
        width_factor=objective.bottleneck.width_factor,
    )
    rows = random.random((4, 5), np.float32)
    if objective.supervision is not None:
        network = guided_network(network, N_COMPONENTS, 2, "glorot_uniform", random)
        targets = random.integers(0, 2, (4, objective.supervision.n_columns))
        rows = np.concatenate([rows, targets.astype(np.float32)], axis=1)
    return objective, network, rows, objective.initial_memory(N_COMPONENTS)


def named(objective, terms):
    return dict(zip(objective.term_names, np.asarray(terms, np.float64), strict=True))


def weights_of(objective):
    """Weight of each further term; a divergence in nats a row counts a cell's share of it."""
    weights = dict(objective.penalties)
    if isinstance(objective.bottleneck, Gaussian):
        weights["kl_divergence"] = objective.bottleneck.beta / 5
    if isinstance(objective.bottleneck, TopK):
        weights["dead_unit_loss"] = objective.bottleneck.auxiliary_weight
    if objective.supervision is not None:
        weights["supervised_loss"] = objective.supervision.weight
    return weights


# Names and sum


@EACH_FAMILY
def test_terms_are_named_in_order(family):
    objective, *_ = made(family)
    further = NAMES[family]
    assert objective.further_terms == further
    parts = ("reconstruction_loss", *further) if further else ()
    assert objective.term_names == ("loss", "mean_absolute_error", *parts)


@EACH_FAMILY
def test_the_loss_is_the_reconstruction_loss_and_each_term_by_its_weight(family):
    objective, network, rows, memory = made(family)
    loss, (terms, _) = _training(objective, network, rows, WEIGHTS, KEY, memory)
    assert float(loss) == float(terms[0])
    for measured in (terms, _evaluation(objective, network, rows, WEIGHTS)):
        assert measured.shape == (len(objective.term_names),)
        figures = named(objective, measured)
        total = figures.get("reconstruction_loss", figures["loss"])
        total += sum(weight * figures[name] for name, weight in weights_of(objective).items())
        assert figures["loss"] == pytest.approx(total, rel=1e-5)
        # Every term is there to be seen but what the evaluation leaves out.
        assert all(value > 0 for name, value in figures.items() if name != "dead_unit_loss")


@EACH_FAMILY
def test_an_evaluation_corrupts_and_draws_nothing(family):
    objective, network, rows, _ = made(family)
    plain = network.network if objective.supervision is not None else network
    clean = rows[:, :5].astype(np.float64)
    code = np.asarray(objective.bottleneck.code(plain.encode(rows[:, :5])), np.float64)
    decoder = plain.decoder[0]
    residual = code @ decoder.weight + decoder.bias - clean
    figures = named(objective, _evaluation(objective, network, rows, WEIGHTS))
    reconstruction = figures.get("reconstruction_loss", figures["loss"])
    assert reconstruction == pytest.approx(WEIGHTS @ (residual**2).mean(axis=1), rel=1e-5)
    assert figures["mean_absolute_error"] == pytest.approx(WEIGHTS @ np.abs(residual).mean(axis=1), rel=1e-5)


def test_training_encodes_corrupted_rows_and_compares_with_clean_ones():
    objective, network, rows, memory = made("noisy")
    noisy = np.asarray(objective.corruption(jnp.asarray(rows), fold_in(KEY, 0)), np.float64)
    encoder, decoder = network.encoder[0], network.decoder[0]
    residual = (noisy @ encoder.weight + encoder.bias) @ decoder.weight + decoder.bias - rows
    loss, _ = _training(objective, network, rows, WEIGHTS, KEY, memory)
    assert float(loss) == pytest.approx(WEIGHTS @ (residual**2).mean(axis=1), rel=1e-4)


@pytest.mark.parametrize("family", ["noisy", "masked", "gaussian"])
def test_the_key_decides_what_training_sees(family):
    objective, network, rows, memory = made(family)
    losses = [
        float(_training(objective, network, rows, WEIGHTS, key, memory)[0])
        for key in (KEY, KEY, fold_in(KEY, 9))
    ]
    assert losses[0] == losses[1] != losses[2]


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_a_share_of_the_divergence_is_charged_while_it_is_warmed_up(share):
    objective, network, rows, memory = made("gaussian")
    loss, (terms, _) = _training(objective, network, rows, WEIGHTS, KEY, memory, share)
    figures = named(objective, terms)
    charged = share * 3.0 / 5 * figures["kl_divergence"]
    assert float(loss) == pytest.approx(figures["reconstruction_loss"] + charged, rel=1e-5)


@EACH_FAMILY
def test_rows_of_weight_zero_change_neither_terms_nor_memory(family):
    objective, network, rows, memory = made(family)
    other = rows.copy()
    other[1, :5] = 40.0
    assert WEIGHTS[1] == 0
    results = [_training(objective, network, table, WEIGHTS, KEY, memory)[1] for table in (rows, other)]
    assert not np.array_equal(rows, other)
    for first, second in zip(*map(jax.tree.leaves, results), strict=True):
        np.testing.assert_array_equal(first, second)
    evaluated = [_evaluation(objective, network, table, WEIGHTS) for table in (rows, other)]
    np.testing.assert_array_equal(*evaluated)


@pytest.mark.parametrize(
    ("kind", "n_columns"), [("regression", 2), ("classification", 1)], ids=["numbers", "classes"]
)
def test_the_last_columns_are_what_the_code_must_predict(kind, n_columns):
    objective, network, rows, _ = made("guided")
    rows = np.concatenate(
        [rows[:, :5], np.array([[1.0, 0.0], [0, 1], [1, 1], [0, 0]])[:, :n_columns]], axis=1
    )
    objective = Objective("squared_error", "linear", supervision=Supervision(kind, n_columns, 0.7))
    clean = rows[:, :5].astype(np.float64)
    layer, head = network.network.encoder[0], network.head
    predicted = (clean @ layer.weight + layer.bias) @ head.weight + head.bias
    if kind == "regression":
        costs = ((predicted - rows[:, 5:]) ** 2).mean(axis=1)
    else:
        costs = -scipy.special.log_softmax(predicted, axis=1)[np.arange(4), rows[:, 5].astype(int)]
    figures = named(objective, _evaluation(objective, network, rows.astype(np.float32), WEIGHTS))
    assert figures["supervised_loss"] == pytest.approx(WEIGHTS @ costs, rel=1e-5)


# The memory


@pytest.mark.parametrize("family", ["plain", "noisy", "decayed", "gaussian", "guided"])
def test_most_objectives_remember_nothing(family):
    objective, network, rows, memory = made(family)
    assert memory == {}
    assert _training(objective, network, rows, WEIGHTS, KEY, memory)[1][1] == {}


def sigmoid_batches(network, batches):
    layer = network.encoder[0]
    return [scipy.special.expit(rows @ layer.weight + layer.bias) for rows in batches]


@pytest.mark.parametrize("keep", [0.0, 0.5, 0.95])
@pytest.mark.parametrize("activation", ["sigmoid", "tanh"])
def test_the_sparsity_is_of_the_bias_corrected_running_mean(activation, keep):
    _, network, _, _ = made("sparse")
    network = type(network)(network.encoder, network.decoder, "tanh", activation)
    objective = Objective(
        "squared_error",
        "linear",
        penalties={"kl_sparsity": 1.0},
        code_activation=activation,
        sparsity_target=0.2,
        sparsity_memory=keep,
    )
    random = np.random.default_rng(8)
    batches = [3 * random.standard_normal((4, 5)).astype(np.float32) for _ in range(6)]
    weights = np.full(4, 0.25, np.float32)
    layer, memory, raw = network.encoder[0], objective.initial_memory(N_COMPONENTS), 0.0
    for step, rows in enumerate(batches, start=1):
        sums = rows.astype(np.float64) @ layer.weight + layer.bias
        unit = scipy.special.expit(sums) if activation == "sigmoid" else (1 + np.tanh(sums)) / 2
        # Kingma and Ba, 2015, section 3: divide by 1 - keep^t.
        raw = keep * raw + (1 - keep) * unit.mean(axis=0)
        running = raw / (1 - keep**step)
        expected = np.sum(0.2 * np.log(0.2 / running) + 0.8 * np.log(0.8 / (1 - running)))
        _, (terms, memory) = _training(objective, network, rows, weights, KEY, memory)
        assert named(objective, terms)["kl_sparsity"] == pytest.approx(expected, rel=1e-4)


def test_the_running_means_gradient_is_its_slope_times_the_batchs_derivative():
    objective, network, rows, memory = made("sparse")
    first, second = rows + 1, 2 * rows - 1
    _, (_, memory) = _training(objective, network, first, WEIGHTS, KEY, memory)
    position = objective.term_names.index("kl_sparsity")
    gradient = jax.jit(
        jax.grad(lambda net: objective.training_terms(net, second, WEIGHTS, KEY, memory)[1][0][position])
    )(network)
    means = [WEIGHTS @ unit for unit in sigmoid_batches(network, (first, second))]
    running = (0.9 * 0.1 * means[0] + 0.1 * means[1]) / (1 - 0.9**2)
    slope = -0.05 / running + 0.95 / (1 - running)
    (unit,) = sigmoid_batches(network, (second,))
    by_sum = WEIGHTS[:, None] * unit * (1 - unit) * slope
    np.testing.assert_allclose(gradient.encoder[0].bias, by_sum.sum(axis=0), rtol=1e-4)
    np.testing.assert_allclose(gradient.encoder[0].weight, second.T @ by_sum, rtol=1e-3, atol=1e-5)
    assert not np.any(gradient.decoder[0].weight)


def test_an_evaluations_sparsity_is_of_its_own_rows():
    objective, network, rows, _ = made("sparse")
    (unit,) = sigmoid_batches(network, (rows,))
    mean = WEIGHTS @ unit
    expected = np.sum(0.05 * np.log(0.05 / mean) + 0.95 * np.log(0.95 / (1 - mean)))
    got = named(objective, _evaluation(objective, network, rows, WEIGHTS))["kl_sparsity"]
    assert got == pytest.approx(expected, rel=1e-5)


# Layers below


def test_layers_below_lift_the_rows_and_the_lifted_rows_are_the_target():
    _, network, _, _ = made("plain")
    random = np.random.default_rng(4)
    below = tuple(
        Dense(random.standard_normal(shape).astype(np.float32), random.random(shape[1], np.float32))
        for shape in ((7, 6), (6, 5))
    )
    rows = random.random((4, 7), np.float32)
    lifted = rows.astype(np.float64)
    for layer in below:
        lifted = np.tanh(lifted @ layer.weight + layer.bias)
    words = {"penalties": {"contractive": 0.4}, "corruption": MaskingNoise(0.5, 0.0)}
    stacked = Objective("squared_error", "linear", below=below, below_activation="tanh", **words)
    alone = Objective("squared_error", "linear", **words)
    lifted = lifted.astype(np.float32)
    np.testing.assert_allclose(
        _training(stacked, network, rows, WEIGHTS, KEY, {})[1][0],
        _training(alone, network, lifted, WEIGHTS, KEY, {})[1][0],
        rtol=1e-5,
    )
    np.testing.assert_allclose(
        _evaluation(stacked, network, rows, WEIGHTS),
        _evaluation(alone, network, lifted, WEIGHTS),
        rtol=1e-5,
    )
    # The network is all that a gradient is taken for: the layers below are no part of it.
    gradient = jax.jit(jax.grad(lambda network: stacked.training_terms(network, rows, WEIGHTS, KEY, {})[0]))(
        network
    )
    assert jax.tree.structure(gradient) == jax.tree.structure(network)
