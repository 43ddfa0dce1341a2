import json

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.linear_model import Lasso, LogisticRegression, Ridge
from sklearn.metrics import balanced_accuracy_score, mean_absolute_error, r2_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from diabolo import Autoencoder
from diabolo.data.array_source import ArraySource
from diabolo.errors import InputError, ParameterError
from diabolo.evaluation import downstream_score

SETTINGS = {"n_components": 3, "hidden_layer_sizes": (8,), "max_epochs": 5, "random_state": 0}


@pytest.fixture(scope="module")
def people():
    """Make 120 rows of 10 columns and an age that three of them carry, plus noise."""
    random = np.random.default_rng(3)
    X = random.normal(size=(120, 10)).astype(np.float32)
    return X, 50 + 10 * X[:, 0] - 5 * X[:, 1] + random.normal(size=120)


@pytest.fixture(scope="module")
def fitted(people):
    return Autoencoder(**SETTINGS).fit(people[0][:80])


def parts(people):
    X, y = people
    return X[:80], y[:80], X[80:], y[80:]


def test_the_ridge_is_scikit_learns_with_the_strength_that_leaves_out_best(people, fitted):
    X, y, X_test, y_test = parts(people)
    score = downstream_score(fitted, X, y, X_test, y_test, baselines=())
    codes = StandardScaler().fit(fitted.transform(X).astype(float))
    inputs, others = (codes.transform(fitted.transform(part).astype(float)) for part in (X, X_test))
    strengths, losses = np.logspace(-2, 6, 33), []
    for strength in strengths:
        # Allen's PRESS: a residual left out is the residual over 1 minus the row's own leverage.
        leverage = inputs @ np.linalg.inv(inputs.T @ inputs + strength * np.eye(3)) @ inputs.T + 1 / len(y)
        losses.append(np.mean(((y - leverage @ y) / (1 - np.diag(leverage))) ** 2))
    predicted = Ridge(strengths[np.argmin(losses)]).fit(inputs, y).predict(others)
    assert score["code"] == pytest.approx(mean_absolute_error(y_test, predicted), rel=1e-6)
    assert score.rows[0]["explained_share"] == pytest.approx(r2_score(y_test, predicted), rel=1e-6)
    assert score.rows[0]["size"] == 3


def test_the_baselines_are_components_of_the_same_size_and_the_mean(people, fitted):
    X, y, X_test, y_test = parts(people)
    score = downstream_score(fitted, X, y, X_test, y_test, model=Ridge(2.0))
    pca = PCA(3, svd_solver="full").fit(X.astype(float))
    predicted = Ridge(2.0).fit(pca.transform(X), y).predict(pca.transform(X_test))
    assert score["pca"] == pytest.approx(mean_absolute_error(y_test, predicted), rel=1e-4)
    assert score["mean"] == pytest.approx(np.abs(y_test - y.mean()).mean())
    assert [row["predictor"] for row in score.rows] == ["code", "pca", "mean"]
    assert [
        row["predictor"] for row in downstream_score(fitted, X, y, X_test, y_test, baselines="mean").rows
    ] == ["code", "mean"]


def test_the_components_see_the_rows_as_the_autoencoder_scales_them(people):
    X, y, X_test, y_test = parts(people)
    wide = np.array([1000, 1, 1, 1, 1, 1, 1, 1, 1, 1], np.float32)
    model = Autoencoder(**SETTINGS, scale="standard").fit(X * wide)
    score = downstream_score(model, X * wide, y, X_test * wide, y_test)
    scaler = StandardScaler().fit(X.astype(float))
    pca = make_pipeline(PCA(3, svd_solver="full"), Ridge(1.0)).fit(scaler.transform(X), y)
    expected = mean_absolute_error(y_test, pca.predict(scaler.transform(X_test)))
    assert score["pca"] == pytest.approx(expected, rel=0.05)


def test_a_guided_codes_own_head_is_measured_too(people):
    X, y, X_test, y_test = parts(people)
    guided = Autoencoder(**{**SETTINGS, "max_epochs": 300}, supervision_weight=5.0).fit(X, y)
    score = downstream_score(guided, X, y, X_test, y_test)
    assert score["head"] == pytest.approx(mean_absolute_error(y_test, guided.predict(X_test)))
    assert score["code"] < 0.7 * score["mean"]


def test_classes_are_counted(people, fitted):
    X, y, X_test, y_test = parts(people)
    ages = [np.where(part > 55, "old", np.where(part > 40, "middle", "young")) for part in (y, y_test)]
    score = downstream_score(fitted, X, ages[0], X_test, ages[1])
    codes = StandardScaler().fit(fitted.transform(X))
    predicted = (
        LogisticRegression(max_iter=5000)
        .fit(codes.transform(fitted.transform(X)), ages[0])
        .predict(codes.transform(fitted.transform(X_test)))
    )
    assert score.kind == "classification"
    assert score["code"] == pytest.approx((predicted == ages[1]).mean(), abs=0.03)
    expected = balanced_accuracy_score(ages[1], predicted)
    assert score.rows[0]["balanced_accuracy"] == pytest.approx(expected, abs=0.05)
    names, counts = np.unique(ages[0], return_counts=True)
    assert score["mean"] == (ages[1] == names[np.argmax(counts)]).mean()


def test_what_the_target_is_can_be_said_and_a_model_says_it(people, fitted):
    X, y, X_test, y_test = parts(people)
    coarse, coarse_test = (np.clip(part // 10, 1, 9).astype(int) for part in (y, y_test))
    given = (X, coarse, X_test, coarse_test)
    assert downstream_score(fitted, *given).kind == "classification"
    assert downstream_score(fitted, *given, supervision="regression").kind == "regression"
    assert downstream_score(fitted, *given, model=DecisionTreeRegressor(random_state=0)).kind == "regression"
    tree = DecisionTreeClassifier(random_state=0)
    score = downstream_score(fitted, *given, model=tree)
    expected = tree.fit(fitted.transform(X), coarse).score(fitted.transform(X_test), coarse_test)
    assert score["code"] == pytest.approx(expected)
    assert score["code"] != downstream_score(fitted, *given)["code"]


def test_tables_bring_their_own_target(people, fitted):
    X, y, X_test, y_test = parts(people)
    source = ArraySource(people[0], carried={"age": people[1]}, target_name="age")
    given = source.rows(np.arange(80)), None, source.rows(np.arange(80, 120)), None
    of_sources = downstream_score(fitted, *given)
    of_arrays = downstream_score(fitted, X, y, X_test, y_test)
    for one, other in zip(of_sources.rows, of_arrays.rows, strict=True):
        assert one["predictor"] == other["predictor"]
        assert one["mean_absolute_error"] == pytest.approx(other["mean_absolute_error"], rel=1e-5)


def test_it_prints_a_table_and_is_plain_data(people, fitted):
    score = downstream_score(fitted, *parts(people))
    lines = str(score).splitlines()
    assert lines[0] == "40 held-out rows, predictors fitted to 80"
    assert lines[1].split() == ["predictor", "size", "mean", "absolute", "error", "explained", "share"]
    assert lines[4].split() == [
        "mean",
        "-",
        f"{score['mean']:.4g}",
        f"{score.rows[2]['explained_share']:.4g}",
    ]
    assert len({len(line) for line in lines[1:]}) == 1
    written = json.loads(json.dumps(score.to_dict()))
    assert written["metric"] == "mean_absolute_error"
    assert written["rows"][0]["mean_absolute_error"] == score["code"]
    with pytest.raises(KeyError, match="no predictor 'head' was measured; there are 'code', 'pca', 'mean'"):
        _ = score["head"]


def test_rows_without_a_known_target_are_left_out_of_predicting(people, fitted):
    X, y, X_test, y_test = parts(people)
    gaps, gaps_test = y.copy(), y_test.copy()
    gaps[::3], gaps_test[[4, 9]] = np.nan, np.nan
    own, measured = ~np.isnan(gaps), ~np.isnan(gaps_test)
    score = downstream_score(fitted, X, gaps, X_test, gaps_test)
    assert (score.n_training_rows, score.n_held_out_rows) == (own.sum(), 38)
    alone = downstream_score(fitted, X[own], y[own], X_test[measured], y_test[measured])
    for name in ("code", "mean"):
        assert score[name] == pytest.approx(alone[name], rel=1e-6)
    text = downstream_score(fitted, X[:4], ["a", None, "b", "b"], X_test[:2], ["a", ""], baselines=())
    assert (text.kind, text.n_training_rows, text.n_held_out_rows) == ("classification", 3, 1)


def test_an_infinite_target_names_the_row(people, fitted):
    X, y, X_test, y_test = parts(people)
    gap = y_test.copy()
    gap[[4, 9]], gap[0] = np.inf, np.nan
    with pytest.raises(InputError) as caught:
        downstream_score(fitted, X, y, X_test, gap)
    assert str(caught.value) == (
        "the target of X_test is infinite in row 4, counted from 0, and in 2 row(s) in all; leave such rows "
        "out."
    )
    source = ArraySource(X, carried={"age": np.r_[y[:-1], np.inf]}, target_name="age", name="a.h5")
    with pytest.raises(InputError, match=r"the target of a.h5, 'age', is infinite in row 79, "):
        downstream_score(fitted, source.rows(np.arange(70, 80)), None, X_test, y_test)
    with pytest.raises(InputError, match="the target of X_train is missing in all 3 rows; expected a known"):
        downstream_score(fitted, X[:3], [None, np.nan, None], X_test, y_test)


def test_what_cannot_be_is_refused(people, fitted):
    X, y, X_test, y_test = parts(people)
    with pytest.raises(InputError, match=r"X_train came without a target; pass y, or name the column"):
        downstream_score(fitted, X, None, X_test, y_test)
    with pytest.raises(InputError, match=r"the target of X_train has shape \(79,\); expected 80 entries"):
        downstream_score(fitted, X, y[1:], X_test, y_test)
    with pytest.raises(ParameterError, match=r"baselines has 'pcs'; .* Did you mean 'pca'"):
        downstream_score(fitted, X, y, X_test, y_test, baselines=["pcs"])
    with pytest.raises(ParameterError, match=r"supervision must be one of .* Did you mean 'regression'"):
        downstream_score(fitted, X, y, X_test, y_test, supervision="regresion")
    with pytest.raises(ParameterError, match=r"model must be a regressor or a classifier .* got PCA\(\)"):
        downstream_score(fitted, X, y, X_test, y_test, model=PCA())
    with pytest.raises(ParameterError, match=r"'classification', but the model .* is for regression"):
        downstream_score(fitted, X, y, X_test, y_test, model=Lasso(), supervision="classification")
