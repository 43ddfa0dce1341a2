"""The engine with objectives that draw, remember, or have more than one term."""

import jax
import numpy as np
import pytest

from diabolo.core.bottlenecks import Gaussian, TopK
from diabolo.core.corruption import GaussianNoise, MaskingNoise, SaltAndPepperNoise
from diabolo.core.layers import Dense
from diabolo.core.networks import dense_network
from diabolo.core.supervision import Supervision, guided_network
from diabolo.training.epoch import TRACES
from diabolo.training.history import COLUMNS
from diabolo.training.rows import RowsStreamed

NOISE = GaussianNoise(0.5, -np.inf, np.inf)
STANDING = {"optimizer": "sgd", "learning_rate": 0.0, "shuffle": False}


@pytest.fixture
def gaussian_network():
    random = np.random.default_rng(1)
    return dense_network(
        (6, 5, 2),
        activation="tanh",
        code_activation="linear",
        tied_weights=False,
        initializer="glorot_uniform",
        random=random,
        width_factor=2,
    )


@pytest.fixture
def sigmoid_network(make_network):
    network = make_network()
    return type(network)(network.encoder, network.decoder, network.activation, "sigmoid")


@pytest.fixture
def family(make_engine, make_network, gaussian_network, sigmoid_network):
    """Make an engine of a family by its name."""
    families = {
        "noisy": (make_network(), {"corruption": NOISE}, 0),
        "gaussian": (gaussian_network, {"bottleneck": Gaussian(2.0), "corruption": NOISE}, 0),
        "sparse": (
            sigmoid_network,
            {
                "penalties": {"kl_sparsity": 0.5, "weight_decay": 0.01},
                "code_activation": "sigmoid",
                "sparsity_memory": 0.9,
                "corruption": MaskingNoise(0.3, 0.0),
            },
            2,
        ),
        "topk": (make_network(), {"bottleneck": TopK(1, 1, 0.1, 10.0), "corruption": NOISE}, 2),
    }

    def make(name, **settings):
        network, objective, n_components = families[name]
        return make_engine(network, objective=objective, n_components=n_components, **settings)

    return make


# The Gaussian one is noisy too.
EACH_FAMILY = pytest.mark.parametrize("name", ["gaussian", "sparse", "topk"])


# Draws


@pytest.mark.parametrize("name", ["noisy", "gaussian"])
def test_every_epoch_draws_anew(name, family, in_memory, table, fit):
    # Parameters, rows and their order stay: a loss differs from the one before by what is drawn alone.
    losses = fit(family(name, **STANDING, max_epochs=8), in_memory(table)).history["loss"]
    assert len(set(losses)) == 8
    assert np.std(losses) < np.mean(losses)


@EACH_FAMILY
def test_same_seed_same_bits_and_another_seed_other_bits(name, family, in_memory, table, fit, bits):
    def state_after(seed):
        engine = family(name, seed=seed, max_epochs=3, learning_rate=0.05, shuffle=False)
        history = fit(engine, in_memory(table)).history
        return bits(engine.state), history["loss"]

    first, same, other = (state_after(seed) for seed in (4, 4, 5))
    assert first == same
    # The order is the same: the seed decides the noise as well.
    assert first[0] != other[0]


@EACH_FAMILY
def test_epochs_in_one_call_alone_or_streamed_give_the_same_bits(
    name, family, in_memory, placement, table, bits, fit
):
    def gather(numbers, buffer):
        buffer[:] = table[numbers]

    settings = {"seed": 3, "max_epochs": 4, "learning_rate": 0.05}
    grouped, single, streamed = (family(name, **settings) for _ in range(3))
    source = in_memory(table)
    assert grouped.epochs_per_call(source) > 4
    history = fit(grouped, source).history
    reports = [single.run_epoch(source)[0] for _ in range(4)]
    # Two chunks an epoch: two full batches, then the short one.
    chunks = RowsStreamed(gather, 6, 16, placement.put_rows, np.arange(23))
    in_chunks = fit(streamed, chunks).history
    assert bits(grouped.state) == bits(single.state)
    assert bits(grouped.state) == bits(streamed.state)
    assert (grouped.n_steps, single.n_steps, streamed.n_steps) == (12, 12, 12)
    further = {column: [report.further[column] for report in reports] for column in reports[0].further}
    for column, values in {"loss": [report.loss for report in reports], **further}.items():
        np.testing.assert_allclose(history[column], values, rtol=1e-12)
        np.testing.assert_allclose(history[column], in_chunks[column], rtol=1e-12)


@EACH_FAMILY
def test_validation_neither_corrupts_nor_draws_nor_is_remembered(name, family, in_memory, table, fit, bits):
    settings = {"max_epochs": 2, "learning_rate": 0.05}
    watched, alone = family(name, **settings), family(name, **settings)
    history = fit(watched, in_memory(table, np.arange(18)), in_memory(table, np.arange(18, 23))).history
    fit(alone, in_memory(table, np.arange(18)))
    assert bits(watched.state) == bits(alone.state)
    again = [watched.evaluate(in_memory(table, np.arange(18, 23)), 5) for _ in range(2)]
    assert again[0] == again[1]
    network, objective = watched.network(copy=True), watched.objective
    weights = np.full(5, 0.2, np.float32)
    terms = jax.jit(lambda network: objective.evaluation_terms(network, table[18:], weights))(network)
    for column, expected in zip(objective.term_names, np.asarray(terms), strict=True):
        assert history[f"validation_{column}"][-1] == pytest.approx(expected, rel=1e-5, abs=1e-7)


def test_validation_of_a_noisy_fit_is_that_of_a_plain_one(make_engine, in_memory, table):
    noisy = make_engine(objective={"corruption": GaussianNoise(30.0, -np.inf, np.inf)})
    assert noisy.evaluate(in_memory(table), 8) == make_engine().evaluate(in_memory(table), 8)


# Numbers without a trace


def test_numbers_of_an_objective_do_not_trace_again(make_engine, gaussian_network, in_memory, fit):
    table = np.random.default_rng(2).random((23, 7), dtype=np.float32)
    network = guided_network(gaussian_network, 2, 1, "glorot_uniform", np.random.default_rng(0))

    def run(number, **settings):
        words = {
            "bottleneck": Gaussian(number),
            "corruption": GaussianNoise(number, -number, number),
            "penalties": {"weight_decay": number, "l1_sparsity": number},
            "supervision": Supervision("regression", 1, number),
            "loss_settings": {"huber_delta": number},
        }
        engine = make_engine(
            network, objective=words, loss="huber", max_epochs=1, kl_warmup_epochs=2, **settings
        )
        history = fit(engine, in_memory(table, np.arange(20)), in_memory(table, np.arange(20, 23))).history
        return history["loss"][0]

    run(1.0)
    TRACES.clear()
    losses = [run(number) for number in (0.5, 1, 2.0)]
    losses.append(run(0.25, seed=9, learning_rate=0.5))
    assert TRACES == {}
    assert len(set(losses)) == 4


@pytest.mark.parametrize(
    "corruption",
    [
        lambda number: MaskingNoise(number / 4, np.full(6, number, np.float32)),
        lambda number: SaltAndPepperNoise(number / 4, -number, number),
    ],
    ids=["masking", "salt and pepper"],
)
def test_numbers_of_a_noise_do_not_trace_again(corruption, make_engine, in_memory, table):
    def run(number):
        return make_engine(objective={"corruption": corruption(number)}).run_epoch(in_memory(table))[0].loss

    first = run(1.0)
    TRACES.clear()
    assert len({first, run(0.5), run(2)}) == 3
    assert TRACES == {}


@pytest.mark.parametrize(
    "change", ["sparsity_target", "sparsity_memory", "kl_sparsity", "auxiliary_weight", "dead_after"]
)
def test_numbers_of_what_remembers_do_not_trace_again(change, make_engine, sigmoid_network, in_memory, table):
    def run(number):
        if change in ("auxiliary_weight", "dead_after"):
            words = {"bottleneck": TopK(1, 1, **{change: number})}
        else:
            numbers = {"kl_sparsity": 1.0, "sparsity_target": 0.1, "sparsity_memory": 0.9, change: number}
            words = {"penalties": {"kl_sparsity": numbers.pop("kl_sparsity")}, **numbers}
        words["code_activation"] = "sigmoid"
        make_engine(sigmoid_network, objective=words, n_components=2).run_epoch(in_memory(table))

    run(0.5)
    TRACES.clear()
    run(0.25)
    assert TRACES == {}


# The warm-up of the divergence


@pytest.mark.parametrize(("warmup", "epochs"), [(2.0, 4), (1.5, 3), (0.5, 2)])
def test_the_divergence_is_charged_in_a_share_that_grows_to_one(
    warmup, epochs, make_engine, gaussian_network, in_memory, table
):
    words = {"bottleneck": Gaussian(6.0)}
    engine = make_engine(gaussian_network, objective=words, **STANDING, kl_warmup_epochs=warmup)
    # Three batches an epoch, of 8, 8 and 7 rows; the divergence is the same in every epoch, nothing being
    # learned, and each row's share of it is its step's.
    reports = [engine.run_epoch(in_memory(table))[0] for _ in range(epochs)]
    steps = np.arange(1, 3 * epochs + 1)
    shares = np.minimum(steps / (warmup * 3), 1).reshape(epochs, 3)
    assert shares[-1, -1] == 1
    by_batch = [
        make_engine(gaussian_network, objective=words).evaluate(in_memory(table, rows), 8)["kl_divergence"]
        for rows in np.split(np.arange(23), [8, 16])
    ]
    for report, share in zip(reports, shares, strict=True):
        charged = report.loss - report.further["reconstruction_loss"]
        # beta / n_features = 1.
        expected = np.average(share * by_batch, weights=[8, 8, 7])
        assert charged == pytest.approx(expected, rel=1e-4)


def test_without_a_warm_up_the_divergence_is_charged_in_full(make_engine, gaussian_network, in_memory, table):
    engine = make_engine(gaussian_network, objective={"bottleneck": Gaussian(6.0)}, **STANDING)
    assert "kl_share" not in engine.program.scalars
    report, _ = engine.run_epoch(in_memory(table))
    parts = report.further
    assert report.loss == pytest.approx(parts["reconstruction_loss"] + parts["kl_divergence"], rel=1e-6)


# What is recorded


def test_a_history_has_each_part_of_the_loss_and_of_the_validation_loss(family, in_memory, table, fit):
    history = fit(
        family("sparse", max_epochs=2), in_memory(table, np.arange(18)), in_memory(table, np.arange(18, 23))
    ).history
    parts = ["reconstruction_loss", "weight_decay", "kl_sparsity"]
    names = ["loss", "mean_absolute_error", "learning_rate", "seconds"]
    names += ["validation_loss", "validation_mean_absolute_error"]
    assert set(history) == {*names, *parts, *(f"validation_{part}" for part in parts)}
    assert list(history) == [name for name in COLUMNS if name in history]
    for prefix in ("", "validation_"):
        total = np.array(history[f"{prefix}reconstruction_loss"])
        total += 0.5 * np.array(history[f"{prefix}kl_sparsity"])
        total += 0.01 * np.array(history[f"{prefix}weight_decay"])
        np.testing.assert_allclose(history[f"{prefix}loss"], total, rtol=1e-5)


def test_an_objective_of_one_term_adds_no_columns(family, in_memory, table, fit):
    history = fit(family("noisy", max_epochs=1), in_memory(table)).history
    assert set(history) == {"loss", "mean_absolute_error", "learning_rate", "seconds"}


def test_a_penaltys_figure_is_its_mean_over_rows_in_weighted_and_short_batches(
    make_engine, make_network, in_memory, table
):
    words = {"penalties": {"weight_decay": 0.5, "l1_sparsity": 0.25}}
    weight = np.random.default_rng(1).random(23) + 0.5
    network = make_network()
    engine = make_engine(network, objective=words, **STANDING)
    report, _ = engine.run_epoch(in_memory(table, sample_weight=weight))
    matrices = [leaf.astype(np.float64) for leaf in jax.tree.leaves(network) if leaf.ndim == 2]
    decay = sum(np.sum(matrix**2) for matrix in matrices) / 2
    absolute = np.abs(np.asarray(network.encode(table), np.float64)).sum(axis=1)
    assert report.further["weight_decay"] == pytest.approx(decay, rel=1e-5)
    assert report.further["l1_sparsity"] == pytest.approx(np.average(absolute, weights=weight), rel=1e-5)


# What is trained and what is not


def test_layers_below_are_read_and_never_moved(make_engine, in_memory, fit, bits):
    random = np.random.default_rng(3)
    below = (Dense(random.standard_normal((9, 6)).astype(np.float32), np.zeros(6, np.float32)),)
    table = random.random((23, 9), dtype=np.float32)
    engine = make_engine(
        objective={"below": below, "below_activation": "sigmoid"}, learning_rate=0.05, max_epochs=30
    )
    before = bits(engine.objective.below)
    losses = fit(engine, in_memory(table)).history["loss"]
    assert bits(engine.objective.below) == before == bits(below)
    assert losses[-1] < 0.9 * losses[0]
    # The same as a fit on the lifted rows.
    lifted = np.asarray(below[0](table, "sigmoid"))
    alone = fit(make_engine(learning_rate=0.05, max_epochs=30), in_memory(lifted)).history["loss"]
    np.testing.assert_allclose(losses, alone, rtol=1e-3)


@EACH_FAMILY
def test_training_lowers_the_validation_loss_of_every_family(name, family, in_memory, table, fit):
    # Rows that lie on a line: one number a row is enough.
    line = (table[:, :1] @ np.linspace(0.1, 1, 6, dtype=np.float32)[None]).astype(np.float32)
    engine = family(name, max_epochs=60, learning_rate=0.02)
    losses = fit(engine, in_memory(line), in_memory(line)).history["validation_loss"]
    assert losses[-1] < 0.9 * losses[0]


def test_only_the_best_parameters_are_restored_with_an_objective_that_remembers(
    family, in_memory, table, fit, bits
):
    settings = {"learning_rate": 0.05, "seed": 6, "tol": 0.0}
    stopped = family("sparse", **settings, max_epochs=25, early_stopping=True, n_iter_no_change=25)
    result = fit(stopped, in_memory(table, np.arange(18)), in_memory(table, np.arange(18, 23)))
    until_then = family("sparse", **settings, max_epochs=result.best_epoch)
    assert bits(result.network) == bits(fit(until_then, in_memory(table, np.arange(18))).network)
