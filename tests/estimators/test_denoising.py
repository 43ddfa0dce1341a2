"""The denoising autoencoder: what noise does to a fit, what may be written for it, and add_noise's copies."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diabolo import Autoencoder, DenoisingAutoencoder, SparseAutoencoder, add_noise
from diabolo.errors import InputError, ParameterError
from diabolo.parameters.checks import checked_noise
from diabolo.parameters.named_settings import NOISES

LARGE = {"hidden_layer_sizes": (64,), "learning_rate": 3e-3, "batch_size": 40, "random_state": 0}
QUICK = {"hidden_layer_sizes": (8,), "max_epochs": 3, "random_state": 0}


def test_noise_lowers_what_a_large_network_learns_by_heart(digits):
    X = digits[0]
    train, held_out = X[:40], X[400:800]

    def gap(noise):
        random = DenoisingAutoencoder(32, noise=noise, max_epochs=600, initializer="glorot_uniform", **LARGE)
        fitted = random.fit(train)
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
    settings = {"scale": None, "validation_fraction": None, **QUICK}
    fitted = DenoisingAutoencoder(noise=1.0, **settings).fit(rows, X_validation=rows)
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
        DenoisingAutoencoder(noise=one, scale=None, **QUICK).fit(rows).reconstruct(rows)
        for one in (noise, usual)
    )
    assert not np.allclose(moved, plain, rtol=1e-3)


KINDS = ", ".join(map(repr, NOISES))
X = np.random.default_rng(0).uniform(size=(400, 25)).astype(np.float32)


@pytest.mark.parametrize(
    ("noise", "meant"),
    [
        (None, None),
        (0.3, {"kind": "gaussian", "standard_deviation": 0.3, "clip": None}),
        (0, {"kind": "gaussian", "standard_deviation": 0, "clip": None}),
        (np.float32(0.5), {"kind": "gaussian", "standard_deviation": 0.5, "clip": None}),
        ({"kind": "gaussian"}, {"kind": "gaussian", "standard_deviation": 0.2, "clip": None}),
        (
            {"kind": "gaussian", "clip": (0, 1)},
            {"kind": "gaussian", "standard_deviation": 0.2, "clip": (0, 1)},
        ),
        (
            {"kind": "masking", "fill": "mean"},
            {"kind": "masking", "fraction": 0.25, "fill": "mean"},
        ),
        (
            {"kind": "salt_and_pepper", "fraction": 1},
            {"kind": "salt_and_pepper", "fraction": 1, "range": "data"},
        ),
    ],
)
def test_what_is_left_out_is_filled_in(noise, meant):
    assert checked_noise("A", noise) == meant


NUMBER = (
    f"expected None, a number .the standard deviation of Gaussian noise., or a dictionary .* one of {KINDS}"
)
RANGE = r"\(low, high\) with low below high"
IMPOSSIBLE = [
    (
        "masking",
        rf"noise='masking' is not possible; {NUMBER}, such as .'kind': 'masking', 'fract",
    ),
    (True, f"noise=True is not possible; {NUMBER}"),
    (float("nan"), f"noise=nan is not possible; {NUMBER}"),
    ({"fraction": 0.5}, f"is not possible; {NUMBER}"),
    ([0.1], f"is not possible; {NUMBER}"),
    (
        {"kind": "dropout"},
        rf"noise\['kind'\]='dropout' is not possible; expected one of {KINDS}. Did you ",
    ),
    ({"kind": "gausian"}, r"Did you mean 'gaussian'\?"),
    ({"kind": 3}, rf"noise\['kind'\]=3 is not possible; expected one of {KINDS}."),
    (-0.1, r"noise\['standard_deviation'\]=-0.1 is not possible; expected a number, 0 or more."),
    (
        {"kind": "gaussian", "std": 1},
        r"noise has 'std', which 'gaussian' does not know; its settings: 'standard_deviation', 'clip'. "
        r"Did you mean 'standard_deviation'\?",
    ),
    ({"kind": "masking", "clip": None}, "noise has 'clip', which 'masking' does not know"),
    (
        {"kind": "masking", "fraction": 1.5},
        r"noise\['fraction'\]=1.5 is not possible; expected a number from",
    ),
    ({"kind": "masking", "fraction": "x"}, r"noise\['fraction'\]='x' is not possible"),
    ({"kind": "masking", "fill": "median"}, r"noise\['fill'\]='median' .* expected 'zero' or 'mean'."),
    ({"kind": "masking", "fill": 0}, r"noise\['fill'\]=0 is not possible"),
    (
        {"kind": "gaussian", "clip": (1, 0)},
        rf"noise\['clip'\]=\(1, 0\) .* expected None, 'data' or {RANGE}",
    ),
    ({"kind": "gaussian", "clip": (0, 1, 2)}, r"noise\['clip'\]=\(0, 1, 2\) is not possible"),
    ({"kind": "gaussian", "clip": (0, float("inf"))}, r"noise\['clip'\]=\(0, inf\) is not possible"),
    ({"kind": "salt_and_pepper", "range": None}, rf"noise\['range'\]=None .* expected 'data' or {RANGE}"),
]


@pytest.mark.parametrize(("noise", "message"), IMPOSSIBLE)
def test_noise_that_cannot_be(noise, message):
    with pytest.raises(ParameterError, match=f"^add_noise: .*{message}"):
        add_noise(X, noise)
    for estimator in (DenoisingAutoencoder, Autoencoder, SparseAutoencoder):
        with pytest.raises(ParameterError, match=f"^{estimator.__name__}: .*{message}"):
            estimator(noise=noise).fit(X)


@settings(max_examples=15)
@given(
    shape=st.lists(st.integers(0, 5), min_size=1, max_size=4),
    noise=st.sampled_from(
        [None, 0.5, {"kind": "masking", "fill": "mean"}, {"kind": "salt_and_pepper"}, {"kind": "gaussian"}]
    ),
)
def test_the_shape_stays(shape, noise):
    rows = np.random.default_rng(0).uniform(size=shape)
    before = rows.copy()
    noisy = add_noise(rows, noise, random_state=0)
    assert noisy.shape == tuple(shape)
    assert noisy.dtype == np.float32
    assert np.array_equal(rows, before)


def test_the_same_seed_gives_the_same_noise():
    assert np.array_equal(add_noise(X, 0.2, 3), add_noise(X, 0.2, 3))
    assert np.array_equal(add_noise(X, 0.2, np.random.RandomState(3)), add_noise(X, 0.2, 3))
    assert not np.array_equal(add_noise(X, 0.2, 3), add_noise(X, 0.2, 4))
    images = X.reshape(-1, 5, 5)
    assert np.array_equal(add_noise(images, 0.2, 3).reshape(X.shape), add_noise(X, 0.2, 3))
    assert not np.shares_memory(add_noise(X, None), X)


def test_gaussian_noise_has_its_mean_and_spread():
    added = add_noise(X, 0.3, 0).astype(np.float64) - X
    # 10,000 draws: five standard errors of the mean and of the standard deviation.
    assert abs(added.mean()) < 5 * 0.3 / 100
    assert abs(added.std() - 0.3) < 5 * 0.3 / (100 * 2**0.5)
    clipped = add_noise(X, {"kind": "gaussian", "standard_deviation": 1.0, "clip": "data"}, 0)
    assert (clipped.min(), clipped.max()) == (X.min(), X.max())
    clipped = add_noise(X, {"kind": "gaussian", "standard_deviation": 1.0, "clip": (0.2, 0.7)}, 0)
    assert (clipped.min(), clipped.max()) == (np.float32(0.2), np.float32(0.7))


@pytest.mark.parametrize("fill", ["zero", "mean"])
def test_masking_noise_replaces_its_share_by_its_fill(fill):
    noisy = add_noise(X, {"kind": "masking", "fraction": 0.4, "fill": fill}, 0)
    changed = noisy != X
    assert abs(changed.mean() - 0.4) < 5 * (0.24 / X.size) ** 0.5
    expected = np.broadcast_to(X.mean(axis=0) if fill == "mean" else 0.0, X.shape)
    np.testing.assert_allclose(noisy[changed], expected[changed], rtol=1e-5)


def test_salt_and_pepper_are_the_ends_of_the_range():
    noisy = add_noise(X, {"kind": "salt_and_pepper", "fraction": 0.3, "range": (-1, 2)}, 0)
    changed = noisy != X
    assert abs(changed.mean() - 0.3) < 5 * (0.21 / X.size) ** 0.5
    assert set(noisy[changed]) == {-1.0, 2.0}
    assert abs((noisy[changed] == 2).mean() - 0.5) < 5 * 0.5 / changed.sum() ** 0.5
    ends = add_noise(X, {"kind": "salt_and_pepper", "fraction": 1.0}, 0)
    assert set(ends.ravel()) == {X.min(), X.max()}


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (3.0, "add_noise: X is a single number; expected rows of finite numbers."),
        ([[1.0, np.nan]], "add_noise: X has cells that are missing or infinite; expected rows of finite"),
        ([[1.0, np.inf]], "add_noise: X has cells that are missing or infinite"),
        ([["a"]], "add_noise: X is not an array of numbers"),
        ([[1.0], [1.0, 2.0]], "add_noise: X is not an array of numbers"),
    ],
)
def test_rows_that_cannot_be(rows, message):
    with pytest.raises(InputError, match=message):
        add_noise(rows)
