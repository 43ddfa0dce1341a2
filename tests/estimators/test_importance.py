import pickle
import warnings

import numpy as np
import pytest
from sklearn.feature_selection import SelectFromModel

import diabolo
from diabolo import Autoencoder, ConvolutionalAutoencoder
from diabolo.data.array_source import ArraySource
from diabolo.data.checked_source import CheckedSource
from diabolo.data.scaling import Scaler
from diabolo.estimators import _importance
from diabolo.estimators._importance import importance_sample
from diabolo.estimators._rows import ScaledRows, TablePart

SMALL = {
    "n_components": 2,
    "hidden_layer_sizes": (4,),
    "activation": "tanh",
    "max_epochs": 5,
    "random_state": 0,
}


def by_finite_differences(answer, X, step=1e-2):
    """Root mean squares of central differences, times the columns' standard deviations, as shares."""
    strength = np.empty(X.shape[1])
    for column in range(X.shape[1]):
        move = np.zeros(X.shape[1])
        move[column] = step * X[:, column].std()
        slopes = (answer(X + move) - answer(X - move)).reshape(len(X), -1) / (2 * move[column])
        strength[column] = np.sqrt((slopes.astype(float) ** 2).sum(axis=1).mean()) * X[:, column].std()
    return strength / strength.sum()


def test_of_one_linear_layer_it_is_the_length_of_the_weights_times_the_spread(rows):
    model = Autoencoder(3, hidden_layer_sizes=(), activation="linear", max_epochs=2, random_state=0).fit(rows)
    expected = np.linalg.norm(np.asarray(model.network_.encoder[0].weight), axis=1) * rows.std(axis=0)
    np.testing.assert_allclose(model.feature_importances_, expected / expected.sum(), rtol=1e-5)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"scale": "standard"},
        {"scale": "minmax", "hidden_layer_sizes": (5, 4)},
        {"bottleneck": "gaussian"},
        {"tied_weights": True, "code_activation": "sigmoid"},
        {"hidden_layer_sizes": (), "code_activation": "tanh"},
    ],
)
def test_it_is_how_the_code_answers_by_finite_differences(rows, settings):
    X = rows.astype(float) * [1, 5, 1, 0.2, 1, 3]
    model = Autoencoder(**{**SMALL, **settings}).fit(X)
    np.testing.assert_allclose(
        model.feature_importances_, by_finite_differences(model.transform, X), rtol=2e-3
    )
    assert model.feature_importances_.sum() == pytest.approx(1)


def test_of_a_guided_code_it_is_how_the_prediction_answers(rows):
    X = rows.astype(float)
    model = Autoencoder(**SMALL, supervision_weight=1.0).fit(X, X[:, 0] * 3 + X[:, 1])
    expected = by_finite_differences(model.predict, X)
    np.testing.assert_allclose(model.feature_importances_, expected, rtol=2e-3)
    assert abs(by_finite_differences(model.transform, X) - expected).max() > 0.01


def test_of_classes_logits_count_as_they_differ(rows):
    X = rows.astype(float)
    model = Autoencoder(**SMALL, supervision_weight=1.0).fit(X, np.digitize(X[:, 0], [-1, 1]))

    def centered(given):
        logits = np.log(model.predict_proba(given))
        return logits - logits.mean(axis=1, keepdims=True)

    np.testing.assert_allclose(model.feature_importances_, by_finite_differences(centered, X), rtol=2e-3)


def test_a_target_in_the_code_moves_its_features_up():
    X = np.random.default_rng(0).normal(size=(400, 12)).astype(np.float32)
    settings = {**SMALL, "max_epochs": 60}
    guided = Autoencoder(**settings, supervision_weight=20.0).fit(X, X[:, 7])
    assert np.argmax(guided.feature_importances_) == 7
    assert guided.feature_importances_[7] > 3 * Autoencoder(**settings).fit(X).feature_importances_[7]


def test_a_constant_feature_does_not_matter_and_shares_of_nothing_are_zeros(rows):
    X = rows.copy()
    X[:, 2] = 4.0
    assert Autoencoder(**SMALL).fit(X).feature_importances_[2] == 0
    assert Autoencoder(**SMALL).fit(np.ones((5, 3))).feature_importances_.tolist() == [0, 0, 0]


def test_many_rows_are_sampled_evenly_from_those_trained_on(digits):
    X = digits[0]
    model = Autoencoder(**SMALL).fit(X)
    even = np.linspace(0, len(X) - 1, 256).astype(int)
    assert model._importance_sample.sums.shape == (256, 4)
    first = model.network_.encoder[0].weight
    np.testing.assert_allclose(model._importance_sample.sums, X[even] @ np.asarray(first), atol=1e-4)
    np.testing.assert_allclose(model._importance_sample.spread, X.std(axis=0, dtype=float), rtol=1e-6)
    weights = np.r_[np.ones(100), np.zeros(len(X) - 100)]
    weighed = Autoencoder(**SMALL).fit(X, sample_weight=weights)
    np.testing.assert_array_equal(
        weighed.feature_importances_, Autoencoder(**SMALL).fit(X[:100]).feature_importances_
    )


def test_of_a_wide_table_fewer_rows_are_sampled(digits, monkeypatch):
    monkeypatch.setattr(_importance, "_MOST_CELLS", 64 * 100)
    X = digits[0]
    assert Autoencoder(**SMALL).fit(X)._importance_sample.sums.shape == (100, 4)
    monkeypatch.setattr(_importance, "_MOST_CELLS", 1)
    assert Autoencoder(**SMALL).fit(X)._importance_sample.sums.shape == (64, 4)


def test_all_rows_trained_on_tell_the_spread(rows):
    X = np.tile(rows, (6, 1)) + np.random.default_rng(0).normal(size=(360, 6)).astype(np.float32)
    model = Autoencoder(**SMALL).fit(ArraySource(X))
    np.testing.assert_allclose(model._importance_sample.spread, X.std(axis=0), rtol=1e-5)
    np.testing.assert_array_equal(
        model.feature_importances_, Autoencoder(**SMALL).fit(X).feature_importances_
    )


@pytest.mark.parametrize("missing", ["mean", "mask"])
def test_missing_cells_are_taken_for_their_mean(rows, missing):
    X = rows.copy()
    X[::5, 1] = np.nan
    model = Autoencoder(**SMALL, missing=missing).fit(X)
    filled = np.where(np.isnan(X), np.nanmean(X, axis=0), X)
    first = np.asarray(model.network_.encoder[0].weight)
    np.testing.assert_allclose(model._importance_sample.sums, filled @ first, atol=1e-4)
    assert np.isfinite(model.feature_importances_).all()


def test_partial_fit_keeps_it_up_to_date(rows):
    model = Autoencoder(**SMALL).partial_fit(rows[:30]).partial_fit(rows[30:])
    X = rows[30:].astype(float)
    expected = by_finite_differences(model.transform, X)
    np.testing.assert_allclose(model.feature_importances_, expected, rtol=2e-3)
    spread = model._importance_sample.spread
    model.partial_fit(rows[:1])
    np.testing.assert_array_equal(model._importance_sample.spread, spread)
    assert model._importance_sample.sums.shape == (1, 4)
    assert model.feature_importances_.sum() == pytest.approx(1)


def test_scikit_learn_selects_by_it_and_a_pickle_keeps_it(rows):
    model = Autoencoder(**SMALL).fit(rows)
    chosen = SelectFromModel(model, prefit=True, max_features=2, threshold=-np.inf).transform(rows)
    best = np.sort(np.argsort(model.feature_importances_)[-2:])
    np.testing.assert_array_equal(chosen, rows[:, best])
    np.testing.assert_array_equal(
        pickle.loads(pickle.dumps(model)).feature_importances_, model.feature_importances_
    )


def test_sums_that_float32_cannot_hold_leave_none():
    model = Autoencoder(**SMALL).fit(np.eye(4))
    X = np.full((3, 4), 3e38, np.float32) * np.array([[1], [-1], [1]], np.float32)
    table = ScaledRows(
        CheckedSource(ArraySource(X), "Autoencoder", False), Scaler(None, np.zeros(4), np.ones(4))
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert importance_sample(model.network_.network, TablePart(table, np.arange(3))) is None


def test_what_has_none_says_so(digits):
    assert not hasattr(Autoencoder(), "feature_importances_")
    images = digits[0][:20].reshape(-1, 8, 8)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", diabolo.errors.OvercompleteWarning)
        convolutional = ConvolutionalAutoencoder(filters=(2,), max_epochs=1, random_state=0).fit(images)
    assert not hasattr(convolutional, "feature_importances_")
    with pytest.raises(AttributeError) as caught:
        _ = convolutional.feature_importances_
    assert str(caught.value) == (
        "ConvolutionalAutoencoder has no feature_importances_: they are of dense layers, and its network is "
        "a ConvolutionalNetwork."
    )
    old = Autoencoder(**SMALL).fit(np.eye(4))
    old._importance_sample = None
    assert not hasattr(old, "feature_importances_")
    with pytest.raises(
        AttributeError, match=r"This Autoencoder has no feature_importances_: .* fit it again"
    ):
        _ = old.feature_importances_
