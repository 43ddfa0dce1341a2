"""What sets groups apart, against SciPy and by hand."""

import numpy as np
import pytest
from scipy import stats

from diabolo.data.open_table import open_table
from diabolo.groups import features
from diabolo.groups.features import feature_differences
from diabolo.screening import false_discovery


@pytest.fixture
def table():
    random = np.random.default_rng(5)
    rows = random.normal(size=(90, 4)) * [1, 10, 0.1, 3] + [0, 500, 2, -1]
    labels = np.repeat([0, 1, -1], [40, 30, 20])
    rows[:40, 1] += 25
    return rows, labels


def test_means_effects_and_tests_are_those_of_scipy(table):
    rows, labels = table
    found = feature_differences(open_table(rows), labels, 2, 0)
    pvalues = []
    for group in range(2):
        here, there = rows[labels == group], rows[labels != group]
        np.testing.assert_allclose(found.means[group], here.mean(axis=0), rtol=1e-12)
        np.testing.assert_allclose(found.other_means[group], there.mean(axis=0), rtol=1e-12)
        effect = (here.mean(axis=0) - there.mean(axis=0)) / rows.std(axis=0)
        np.testing.assert_allclose(found.effects[group], effect, rtol=1e-9)
        pvalues += stats.ttest_ind(here, there, equal_var=False).pvalue.tolist()
    np.testing.assert_allclose(found.qvalues.ravel(), false_discovery(pvalues), rtol=1e-6)


def test_missing_cells_are_left_out(table):
    rows, labels = table
    gappy = rows.copy()
    gappy[np.random.default_rng(0).random(rows.shape) < 0.2] = np.nan
    found = feature_differences(open_table(gappy), labels, 2, 0)
    here, there = gappy[labels == 0], gappy[labels != 0]
    np.testing.assert_allclose(found.means[0], np.nanmean(here, axis=0), rtol=1e-12)
    effect = (np.nanmean(here, axis=0) - np.nanmean(there, axis=0)) / np.nanstd(gappy, axis=0)
    np.testing.assert_allclose(found.effects[0], effect, rtol=1e-9)


def test_the_table_is_read_in_blocks(table, monkeypatch):
    rows, labels = table
    whole = feature_differences(open_table(rows), labels, 2, 0)
    monkeypatch.setattr(features, "_BLOCK_CELLS", 28)
    blocks = feature_differences(open_table(rows), labels, 2, 0)
    for name, values in vars(whole).items():
        np.testing.assert_allclose(getattr(blocks, name), values, rtol=1e-9)


def test_no_single_cell_hides_or_makes_a_difference(table):
    rows, labels = table
    plain = feature_differences(open_table(rows), labels, 2, 0)
    odd = rows.copy()
    odd[75, 1] = 1e9  # of no group
    odd[50, 0] = 1e9  # of group 1
    found = feature_differences(open_table(odd), labels, 2, 0)
    assert found.effects[0, 1] > 0.6 * plain.effects[0, 1]
    assert found.qvalues[0, 1] < 1e-3
    assert found.qvalues[1, 0] > 0.05
    assert found.means[1, 0] == pytest.approx(odd[labels == 1, 0].mean())


def test_columns_that_say_nothing_set_nothing_apart():
    labels = np.repeat([0, 1], 20)
    rows = np.column_stack([np.full(40, 0.1), np.full(40, np.nan), labels, np.arange(40) == 3])
    found = feature_differences(open_table(rows), labels, 2, 0)
    assert found.effects[:, 0].tolist() == [0.0, 0.0]
    assert np.isnan(found.effects[:, 1]).all()
    # Of 40 rows in two halves there are 40! / 20!^2 ways, two of which are as extreme.
    assert 0 < found.qvalues[0, 2] < 1e-9
    assert found.effects[1, 2] == pytest.approx(2.0)
    assert found.qvalues[0, 3] > 0.05


def test_a_group_of_one_row_is_not_tested():
    rows = np.random.default_rng(0).normal(size=(20, 2))
    rows[7] = 50
    found = feature_differences(open_table(rows), np.where(np.arange(20) == 7, 1, 0), 2, 0)
    assert np.isnan(found.qvalues).all()
    assert found.means[1].tolist() == [50, 50]
