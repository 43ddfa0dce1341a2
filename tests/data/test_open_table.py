# ruff: noqa: E501 - error messages are shown whole, one a line

import io
import sys

import h5py
import numpy as np
import pandas
import pytest

import diabolo
from diabolo.data.array_source import ArraySource
from diabolo.data.destination import split_address
from diabolo.data.formats import READ
from diabolo.data.open_table import JoinedSource, open_table
from diabolo.data.sink import open_sink
from diabolo.errors import DataFileError, DiaboloError, InputError, InputTypeError, ParameterError

CELLS = np.arange(12.0).reshape(4, 3)
ALL = ", ".join(READ)


def error(given, kind=DiaboloError, **options):
    with pytest.raises(kind) as caught:
        open_table(given, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_it_is_public_under_the_name_open():
    assert diabolo.open is open_table


def test_what_is_no_table_and_no_path():
    for given in (None, 7, 2.5, True):
        assert (
            error(given, InputTypeError) == f"{given!r} is no table: give a path, an array or a data frame."
        )
    assert error("", DataFileError) == "the path is empty: name a file."


def test_a_model_is_no_table(tmp_path):
    (tmp_path / "iris.diabolo").write_bytes(bytes(99))
    said = f"{tmp_path}/iris.diabolo is a model by its name and no table; diabolo.load reads it."
    assert error(tmp_path / "iris.diabolo", DataFileError) == said


def test_a_source_passes_through():
    source = ArraySource(CELLS)
    assert open_table(source) is source


@pytest.mark.parametrize("given", [CELLS.tolist(), CELLS, CELLS.astype(int)])
def test_an_array_and_lists_pass_through(given):
    np.testing.assert_array_equal(open_table(given)[:], CELLS)


def test_a_target_of_an_array_is_a_column_number(tmp_path):
    np.save(tmp_path / "a.npy", CELLS)
    for given in (CELLS, tmp_path / "a.npy"):
        source = open_table(given, target=-1, keep_columns=[0])
        np.testing.assert_array_equal(source[:], CELLS[:, 1:2])
        assert source.target_name == "label"
        assert {name: values.tolist() for name, values in source.carried.items()} == {
            "label": [2, 5, 8, 11],
            "column_0": [0, 3, 6, 9],
        }
    assert (
        error(CELLS, target=3) == "the array has 3 columns, numbered 0 to 2, so target=3 is not one of them."
    )


def test_an_array_read_the_other_way():
    np.testing.assert_array_equal(open_table(CELLS, rows="last")[:], CELLS.T)


def test_a_dataset_is_named_in_the_path_or_beside_it(tmp_path):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["group/cells"], file["other"] = CELLS, CELLS * 2
    for options in ({"path": f"{path}::group/cells"}, {"path": path, "dataset": "/group/cells"}):
        with open_table(**options) as source:
            np.testing.assert_array_equal(source[:], CELLS)
            assert source.name == f"{path}::group/cells"
    assert error(f"{path}::other", dataset="group/cells") == (
        f"{path}::other names the dataset 'other', and dataset='group/cells' another: give one."
    )


def test_several_files_as_one_by_a_list_and_by_a_pattern(tmp_path):
    for number, part in enumerate(np.split(CELLS, 2)):
        np.save(tmp_path / f"part{number}.npy", part)
    for given in ([tmp_path / "part0.npy", str(tmp_path / "part1.npy")], str(tmp_path / "part*.npy")):
        with open_table(given) as source:
            np.testing.assert_array_equal(source[:], CELLS)
    assert error(f"{tmp_path}/none*.npy") == f"{tmp_path}/none*.npy matches no file: correct the pattern."
    np.save(tmp_path / "part2.npy", CELLS[:, :2])
    assert error(f"{tmp_path}/part*.npy") == (
        f"{tmp_path}/part2.npy has 2 columns and {tmp_path}/part0.npy has 3: files read as one must have the same columns."
    )


def test_text_tables_with_a_quoted_comma_a_target_and_row_names(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('row_names,a,b,age,"who, what"\ns1,1,2,30,"x, y"\ns2,3,4,40.5,z\n')
    source = open_table(path, target="age", keep_columns=["who, what"])
    np.testing.assert_array_equal(source[:], [[1, 2], [3, 4]])
    assert source.feature_names == ("a", "b")
    assert source.row_names == ("s1", "s2")
    assert source.target_name == "age"
    assert source.carried["age"].tolist() == [30, 40.5]
    assert source.written_as["age"].tolist() == ["30", "40.5"]
    assert source.carried["who, what"].tolist() == ["x, y", "z"]


def test_a_data_frame_with_names():
    frame = pandas.DataFrame({"a": [1, 2], "b": [0.5, None], "kind": ["x", None]}, index=["r", "s"])
    source = open_table(frame, keep_columns=["a", "kind"])
    np.testing.assert_array_equal(source[:], [[0.5], [np.nan]])
    assert (source.feature_names, source.row_names) == (("b",), ("r", "s"))
    assert source.carried["a"].tolist() == [1, 2]
    assert source.carried["kind"].tolist() == ["x", ""]


@pytest.mark.parametrize("given", [["a.csv", 3], [], ["a.csv", CELLS]])
def test_a_list_that_is_not_of_files_is_no_table_of_files(given):
    assert error(given, DiaboloError)


def test_files_opened_before_one_that_fails_are_closed(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["data"] = CELLS
    assert error([tmp_path / "a.h5", tmp_path / "b.h5"], DataFileError).startswith(
        f"{tmp_path}/b.h5 does not exist."
    )
    with h5py.File(tmp_path / "a.h5", "a") as file:  # HDF5 refuses it while a reader is open
        file["more"] = 1


def test_several_text_tables_as_one(tmp_path):
    for number, part in enumerate(["a,kind\n1,007\n2,x\n", "a,kind\n,y\n"]):
        (tmp_path / f"part{number}.csv").write_text(part)
    with open_table(f"{tmp_path}/part*.csv", target="kind") as source:
        np.testing.assert_array_equal(source[:], [[1], [2], [np.nan]])
        assert source.carried["kind"].tolist() == ["007", "x", "y"]
        assert source.target_name == "kind"
        assert source.place(2, 0) == f"line 2, column 'a' (number 0) in {tmp_path}/part1.csv"


def test_a_file_whose_name_has_what_else_means_something(tmp_path):
    for name in ("a::b.npy", "a*.npy", "a b[1].npy"):
        np.save(tmp_path / name, CELLS)
        with open_table(str(tmp_path / name)) as source:
            np.testing.assert_array_equal(source[:], CELLS)
    assert split_address(str(tmp_path / "a::b.npy")) == (str(tmp_path / "a::b.npy"), None)
    assert split_address("a.zarr::b/c") == ("a.zarr", "b/c")


def test_a_missing_file_suggests_its_neighbor(tmp_path):
    with open_sink(tmp_path / "codes.npz", 1, 1) as sink:
        sink.write(0, np.ones((1, 1)))
    for name in ("code.npz", "codes.npy"):
        with pytest.raises(DataFileError, match=r"Did you mean 'codes\.npz'\?$"):
            open_table(tmp_path / name)
    for name, said in (
        ("no/a.csv", f"cannot be read: there is no folder {tmp_path}/no."),
        ("a.csv", "does not exist."),
    ):
        assert error(tmp_path / name) == f"{tmp_path / name} {said}"
    (tmp_path / "b.csv").mkdir()
    said = f"{tmp_path}/b.csv is a folder without a table in it: name one with tables, or a file."
    assert error(tmp_path / "b.csv") == said


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("a.h6", {}, f"FILE has the suffix '.h6', and the format is chosen by the suffix: it must be one of {ALL}. Did you mean '.h5'?"),
        ("a", {}, f"FILE has a name without a suffix, and the format is chosen by the suffix: it must be one of {ALL}."),
        ("a.npy", {"dataset": "x"}, "dataset='x' means nothing to FILE: leave it out."),
        ("a.h5", {"delimiter": ";"}, "delimiter=';' means nothing to FILE: leave it out."),
        ("a.h5", {"header": False}, "header=False means nothing to FILE: leave it out."),
        ("a.h5", {"decimal": "."}, "decimal='.' means nothing to FILE: leave it out."),
        ("a.h5", {"target": 3}, "FILE: target names columns of such a file by text; got 3."),
        ("a.csv", {"rows": "last"}, "rows='last' means nothing to FILE: leave it out, or write the table with a row for each of its columns first, such as with pandas.read_csv('FILE', index_col=0).T.to_csv(NEW)."),
        ("a.h5", {"rows": "columns"}, 'rows must be "first" or "last", the axis of the rows; got \'columns\'.'),
        ("a.csv", {"keep_columns": "id"}, "keep_columns is a list of columns: say keep_columns=['id']."),
        ("a.csv", {"keep_columns": -1}, "keep_columns is a list of columns: say keep_columns=[-1]."),
        ("a.csv", {"target": True}, "target must be a column's name or its number; got True."),
        ("a.csv", {"target": 0.5}, "target must be a column's name or its number; got 0.5."),
        ("a.csv::x", {}, "dataset='x' means nothing to FILE: leave it out."),
    ],
)  # fmt: skip
def test_what_cannot_be_opened(tmp_path, name, options, said):
    path = tmp_path / name.partition("::")[0]
    path.write_text("1,2\n3,4\n")
    assert error(str(tmp_path / name), **options) == said.replace("FILE", str(path))


def test_options_that_mean_nothing_to_an_array():
    assert error(CELLS, dataset="x") == "dataset='x' means nothing to an array: leave it out."
    assert error(CELLS, header=True) == "header=True means nothing to a table in memory: leave it out."


@pytest.mark.parametrize("given", [object(), [[1], [2, 3]], {1: 2}])
def test_what_is_no_table(given):
    said = error(given, InputTypeError)
    assert said.endswith("is no table: give a path, an array or a data frame.")


def test_options_for_a_source_are_refused():
    assert (
        error(ArraySource(CELLS), ParameterError, target="a")
        == "target='a' means nothing to a source: leave it out."
    )


def part(n, name, *, features=("a", "b"), carried=None, dtype=float, **options):
    return ArraySource(
        np.full((n, len(features)), n, dtype), feature_names=features, carried=carried, name=name, **options
    )


def test_types_names_and_carried_columns_are_joined():
    joined = JoinedSource([
        part(2, "u", dtype="i4", carried={"age": np.array([1, 2]), "site": np.array([5, 6]), "x": np.zeros(2)}, row_names=["r", "s"]),
        part(1, "v", dtype="f4", carried={"age": np.array([0.5]), "site": np.array(["k"])}, row_names=["t"]),
    ])  # fmt: skip
    assert joined.dtype == np.float64
    assert joined.name == "u and 1 more"
    assert joined.row_names == ("r", "s", "t")
    assert {name: values.tolist() for name, values in joined.carried.items()} == {
        "age": [1, 2, 0.5],
        "site": ["5", "6", "k"],
    }
    np.testing.assert_array_equal(joined[:], [[2, 2], [2, 2], [1, 1]])


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (part(1, "v", features=("a", "b", "c")), "v has 3 columns and u has 2: files read as one must have the same columns."),
        (part(1, "v", features=("a", "c")), "v differs from u in column 1 (counted from 0), which is 'c' and not 'b': files read as one must have the same columns in the same order."),
        (ArraySource(np.zeros((1, 2)), name="v"), "v differs from u in column 0 (counted from 0), which is no name and not 'a': files read as one must have the same columns in the same order."),
        (part(1, "v"), "v has no column 'age', the target in u: files read as one must have the same target."),
    ],
)  # fmt: skip
def test_the_file_that_differs_is_named(other, said):
    first = part(1, "u", carried={"age": np.array([3])}, target_name="age")
    with pytest.raises(InputError) as caught:
        JoinedSource([first, other])
    assert str(caught.value) == said


def test_nothing_to_join():
    with pytest.raises(InputError, match="no tables were given to join; name at least one"):
        JoinedSource([])


def test_a_place_is_one_of_the_part_s(tmp_path):
    paths = [tmp_path / "a.csv", tmp_path / "b.csv"]
    paths[0].write_text("x,y\n1,2\n3,4\n")
    paths[1].write_text('x,y\n5,6\n"7",\n')
    with diabolo.open(paths) as joined:
        np.testing.assert_array_equal(joined[:], [[1, 2], [3, 4], [5, 6], [7, np.nan]])
        assert joined.place(1, 0) == f"line 3, column 'x' (number 0) in {paths[0]}"
        assert joined.place(3, 1) == f"line 3, column 'y' (number 1) in {paths[1]}"
        assert joined.rows([3]).columns([1]).place(0, 0) == joined.place(3, 1)
        assert joined.header_found
        assert [str(path) in note for path, note in zip(paths, joined.notes, strict=True)] == [True, True]


def test_what_carried_columns_were_written_as_is_joined():
    first = part(2, "u", carried={"price": np.array([1.5, 2]), "zip": np.array([7, 8])})
    first.written_as = {"price": np.array(["1.50", "2"]), "zip": np.array(["7.", "8"])}
    second = part(1, "v", carried={"price": np.array([3]), "zip": np.array(["007"])})
    joined = JoinedSource([first, second])
    assert joined.carried["price"].tolist() == [1.5, 2, 3]
    assert joined.carried["zip"].tolist() == ["7.", "8", "007"]
    assert {name: text.tolist() for name, text in joined.written_as.items()} == {"price": ["1.50", "2", "3"]}


def test_a_dash_is_a_text_table_on_standard_input(monkeypatch):
    def piped(text):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))

    piped(b"a;b;c\n0,5;1;x\n")
    source = open_table("-", keep_columns=["c"])
    assert (source.name, source[:].tolist(), source.carried["c"].tolist()) == (
        "standard input",
        [[0.5, 1]],
        ["x"],
    )
    piped(b"1,2\n")
    assert open_table("-", header=False)[:].tolist() == [[1, 2]]
    piped(b"1,2\n")
    assert (
        error("-", ParameterError, dataset="x")
        == "dataset='x' means nothing to standard input: leave it out."
    )


@pytest.mark.parametrize(
    "option", [{"thousands": "."}, {"encoding": "cp1252"}, {"skip_lines": 1}, {"below_limit": "half"}, {"above_limit": "limit"}, {"na_values": ["x"]}, {"sheet": "x"}]
)  # fmt: skip
def test_settings_of_text_mean_nothing_to_an_array(tmp_path, option):
    np.save(tmp_path / "a.npy", CELLS)
    for given in (CELLS, tmp_path / "a.npy"):
        assert "leave it out." in error(given, ParameterError, **option)


@pytest.mark.parametrize("name", ["t.csv", "t.parquet", "t.feather"])
def test_categories_are_features_beside_the_numbers(tmp_path, name):
    frame = pandas.DataFrame({"id": ["p1", "p2"], "kind": ["a", "b"], "size": [1.5, 2.5], "floor": [3, 4]})
    path = tmp_path / name
    {"t.csv": frame.to_csv, "t.parquet": frame.to_parquet, "t.feather": frame.to_feather}[name](
        path, **({"index": False} if name == "t.csv" else {})
    )
    source = open_table(path, keep_columns=["id"], categories=["kind", "-1"])
    assert source.feature_names == ("size",)
    assert list(source.carried) == ["id"]
    assert {each: cells.tolist() for each, cells in source.category_cells.items()} == {
        "kind": ["a", "b"],
        "floor": [3, 4],
    }
    alone = open_table(path, categories=["kind", "floor"], drop_columns=["id", "size"])
    assert (alone.shape, list(alone.category_cells)) == ((2, 0), ["kind", "floor"])
    both = open_table([path, path], categories=["kind"], drop_columns=["id"])
    assert both.category_cells["kind"].tolist() == ["a", "b", "a", "b"]


def test_categories_of_a_file_of_arrays_stand_beside_the_table(tmp_path):
    np.savez(tmp_path / "t.npz", data=np.eye(3), kind=["a", "b", "a"], site=["x", "y", "z"])
    source = open_table(tmp_path / "t.npz", categories=["kind"], keep_columns=["site"])
    assert (list(source.category_cells), list(source.carried)) == (["kind"], ["site"])


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        ("a,b\nx,1\ny,2\n", {"categories": "a"}, "categories is a list of columns: say categories=['a']"),
        ("a,b\nx,1\ny,2\n", {"categories": ["c"]}, "has no column named 'c'; it has 'a', 'b'."),
        ("a,b\nx,1\ny,2\n", {"categories": ["a"], "keep_columns": ["a"]}, "keep_columns='a' and categories='a' say two things"),
        ("x,1\ny,2\n", {"categories": [0], "header": False}, "has no column names, and categories=0 must be found in other files, too"),
    ],
)  # fmt: skip
def test_categories_that_cannot_be(tmp_path, text, options, said):
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(DiaboloError) as caught:
        open_table(tmp_path / "t.csv", **options)
    assert said in str(caught.value)


def test_categories_of_what_has_no_text(tmp_path):
    np.save(tmp_path / "t.npy", np.eye(3))
    for table in (tmp_path / "t.npy", np.eye(3)):
        with pytest.raises(ParameterError, match=r"^categories=\(0,\) means nothing to "):
            open_table(table, categories=[0])
