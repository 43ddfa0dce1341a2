"""Targets that are known in some rows alone: what these rows count, and what they do not change."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.decomposition import PCA
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV

import diabolo
from diabolo import Autoencoder, ConvolutionalAutoencoder
from diabolo.errors import InputError
from diabolo.estimators._labels import shares_of
from diabolo.estimators._preparation import prepared
from diabolo.training.epoch import TRACES

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(150, 3)) @ RANDOM.normal(size=(3, 6)) + 0.3 * RANDOM.normal(size=(150, 6)) + 5
TARGET = X @ [1, 0, -1, 0, 2, 0] + RANDOM.normal(size=150)
KNOWN = RANDOM.random(150) < 0.3
CLASSES = np.where(np.median(TARGET) < TARGET, "high", "low")
STILL = {"learning_rate": 1e-30, "max_epochs": 1, "random_state": 0, "supervision_weight": 1.0}
QUICK = {"max_epochs": 3, "random_state": 0, "supervision_weight": 1.0}


def partly(y, known=KNOWN):
    if np.asarray(y).dtype.kind == "U":
        return [entry if is_known else None for entry, is_known in zip(y, known, strict=True)]
    return np.where(known if np.ndim(y) == 1 else known[:, None], y, np.nan)


# Shares


@settings(max_examples=60)
@given(n_rows=st.integers(2, 60), seed=st.integers(0, 999), is_weighted=st.booleans())
def test_a_mean_over_all_rows_is_one_over_those_that_are_known(n_rows, seed, is_weighted):
    random = np.random.default_rng(seed)
    known, errors = random.random(n_rows) < 0.4, random.random(n_rows)
    weights = random.integers(0, 3, n_rows).astype(float) if is_weighted else None
    each = np.ones(n_rows) if weights is None else weights
    order = random.permutation(n_rows)
    parts = order[: n_rows // 2], order[n_rows // 2 :]
    shares = shares_of(known, weights, *((part, part) for part in parts))
    assert not shares[~known].any()
    for part in parts:
        of_known = part[known[part]]
        if each[of_known].sum() > 0:
            mean = np.average(shares[part] * errors[part], weights=each[part])
            assert mean == pytest.approx(np.average(errors[of_known], weights=each[of_known]), rel=1e-5)
        else:
            assert not shares[part].any()


def test_rows_of_several_folds_have_one_mean():
    known = np.array([True, False, False, False, True, True])
    first, second, all_rows = np.arange(3), np.arange(3, 6), np.arange(6)
    np.testing.assert_array_equal(shares_of(known, None, (first, all_rows)), [2, 0, 0, 0, 0, 0])
    np.testing.assert_array_equal(shares_of(known, None, (second, all_rows)), [0, 0, 0, 0, 2, 2])


# The loss


@pytest.mark.parametrize("is_weighted", [False, True])
def test_the_supervised_loss_is_the_mean_over_known_rows(is_weighted):
    weights = RANDOM.integers(0, 4, 150).astype(float) if is_weighted else None
    fitted = Autoencoder(2, batch_size=16, **STILL).fit(X, partly(TARGET), weights)
    own = None if weights is None else weights[KNOWN]
    offset = np.average(TARGET[KNOWN], weights=own)
    variance = np.average((TARGET[KNOWN] - offset) ** 2, weights=own)
    np.testing.assert_allclose(fitted.target_.offset, [offset])
    np.testing.assert_allclose(fitted.target_.factor, [variance**-0.5])
    errors = (fitted.predict(X) - TARGET)[KNOWN] ** 2 / variance
    assert fitted.history_["supervised_loss"][0] == pytest.approx(np.average(errors, weights=own), rel=1e-4)
    rebuilt = np.mean((fitted.reconstruct(X) - X) ** 2, axis=1) * fitted.scaler_.factor[0] ** 2
    expected = np.average(rebuilt, weights=weights)
    assert fitted.history_["reconstruction_loss"][0] == pytest.approx(expected, rel=1e-4)
    assert fitted.n_labeled_rows_ == KNOWN.sum()


def test_the_supervised_loss_of_classes_is_the_mean_over_known_rows():
    fitted = Autoencoder(2, **STILL).fit(X, partly(CLASSES))
    chances = fitted.predict_proba(X)[np.arange(150), (CLASSES == "low").astype(int)]
    expected = -np.log(chances[KNOWN]).mean()
    assert fitted.history_["supervised_loss"][0] == pytest.approx(expected, rel=1e-4)
    assert fitted.classes_.tolist() == ["high", "low"]


@pytest.mark.parametrize("known_held", [np.ones(50, bool), np.arange(50) % 3 == 0], ids=["all", "some"])
def test_rows_to_measure_have_a_mean_of_their_own(known_held):
    held, y = X[100:], TARGET[100:]
    fitted = Autoencoder(2, **STILL).fit(
        X[:100], partly(TARGET, KNOWN)[:100], X_validation=held, y_validation=partly(y, known_held)
    )
    errors = (fitted.predict(held) - y)[known_held] ** 2 * fitted.target_.factor[0] ** 2
    assert fitted.history_["validation_supervised_loss"][0] == pytest.approx(errors.mean(), rel=1e-4)
    known = KNOWN[:100]
    errors = (fitted.predict(X[:100]) - TARGET[:100])[known] ** 2 * fitted.target_.factor[0] ** 2
    assert fitted.history_["supervised_loss"][0] == pytest.approx(errors.mean(), rel=1e-4)


@pytest.mark.parametrize("batch_size", [32, 500])
def test_a_row_held_out_by_chance_counts_among_those_held_out(batch_size):
    estimator = Autoencoder(2, validation_fraction=0.3, batch_size=batch_size, **STILL)
    held = prepared(estimator, X, partly(TARGET), None).validation.chosen
    fitted = estimator.fit(X, partly(TARGET))
    errors = (fitted.predict(X) - TARGET) ** 2 * fitted.target_.factor[0] ** 2
    own = held[KNOWN[held]]
    assert fitted.history_["validation_supervised_loss"][0] == pytest.approx(errors[own].mean(), rel=1e-4)
    others = np.setdiff1d(np.flatnonzero(KNOWN), held)
    assert fitted.history_["supervised_loss"][0] == pytest.approx(errors[others].mean(), rel=1e-4)


def test_held_out_rows_without_a_known_target_lose_nothing_by_it():
    estimator = Autoencoder(2, validation_fraction=0.3, **STILL)
    held = prepared(estimator, X, TARGET, None).validation.chosen
    known = ~np.isin(np.arange(150), held)
    fitted = estimator.fit(X, partly(TARGET, known))
    assert fitted.history_["validation_supervised_loss"] == [0.0]


def test_the_held_back_rows_of_all_folds_have_one_mean():
    preparation = prepared(Autoencoder(2, random_state=0, supervision_weight=1.0), X, partly(TARGET), None)
    target, held = preparation.training.table.targets, preparation.validation.chosen
    np.testing.assert_allclose(target[held, 1], KNOWN[held] * 150 / KNOWN.sum(), rtol=1e-6)
    own = preparation.training.chosen
    np.testing.assert_allclose(target[own, 1], KNOWN[own] * len(own) / KNOWN[own].sum(), rtol=1e-6)


# The start


@pytest.mark.parametrize("settings", [{}, {"tied_weights": True}, {"hidden_layer_sizes": ()}], ids=str)
def test_the_head_starts_at_the_ridge_of_labeled_rows_and_the_code_at_all_rows(settings):
    y = X @ [1.0, 2, 0, 0, -1, 0] + 3  # of which a ridge of next to no strength is the best
    fitted = Autoencoder(6, **settings, **STILL).fit(X, partly(y))
    expected = LinearRegression().fit(X[KNOWN], y[KNOWN]).predict(X)
    np.testing.assert_allclose(fitted.predict(X), expected, atol=2e-3 * y.std())
    if settings.get("tied_weights"):
        few = Autoencoder(2, **settings, **STILL).fit(X, partly(y))
        pca = PCA(2).fit(X)
        expected = pca.inverse_transform(pca.transform(X))
        np.testing.assert_allclose(few.reconstruct(X), expected, atol=2e-3)


def test_other_unlabeled_rows_change_what_is_rebuilt_and_not_the_ridge():
    y = X @ [1.0, 2, 0, 0, -1, 0] + 3
    others = X.copy()
    others[~KNOWN] = others[~KNOWN][:, ::-1]
    one, other = (Autoencoder(6, **STILL).fit(rows, partly(y)) for rows in (X, others))
    np.testing.assert_allclose(one.predict(X), other.predict(X), atol=4e-3 * y.std())
    few, few_others = (Autoencoder(2, **STILL).fit(rows, partly(y)) for rows in (X, others))
    assert np.abs(few.reconstruct(X) - few_others.reconstruct(X)).max() > 0.1


def test_a_weight_is_a_repetition_of_labeled_and_of_unlabeled_rows():
    weights = RANDOM.integers(0, 3, 150)
    fitted = Autoencoder(2, batch_size=1000, **QUICK).fit(X, partly(TARGET), weights)
    again = np.repeat(np.arange(150), weights)
    repeated = Autoencoder(2, batch_size=1000, **QUICK).fit(X[again], partly(TARGET)[again])
    # Rows are parted at random to validate the ridge, and others are repeated rows.
    assert np.corrcoef(fitted.predict(X), repeated.predict(X))[0, 1] > 0.999
    assert fitted.history_["reconstruction_loss"][0] == pytest.approx(
        repeated.history_["reconstruction_loss"][0], rel=0.02
    )


def test_equal_rows_are_merged_as_far_as_their_labels_are_known():
    rows, y = np.repeat(X[:20], 3, axis=0), np.repeat(TARGET[:20], 3)
    known = np.arange(60) % 3 != 0
    preparation = prepared(Autoencoder(2, batch_size=100, **STILL), rows, partly(y, known), None).merged()
    training = preparation.training
    assert len(training.chosen) == 40
    assert sorted(training.sample_weight[training.chosen].tolist()) == [1.0] * 20 + [2.0] * 20
    shares = training.table.targets[training.chosen, 1]
    np.testing.assert_allclose(shares, np.where(known[training.chosen], 1.5, 0))


# Whoever trains


@pytest.mark.parametrize("y", [TARGET, CLASSES, np.column_stack([TARGET, X[:, 0]])], ids=["1", "text", "2"])
@pytest.mark.parametrize(
    "estimator",
    [
        Autoencoder(2, **QUICK),
        Autoencoder(2, pretrain="layerwise", pretrain_epochs=1, hidden_layer_sizes=(5, 4), **QUICK),
        Autoencoder(2, early_stopping=True, **QUICK),
        Autoencoder(2, noise=0.1, missing="mask", **QUICK),
        Autoencoder(5, bottleneck="topk", bottleneck_params={"k": 2}, **QUICK),
        Autoencoder(4, penalty={"l1_sparsity": 1e-3, "contractive": 1e-3}, **QUICK),
        Autoencoder(2, bottleneck="gaussian", **QUICK),
        ConvolutionalAutoencoder(2, filters=(2,), image_shape=(2, 3), **QUICK),
    ],
    ids=["dense", "pretrained", "stopped early", "denoising", "top-k", "penalties", "Gaussian", "images"],
)
def test_every_autoencoder_learns_from_few_labels(estimator, y):
    fitted = estimator.fit(X, partly(y))
    assert fitted.n_labeled_rows_ == KNOWN.sum()
    assert np.isfinite([value for name, column in fitted.history_.items() for value in column]).all()
    assert fitted.predict(X).shape == y.shape
    if hasattr(fitted, "feature_importances_"):
        assert np.isfinite(fitted.feature_importances_).all()


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("n_known", [1, 2, 3, 8])
def test_very_few_labels_are_enough(n_known):
    known = np.isin(np.arange(150), RANDOM.choice(150, n_known, replace=False))
    fitted = Autoencoder(2, random_state=0, supervision_weight=1.0).fit(X, partly(TARGET, known))
    assert np.isfinite(fitted.predict(X)).all()
    assert np.isfinite(fitted.history_["supervised_loss"]).all()
    assert np.isfinite(fitted.start_loss_)


def test_few_labels_of_few_rows_of_many_features():
    wide = RANDOM.normal(size=(60, 300))
    y = wide[:, 0] + wide[:, 1]
    wide[:, 2:8] += y[:, None]
    known = np.arange(60) % 3 == 0
    for more in ({}, {"max_epochs": 2, "validation_fraction": 0.2}):
        fitted = Autoencoder(2, supervision_weight=1.0, random_state=0, **more).fit(wide, partly(y, known))
        assert fitted.trained_on_ == "scores"
        assert np.corrcoef(fitted.predict(wide)[~known], y[~known])[0, 1] > 0.7


def test_where_the_target_lies_in_a_file_does_not_matter(tmp_path):
    frame = pd.DataFrame(X, columns=list("abcdef")).assign(age=partly(TARGET), kind=partly(CLASSES))
    frame.to_csv(tmp_path / "t.csv", index=False)
    for column in ("age", "kind"):
        other = "kind" if column == "age" else "age"
        source = diabolo.open(tmp_path / "t.csv", target=column, keep_columns=[other])
        y = partly(TARGET if column == "age" else CLASSES)
        expected = Autoencoder(2, **QUICK).fit(X, y)
        np.testing.assert_array_equal(
            Autoencoder(2, **QUICK).fit(source).predict(source), expected.predict(X)
        )


def test_whole_numbers_with_gaps_are_classes_by_their_values():
    y = pd.Series(RANDOM.integers(0, 3, 150)).where(KNOWN)
    assert Autoencoder(2, **QUICK).fit(X, y).classes_.tolist() == [0.0, 1.0, 2.0]
    assert Autoencoder(2, **QUICK).fit(X, y.astype("Int64")).classes_.tolist() == [0, 1, 2]


def test_a_number_that_is_missing_leaves_its_row_unlabeled():
    y = np.column_stack([TARGET, X[:, 0]])
    y[3, 0] = y[7, 1] = np.nan
    fitted = Autoencoder(2, **STILL).fit(X, y)
    assert fitted.n_labeled_rows_ == 148
    kept = np.delete(y, [3, 7], axis=0)
    np.testing.assert_allclose(fitted.target_.offset, kept.mean(axis=0))


def test_it_is_searched_like_any_other():
    search = GridSearchCV(Autoencoder(2, **QUICK), {"n_components": [1, 3]}, cv=3)
    assert search.fit(X, partly(TARGET)).best_params_ == {"n_components": 3}


# partial_fit


def test_partial_fit_takes_rows_without_labels_once_it_knows_the_target():
    fitted = Autoencoder(2, learning_rate=1e-3, random_state=0, supervision_weight=1.0)
    fitted.partial_fit(X, TARGET).partial_fit(X, TARGET)
    assert fitted.n_labeled_rows_ == 150
    fitted.partial_fit(X[:100], partly(TARGET)[:100])
    assert fitted.n_labeled_rows_ == KNOWN[:100].sum()
    assert fitted.n_epochs_ == 3
    before = np.array(fitted.network_.head.weight)
    fitted.partial_fit(X, np.full(150, np.nan))
    assert fitted.history_["supervised_loss"][-1] == 0.0
    assert fitted.n_labeled_rows_ == 0
    # Of momentum the head goes on a little way.
    assert np.abs(np.array(fitted.network_.head.weight) - before).max() < 5e-3
    fitted.partial_fit(X, TARGET)
    assert fitted.n_labeled_rows_ == 150


def test_the_first_gap_alone_compiles_anew():
    fitted = Autoencoder(2, hidden_layer_sizes=(7,), random_state=0, supervision_weight=1.0)
    fitted.partial_fit(X, TARGET)
    fitted.partial_fit(X, partly(TARGET))
    TRACES.clear()
    for y in (TARGET, np.full(150, np.nan), partly(TARGET)):
        fitted.partial_fit(X, y)
    assert TRACES == {}


def test_a_call_counts_by_its_own_rows():
    fitted = Autoencoder(2, learning_rate=1e-30, random_state=0, supervision_weight=1.0).partial_fit(
        X, TARGET
    )
    fitted.partial_fit(X, partly(TARGET))
    errors = (fitted.predict(X) - TARGET)[KNOWN] ** 2 * fitted.target_.factor[0] ** 2
    assert fitted.history_["supervised_loss"][-1] == pytest.approx(errors.mean(), rel=1e-4)


# What is refused, and what is said


@pytest.mark.parametrize(
    ("y", "weights", "message"),
    [
        (np.full(150, np.nan), None, "Autoencoder: y is missing in all 150 rows; expected a known target in"),
        ([None] * 150, None, "y is missing in all 150 rows; .* Label some, or train without a target: set "),
        (
            partly(TARGET),
            (~KNOWN).astype(float),
            r"y is missing in all \d+ rows of a weight above 0 and known in \d+ others; expected",
        ),
        (np.where(KNOWN, np.where(np.arange(150) % 2, TARGET, np.inf), np.nan), None, "y is infinite in row"),
    ],
)
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_what_labels_cannot_be(y, weights, message, method):
    with pytest.raises(InputError, match=message):
        getattr(Autoencoder(2, **QUICK), method)(X, y, weights)


def test_rows_to_train_on_need_a_label():
    estimator = Autoencoder(2, validation_fraction=0.3, **STILL)
    held = prepared(estimator, X, TARGET, None).validation.chosen
    message = r"y is missing in all 105 rows that are trained on and known in 45 others; .* or hold out other"
    with pytest.raises(InputError, match=message):
        estimator.fit(X, partly(TARGET, np.isin(np.arange(150), held)))


def test_rows_to_measure_need_a_label():
    message = (
        r"y_validation is missing in all 50 rows; .* Label some, or leave X_validation and y_validation out"
    )
    with pytest.raises(InputError, match=message):
        Autoencoder(2, **QUICK).fit(X, TARGET, X_validation=X[:50], y_validation=np.full(50, np.nan))


def test_it_says_how_many_rows_are_labeled(capsys):
    fitted = Autoencoder(2, verbose=1, **STILL).fit(X, partly(TARGET))
    assert f"labeled: {KNOWN.sum()} of 150 rows\n" in capsys.readouterr().out
    assert fitted.summary().splitlines()[-1] == f"guided by the target of {KNOWN.sum()} rows"
    Autoencoder(2, verbose=1, **STILL).fit(X, TARGET)
    assert "labeled" not in capsys.readouterr().out
    fitted.set_params(supervision_weight=0.0).fit(X)
    assert not hasattr(fitted, "n_labeled_rows_")
