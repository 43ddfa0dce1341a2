import threading
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diabolo.data import cells
from diabolo.data.array_source import ArraySource, ColumnBlock, ColumnsSource, PackedColumn, widest_type
from diabolo.errors import InputError

CELLS = np.random.default_rng(0).normal(size=(23, 17))
LAYOUTS = {
    "C": CELLS,
    "F": np.asfortranarray(CELLS),
    "big-endian": CELLS.astype(">f8"),
    "every other": np.repeat(np.repeat(CELLS, 2, 0), 2, 1)[::2, ::2],
    "backwards": CELLS[::-1, ::-1].copy()[::-1, ::-1],
}
WHOLE = np.random.default_rng(0).integers(0, 50, (29, 13))


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


def packed(column):
    return PackedColumn(
        column.tolist(), np.dtype("i2"), lambda values, dtype, rows: np.array(values, dtype)[rows]
    )


def mixed():
    kinds = ["f4", "i8", "u1", "?"]
    columns = [WHOLE[:, i].astype(kinds[i % 4]) if i % 5 else packed(WHOLE[:, i]) for i in range(13)]
    expected = [WHOLE[:, i] > 0 if i % 5 and i % 4 == 3 else WHOLE[:, i] for i in range(13)]
    # Some of the plain columns are lines of an array, in another order and with lines between that are none.
    array = np.arange(8 * 29).reshape(8, 29).astype("i8")
    places, lines = np.array([1, 4, 9]), np.array([6, 0, 3])
    array[lines] = [columns.pop(i) for i in places[::-1]][::-1]
    apart = dict(zip([i for i in range(13) if i not in places], columns, strict=True))
    source = ColumnsSource(apart, 29, "the table", [ColumnBlock(places, lines, array)])
    return source, np.column_stack(expected).astype(float)


@settings(max_examples=60)
@given(st.integers(0, 29), st.integers(0, 29), st.integers(0, 13), st.integers(0, 13), st.integers(1, 40))
def test_rectangles(top, bottom, left, right, size):
    source, expected = mixed()
    part = slice(top, bottom), slice(left, right)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cells, "_PART_CELLS", size)
        patch.setattr(cells, "_PART_COLUMNS", (1, 5))
        np.testing.assert_array_equal(source.read(*part), expected[part])
        np.testing.assert_array_equal(source.peek(*part), expected[part])
        turned = np.full(expected[part].shape[::-1], np.nan, np.float32).T
        np.testing.assert_array_equal(source.read(*part, out=turned), expected[part])


@settings(max_examples=60)
@given(st.lists(st.integers(0, 28)), st.integers(0, 12), st.integers(1, 40))
def test_rows_of_columns_in_any_order(rows, left, size):
    source, expected = mixed()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cells, "_PART_CELLS", size)
        patch.setattr(cells, "_PART_COLUMNS", (1, 5))
        found = source.read(np.array(rows, int), slice(left, None))
    np.testing.assert_array_equal(found, expected[np.array(rows, int), left:])


def test_several_threads_at_once():
    source, expected = mixed()
    found = [None] * 8

    def read(i):
        found[i] = [source[i:] for _ in range(20)]

    threads = [threading.Thread(target=read, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for i, each in enumerate(found):
        np.testing.assert_array_equal(each, np.broadcast_to(expected[i:], (20, 29 - i, 13)))


def test_the_type_holds_every_column():
    assert widest_type([np.dtype("f2"), np.dtype("i2")]) == np.float32
    assert widest_type([np.dtype("i8"), np.dtype("u8")]) == np.float64
    assert widest_type([np.dtype("?"), np.dtype("?")]).kind == "b"
    assert ColumnsSource({}, 3, "the table").shape == (3, 0)


def test_a_closed_table_is_not_read():
    source, _ = mixed()
    assert source.in_memory
    source.close()
    with pytest.raises(
        InputError, match=r"^the table was closed and cannot be read any more: open it anew\.$"
    ):
        source[:]
