import gc
import io
import os
import re
import tempfile
from pathlib import Path

import pytest

from diabolo.data.location import StandardInput, content, damaged, existing_file, pickled
from diabolo.errors import DataFileError


def message(path):
    with pytest.raises(DataFileError) as caught:
        existing_file(path)
    return str(caught.value)


def test_an_existing_file_is_given_back(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("1\n")
    assert existing_file(str(path)) == path


def test_missing_file_with_the_nearest_name(tmp_path):
    (tmp_path / "digits.csv").write_text("1\n")
    (tmp_path / "digitz.csv").mkdir()
    assert (
        message(tmp_path / "digit.csv") == f"{tmp_path}/digit.csv does not exist. Did you mean 'digits.csv'?"
    )
    assert message(tmp_path / "wholly-other.npz") == f"{tmp_path}/wholly-other.npz does not exist."


def test_missing_folder(tmp_path):
    assert (
        message(tmp_path / "no" / "a.csv")
        == f"{tmp_path}/no/a.csv cannot be read: there is no folder {tmp_path}/no."
    )


def test_what_is_no_file(tmp_path):
    assert message(tmp_path) == f"{tmp_path} is a folder: name a file in it."
    os.mkfifo(tmp_path / "pipe")
    assert message(tmp_path / "pipe") == (
        f"{tmp_path}/pipe is not a regular file: write what it yields to a file and name that."
    )
    (tmp_path / "empty.csv").touch()
    assert message(tmp_path / "empty.csv").endswith(
        "empty.csv is empty (0 bytes), so there are no rows to read."
    )
    # Python 3.13 and later: "stat: embedded null character in path".
    assert re.search(r"cannot be read \((stat: )?embedded null ", message("a\0b"))


def test_a_folder_that_may_not_be_looked_into(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(tmp_path), "stat", refuse)
    assert message(tmp_path / "a.csv").endswith(
        "a.csv cannot be read (Permission denied): give yourself permission to read it."
    )


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        ("é".encode() * 400, "text"),
        (b"x" + "é".encode() * 400, "text"),  # the 512th byte is the first half of a character
        (b"1,2\r\n\t3", "text"),
        (b"caf\xe9,1,2,3,4,5 \xe9\xe9\xe9", "bytes of an unknown kind"),
        (b"\x00\x01\x02", "bytes of an unknown kind"),
        (b"PAR1,PAR2\n", "text"),
        (b"\x89HDF\r\n\x1a\n\x00", "HDF5, as .h5 files do"),
    ],
)
def test_content(tmp_path, head, kind):
    path = tmp_path / "a"
    path.write_bytes(head)
    assert content(path) == kind


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        (ValueError("no such\n  member."), "no such member"),
        (EOFError(), "EOFError"),
        (ValueError("no node: <ast.Call object at 0x7fdbec8985b0>"), "no node: <ast.Call>"),
        (ValueError("x" * 1000), "x" * 200),
    ],
)
def test_what_the_reader_said_of_a_damaged_file_is_told_in_one_line(problem, said):
    assert str(damaged(Path("a.npy"), problem)) == (
        f"a.npy is cut short or damaged ({said}): make or copy it anew."
    )


def test_pickled_objects_are_named_with_their_place():
    assert str(pickled("a.npz, array 'X'")) == (
        "a.npz, array 'X' holds pickled Python objects, and nothing in a file is ever executed here: "
        "convert the array to numbers, for example with array.astype('float32'), and save it again."
    )


def test_standard_input_can_be_read_as_often_as_need_be_and_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    given = StandardInput(io.BytesIO(b"1,2\n"))
    for _ in range(2):
        with given.open() as handle:
            assert handle.read() == b"1,2\n"
    assert content(given) == "text"
    assert Path(given).parent == tmp_path
    del given
    gc.collect()
    assert list(tmp_path.iterdir()) == []


def test_standard_input_without_anything_or_without_room(tmp_path, monkeypatch):
    with pytest.raises(DataFileError) as caught:
        StandardInput(io.BytesIO())
    assert str(caught.value) == "standard input is empty (0 bytes), so there are no rows to read."
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(DataFileError) as caught:
        StandardInput(io.BytesIO(b"1"))
    assert str(caught.value) == (
        f"standard input is put into a temporary file in {tmp_path}/gone, which cannot be written (No such "
        "file or directory); set TMPDIR to a folder on a larger disk."
    )
