"""The files of a table of several: patterns and folders."""

import numpy as np
import pytest

import diabolo
from diabolo.data.parts import parts_of
from diabolo.errors import DataFileError


def test_the_tables_of_a_folder_are_one(tmp_path):
    for name, value in (("b.npy", 2.0), ("a.npy", 1.0)):
        np.save(tmp_path / name, np.full((2, 3), value))
    for name in ("_SUCCESS", ".hidden.csv", "_part.csv", "notes.md"):
        (tmp_path / name).write_text("1,2\n")
    assert parts_of(tmp_path) == [str(tmp_path / "a.npy"), str(tmp_path / "b.npy")]
    with diabolo.open(tmp_path) as source:
        assert source[:, 0].tolist() == [1.0, 1.0, 2.0, 2.0]


def test_what_is_one_file_stays_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rows.zarr").mkdir()
    assert parts_of("rows.zarr") == ["rows.zarr"]
    assert parts_of("a.h5::x") == ["a.h5"]
    assert parts_of("") == [""]
    assert parts_of("-") == []
    assert parts_of("s3://bucket/a.csv") == ["s3://bucket/a.csv"]


def test_nothing_to_read(tmp_path):
    with pytest.raises(DataFileError, match=r"\*\.npy matches no file: correct the pattern\."):
        parts_of(f"{tmp_path}/*.npy")
    with pytest.raises(DataFileError, match="is a folder without a table in it: name one with tables, or a"):
        diabolo.open(tmp_path)
