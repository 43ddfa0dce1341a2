"""The record of parts: what is there, of what it was made, and what is not believed."""

import os

import pytest

from diabolo.errors import DataFileError
from diabolo.workers.made_parts import RECORD, MadeParts


@pytest.fixture
def made(tmp_path):
    parts = MadeParts(tmp_path / "codes")
    (parts.folder / "a.csv").write_text("x\n1\n")
    parts.note("a.csv", {"model": "m"}, {"rows": 1})
    return parts


def test_a_part_is_found_by_what_it_was_made_of(made):
    again = MadeParts(made.folder)
    assert again.found("a.csv", {"model": "m"}) == {"rows": 1}
    assert again.found("a.csv", {"model": "n"}) is None
    assert again.found("b.csv", {"model": "m"}) is None


@pytest.mark.parametrize("change", ["removed", "other text", "as long, later"])
def test_a_part_that_was_changed_is_none(made, change):
    part = made.folder / "a.csv"
    if change == "removed":
        part.unlink()
    elif change == "other text":
        part.write_text("x\n1\n2\n")
    else:
        part.write_text("x\n2\n")
        os.utime(part, ns=(0, part.stat().st_mtime_ns + 1))
    assert MadeParts(made.folder).found("a.csv", {"model": "m"}) is None


def test_a_line_that_was_cut_off_spoils_no_other(made):
    record = made.folder / RECORD
    record.write_text(record.read_text() + '{"part": "b.csv", "made')
    again = MadeParts(made.folder)
    assert again.found("a.csv", {"model": "m"}) == {"rows": 1}
    (again.folder / "c.csv").write_text("x\n1\n")
    again.note("c.csv", {}, {"rows": 1})
    again = MadeParts(made.folder)
    assert again.found("c.csv", {}) == again.found("a.csv", {"model": "m"}) == {"rows": 1}


def test_what_was_left_half_written_goes(made):
    (made.folder / ".a.csv.0123456789ab.tmp").write_text("half")
    (made.folder / ".other.tmp").write_text("not ours")
    made.sweep()
    assert sorted(path.name for path in made.folder.iterdir()) == [".other.tmp", RECORD, "a.csv"]


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(DataFileError, match="codes cannot be written"):
        MadeParts(tmp_path / "file" / "codes")
