"""The variational autoencoder: what its prior costs, and the rows it makes."""

import numpy as np
import pytest

from diabolo import Autoencoder, VariationalAutoencoder
from diabolo.errors import InputError, ParameterError

SMALL = {"hidden_layer_sizes": (16,), "batch_size": 64, "random_state": 0, "learning_rate": 5e-3}


@pytest.fixture(scope="module", name="X")
def pixels(digits):
    return digits[0][:320]


def test_a_larger_beta_brings_the_codes_nearer_the_prior(X):
    fits = [VariationalAutoencoder(beta=beta, max_epochs=15, **SMALL).fit(X) for beta in (0.01, 0.3, 10.0)]
    divergences = [fitted.history_["kl_divergence"][-1] for fitted in fits]
    assert divergences == sorted(divergences, reverse=True)
    assert divergences[0] > 5 * divergences[2]
    losses = [fitted.history_["reconstruction_loss"][-1] for fitted in fits]
    assert losses[0] < losses[2]


def test_the_divergence_is_warmed_up_in_training_and_charged_in_full_on_held_out_rows(X):
    settings = {"beta": 5.0, "max_epochs": 6, "validation_fraction": 0.2, **SMALL}
    cold, warmed = (VariationalAutoencoder(warmup_epochs=n, **settings).fit(X).history_ for n in (0, 100))
    assert warmed["kl_divergence"][-1] > 2 * cold["kl_divergence"][-1]
    for history in (cold, warmed):
        whole = np.array(history["validation_reconstruction_loss"])
        whole += 5.0 / 64 * np.array(history["validation_kl_divergence"])
        np.testing.assert_allclose(history["validation_loss"], whole, rtol=1e-5)
    charged = np.array(cold["reconstruction_loss"]) + 5.0 / 64 * np.array(cold["kl_divergence"])
    np.testing.assert_allclose(cold["loss"], charged, rtol=1e-5)
    extra = np.array(warmed["loss"]) - np.array(warmed["reconstruction_loss"])
    shares = extra / (5.0 / 64 * np.array(warmed["kl_divergence"]))
    # From nothing to 6 epochs of 100.
    assert 0 <= shares[0] < 0.01
    assert 0.04 < shares[-1] <= 0.06


def test_samples_are_decoded_draws_from_the_prior(X):
    fitted = VariationalAutoencoder(3, max_epochs=2, **SMALL).fit(X)
    drawn = np.random.RandomState(7).standard_normal((5, 3))
    assert np.array_equal(fitted.sample(5, random_state=7), fitted.inverse_transform(drawn))
    assert fitted.sample().shape == (1, 64)
    assert fitted.sample(4).dtype == np.float32
    assert not np.array_equal(fitted.sample(4), fitted.sample(4))
    state = np.random.RandomState(0)
    assert not np.array_equal(fitted.sample(4, state), fitted.sample(4, state))
    with pytest.raises(
        ParameterError, match="VariationalAutoencoder: n_samples=0 is not possible; expected a"
    ):
        fitted.sample(0)


def test_samples_are_like_the_rows(X):
    """Columns of the samples have about the rows' means; a plain decoder of such codes has no reason to."""
    fitted = VariationalAutoencoder(4, beta=1.0, max_epochs=60, **SMALL).fit(X)
    distance = np.abs(fitted.sample(500, 0).mean(axis=0) - X.mean(axis=0)).mean()
    assert distance < 0.1
    spread = X[:, X.std(axis=0) > 0] * 100 + 1000
    units = VariationalAutoencoder(4, scale="minmax", max_epochs=5, **SMALL).fit(spread)
    assert np.abs(units.sample(50, 0) - 1050).max() < 100


def test_there_is_no_sampling_without_a_prior(rows):
    from sklearn.exceptions import NotFittedError

    assert not hasattr(Autoencoder(), "sample")
    assert hasattr(Autoencoder(bottleneck="gaussian"), "sample")
    with pytest.raises(NotFittedError):
        VariationalAutoencoder().sample()


def test_the_code_is_the_mean_and_the_same_each_time(rows):
    fitted = VariationalAutoencoder(2, max_epochs=2, **SMALL).fit(rows)
    assert np.array_equal(fitted.transform(rows), fitted.transform(rows))
    encoded = np.asarray(fitted.network_.network.encode(rows))
    assert encoded.shape == (60, 4)
    np.testing.assert_allclose(fitted.transform(rows), encoded[:, :2], rtol=1e-5, atol=1e-6)


def test_it_is_the_autoencoder_with_a_gaussian_bottleneck(rows):
    one = VariationalAutoencoder(2, beta=0.5, warmup_epochs=2, max_epochs=3, **SMALL).fit(rows)
    params = {"beta": 0.5, "warmup_epochs": 2}
    other = Autoencoder(2, bottleneck="gaussian", bottleneck_params=params, max_epochs=3, **SMALL).fit(rows)
    assert np.array_equal(one.transform(rows), other.transform(rows))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"beta": -1}, "beta=-1 is not possible; expected a number, 0 or more."),
        ({"beta": float("inf")}, "beta=inf is not possible"),
        ({"warmup_epochs": -1}, "warmup_epochs=-1 is not possible; expected a number, 0 or more."),
        ({"penalty": {"kl_sparsity": 1.0}}, "penalty 'kl_sparsity' needs a code between 0 and 1"),
    ],
)
def test_parameters_that_cannot_be(rows, settings, message):
    with pytest.raises(ParameterError, match=f"VariationalAutoencoder: {message}"):
        VariationalAutoencoder(**settings).fit(rows)


def test_values_outside_the_unit_interval_do_not_suit_the_cross_entropy(rows):
    with pytest.raises(InputError, match=r"needs values from 0 to 1, but X runs from .*; set scale='minmax'"):
        VariationalAutoencoder(loss="binary_cross_entropy").fit(rows)
