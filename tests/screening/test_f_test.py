import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import f_oneway, false_discovery_control, linregress
from sklearn.feature_selection import f_classif, f_regression

from diabolo.data.array_source import ArraySource
from diabolo.errors import InputError
from diabolo.screening.f_test import f_test, false_discovery

RANDOM = np.random.default_rng(3)
Y = RANDOM.normal(size=300)
CLASSES = np.digitize(Y, [-1.0, 0.2])
# From nothing to almost everything explained: p down to 1e-100 and below.
X = (RANDOM.normal(size=(300, 200)) + np.linspace(0, 3, 200) * Y[:, None] + 50).astype(np.float32)


def test_a_numeric_target_gives_scikit_learns_f_regression():
    F, p = f_regression(X.astype(np.float64), Y)
    found = f_test(X, Y)
    np.testing.assert_allclose(found.statistic, F, rtol=1e-5)
    np.testing.assert_allclose(found.pvalue, p, rtol=1e-5)
    assert 0 < p.min() < 1e-100
    assert (found.n_rows == 300).all()


def test_classes_give_scikit_learns_f_classif():
    F, p = f_classif(X.astype(np.float64), CLASSES)
    found = f_test(X, CLASSES)
    np.testing.assert_allclose(found.statistic, F, rtol=1e-5)
    np.testing.assert_allclose(found.pvalue, p, rtol=1e-5)


def test_what_cannot_vary_is_as_in_scikit_learn():
    table = np.stack([np.full(300, 2.0), Y * 4, RANDOM.normal(size=300)], axis=1)
    F, p = f_regression(table, Y)
    found = f_test(table, Y)
    assert (found.statistic[0], found.pvalue[0]) == (F[0], p[0]) == (0.0, 1.0)
    assert found.statistic[1] > 1e15
    assert found.pvalue[1] == p[1] == 0.0
    flat = f_test(table, np.full(300, 0.1))
    assert flat.statistic.tolist() == [0.0] * 3
    assert flat.pvalue.tolist() == [1.0] * 3


def test_features_constant_within_classes_are_as_in_scikit_learn():
    table = np.stack([np.full(300, 2.0), CLASSES.astype(float)], axis=1)
    with pytest.warns((UserWarning, RuntimeWarning)):
        F, p = f_classif(table, CLASSES)
    found = f_test(table, CLASSES)
    np.testing.assert_array_equal(found.statistic, F)
    np.testing.assert_array_equal(found.pvalue, p)
    assert np.isnan(F[0])
    assert F[1] == np.inf


def test_a_perfect_line_gives_the_largest_float():
    found = f_test(np.arange(8.0)[:, None] * 2, np.arange(8.0) / 2)
    assert found.statistic.tolist() == [np.finfo(np.float64).max]
    assert found.pvalue.tolist() == [0.0]


def test_gaps_leave_out_rows_of_that_feature_alone():
    table = X[:, :6].astype(np.float64)
    table[RANDOM.random(table.shape) < 0.2] = np.nan
    found, by_class = f_test(table, Y), f_test(table, CLASSES)
    for j in range(6):
        there = ~np.isnan(table[:, j])
        line = linregress(table[there, j], Y[there])
        assert found.pvalue[j] == pytest.approx(line.pvalue, rel=1e-6)
        groups = [table[there & (k == CLASSES), j] for k in range(3)]
        assert by_class.statistic[j] == pytest.approx(f_oneway(*groups).statistic, rel=1e-9)
        assert found.n_rows[j] == there.sum()


def test_too_few_rows_give_nothing():
    table = np.full((300, 1), np.nan)
    table[:2, 0] = [1.0, 2.0]
    for y in (Y, CLASSES):
        found = f_test(table, y)
        assert np.isnan([found.statistic[0], found.pvalue[0]]).all()


@pytest.mark.parametrize("memory", ["18MB", "19MB", "1GB"])
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_blocks_and_threads_change_no_more_than_rounding(memory, n_jobs):
    wide = np.tile(X, (1, 20)) + 1000
    source = ArraySource(wide).rows(np.arange(300))
    for y in (Y, CLASSES):
        np.testing.assert_allclose(
            f_test(source, y, max_memory=memory, n_jobs=n_jobs).statistic,
            f_test(wide, y).statistic,
            rtol=1e-7,
        )


def test_the_kind_of_target_moves_the_result():
    assert f_test(X, CLASSES, target="numbers").statistic[9] != f_test(X, CLASSES).statistic[9]


def test_errors_name_the_function():
    with pytest.raises(InputError, match="f_test: y has shape"):
        f_test(X, Y[:5])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_q_values_are_scipys(pvalues):
    np.testing.assert_allclose(false_discovery(pvalues), false_discovery_control(pvalues), rtol=1e-12)


def test_what_was_not_tested_is_not_counted():
    found = false_discovery(np.array([0.01, np.nan, 0.02, 0.5]))
    np.testing.assert_allclose(found[[0, 2, 3]], false_discovery_control([0.01, 0.02, 0.5]))
    assert np.isnan(found[1])
    assert np.isnan(false_discovery(np.array([np.nan]))).all()


@pytest.mark.parametrize(
    ("pvalues", "said"),
    [([0.1, 1.5], "between 0 and 1; got 1.5"), ([-0.1], "got -0.1"), ([[0.1]], r"got the shape \(1, 1\)")],
)
def test_errors_say_what_is_wrong(pvalues, said):
    with pytest.raises(InputError, match=said):
        false_discovery(pvalues)
