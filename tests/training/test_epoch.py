"""The compiled epoch and evaluation, called as the engine calls them."""

import numpy as np
import pytest

from diabolo.training.epoch import compiled_epoch, compiled_evaluation
from diabolo.training.optimizers import OPTIMIZERS
from diabolo.training.plan import BatchPlan, batch_plan

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
    state, terms = compiled_epoch(engine.placement.compiler_options(10))(
        engine.program,
        engine.state,
        engine.placement.put_rows(table),
        np.zeros((3, 8), np.int32),
        np.zeros((3, 8), np.float32),
        numbers,
        np.int32(3),
    )
    assert bits(state) == before
    assert not np.any(terms)


def test_batches_beyond_the_count_are_not_run(make_engine, in_memory, table, bits):
    engine = make_engine()
    before = bits(engine.state)
    plan = batch_plan(np.arange(23), 8)
    state, _ = compiled_epoch(engine.placement.compiler_options(10))(
        engine.program,
        engine.state,
        engine.placement.put_rows(table),
        plan.indices,
        plan.weights,
        np.ones((3, len(engine.program.scalars)), np.float32),
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
    terms = compiled_evaluation()(
        engine.program,
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
