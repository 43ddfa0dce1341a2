"""What shape images have, however they come in, and that they go out as they came."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diabolo.errors import InputError
from diabolo.estimators.convolutional import flatten_images, image_shape_of, unflatten


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


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(1, 5), min_size=3, max_size=4))
def test_flat_and_back_is_nothing(shape):
    images = np.random.default_rng(0).normal(size=shape)
    height, width, channels = (*shape[1:], 1)[:3]
    flat = flatten_images("C", images, (height, width, channels))
    assert flat.shape == (shape[0], height * width * channels)
    assert np.array_equal(unflatten(flat, tuple(shape[1:])), images)


def test_images_of_another_shape_than_in_fit():
    with pytest.raises(InputError, match=r"C: X has shape \(2, 5, 4\), images of .* 5x4x1; expected 4x5x1."):
        flatten_images("C", np.zeros((2, 5, 4)), (4, 5, 1))
    with pytest.raises(InputError, match=r"expected 4x5x3. The channels come first; pass np.moveaxis"):
        flatten_images("C", np.zeros((2, 3, 4, 5)), (4, 5, 3))
    table = np.zeros((2, 20))
    assert flatten_images("C", table, (4, 5, 1)) is table
