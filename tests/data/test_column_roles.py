# ruff: noqa: E501 - error messages are shown whole, one a line
"""What each column is: carried, left unread, or a feature, through every door."""

import types

import h5py
import numpy as np
import pandas
import polars
import pyarrow
import pytest
import scipy.sparse
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import feather, parquet

from diabolo import open as open_table
from diabolo.data.column_roles import column_roles
from diabolo.errors import InputError, ParameterError

NAMES = ["id", "w", "x", "y", "note"]
ROWS = np.array([[7.0, 1, 2, 3, 9], [8.0, 4, 5, 6, 9]])
TEXTS = {"id": ["p7", "p8"], "note": ["so", "no"]}
COLUMNS = {name: TEXTS.get(name, ROWS[:, place]) for place, name in enumerate(NAMES)}


def as_csv(folder, suffix=".csv", mark=",", quote=""):
    rows = (mark.join(f"{quote}{COLUMNS[name][row]}{quote}" for name in NAMES) for row in range(2))
    lines = [mark.join(NAMES), *rows]
    path = folder / f"t{suffix}"
    path.write_text("\n".join(lines) + "\n")
    return path


def as_parquet(folder):
    parquet.write_table(pyarrow.table(COLUMNS), folder / "t.parquet")
    return folder / "t.parquet"


def as_feather(folder):
    feather.write_feather(pyarrow.table(COLUMNS), folder / "t.feather")
    return folder / "t.feather"


NAMED = {
    "csv": as_csv,
    "tsv": lambda folder: as_csv(folder, ".tsv", "\t"),
    "quoted": lambda folder: as_csv(folder, quote='"'),
    "parquet": as_parquet,
    "feather": as_feather,
    "pandas": lambda folder: pandas.DataFrame(COLUMNS),
    "polars": lambda folder: polars.DataFrame(COLUMNS),
    "Arrow": lambda folder: pyarrow.table(COLUMNS),
}


@pytest.mark.parametrize("door", NAMED)
@pytest.mark.parametrize(
    ("options", "features", "carried"),
    [
        ({"keep_columns": ["id"], "drop_columns": ["note", "x"]}, ["w", "y"], ["id"]),
        ({"drop_columns": ["note", 0]}, ["w", "x", "y"], []),
        ({"columns": ["y", "w"]}, ["w", "y"], []),
        ({"columns": ["x"], "target": "y", "keep_columns": ["note"]}, ["x"], ["y", "note"]),
        ({"columns": ["x"], "drop_columns": ["id"]}, ["x"], []),
    ],
)
def test_a_table_of_columns(tmp_path, door, options, features, carried):
    with open_table(NAMED[door](tmp_path), **options) as source:
        assert source.feature_names == tuple(features)
        np.testing.assert_array_equal(source[:], np.column_stack([COLUMNS[name] for name in features]))
        assert set(source.carried) == set(carried)
        for name in carried:
            assert source.carried[name].tolist() == list(COLUMNS[name])


@pytest.mark.parametrize("door", NAMED)
def test_a_column_of_text_is_no_feature(tmp_path, door):
    with pytest.raises(
        InputError, match=r"has no numbers in 'id', which cannot be a feature; leave it out of columns\."
    ):
        open_table(NAMED[door](tmp_path), columns=["id", "x"])


def as_npy(folder):
    np.save(folder / "t.npy", ROWS)
    return folder / "t.npy"


NAMELESS = {
    "npy": as_npy,
    "array": lambda folder: ROWS,
    "list": lambda folder: ROWS.tolist(),
    "sparse": lambda folder: scipy.sparse.csr_array(ROWS),
    "csv": lambda folder: np.savetxt(folder / "n.csv", ROWS, delimiter=",") or folder / "n.csv",
}


@pytest.mark.parametrize("door", NAMELESS)
@pytest.mark.parametrize(
    ("options", "features", "carried"),
    [
        ({"target": -1, "drop_columns": [0, "2"]}, [1, 3], {"label": [9, 9]}),
        ({"columns": [3, 1], "keep_columns": [0]}, [1, 3], {"column_0": [7, 8]}),
        ({"drop_columns": [-1]}, [0, 1, 2, 3], {}),
    ],
)
def test_a_table_of_numbers(tmp_path, door, options, features, carried):
    source = open_table(NAMELESS[door](tmp_path), **options)
    np.testing.assert_array_equal(source[:], ROWS[:, features])
    assert {name: column.tolist() for name, column in source.carried.items()} == carried


def as_npz(folder):
    np.savez(folder / "t.npz", X=ROWS[:, 1:4], feature_names=NAMES[1:4], id=[7, 8], note=TEXTS["note"])
    return folder / "t.npz"


def as_h5(folder):
    with h5py.File(folder / "t.h5", "w") as file:
        file["data"], file["feature_names"], file["id"], file["note"] = (
            ROWS[:, 1:4],
            NAMES[1:4],
            [7, 8],
            TEXTS["note"],
        )
    return folder / "t.h5"


BESIDE = {
    "npz": as_npz,
    "h5": as_h5,
    "AnnData": lambda folder: anndata(ROWS[:, 1:4]),
}


def anndata(matrix):
    kind = type("AnnData", (types.SimpleNamespace,), {"__module__": "anndata"})
    obs = pandas.DataFrame({"id": [7, 8], "note": TEXTS["note"]})
    return kind(X=matrix, layers={}, obs=obs, obs_names=["a", "b"], var_names=NAMES[1:4])


@pytest.mark.parametrize("door", BESIDE)
@pytest.mark.parametrize(
    ("options", "features", "carried"),
    [
        ({"drop_columns": ["x", "id"]}, ["w", "y"], {"note"}),
        ({"columns": ["y", 0]}, ["w", "y"], {"id", "note"}),
        ({"columns": ["x"], "target": "id", "keep_columns": ["note"]}, ["x"], {"id", "note"}),
    ],
)
def test_a_table_with_columns_beside_it(tmp_path, door, options, features, carried):
    with open_table(BESIDE[door](tmp_path), **options) as source:
        assert source.feature_names == tuple(features)
        np.testing.assert_array_equal(source[:], np.column_stack([COLUMNS[name] for name in features]))
        assert set(source.carried) == carried
        assert source.target_name == options.get("target")


@pytest.mark.parametrize("door", BESIDE)
def test_a_target_is_not_dropped(tmp_path, door):
    with pytest.raises(
        ParameterError, match=r"target='id' and drop_columns='id' say two things of one column"
    ):
        open_table(BESIDE[door](tmp_path), target="id", drop_columns=["id"])


@pytest.mark.parametrize("option", ["keep_columns", "drop_columns", "columns"])
def test_one_name_is_no_list(option):
    with pytest.raises(ParameterError, match=rf"^{option} is a list of columns: say {option}=\['w'\]\."):
        open_table(ROWS, **{option: "w"})


@pytest.mark.parametrize(
    ("options", "kind", "said"),
    [
        ((None, ["id"], ["id"], None), ParameterError, "keep_columns='id' and drop_columns='id' say two things of one column; leave one of them out."),
        (("id", None, None, [0]), ParameterError, "target='id' and columns=0 say two things of one column; leave one of them out."),
        ((None, None, ["x"], ["x"]), ParameterError, "drop_columns='x' and columns='x' say two things of one column; leave one of them out."),
        ((None, None, None, ["x", 2]), ParameterError, "columns=2 is given twice; leave it out."),
        ((None, None, ["nte"], None), InputError, "t.csv has no column named 'nte'; it has 'id', 'w', 'x', 'y', 'note'. Did you mean 'note'?"),
        ((None, None, None, ["wx"]), InputError, "t.csv has no column named 'wx'; it has 'id', 'w', 'x', 'y', 'note'. Did you mean 'x'?"),
        ((None, ["id"], ["w", "x", "y", "note"], None), InputError, "t.csv has 5 columns, and none is left as a feature beside those carried along and those not read."),
        ((None, None, [9], None), InputError, "t.csv has 5 columns, numbered 0 to 4, so drop_columns=9 is not one of them."),
        ((None, None, [1.5], None), ParameterError, "drop_columns must be a column's name or its number; got 1.5."),
    ],
)  # fmt: skip
def test_what_cannot_be(options, kind, said):
    with pytest.raises(kind) as caught:
        column_roles(*options, NAMES, 5, "t.csv")
    assert str(caught.value) == said


@given(st.permutations(range(6)), st.integers(0, 2), st.integers(0, 2))
def test_every_column_has_one_role(order, n_kept, n_dropped):
    kept, dropped, left = order[:n_kept], order[n_kept : n_kept + n_dropped], order[n_kept + n_dropped :]
    roles = column_roles(None, kept, dropped, None, None, 6, "t.csv")
    assert set(roles.carried.values()) == set(kept)
    assert roles.unread == set(dropped)
    chosen = column_roles(None, kept, None, left, None, 6, "t.csv")
    assert (chosen.unread, chosen.chosen) == (set(dropped), set(left))


def test_text_that_is_not_read_may_hold_anything(tmp_path):
    """Lines with quotes and without are read by different readers."""
    path = tmp_path / "t.csv"
    path.write_text('a,note,b\n1,x;y,2\n3,"a, ""b""\nc",4\n5,,6\n7,0.5,8\n')
    source = open_table(path, drop_columns=["note"])
    assert source[:].tolist() == [[1, 2], [3, 4], [5, 6], [7, 8]]
    path.write_text("note,a,b\nx,1,2\ny,3\n")
    with pytest.raises(InputError, match=r"line 3: expected 3 cells as in the first line, got 2"):
        open_table(path, drop_columns=["note"])
    path.write_text("a,b,note\n1,2,x\n3,4,y,z\n")
    with pytest.raises(InputError, match=r"line 3: expected 3 cells as in the first line, got 4"):
        open_table(path, drop_columns=["note"])
