"""Frames with columns replaced."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from diabolo.data.filled_frame import with_columns_replaced


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("float64", "float64"),
        ("float32", "float32"),
        ("int64", "float64"),
        ("Int32", "Float64"),
        ("Float32", "Float32"),
        ("boolean", "Float64"),
        ("int64[pyarrow]", "double[pyarrow]"),
        ("float[pyarrow]", "float[pyarrow]"),
        ("object", "float64"),
    ],
)
def test_types_of_pandas(before, after):
    cells = pd.Series([1, 0], dtype=before, index=[5, 3])
    frame = pd.DataFrame({"a": cells, "kind": ["x", "y"]}, index=[5, 3])
    found = with_columns_replaced(frame, {"a": np.array([1.0, 0.5])})
    assert str(found["a"].dtype) == after
    assert found["a"].tolist() == [1.0, 0.5]
    assert found.index.tolist() == [5, 3]
    assert frame["a"].tolist() == [1, 0]
    assert frame["a"].dtype == cells.dtype


@pytest.mark.parametrize(("before", "after"), [("Float32", "Float32"), ("Int64", "Float64")])
def test_types_of_polars(before, after):
    frame = pl.DataFrame({"a": pl.Series([1, None], dtype=getattr(pl, before)), "kind": ["x", "y"]})
    found = with_columns_replaced(frame, {"a": np.array([1.0, 0.5])})
    assert str(found["a"].dtype) == after
    assert found.columns == ["a", "kind"]
    assert found["a"].to_list() == [1.0, 0.5]


def test_nothing_replaced_is_a_copy():
    frame = pd.DataFrame({"a": [1.0]})
    found = with_columns_replaced(frame, {})
    found.loc[0, "a"] = 2.0
    assert frame.loc[0, "a"] == 1.0
    assert with_columns_replaced(pl.DataFrame({"a": [1.0]}), {})["a"].to_list() == [1.0]


def test_lists_keep_their_columns_type():
    frame = pd.DataFrame({"kind": pd.Categorical(["x", None]), "text": ["a", None], "n": [1, 2]})
    found = with_columns_replaced(frame, {"kind": ["x", "new"], "text": ["a", "b"]})
    assert found["kind"].tolist() == ["x", "new"]
    assert found["kind"].cat.categories.tolist() == ["x", "new"]
    assert (found["text"].tolist(), found["text"].dtype) == (["a", "b"], frame["text"].dtype)
    enum = pl.DataFrame({"kind": pl.Series(["x", None], dtype=pl.Enum(["x"]))})
    found = with_columns_replaced(enum, {"kind": ["x", "new"]})
    assert (found["kind"].to_list(), found.schema["kind"]) == (["x", "new"], pl.Enum(["x", "new"]))


@pytest.mark.parametrize(
    ("before", "after"), [("float32", "float"), ("float64", "double"), ("int32", "double")]
)
def test_tables_of_arrow(before, after):
    table = pa.table({"a": pa.array([1, None], getattr(pa, before)()), "kind": ["x", None]})
    found = with_columns_replaced(table, {"a": np.array([1.0, 0.5]), "kind": ["x", "y"]})
    assert found.to_pydict() == {"a": [1.0, 0.5], "kind": ["x", "y"]}
    assert str(found.schema.field("a").type) == after
    assert with_columns_replaced(table, {}).equals(table)
