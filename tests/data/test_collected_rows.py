from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diabolo.data.collected_rows import CollectedRows
from diabolo.data.source import Source
from diabolo.errors import InputError


@given(
    counts=st.lists(st.integers(0, 7), max_size=6),
    n_features=st.integers(1, 5),
    resident=st.sampled_from([0, 40, 10**6]),
)
def test_all_rows_come_back_in_order(counts, n_features, resident):
    expected = np.arange(sum(counts) * n_features, dtype=np.float32).reshape(-1, n_features)
    rows, start = CollectedRows(n_features, Path("a.csv"), resident), 0
    for count in counts:
        part = expected[start : start + count]
        rows.append(part[0] if count == 1 else part)
        start += count
    table = rows.table()
    if resident != 40:  # where it depends on how they came
        assert isinstance(table, Source) == (expected.nbytes > resident)
    np.testing.assert_array_equal(np.asarray(table), expected)


def test_what_is_beyond_memory_is_a_source():
    rows = CollectedRows(2, Path("a.csv"), resident_bytes=16)
    rows.append(np.float32([[1, 2], [3, 4]]))
    assert isinstance(CollectedRows(2, Path("a.csv")).table(), np.ndarray)
    rows.append(np.float32([5, 6]))
    with rows.table() as table:
        assert (table.name, table.shape, table.dtype) == ("a.csv", (3, 2), np.float32)
        assert table.read(slice(1, 3), slice(1, 2)).tolist() == [[4], [6]]
    with pytest.raises(InputError, match="was closed"):
        table[:]
