# ruff: noqa: E501 - error messages are shown whole, one a line
import errno
import gc
import os
import tempfile
from pathlib import Path

import numpy as np
import pytest

from diabolo.data.temporary_file import TemporaryFile
from diabolo.errors import DataFileError


def test_nothing_is_left_behind(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    unread = TemporaryFile(Path("a.csv"))
    unread.write(b"abcd")
    assert len(list(tmp_path.iterdir())) == 1
    read = TemporaryFile(Path("a.csv"))
    read.write(np.arange(3.0))
    cells = read.cells()
    del unread, read
    gc.collect()
    out = np.empty((1, 3))
    cells.read(0, 3, out.dtype, slice(0, 1), slice(0, 3), out)
    assert out.tolist() == [[0, 1, 2]]
    cells.close()
    del cells
    gc.collect()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_to(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(DataFileError) as caught:
        TemporaryFile(Path("a.csv"))
    assert (
        str(caught.value)
        == f"a.csv is unpacked into a temporary file in {tmp_path}/gone, which cannot be written (No such file or directory); set TMPDIR to a folder on a larger disk."
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk(tmp_path, monkeypatch):
    full = os.open("/dev/full", os.O_WRONLY)
    monkeypatch.setattr(tempfile, "mkstemp", lambda **_: (full, str(tmp_path / "named")))
    file = TemporaryFile(Path("a.csv"))
    with pytest.raises(DataFileError, match=os.strerror(errno.ENOSPC)):
        file.write(bytes(2**20))
    file.write(b"as much as waits to be written")
    with pytest.raises(DataFileError, match=os.strerror(errno.ENOSPC)):
        file.cells()
