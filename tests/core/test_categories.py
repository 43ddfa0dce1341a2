import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.special
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from diabolo.core.categories import CategoryBlocks, CategoryNoise
from diabolo.core.corruption import GaussianNoise, MaskingNoise
from diabolo.core.losses import cell_losses
from diabolo.core.objectives import Objective

RANDOM = np.random.default_rng(0)
KEY = jnp.array([3, 7], jnp.uint32)


def blocks_of(frequencies, n_numbers=0):
    """Make blocks by their definition, from a list of frequencies of each block, in order of width."""
    groups = {}
    for each in frequencies:
        groups[len(each)] = groups.get(len(each), 0) + 1
    entropies = [scipy.stats.entropy(each) for each in frequencies]
    factor = [1 / np.sqrt(2 * h * np.asarray(p)) for p, h in zip(frequencies, entropies, strict=True)]
    return CategoryBlocks(
        n_numbers,
        tuple((count, width) for width, count in groups.items()),
        np.concatenate(frequencies),
        np.concatenate(factor),
        np.array(entropies),
    )


def one_hot(blocks, values):
    """Write the rows' values as scaled cells."""
    cells, start = [], 0
    widths = [width for count, width in blocks.groups for _ in range(count)]
    for width, column in zip(widths, np.transpose(values), strict=True):
        part = slice(start, start + width)
        cells.append((np.eye(width)[column] - blocks.frequency[part]) * blocks.factor[part])
        start += width
    return np.concatenate(cells, axis=1)


FREQUENCIES = [[0.2, 0.8], [0.5, 0.5], [0.1, 0.3, 0.6]]
BLOCKS = blocks_of(FREQUENCIES)
VALUES = np.array([[0, 1, 2], [1, 1, 0], [1, 0, 1]])
ROWS = one_hot(BLOCKS, VALUES)


def test_an_output_of_nothing_predicts_the_frequencies():
    expected = [
        [-np.log(p[value]) / scipy.stats.entropy(p) for p, value in zip(FREQUENCIES, row, strict=True)]
        for row in VALUES
    ]
    np.testing.assert_allclose(BLOCKS.losses(jnp.zeros(ROWS.shape), ROWS), expected, rtol=1e-5)


def test_frequencies_cost_one_on_average():
    rows = one_hot(blocks_of([[0.25, 0.75]]), [[0], [1], [1], [1]])
    losses = blocks_of([[0.25, 0.75]]).losses(jnp.zeros(rows.shape), rows)
    assert float(losses.mean()) == pytest.approx(1.0, rel=1e-6)


def test_the_cross_entropy_is_scipys():
    output = RANDOM.normal(size=ROWS.shape)
    logits = np.log(BLOCKS.frequency) + output / (BLOCKS.factor * BLOCKS.frequency)
    found = np.asarray(BLOCKS.losses(jnp.asarray(output), ROWS))
    for number, part in enumerate((slice(0, 2), slice(2, 4), slice(4, 7))):
        log_p = scipy.special.log_softmax(logits[:, part], axis=1)
        expected = -log_p[np.arange(3), VALUES[:, number]] / scipy.stats.entropy(FREQUENCIES[number])
        np.testing.assert_allclose(found[:, number], expected, rtol=1e-4)
        wrong = 1 - np.exp(log_p)[np.arange(3), VALUES[:, number]]
        distances = np.asarray(BLOCKS.distances(jnp.asarray(output), ROWS))[:, number]
        np.testing.assert_allclose(distances, wrong, rtol=1e-4, atol=1e-6)


def test_to_the_second_order_it_is_the_squared_distance():
    """About an output of 0, cells' mean slope and curvature are those of (output - cell)^2."""
    blocks = blocks_of([[0.2, 0.3, 0.5]])
    rows = one_hot(blocks, np.array([[0]] * 2 + [[1]] * 3 + [[2]] * 5))

    def loss(output):
        return blocks.losses(output, rows).sum()

    zero = jnp.zeros(rows.shape)
    np.testing.assert_allclose(jax.grad(loss)(zero), -2 * rows, rtol=1e-4, atol=1e-5)
    # The frequencies' own direction moves all logits alike, and costs nothing; across it the curvature is 2.
    across = np.array([1.0, -0.5, 0.0])
    across -= np.sqrt(blocks.frequency) * (across @ np.sqrt(blocks.frequency))
    across /= np.linalg.norm(across)
    along = jax.jvp(jax.grad(lambda one: blocks.losses(one, rows[:1]).sum()), (zero[:1],), (across[None],))[1]
    np.testing.assert_allclose(along[0], 2 * across, rtol=1e-3, atol=1e-4)


def test_a_value_that_is_none_of_the_known_costs_nothing():
    none = (np.zeros(7) - BLOCKS.frequency) * BLOCKS.factor
    np.testing.assert_allclose(BLOCKS.losses(jnp.ones((1, 7)), none[None]), 0.0, atol=1e-6)


@settings(max_examples=20)
@given(st.lists(st.integers(2, 5), min_size=1, max_size=4), st.integers(0, 3))
def test_columns_are_counted_whatever_the_widths(widths, n_numbers):
    blocks = blocks_of([np.full(width, 1 / width) for width in sorted(widths)], n_numbers)
    cells = jnp.zeros((2, n_numbers + sum(widths)))
    assert blocks.n_columns == n_numbers + len(widths)
    # Shapes alone: every width is another program, and compiling is what takes long.
    assert jax.eval_shape(blocks.by_column, cells).shape == (2, blocks.n_columns)
    assert jax.eval_shape(blocks.losses, cells, cells).shape == (2, len(widths))
    assert jax.eval_shape(blocks.spread, jnp.zeros((2, len(widths)))).shape == (2, sum(widths))


def objective(**changes):
    blocks = blocks_of(FREQUENCIES, n_numbers=2)
    return Objective(
        **{"loss": "squared_error", "output_activation": "linear", "categories": blocks, **changes}
    )


def test_an_objective_weighs_columns_alike():
    rows = np.hstack([[[1.0, -2.0], [0.5, 0.0], [3.0, 1.0]], ROWS])
    output = RANDOM.normal(size=rows.shape)
    share = objective().shares(rows)
    losses, sizes = objective().row_losses(jnp.asarray(output), jnp.asarray(rows), share)
    numbers = cell_losses("squared_error", output[:, :2], rows[:, :2], "linear")
    blocks = objective().categories
    expected = np.hstack([numbers, blocks.losses(jnp.asarray(output), rows)]).mean(axis=1)
    np.testing.assert_allclose(losses, expected, rtol=1e-4)
    apart = np.hstack([np.abs(output - rows)[:, :2], blocks.distances(jnp.asarray(output), rows)])
    np.testing.assert_allclose(sizes, apart.mean(axis=1), rtol=1e-4)


def test_missing_cells_are_left_out_by_column():
    rows = np.hstack([[[1.0, np.nan]], ROWS[:1]])
    rows[0, 6:] = np.nan  # the last block, of three cells
    masked = objective(missing_fill=np.zeros(9, np.float32))
    assert float(masked.shares(jnp.asarray(rows))[0, 0]) == pytest.approx(1 / 3)  # a number and two blocks
    output = RANDOM.normal(size=rows.shape)
    losses, _ = masked.row_losses(jnp.asarray(output), jnp.asarray(rows), masked.shares(jnp.asarray(rows)))
    kept = np.nan_to_num(rows)
    expected = [
        (output[0, 0] - 1) ** 2,
        *np.asarray(masked.categories.losses(jnp.asarray(output), kept))[0, :2],
    ]
    np.testing.assert_allclose(losses, [np.mean(expected)], rtol=1e-4)


def decoded(blocks, cells):
    return np.asarray(cells) / blocks.factor + blocks.frequency


def test_a_swapped_category_is_drawn_by_the_frequencies():
    blocks = blocks_of([[0.5, 0.5], [0.1, 0.3, 0.6]])
    rows = jnp.asarray(one_hot(blocks, np.zeros((20_000, 2), int)), jnp.float32)
    noisy = decoded(blocks, CategoryNoise(blocks, None, 1.0, masks=False)(rows, KEY))
    np.testing.assert_allclose(noisy[:, :2].sum(axis=1), 1.0, atol=1e-4)
    np.testing.assert_allclose(noisy[:, 2:].sum(axis=1), 1.0, atol=1e-4)
    np.testing.assert_allclose(noisy.mean(axis=0), blocks.frequency, atol=0.015)
    # Blocks are drawn apart from each other.
    assert abs(np.corrcoef(noisy[:, 0], noisy[:, 2])[0, 1]) < 0.03


def test_the_fraction_is_of_categories_and_whole_blocks_go():
    blocks = blocks_of([[0.5, 0.5], [0.1, 0.3, 0.6]])
    rows = jnp.asarray(one_hot(blocks, np.zeros((10_000, 2), int)), jnp.float32)
    noisy = np.asarray(CategoryNoise(blocks, None, 0.25, masks=True)(rows, KEY))
    is_masked = noisy[:, 2:] == 0
    assert (is_masked.all(axis=1) == is_masked.any(axis=1)).all()
    assert is_masked[:, 0].mean() == pytest.approx(0.25, abs=0.02)
    assert (noisy[:, :2] == 0).all(axis=1).mean() == pytest.approx(0.25, abs=0.02)


def test_numbers_have_the_noise_that_they_have_alone():
    blocks = blocks_of([[0.5, 0.5]], n_numbers=2)
    rows = jnp.zeros((5_000, 4))
    noisy = np.asarray(
        CategoryNoise(blocks, GaussianNoise(0.3, -np.inf, np.inf), 0.0, masks=False)(rows, KEY)
    )
    assert noisy[:, :2].std() == pytest.approx(0.3, rel=0.05)
    assert (noisy[:, 2:] == 0).all()


def test_codes_of_trained_layers_have_no_blocks():
    noise = CategoryNoise(BLOCKS, MaskingNoise(0.1, np.ones(3)), 0.1, masks=True)
    assert noise.among_codes("linear") == MaskingNoise(0.1, 0.0)
