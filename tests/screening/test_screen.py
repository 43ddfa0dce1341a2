import numpy as np
import pandas as pd
import pytest
from scipy.stats import false_discovery_control
from sklearn.feature_selection import f_classif, f_regression

from diabolo import screen
from diabolo.data.array_source import ArraySource
from diabolo.errors import DataFileError, InputError, ParameterError
from diabolo.screening.mutual_information import mutual_information

RANDOM = np.random.default_rng(2)
N, P = 400, 300
Y = RANDOM.normal(size=N)
X = RANDOM.normal(size=(N, P)).astype(np.float32)
X[:, :30] += np.linspace(0.2, 2, 30, dtype=np.float32) * Y[:, None].astype(np.float32)
X[:, 30:40] += (Y[:, None] ** 2).astype(np.float32)
X[:, 50] *= 1e-3
X[:100, 60] = np.nan
COLUMNS = ("statistic", "pvalue", "qvalue", "information", "normalized_information", "variance", "missing")


def test_every_column_is_what_it_is_called():
    found = screen(X, Y)
    whole = np.delete(np.arange(P), 60)
    F, p = f_regression(X[:, whole].astype(np.float64), Y)
    np.testing.assert_allclose(found.statistic[whole], F, rtol=1e-5)
    np.testing.assert_allclose(found.pvalue[whole], p, rtol=1e-5)
    np.testing.assert_allclose(found.qvalue, false_discovery_control(found.pvalue))
    np.testing.assert_array_equal(found.information, mutual_information(X, Y))
    np.testing.assert_array_equal(found.normalized_information, mutual_information(X, Y, normalized=True))
    np.testing.assert_allclose(found.variance, np.nanvar(X.astype(np.float64), axis=0), rtol=1e-6)
    np.testing.assert_array_equal(found.missing, np.isnan(X).mean(axis=0))
    assert found.kept_mask.all()
    assert found.n_rows == N


def test_classes_are_screened_for():
    classes = np.array(["old", "young"])[(Y > 0).astype(int)]
    found = screen(X[:, :60].astype(np.float64), classes)
    np.testing.assert_allclose(
        found.statistic, f_classif(X[:, :60].astype(np.float64), classes)[0], rtol=1e-5
    )
    assert found.normalized_information.max() <= 1


@pytest.mark.parametrize(
    ("criteria", "passes"),
    [
        ({"fdr": 0.05}, lambda found: found.qvalue <= 0.05),
        ({"fdr": 0.3}, lambda found: found.qvalue <= 0.3),
        ({"mi": 0.2}, lambda found: found.information >= 0.2),
        ({"normalized_mi": 0.5}, lambda found: found.normalized_information >= 0.5),
        ({"min_variance": 1.1}, lambda found: found.variance >= 1.1),
        ({"max_missing": 0.1}, lambda found: found.missing <= 0.1),
        ({"fdr": 0.05, "mi": 0.3}, lambda found: (found.qvalue <= 0.05) & (found.information >= 0.3)),
    ],
)
def test_each_criterion_keeps_what_passes(criteria, passes):
    found = screen(X, Y, **criteria)
    np.testing.assert_array_equal(found.kept_mask, passes(found))
    assert 0 < len(found.kept) < P
    assert found.thresholds == criteria


def test_top_keeps_the_best_of_those_that_pass():
    found = screen(X, Y, top=12)
    assert set(found.kept) == set(np.argsort(-found.information)[:12])
    found = screen(X, Y, top=12, fdr=1e-3, information=False)
    assert set(found.kept) == set(np.argsort(-found.statistic)[:12])
    assert np.isnan(found.information).all()
    assert len(screen(X, Y, top=1000, mi=0.2).kept) == (found := screen(X, Y, mi=0.2)).kept_mask.sum()
    assert found.kept_mask.sum() < 100


def test_the_target_that_came_with_the_table_is_taken_where_none_is_given():
    source = ArraySource(X, carried={"age": Y}, target_name="age")
    rows = np.arange(200)
    np.testing.assert_array_equal(screen(source, rows=rows).statistic, screen(X, Y, rows=rows).statistic)
    with pytest.raises(InputError, match=r"^screen"):
        screen(X)


def test_rows_are_screened_alone():
    rows = np.arange(0, N, 2)
    found, alone = screen(X, Y, rows=rows), screen(X[rows], Y[rows])
    for name in COLUMNS:
        np.testing.assert_allclose(getattr(found, name), getattr(alone, name), rtol=1e-9)
    marked = screen(X, Y, rows=np.arange(N) % 2 == 0)
    np.testing.assert_array_equal(marked.information, found.information)
    gaps = Y.copy()
    gaps[1::2] = np.nan
    assert screen(X, gaps, rows=rows).n_rows == N // 2
    with pytest.raises(InputError, match=r"y has 200 entries, expected 400: one for each row of the table"):
        screen(X, Y[rows], rows=rows)


@pytest.mark.parametrize(("memory", "n_jobs"), [("9MB", 1), ("18MB", 2), ("1GB", 1), ("1GB", 3)])
@pytest.mark.parametrize("information", [True, False])
def test_bands_blocks_and_threads_change_no_more_than_rounding(memory, n_jobs, information):
    wide = np.tile(X, (1, 10))
    source = ArraySource(wide).rows(np.arange(N))
    found = screen(source, Y, max_memory=memory, n_jobs=n_jobs, information=information)
    whole = screen(wide, Y, information=information)
    for name in COLUMNS:
        np.testing.assert_allclose(getattr(found, name), getattr(whole, name), rtol=1e-6, atol=1e-12)
    again = screen(source, Y, max_memory=memory, n_jobs=n_jobs, information=information)
    for name in COLUMNS:
        np.testing.assert_array_equal(getattr(found, name), getattr(again, name))


@pytest.mark.parametrize(
    ("criteria", "said"),
    [
        ({"fdr": 0}, "screen: fdr=0 is not possible; expected a number above 0 and at most 1"),
        ({"fdr": "0.1"}, "screen: fdr='0.1' is not possible; expected a number above 0 and at most 1"),
        ({"mi": -1}, "screen: mi=-1 is not possible; expected a number at least 0"),
        (
            {"normalized_mi": 1.5},
            "normalized_mi=1.5 is not possible; expected a number at least 0 and at most 1",
        ),
        ({"max_missing": 20}, "max_missing=20 is not possible; expected a number at least 0 and at most 1"),
        ({"min_variance": np.nan}, "min_variance=nan is not possible; expected a number at least 0"),
        ({"top": 0}, "screen: top=0 is not possible; expected a whole number of features, 1 or more"),
        ({"top": 2.0}, "screen: top=2.0 is not possible; expected a whole number of features, 1 or more"),
        ({"mi": 0.1, "information": False}, "screen: mi takes information=True; got information=False"),
    ],
)
def test_a_criterion_that_cannot_be_says_why(criteria, said):
    with pytest.raises(ParameterError, match=said):
        screen(X, Y, **criteria)


def test_progress_is_told():
    told = []
    screen(X, Y, progress=told.append)
    assert told[-1] == 1.0


OTHER = np.random.default_rng(0)
AGE = OTHER.normal(size=100)
NARROW = OTHER.normal(size=(100, 30))
NARROW[:, 3] += 2 * AGE
NARROW[:4, 5] = np.nan
NARROW[:, 6] = 1.0


def test_the_table_goes_to_csv_and_back(tmp_path):
    names = [f"cg{i}, site" for i in range(30)]
    found = screen(pd.DataFrame(NARROW, columns=names), AGE, fdr=0.05)
    found.to_csv(tmp_path / "table.csv")
    table = pd.read_csv(tmp_path / "table.csv")
    assert table.feature.tolist() == names
    assert table.kept.tolist() == found.kept_mask.astype(int).tolist()
    for name in (
        "statistic",
        "pvalue",
        "qvalue",
        "information",
        "normalized_information",
        "variance",
        "missing",
    ):
        np.testing.assert_allclose(table[name], getattr(found, name), rtol=1e-8)


def test_without_names_features_are_numbered_and_nan_is_nothing(tmp_path):
    screen(NARROW, np.arange(100) % 2).to_csv(tmp_path / "table.csv")
    lines = (tmp_path / "table.csv").read_text().splitlines()
    assert lines[0].startswith("feature,statistic,pvalue,qvalue,information,")
    assert lines[7].startswith("6,,,,0,")
    assert len(lines) == 31


def test_nothing_is_left_where_it_cannot_be_written(tmp_path):
    with pytest.raises(DataFileError, match=r"folder .* does not exist"):
        screen(NARROW, AGE).to_csv(tmp_path / "no" / "table.csv")
    assert list(tmp_path.iterdir()) == []


def test_thresholds_say_what_top_amounted_to():
    found = screen(NARROW, AGE, top=3)
    assert found.thresholds == {"top": 3, "smallest_information": found.information[found.kept].min()}
    found = screen(NARROW, AGE, top=3, information=False)
    assert found.thresholds["smallest_statistic"] == found.statistic[found.kept].min()
    assert found.n_features == 30
