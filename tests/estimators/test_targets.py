"""What a guided code predicts, and what is said of a target that cannot be."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.linear_model import Ridge
from sklearn.model_selection import cross_val_score

import diabolo
from diabolo import Autoencoder
from diabolo.errors import InputError, ParameterError
from diabolo.estimators._targets import (
    are_the_rows,
    coding_of,
    encode_targets,
    known_targets,
    refuse_unlabeled,
)

RANDOM = np.random.default_rng(0)
X = RANDOM.uniform(size=(24, 4)).astype(np.float32)
QUICK = {"hidden_layer_sizes": (), "max_epochs": 2, "random_state": 0, "supervision_weight": 1.0}
ALL = np.arange(24)


def coding(y, supervision="auto", weights=None):
    return coding_of("A", y, 24, supervision, ALL, weights)


@pytest.mark.parametrize(
    ("y", "kind"),
    [
        (np.array(["b", "a", "c"] * 8), "classification"),
        (np.array(["b", "a", "c"] * 8, dtype=object), "classification"),
        (np.array([True, False] * 12), "classification"),
        (np.arange(24) % 20, "classification"),
        (np.arange(24), "regression"),
        (np.arange(24) / 2, "regression"),
        (np.array([0.0, 1.0] * 12), "classification"),
        (np.arange(24.0), "regression"),
        (np.array([0.0, 1.0] * 12, dtype=object), "classification"),
        (np.arange(24)[:, None] / 2, "regression"),
        (np.arange(24)[:, None] % 2, "classification"),
        (np.zeros((24, 2), int), "regression"),
        (list("ab" * 12), "classification"),
        (pd.Series(["x", "y"] * 12, dtype="category"), "classification"),
        (pd.Series([1, 2] * 12), "classification"),
    ],
)
def test_what_a_target_is_taken_for(y, kind):
    assert coding(y).kind == kind


def test_supervision_says_otherwise():
    assert coding(np.array([0.0, 1.0] * 12), "classification").classes.tolist() == [0.0, 1.0]
    assert coding(np.arange(24) % 2, "regression").kind == "regression"


def test_numbers_are_standardized_by_the_training_rows_and_their_weights():
    y = RANDOM.normal(3, 5, size=(24, 2))
    weights = RANDOM.uniform(size=24)
    found = coding_of("A", y, 24, "auto", ALL[:20], weights)
    offset = np.average(y[:20], axis=0, weights=weights[:20])
    variance = np.average((y[:20] - offset) ** 2, axis=0, weights=weights[:20])
    np.testing.assert_allclose(found.offset, offset)
    np.testing.assert_allclose(found.factor, variance**-0.5)
    np.testing.assert_allclose(encode_targets("A", y, 24, found), (y - offset) / variance**0.5, rtol=1e-5)
    assert coding(np.full(24, 3.5)).factor.tolist() == [1.0]


def test_what_is_missing_is_left_out_of_what_is_learned():
    y = RANDOM.normal(3, 5, size=(24, 2))
    gaps, weights = y.copy(), RANDOM.uniform(size=24)
    gaps[3, 0] = gaps[4, 1] = gaps[22] = np.nan
    known = known_targets("A", gaps, 24)
    assert np.flatnonzero(~known).tolist() == [3, 4, 22]
    found = coding_of("A", gaps, 24, "auto", ALL[:20], weights)
    own = np.setdiff1d(ALL[:20], [3, 4])
    np.testing.assert_allclose(found.offset, np.average(y[own], axis=0, weights=weights[own]))
    variance = np.average((y[own] - found.offset) ** 2, axis=0, weights=weights[own])
    np.testing.assert_allclose(found.factor, variance**-0.5)
    shares = np.where(known, 1.5, 0).astype(np.float32)
    encoded = encode_targets("A", gaps, 24, found, shares)
    expected = np.where(known[:, None], (y - found.offset) * found.factor, 0)
    np.testing.assert_allclose(encoded, np.column_stack([expected, shares]), rtol=1e-5)
    columns, is_known = found.parted(encoded)
    np.testing.assert_array_equal(columns, encoded[:, :2])
    np.testing.assert_array_equal(is_known, known)
    assert found.parted(encoded[:, :2])[1].all()


@pytest.mark.parametrize(
    "y",
    [
        ["b", None, "a", ""] * 6,
        np.array(["b", np.nan, "a", np.nan] * 6, object),
        pd.Series(["b", pd.NA, "a", pd.NA] * 6, dtype="string"),
        np.array(["b", " ", "a", ""] * 6),
    ],
)
def test_classes_are_those_of_known_rows(y):
    found, shares = coding(y), np.tile(np.array([2, 0], np.float32), 12)
    assert found.classes.tolist() == ["a", "b"]
    expected = np.tile([[1, 2], [0, 0], [0, 2], [0, 0]], (6, 1))
    np.testing.assert_array_equal(encode_targets("A", y, 24, found, shares), expected)
    # None known is none to be encoded, whatever stands for it.
    none = encode_targets("A", [None] * 24, 24, found, np.zeros(24, np.float32))
    assert not none.any()


def test_rows_without_any_known_number_are_encoded_as_nothing():
    found, nothing = coding(X[:, 0]), np.zeros(24, np.float32)
    for y in ([None] * 24, np.full(24, np.nan)):
        assert not encode_targets("A", y, 24, found, nothing).any()


def test_training_rows_without_a_target_are_refused():
    known = np.isin(ALL, [20, 21])
    refuse_unlabeled("A", known, ALL[15:])
    with pytest.raises(
        InputError, match=r"A: y is missing in all 15 rows seen and known in 2 others; .* or go"
    ):
        refuse_unlabeled("A", known, ALL[:15], which=" seen", instead="go")


def test_probabilities_are_a_softmax():
    from scipy.special import softmax

    logits = RANDOM.normal(size=(24, 3)).astype(np.float32) * 50
    found = coding(np.array(["b", "a", "c"] * 8))
    np.testing.assert_allclose(found.probabilities(logits), softmax(logits.astype(float), axis=1), rtol=1e-6)
    assert found.decoded(logits).tolist() == [list("abc")[i] for i in logits.argmax(axis=1)]


@pytest.mark.parametrize(
    ("y", "settings", "message"),
    [
        (None, {}, r"requires y to be passed, but the target y is None: .* or set supervision_weight=0."),
        (np.zeros(5), {}, r"y has shape \(5,\), expected \(24,\) or \(24, numbers\): one entry a row of X."),
        (np.zeros((24, 2, 2)), {}, r"y has shape \(24, 2, 2\), expected"),
        (3.0, {}, r"y has shape \(\), expected"),
        (np.where(np.arange(24) == 5, np.inf, 1.0), {}, "y is infinite in row 5; drop such rows first, or"),
        (
            np.array([1.5, None, np.inf] * 8, object),
            {},
            r"y is infinite in row 2; .* make y missing .NaN. wh",
        ),
        (np.array([[np.nan, np.inf]] * 24), {}, "y is infinite in row 0"),
        (["a", None, 1, None] * 6, {}, r"y mixes text .in 6 rows, first in row 0. and numbers .* row 2"),
        (["a", None] * 12, {}, "y has one class alone, 'a'; expected at least two."),
        (
            np.array(["a", 1] * 12, dtype=object),
            {},
            r"y mixes text \(in 12 rows, first in row 0\) and numbers \(in 12 rows, first in row 1\); make",
        ),
        (np.zeros(24, complex), {}, "Complex data not supported"),
        (["a"] * 24, {}, "y has one class alone, 'a'; expected at least two."),
        ([3] * 24, {}, "y has one class alone, 3; expected at least two. For numbers set supervision='regr"),
        ([0.0] * 24, {}, "y has one class alone, 0.0; expected at least two. For numbers set supervision="),
        (["a", "b"] * 12, {"supervision": "regression"}, "supervision='regression', but y is not numbers"),
        (["1.5", "2"] * 12, {"supervision": "regression"}, "supervision='regression', but y is not numbers"),
        (
            np.zeros((24, 2)),
            {"supervision": "classification"},
            r"y has shape \(24, 2\), but classes are one column; pass one, or set supervision='regression'",
        ),
    ],
)
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_targets_that_cannot_be(y, settings, message, method):
    with pytest.raises(InputError, match=message) as caught:
        getattr(Autoencoder(**{**QUICK, **settings}), method)(X, y)
    assert "Autoencoder" in str(caught.value)


@pytest.mark.parametrize(
    ("first", "then", "message"),
    [
        (list("ab" * 12), list("az" * 12), "y has class 'z' in row 1, which no row had in fit."),
        ([1, 2] * 12, [1, 5] * 12, "y has class 5 in row 1, which no row had in fit. For numbers set superv"),
        (list("ab" * 12), [1, 2] * 12, "y has class 1 in row 0, which no row had in fit."),
        (np.zeros((24, 2)) + X[:, :2], np.zeros(24), "y has 1 numbers a row, expected 2 as in fit."),
        (X[:, 0], list("ab" * 12), "y is not numbers .dtype <U1., but it was in fit; pass numbers."),
        (X[:, 0], None, "requires y to be passed"),
    ],
)
def test_targets_that_do_not_fit_the_first_ones(first, then, message):
    fitted = Autoencoder(**QUICK).partial_fit(X, first)
    with pytest.raises(InputError, match=message):
        fitted.partial_fit(X, then)


def test_held_out_rows_need_their_targets():
    with pytest.raises(InputError, match=r"X_validation came without y_validation, .*; pass both."):
        Autoencoder(**QUICK).fit(X, X[:, 0], X_validation=X)
    with pytest.raises(InputError, match=r"y has shape .3,., expected .24,."):
        Autoencoder(**QUICK).fit(X, X[:, 0], X_validation=X, y_validation=X[:3, 0])
    fitted = Autoencoder(**QUICK).fit(X, X[:, 0], X_validation=X[:6], y_validation=X[:6, 0])
    residual = (fitted.predict(X[:6]) - X[:6, 0]) * fitted.target_.factor
    assert fitted.history_["validation_supervised_loss"][-1] == pytest.approx(np.mean(residual**2), rel=1e-4)


@pytest.mark.parametrize(
    "y",
    [
        np.array(["no", "yes", "perhaps"] * 8),
        np.array([True, False] * 12),
        np.array([7, 3, 5] * 8),
        np.array([0.5, 1.5] * 12),
    ],
)
def test_classes_are_predicted_in_their_own_kind(y):
    kind = "classification" if y.dtype.kind == "f" else "auto"
    fitted = Autoencoder(supervision=kind, **QUICK).fit(X, y)
    assert np.array_equal(fitted.classes_, np.unique(y))
    assert fitted.classes_.dtype == fitted.predict(X).dtype == y.dtype
    shares = fitted.predict_proba(X)
    assert shares.shape == (24, len(np.unique(y)))
    np.testing.assert_allclose(shares.sum(axis=1), 1.0)
    assert np.array_equal(fitted.classes_[shares.argmax(axis=1)], fitted.predict(X))


def test_numbers_are_predicted_in_their_own_shape_and_units():
    y = np.column_stack([1000 + 50 * X[:, 0], X[:, 1] - X[:, 2]])
    settings = {**QUICK, "max_epochs": 300, "learning_rate": 0.02, "activation": "linear"}
    fitted = Autoencoder(3, **settings).fit(X, y)
    predicted = fitted.predict(X)
    assert predicted.shape == (24, 2)
    assert (np.abs(predicted - y).max(axis=0) < 0.2 * np.ptp(y, axis=0)).all()
    assert Autoencoder(**QUICK).fit(X, y[:, 0]).predict(X).shape == (24,)
    assert Autoencoder(**QUICK).fit(X, y[:, :1]).predict(X).shape == (24, 1)


def test_there_is_no_predicting_without_a_target():
    plain = Autoencoder(**{**QUICK, "supervision_weight": 0.0}).fit(X)
    for method in ("predict", "predict_proba"):
        assert not hasattr(plain, method)
        assert not hasattr(diabolo.SparseAutoencoder(), method)
        assert hasattr(Autoencoder(supervision_weight=0.1), method)
    assert not hasattr(plain, "classes_")
    with pytest.raises(AttributeError, match="Autoencoder has no classes_: no classes guided its code"):
        _ = plain.classes_
    assert not hasattr(Autoencoder(supervision_weight="x"), "predict")
    plain.supervision_weight = 1.0
    with pytest.raises(ParameterError, match="predict needs a head, but fit had supervision_weight=0; fit"):
        plain.predict(X)


def test_probabilities_are_for_classes():
    fitted = Autoencoder(**QUICK).fit(X, X[:, 0])
    with pytest.raises(ParameterError, match="predict_proba is for classes, but the target of fit is"):
        fitted.predict_proba(X)
    assert not hasattr(fitted, "classes_")


def test_a_fit_without_a_target_forgets_the_one_before():
    fitted = Autoencoder(**QUICK).fit(X, X[:, 0])
    fitted.set_params(supervision_weight=0.0).fit(X)
    assert not hasattr(fitted, "target_")
    assert not hasattr(fitted, "predict")


def test_supervision_keeps_in_the_code_what_the_reconstruction_would_drop():
    """Three strong factors fill a code of three; the target is along a fourth, a thirtieth as strong."""
    random = np.random.default_rng(1)
    strong, target = random.normal(size=(600, 3)), random.normal(size=600)
    directions = np.linalg.qr(random.normal(size=(12, 4)))[0].T
    rows = strong @ directions[:3] * 3 + 0.1 * target[:, None] * directions[3]
    rows = rows.astype(np.float32)
    settings = {"hidden_layer_sizes": (), "activation": "linear", "random_state": 0, "learning_rate": 0.01}

    def explained(weight):
        autoencoder = Autoencoder(3, supervision_weight=weight, max_epochs=60, **settings)
        codes = autoencoder.fit(rows[:400], target[:400]).transform(rows)
        return Ridge(alpha=1e-3).fit(codes[:400], target[:400]).score(codes[400:], target[400:])

    assert explained(0.0) < 0.2
    assert explained(10.0) > 0.6


@pytest.mark.parametrize("scoring", ["neg_mean_squared_error", "neg_mean_absolute_error", "r2"])
@pytest.mark.parametrize("as_frame", [False, True])
def test_scorers_of_scikit_learn_measure_rows_that_are_their_own_target(scoring, as_frame):
    random = np.random.default_rng(0)
    rows = random.normal(size=(60, 2)) @ random.normal(size=(2, 4))
    X = pd.DataFrame(rows, columns=list("abcd")) if as_frame else rows
    autoencoder = Autoencoder(1, max_epochs=1, random_state=0)
    found = cross_val_score(autoencoder, X, X, scoring=scoring, cv=2)
    expected = []
    for trained, asked in (rows[30:], rows[:30]), (rows[:30], rows[30:]):
        rebuilt = autoencoder.fit(trained).reconstruct(asked)
        left = asked - rebuilt
        ways = {
            "neg_mean_squared_error": -np.mean(left**2),
            "neg_mean_absolute_error": -np.mean(np.abs(left)),
            "r2": np.mean(1 - (left**2).sum(axis=0) / ((asked - asked.mean(axis=0)) ** 2).sum(axis=0)),
        }
        expected.append(ways[scoring])
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    if scoring == "neg_mean_squared_error":
        np.testing.assert_allclose(cross_val_score(autoencoder, X, cv=2), found, rtol=1e-6)


def test_rows_are_predicted_where_they_were_the_target_of_the_last_fit():
    X = np.random.default_rng(0).normal(size=(20, 3))
    autoencoder = Autoencoder(1, max_epochs=1, random_state=0)
    np.testing.assert_array_equal(autoencoder.fit(X, X).predict(X), autoencoder.reconstruct(X))
    assert not hasattr(autoencoder, "predict_proba")
    for y in (None, X[:, 0], X[:, :2], X + 1, X.tolist()):
        assert not hasattr(autoencoder.fit(X, y), "predict")
    guided = Autoencoder(1, max_epochs=1, random_state=0, supervision_weight=1.0).fit(X, X)
    assert not np.array_equal(guided.predict(X), guided.reconstruct(X))


@pytest.mark.parametrize(
    ("X", "y", "is_same"),
    [
        (np.array([[1.0, np.nan]]), np.array([[1.0, np.nan]]), True),
        (np.array([[1, 2]]), np.array([[1.0, 2.0]]), False),
        (np.array([[True]]), np.array([[True]]), True),
        (pd.DataFrame({"a": [1.0, None]}), pd.DataFrame({"a": [1.0, None]}), True),
        (pd.DataFrame({"a": [1.0]}), pd.DataFrame({"b": [1.0]}), False),
        (pl.DataFrame({"a": [1.0, None]}), pl.DataFrame({"a": [1.0, None]}), True),
        (pl.DataFrame({"a": [1.0]}), np.array([[1.0]]), False),
        ([[1.0]], [[1.0]], False),
        (None, None, False),
    ],
)
def test_whether_a_target_is_the_rows(X, y, is_same):
    assert are_the_rows(X, y) is is_same
    assert are_the_rows(X, X) is (X is not None)
