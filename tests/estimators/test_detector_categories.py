"""A detector of rows with categories: one contribution a column, and values that do not belong found."""

import numpy as np
import pandas
import pytest
from sklearn.metrics import roc_auc_score

from diabolo import Autoencoder, AutoencoderDetector
from diabolo.errors import InputError, ParameterError

CATEGORIES = ["colour", "kind"]


def frame(n, seed):
    random = np.random.default_rng(seed)
    z = random.normal(size=(n, 2))
    return pandas.DataFrame(
        {
            "size": z[:, 0] + 0.2 * random.normal(size=n),
            "colour": np.where(z[:, 0] > 0.4, "red", np.where(z[:, 0] < -0.4, "blue", "green")),
            "mass": z[:, 0] + z[:, 1],
            "kind": np.where(z[:, 1] > 0, "y", "x"),
            "depth": z[:, 1] + 0.2 * random.normal(size=n),
        }
    )


X, NEW = frame(300, 0), frame(200, 1)


def with_swapped(column):
    """Give the first half of rows another row's value in one column, where that is another."""
    rows = NEW.copy()
    rows.loc[:99, column] = NEW[column].to_numpy()[100:]
    return rows, (rows[column] != NEW[column]).to_numpy()


LINEAR = AutoencoderDetector(categories=CATEGORIES, random_state=0).fit(X)


@pytest.mark.parametrize("column", CATEGORIES)
@pytest.mark.parametrize("kind", ["linear", "deep"])
def test_a_value_that_does_not_belong_is_odd_and_its_column_says_so(column, kind):
    detector = LINEAR
    if kind == "deep":
        detector = AutoencoderDetector("deep", categories=CATEGORIES, random_state=0, cv=0).fit(X)
    rows, is_odd = with_swapped(column)
    assert roc_auc_score(is_odd, detector.anomaly_score(rows)) > 0.75
    added = detector.feature_contributions(rows)
    assert added.shape == (200, 5)
    np.testing.assert_allclose(added.sum(axis=1), detector.anomaly_score(rows))
    place = X.columns.get_loc(column)
    assert added[is_odd, place].mean() > 1.6 * added[~is_odd, place].mean()


def test_a_rows_score_is_its_own():
    np.testing.assert_array_equal(LINEAR.anomaly_score(NEW[:7]), LINEAR.anomaly_score(NEW)[:7])
    np.testing.assert_array_equal(LINEAR.anomaly_score(NEW[NEW.columns[::-1]]), LINEAR.anomaly_score(NEW))


def test_rows_come_back_with_text():
    back = LINEAR.reconstruct(NEW)
    assert back.columns.tolist() == X.columns.tolist()
    assert (back["colour"] == NEW["colour"]).mean() > 0.8
    assert list(LINEAR.explain(NEW[:1])) != []
    assert set(LINEAR.explain(NEW.iloc[3])) == set(X.columns)


def test_an_unknown_value_is_odd_where_it_is_ignored():
    new = NEW.assign(colour="pink")
    with pytest.raises(InputError, match="no row of the fit had: 'pink'"):
        LINEAR.anomaly_score(new)
    detector = AutoencoderDetector(categories=CATEGORIES, handle_unknown="ignore", random_state=0).fit(X)
    added = detector.feature_contributions(new)[:, 1]
    assert added.min() > np.quantile(detector.feature_contributions(NEW)[:, 1], 0.9)


def test_missing_values_add_nothing():
    rows = NEW.copy()
    rows.loc[:9, "colour"] = None
    detector = AutoencoderDetector(categories=CATEGORIES, missing="mean", random_state=0).fit(X)
    added = detector.feature_contributions(rows)
    assert (added[:10, 1] == 0).all()
    assert np.isfinite(added).all()
    np.testing.assert_allclose(added[10:], detector.feature_contributions(NEW)[10:])


def test_an_estimator_of_ones_own():
    own = Autoencoder(3, hidden_layer_sizes=(), max_epochs=3, random_state=0)
    detector = AutoencoderDetector(own, categories=CATEGORIES, random_state=0, cv=2).fit(X)
    assert detector.feature_contributions(NEW).shape == (200, 5)
    with pytest.raises(
        ParameterError, match="name them for the detector, and leave the autoencoder's at None"
    ):
        AutoencoderDetector(Autoencoder(2, categories=CATEGORIES)).fit(X)


@pytest.mark.parametrize("score", ["mahalanobis", "squared_error", "absolute_error"])
def test_every_score_is_of_columns(score):
    detector = AutoencoderDetector(categories=CATEGORIES, score_kind=score, random_state=0).fit(X)
    assert detector.feature_contributions(NEW).shape == (200, 5)
    assert np.isfinite(detector.anomaly_pvalue(NEW)).all()
