"""How long to train: held-out rows of one or several networks, measured together."""

import numpy as np
import pytest

from diabolo import Autoencoder, DenoisingAutoencoder
from diabolo.errors import TrainingDivergedError

RANDOM = np.random.default_rng(0)
ALONG = RANDOM.normal(size=120)
X = np.column_stack([ALONG, ALONG**2, np.sin(2 * ALONG)]) + 0.05 * RANDOM.normal(size=(120, 3))
# Of so few rows of so many columns there is nothing to learn but what they have by chance.
NOISE = RANDOM.normal(size=(40, 12))


def test_where_rows_curve_the_network_bends():
    fitted = Autoencoder(1, random_state=0).fit(X)
    assert fitted.best_epoch_ > 0
    assert np.nanmin(fitted.history_["validation_loss"]) < 0.8 * fitted.start_loss_
    still = Autoencoder(1, max_epochs=1, learning_rate=1e-30, random_state=0).fit(X)
    assert fitted.score(X) > still.score(X)


def test_where_they_do_not_the_linear_answer_is_left():
    fitted = Autoencoder(6, random_state=0).fit(NOISE)
    assert fitted.best_epoch_ == 0
    assert fitted.n_epochs_ > 0
    still = Autoencoder(6, max_epochs=1, learning_rate=1e-30, random_state=0).fit(NOISE)
    np.testing.assert_allclose(fitted.reconstruct(NOISE), still.reconstruct(NOISE), atol=1e-5)


def test_the_history_is_measured_every_200_steps_or_more():
    history = Autoencoder(1, random_state=0, batch_size=16).fit(X).history_
    measured = np.flatnonzero(~np.isnan(history["validation_loss"])) + 1
    # 108 rows in batches of 16 are 7 steps an epoch.
    assert (measured % 29 == 0).all()
    assert len(measured) > 1


def test_patience_ends_it():
    epochs = [Autoencoder(6, random_state=0, n_iter_no_change=n).fit(NOISE).n_epochs_ for n in (2, 6)]
    assert epochs[1] == 3 * epochs[0]


def test_training_ends_in_small_steps_from_the_best():
    fitted = Autoencoder(1, random_state=0, n_iter_no_change=4, batch_size=8).fit(X)
    rates, losses = (np.array(fitted.history_[name]) for name in ("learning_rate", "validation_loss"))
    turn = int(np.argmin(rates))
    assert 0 < turn < len(rates)
    np.testing.assert_allclose(rates[:turn], 0.001)
    np.testing.assert_allclose(rates[turn:], 0.0001)
    assert fitted.best_epoch_ > turn
    assert np.nanmin(losses[turn:]) < np.nanmin(losses[:turn])


def test_all_rows_are_trained_on_in_small_steps_too(monkeypatch):
    from diabolo.estimators import _training

    settings = {"random_state": 0, "n_iter_no_change": 4, "batch_size": 8}
    usual = Autoencoder(1, **settings).fit(X)
    monkeypatch.setattr(_training, "SLOW_SHARE", 0.0)
    without = Autoencoder(1, **settings).fit(X)
    assert without.history_["validation_loss"][-1] == usual.history_["validation_loss"][-1]
    assert not np.allclose(without.reconstruct(X), usual.reconstruct(X), atol=1e-4)


def test_rows_that_are_given_take_the_place_of_the_tenth():
    settings = {"random_state": 0, "n_iter_no_change": 3}
    given = Autoencoder(1, **settings).fit(X[:100], X_validation=X[100:])
    assert given.best_epoch_ > 0
    held = Autoencoder(1, validation_fraction=0.2, **settings).fit(X)
    assert held.best_epoch_ > 0
    spoilt = X.copy()
    rest = Autoencoder(1, validation_fraction=0.2, max_epochs=held.best_epoch_, random_state=0).fit(spoilt)
    np.testing.assert_allclose(held.reconstruct(X), rest.reconstruct(X), atol=1e-5)


def test_early_stopping_counts_the_start():
    settings = {"early_stopping": True, "n_iter_no_change": 3, "random_state": 0}
    fitted = Autoencoder(6, learning_rate=0.5, **settings).fit(NOISE)
    assert np.isfinite(fitted.start_loss_)
    assert fitted.best_epoch_ == 0
    bent = Autoencoder(1, early_stopping=True, n_iter_no_change=200, random_state=0).fit(X)
    assert bent.best_epoch_ == 1 + int(np.argmin(bent.history_["validation_loss"]))


def test_a_denoiser_is_measured_through_noise():
    settings = {"random_state": 0, "n_iter_no_change": 2}
    noisy = DenoisingAutoencoder(1, noise=1.0, **settings).fit(X)
    plain = Autoencoder(1, **settings).fit(X)
    assert noisy.start_loss_ > 1.2 * plain.start_loss_


def test_a_guided_code_gives_up_neither_rows_nor_target():
    y = X[:, 0] + 0.1 * RANDOM.normal(size=120)
    for weight in (0.01, 1.0):
        fitted = Autoencoder(2, supervision_weight=weight, random_state=0, n_iter_no_change=3).fit(X, y)
        still = Autoencoder(
            2, supervision_weight=weight, random_state=0, max_epochs=1, learning_rate=1e-30
        ).fit(X, y)
        assert np.mean((fitted.predict(X) - y) ** 2) < 1.2 * np.mean((still.predict(X) - y) ** 2)
        assert fitted.score(X) > 1.2 * still.score(X)


def test_many_rows_keep_the_network_that_was_measured(monkeypatch):
    from diabolo.estimators import _training

    usual = Autoencoder(1, random_state=0, n_iter_no_change=3).fit(X)
    monkeypatch.setattr(_training, "MOST_REPEATED", 10)
    kept = Autoencoder(1, random_state=0, n_iter_no_change=3).fit(X)
    assert kept.best_epoch_ == usual.best_epoch_
    assert not np.allclose(kept.reconstruct(X), usual.reconstruct(X), atol=1e-3)


def test_a_length_that_is_said_is_kept():
    fitted = Autoencoder(1, max_epochs=3, random_state=0).fit(X)
    assert (fitted.n_epochs_, fitted.best_epoch_) == (3, 3)
    assert "validation_loss" not in fitted.history_
    random = Autoencoder(1, initializer="glorot_uniform", random_state=0).fit(X)
    assert random.n_epochs_ == 100


def test_a_divergence_is_told():
    with pytest.raises(TrainingDivergedError, match="in epoch 1"):
        Autoencoder(1, optimizer="sgd", learning_rate=1e9, random_state=0).fit(X)
