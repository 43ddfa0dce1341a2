from dataclasses import replace

import jax
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from diabolo.training.engine import Engine
from diabolo.training.epoch import TRACES
from diabolo.training.fitting import fit as train
from diabolo.training.history import Divergence
from diabolo.training.plan import evaluation_batch_size
from diabolo.training.progress import Progress
from diabolo.training.rows import Chunk, RowsStreamed, aligned_rows


class Recorder(Progress):
    """A progress that keeps what it is told."""

    def __init__(self):
        self.reports = []

    def epoch(self, report):
        self.reports.append(report)


class Watched:
    """A source that notes the order of every epoch."""

    def __init__(self, source):
        self.source, self.orders = source, []
        self.n_rows, self.mean_weight = source.n_rows, source.mean_weight

    def chunks(self, random, skipped=0):
        for chunk in self.source.chunks(random, skipped):
            self.orders.append(chunk.order)
            yield chunk


class Changing(Watched):
    """A source whose table is another one from some epoch on."""

    def __init__(self, source, later, first_epoch):
        super().__init__(source)
        self.later, self.first_epoch = later, first_epoch

    def chunks(self, random, skipped=0):
        source = self.later if len(self.orders) + 1 >= self.first_epoch else self.source
        for chunk in source.chunks(random, skipped):
            self.orders.append(chunk.order)
            yield chunk


def aligned(array):
    copy = aligned_rows(1, array.size).reshape(array.shape)
    copy[...] = array
    return copy


# The loss that is reported


@settings(
    max_examples=15,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(n_rows=st.integers(17, 23), shuffle=st.booleans())
def test_reported_loss_is_the_mean_over_rows_whatever_their_number(
    n_rows, shuffle, make_network, make_engine, in_memory, table, reference
):
    engine = make_engine(optimizer="sgd", learning_rate=0.0, shuffle=shuffle)
    report, _ = engine.run_epoch(in_memory(table, np.arange(n_rows)))
    expected, rows = reference(make_network()), table[:n_rows].astype(np.float64)
    assert report.loss == pytest.approx(expected.row_losses(rows).mean(), rel=1e-6)
    assert report.mean_absolute_error == pytest.approx(expected.row_absolute_errors(rows).mean(), rel=1e-6)
    assert (report.epoch, report.n_rows, report.learning_rate) == (1, n_rows, 0.0)


def test_rows_that_differ_much_are_still_averaged_by_row(make_engine, in_memory, make_network, reference):
    # One row of the short last batch is far off: a mean of batch means would overrate it.
    table = np.full((17, 6), 0.5, np.float32)
    table[16] = 30.0
    engine = make_engine(optimizer="sgd", learning_rate=0.0, shuffle=False)
    report, _ = engine.run_epoch(in_memory(table))
    losses = reference(make_network()).row_losses(table.astype(np.float64))
    assert report.loss == pytest.approx(losses.mean(), rel=1e-5)
    assert abs(losses.mean() - np.mean([losses[:8].mean(), losses[8:16].mean(), losses[16]])) > 10


@pytest.mark.parametrize("weighted", [False, True])
def test_evaluation_is_the_mean_over_rows_and_changes_nothing(
    weighted, make_engine, in_memory, make_network, table, reference, bits
):
    weight = np.random.default_rng(1).random(23) if weighted else None
    engine = make_engine()
    before = bits(engine.state)
    measured = engine.evaluate(in_memory(table, sample_weight=weight), 8)
    assert list(measured) == ["loss", "mean_absolute_error"]
    loss, error = measured.values()
    expected, rows = reference(make_network()), table.astype(np.float64)
    assert loss == pytest.approx(np.average(expected.row_losses(rows), weights=weight), rel=1e-6)
    assert error == pytest.approx(np.average(expected.row_absolute_errors(rows), weights=weight), rel=1e-6)
    assert bits(engine.state) == before
    assert (engine.n_epochs, engine.n_steps) == (0, 0)


def test_evaluation_batches_shrink_where_rows_are_wide():
    assert [evaluation_batch_size(width) for width in (0, 1, 16_384, 16_385, 2**19, 10**9)] == [
        256,
        256,
        256,
        255,
        32,
        32,
    ]


# One trace


def test_a_fit_over_many_epochs_and_chunks_is_traced_once(make_engine, chunked, fit):
    # Chunks of 24, 24 and 9 rows, the short one first, in the middle and last: three, three, two batches.
    table = np.random.default_rng(5).random((57, 6), dtype=np.float32)
    TRACES.clear()
    for lengths in ([24, 24, 9], [9, 24, 24], [24, 9, 24]):
        source = chunked(table, lengths, 24)
        engine = make_engine(max_epochs=4)
        result = fit(engine, source, chunked(table, [24, 24, 9], 24))
        assert engine.n_steps == 4 * 8
        assert np.isfinite(result.history["loss"]).all()
    assert TRACES["epoch"] <= 1
    assert TRACES["evaluation"] <= 1


def test_numbers_that_do_not_change_the_program_do_not_trace_again(make_engine, in_memory, table, fit):
    held_out = np.arange(20, 23)
    fit(make_engine(max_epochs=1), in_memory(table, np.arange(20)), in_memory(table, held_out))
    fit(make_engine(max_epochs=1), in_memory(table, np.arange(20)))
    fit(make_engine(max_epochs=1, optimizer="sgd"), in_memory(table))
    TRACES.clear()
    for change in (
        {"learning_rate": 0.5},
        {"optimizer_settings": {"beta_1": 0.5, "beta_2": 0.6, "epsilon": 1e-3}},
        {"seed": 9},
        {"max_epochs": 3},
        {"shuffle": False},
        {"schedule": "cosine", "max_epochs": 2},
        {"schedule": "step", "max_epochs": 2},
        {"early_stopping": True, "n_iter_no_change": 1, "max_epochs": 2},
    ):
        chosen = np.arange(20)
        fit(
            make_engine(**{"max_epochs": 1, **change}),
            in_memory(table, chosen),
            in_memory(table, held_out),
        )
    for n_rows in (17, 22, 24):
        weight = np.ones(23) if n_rows == 22 else None
        chosen = np.resize(np.arange(23), n_rows)
        fit(make_engine(max_epochs=1), in_memory(table, chosen, weight))
    for momentum in ({"momentum": 0.1}, {"momentum": 0.5, "nesterov": True}):
        fit(make_engine(max_epochs=1, optimizer="sgd", optimizer_settings=momentum), in_memory(table))
    assert TRACES == {}


# Chunks


def test_several_chunks_train_like_one_where_batches_coincide(make_engine, in_memory, chunked, fit):
    table = np.random.default_rng(5).random((40, 6), dtype=np.float32)
    settings = {"learning_rate": 0.05, "shuffle": False, "max_epochs": 3}
    whole = fit(make_engine(**settings), in_memory(table))
    parts = fit(make_engine(**settings), chunked(table, [24, 16], 24))
    for a, b in zip(jax.tree.leaves(whole.network), jax.tree.leaves(parts.network), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(whole.history["loss"], parts.history["loss"], rtol=1e-6)


@pytest.mark.parametrize("weighted", [False, True])
def test_streamed_rows_train_like_rows_on_the_device(weighted, make_engine, in_memory, placement, fit):
    table = np.random.default_rng(5).random((60, 6), dtype=np.float32)
    weight = np.random.default_rng(6).random(60) + 0.5 if weighted else None
    training, validation = np.arange(3, 57), np.array([0, 1, 2, 57, 58, 59])
    settings = {"learning_rate": 0.05, "seed": 8, "max_epochs": 3}

    def gather(numbers, buffer):
        buffer[:] = table[numbers]

    whole = in_memory(table, training, weight)
    streamed = RowsStreamed(gather, 6, 24, placement.put_rows, training, weight)
    expected = fit(make_engine(**settings), whole, whole.others(validation, weight))
    got = fit(make_engine(**settings), streamed, streamed.others(validation, weight))
    for a, b in zip(jax.tree.leaves(expected.network), jax.tree.leaves(got.network), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-7)
    for name in ("loss", "mean_absolute_error", "validation_loss", "validation_mean_absolute_error"):
        np.testing.assert_allclose(expected.history[name], got.history[name], rtol=1e-6)


def test_weights_average_over_all_chunks(make_engine, chunked, make_network, reference):
    # Chunks of 24, 24 and 9 rows of very different losses, unchanged parameters.
    table = np.random.default_rng(5).random((57, 6), dtype=np.float32)
    table[48:] *= 20
    engine = make_engine(optimizer="sgd", learning_rate=0.0)
    source = chunked(table, [24, 24, 9], 24)
    losses = reference(make_network()).row_losses(table.astype(np.float64))
    report, _ = engine.run_epoch(source)
    assert report.loss == pytest.approx(losses.mean(), rel=1e-6)
    assert engine.evaluate(source, 8)["loss"] == pytest.approx(losses.mean(), rel=1e-6)


def test_a_chunk_without_rows_is_passed_over(make_engine, chunked, bits):
    table = np.random.default_rng(5).random((24, 6), dtype=np.float32)
    states = []
    for lengths in ([24], [0, 24], [24, 0]):
        engine = make_engine(learning_rate=0.05, shuffle=False)
        report, divergence = engine.run_epoch(chunked(table, lengths, 24))
        assert divergence is None
        states.append((bits(engine.state), report.loss))
    assert states[0] == states[1] == states[2]


# Order and seeds


def test_without_shuffling_rows_are_visited_in_their_own_order(make_engine, in_memory, table, fit):
    chosen = np.array([4, 2, 9, 7, 1, 3, 12, 20, 15, 6, 5, 22, 19, 8, 0, 11, 10])
    source = Watched(in_memory(table, chosen))
    fit(make_engine(shuffle=False, max_epochs=2), source)
    assert [order.tolist() for order in source.orders] == [chosen.tolist()] * 2


def test_each_epoch_visits_every_row_in_an_order_of_its_own(make_engine, in_memory, table, fit):
    orders = []
    for _ in range(2):
        source = Watched(in_memory(table))
        fit(make_engine(seed=3, max_epochs=3), source)
        orders.append([order.tolist() for order in source.orders])
    assert all(sorted(order) == list(range(23)) for order in orders[0])
    assert len({tuple(order) for order in orders[0]} | {tuple(range(23))}) == 4
    assert orders[0] == orders[1]


def test_same_seed_same_bits_and_another_seed_other_bits(make_engine, in_memory, table, fit, bits):
    first, same, other = (
        fit(make_engine(seed=seed, max_epochs=3, learning_rate=0.05), in_memory(table)) for seed in (4, 4, 5)
    )
    assert bits(first.network) == bits(same.network)
    assert first.history["loss"] == same.history["loss"]
    assert all(a != b for a, b in zip(bits(first.network), bits(other.network), strict=True))


# Divergence


@pytest.mark.parametrize("broken", [np.nan, 1e30], ids=["not a number", "overflow"])
@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_a_loss_that_is_not_finite_freezes_the_parameters(
    optimizer, broken, make_engine, in_memory, table, fit, bits
):
    spoilt = table.copy()
    spoilt[12] = broken
    settings = {
        "optimizer": optimizer,
        "output_activation": "linear",
        "learning_rate": 0.05,
        "shuffle": False,
        "max_epochs": 3,
    }
    engine = make_engine(**settings)
    result = fit(engine, in_memory(spoilt))
    found = result.divergence
    assert (found.epoch, found.batch, found.n_batches) == (1, 2, 3)
    assert not np.isfinite(found.loss)
    assert result.history == {}
    # Exactly the parameters after the first batch: neither the second nor the healthy third moved them.
    one_batch = make_engine(**settings)
    one_batch.run_epoch(in_memory(table, np.arange(8)))
    assert bits(engine.state.parameters) == bits(one_batch.state.parameters)
    assert bits(engine.state.slots) == bits(one_batch.state.slots)
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(result.network))
    # And they stay, though the rows are good again.
    engine.run_epoch(in_memory(table))
    assert bits(engine.state.parameters) == bits(one_batch.state.parameters)


def test_the_optimizers_arrays_are_made_with_the_first_step(make_engine, in_memory, table):
    engine = make_engine(optimizer="adam")
    assert engine.state.slots == ()
    arrays, record = engine.parts()  # how far it is is known before it has begun, too
    assert record["n_slots"] == 2
    moments = [array for name, array in arrays.items() if name.startswith("slots.")]
    assert moments
    assert not any(moment.any() for moment in moments)
    engine.run_epoch(in_memory(table))
    shapes = [[part.shape for part in slot] for slot in engine.state.slots]
    assert shapes == 2 * [[part.shape for part in engine.state.parameters]]
    assert all(part.any() for slot in engine.state.slots for part in slot)


def test_another_devices_memory_holds_the_optimizers_arrays_before_the_rows(make_engine, placement):
    cpu = make_engine(optimizer="adam")
    elsewhere = replace(placement, platform="gpu")
    engine = Engine(cpu.network(copy=True), cpu.objective, cpu.settings, elsewhere)
    assert len(engine.state.slots) == 2


def test_too_long_a_step_is_reported_where_the_loss_broke(make_engine, in_memory, table, fit, bits):
    settings = {
        "optimizer": "sgd",
        "optimizer_settings": {"momentum": 0.0},
        "output_activation": "linear",
        "learning_rate": 1e30,
        "shuffle": False,
    }
    engine = make_engine(**settings, max_epochs=3)
    result = fit(engine, in_memory(table))
    assert (result.divergence.epoch, result.divergence.batch) == (1, 2)
    one_batch = make_engine(**settings)
    one_batch.run_epoch(in_memory(table, np.arange(8)))
    assert bits(engine.state.parameters) == bits(one_batch.state.parameters)
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(result.network))


def test_divergence_in_a_later_epoch_keeps_the_epochs_before(make_engine, in_memory, table, fit, bits):
    good, spoilt = in_memory(table), table.copy()
    spoilt[:] = np.nan
    settings = {"learning_rate": 0.05, "seed": 2}
    result = fit(make_engine(**settings, max_epochs=5), Changing(good, in_memory(spoilt), 3))
    assert result.divergence.epoch == 3
    assert result.divergence.batch == 1
    assert len(result.history["loss"]) == result.best_epoch == 2
    two_epochs = fit(make_engine(**settings, max_epochs=2), good)
    assert bits(result.network) == bits(two_epochs.network)
    assert result.history["loss"] == two_epochs.history["loss"]


def test_divergence_counts_batches_over_chunks(make_engine, chunked):
    table = np.random.default_rng(5).random((48, 6), dtype=np.float32)
    table[33] = np.nan
    _, divergence = make_engine(shuffle=False).run_epoch(chunked(table, [24, 24], 24))
    assert isinstance(divergence, Divergence)
    assert (divergence.batch, divergence.n_batches) == (5, 6)


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_a_gradient_that_overflows_leaves_its_cells_where_they_were(
    optimizer, make_engine, make_network, in_memory, bits
):
    # Rows of 1e15, code of 1e24, output of 1e18, loss of 1e36: the decoder's gradient is 1e42.
    network = make_network((6, 2), activation="linear")
    encoder, decoder = network.encoder[0], network.decoder[0]
    encoder.weight[:], decoder.weight[:] = 1e9, 1e-6
    engine = make_engine(
        network,
        optimizer=optimizer,
        output_activation="linear",
        learning_rate=1e-21,
        shuffle=False,
    )
    for _ in range(2):
        report, divergence = engine.run_epoch(in_memory(np.full((23, 6), 1e15, np.float32)))
        assert divergence is None
        assert 1e30 < report.loss < np.inf
    after = engine.network(copy=True)
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(after))
    np.testing.assert_array_equal(after.decoder[0].weight, decoder.weight)
    if optimizer == "sgd":
        assert not np.array_equal(after.decoder[0].bias, decoder.bias)


# Validation and early stopping


@pytest.fixture
def held_out(table):
    """A table whose held-out rows lie between a fresh network's output, near 0.5, and the training rows.

    Learning the ones first nears the others, then passes them.
    """
    table = table.copy()
    table[:18] = 0.8 + 0.1 * (table[:18] - 0.5)
    table[18:] = 0.65
    return table, np.arange(18), np.arange(18, 23)


def test_early_stopping_restores_exactly_the_best_epoch(make_engine, in_memory, held_out, fit, bits):
    table, training, validation = held_out
    settings = {"learning_rate": 0.01, "seed": 6, "tol": 0.0}
    result = fit(
        make_engine(**settings, max_epochs=40, early_stopping=True, n_iter_no_change=4),
        in_memory(table, training),
        in_memory(table, validation),
    )
    losses = result.history["validation_loss"]
    best = int(np.argmin(losses)) + 1
    assert 1 < best < len(losses) < 40
    assert result.best_epoch == best
    assert len(losses) == best + 4
    until_then = fit(make_engine(**settings, max_epochs=best), in_memory(table, training))
    further = fit(make_engine(**settings, max_epochs=best + 4), in_memory(table, training))
    assert bits(result.network) == bits(until_then.network)
    assert bits(result.network) != bits(further.network)


def test_without_early_stopping_the_last_epochs_parameters_are_kept(
    make_engine, in_memory, held_out, fit, bits
):
    table, training, validation = held_out
    settings = {"learning_rate": 0.01, "seed": 6, "max_epochs": 25}
    watched = fit(make_engine(**settings), in_memory(table, training), in_memory(table, validation))
    alone = fit(make_engine(**settings), in_memory(table, training))
    assert len(watched.history["loss"]) == 25
    assert watched.best_epoch == int(np.argmin(watched.history["validation_loss"])) + 1 < 25
    assert alone.best_epoch == 25
    assert bits(watched.network) == bits(alone.network)


def test_the_best_epoch_is_restored_after_a_divergence_too(make_engine, in_memory, held_out, fit, bits):
    table, training, validation = held_out
    settings = {"learning_rate": 0.01, "seed": 6}
    good, spoilt = in_memory(table, training), in_memory(np.full_like(table, np.nan), training)
    result = fit(
        make_engine(**settings, max_epochs=40, early_stopping=True, n_iter_no_change=30),
        Changing(good, spoilt, 25),
        in_memory(table, validation),
    )
    assert result.divergence.epoch == 25
    assert 1 < result.best_epoch < 24
    until_then = fit(make_engine(**settings, max_epochs=result.best_epoch), good)
    assert bits(result.network) == bits(until_then.network)


def test_validation_loss_is_that_of_the_epochs_parameters(
    make_engine, in_memory, held_out, fit, reference, make_network
):
    table, training, validation = held_out
    result = fit(make_engine(max_epochs=3), in_memory(table, training), in_memory(table, validation))
    expected = reference(make_network())
    expected.leaves = [np.asarray(leaf, np.float64) for leaf in jax.tree.leaves(result.network)]
    rows = table[validation].astype(np.float64)
    history = result.history
    assert history["validation_loss"][-1] == pytest.approx(expected.row_losses(rows).mean(), rel=1e-5)
    assert history["validation_mean_absolute_error"][-1] == pytest.approx(
        expected.row_absolute_errors(rows).mean(), rel=1e-5
    )


@pytest.mark.parametrize("cells", [0.1, 1e30])
def test_validation_rows_never_reach_the_parameters(cells, make_engine, in_memory, table, fit, bits):
    # Row 0 and the last batch's neighbors are held out; 1e30 overflows the loss of any batch that reads it.
    validation = np.array([0, 7, 8, 22])
    training = np.setdiff1d(np.arange(23), validation)
    other = table.copy()
    other[validation] = cells
    settings = {"learning_rate": 0.05, "max_epochs": 3, "output_activation": "linear"}
    results = [
        fit(make_engine(**settings), in_memory(rows, training), in_memory(rows, validation))
        for rows in (table, other)
    ]
    assert results[0].history["validation_loss"] != results[1].history["validation_loss"]
    assert results[0].history["loss"] == results[1].history["loss"]
    assert bits(results[0].network) == bits(results[1].network)


# What is handed out


def test_progress_is_told_of_every_epoch(make_engine, in_memory, held_out):
    table, training, validation = held_out
    progress = Recorder()
    result = train(
        make_engine(max_epochs=3), in_memory(table, training), in_memory(table, validation), progress
    )
    assert [report.epoch for report in progress.reports] == [1, 2, 3]
    assert [report.loss for report in progress.reports] == result.history["loss"]
    assert [report.validation_loss for report in progress.reports] == result.history["validation_loss"]
    assert all(report.seconds > 0 and report.n_rows == 18 for report in progress.reports)


@pytest.mark.parametrize("sizes", [(6, 5, 2), (130, 128)], ids=["packed", "large arrays"])
def test_a_copied_network_survives_another_epoch(sizes, make_engine, make_network, in_memory, bits):
    table = np.random.default_rng(4).random((23, sizes[0]), dtype=np.float32)
    engine = make_engine(make_network(sizes), learning_rate=0.05)
    engine.run_epoch(in_memory(table))
    copy = engine.network(copy=True)
    before = bits(copy)
    engine.run_epoch(in_memory(table))
    assert bits(copy) == before
    assert all(a != b for a, b in zip(bits(engine.network(copy=True)), before, strict=True))


@pytest.mark.parametrize("sizes", [(6, 5, 2), (130, 128)], ids=["packed", "large arrays"])
def test_a_second_engine_leaves_the_network_it_starts_from_alone(
    sizes, make_engine, make_network, in_memory, fit, bits
):
    table = np.random.default_rng(4).random((23, sizes[0]), dtype=np.float32)
    # Aligned as XLA wants it, so that the device may begin on the caller's own memory.
    start = jax.tree.map(aligned, make_network(sizes))
    at_start = bits(start)
    first = fit(make_engine(start, learning_rate=0.05, max_epochs=1), in_memory(table)).network
    assert bits(start) == at_start
    before = bits(first)
    second = fit(make_engine(first, learning_rate=0.05, max_epochs=1), in_memory(table)).network
    assert bits(first) == before
    assert bits(second) != before


def test_a_chunk_that_repeats_rows_counts_each_visit(make_engine, in_memory, table, make_network, reference):
    order = np.array([3, 3, 3, 5, 5, 9, 1, 2, 3])

    class Repeating(Watched):
        def chunks(self, random, skipped=0):
            yield Chunk(self.source.rows, order, self.source.rows.shape[0])

    source = Repeating(in_memory(table))
    source.n_rows = len(order)
    report, _ = make_engine(optimizer="sgd", learning_rate=0.0).run_epoch(source)
    expected = reference(make_network()).row_losses(table[order].astype(np.float64)).mean()
    assert report.loss == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("max_epochs", [1, 7, 100])
def test_epochs_trained_in_one_call_are_those_of_single_calls(max_epochs, make_engine, in_memory, table, fit):
    settings = {"max_epochs": max_epochs, "schedule": "cosine", "schedule_settings": {"final_fraction": 0.1}}
    grouped, single = make_engine(**settings), make_engine(**settings)
    source = in_memory(table)
    assert grouped.epochs_per_call(source) == 256 // -(-source.n_rows // grouped.settings.batch_size)
    history = fit(grouped, source).history
    reports = [single.run_epoch(source)[0] for _ in range(max_epochs)]
    for part, other in zip(grouped.state.parameters, single.state.parameters, strict=True):
        assert np.array_equal(part, other)
    assert len(history["loss"]) == max_epochs
    assert grouped.n_steps == single.n_steps
    for name in ("loss", "mean_absolute_error", "learning_rate"):
        np.testing.assert_allclose(history[name], [getattr(report, name) for report in reports], rtol=1e-12)


def test_a_divergence_ends_a_group_where_it_ends_single_epochs(make_engine, in_memory, table, fit):
    broken = table.copy()
    broken[5, 0] = 1e30  # its square is more than a float32 can hold
    grouped, single = make_engine(max_epochs=20), make_engine(max_epochs=20)
    result = fit(grouped, in_memory(broken))
    assert result.divergence == single.run_epoch(in_memory(broken))[1]
    assert result.divergence.epoch == 1
    assert result.history == {}
    for part, other in zip(grouped.state.parameters, single.state.parameters, strict=True):
        assert np.array_equal(part, other)


def test_long_epochs_and_streamed_rows_are_called_one_by_one(make_engine, in_memory, chunked, table):
    assert make_engine(batch_size=1).epochs_per_call(in_memory(np.tile(table, (20, 1)))) == 1
    assert make_engine().epochs_per_call(chunked(np.zeros((48, 6), np.float32), [24, 24], 24)) == 1
