"""Graphs run by onnxruntime, and held against what the estimator itself gives."""

import numpy as np
import pytest

from diabolo.export import to_onnx


@pytest.fixture
def run(tmp_path):
    """Return what a part of a model gives, by the names of its outputs."""
    import onnxruntime

    def run(model, part, dtype="float32", **inputs):
        path = tmp_path / f"{part}.onnx"
        to_onnx(model, path, part, dtype=dtype)
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        return dict(
            zip((each.name for each in session.get_outputs()), session.run(None, inputs), strict=True)
        )

    return run


@pytest.fixture
def apart():
    """Return the largest difference of two arrays, over the range of the second."""

    def apart(found, expected):
        found, expected = (np.asarray(each, np.float64).reshape(len(each), -1) for each in (found, expected))
        assert found.shape == expected.shape
        np.testing.assert_array_equal(np.isnan(found), np.isnan(expected))
        return float(np.nanmax(np.abs(found - expected)) / (np.nanmax(expected) - np.nanmin(expected)))

    return apart


@pytest.fixture(scope="session")
def rows():
    """Return 1,000 rows of three factors and noise, in units that differ."""
    random = np.random.default_rng(0)
    rows = random.normal(size=(1000, 3)) @ random.normal(size=(3, 12)) + 0.1 * random.normal(size=(1000, 12))
    return (rows * np.logspace(-2, 2, 12) + np.linspace(-50, 1000, 12)).astype(np.float32)


@pytest.fixture(scope="session")
def gapped(rows):
    """Return the same with a fifth of the cells missing, and all cells of one row."""
    gapped = rows.copy()
    gapped[np.random.default_rng(1).random(rows.shape) < 0.2] = np.nan
    gapped[5] = np.nan
    return gapped


@pytest.fixture(scope="session")
def images():
    """Return 1,000 images of 7 x 5 pixels with 3 channels: bright spots."""
    random = np.random.default_rng(2)
    centers = random.random((1000, 3, 2)) * [7, 5]
    down, across = np.arange(7)[:, None, None], np.arange(5)[:, None]
    far = (down - centers[:, None, None, :, 0]) ** 2 + (across - centers[:, None, None, :, 1]) ** 2
    return np.exp(-far / 2).astype(np.float32)
