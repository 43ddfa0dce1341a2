# ruff: noqa: E501 - error messages are shown whole, one a line
import h5py
import numpy as np
import pandas
import pytest
from diabolo.data.open_source import open_source

import diabolo
from diabolo.data.array_source import ArraySource
from diabolo.errors import DiaboloError, InputTypeError, ParameterError

CELLS = np.arange(12.0).reshape(4, 3)


def error(given, kind=DiaboloError, **options):
    with pytest.raises(kind) as caught:
        open_source(given, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_it_is_public_under_the_name_open():
    assert diabolo.open is open_source


def test_a_source_passes_through():
    source = ArraySource(CELLS)
    assert open_source(source) is source


@pytest.mark.parametrize("given", [CELLS.tolist(), CELLS, CELLS.astype(int)])
def test_an_array_and_lists_pass_through(given):
    np.testing.assert_array_equal(open_source(given)[:], CELLS)


def test_a_target_of_an_array_is_a_column_number(tmp_path):
    np.save(tmp_path / "a.npy", CELLS)
    for given in (CELLS, tmp_path / "a.npy"):
        source = open_source(given, target=-1, keep_columns=[0])
        np.testing.assert_array_equal(source[:], CELLS[:, 1:2])
        assert source.target_name == "label"
        assert {name: values.tolist() for name, values in source.carried.items()} == {
            "label": [2, 5, 8, 11],
            "column_0": [0, 3, 6, 9],
        }
    assert error(CELLS, target=3) == (
        "the array has 3 columns without names, numbered from 0: target must be one of the numbers; got 3."
    )


def test_an_array_read_the_other_way():
    np.testing.assert_array_equal(open_source(CELLS, rows="last")[:], CELLS.T)


def test_a_dataset_is_named_in_the_path_or_beside_it(tmp_path):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["group/cells"], file["other"] = CELLS, CELLS * 2
    for options in ({"path": f"{path}::group/cells"}, {"path": path, "dataset": "/group/cells"}):
        with open_source(**options) as source:
            np.testing.assert_array_equal(source[:], CELLS)
            assert source.name == f"{path}::group/cells"
    assert error(f"{path}::other", dataset="group/cells") == (
        f"{path}::other names the dataset 'other', and dataset='group/cells' another: give one."
    )


def test_several_files_as_one_by_a_list_and_by_a_pattern(tmp_path):
    for number, part in enumerate(np.split(CELLS, 2)):
        np.save(tmp_path / f"part{number}.npy", part)
    for given in ([tmp_path / "part0.npy", str(tmp_path / "part1.npy")], str(tmp_path / "part*.npy")):
        with open_source(given) as source:
            np.testing.assert_array_equal(source[:], CELLS)
    assert error(f"{tmp_path}/none*.npy") == f"{tmp_path}/none*.npy matches no file: correct the pattern."
    np.save(tmp_path / "part2.npy", CELLS[:, :2])
    assert error(f"{tmp_path}/part*.npy") == (
        f"{tmp_path}/part2.npy has 2 columns and {tmp_path}/part0.npy has 3: files read as one must have the same columns."
    )


def test_text_tables_with_a_quoted_comma_a_target_and_row_names(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('row_names,a,b,age,"who, what"\ns1,1,2,30,"x, y"\ns2,3,4,40.5,z\n')
    source = open_source(path, target="age", keep_columns=["who, what"])
    np.testing.assert_array_equal(source[:], [[1, 2], [3, 4]])
    assert source.feature_names == ("a", "b")
    assert source.row_names == ("s1", "s2")
    assert source.target_name == "age"
    assert source.carried["age"].tolist() == [30, 40.5]
    assert source.carried["who, what"].tolist() == ["x, y", "z"]


def test_a_data_frame_with_names():
    frame = pandas.DataFrame({"a": [1, 2], "b": [0.5, None], "kind": ["x", None]}, index=["r", "s"])
    source = open_source(frame, keep_columns=["a"])
    np.testing.assert_array_equal(source[:], [[0.5], [np.nan]])
    assert (source.feature_names, source.row_names) == (("b",), ("r", "s"))
    assert source.carried["a"].tolist() == [1, 2]
    assert source.carried["kind"].tolist() == ["x", ""]


@pytest.mark.parametrize(
    ("given", "options", "said"),
    [
        ("a.h6", {}, "a.h6 has the suffix '.h6', and the format is chosen by the suffix: it must be one of .csv, .tsv, .npy, .h5, .hdf5, .hdf, .zarr, .npz, .parquet, .h5ad. Did you mean '.h5'?"),
        ("a", {}, "a has a name without a suffix, and the format is chosen by the suffix: it must be one of .csv, .tsv, .npy, .h5, .hdf5, .hdf, .zarr, .npz, .parquet, .h5ad."),
        ("a.npy", {"dataset": "x"}, "dataset='x' means nothing to a.npy: leave it out."),
        ("a.h5", {"delimiter": ";"}, "delimiter=';' means nothing to a.h5: leave it out."),
        ("a.h5", {"target": 3}, "a.h5: target names columns of such a file by text; got 3."),
        ("a.h5", {"rows": "columns"}, 'rows must be "first" or "last", the axis of the rows; got \'columns\'.'),
        (CELLS, {"dataset": "x"}, "dataset='x' means nothing to an array: leave it out."),
    ],
)  # fmt: skip
def test_what_cannot_be_opened(given, options, said):
    assert error(given, **options) == said


@pytest.mark.parametrize("given", [object(), [["a"]], [[1], [2, 3]], {1: 2}])
def test_what_is_no_table(given):
    said = error(given, InputTypeError)
    assert said.endswith("is no table: give a path, an array or a data frame.")


def test_options_for_a_source_are_refused():
    assert (
        error(ArraySource(CELLS), ParameterError, target="a")
        == "target='a' means nothing to a source: leave it out."
    )
