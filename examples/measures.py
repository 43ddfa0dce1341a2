"""How far images are from what they should be."""

import numpy as np


def peak_signal_to_noise(clean: np.ndarray, image: np.ndarray) -> float:
    """Average over images the ratio of the peak, 1, to the mean squared error, in dB."""
    residual = (clean.astype(np.float64) - image).reshape(len(clean), -1)
    return float(np.mean(-10 * np.log10((residual**2).mean(axis=1))))


def binary_cross_entropy(clean: np.ndarray, image: np.ndarray) -> float:
    """Average the cross-entropy over pixels, in nats; probabilities stay 1e-7 away from 0 and 1."""
    probability = np.clip(image.astype(np.float64), 1e-7, 1 - 1e-7)
    return float(-np.mean(clean * np.log(probability) + (1 - clean) * np.log1p(-probability)))
