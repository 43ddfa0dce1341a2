"""The compiled epoch and evaluation, called as the engine calls them."""

import re
import subprocess
import sys

import numpy as np
import pytest

from diabolo.core.bottlenecks import Gaussian, TopK
from diabolo.core.corruption import GaussianNoise
from diabolo.training.epoch import Schedule, compiled_epoch, compiled_evaluation
from diabolo.training.optimizers import OPTIMIZERS
from diabolo.training.plan import BatchPlan, batch_plan

KEY = np.array([61, 62], np.uint32)
NOTHING = (np.zeros((1, 8), np.int32), np.zeros((1, 8), np.float32), np.zeros(1))


def with_padding(plan, at):
    """A plan with a batch of nothing but padding before batch ``at``; it no longer comes last."""
    parts = [
        np.concatenate([array[:at], empty, array[at:]])
        for array, empty in zip((plan.indices, plan.weights, plan.totals), NOTHING, strict=True)
    ]
    return BatchPlan(*parts, plan.n_batches + (at < plan.n_batches))


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_batch_of_padding_in_the_middle_changes_nothing_to_the_bit(
    optimizer, make_engine, in_memory, table, monkeypatch, bits
):
    # Two batches of rows, and one of padding between them or after them: one shape, one program.
    chosen = np.arange(15)
    states, reports = [], []
    for at in (2, 1, 0):
        monkeypatch.setattr(
            "diabolo.training.engine.batch_plan",
            lambda order, batch_size, at=at, **_: with_padding(batch_plan(order, batch_size), at),
        )
        engine = make_engine(optimizer=optimizer, learning_rate=0.05)
        for _ in range(2):
            report, divergence = engine.run_epoch(in_memory(table, chosen))
            assert divergence is None
        states.append(engine.state)
        reports.append((report.loss, report.mean_absolute_error))
        assert engine.n_steps == 4
    assert all(np.isfinite(part).all() for part in states[0].parameters)
    assert bits(states[0]) == bits(states[1]) == bits(states[2])
    assert reports[0] == reports[1] == reports[2]


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_epoch_of_padding_alone_keeps_parameters_and_slots_to_the_bit(
    optimizer, make_engine, in_memory, table, bits
):
    engine = make_engine(optimizer=optimizer, learning_rate=0.05)
    engine.run_epoch(in_memory(table))
    before = bits(engine.state)
    numbers = np.ones((3, len(engine.program.scalars)), np.float32)
    numbers[:, engine.program.scalars.index("active")] = 0
    schedule = Schedule(
        np.zeros((3, 8), np.int32), np.zeros((3, 8), np.float32), numbers, np.zeros(3, np.uint32)
    )
    state, terms = compiled_epoch(engine.placement.compiler_options(10))(
        engine.program,
        engine.objective,
        engine.state,
        engine.placement.put_rows(table),
        schedule,
        KEY,
        np.int32(3),
    )
    assert bits(state) == before
    assert not np.any(terms)


def test_batches_beyond_the_count_are_not_run(make_engine, table, bits):
    engine = make_engine()
    engine.make_slots()
    before = bits(engine.state)
    plan = batch_plan(np.arange(23), 8)
    numbers = np.ones((3, len(engine.program.scalars)), np.float32)
    state, _ = compiled_epoch(engine.placement.compiler_options(10))(
        engine.program,
        engine.objective,
        engine.state,
        engine.placement.put_rows(table),
        Schedule(plan.indices, plan.weights, numbers, np.arange(3, dtype=np.uint32)),
        KEY,
        np.int32(0),
    )
    assert bits(state) == before


def test_rows_that_no_index_names_do_not_matter(make_engine, in_memory, table, bits):
    chosen = np.setdiff1d(np.arange(23), [0, 5, 11])
    states = []
    for garbage in (0.5, np.nan, np.inf):
        filled = table.copy()
        filled[[0, 5, 11]] = garbage
        engine = make_engine(learning_rate=0.05)
        report, divergence = engine.run_epoch(in_memory(filled, chosen))
        assert divergence is None
        states.append((bits(engine.state), report.loss))
    assert states[0] == states[1] == states[2]


def test_evaluation_gives_each_batchs_mean_loss_and_error(make_network, make_engine, table, reference):
    engine = make_engine()
    plan = batch_plan(np.arange(23), 8)
    terms = compiled_evaluation(
        engine.program,
        engine.objective,
        engine.state.parameters,
        engine.placement.put_rows(table),
        plan.indices,
        plan.weights,
        np.int32(3),
    )
    expected = reference(make_network())
    rows = table.astype(np.float64)
    for got, part in zip(np.asarray(terms), (rows[:8], rows[8:16], rows[16:]), strict=True):
        by_hand = expected.row_losses(part).mean(), expected.row_absolute_errors(part).mean()
        np.testing.assert_allclose(got, by_hand, rtol=1e-5)


# What is drawn, and what is remembered


NOISY = {"corruption": GaussianNoise(0.5, -np.inf, np.inf)}
REMEMBERING = {
    "running mean": {
        "penalties": {"kl_sparsity": 1.0},
        "code_activation": "sigmoid",
        "sparsity_memory": 0.9,
        **NOISY,
    },
    "rows out": {"bottleneck": TopK(1, 1, 0.1, 4.0), **NOISY},
}


def network_for(name, make_network):
    network = make_network()
    if name == "gaussian":
        return make_network((6, 5, 4))
    code_activation = "sigmoid" if name == "running mean" else "linear"
    # The second of the code's two units lies far below the first, which alone is kept then.
    network.encoder[-1].bias[1] -= 9 * (name == "rows out")
    return type(network)(network.encoder, network.decoder, network.activation, code_activation)


def run_steps(engine, rows, tickets, active=None, key=KEY):
    """Run a batch of all rows a ticket, at a learning rate of 0 unless the engine's numbers say otherwise."""
    n_steps, scalars = len(tickets), engine.program.scalars
    numbers = np.zeros((n_steps, len(scalars)), np.float32)
    numbers[:, scalars.index("active")] = 1 if active is None else active
    weights = np.full((n_steps, 8), 1 / 8, np.float32) * (numbers[:, [scalars.index("active")]])
    schedule = Schedule(
        np.tile(np.arange(8, dtype=np.int32), (n_steps, 1)), weights, numbers, np.array(tickets, np.uint32)
    )
    engine.make_slots()
    return compiled_epoch(engine.placement.compiler_options(10))(
        engine.program,
        engine.objective,
        engine.state,
        engine.placement.put_rows(rows),
        schedule,
        key,
        np.int32(n_steps),
    )


@pytest.mark.parametrize("words", [NOISY, {"bottleneck": Gaussian()}], ids=["noise", "gaussian"])
def test_each_step_draws_anew_and_its_ticket_and_key_say_what(words, make_engine, make_network, table):
    name = "gaussian" if "bottleneck" in words else "plain"
    network = network_for(name, make_network)
    if name == "gaussian":
        network = dense_gaussian(network)
    # Rows, parameters and learning rate are the same in every step: a loss differs by what is drawn alone.
    settings = {"optimizer": "sgd", "objective": words}
    losses = {}
    for what, tickets, key in (
        ("first", [0, 1, 2, 3, 2], KEY),
        ("same", [0, 1, 2, 3, 2], KEY),
        ("other key", [0, 1, 2, 3, 2], KEY + np.uint32(1)),
        ("later", [4, 5, 6, 7, 3], KEY),
    ):
        _, terms = run_steps(make_engine(network, **settings), table[:8], tickets, key=key)
        losses[what] = np.asarray(terms)[:, 0].tolist()
    first = losses["first"]
    assert losses["same"] == first
    assert first[4] == first[2]
    assert len({*first, *losses["later"], *losses["other key"]}) == 4 + 4 + 4
    assert losses["later"][4] == first[3]


def dense_gaussian(network):
    """Cut a network of code width 4 to the decoder of its 2 means."""
    first = network.decoder[0]
    decoder = (type(first)(first.weight[:2], first.bias), *network.decoder[1:])
    return type(network)(network.encoder, decoder, network.activation, network.code_activation)


@pytest.mark.parametrize("name", list(REMEMBERING))
def test_steps_carry_the_memory_and_batches_of_padding_leave_it_to_the_bit(
    name, make_engine, make_network, table, bits
):
    def engine():
        network = network_for(name, make_network)
        return make_engine(network, optimizer="sgd", objective=REMEMBERING[name], n_components=2)

    assert engine().state.memory
    start = bits(engine().state.memory)
    after_one, _ = run_steps(engine(), table[:8], [0, 1, 2], [1, 0, 0])
    alone, _ = run_steps(engine(), table[:8], [0])
    assert bits(after_one) == bits(alone)
    assert bits(alone.memory) != start
    between, terms = run_steps(engine(), table[:8], [0, 9, 1], [1, 0, 1])
    together, expected = run_steps(engine(), table[:8], [0, 1])
    assert bits(between) == bits(together)
    assert bits(together.memory) != bits(alone.memory)
    np.testing.assert_array_equal(np.asarray(terms)[[0, 2]], expected)
    nothing, _ = run_steps(engine(), table[:8], [0, 1], [0, 0])
    assert bits(nothing.memory) == start


def test_a_loss_that_is_not_finite_leaves_the_memory_too(make_engine, make_network, table, bits):
    spoilt = table[:8].copy()
    spoilt[3] = np.nan
    network = network_for("running mean", make_network)
    words = REMEMBERING["running mean"]
    engine = make_engine(network, optimizer="sgd", objective=words, n_components=2)
    before = bits(engine.state.memory)
    state, _ = run_steps(engine, spoilt, [0, 1])
    assert not state.healthy
    assert bits(state.memory) == before


HIGHEST = "precision = [HIGHEST, HIGHEST]"
BFLOAT16 = "lhs_precision_type = bf16, rhs_precision_type = bf16, accumulation_type = f32"


def products_on_a_gpu(engine, rows):
    """The lines of an epoch's and of an evaluation's code for a GPU that multiply."""
    plan = batch_plan(np.arange(len(rows)), 8)
    numbers = np.ones((3, len(engine.program.scalars)), np.float32)
    schedule = Schedule(plan.indices, plan.weights, numbers, np.arange(3, dtype=np.uint32))
    engine.make_slots()
    given = engine.program, engine.objective
    epoch = compiled_epoch().trace(*given, engine.state, rows, schedule, KEY, np.int32(3))
    measured = compiled_evaluation.trace(
        *given, engine.state.parameters, rows, plan.indices, plan.weights, np.int32(3)
    )
    for traced in (epoch, measured):
        text = traced.lower(lowering_platforms=("cuda",)).as_text()
        yield [line for line in text.splitlines() if "dot_general" in line]


@pytest.mark.parametrize(
    ("precision", "written"), [(None, HIGHEST), ("high", "precision = [HIGH, HIGH]"), ("fast", BFLOAT16)]
)
def test_every_product_of_matrices_is_of_the_precision_that_was_asked_for(
    precision, written, make_engine, table
):
    engine = make_engine(precision=precision, max_gradient_norm=1.0)
    assert all(part.dtype == np.float32 for part in engine.state.parameters)
    for lines, per_layer in zip(products_on_a_gpu(engine, table), (3, 1), strict=True):
        of_matrices = [line for line in lines if re.search(r"-> tensor<\d+x\d+xf32>$", line)]
        n_layers = len(engine.network(copy=True).layer_shapes("sigmoid"))
        # A layer is a product, its derivatives are two; JAX 0.12 leaves out the one by the rows.
        n_products = per_layer * n_layers
        assert len(of_matrices) in (n_products, n_products - (per_layer == 3))
        assert all(written in line for line in of_matrices)
        # Losses, what they are derived to, and the gradient's norm.
        sums = [line for line in lines if line not in of_matrices]
        assert sums
        assert all(HIGHEST in line for line in sums)


def test_fits_of_two_precisions_share_no_program(make_engine):
    programs = {make_engine(precision=precision).program for precision in (None, "high", "fast", "fast")}
    assert {program.precision for program in programs} == {None, "high", "fast"}
    assert len(programs) == 3


@pytest.mark.parametrize("precision", ["high", "fast"])
def test_a_processor_trains_to_the_same_bits_in_each_precision(
    precision, make_engine, in_memory, table, bits
):
    states = []
    for asked in (None, precision):
        engine = make_engine(precision=asked, learning_rate=0.05)
        engine.run_epoch(in_memory(table))
        states.append(bits(engine.state))
    assert states[0] == states[1]


ON_TWO_DEVICES = """
import jax
jax.config.update("jax_num_cpu_devices", 2)
import numpy as np
from diabolo import Autoencoder
from diabolo.training import engine as module

rows = np.random.default_rng(0).random((64, 12), np.float32)
wide = np.random.default_rng(0).random((16, 20_000), np.float32)
own = module.compiled_epoch
for table, settings in ((rows, {"hidden_layer_sizes": (8,)}), (wide, {"hidden_layer_sizes": ()})):
    found = {}
    for precision in (None, "fast"):
        texts = []

        def noted(options):
            def call(*given):
                traced = own(options).trace(*given)
                texts.append(traced.lower(lowering_platforms=("cuda",)).as_text())
                return own(options)(*given)
            return call

        module.compiled_epoch = noted
        how = {"max_epochs": 1, "random_state": 0, "device": "all", "initializer": "glorot_uniform"}
        autoencoder = Autoencoder(3, precision=precision, **how, **settings).fit(table)
        assert ("lhs_precision_type = bf16" in texts[0]) == (precision == "fast")
        assert ("HIGHEST" in texts[0]) and "num_partitions = 2" in texts[0]
        found[precision] = autoencoder.transform(table).tobytes()
    assert found[None] == found["fast"]
"""


def test_programs_of_several_devices_have_the_precision_too():
    done = subprocess.run([sys.executable, "-c", ON_TWO_DEVICES], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-3000:]
