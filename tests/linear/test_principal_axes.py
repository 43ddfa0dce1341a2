"""Held against numpy's singular value decomposition in float64."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diabolo.linear import principal_axes as room
from diabolo.linear.principal_axes import principal_axes


def table_of(n_rows, n_features, rank, seed=0):
    random = np.random.default_rng(seed)
    strengths = np.geomspace(5.0, 0.5, rank)
    rows = (random.normal(size=(n_rows, rank)) * strengths) @ random.normal(size=(rank, n_features))
    return rows - rows.mean(axis=0)


def blocks_of(rows, step=7, dtype=np.float64):
    return lambda: (rows[start : start + step].astype(dtype) for start in range(0, len(rows), step))


@settings(max_examples=60)
@given(
    shape=st.tuples(st.integers(1, 25), st.integers(1, 25)), rank=st.integers(1, 25), seed=st.integers(0, 9)
)
def test_all_axes_of_small_tables_are_those_of_the_singular_values(shape, rank, seed):
    rows = table_of(*shape, rank, seed)
    expected = np.linalg.svd(rows, compute_uv=False)
    axes, values = principal_axes(blocks_of(rows), *shape, 1)
    largest = max(expected[0], 1e-12)
    np.testing.assert_allclose(values[: len(expected)], expected, atol=1e-6 * largest)
    # What rows are along axes that are there is all that they are.
    np.testing.assert_allclose(rows @ axes @ axes.T, rows, atol=1e-5 * largest)
    assert (axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])] >= 0).all()


@pytest.mark.parametrize("shape", [(60, 20), (20, 60)], ids=["tall", "wide"])
def test_leading_axes_of_large_tables_come_near(shape, monkeypatch):
    monkeypatch.setattr(room, "_EXACT_SIDE", 0)
    monkeypatch.setattr(room, "_SLAB_CELLS", 50)
    rows = table_of(*shape, 30)
    _, expected, directions = np.linalg.svd(rows, full_matrices=False)
    axes, values = principal_axes(blocks_of(rows, dtype=np.float32), *shape, 3, n_iter=20)
    np.testing.assert_allclose(values[:3], expected[:3], rtol=1e-4)
    cosines = np.abs(np.sum(axes[:, :3] * directions[:3].T, axis=0))
    np.testing.assert_allclose(cosines, 1, atol=1e-3)
    other, _ = principal_axes(blocks_of(rows), *shape, 3, n_iter=0, random_state=1)
    assert not np.allclose(np.abs(other[:, 2]), np.abs(axes[:, 2]), atol=1e-3)


def test_wide_tables_beyond_what_is_held_are_iterated(monkeypatch):
    rows = table_of(10, 40, 3)
    exact, _ = principal_axes(blocks_of(rows), 10, 40, 3)
    monkeypatch.setattr(room, "EXACT_CELLS", 100)
    axes, values = principal_axes(blocks_of(rows, dtype=np.float32), 10, 40, 3, n_iter=10)
    assert axes.shape == (40, 10)
    np.testing.assert_allclose(values[:3], np.linalg.svd(rows, compute_uv=False)[:3], rtol=1e-4)
    np.testing.assert_allclose(axes[:, :2], exact[:, :2], atol=1e-3)
