import tracemalloc

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diabolo.data.array_source import ArraySource
from diabolo.data.source import Source
from diabolo.errors import InputError, InputTypeError, ParameterError
from diabolo.screening.mutual_information import mutual_information
from diabolo.screening.passes import as_source, pass_over, plan_reading


@settings(max_examples=40)
@given(st.integers(1, 700), st.integers(1, 3000), st.booleans(), st.integers(1, 3))
def test_every_cell_is_passed_once(n_rows, n_features, whole, n_jobs):
    X = np.arange(n_rows * n_features, dtype=np.float64).reshape(n_rows, n_features)
    source = ArraySource(X).rows(np.arange(n_rows))
    seen = np.zeros_like(X)

    def work(rows, columns, block):
        assert not whole or rows == slice(0, n_rows)
        np.testing.assert_array_equal(block, X[rows, columns])
        seen[rows, columns] += 1

    pass_over(source, work, whole, 2**25 + 100 * n_features, n_jobs)
    assert (seen == 1).all()


def test_progress_grows_to_one():
    told = []
    source = ArraySource(np.zeros((1000, 5000), np.float32)).rows(np.arange(1000))
    pass_over(source, lambda *_: None, True, "25MB", progress=told.append)
    assert told == sorted(told)
    assert len(told) > 3
    assert told[-1] == 1.0


def test_what_is_held_stays_within_the_memory_given():
    class Drawn(Source):
        def _read(self, rows, columns, out):
            for row in out:
                row[:] = np.random.default_rng(columns.start).random(len(row), np.float32)

    y = np.random.default_rng(0).normal(size=1000)
    source = Drawn("drawn", (1000, 40_000), np.float32)
    mutual_information(source.columns(np.arange(128)), y)
    tracemalloc.start()
    mutual_information(source, y, max_memory="60MB")
    held = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert held < 60e6


def test_too_little_memory_says_what_would_do():
    source = ArraySource(np.zeros((100_000, 50), np.float32), name="a.npy")
    with pytest.raises(
        ParameterError, match=r"a.npy \(100,000 rows of 50 features\) takes at least 17 MB, and"
    ):
        plan_reading(source, True, "1MB")
    with pytest.raises(ParameterError, match="n_jobs must be a whole number of threads, at least 1; got 0"):
        plan_reading(source, True, "1GB", 0)


def test_tables_of_all_kinds_are_taken():
    frame = pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]})
    assert as_source(frame).feature_names == ("a", "b")
    assert as_source([[1, 2]]).shape == (1, 2)
    assert as_source(np.array([[1, None]], object)).dtype == np.float64
    with pytest.raises(InputTypeError, match=r"diabolo\.open\('table\.csv'\) reads a file"):
        as_source("table.csv")
    with pytest.raises(InputError, match=r"holds text in column 0 \('a' in row 0\)"):
        as_source(np.array([["a", 1]], object))
    with pytest.raises(InputError, match="has 0 rows and 3 features: there is nothing to screen"):
        as_source(np.zeros((0, 3)))
