import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diabolo.data.array_source import ArraySource

CELLS = np.random.default_rng(0).normal(size=(23, 17))
LAYOUTS = {
    "C": CELLS,
    "F": np.asfortranarray(CELLS),
    "big-endian": CELLS.astype(">f8"),
    "every other": np.repeat(np.repeat(CELLS, 2, 0), 2, 1)[::2, ::2],
    "backwards": CELLS[::-1, ::-1].copy()[::-1, ::-1],
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", ["f8", "f4"])
@given(st.lists(st.integers(0, 22)), st.integers(0, 17), st.integers(0, 17))
def test_rows_in_any_order(layout, dtype, rows, start, stop):
    source, columns = ArraySource(LAYOUTS[layout]), slice(start, max(start, stop))
    expected = CELLS[rows, columns] if rows else CELLS[:0, columns]
    out = np.empty(expected.shape, dtype)
    np.testing.assert_array_equal(source.read(np.array(rows, int), columns, out), expected.astype(dtype))


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["f8", "f4"])
def test_rows_are_taken_without_a_copy_of_the_whole(order, dtype):
    array = np.zeros((40_000, 100), order=order)
    rows = np.arange(0, 40_000, 2)[::-1].copy()
    out = np.empty((len(rows), 100), dtype)
    tracemalloc.start()
    ArraySource(array).read(rows, out=out)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < array.nbytes / 3
