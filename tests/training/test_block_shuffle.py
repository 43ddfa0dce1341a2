"""How close the shuffle of a table on disk is to a uniform one; docs/explanation/shuffling-on-disk.md."""

import re
import time
from pathlib import Path

import numpy as np
import pytest

from diabolo.training.pooled_rows import RowsPooled
from diabolo.training.rows import RowsStreamed

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "shuffling-on-disk.md"

N_ROWS, BLOCK, CHUNK, BATCH = 48, 4, 16, 8
EPOCHS = 3_000


def shared_batch(n_rows, block, chunk, batch):
    """Closed form: how likely two rows share a batch, from one block and from two; and if uniform."""
    together = (batch - 1) / (chunk - 1)
    apart = together * (chunk // block - 1) / (n_rows // block - 1)
    return together, apart, (batch - 1) / (n_rows - 1)


def variance_times(n_rows, block, chunk, batch):
    """Closed form: variance of a batch's mean over a uniform shuffle's, where a block's rows are equal."""
    n_blocks, same = n_rows // block, (block - 1) / (chunk - 1)
    correlation = same - (1 - same) / (n_blocks - 1)
    return (1 + (batch - 1) * correlation) / ((n_rows - batch) / (n_rows - 1))


@pytest.fixture(params=["a pool goes to the device", "chunks of a pool do"])
def streamed(request):
    """Make a source whose only column is the row's number."""

    def make(n_rows=N_ROWS, chunk=CHUNK, block=BLOCK, pause=lambda: None, chosen=None):
        def gather(numbers, buffer):
            pause()
            buffer[:, 0] = numbers

        chosen = np.arange(n_rows) if chosen is None else chosen
        if request.param == "chunks of a pool do":
            return RowsPooled(gather, 1, chunk, BATCH, np.copy, chosen, block_rows=block)
        return RowsStreamed(gather, 1, chunk, np.copy, chosen, block_rows=block)

    return make


def visited(source, random):
    """List the rows of an epoch in the order in which they are trained on."""
    return np.concatenate([chunk.rows[chunk.order, 0] for chunk in source.chunks(random)]).astype(int)


@pytest.fixture
def epochs(streamed):
    source, random = streamed(), np.random.default_rng(0)
    return np.stack([visited(source, random) for _ in range(EPOCHS)])


def within_noise(counts, expected):
    """Compare the mean of independent epochs' figures with a closed form: five standard errors."""
    error = counts.std(ddof=1) / np.sqrt(len(counts))
    assert abs(counts.mean() - expected) < 5 * error + 1e-12, (counts.mean(), expected, error)
    assert error < 0.02 * max(abs(expected), 0.1)


def test_two_rows_share_a_batch_as_often_as_the_closed_form_says(epochs):
    together, apart, uniform = shared_batch(N_ROWS, BLOCK, CHUNK, BATCH)
    batch_of = np.argsort(epochs, axis=1) // BATCH
    shares = batch_of[:, :, None] == batch_of[:, None, :]
    block = np.arange(N_ROWS) // BLOCK
    same = (block[:, None] == block) & ~np.eye(N_ROWS, dtype=bool)
    other = block[:, None] != block
    within_noise(shares[:, same].mean(axis=1), together)
    within_noise(shares[:, other].mean(axis=1), apart)
    # Over all pairs it is what a uniform shuffle gives: a batch has so many rows.
    assert (same.sum() * together + other.sum() * apart) / (same | other).sum() == pytest.approx(uniform)


def test_the_variance_of_a_batch_is_that_of_the_closed_form(epochs):
    values = np.random.default_rng(1).normal(size=N_ROWS // BLOCK).repeat(BLOCK)
    means = values[epochs].reshape(EPOCHS, -1, BATCH).mean(axis=2)
    uniform = values.var() / BATCH * (N_ROWS - BATCH) / (N_ROWS - 1)
    found = ((means - values.mean()) ** 2).mean(axis=1) / uniform
    expected = variance_times(N_ROWS, BLOCK, CHUNK, BATCH)
    error = found.std(ddof=1) / np.sqrt(EPOCHS)
    assert abs(found.mean() - expected) < 5 * error
    assert error < 0.03 * expected


def test_every_place_in_an_epoch_is_as_likely_for_every_row(epochs):
    counts = np.zeros((N_ROWS, N_ROWS))
    np.add.at(counts, (epochs, np.arange(N_ROWS)), 1)
    # Each of the 2,304 counts is binomial; six standard deviations.
    expected = EPOCHS / N_ROWS
    assert np.abs(counts - expected).max() < 6 * np.sqrt(expected)


@pytest.mark.parametrize("block", [1, 3, 4, 7, 48, 100])
@pytest.mark.parametrize("chunk", [8, 16, 40, 64])
def test_every_row_comes_once_an_epoch_whatever_the_blocks(block, chunk, streamed):
    chosen = np.setdiff1d(np.arange(50), [0, 7, 8, 9, 10, 11, 31])
    source = streamed(chunk=chunk, block=block, chosen=chosen)
    first, second = (visited(source, np.random.default_rng(seed)) for seed in (0, 1))
    np.testing.assert_array_equal(np.sort(first), chosen)
    np.testing.assert_array_equal(np.sort(second), chosen)
    assert first.tolist() != second.tolist()


def test_a_buffer_for_all_rows_or_blocks_of_one_row_are_a_uniform_shuffle():
    for block, chunk in ((BLOCK, N_ROWS), (1, CHUNK)):
        together, apart, uniform = shared_batch(N_ROWS, block, chunk, BATCH)
        # Of a block of one row there is no pair.
        assert apart == pytest.approx(uniform)
        assert block == 1 or together == pytest.approx(uniform)
        assert variance_times(N_ROWS, block, chunk, BATCH) == pytest.approx(1)


def sleeps(seed):
    pauses = np.random.default_rng(seed)
    return lambda: time.sleep(pauses.uniform(0, 0.004))


def test_the_seed_decides_the_order_whatever_the_timing(streamed):
    prompt = visited(streamed(), np.random.default_rng(3))
    for seed in range(3):
        late = visited(streamed(pause=sleeps(seed)), np.random.default_rng(3))
        np.testing.assert_array_equal(late, prompt)


def test_the_seed_decides_the_bits_of_a_fit_whatever_the_timing(make_engine, fit, bits, table, placement):
    def trained(pause):
        def gather(numbers, buffer):
            pause()
            buffer[:] = table[numbers]

        source = RowsStreamed(gather, table.shape[1], 16, placement.put_rows, np.arange(23), block_rows=4)
        return bits(fit(make_engine(max_epochs=3, seed=5), source).network)

    prompt = trained(lambda: None)
    assert trained(sleeps(0)) == prompt == trained(sleeps(1))


def test_the_page_shows_what_the_formulas_give():
    rows = re.findall(r"^\| (.+) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    shown = [[float(cell.replace(",", "")) for cell in row.split(" | ")] for row in rows if row[0].isdigit()]
    assert len(shown) >= 4
    for n_rows, block, chunk, batch, *figures in shown:
        sizes = (int(n_rows), int(block), int(chunk), int(batch))
        together, apart, uniform = shared_batch(*sizes)
        expected = [together / uniform, apart / uniform, variance_times(*sizes)]
        np.testing.assert_allclose(figures, expected, rtol=0.005)
