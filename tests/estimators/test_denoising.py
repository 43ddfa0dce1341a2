"""The denoising autoencoder: what noise does to a fit."""

import numpy as np
import pytest

from diabolo import Autoencoder, DenoisingAutoencoder, add_noise

LARGE = {"hidden_layer_sizes": (64,), "learning_rate": 3e-3, "batch_size": 40, "random_state": 0}
QUICK = {"hidden_layer_sizes": (8,), "max_epochs": 3, "random_state": 0}


def test_noise_lowers_what_a_large_network_learns_by_heart(digits):
    X = digits[0]
    train, held_out = X[:40], X[400:800]

    def gap(noise):
        fitted = DenoisingAutoencoder(32, noise=noise, max_epochs=600, **LARGE).fit(train)
        return fitted.score(train) - fitted.score(held_out)

    gaps = [gap(noise) for noise in (None, 0.4, 1.0)]
    assert gaps == sorted(gaps, reverse=True)
    assert gaps[-1] < 0.8 * gaps[0]


def test_a_denoiser_cleans_better_than_an_autoencoder_that_saw_no_noise(digits):
    X = digits[0]
    noise = {"kind": "salt_and_pepper", "fraction": 0.2}
    noisy = add_noise(X[900:], noise, random_state=1)
    settings = {"max_epochs": 40, "random_state": 0, "hidden_layer_sizes": (64,)}
    errors = [
        np.mean((estimator.fit(X[:900]).reconstruct(noisy) - X[900:]) ** 2)
        for estimator in (DenoisingAutoencoder(24, noise=noise, **settings), Autoencoder(24, **settings))
    ]
    assert errors[0] < 0.9 * errors[1]


def test_it_is_the_autoencoder_with_noise(rows):
    one = DenoisingAutoencoder(noise=0.3, **QUICK).fit(rows)
    other = Autoencoder(noise=0.3, **QUICK).fit(rows)
    assert np.array_equal(one.transform(rows), other.transform(rows))
    plain = DenoisingAutoencoder(noise=None, **QUICK).fit(rows)
    assert np.array_equal(plain.transform(rows), Autoencoder(**QUICK).fit(rows).transform(rows))
    assert not np.array_equal(plain.transform(rows), one.transform(rows))


def test_nothing_is_noisy_after_training(rows):
    fitted = DenoisingAutoencoder(noise=1.0, validation_fraction=None, **QUICK).fit(rows, X_validation=rows)
    assert np.array_equal(fitted.reconstruct(rows), fitted.reconstruct(rows))
    measured = np.mean((rows.astype(np.float64) - fitted.reconstruct(rows)) ** 2)
    assert fitted.history_["validation_loss"][-1] == pytest.approx(measured, rel=1e-5)


@pytest.mark.parametrize(
    "noise",
    [
        {"kind": "gaussian", "clip": "data"},
        {"kind": "gaussian", "clip": (0, 1)},
        {"kind": "masking"},
        {"kind": "masking", "fraction": 0.5},
        {"kind": "masking", "fill": "mean"},
        {"kind": "salt_and_pepper"},
        {"kind": "salt_and_pepper", "range": (-9, 9)},
    ],
)
def test_every_setting_of_the_noise_moves_the_result(noise, rows):
    usual = {"gaussian": 0.2, "masking": None, "salt_and_pepper": None}[noise["kind"]]
    if noise["kind"] == "masking" and len(noise) > 1:
        usual = {"kind": "masking"}
    if "range" in noise:
        usual = {"kind": "salt_and_pepper"}
    moved, plain = (
        DenoisingAutoencoder(noise=one, **QUICK).fit(rows).reconstruct(rows) for one in (noise, usual)
    )
    assert not np.allclose(moved, plain, rtol=1e-3)
