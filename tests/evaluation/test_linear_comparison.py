"""A code beside principal components and linear predictions, on rows that were held out."""

import json
import pickle

import numpy as np
import pytest
from sklearn.base import BaseEstimator, clone
from sklearn.cross_decomposition import PLSRegression
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.metrics import balanced_accuracy_score, mean_absolute_error, r2_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import diabolo
from diabolo import Autoencoder, AutoencoderDetector, ConvolutionalAutoencoder
from diabolo.data.array_source import ArraySource
from diabolo.errors import ConstantFeatureWarning, InputError, ParameterError
from diabolo.evaluation import LinearComparison, compare_with_linear, linear_comparison, linear_predictions
from diabolo.evaluation.linear_predictions import dealt

QUICK = {"n_components": 2, "hidden_layer_sizes": (8,), "max_epochs": 3, "random_state": 0}
STRENGTHS = np.logspace(-2, 6, 33)


class Components(BaseEstimator):
    """An autoencoder whose code is scikit-learn's principal components."""

    def __init__(self, n_components=2):
        self.n_components = n_components

    def fit(self, X, y=None):
        self.pca = PCA(self.n_components, svd_solver="full").fit(np.asarray(X, float))
        self.n_components_ = self.n_components
        return self

    def transform(self, X):
        return self.pca.transform(np.asarray(X, float))

    def reconstruct(self, X):
        return self.pca.inverse_transform(self.transform(X))


@pytest.fixture(scope="module")
def people():
    """Make 151 rows of 8 columns, an age that they carry, and groups of ages."""
    random = np.random.default_rng(5)
    X = random.normal(size=(151, 3)) @ random.normal(size=(3, 8)) + 0.5 * random.normal(size=(151, 8)) + 4
    age = 50 + 3 * X[:, 0] - 2 * X[:, 5] + 2 * random.normal(size=151)
    return X, age, np.array(["young", "middle", "old"])[np.digitize(age, [45, 58])]


@pytest.fixture(scope="module")
def fitted(people):
    return Autoencoder(**QUICK).fit(people[0])


def splits(classes, n_rows, n_parts=3, seed=0):
    part = dealt(classes, n_rows, n_parts, seed)
    return [(np.flatnonzero(part != number), np.flatnonzero(part == number)) for number in range(n_parts)]


def held_out(models, X, y, divided):
    """Predict each row by models that were fitted to the other parts."""
    order = np.concatenate([rows for _, rows in divided])
    made = [[model(X[one], y[one], X[other]) for one, other in divided] for model in models]
    return y[order], [np.concatenate(parts) for parts in made]


def test_figures_of_numbers_are_scikit_learns_on_the_same_parts(people):
    X, age, _ = people
    divided = splits(None, len(X))
    found = compare_with_linear(Components(), X, age, n_splits=3)

    apart, total = 0.0, 0.0
    for one, other in divided:
        pca = PCA(2, svd_solver="full").fit(X[one])
        apart += ((X[other] - pca.inverse_transform(pca.transform(X[other]))) ** 2).sum()
        total += ((X[other] - X[one].mean(axis=0)) ** 2).sum()
    assert found["pca"]["explained_variance"] == pytest.approx(1 - apart / total, abs=1e-5)

    def ridge(one, y, other):
        """Leave each row out by the closed form (G. Wahba et al., Technometrics 21, 1979)."""
        scaler = StandardScaler().fit(one)
        one, other = scaler.transform(one), scaler.transform(other)
        errors, slopes = [], []
        for strength in STRENGTHS:
            onto = np.linalg.solve(one.T @ one + strength * np.eye(one.shape[1]), one.T)
            leverage = 1 / len(one) + np.diag(one @ onto)
            slopes.append(onto @ (y - y.mean()))
            errors.append(np.mean(((y - y.mean() - one @ slopes[-1]) / (1 - leverage)) ** 2))
        return y.mean() + other @ slopes[int(np.argmin(errors))]

    def of_components(one, y, other):
        pca = PCA(2, svd_solver="full").fit(one)
        return ridge(pca.transform(one), y, pca.transform(other))

    models = {
        "pca": of_components,
        "pls": lambda one, y, other: PLSRegression(2).fit(one, y).predict(other).ravel(),
        "ridge": ridge,
        "mean": lambda one, y, other: np.full(len(other), y.mean()),
    }
    y, made = held_out(models.values(), X, age, divided)
    for name, predicted in zip(models, made, strict=True):
        row = found[name]
        assert row["mean_absolute_error"] == pytest.approx(mean_absolute_error(y, predicted), rel=1e-4)
        assert row["explained_share"] == pytest.approx(r2_score(y, predicted), abs=1e-4)
    assert [row["size"] for row in found.rows] == [2, 2, 2, 8, None]
    by_hand = np.abs(y - made[0]) - np.abs(y - made[2])  # the code is these components, and the ridge is best
    assert found.predicting.against == "ridge"
    assert found.predicting.difference == pytest.approx(by_hand.mean(), rel=1e-3)
    reach = 1.959964 * by_hand.std(ddof=1) / np.sqrt(len(y))
    assert found.predicting.highest - found.predicting.difference == pytest.approx(reach, rel=1e-3)


def test_figures_of_classes_are_scikit_learns_on_the_same_parts(people):
    X, _, group = people
    found = compare_with_linear(Components(), X, group, n_splits=3)

    def of_components(one, y, other):
        model = make_pipeline(PCA(2, svd_solver="full"), StandardScaler(), LogisticRegression(max_iter=5000))
        return model.fit(one, y).predict(other)

    def of_pls(one, y, other):
        pls = PLSRegression(2).fit(one, (y[:, None] == np.unique(y)).astype(float))
        model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=5000))
        return model.fit(pls.transform(one), y).predict(pls.transform(other))

    y, made = held_out((of_components, of_pls), X, group, splits(group, len(X)))
    for name, predicted in zip(("pca", "pls"), made, strict=True):
        assert found[name]["accuracy"] == pytest.approx(np.mean(predicted == y), abs=1e-4)
        expected = balanced_accuracy_score(y, predicted)
        assert found[name]["balanced_accuracy"] == pytest.approx(expected, abs=1e-4)
    assert [row["method"] for row in found.rows] == ["code", "pca", "pls", "logistic", "mean"]
    names, counts = np.unique(group, return_counts=True)
    assert found["mean"]["accuracy"] == pytest.approx(counts.max() / len(X), abs=0.01), names


def test_a_code_of_principal_components_is_neither_better_nor_worse(people):
    X, age, _ = people
    found = compare_with_linear(Components(3), X, age)
    assert found["code"]["explained_variance"] == pytest.approx(found["pca"]["explained_variance"], abs=1e-6)
    assert found["code"]["mean_absolute_error"] == pytest.approx(
        found["pca"]["mean_absolute_error"], rel=1e-5
    )
    assert abs(found.rebuilding.difference) < 1e-6
    assert found.verdict == "equal"
    assert found.n_splits == 5
    assert found.n_held_out_rows == 151


def test_a_curved_table_is_rebuilt_better():
    random = np.random.default_rng(0)
    place = random.uniform(-1.5, 1.5, 400)
    X = np.c_[place, place**2] + 0.02 * random.normal(size=(400, 2))
    # A parabola: one component has one of its two directions; one number says where on it a row is.
    found = compare_with_linear(Autoencoder(1, max_epochs=60, random_state=0), X, n_splits=1)
    assert (found.verdict, found.rebuilding.lowest > 0.1) == ("better", True)
    assert "more of the variance than principal components" in found.sentences[0]
    assert (found.n_held_out_rows, found.n_splits) == (80, 1)


def test_a_linear_table_is_rebuilt_alike():
    random = np.random.default_rng(1)
    X = random.normal(size=(300, 2)) @ random.normal(size=(2, 10)) + 0.3 * random.normal(size=(300, 10))
    found = compare_with_linear(Autoencoder(2, random_state=0), X, X[:, 0], n_splits=2)
    assert found.verdict == "equal"
    assert abs(found.rebuilding.difference) < 0.01
    assert "no more of the variance than principal components" in found.sentences[0]


def test_a_code_of_noise_is_worse(people):
    X, age, _ = people

    class Noise(Components):
        def transform(self, X):
            return np.random.default_rng(len(X)).normal(size=(len(X), 2))

    found = compare_with_linear(Noise(), X, age)
    assert (found.verdict, found.prediction_verdict) == ("worse", "worse")
    assert found.rebuilding.highest < 0 < found.predicting.lowest


def test_of_a_wide_table_it_is_as_of_any(people):
    random = np.random.default_rng(2)
    hidden = random.normal(size=(60, 4))
    X = hidden @ random.normal(size=(4, 3000)) + random.normal(size=(60, 3000))
    y = hidden[:, 0] + 0.1 * random.normal(size=60)
    found = compare_with_linear(Components(), X, y, n_splits=3)
    models = (
        lambda one, y, other: PLSRegression(2).fit(one, y).predict(other).ravel(),
        lambda one, y, other: make_pipeline(StandardScaler(), RidgeCV(STRENGTHS)).fit(one, y).predict(other),
    )
    y, made = held_out(models, X, y, splits(None, 60))
    for name, predicted in zip(("pls", "ridge"), made, strict=True):
        expected = mean_absolute_error(y, predicted)
        assert found[name]["mean_absolute_error"] == pytest.approx(expected, rel=1e-4)
    assert abs(found.rebuilding.difference) < 1e-5


def test_the_components_see_rows_as_the_autoencoder_scales_them(people):
    X = people[0] * np.array([1000, 1, 1, 1, 1, 1, 1, 1])
    found = compare_with_linear(Autoencoder(**QUICK, scale="standard"), X, n_splits=3)
    apart = total = 0.0
    for one, other in splits(None, len(X)):
        scaler = StandardScaler().fit(X[one])
        rows, pca = scaler.transform(X[other]), PCA(2, svd_solver="full").fit(scaler.transform(X[one]))
        apart += ((rows - pca.inverse_transform(pca.transform(rows))) ** 2).sum()
        total += (rows**2).sum()
    assert found["pca"]["explained_variance"] == pytest.approx(1 - apart / total, abs=1e-5)


def test_no_more_components_than_there_can_be():
    X = np.random.default_rng(0).normal(size=(30, 3))

    class Wide(Components):
        def fit(self, X, y=None):
            super().fit(X)
            self.n_components_ = 7
            return self

    found = compare_with_linear(Wide(3), X)
    assert (found["code"]["size"], found["pca"]["size"]) == (7, 3)
    assert found["pca"]["explained_variance"] == pytest.approx(1, abs=1e-5)


def test_a_fitted_estimator_keeps_its_network_and_the_comparison(people, fitted):
    X, age, _ = people
    model = clone(fitted).fit(X)
    before = model.transform(X)
    assert not hasattr(model, "comparison_")
    found = compare_with_linear(model, X, age, n_splits=2)
    assert model.comparison_ is found
    assert np.array_equal(model.transform(X), before)
    assert model.summary().splitlines()[-2:] == list(found.sentences)
    assert pickle.loads(pickle.dumps(model)).comparison_ == found
    assert not hasattr(clone(model), "comparison_")
    model.partial_fit(X)
    assert not hasattr(model, "comparison_")
    compare_with_linear(model, X, n_splits=2)
    assert not hasattr(model.fit(X), "comparison_")


def test_an_estimator_that_is_not_fitted_stays_so(people, fitted):
    X = people[0]
    alone = clone(fitted)
    found = compare_with_linear(alone, X, n_splits=2)
    assert not hasattr(alone, "network_")
    assert not hasattr(alone, "comparison_")
    assert found == compare_with_linear(clone(fitted).fit(X), X, n_splits=2)


def test_a_fitted_estimator_is_compared_as_it_was_fitted(people, fitted):
    X = people[0]
    model = clone(fitted).fit(X)
    expected = compare_with_linear(model, X, n_splits=2)
    assert compare_with_linear(model.set_params(n_components=5), X, n_splits=2) == expected


def test_the_number_of_parts_and_the_seed_move_the_result(people, monkeypatch):
    X = people[0]
    found = {n: compare_with_linear(Components(), X, n_splits=n) for n in (None, 1, 2, 5)}
    assert found[None] == found[5]
    assert len({each.rebuilding.lowest for each in found.values()}) == 3
    assert {n: (each.n_splits, each.n_held_out_rows) for n, each in found.items()} == {
        None: (5, 151),
        1: (1, 31),
        2: (2, 151),
        5: (5, 151),
    }
    assert compare_with_linear(Components(), X, n_splits=5, random_state=1) != found[5]
    monkeypatch.setattr(linear_comparison, "_MOST_REPEATED", 150)
    assert compare_with_linear(Components(), X) == found[1]


def test_predictions_of_a_long_table_are_fitted_to_some_of_its_rows(people, monkeypatch):
    X, age, _ = people
    monkeypatch.setattr(linear_predictions, "_MOST_ROWS", 50)
    found = compare_with_linear(Components(), X, age, n_splits=1)
    assert found.n_predictor_rows == 50
    assert str(found).startswith("31 of 151 rows held out; predictions fitted to 50\n")
    monkeypatch.undo()
    whole = compare_with_linear(Components(), X, age, n_splits=1)
    assert whole.n_predictor_rows == 120
    assert whole["pca"]["explained_variance"] == found["pca"]["explained_variance"]
    assert whole["ridge"]["mean_absolute_error"] != found["ridge"]["mean_absolute_error"]


def test_a_guided_codes_own_head_is_measured(people):
    X, age, group = people
    numbers = compare_with_linear(Autoencoder(**QUICK, supervision_weight=1.0), X, age, n_splits=2)
    assert [row["method"] for row in numbers.rows] == ["code", "head", "pca", "pls", "ridge", "mean"]
    assert numbers["head"]["mean_absolute_error"] < 0.8 * numbers["mean"]["mean_absolute_error"]
    classes = compare_with_linear(Autoencoder(**QUICK, supervision_weight=1.0), X, group, n_splits=2)
    assert classes["head"]["accuracy"] > classes["mean"]["accuracy"]
    assert classes["head"]["size"] == 2


def test_what_the_target_is_can_be_said(people):
    X, age, _ = people
    coarse = np.clip(age // 10, 4, 5).astype(int)
    assert compare_with_linear(Components(), X, coarse, n_splits=2).kind == "classification"
    told = compare_with_linear(Components(), X, coarse, n_splits=2, supervision="regression")
    assert told.kind == "regression"
    guided = Autoencoder(**QUICK, supervision_weight=1.0, supervision="regression")
    assert compare_with_linear(guided, X, coarse, n_splits=2).kind == "regression"


def test_several_numbers_are_predicted_at_once(people):
    X, age, _ = people
    found = compare_with_linear(Components(), X, np.c_[age, 2 * age], n_splits=2)
    alone = compare_with_linear(Components(), X, age, n_splits=2)
    assert found["pls"]["mean_absolute_error"] == pytest.approx(1.5 * alone["pls"]["mean_absolute_error"])
    assert found.predicting.difference == pytest.approx(1.5 * alone.predicting.difference, rel=1e-4)


def test_rows_without_a_target_are_left_out_of_predictions(people):
    X, age, group = people
    gaps = age.copy()
    gaps[::4] = np.nan
    found = compare_with_linear(Components(), X, gaps, n_splits=3)
    assert (found.n_held_out_rows, found.n_target_rows) == (151, 113)
    assert "113 with a target" in str(found)
    known = ~np.isnan(gaps)
    divided = splits(known, 151)
    made, y = [], []
    for one, other in divided:
        one, other = one[known[one]], other[known[other]]
        made.append(PLSRegression(2).fit(X[one], gaps[one]).predict(X[other]).ravel())
        y.append(gaps[other])
    expected = mean_absolute_error(np.concatenate(y), np.concatenate(made))
    assert found["pls"]["mean_absolute_error"] == pytest.approx(expected, rel=1e-4)
    text = group.astype(object)
    text[::4] = None
    assert compare_with_linear(Components(), X, text, n_splits=3).n_target_rows == 113


@pytest.mark.parametrize("missing", ["mean", "mask"])
def test_missing_cells_are_left_out_of_the_errors(people, missing):
    X, age, _ = people
    gaps = np.where(np.random.default_rng(0).random(X.shape) < 0.05, np.nan, X)
    found = compare_with_linear(Autoencoder(**QUICK, missing=missing), gaps, age, n_splits=2)
    apart = total = 0.0
    for one, other in splits(None, len(X), 2):
        mean = np.nanmean(gaps[one], axis=0)
        filled = np.where(np.isnan(gaps), mean, gaps)
        pca = PCA(2, svd_solver="full").fit(filled[one])
        rebuilt = pca.inverse_transform(pca.transform(filled[other]))
        apart += np.nansum((gaps[other] - rebuilt) ** 2)
        total += np.nansum((gaps[other] - mean) ** 2)
    # The factor of one scale for all columns differs a little from part to part.
    assert found["pca"]["explained_variance"] == pytest.approx(1 - apart / total, abs=1e-3)


def test_tables_bring_their_own_target_and_files_are_opened(people, tmp_path):
    X, age, _ = people
    expected = compare_with_linear(Components(), X, age, n_splits=2)
    source = ArraySource(X, carried={"age": age}, target_name="age")
    assert compare_with_linear(Components(), source, n_splits=2) == expected
    np.savez(tmp_path / "people.npz", X=X, age=age)
    with diabolo.open(tmp_path / "people.npz", target="age") as table:
        assert compare_with_linear(Components(), table, n_splits=2) == expected
    np.save(tmp_path / "people.npy", X)
    assert compare_with_linear(Components(), tmp_path / "people.npy", age, n_splits=2) == expected


def test_images_are_taken_as_they_are():
    images = np.random.default_rng(0).uniform(size=(24, 4, 6)).astype(np.float32)
    model = ConvolutionalAutoencoder(filters=(2,), max_epochs=1, random_state=0)
    found = compare_with_linear(model, images, n_splits=2)
    assert found["pca"]["size"] == min(found["code"]["size"], 12)
    flat = compare_with_linear(model.set_params(image_shape=(4, 6)), images.reshape(24, 24), n_splits=2)
    assert flat["code"] == found["code"]
    dense = compare_with_linear(Autoencoder(**QUICK), images, n_splits=2)
    assert dense["pca"]["size"] == 2


def test_it_says_how_far_it_is_and_is_plain_data(people):
    X, age, _ = people
    told = []
    found = compare_with_linear(Components(), X, age, n_splits=3, progress=lambda *at: told.append(at))
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert LinearComparison.from_dict(json.loads(json.dumps(found.to_dict(), allow_nan=False))) == found


def test_a_warning_about_the_rows_is_given_once(people):
    X = np.c_[people[0], np.ones(151)]
    scaled = Autoencoder(**QUICK, scale="standard")
    with pytest.warns(ConstantFeatureWarning) as caught:
        compare_with_linear(scaled, X, n_splits=2)
    assert len(caught) == 1
    with pytest.warns(ConstantFeatureWarning):
        scaled.fit(X)
    compare_with_linear(scaled, X, n_splits=2)  # warnings are errors here


def test_rows_that_are_all_alike_are_explained():
    alone = Autoencoder(1, max_epochs=1, random_state=0)
    found = compare_with_linear(alone, np.ones((12, 3)), np.arange(12) % 2)
    assert [row["explained_variance"] for row in found.rows] == [1.0, 1.0, None]
    assert found.verdict == "equal"
    assert [row["method"] for row in found.rows] == ["code", "pca", "mean"]


@pytest.mark.parametrize(
    ("n_splits", "said"),
    [
        (0, "n_splits must be a whole number of at least 1, or None; got 0."),
        (2.5, "n_splits must be a whole number of at least 1, or None; got 2.5."),
        (True, "n_splits must be a whole number of at least 1, or None; got True."),
        ("3", "n_splits must be a whole number of at least 1, or None; got '3'."),
    ],
)
def test_parts_that_cannot_be_are_refused(people, n_splits, said):
    with pytest.raises(ParameterError) as caught:
        compare_with_linear(Components(), people[0], n_splits=n_splits)
    assert str(caught.value) == said


@pytest.mark.parametrize(
    ("n_rows", "n_splits", "needed", "how"),
    [
        (4, None, 5, "each of 5 parts"),
        (5, 1, 6, "a fifth"),
        (3, 2, 4, "each of 2 parts"),
        (7, 8, 8, "each of 8 parts"),
    ],
)
def test_too_few_rows_are_refused(n_rows, n_splits, needed, how):
    X = np.random.default_rng(0).normal(size=(needed, 3))
    with pytest.raises(InputError) as caught:
        compare_with_linear(Components(1), X[:n_rows], n_splits=n_splits)
    assert str(caught.value) == (
        f"the array has {n_rows} row(s); to hold out {how} and learn from the others takes at least "
        f"{needed}. Give more rows."
    )
    assert compare_with_linear(Components(1), X, n_splits=n_splits).n_rows == needed


def test_what_has_no_code_is_refused(people):
    for given, said in (
        (
            AutoencoderDetector(),
            "got AutoencoderDetector, which gives no codes; pass an autoencoder, such as",
        ),
        (PCA(2), "got PCA, which gives no codes"),
        (Autoencoder, "got Autoencoder, which is a class, not an estimator; pass an autoencoder, such as"),
    ):
        with pytest.raises(ParameterError, match=said):
            compare_with_linear(given, people[0])


def test_targets_that_cannot_be_are_refused(people):
    X, age, group = people
    for y, supervision, said in (
        (age[1:], "auto", r"the target of the array has shape \(150,\); expected 151 entries, one a row"),
        (
            group,
            "regression",
            "the target of the array is text; expected numbers, as supervision='regression'",
        ),
        (np.repeat("a", 151), "auto", r"has 1 class\(es\) of two rows or more; expected at least two"),
        (np.r_[["b"], np.repeat("a", 150)], "auto", r"has 1 class\(es\) of two rows or more"),
        (np.c_[age, age], "classification", r"has shape \(151, 2\), but classes are one column"),
        (np.where(np.arange(151) < 3, age, np.nan), "auto", r"is known of 3 row\(s\); expected at least 4"),
        (
            np.where(np.arange(151) == 9, np.inf, age),
            "auto",
            "is infinite in row 9, counted from 0",
        ),
    ):
        with pytest.raises(InputError, match=said):
            compare_with_linear(Components(), X, y, supervision=supervision)
    with pytest.raises(ParameterError, match=r"supervision must be one of .* Did you mean 'regression'"):
        compare_with_linear(Components(), X, age, supervision="regresion")
    with pytest.raises(InputError, match="Autoencoder requires y to be passed"):
        compare_with_linear(Autoencoder(**QUICK, supervision_weight=1.0), X)


def test_parts_held_out_at_once_give_the_same():
    rows = np.random.default_rng(1).normal(size=(60, 5))
    told = []

    def found(**more):
        return compare_with_linear(Autoencoder(2, max_epochs=2, random_state=0), rows, rows[:, 0], **more)

    alone = found()
    at_once = found(n_jobs=2, progress=lambda done, of: told.append((done, of)))
    assert at_once.rows == alone.rows
    assert told == [(1, 5), (2, 5), (3, 5), (4, 5), (5, 5)]
