"""Further columns carried along beside the label column."""

import numpy as np
import pytest
from diabolo.data.opening import read_table

from diabolo.errors import DataFileError, ParameterError

TEXT = "id,w,kind,x,note\n007,1,a,2,p\n008,3,b,4,q\n"


@pytest.mark.parametrize("quote", ["", '"'])
@pytest.mark.parametrize(
    ("label", "keep", "features", "carried"),
    [
        ("kind", ["id", "note"], ("w", "x"), {"kind": ["a", "b"], "id": ["007", "008"], "note": ["p", "q"]}),
        ("kind", ["-1", 0], ("w", "x"), {"kind": ["a", "b"], "note": ["p", "q"], "id": ["007", "008"]}),
        (None, ["note", "kind", "id"], ("w", "x"), {"note": ["p", "q"], "kind": ["a", "b"]}),
    ],
)
def test_columns_are_carried_untouched(tmp_path, quote, label, keep, features, carried):
    path = tmp_path / "t.csv"
    path.write_text(TEXT.replace("p\n", f"{quote}p{quote}\n"))
    table = read_table(path, label_column=label, keep_columns=keep)
    assert table.feature_names == features
    assert table.rows.tolist() == [[1, 2], [3, 4]]
    assert list(table.carried)[: len(carried)] == list(carried)
    assert {name: table.carried[name] for name in carried} == carried


def test_a_table_without_names(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("1,a,2,x\n3,b,4,y\n")
    table = read_table(path, label_column=1, keep_columns=[3])
    assert table.rows.tolist() == [[1, 2], [3, 4]]
    assert table.carried == {"label": ["a", "b"], "column_3": ["x", "y"]}


def test_a_column_that_pandas_left_without_a_name(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(",w\n0,1\n1,2\n")
    assert read_table(path, keep_columns=["0"]).carried == {"column_0": ["0", "1"]}


def test_arrays(tmp_path):
    np.save(tmp_path / "t.npy", np.arange(8.0).reshape(2, 4))
    table = read_table(tmp_path / "t.npy", label_column=-1, keep_columns=[0])
    assert table.rows.tolist() == [[1, 2], [5, 6]]
    assert {name: column.tolist() for name, column in table.carried.items()} == {
        "label": [3, 7],
        "column_0": [0, 4],
    }
    np.savez(tmp_path / "t.npz", X=np.ones((2, 3)), y=np.zeros(2), id=np.array(["a", "b"]))
    table = read_table(tmp_path / "t.npz", label_column="y", keep_columns=["id"])
    assert list(table.carried) == ["y", "id"]
    assert table.carried["id"].tolist() == ["a", "b"]


@pytest.mark.parametrize(
    ("label", "keep", "kind", "said"),
    [
        ("kind", ["idd"], DataFileError, "has no column named 'idd'; it has 'id', .*Did you mean 'id'?"),
        (None, [9], DataFileError, "has 5 columns, numbered 0 to 4, so keep_columns=9 is not one of them"),
        ("kind", ["kind"], ParameterError, "keep_columns='kind' is label_column already; leave it out"),
        (None, ["id", "0"], ParameterError, "keep_columns='0' is given twice; leave it out"),
        ("kind", ["0", "1", "3", "4"], DataFileError, "none is left beside those carried along"),
    ],
)
def test_columns_that_cannot_be_kept(tmp_path, label, keep, kind, said):
    path = tmp_path / "t.csv"
    path.write_text(TEXT)
    with pytest.raises(kind, match=said):
        read_table(path, label_column=label, keep_columns=keep)


def test_arrays_that_cannot_be_kept(tmp_path):
    np.savez(tmp_path / "t.npz", X=np.ones((2, 3)), id=np.zeros(3))
    with pytest.raises(DataFileError, match="no array named 'x' for a column to keep; it has"):
        read_table(tmp_path / "t.npz", keep_columns=["x"])
    with pytest.raises(DataFileError, match="array 'id': a column to keep must have one axis of 2 entries"):
        read_table(tmp_path / "t.npz", keep_columns=["id"])
    with pytest.raises(ParameterError, match="keep_columns must name another array of an"):
        read_table(tmp_path / "t.npz", keep_columns=[0])
