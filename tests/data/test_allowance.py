"""What a file may take of the memory."""

# ruff: noqa: E501 - error messages are shown whole, one a line
import h5py
import numpy as np
import pytest

import diabolo
from diabolo.data.allowance import Allowance, allowance, check_room, check_width, limit_of, permitted
from diabolo.errors import DataFileError, InputError, ParameterError


@pytest.mark.parametrize(
    ("stored", "limit"),
    [
        (0, 2**26),
        (1000, 2**26),
        (2**17, 1032 * 2**17),
        (2**21, 2**30),
        (2**29, 2**30),
        (2**31, 2**32),
    ],
)
def test_the_limit_goes_by_what_is_stored(stored, limit):
    assert limit_of(stored) == limit


@pytest.mark.parametrize(
    ("held", "n_bytes", "said"),
    [
        (
            Allowance("a.h5", 2000),
            10**12,
            "a.h5 is damaged, or packed beyond all measure: it would take 1000.00 GB of memory, and the file has 2,000 bytes; to allow it, say diabolo.open(..., max_memory='1000GB').",
        ),
        (
            Allowance("a.h5", 2**30),
            2.5e9,
            "a.h5: it would take 2.50 GB of memory, more than the 2.15 GB that a file of 1.07 GB is given; leave it out, or make the file anew without it; to allow it, say diabolo.open(..., max_memory='3GB').",
        ),
        (
            Allowance("a.h5", 2000, 10**6),
            2e6,
            "a.h5: it would take 2.0 MB of memory, and max_memory allows 1.0 MB; leave out what is not needed; to allow it, say diabolo.open(..., max_memory='1GB').",
        ),
    ],
)
def test_what_takes_more_is_refused(held, n_bytes, said):
    with pytest.raises(DataFileError) as caught:
        held.check(n_bytes, "it")
    assert str(caught.value) == said
    held.check(held.limit, "it")


def test_an_amount_that_was_said_counts_instead(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(bytes(100))
    check_room(path, 2**26, "it")
    with permitted("1kB", False), pytest.raises(DataFileError, match=r"max_memory allows 0\.0 MB"):
        check_room(path, 2000, "it")
    with permitted("1GB", False):
        check_room(path, 10**9, "it")
    assert allowance(path) == Allowance(str(path), 100)


def test_a_folder_counts_with_all_that_is_in_it(tmp_path):
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "a").write_bytes(bytes(70))
    (tmp_path / "b").write_bytes(bytes(30))
    assert allowance(tmp_path).n_bytes == 100


def test_one_long_text_among_many_short_ones_is_refused():
    check_width(10**6, 10, 10**6)
    with pytest.raises(InputError) as caught:
        check_width(100_000, 10_000, 110_000)
    assert (
        str(caught.value)
        == "a column of text has a cell of 10,000 characters among 100,000, which are kept in places of one length and would take 4.00 GB of memory; shorten the cell, or leave the column unread."
    )


def test_opening_takes_an_amount_of_memory(tmp_path):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["data"] = np.zeros((3000, 2))
        file["label"] = np.arange(3000)
    with pytest.raises(
        DataFileError, match=r"the dataset '/label' would take 0\.0 MB of memory, and max_memory allows"
    ):
        diabolo.open(path, max_memory="20kB")
    with diabolo.open(path, max_memory="1MB") as source:
        assert len(source.carried["label"]) == 3000
    with pytest.raises(ParameterError, match="max_memory must be a number of bytes or a text"):
        diabolo.open(path, max_memory="much")
