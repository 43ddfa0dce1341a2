"""Heaps of texts, and indexes of chunks, that HDF5 would not come back from."""

import h5py
import numpy as np
import pytest

import diabolo
from diabolo.errors import DataFileError

WORDS = [f"word {number}" for number in range(40)]


def put(path, **save):
    with h5py.File(path, "w") as file:
        file["data"] = np.ones((40, 3))
        file.create_dataset("kind", data=WORDS, dtype=h5py.string_dtype(), **save)


def refused(path):
    with pytest.raises(DataFileError) as caught:
        diabolo.open(path)
    return str(caught.value).replace(str(path), "FILE")


@pytest.mark.parametrize(
    "save", [{}, {"chunks": (7,)}, {"chunks": (7,), "compression": "gzip", "shuffle": True}]
)
def test_whole_texts_are_read_however_they_are_stored(tmp_path, save):
    path = tmp_path / "a.h5"
    put(path, **save)
    with diabolo.open(path) as source:
        assert source.carried["kind"].tolist() == WORDS


def test_a_heap_without_an_end(tmp_path):
    path = tmp_path / "a.h5"
    put(path)
    held = bytearray(path.read_bytes())
    heap = held.find(b"GCOL")
    held[heap + 40 : heap + 72] = bytes(32)
    path.write_bytes(held)
    said = f"the texts in its heap at byte {heap} have no end"
    assert refused(path) == f"FILE is cut short or damaged ({said}): make or copy it anew."


def test_the_letters_of_a_heap_among_cells_are_none(tmp_path):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["data"] = np.frombuffer(b"GCOLGCOLGCOLGCOL" * 3, "<f4").reshape(6, 2)
    diabolo.open(path).close()


@pytest.mark.parametrize("save", [{}, {"chunks": (7,)}])
def test_a_text_that_says_it_is_longer_than_the_file(tmp_path, save):
    path = tmp_path / "a.h5"
    put(path, **save)
    with h5py.File(path) as file:
        stored = file["kind"].id
        place = stored.get_offset() if not save else stored.get_chunk_info(0).byte_offset
    held = bytearray(path.read_bytes())
    held[place : place + 4] = (3_000_000_000).to_bytes(4, "little")
    path.write_bytes(held)
    said = (
        "FILE is cut short or damaged (a text of '/kind' goes beyond the file's end): make or copy it anew."
    )
    assert refused(path) == said


def test_a_table_that_may_grow_further_than_its_index(tmp_path):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w", libver="latest") as file:
        file.create_dataset("data", (4, 5), "f8", chunks=(2, 3), maxshape=(6, 8))[:] = 1
    with diabolo.open(path) as source:
        assert source[:].sum() == 20
    with h5py.File(path, "w", libver="latest") as file:
        file.create_dataset("data", (4, 5), "f8", chunks=(2, 3), maxshape=(6, None))
        file.create_dataset("other", (4, 5), "f8", chunks=(2, 3), maxshape=(6, 2**40))
    with pytest.raises(DataFileError, match=r"'/other' may grow to .*, for which it has no room"):
        diabolo.open(path, dataset="other")
