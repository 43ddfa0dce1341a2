"""Held against numpy's singular value decomposition in float64."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diabolo.linear import row_space as room
from diabolo.linear.row_space import block_rows, row_space


def reader(rows):
    def read(part, out):
        out[:] = rows[part]

    return read


def table_of(n_rows, n_features, rank, seed=0):
    random = np.random.default_rng(seed)
    rows = random.normal(size=(n_rows, rank)) @ random.normal(size=(rank, n_features))
    return (rows - rows.mean(axis=0)).astype(np.float32)


@pytest.fixture(params=["whole", "in blocks"])
def way(request, monkeypatch):
    if request.param == "in blocks":
        monkeypatch.setattr(room, "_BLOCK_CELLS", 300 * 7)
        monkeypatch.setattr(room, "_BAND_CELLS", 64)


def test_axes_span_what_the_singular_vectors_span(way):
    rows = table_of(40, 300, 60)
    space = row_space(reader(rows), 40, 300)
    values = np.linalg.svd(rows.astype(np.float64), compute_uv=False)
    assert space.n_axes == 39  # about their mean, rows span one direction less
    np.testing.assert_allclose(np.linalg.svd(space.scores, compute_uv=False), values[:39], rtol=1e-5)
    lifted = space.lifted(reader(rows), 300, np.eye(39))
    np.testing.assert_allclose(lifted.T @ lifted, np.eye(39), atol=1e-4)
    np.testing.assert_allclose(space.scores @ lifted.T, rows, atol=1e-3)


def test_each_axis_has_a_share_of_all_directions():
    rows = table_of(60, 300, 60) * np.geomspace(100, 1, 60).astype(np.float32)[:, None]
    squares = (row_space(reader(rows), 60, 300).scores ** 2).sum(axis=0)
    values = np.linalg.svd(rows.astype(np.float64), compute_uv=False)[:60] ** 2
    assert values[0] > 100 * np.median(values)
    assert squares.max() < 12 * np.median(squares)


@settings(max_examples=40)
@given(
    shape=st.tuples(st.integers(2, 20), st.integers(1, 40)), rank=st.integers(1, 25), seed=st.integers(0, 9)
)
def test_squared_distances_are_kept_whatever_the_shape(shape, rank, seed):
    rows = table_of(*shape, rank, seed)
    space = row_space(reader(rows), *shape)

    def distances(points):
        return ((points[:, None] - points[None]) ** 2).sum(axis=2)

    expected = distances(rows.astype(np.float64))
    np.testing.assert_allclose(distances(space.scores), expected, rtol=1e-3, atol=1e-4 * expected.max())


def test_equal_rows_span_nothing():
    space = row_space(reader(np.zeros((5, 8), np.float32)), 5, 8)
    assert space.n_axes == 0
    np.testing.assert_array_equal(
        space.lifted(reader(np.zeros((5, 8), np.float32)), 8, np.zeros((0, 3))), np.zeros((8, 3))
    )


def test_each_block_is_read_once_with_each_later_one(monkeypatch):
    monkeypatch.setattr(room, "_BLOCK_CELLS", 100)
    rows, seen = table_of(10, 25, 9), []

    def read(part, out):
        seen.append((part.start, part.stop))
        out[:] = rows[part]

    row_space(read, 10, 25)
    assert block_rows(10, 25) == 4
    assert seen == [(0, 4), (4, 8), (8, 10), (4, 8), (8, 10), (8, 10)]
