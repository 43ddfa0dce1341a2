import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import entropy, spearmanr
from sklearn.feature_selection import mutual_info_classif, mutual_info_regression

from diabolo.data.array_source import ArraySource
from diabolo.errors import ParameterError
from diabolo.screening.mutual_information import mutual_information

RANDOM = np.random.default_rng(11)
N = 1000
Y = RANDOM.normal(size=N)
NOISE = RANDOM.normal(size=(N, 20))
SCALES = np.geomspace(0.1, 2.0, 20)
RELATIONS = {
    "linear": Y[:, None] + SCALES * NOISE,
    "monotone": np.exp(Y)[:, None] / 1.5 + SCALES * NOISE,
    "quadratic": Y[:, None] ** 2 + SCALES * NOISE,
    "sinusoidal": np.sin(2.5 * Y)[:, None] + SCALES * NOISE,
    "heteroscedastic": (0.05 + np.abs(Y)[:, None] ** (2 / (0.3 + SCALES))) * NOISE,
}


def test_the_ranking_is_that_of_nearest_neighbors():
    """Kraskov, Stoegbauer and Grassberger's estimator, as scikit-learn has it."""
    tables = np.concatenate(list(RELATIONS.values()), axis=1)
    expected = mutual_info_regression(tables, Y, random_state=0)
    found = mutual_information(tables, Y)
    signal = expected > 0.02
    assert signal.sum() > 80
    assert spearmanr(found[signal], expected[signal])[0] > 0.98


@pytest.mark.parametrize("kind", [kind for kind in RELATIONS if kind != "heteroscedastic"])
def test_the_ranking_within_a_kind_of_relation(kind):
    expected = mutual_info_regression(RELATIONS[kind], Y, random_state=0)
    assert spearmanr(mutual_information(RELATIONS[kind], Y), expected)[0] > 0.97


@pytest.mark.parametrize(("rho", "within"), [(0.0, 0.02), (0.3, 0.02), (0.6, 0.04), (0.8, 0.05), (0.9, 0.09)])
def test_between_normal_variables_the_values_are_near_the_closed_form(rho, within):
    X = rho * Y[:, None] + np.sqrt(1 - rho**2) * RANDOM.normal(size=(N, 40))
    found = mutual_information(X, Y)
    assert abs(found.mean() + 0.5 * np.log(1 - rho**2)) < within
    assert found.std() < 0.03


def test_normalized_it_is_the_correlation_between_normal_variables():
    X = 0.6 * Y[:, None] + 0.8 * RANDOM.normal(size=(N, 20))
    found = mutual_information(X, Y, normalized=True)
    np.testing.assert_allclose(found, np.sqrt(1 - np.exp(-2 * mutual_information(X, Y))))
    assert abs(found.mean() - 0.6) < 0.05


def test_more_rows_come_nearer():
    y = RANDOM.normal(size=20_000)
    X = (0.9 * y + np.sqrt(1 - 0.81) * RANDOM.normal(size=20_000))[:, None]
    assert abs(mutual_information(X, y)[0] + 0.5 * np.log(1 - 0.81)) < 0.03


def test_classes_rank_as_nearest_neighbors_do():
    """Ross's estimator, as scikit-learn has it."""
    classes = np.digitize(Y, [-0.5, 0.5])
    X = np.repeat(np.geomspace(0.2, 4, 20), 3) * Y[:, None] + RANDOM.normal(size=(N, 60))
    expected = mutual_info_classif(X, classes, random_state=0)
    found = mutual_information(X, classes)
    assert spearmanr(found, expected)[0] > 0.97
    np.testing.assert_allclose(found, expected, atol=0.1)


def test_of_classes_a_copy_says_all():
    random = np.random.default_rng(12)  # of its own: which tests came before differs with the worker
    classes = random.integers(0, 4, N)
    found = mutual_information(np.stack([classes, random.normal(size=N)], axis=1), classes)
    shares = np.bincount(classes) / N
    assert found[0] == pytest.approx(entropy(shares), abs=0.02)
    assert found[1] < 0.01
    assert mutual_information(classes[:, None], classes, normalized=True)[0] == pytest.approx(1, abs=0.02)


def test_two_values_of_a_feature_give_the_plain_formula():
    """With two values and two classes there is one table of four cells."""
    x, y = RANDOM.integers(0, 2, N), RANDOM.integers(0, 2, N)
    y = np.where(RANDOM.random(N) < 0.7, x, y)
    table = np.histogram2d(x, y, bins=2)[0] / N
    expected = entropy(table.ravel(), np.outer(table.sum(1), table.sum(0)).ravel())
    assert mutual_information(x[:, None], y)[0] == pytest.approx(expected - 0.5 / N, abs=1e-5)


def test_sorted_rows_do_not_make_ties_look_informative():
    order = np.argsort(Y)
    X = RANDOM.integers(0, 2, (N, 20)).astype(float)[order]
    assert mutual_information(X, Y[order]).max() < 0.03
    assert mutual_information(np.full((N, 1), 3.0), Y).tolist() == [0.0]


def test_equal_targets_make_no_information():
    """Bins of a target with many equal values differ in size, which is no sign of a relation."""
    y = np.round(RANDOM.exponential(4.0, size=N))
    noise = RANDOM.normal(size=(N, 50))
    assert mutual_information(noise, y, target="numbers").mean() < 0.02
    assert mutual_information(noise.round(1), y, target="numbers").mean() < 0.02
    signal = noise[:, :1] + y[:, None] / 3
    expected = mutual_info_regression(signal, y, random_state=0)
    np.testing.assert_allclose(mutual_information(signal, y, target="numbers"), expected, atol=0.08)


def test_rounding_values_changes_little():
    X = RELATIONS["linear"]
    np.testing.assert_allclose(mutual_information(X.round(2), Y), mutual_information(X, Y), atol=0.05)


def test_a_monotone_change_of_the_feature_or_the_target_changes_nothing():
    X = RELATIONS["sinusoidal"]
    found = mutual_information(X, Y)
    np.testing.assert_allclose(mutual_information(np.exp(X), np.exp(Y)), found, atol=0.003)
    np.testing.assert_allclose(mutual_information(-X - 1e3, Y), found, atol=0.02)


def test_gaps_leave_out_rows_of_that_feature_alone():
    X = RELATIONS["quadratic"][:, :2].copy()
    X[RANDOM.random(X.shape) < 0.3] = np.nan
    found = mutual_information(X, Y)
    for j in range(2):
        there = ~np.isnan(X[:, j])
        assert found[j] == pytest.approx(mutual_information(X[there, j : j + 1], Y[there])[0], abs=0.08)
    X[2:] = np.nan
    assert np.isnan(mutual_information(X, Y)).all()


@pytest.mark.parametrize(("memory", "n_jobs"), [("22MB", 1), ("35MB", 2), ("1GB", 1)])
def test_bands_and_threads_change_nothing(memory, n_jobs):
    X = np.concatenate(list(RELATIONS.values()) * 20, axis=1).astype(np.float32)
    source = ArraySource(X).rows(np.arange(N))
    found = mutual_information(source, Y, max_memory=memory, n_jobs=n_jobs)
    np.testing.assert_allclose(found, mutual_information(X, Y), rtol=1e-6)


@settings(max_examples=40)
@given(st.integers(3, 200), st.integers(1, 12), st.sampled_from([np.float32, np.float64, np.int16, np.bool_]))
def test_any_shape_gives_a_finite_value_for_each_feature(n_rows, n_features, dtype):
    random = np.random.default_rng(n_rows)
    X = (random.normal(size=(n_rows, n_features)) * 3).astype(dtype)
    found = mutual_information(X, random.normal(size=n_rows))
    assert found.shape == (n_features,)
    assert (found >= 0).all()
    assert (found <= np.log(n_rows) + 1e-6).all()


def test_the_kind_of_target_moves_the_result():
    y = np.digitize(Y, [-1, 0, 1])
    X = RELATIONS["linear"]
    assert not np.array_equal(mutual_information(X, y), mutual_information(X, y, target="numbers"))
    with pytest.raises(ParameterError, match="mutual_information: target must be one of"):
        mutual_information(X, y, target="number")
