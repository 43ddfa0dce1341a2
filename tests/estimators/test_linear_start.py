"""Before its first step a network gives the linear answer: scikit-learn's, on the same rows."""

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.preprocessing import StandardScaler

from diabolo import Autoencoder, DenoisingAutoencoder
from diabolo.estimators import _linear_start
from diabolo.estimators._preparation import prepared

STILL = {"learning_rate": 1e-30, "max_epochs": 1, "random_state": 0}
RANDOM = np.random.default_rng(0)
X = (RANDOM.normal(size=(300, 5)) @ RANDOM.normal(size=(5, 9)) + 0.3 * RANDOM.normal(size=(300, 9))) * [
    1, 2, 3, 1, 1, 1, 1, 20, 1
] + 40  # fmt: skip
SEEN, NEW = X[:200], X[200:]


def rebuilt_by_pca(seen, new, n_components=3):
    pca = PCA(n_components, svd_solver="full").fit(seen)
    return pca.inverse_transform(pca.transform(new))


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"activation": "leaky_relu"},
        {"activation": "gelu"},
        {"activation": "softplus"},
        {"activation": "linear"},
        {"hidden_layer_sizes": ()},
        {"hidden_layer_sizes": (20, 10, 6)},
        {"tied_weights": True},
        {"tied_weights": True, "activation": "softplus", "hidden_layer_sizes": (16, 8)},
        {"scale": None},
        {"scale": "center"},
        {"optimizer": "sgd"},
        {"loss": "huber"},
    ],
    ids=str,
)
def test_it_is_principal_components(settings):
    fitted = Autoencoder(3, **settings, **STILL).fit(SEEN)
    np.testing.assert_allclose(fitted.reconstruct(NEW), rebuilt_by_pca(SEEN, NEW), rtol=2e-5, atol=2e-3)
    if not settings.get("tied_weights"):
        np.testing.assert_allclose(fitted.transform(SEEN).std(axis=0), 1, rtol=1e-4)


def test_the_loss_is_that_of_principal_components():
    fitted = Autoencoder(3, **STILL).fit(SEEN)
    expected = np.mean((rebuilt_by_pca(SEEN, SEEN) - SEEN) ** 2) / SEEN.var(axis=0).mean()
    assert fitted.history_["loss"][0] == pytest.approx(expected, rel=1e-5)


def test_of_scaled_columns_it_is_theirs():
    scaler = StandardScaler().fit(SEEN)
    fitted = Autoencoder(3, scale="standard", **STILL).fit(SEEN)
    expected = scaler.inverse_transform(rebuilt_by_pca(scaler.transform(SEEN), scaler.transform(NEW)))
    np.testing.assert_allclose(fitted.reconstruct(NEW), expected, rtol=2e-5, atol=2e-3)


def test_weights_count_as_repetition():
    weights = RANDOM.integers(0, 4, 200)
    fitted = Autoencoder(3, **STILL).fit(SEEN, sample_weight=weights)
    expected = rebuilt_by_pca(np.repeat(SEEN, weights, axis=0), NEW)
    np.testing.assert_allclose(fitted.reconstruct(NEW), expected, rtol=2e-5, atol=2e-3)


@pytest.mark.parametrize("missing", ["mean", "mask"])
def test_missing_cells_are_at_their_mean(missing):
    rows = SEEN.copy()
    rows[::7, 2] = np.nan
    filled = np.where(np.isnan(rows), np.nanmean(rows, axis=0), rows)
    fitted = Autoencoder(3, missing=missing, **STILL).fit(rows)
    np.testing.assert_allclose(fitted.reconstruct(NEW), rebuilt_by_pca(filled, NEW), rtol=2e-5, atol=2e-3)


def test_a_curved_output_begins_about_the_mean():
    rows = 1 / (1 + np.exp(-0.1 * (SEEN - SEEN.mean(axis=0)) / SEEN.std(axis=0)))
    for settings in ({"loss": "binary_cross_entropy"}, {"output_activation": "sigmoid"}):
        fitted = Autoencoder(3, **settings, **STILL).fit(rows)
        assert fitted.scaler_.kind is None
        np.testing.assert_allclose(fitted.reconstruct(rows), rebuilt_by_pca(rows, rows), atol=2e-3)


def test_a_code_wider_than_the_rows_allow_starts_with_what_there_is():
    few = SEEN[:4]
    fitted = Autoencoder(8, **STILL).fit(few)
    np.testing.assert_allclose(fitted.reconstruct(few), few, rtol=1e-4)
    one = Autoencoder(2, **STILL).partial_fit(few[:1])
    np.testing.assert_allclose(one.reconstruct(few[:1]), few[:1], rtol=1e-4)


def test_the_first_rows_of_partial_fit_are_where_it_starts():
    fitted = Autoencoder(3, learning_rate=1e-30, random_state=0).partial_fit(SEEN)
    np.testing.assert_allclose(fitted.reconstruct(NEW), rebuilt_by_pca(SEEN, NEW), rtol=2e-5, atol=2e-3)


def test_noise_leaves_the_start_alone():
    fitted = DenoisingAutoencoder(3, **STILL).fit(SEEN)
    np.testing.assert_allclose(fitted.reconstruct(NEW), rebuilt_by_pca(SEEN, NEW), rtol=2e-5, atol=2e-3)


def test_blocks_make_the_same_start(monkeypatch):
    whole = Autoencoder(3, **STILL).fit(SEEN).reconstruct(NEW)
    monkeypatch.setattr(_linear_start, "_BLOCK_CELLS", 9 * 13)
    np.testing.assert_allclose(Autoencoder(3, **STILL).fit(SEEN).reconstruct(NEW), whole, rtol=1e-6)


# Guided


def numbers(rows, seed=1):
    return (rows - 40) @ [0, 0, 0, 1, -1, 0, 1, 0, 0] + np.random.default_rng(seed).normal(size=len(rows))


def test_a_guided_code_predicts_as_well_as_a_ridge():
    y, held = numbers(SEEN), numbers(NEW, 2)
    fitted = Autoencoder(3, supervision_weight=1.0, **STILL).fit(SEEN, y)
    ridge = RidgeCV(np.logspace(-6, 4, 30)).fit(SEEN, y).predict(NEW)
    own, peer = (np.mean((one - held) ** 2) for one in (fitted.predict(NEW), ridge))
    assert own < 1.1 * peer
    # Principal components, of which none is the target's, leave much more.
    codes = PCA(3).fit(SEEN)
    plain = RidgeCV().fit(codes.transform(SEEN), y).predict(codes.transform(NEW))
    assert own < 0.5 * np.mean((plain - held) ** 2)


def test_the_head_is_least_squares_on_the_code():
    y = numbers(SEEN)
    for settings in ({}, {"tied_weights": True}):
        fitted = Autoencoder(3, supervision_weight=1.0, **settings, **STILL).fit(SEEN, y)
        codes = np.column_stack([fitted.transform(SEEN), np.ones(len(SEEN))])
        least = np.linalg.lstsq(codes, y, rcond=None)[0]
        assert np.mean((fitted.predict(SEEN) - y) ** 2) < 1.02 * np.mean((codes @ least - y) ** 2)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_guided_code_tells_classes_apart(n_classes):
    level = numbers(X)
    y = np.array(["a", "b", "c"])[np.digitize(level, np.quantile(level, np.arange(1, n_classes) / n_classes))]
    fitted = Autoencoder(3, supervision_weight=1.0, **STILL).fit(SEEN, y[:200])
    peer = LogisticRegression(max_iter=5000).fit(StandardScaler().fit_transform(SEEN), y[:200])
    accuracy = peer.score(StandardScaler().fit(SEEN).transform(NEW), y[200:])
    assert np.mean(fitted.predict(NEW) == y[200:]) > accuracy - 0.1
    assert accuracy > 0.8
    assert fitted.predict_proba(NEW).shape == (100, n_classes)


def test_several_targets_are_predicted_at_once():
    Y = np.column_stack([numbers(SEEN), SEEN[:, 0] - SEEN[:, 1]])
    fitted = Autoencoder(4, supervision_weight=1.0, **STILL).fit(SEEN, Y)
    left = np.mean((fitted.predict(SEEN) - Y) ** 2, axis=0) / Y.var(axis=0)
    assert (left < 0.1).all()


def test_a_low_weight_guides_where_that_costs_little():
    y = numbers(SEEN)
    errors = [
        np.mean((Autoencoder(5, supervision_weight=w, **STILL).fit(SEEN, y).predict(SEEN) - y) ** 2)
        for w in (0.01, 1.0)
    ]
    assert errors[0] < 1.1 * errors[1]


def test_of_many_features_leading_axes_stand_for_them(monkeypatch):
    y = numbers(SEEN)
    whole = Autoencoder(3, supervision_weight=1.0, **STILL).fit(SEEN, y).predict(NEW)
    monkeypatch.setattr(_linear_start, "_MOST_FEATURES", 5)
    monkeypatch.setattr(_linear_start, "_AXES", 9)
    some = Autoencoder(3, supervision_weight=1.0, **STILL).fit(SEEN, y).predict(NEW)
    assert np.corrcoef(whole, some)[0, 1] > 0.98


def test_how_the_ridge_is_fitted_is_found_once_for_all_folds(monkeypatch):
    from diabolo.estimators import _guide

    seen = []
    original = _guide.validated
    monkeypatch.setattr(_guide, "validated", lambda *given: seen.append(1) or original(*given))
    Autoencoder(2, supervision_weight=1.0, random_state=0).fit(SEEN[:60], numbers(SEEN[:60]))
    assert seen == [1]
    assert len(prepared(Autoencoder(2, random_state=0), SEEN[:60], None, None).folds) == 10
