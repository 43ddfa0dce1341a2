import numpy as np
import pytest
from sklearn.metrics import mean_absolute_error, mean_squared_error, r2_score

from diabolo import Autoencoder, ConvolutionalAutoencoder
from diabolo.data.array_source import ArraySource
from diabolo.evaluation import feature_reconstruction, features

SETTINGS = {"hidden_layer_sizes": (4,), "max_epochs": 5, "random_state": 0}


@pytest.mark.parametrize("block_cells", [2**22, 60])
def test_the_figures_are_scikit_learns(rows, monkeypatch, block_cells):
    monkeypatch.setattr(features, "_BLOCK_CELLS", block_cells)
    model = Autoencoder(**SETTINGS).fit(rows)
    X = rows + 100 * np.arange(6, dtype=np.float32)
    rebuilt = model.reconstruct(X)
    for given in (X, ArraySource(X)):
        found = feature_reconstruction(model, given)
        for name, figure in (
            ("mean_absolute_error", mean_absolute_error),
            ("mean_squared_error", mean_squared_error),
            ("explained_share", r2_score),
        ):
            expected = figure(X.astype(float), rebuilt, multioutput="raw_values")
            np.testing.assert_allclose(getattr(found, name), expected, rtol=1e-5)
    assert found.n_rows == 60
    assert found.feature_names is None
    assert str(found).startswith("6 features over 60 rows: mean absolute error ")


def test_missing_cells_are_left_out(rows, monkeypatch):
    monkeypatch.setattr(features, "_BLOCK_CELLS", 60)
    model = Autoencoder(**SETTINGS, missing="mean").fit(rows)
    X = rows.copy()
    X[::3, 1] = np.nan
    X[:, 4] = np.nan
    rebuilt = model.reconstruct(X)
    here = ~np.isnan(X[:, 1])
    found = feature_reconstruction(model, X)
    assert found.explained_share[1] == pytest.approx(r2_score(X[here, 1], rebuilt[here, 1]), rel=1e-5)
    assert found.mean_absolute_error[1] == pytest.approx(np.abs(X[here, 1] - rebuilt[here, 1]).mean())
    assert np.isnan(found.mean_absolute_error[4])
    assert np.isnan(found.explained_share[4])


def test_a_constant_feature_is_rebuilt_or_not():
    class Rebuilt:
        def reconstruct(self, X):
            return np.asarray(X) + np.array([0, 1, 0])

    found = feature_reconstruction(Rebuilt(), np.c_[np.ones((4, 2)), np.arange(4)])
    assert found.explained_share.tolist() == [1, 0, 1]


def test_names_and_images(digits):
    images = digits[0][:30].reshape(-1, 8, 8)
    model = ConvolutionalAutoencoder(2, filters=(2,), max_epochs=1, random_state=0).fit(images)
    found = feature_reconstruction(model, images)
    expected = np.abs(images - model.reconstruct(images)).mean(axis=0).ravel()
    np.testing.assert_allclose(found.mean_absolute_error, expected, rtol=1e-5)
    named = ArraySource(np.eye(3), feature_names=["a", "b", "c"])
    dense = Autoencoder(2, max_epochs=1).fit(named)
    assert feature_reconstruction(dense, named).feature_names == ("a", "b", "c")
