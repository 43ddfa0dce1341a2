# ruff: noqa: E501 - error messages are shown whole, one a line
"""What every table that is written checks; the formats and the atomic writing are in test_open_sink.py."""

import errno
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diabolo.data.sink import Sink, TablePlan, bytes_of, reserve, row_chunks, write_at
from diabolo.errors import DataFileError, InputError

CELLS = np.arange(15.0).reshape(5, 3)


class Held(Sink):
    """Keeps what is written to it."""

    compressions = {"gzip": 1, "lzf": 2}  # noqa: RUF012
    called = "a held file"
    taken = ("data",)

    def begin(self, place):
        self.blocks = []

    def _write(self, start, block):
        self.blocks.append((start, block.copy()))

    def finish(self):
        pass

    abandon = finish


class Loose(Held):
    in_order = False
    names_columns = True
    compressions = {}  # noqa: RUF012


def sink(kind=Held, **options):
    made = kind(TablePlan(Path("a.x"), 5, 3, **options))
    made.begin(Path("a.x"))
    return made


@given(
    st.lists(st.integers(1, 4), min_size=1), st.sampled_from(["f4", "f8", "i2", "?"]), st.sampled_from("CF")
)
def test_blocks_come_in_the_file_s_type_and_order(heights, dtype, order):
    held = sink(dtype=np.dtype(dtype))
    start = 0
    for height in heights:
        block = np.asarray(CELLS[start : start + height], order=order)
        held.write(start, block)
        start = min(start + height, 5)
    np.testing.assert_array_equal(
        np.concatenate([block for _, block in held.blocks]), CELLS[:start].astype(dtype)
    )
    assert all(block.dtype == dtype and block.flags.c_contiguous for _, block in held.blocks)
    if start == 5:
        held.check_whole()
    else:
        with pytest.raises(InputError) as caught:
            held.check_whole()
        assert str(caught.value) == (
            f"a.x was left unfinished: {5 - start} of its 5 rows were never written, the first is row {start}."
        )


def test_what_is_too_large_for_the_type_becomes_infinite_without_a_warning():
    held = sink()
    held.write(0, np.full((1, 3), -1e39))
    np.testing.assert_array_equal(held.blocks[0][1], np.full((1, 3), -np.inf))


@pytest.mark.parametrize(
    ("start", "block", "said"),
    [
        (0, CELLS[:, :2], "a.x: a block of 3 columns was to come; got the shape (5, 2)."),
        (0, CELLS[0], "a.x: a block of 3 columns was to come; got the shape (3,)."),
        (-1, CELLS[:1], "a.x has 5 rows; got rows -1 to -1."),
        (4, CELLS[:2], "a.x has 5 rows; got rows 4 to 5."),
        (1, CELLS[:2], "a.x is written in the order of its rows: row 0 was to come; got 1."),
    ],
)
def test_a_block_that_does_not_fit(start, block, said):
    with pytest.raises(InputError) as caught:
        sink().write(start, block)
    assert str(caught.value) == said


def test_rows_in_any_order_where_the_format_allows_it():
    loose = sink(Loose)
    for start in (3, 0):
        loose.write(start, CELLS[start : start + 2])
    with pytest.raises(
        InputError,
        match=r"^a\.x was left unfinished: 1 of its 5 rows were never written, the first is row 2\.$",
    ):
        loose.check_whole()
    loose.write(2, CELLS[2:3])
    loose.check_whole()
    assert [start for start, _ in loose.blocks] == [3, 0, 2]


@pytest.mark.parametrize(
    ("kind", "options", "error", "said"),
    [
        (Held, {"compression": "zip"}, DataFileError, "a.x cannot be written with compression='zip': of a held file it is None, 'gzip' or 'lzf'."),
        (Loose, {"compression": "gzip"}, DataFileError, "a.x cannot be compressed: leave compression='gzip' out, or write .h5."),
        (Held, {"carried": {"age": np.zeros(4)}}, InputError, "a.x cannot be written: the carried column 'age' has the shape (4,) for 5 rows."),
        (Held, {"carried": {"data": np.zeros(5)}}, DataFileError, "a.x cannot be written: the carried column 'data' has the name of a part that Diabolo writes itself; rename the column."),
        (Loose, {"column_names": ("a", "data", "b")}, DataFileError, "a.x cannot be written: the column 'data' has the name of a part that Diabolo writes itself; rename the column."),
        (Loose, {"column_names": ("a", "b", "a")}, InputError, "a.x cannot be written: two columns are named 'a'; give each its own name."),
    ],
)  # fmt: skip
def test_a_plan_that_cannot_be(kind, options, error, said):
    with pytest.raises(error) as caught:
        sink(kind, **options)
    assert type(caught.value) is error
    assert str(caught.value) == said


@pytest.mark.parametrize("name", ["", " ", ".", "a/b", "a\0b"])
def test_names_that_a_carried_column_cannot_have(name):
    with pytest.raises(
        DataFileError, match="needs a name with something in it and without a slash; rename the column"
    ):
        sink(carried={name: np.zeros(5)})


def test_columns_found_by_their_places_may_share_a_name():
    assert sink(column_names=("a", "data", "a")).plan.named_columns() == ("a", "data", "a")
    assert sink().plan.named_columns() == ("column_0", "column_1", "column_2")


@given(
    st.integers(1, 10**7),
    st.integers(1, 10**6),
    st.sampled_from(["f4", "f8", "?"]),
    st.none() | st.integers(1, 10**6),
)
def test_chunks_of_rows(n_rows, n_columns, dtype, asked):
    height, width = row_chunks((n_rows, n_columns), np.dtype(dtype), asked)
    assert 1 <= height <= n_rows
    assert width <= min(n_columns, 2**18)
    assert -(-n_columns // width) == -(-n_columns // 2**18)
    if asked is not None:
        assert height == min(asked, n_rows)
    elif height > 1:
        assert height * width * np.dtype(dtype).itemsize <= 2**20


@pytest.mark.parametrize("without", [None, "pwrite"])
def test_bytes_are_written_at_their_place_however_little_the_system_takes_at_once(
    tmp_path, monkeypatch, without
):
    path = tmp_path / "a"
    path.write_bytes(b"0123456789" * 13)
    descriptor = os.open(path, os.O_RDWR)
    if without:
        monkeypatch.delattr(os, without)
    name = "write" if without else "pwrite"
    whole = getattr(os, name)
    monkeypatch.setattr(os, name, lambda to, part, *place: whole(to, part[:7], *place))
    write_at(descriptor, 10, CELLS)
    os.close(descriptor)
    assert path.read_bytes() == b"0123456789" + CELLS.tobytes()
    assert bytes_of(CELLS).tobytes() == CELLS.tobytes()


def test_room_is_reserved_where_the_system_can(tmp_path, monkeypatch):
    descriptor = os.open(tmp_path / "a", os.O_RDWR | os.O_CREAT)
    reserve(descriptor, 0)
    reserve(descriptor, 1000)
    assert os.fstat(descriptor).st_size in (0, 1000)

    def refuse(problem):
        def fallocate(*_):
            raise OSError(problem, os.strerror(problem))

        return fallocate

    for harmless in (errno.EINVAL, errno.EOPNOTSUPP):
        monkeypatch.setattr(os, "posix_fallocate", refuse(harmless), raising=False)
        reserve(descriptor, 1000)
    monkeypatch.setattr(os, "posix_fallocate", refuse(errno.ENOSPC), raising=False)
    with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
        reserve(descriptor, 1000)
    monkeypatch.delattr(os, "posix_fallocate", raising=False)
    reserve(descriptor, 1000)
    os.close(descriptor)
