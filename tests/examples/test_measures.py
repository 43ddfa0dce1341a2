"""The measures against closed forms and scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import log_loss

from examples.measures import binary_cross_entropy, peak_signal_to_noise


def test_an_error_of_a_tenth_everywhere_is_20_decibels():
    clean = np.zeros((3, 4, 4), np.float32)
    assert peak_signal_to_noise(clean, clean + np.float32(0.1)) == pytest.approx(20, abs=1e-4)


def test_decibels_are_averaged_over_images():
    clean = np.zeros((2, 4))
    image = np.stack([np.full(4, 0.1), np.full(4, 0.01)])
    assert peak_signal_to_noise(clean, image) == pytest.approx((20 + 40) / 2)


def test_cross_entropy_is_that_of_scikit_learn():
    random = np.random.default_rng(0)
    clean, image = random.integers(0, 2, (5, 6)), random.uniform(0.01, 0.99, (5, 6))
    assert binary_cross_entropy(clean, image) == pytest.approx(log_loss(clean.ravel(), image.ravel()))


def test_a_certain_and_wrong_pixel_costs_a_finite_amount():
    assert binary_cross_entropy(np.ones((1, 1)), np.zeros((1, 1))) == pytest.approx(-np.log(1e-7))
