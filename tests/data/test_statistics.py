import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from diabolo.data.array_source import ArraySource
from diabolo.data.statistics import table_statistics, tile_shape
from diabolo.errors import InputError

FIELDS = ("n_rows", "lowest", "highest", "mean", "deviation", "n_missing", "first_missing", "first_unfit")
RNG = np.random.default_rng(0)
X = RNG.normal(size=(101, 37)) * 10.0 ** RNG.integers(-3, 4, 37) + RNG.normal(size=37) * 50
X[RNG.random(X.shape) < 0.1] = np.nan
WEIGHTS = RNG.random(101) * (RNG.random(101) < 0.8)


class Steps(ArraySource):
    """Reads so many rows at a time, as from a file whose blocks are as high."""

    in_memory = False

    def __init__(self, array, step):
        super().__init__(array)
        self.step, self.block = step, (step, array.shape[1])

    def rows_at_once(self, cells):
        return self.step


def expected(rows, weights=None):
    """Work out the columns' figures with NumPy, a column at a time, the cells that are there alone."""
    found = {name: [] for name in ("lowest", "highest", "mean", "deviation")}
    for column in rows.T.astype(np.float64):
        there = ~np.isnan(column)
        cells = column[there]
        if not len(cells):
            for each in found.values():
                each.append(0.0)
            continue
        own = None if weights is None else weights[there]
        mean = np.average(cells, weights=own)
        found["lowest"].append(cells.min())
        found["highest"].append(cells.max())
        found["mean"].append(mean)
        found["deviation"].append(np.sqrt(np.average((cells - mean) ** 2, weights=own)))
    return found


def assert_found(found, rows, weights=None):
    for name, values in expected(rows, weights).items():
        np.testing.assert_allclose(getattr(found, name), values, rtol=1e-11, atol=1e-300, err_msg=name)
    np.testing.assert_array_equal(found.n_missing, np.isnan(rows).sum(axis=0))
    assert found.n_rows == len(rows)


@pytest.mark.parametrize("step", [1, 7, 64, 1000])
@pytest.mark.parametrize("weighted", [False, True])
def test_the_columns_figures_are_numpys(step, weighted):
    weights = WEIGHTS if weighted else None
    used = WEIGHTS > 0 if weighted else np.ones(len(X), bool)
    found = table_statistics(Steps(X, step), None, weights)
    assert_found(found, X[used], weights if weights is None else WEIGHTS[used])
    if not weighted:
        np.testing.assert_allclose(found.mean, np.nanmean(X, axis=0), rtol=1e-11)
        np.testing.assert_allclose(found.deviation, np.nanstd(X, axis=0), rtol=1e-11)
    assert found.first_missing == tuple(np.argwhere(np.isnan(X) & used[:, None])[0])
    assert found.first_unfit is None


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int16, np.uint8, bool])
def test_any_kind_of_number(dtype):
    rows = (RNG.random((30, 20)) * 2).astype(dtype)
    assert_found(table_statistics(ArraySource(rows)), rows.astype(np.float64))


tables = hnp.arrays(
    np.float64,
    hnp.array_shapes(min_dims=2, max_dims=2, max_side=9),
    elements=st.floats(-1e6, 1e6, allow_subnormal=False) | st.just(np.nan),
)


@settings(max_examples=100)
@given(tables, st.data())
def test_any_table_in_any_blocks(rows, data):
    chosen = np.array(data.draw(st.lists(st.sampled_from(range(len(rows))), unique=True, min_size=1)))
    weights = data.draw(hnp.arrays(np.float64, len(rows), elements=st.sampled_from([0.0, 0.5, 2.0])))
    weights[chosen[0]] = 1.0
    used = np.sort(chosen[weights[chosen] > 0])
    found = table_statistics(Steps(rows, data.draw(st.integers(1, 10))), chosen, weights)
    for name, values in expected(rows[used], weights[used]).items():
        np.testing.assert_allclose(getattr(found, name), values, rtol=1e-9, atol=1e-6, err_msg=name)
    np.testing.assert_array_equal(found.n_missing, np.isnan(rows[used]).sum(axis=0))
    gaps = np.argwhere(np.isnan(rows[used]))
    assert found.first_missing == ((used[gaps[0][0]], gaps[0][1]) if len(gaps) else None)


def assert_bits(one, other):
    for name in FIELDS:
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)


# More rows than a tile has, of tables that are summed as a whole and of one that goes by bands.
SHAPES = [(70_000, 4), (400, 1000), (300, 9000)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("weighted", [False, True])
def test_neither_blocks_nor_the_kind_of_source_change_a_bit(shape, weighted):
    random = np.random.default_rng(3)
    rows = random.normal(3, 2, shape)
    rows[random.random(shape) < 0.01] = np.nan
    weights = random.random(shape[0]) * (random.random(shape[0]) < 0.9) if weighted else None
    expected = table_statistics(ArraySource(rows), None, weights)
    assert shape[0] > tile_shape(shape[1])[0]
    for step in (7, 64, shape[0] // 2, shape[0]):
        assert_bits(table_statistics(Steps(rows, step), None, weights), expected)
    for other in (np.asfortranarray(rows), rows.astype(">f8")):
        assert_bits(table_statistics(ArraySource(other), None, weights), expected)


@pytest.mark.parametrize("shape", [*SHAPES[:2], (3000, 53), (20_000, 1)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int16])
def test_the_bits_are_those_of_tiles_summed_one_after_the_other(shape, dtype):
    """The figures that fitted models keep: blocks of 2**17 cells in float64, merged by Chan's formula."""
    rows = np.random.default_rng(1).normal(300, 40, shape).astype(dtype)
    weights = np.random.default_rng(2).random(shape[0]) + 0.1
    found = table_statistics(ArraySource(rows), None, weights)
    mean, squares, total = np.zeros(shape[1]), np.zeros(shape[1]), 0.0
    step = 2**17 // shape[1]
    for start in range(0, len(rows), step):
        block, own = rows[start : start + step].astype(np.float64), weights[start : start + step]
        added = float(own.sum())
        block_mean = own @ block / added
        block -= block_mean
        change = block_mean - mean
        squares += own @ np.square(block) + change**2 * (total * added / (total + added))
        mean += change * (added / (total + added))
        total += added
    # The OpenBLAS of an older NumPy sums a tile that lies another way in another order.
    most = 0 if np.lib.NumpyVersion(np.__version__) >= "2.3.0" else 1e-13
    np.testing.assert_allclose(found.mean, mean, rtol=most)
    np.testing.assert_allclose(found.deviation, np.sqrt(squares / total), rtol=most)
    np.testing.assert_array_equal(found.lowest, rows.min(axis=0))
    np.testing.assert_array_equal(found.highest, rows.max(axis=0))


def test_gaps_elsewhere_change_no_bit_of_a_column():
    random = np.random.default_rng(5)
    rows, weights = random.normal(3, 2, (500, 900)), random.random(500)
    expected = table_statistics(ArraySource(rows), None, weights)
    rows[random.random(rows.shape) < 0.1] = np.nan
    rows[:, 17] = np.nan
    whole = np.random.default_rng(5).normal(3, 2, (500, 900))[:, 40:60]
    rows[:, 40:60] = whole
    found = table_statistics(ArraySource(rows), None, weights)
    for name in ("lowest", "highest", "mean", "deviation"):
        np.testing.assert_array_equal(getattr(found, name)[40:60], getattr(expected, name)[40:60])


def test_no_block_of_a_file_is_read_twice():
    reads = []

    class Noted(Steps):
        def _read(self, rows, columns, out):
            reads.extend(range(rows.start, rows.stop))
            super()._read(rows, columns, out)

    rows = np.random.default_rng(0).normal(size=(9000, 50))
    table_statistics(Noted(rows, 1000))
    assert reads == list(range(9000))


def test_a_band_without_weight_is_skipped():
    rows = np.random.default_rng(1).normal(5, 2, (70_000, 4)).astype(np.float32)
    weights = np.zeros(len(rows))
    weights[-3:] = [1, 0, 2]
    found = table_statistics(ArraySource(rows), None, weights)
    first, last = rows[-3].astype(np.float64), rows[-1].astype(np.float64)
    assert found.n_rows == 2
    np.testing.assert_array_equal(found.lowest, np.minimum(first, last))
    np.testing.assert_array_equal(found.highest, np.maximum(first, last))
    np.testing.assert_allclose(found.mean, (first + 2 * last) / 3, rtol=1e-13)


def test_large_tables_against_numpy():
    rows = np.random.default_rng(1).normal(5, 2, (70_000, 4)).astype(np.float32)
    weights = np.random.default_rng(2).random(len(rows))
    chosen = np.arange(0, len(rows), 3)
    found = table_statistics(ArraySource(rows), chosen, weights)
    part, weight = rows[chosen].astype(np.float64), weights[chosen]
    expected = np.average(part, axis=0, weights=weight)
    np.testing.assert_array_equal(found.lowest, part.min(axis=0))
    np.testing.assert_array_equal(found.highest, part.max(axis=0))
    np.testing.assert_allclose(found.mean, expected, rtol=1e-13)
    variance = np.average((part - expected) ** 2, axis=0, weights=weight)
    np.testing.assert_allclose(found.deviation, np.sqrt(variance), rtol=1e-13)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (np.ones(2), "sample_weight must have one entry for each of the 101 rows; got the shape (2,)."),
        (-np.ones(101), "sample_weight must be finite and not negative."),
        (np.full(101, np.nan), "sample_weight must be finite and not negative."),
        (np.full(101, np.inf), "sample_weight must be finite and not negative."),
    ],
)
def test_weights_that_cannot_be(weights, message):
    with pytest.raises(InputError) as caught:
        table_statistics(ArraySource(X), None, weights)
    assert str(caught.value) == message


def test_the_same_rows_of_another_table_change_no_bit():
    """What a format does to read them is its own matter; which rows come together is what may round."""
    rows = np.arange(0, 101, 2)
    one, other = table_statistics(Steps(X, 10), rows), table_statistics(Steps(X[rows], 10))
    for name in FIELDS[:6]:
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    assert one.first_missing == (rows[other.first_missing[0]], other.first_missing[1])


def test_the_order_of_columns_changes_nothing_but_the_last_bit():
    """BLAS sums the last few columns of a tile in another order than those before them."""
    order = RNG.permutation(37)
    one, other = (
        table_statistics(ArraySource(X)),
        table_statistics(ArraySource(np.ascontiguousarray(X[:, order]))),
    )
    for name in ("lowest", "highest", "mean", "deviation", "n_missing"):
        np.testing.assert_allclose(getattr(one, name)[order], getattr(other, name), rtol=1e-14)


def test_a_large_mean_does_not_spoil_a_small_deviation():
    column = 1e6 + np.tile([-0.25, 0.25], 5000)[:, None]
    found = table_statistics(Steps(column, 333))
    np.testing.assert_allclose([found.mean[0], found.deviation[0]], [1e6, 0.25], rtol=1e-12)


def test_rows_that_do_not_count_are_not_looked_at():
    rows = X.copy()
    rows[5], rows[6] = np.inf, np.nan
    weights = np.ones(101)
    weights[[5, 6]] = 0
    found = table_statistics(ArraySource(rows), None, weights)
    assert found.first_unfit is None
    assert_found(found, np.delete(X, [5, 6], axis=0))
    others = np.setdiff1d(np.arange(101), [5, 6])
    assert_bits(
        table_statistics(ArraySource(rows), others[::-1]), table_statistics(ArraySource(rows), others)
    )


@pytest.mark.parametrize("value", [np.inf, -np.inf, 1e39, -1e300])
@pytest.mark.parametrize("step", [1, 4, 1000])
def test_the_first_cell_that_cannot_be_is_found(value, step):
    rows = X.copy()
    rows[40, 30] = rows[40, 20] = rows[90, 0] = value
    assert table_statistics(Steps(rows, step)).first_unfit == (40, 20)
    assert table_statistics(Steps(rows, step)).first_missing == tuple(np.argwhere(np.isnan(X))[0])


def test_infinities_of_both_signs_are_no_missing_cell():
    rows = np.array([[1.0, np.inf], [2.0, -np.inf]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = table_statistics(ArraySource(rows))
    assert (found.first_unfit, found.first_missing, found.n_missing.tolist()) == ((0, 1), None, [0, 0])


def test_a_column_without_cells_is_zero():
    found = table_statistics(Steps(np.array([[np.nan, 1.0], [np.nan, 3.0]]), 1))
    assert (found.lowest[0], found.highest[0], found.mean[0], found.deviation[0]) == (0, 0, 0, 0)
    assert found.n_missing.tolist() == [2, 0]
    assert (found.lowest[1], found.highest[1], found.mean[1], found.deviation[1]) == (1, 3, 2, 1)
