# ruff: noqa: E501 - error messages are shown whole, one a line
import errno
import os
from pathlib import Path

import numpy as np
import pytest
from diabolo.data.opening import FORMATS, read_table, write_table

from diabolo.errors import DataFileError, InputError, ParameterError


def test_every_suffix_writes_and_reads_in_any_case(tmp_path):
    rows = np.float32([[0.1, -2], [3, 4e30]])
    for suffix in (*FORMATS, ".NPZ", ".Csv"):
        path = tmp_path / f"t{suffix}"
        write_table(str(path), rows)
        np.testing.assert_array_equal(read_table(str(path)).rows, rows)
    assert set(FORMATS) == {".csv", ".tsv", ".npy", ".npz"}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("t.cvs", "FILE has the suffix '.cvs', and the format is chosen by the suffix: it must be one of .csv, .tsv, .npy, .npz. Did you mean '.csv'?"),
        ("t.xlsx", "FILE has the suffix '.xlsx', and the format is chosen by the suffix: it must be one of .csv, .tsv, .npy, .npz."),
        ("table", "FILE has a name without a suffix, and the format is chosen by the suffix: it must be one of .csv, .tsv, .npy, .npz."),
    ],
)  # fmt: skip
def test_unknown_suffix(tmp_path, name, message):
    path = tmp_path / name
    with pytest.raises(DataFileError) as caught:
        write_table(path, [[1.0]])
    assert str(caught.value) == message.replace("FILE", str(path))
    path.write_text("1\n")
    with pytest.raises(DataFileError) as caught:
        read_table(path)
    assert str(caught.value) == message.replace("FILE", str(path))


@pytest.mark.parametrize(
    ("suffix", "option", "value", "for_which"),
    [
        (".npy", "header", True, ".csv, .tsv"),
        (".npz", "delimiter", ";", ".csv, .tsv"),
        (".csv", "array", "X", ".npz"),
        (".npy", "array", "X", ".npz"),
    ],
)
def test_an_option_that_means_nothing(tmp_path, suffix, option, value, for_which):
    path = tmp_path / f"t{suffix}"
    write_table(path, [[1.0]])
    with pytest.raises(ParameterError) as caught:
        read_table(path, **{option: value})
    assert str(caught.value) == (
        f"{option}={value!r} means nothing to {path}: leave it out, it is for {for_which} files."
    )


def test_a_missing_file_suggests_its_neighbour(tmp_path):
    write_table(tmp_path / "codes.npz", [[1.0]])
    with pytest.raises(DataFileError, match=r"Did you mean 'codes\.npz'\?$"):
        read_table(tmp_path / "code.npz")


@pytest.mark.parametrize(
    ("rows", "options", "message"),
    [
        ([[1.0, np.nan]], {}, "FILE cannot be written: the array of rows, row 0, column 1 (both counted from 0): the value is nan"),
        ([1.0, 2.0], {}, "FILE cannot be written: the array of rows has the shape (2,), and a table has two axes"),
        ([["a"]], {}, "FILE cannot be written: the array of rows holds values of type <U1"),
        (np.zeros((0, 2)), {}, "FILE cannot be written: the array of rows has the shape (0, 2), and a table needs"),
        ([[1, 2]], {"feature_names": ["a"]}, "FILE cannot be written: expected 2 feature names, one for each column; got 1."),
        ([[1, 2]], {"feature_names": ["a", "a"]}, "FILE cannot be written: two columns are named 'a'; give each its own name."),
        ([[1, 2]], {"feature_names": ["a", "b"], "carried": {"a": [1]}}, "FILE cannot be written: two columns are named 'a'; give each its own name."),
        ([[1, 2]], {"feature_names": ["a", " "]}, "FILE cannot be written: a column's name must be text with something in it; got ' '."),
        ([[1, 2]], {"feature_names": ["a", 3]}, "FILE cannot be written: a column's name must be text with something in it; got 3."),
        ([[1, 2]], {"carried": {"y": [1, 2]}}, "FILE cannot be written: the carried column 'y' has 2 entries for 1 rows."),
    ],
)  # fmt: skip
@pytest.mark.parametrize("suffix", [".csv", ".npz"])
def test_what_could_not_be_read_is_not_written(tmp_path, rows, options, message, suffix):
    path = tmp_path / f"t{suffix}"
    with pytest.raises(InputError) as caught:
        write_table(path, rows, **options)
    assert str(caught.value).startswith(message.replace("FILE", str(path)))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", sorted(FORMATS))
def test_disk_full_leaves_the_old_file(tmp_path, monkeypatch, suffix):
    path = tmp_path / f"t{suffix}"
    write_table(path, [[1.0]])
    before = path.read_bytes()

    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DataFileError) as caught:
        write_table(path, [[2.0]])
    assert str(caught.value) == (
        f"{path} cannot be written (No space left on device); nothing under that name was made or changed."
    )
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_missing_folder():
    with pytest.raises(
        DataFileError, match=r"^no/such/t\.csv cannot be written: the folder no/such does not exist"
    ):
        write_table(Path("no/such/t.csv"), [[1.0]])
