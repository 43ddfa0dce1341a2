import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from diabolo.data import survey as survey_module
from diabolo.data.array_source import ArraySource
from diabolo.data.survey import survey

FIELDS = ("n_rows", "lowest", "highest", "mean", "deviation", "n_missing", "first_missing", "first_unfit")
RNG = np.random.default_rng(0)
X = RNG.normal(size=(101, 37)) * 10.0 ** RNG.integers(-3, 4, 37) + RNG.normal(size=37) * 50
X[RNG.random(X.shape) < 0.1] = np.nan
WEIGHTS = RNG.random(101) * (RNG.random(101) < 0.8)


class Steps(ArraySource):
    """Reads so many rows at a time."""

    def __init__(self, array, step):
        super().__init__(array)
        self.step = step

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
    found = survey(Steps(X, step), None, weights)
    assert_found(found, X[used], weights if weights is None else WEIGHTS[used])
    if not weighted:
        np.testing.assert_allclose(found.mean, np.nanmean(X, axis=0), rtol=1e-11)
        np.testing.assert_allclose(found.deviation, np.nanstd(X, axis=0), rtol=1e-11)
    assert found.first_missing == tuple(np.argwhere(np.isnan(X) & used[:, None])[0])
    assert found.first_unfit is None


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int16, np.uint8, bool])
def test_any_kind_of_number(dtype):
    rows = (RNG.random((30, 20)) * 2).astype(dtype)
    assert_found(survey(ArraySource(rows)), rows.astype(np.float64))


tables = hnp.arrays(
    np.float64,
    hnp.array_shapes(min_dims=2, max_dims=2, max_side=9),
    elements=st.floats(-1e6, 1e6, allow_subnormal=False) | st.just(np.nan),
)


@settings(max_examples=100, deadline=None)
@given(tables, st.data())
def test_any_table_in_any_blocks(rows, data):
    chosen = np.array(data.draw(st.lists(st.sampled_from(range(len(rows))), unique=True, min_size=1)))
    weights = data.draw(hnp.arrays(np.float64, len(rows), elements=st.sampled_from([0.0, 0.5, 2.0])))
    weights[chosen[0]] = 1.0
    used = np.sort(chosen[weights[chosen] > 0])
    found = survey(Steps(rows, data.draw(st.integers(1, 10))), chosen, weights)
    for name, values in expected(rows[used], weights[used]).items():
        np.testing.assert_allclose(getattr(found, name), values, rtol=1e-9, atol=1e-6, err_msg=name)
    np.testing.assert_array_equal(found.n_missing, np.isnan(rows[used]).sum(axis=0))
    gaps = np.argwhere(np.isnan(rows[used]))
    assert found.first_missing == ((used[gaps[0][0]], gaps[0][1]) if len(gaps) else None)


def assert_bits(one, other):
    for name in FIELDS:
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)


@pytest.mark.parametrize("n_threads", [1, 2, 3, 16])
def test_threads_change_no_bit(n_threads, monkeypatch):
    wide = RNG.normal(size=(50, 1000))
    wide[RNG.random(wide.shape) < 0.01] = np.nan
    monkeypatch.setattr(survey_module, "_BAND_CELLS", 16 * 50)
    weights = RNG.random(50)
    assert_bits(
        survey(Steps(wide, 20), None, weights, n_threads=n_threads), survey(Steps(wide, 20), None, weights)
    )


def test_the_same_rows_of_another_table_change_no_bit():
    """What a format does to read them is its own matter; which rows come together is what may round."""
    rows = np.arange(0, 101, 2)
    one, other = survey(Steps(X, 10), rows), survey(Steps(X[rows], 10))
    for name in FIELDS[:6]:
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    assert one.first_missing == (rows[other.first_missing[0]], other.first_missing[1])


def test_the_order_of_columns_changes_no_bit():
    order = RNG.permutation(37)
    one, other = survey(ArraySource(X)), survey(ArraySource(np.ascontiguousarray(X[:, order])))
    for name in ("lowest", "highest", "mean", "deviation", "n_missing"):
        np.testing.assert_array_equal(getattr(one, name)[order], getattr(other, name))


def test_a_large_mean_does_not_spoil_a_small_deviation():
    column = 1e6 + np.tile([-0.25, 0.25], 5000)[:, None]
    found = survey(Steps(column, 333))
    np.testing.assert_allclose([found.mean[0], found.deviation[0]], [1e6, 0.25], rtol=1e-12)


def test_rows_that_do_not_count_are_not_looked_at():
    rows = X.copy()
    rows[5], rows[6] = np.inf, np.nan
    weights = np.ones(101)
    weights[[5, 6]] = 0
    found = survey(ArraySource(rows), None, weights)
    assert found.first_unfit is None
    assert_found(found, np.delete(X, [5, 6], axis=0))
    others = np.setdiff1d(np.arange(101), [5, 6])
    assert_bits(survey(ArraySource(rows), others[::-1]), survey(ArraySource(rows), others))


@pytest.mark.parametrize("value", [np.inf, -np.inf, 1e39, -1e300])
@pytest.mark.parametrize("step", [1, 4, 1000])
def test_the_first_cell_that_cannot_be_is_found(value, step):
    rows = X.copy()
    rows[40, 30] = rows[40, 20] = rows[90, 0] = value
    assert survey(Steps(rows, step)).first_unfit == (40, 20)
    assert survey(Steps(rows, step)).first_missing == tuple(np.argwhere(np.isnan(X))[0])


def test_infinities_of_both_signs_are_no_missing_cell():
    rows = np.array([[1.0, np.inf], [2.0, -np.inf]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = survey(ArraySource(rows))
    assert (found.first_unfit, found.first_missing, found.n_missing.tolist()) == ((0, 1), None, [0, 0])


def test_a_column_without_cells_is_zero():
    found = survey(Steps(np.array([[np.nan, 1.0], [np.nan, 3.0]]), 1))
    assert (found.lowest[0], found.highest[0], found.mean[0], found.deviation[0]) == (0, 0, 0, 0)
    assert found.n_missing.tolist() == [2, 0]
    assert (found.lowest[1], found.highest[1], found.mean[1], found.deviation[1]) == (1, 3, 2, 1)


def test_progress_is_told_of_every_row():
    told = []
    survey(Steps(X, 25), told=told.append)
    assert told == [25, 25, 25, 25, 1]
