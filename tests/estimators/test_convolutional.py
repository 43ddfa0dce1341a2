"""The convolutional autoencoder: images of every form, what shape they have, and that each knob moves it."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diabolo import ConvolutionalAutoencoder
from diabolo.errors import InputError, ParameterError
from diabolo.estimators.convolutional import flatten_images, image_shape_of, unflatten

QUICK = {"filters": (2,), "max_epochs": 1, "random_state": 0}
RANDOM = np.random.default_rng(0)


def images_of(*shape):
    return RANDOM.uniform(size=(10, *shape)).astype(np.float32)


@pytest.mark.parametrize(
    ("shape", "settings", "n_components"),
    [
        ((5, 7), {}, 3 * 4 * 2),
        ((5, 7, 3), {"kernel_size": 2}, 3 * 4 * 2),
        ((4, 4), {"kernel_size": (2, 4), "downsample": "stride", "upsample": "transposed"}, 2 * 2 * 2),
        ((5, 3, 2), {"n_components": 3, "upsample": "transposed"}, 3),
        ((1, 1), {}, 2),
        ((1, 1), {"downsample": "stride", "upsample": "transposed", "filters": (2, 3)}, 3),
        ((6, 1), {"filters": (2, 2)}, 2 * 2),
        ((3, 3), {"filters": (2, 2, 2)}, 2),
    ],
)
def test_images_go_out_as_they_came_in(shape, settings, n_components):
    images = images_of(*shape)
    fitted = ConvolutionalAutoencoder(**{**QUICK, **settings}).fit(images)
    codes = fitted.transform(images)
    assert codes.shape == (10, n_components)
    assert fitted.n_components_ == n_components
    for back in (fitted.reconstruct(images), fitted.inverse_transform(codes)):
        assert back.shape == images.shape
        assert np.isfinite(back).all()
    np.testing.assert_allclose(fitted.inverse_transform(codes), fitted.reconstruct(images), atol=1e-5)
    flat = images.reshape(10, -1)
    assert np.array_equal(fitted.transform(flat), codes)
    assert fitted.reconstruct(flat).shape == flat.shape
    assert fitted.reconstruction_error(images).shape == (10,)
    assert fitted.reconstruction_error(images, per_feature=True).shape == images.shape
    residual = (images.astype(np.float64) - fitted.reconstruct(images)) ** 2
    assert fitted.score(images) == pytest.approx(-residual.mean(), rel=1e-6)
    assert fitted.n_features_in_ == flat.shape[1]


def test_flat_rows_and_images_train_to_the_same_bits():
    images = images_of(4, 6)
    one = ConvolutionalAutoencoder(**QUICK).fit(images)
    other = ConvolutionalAutoencoder(image_shape=(4, 6), **QUICK).fit(images.reshape(10, -1))
    third = ConvolutionalAutoencoder(**QUICK).fit(images[..., None])
    assert np.array_equal(one.transform(images), other.transform(images))
    assert np.array_equal(one.transform(images), third.transform(images))
    assert one.given_shape_ == (4, 6)
    assert other.given_shape_ is None
    assert third.given_shape_ == (4, 6, 1)
    assert other.inverse_transform(other.transform(images)).shape == (10, 24)
    assert third.inverse_transform(third.transform(images)).shape == (10, 4, 6, 1)


def test_tables_are_signals():
    table = pd.DataFrame(images_of(9), columns=list("abcdefghi"))
    fitted = ConvolutionalAutoencoder(**QUICK).set_output(transform="pandas").fit(table)
    assert fitted.image_shape_ == (1, 9, 1)
    assert fitted.network_.encoder[0].weight.shape == (1, 3, 1, 2)
    codes = fitted.transform(table)
    assert list(codes.columns) == [f"convolutionalautoencoder{n}" for n in range(10)]
    assert list(fitted.feature_names_in_) == list("abcdefghi")
    assert fitted.reconstruct(table).shape == (10, 9)


def test_images_of_other_libraries_and_kinds_of_number():
    images = RANDOM.integers(0, 2, size=(10, 4, 4))
    fitted = ConvolutionalAutoencoder(**QUICK).fit(images.astype(np.float32))
    expected = fitted.transform(images.astype(np.float32))
    for other in (images, images.astype(np.uint8), images.astype(bool), images.tolist()):
        assert np.array_equal(fitted.transform(other), expected)


def test_held_out_images_may_be_given():
    images = images_of(4, 4)
    fitted = ConvolutionalAutoencoder(**QUICK).fit(images, X_validation=images[:4])
    expected = np.mean((images[:4].astype(np.float64) - fitted.reconstruct(images[:4])) ** 2)
    assert fitted.history_["validation_loss"][-1] == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(
    ("given", "settings", "message"),
    [
        (images_of(3, 8, 8), {}, "channels come last here. Pass np.moveaxis"),
        (images_of(13), {"image_shape": (3, 4)}, r"X has 13 columns, but image_shape=\(3, 4\)"),
        (
            images_of(4, 4),
            {"image_shape": (2, 8)},
            "images of height x width x channels 4x4x1; expected 2x8x1",
        ),
        (images_of(2, 2, 2, 2), {}, "expected images of shape"),
        (
            images_of(4, 4) * 255,
            {"loss": "binary_cross_entropy"},
            "needs values from 0 to 1, but X runs from",
        ),
        (np.full((10, 4, 4), np.nan), {}, "Input X contains NaN"),
    ],
)
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_images_that_cannot_be(given, settings, message, method):
    with pytest.raises(InputError, match=f"ConvolutionalAutoencoder.*{message}|{message}"):
        getattr(ConvolutionalAutoencoder(**{**QUICK, **settings}), method)(given)


def test_images_of_another_shape_than_in_fit():
    fitted = ConvolutionalAutoencoder(**QUICK).fit(images_of(4, 6))
    for method in ("transform", "reconstruct", "score", "partial_fit"):
        with pytest.raises(InputError, match="images of height x width x channels 6x4x1; expected 4x6x1"):
            getattr(fitted, method)(images_of(6, 4))
    with pytest.raises(ValueError, match="X has 20 features, but ConvolutionalAutoencoder is expecting 24"):
        fitted.transform(images_of(20))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"filters": ()}, r"filters=\(\) is not possible; expected a tuple of whole numbers, each 1 or more"),
        ({"filters": 32}, "filters=32 is not possible"),
        ({"filters": (4, 0)}, r"filters=\(4, 0\) is not possible"),
        (
            {"kernel_size": 0},
            r"kernel_size=0 is not possible; expected a whole number, 1 or more, or \(height",
        ),
        ({"kernel_size": (3, 3, 3)}, r"kernel_size=\(3, 3, 3\) is not possible"),
        ({"downsample": "pooling"}, r"downsample='pooling' .* Did you mean 'maxpool'\?"),
        ({"downsample": "strides"}, r"Did you mean 'stride'\?"),
        ({"upsample": "deconvolution"}, r"upsample='deconvolution' .* Did you mean 'transposed'\?"),
        ({"image_shape": (4,)}, r"image_shape=\(4,\) is not possible; expected None, \(height, width\) or"),
        ({"image_shape": (0, 4)}, r"image_shape=\(0, 4\) is not possible"),
        ({"n_components": 0}, "n_components=0 is not possible; expected a whole number, 1 or more, or None"),
        ({"code_activation": "rellu"}, r"Did you mean 'relu'\?"),
    ],
)
def test_parameters_that_cannot_be(settings, message):
    with pytest.raises(ParameterError, match=f"ConvolutionalAutoencoder: {message}|{message}"):
        ConvolutionalAutoencoder(**settings).fit(images_of(4, 4))


KNOBS = {
    "n_components": 3,
    "filters": (3,),
    "kernel_size": 2,
    "downsample": "stride",
    "upsample": "transposed",
    "activation": "tanh",
    "code_activation": "linear",
    "initializer": "he_normal",
}


@pytest.mark.parametrize("name", KNOBS)
def test_each_knob_moves_the_result(name):
    images = np.random.default_rng(3).uniform(size=(16, 4, 4)).astype(np.float32)
    base = {**QUICK, "batch_size": 8}
    plain = ConvolutionalAutoencoder(**base).fit(images).reconstruct(images)
    moved = ConvolutionalAutoencoder(**{**base, name: KNOBS[name]}).fit(images).reconstruct(images)
    assert not np.allclose(plain, moved, rtol=1e-3)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, "relu"),
        ({"activation": "tanh"}, "tanh"),
        ({"n_components": 3}, "linear"),
        ({"bottleneck": "gaussian"}, "linear"),
        ({"code_activation": "sigmoid"}, "sigmoid"),
    ],
)
def test_the_codes_activation_follows_what_the_code_is(settings, expected):
    fitted = ConvolutionalAutoencoder(**{**QUICK, **settings}).fit(images_of(4, 4))
    assert fitted.network_.network.code_activation == expected


def test_a_gaussian_code_of_maps_samples_images():
    images = images_of(4, 4)
    fitted = ConvolutionalAutoencoder(bottleneck="gaussian", **QUICK).fit(images)
    assert fitted.transform(images).shape == (10, 8)
    assert fitted.sample(5, random_state=0).shape == (5, 4, 4)


def test_images_are_learned(digits):
    images = digits[0][:400].reshape(-1, 8, 8)
    settings = {"filters": (8,), "random_state": 0, "learning_rate": 5e-3}
    fitted = ConvolutionalAutoencoder(8, max_epochs=15, **settings).fit(images)
    assert -fitted.score(images) < 0.5 * images.var(axis=0).mean()
    assert "8x8x1" in fitted.summary()


@pytest.mark.parametrize(
    ("shape", "asked", "found"),
    [
        ((9, 5, 7), None, (5, 7, 1)),
        ((9, 5, 7, 3), None, (5, 7, 3)),
        ((9, 12), None, (1, 12, 1)),
        ((9, 12), (3, 4), (3, 4, 1)),
        ((9, 12), (2, 3, 2), (2, 3, 2)),
        ((9, 5, 7), (5, 7), (5, 7, 1)),
        ((9, 5, 7, 1), (5, 7), (5, 7, 1)),
        ((9, 5, 7), (5, 7, 1), (5, 7, 1)),
        ((9, 1, 1), None, (1, 1, 1)),
        ((9, 28, 28, 3), None, (28, 28, 3)),
        ((9, 3, 3, 8), None, (3, 3, 8)),
        ((9, 3, 28, 28), (3, 28, 28), (3, 28, 28)),
    ],
)
def test_the_shape_is_taken_from_the_rows_or_from_what_is_asked(shape, asked, found):
    assert image_shape_of("C", np.zeros(shape), asked) == found


@pytest.mark.parametrize(
    ("shape", "asked", "message"),
    [
        (
            (9, 3, 28, 28),
            None,
            r"C: X has shape \(9, 3, 28, 28\), which reads as images of 3x28 pixels with 28 channels; "
            r"channels come last here. Pass np.moveaxis\(X, 1, -1\), or image_shape=\(3, 28, 28\) if that",
        ),
        (
            (9, 3, 8, 8),
            (8, 8, 3),
            "images of height x width x channels 3x8x8; expected 8x8x3. The channels come first; pass np.",
        ),
        ((9, 5, 7), (7, 5), "images of height x width x channels 5x7x1; expected 7x5x1.$"),
        (
            (9, 13),
            (3, 4),
            r"X has 13 columns, but image_shape=\(3, 4\) has 3 x 4 x 1 = 12 cells; they must be equal.",
        ),
        ((9,), None, r"X has shape \(9,\); expected images of shape \(n, height, width\) or"),
        ((9, 2, 2, 2, 2), None, r"X has shape \(9, 2, 2, 2, 2\); expected images of shape"),
    ],
)
def test_rows_that_are_no_such_images(shape, asked, message):
    with pytest.raises(InputError, match=message):
        image_shape_of("C", np.zeros(shape), asked)


@settings(max_examples=30)
@given(st.lists(st.integers(1, 5), min_size=3, max_size=4))
def test_flat_and_back_is_nothing(shape):
    images = np.random.default_rng(0).normal(size=shape)
    height, width, channels = (*shape[1:], 1)[:3]
    flat = flatten_images("C", images, (height, width, channels))
    assert flat.shape == (shape[0], height * width * channels)
    assert np.array_equal(unflatten(flat, tuple(shape[1:])), images)


def test_what_is_laid_out_flat_has_the_shape_of_the_fit():
    with pytest.raises(InputError, match=r"C: X has shape \(2, 5, 4\), images of .* 5x4x1; expected 4x5x1."):
        flatten_images("C", np.zeros((2, 5, 4)), (4, 5, 1))
    with pytest.raises(InputError, match=r"expected 4x5x3. The channels come first; pass np.moveaxis"):
        flatten_images("C", np.zeros((2, 3, 4, 5)), (4, 5, 3))
    table = np.zeros((2, 20))
    assert flatten_images("C", table, (4, 5, 1)) is table
