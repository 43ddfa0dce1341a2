"""Training in the space that few rows span, against the same on features."""

import h5py
import numpy as np
import pytest
from sklearn.decomposition import PCA

import diabolo
from diabolo import Autoencoder, DenoisingAutoencoder
from diabolo.estimators import _preparation, _row_space
from diabolo.estimators._choices import checked_choices
from diabolo.estimators._row_space import is_turned

STILL = {"learning_rate": 1e-30, "max_epochs": 1, "random_state": 0}


def table(seed=0, n_rows=60, n_features=400):
    random = np.random.default_rng(seed)
    inner = random.normal(size=(n_rows, 2))
    rows = np.cos(inner @ random.normal(size=(2, n_features)) + random.uniform(0, 6, n_features))
    rows += 0.05 * random.normal(size=rows.shape)
    return (rows * random.uniform(0.5, 2, n_features) + 5).astype(np.float32), inner[:, 0]


def both_ways(monkeypatch, X, y=None, **settings):
    turned = Autoencoder(3, **settings).fit(X, y)
    with monkeypatch.context() as patch:
        patch.setattr(_preparation, "is_turned", lambda *_: False)
        plain = Autoencoder(3, **settings).fit(X, y)
    return turned, plain


@pytest.mark.parametrize("scale", ["auto", "standard", "center", "minmax", "maxabs", None])
def test_both_start_at_the_same_answer(monkeypatch, scale):
    X, _ = table()
    turned, plain = both_ways(monkeypatch, X, scale=scale, **STILL)
    assert turned.history_["loss"][0] == pytest.approx(plain.history_["loss"][0], rel=1e-5)
    np.testing.assert_allclose(turned.scaler_.factor, plain.scaler_.factor)
    np.testing.assert_allclose(turned.reconstruct(X), plain.reconstruct(X), atol=1e-5 * np.abs(X).max())
    np.testing.assert_allclose(np.abs(turned.transform(X)), np.abs(plain.transform(X)), atol=1e-4)


def test_rows_never_seen_are_rebuilt_as_by_principal_components():
    X, _ = table()
    pca = PCA(3, svd_solver="full").fit(X[:40].astype(float))
    turned = Autoencoder(3, **STILL).fit(X[:40])
    expected = pca.inverse_transform(pca.transform(X[40:]))
    np.testing.assert_allclose(turned.reconstruct(X[40:]), expected, atol=2e-4)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_both_come_to_the_same_loss(monkeypatch, seed):
    X, _ = table(seed, n_rows=300)
    settings = {"max_epochs": 60, "validation_fraction": 0.2, "batch_size": 16}
    losses = [
        [
            one.history_["validation_loss"][-1]
            for one in both_ways(monkeypatch, X, random_state=own, **settings)
        ]
        for own in range(3)
    ]
    turned, plain = np.array(losses).T
    start = both_ways(monkeypatch, X, **{**settings, **STILL})[0].history_["validation_loss"][0]
    assert (turned < start).all()
    spread = max(np.ptp(turned), np.ptp(plain))
    assert abs(turned.mean() - plain.mean()) < 2 * spread


def test_folding_back_changes_no_reconstruction(monkeypatch):
    X, _ = table()
    kept = {}
    original = _preparation.TurnedRows.in_features

    def noted(self, network, beyond=None):
        kept["scores"] = np.asarray(self.part(np.arange(len(X)), None).table.rows[:])
        kept["rebuilt"] = network.decode(network.encode(kept["scores"]))
        kept["axes"] = self.space.lifted(self.read, X.shape[1], np.eye(self.space.n_axes)) / self.factor
        return original(self, network, beyond)

    monkeypatch.setattr(_preparation.TurnedRows, "in_features", noted)
    fitted = Autoencoder(3, max_epochs=30, random_state=0).fit(X)
    scaled = kept["rebuilt"] @ kept["axes"].T
    expected = scaled / fitted.scaler_.factor + fitted.scaler_.offset
    np.testing.assert_allclose(fitted.reconstruct(X), expected, atol=1e-5 * np.abs(X).max())


def test_a_guided_code_predicts_rows_never_seen_alike(monkeypatch):
    X, y = table(n_rows=200)
    settings = {"supervision_weight": 1.0, **STILL}
    turned, plain = both_ways(monkeypatch, X[:150], y[:150], **settings)
    held = y[150:]
    errors = [np.mean((one.predict(X[150:]) - held) ** 2) / held.var() for one in (turned, plain)]
    assert max(errors) < 0.2
    assert abs(errors[0] - errors[1]) < 0.05


def test_a_file_is_trained_on_as_its_array(tmp_path, monkeypatch):
    from diabolo.linear import row_space

    X, _ = table()
    X[3, 7] = np.nan
    with h5py.File(tmp_path / "rows.h5", "w") as file:
        file["rows"] = X
    monkeypatch.setattr(row_space, "_BLOCK_CELLS", 17 * 400)
    settings = {"missing": "mean", **STILL}
    array = Autoencoder(3, **settings).fit(X)
    file = Autoencoder(3, **settings).fit(diabolo.open(tmp_path / "rows.h5"))
    np.testing.assert_allclose(array.reconstruct(X), file.reconstruct(X), rtol=1e-4, atol=1e-4)
    diabolo.save(file, tmp_path / "model.diabolo")
    loaded = diabolo.load(tmp_path / "model.diabolo")
    np.testing.assert_array_equal(loaded.reconstruct(X), file.reconstruct(X))
    np.testing.assert_allclose(loaded.feature_importances_, file.feature_importances_)


@pytest.mark.parametrize(
    "settings",
    [
        {"initializer": "glorot_uniform"},
        {"loss": "absolute_error"},
        {"loss": "binary_cross_entropy"},
        {"output_activation": "sigmoid"},
        {"noise": 0.1},
        {"missing": "mask"},
        {"tied_weights": True},
        {"penalty": {"weight_decay": 0.1}},
    ],
    ids=lambda settings: next(iter(settings)),
)
def test_what_treats_features_one_by_one_is_trained_on_features(settings):
    assert is_turned(checked_choices(Autoencoder()), 50, 300)
    assert not is_turned(checked_choices(Autoencoder(**settings)), 50, 300)


@pytest.mark.parametrize(("n_rows", "n_features"), [(300, 300), (1, 300), (5000, 5001), (50, 100)])
def test_so_are_many_rows_and_few_features(n_rows, n_features):
    assert not is_turned(checked_choices(Autoencoder()), n_rows, n_features)
    assert not is_turned(checked_choices(DenoisingAutoencoder()), 50, 300)


def test_equal_rows_of_many_features_are_their_mean():
    X = np.full((5, 300), 3.0)
    fitted = Autoencoder(2, **STILL).fit(X)
    np.testing.assert_allclose(fitted.reconstruct(X), X, atol=1e-4)


def test_a_limit_on_memory_keeps_to_features_what_would_not_fit(monkeypatch):
    X, _ = table()
    roomy = Autoencoder(3, max_memory="100GB", **STILL).fit(X)
    assert roomy.trained_on_ == "scores"
    monkeypatch.setattr(_row_space, "turned_bytes", lambda *_: 10**12)
    assert Autoencoder(3, max_memory="100GB", **STILL).fit(X).trained_on_ == "features"
    assert Autoencoder(3, **STILL).fit(X).trained_on_ == "scores"


def test_the_plan_says_how_rows_are_trained_on(tmp_path, capsys):
    X, _ = table()
    np.save(tmp_path / "rows.npy", X)
    fitted = Autoencoder(3, verbose=5, **STILL).fit(diabolo.open(tmp_path / "rows.npy"))
    out = capsys.readouterr().out
    assert out.startswith("memory: ")
    assert "at the most; trained on the scores of 60 rows" in out
    last = fitted.summary().splitlines()[-1]
    assert last.startswith("starts at principal components, trained on the scores of few rows")
