import json
import os
import pickle
import random
import sys
import warnings

import numpy as np
import pytest
import zarr

from diabolo import open as open_table
from diabolo.errors import DataFileError, ParameterError

CELLS = np.arange(12.0).reshape(4, 3)


def error(path, kind=DataFileError, **options):
    with pytest.raises(kind) as caught:
        open_table(path, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value).replace(str(path), "STORE")


@pytest.mark.parametrize("version", [2, 3])
def test_both_versions_of_the_format_and_both_directions(tmp_path, version):
    path = tmp_path / "a.zarr"
    group = zarr.open_group(path, mode="w", zarr_format=version)
    group.create_array("deep/cells", data=CELLS, chunks=(2, 2))
    group.create_array("deep/age", data=np.arange(4))
    with open_table(path, target="age") as source:
        np.testing.assert_array_equal(source[:], CELLS)
        assert source.block == (2, 2)
        assert source.carried["age"].tolist() == [0, 1, 2, 3]
    with open_table(path, rows="last") as source:
        np.testing.assert_array_equal(source[:], CELLS.T)


def test_a_store_of_one_array(tmp_path):
    zarr.create_array(tmp_path / "a.zarr", data=CELLS)
    np.testing.assert_array_equal(open_table(tmp_path / "a.zarr")[:], CELLS)


def test_what_is_wrong_is_said_in_one_sentence(tmp_path):
    path = tmp_path / "a.zarr"
    path.mkdir()
    assert error(path) == "STORE is not a Zarr store: the folder has no zarr.json, .zgroup or .zarray in it."
    group = zarr.open_group(path, mode="w")
    group.create_array("beta", data=CELLS)
    assert (
        error(path, dataset="bete")
        == "STORE has no dataset 'bete'; of two axes it has 'beta' of shape (4, 3). Did you mean 'beta'?"
    )
    (path / "zarr.json").write_text("{")
    assert error(path).startswith("STORE is cut short or damaged (")
    (tmp_path / "b.zarr").write_text("text")
    assert error(tmp_path / "b.zarr") == "STORE is not a Zarr store: it must be a folder, as zarr writes it."
    assert error(tmp_path / "c.zarr").startswith("STORE does not exist.")


def test_without_zarr(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "zarr", None)
    (tmp_path / "a.zarr").mkdir()
    assert (
        error(tmp_path / "a.zarr", ParameterError)
        == 'STORE needs the package zarr, which is not installed: pip install "diabolo[zarr]".'
    )


def test_damage_anywhere_is_reported_or_harmless(tmp_path):
    path = tmp_path / "a.zarr"
    group = zarr.open_group(path, mode="w")
    group.create_array("data", data=CELLS, chunks=(2, 2))
    group.create_array("age", data=np.arange(4))
    files = sorted(each for each in path.rglob("*") if each.is_file())
    chance = random.Random(1)
    said = set()
    for _ in range(150):
        file = chance.choice(files)
        whole = file.read_bytes()
        flipped = bytearray(whole)
        flipped[chance.randrange(len(whole))] ^= 1 << chance.randrange(7)
        file.write_bytes(flipped if chance.random() < 0.8 else whole[: len(whole) // 2])
        try:
            with open_table(path) as source:
                source.read(slice(0, 4))
        except DataFileError as problem:
            said.add(str(problem))
        file.write_bytes(whole)
    assert said
    assert not any("\n" in each for each in said)


def test_what_the_library_says_while_cells_are_read_becomes_one_sentence(tmp_path, monkeypatch):
    zarr.open_group(tmp_path / "a.zarr", mode="w").create_array("data", data=CELLS)

    def odd(*_):
        raise KeyError("codec")

    with open_table(tmp_path / "a.zarr") as source:
        monkeypatch.setattr(zarr.Array, "__getitem__", odd)
        with pytest.raises(DataFileError) as caught:
            source[:]
    assert str(caught.value) == (
        f"{tmp_path}/a.zarr is cut short or damaged ('codec'): make or copy it anew."
    )


def test_text_and_numbers_go_along_and_a_column_number_is_no_array(tmp_path):
    group = zarr.open_group(tmp_path / "a.zarr", mode="w")
    group.create_array("data", data=CELLS)
    group.create_array("age", data=np.arange(4))
    kind = group.create_array("kind", shape=(4,), dtype=str)
    kind[:] = np.array(["a", "é", "", "d"], object)
    with open_table(tmp_path / "a.zarr", target="kind") as source:
        assert source.carried["kind"].tolist() == ["a", "é", "", "d"]
        assert source.carried["age"].tolist() == [0, 1, 2, 3]
    assert error(tmp_path / "a.zarr", target="-1") == (
        "STORE has no dataset '-1' for a target; it has 'age' of shape (4,), 'kind' of shape (4,)."
    )


def test_text_as_bytes_is_utf8(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zarr's own, of types without a specification
        group = zarr.open_group(tmp_path / "a.zarr", mode="w")
        group["X"] = np.eye(2)
        group["label"] = np.array([b"cat", b"dog"])
        assert open_table(tmp_path / "a.zarr").carried["label"].tolist() == ["cat", "dog"]


class Bomb:
    def __reduce__(self):
        return pytest.fail, ("a pickle was executed",)


@pytest.mark.parametrize(
    ("filters", "compressor"),
    [
        ([{"id": "vlen-utf8"}, {"id": "pickle", "protocol": 5}], None),
        ([{"id": "vlen-utf8"}], {"id": "pickle", "protocol": 5}),
    ],
)
def test_pickled_chunks_are_refused_before_one_is_read(tmp_path, monkeypatch, filters, compressor):
    import numcodecs.pickles

    # As every chunk was read before numcodecs had this switch.
    monkeypatch.setattr(numcodecs.pickles, "ALLOW_UNSAFE_PICKLE_DECODE", True, raising=False)
    path = tmp_path / "a.zarr"
    zarr.open_group(path, mode="w", zarr_format=2).create_array("data", data=CELLS)
    (path / "kind").mkdir()
    described = {
        "zarr_format": 2,
        **{"shape": [4], "chunks": [4], "dtype": "|O", "order": "C", "fill_value": None},
        **{"filters": filters, "compressor": compressor},
    }
    (path / "kind" / ".zarray").write_text(json.dumps(described))
    (path / "kind" / "0").write_bytes(pickle.dumps(Bomb()))
    assert error(path) == (
        "STORE, dataset 'kind' holds pickled Python objects, and nothing in a file is ever executed here: "
        "convert the array to numbers, for example with array.astype('float32'), and save it again."
    )


def test_a_pipe_in_the_folder_is_not_waited_at(tmp_path):
    os.mkfifo(tmp_path / "zarr.json")
    with pytest.raises(DataFileError) as caught:
        open_table(tmp_path.rename(tmp_path.with_name("b.zarr")))
    folder = tmp_path.with_name("b.zarr")
    assert (
        str(caught.value)
        == f"{folder} is not a Zarr store: {folder}/zarr.json is not a regular file; remove it."
    )


def test_a_column_that_the_store_cannot_hold_is_not_set_aside(tmp_path):
    group = zarr.open_group(tmp_path / "a.zarr", mode="w")
    group.create_array("data", shape=(10**8, 1), chunks=(10, 1), dtype="f8")
    group.create_array("label", shape=(10**8,), chunks=(10,), dtype="f8")
    with pytest.raises(
        DataFileError, match=r"beyond all measure: the array '/label' would take 0\.80 GB|800\.0 MB"
    ):
        open_table(tmp_path / "a.zarr")


def test_what_else_lies_in_the_folder_is_not_warned_of(tmp_path):
    group = zarr.open_group(tmp_path / "a.zarr", mode="w")
    group.create_array("data", shape=(2, 2), dtype="f8")[:] = 1
    (tmp_path / "a.zarr" / "notes").mkdir()
    (tmp_path / "a.zarr" / "notes" / "read me").write_text("by hand")
    with open_table(tmp_path / "a.zarr") as source:
        assert source.shape == (2, 2)


@pytest.mark.parametrize("version", [2, 3])
def test_a_chunk_that_says_it_unpacks_to_more_than_one(tmp_path, version):
    group = zarr.open_group(tmp_path / "a.zarr", mode="w", zarr_format=version)
    group.create_array("data", shape=(40, 2), chunks=(40, 2), dtype="f8", compressors="auto")[:] = 1
    chunk = tmp_path / "a.zarr" / "data" / ("0.0" if version == 2 else "c/0/0")
    held = bytearray(chunk.read_bytes())
    if held.startswith(b"\x28\xb5\x2f\xfd"):
        held[4:] = bytes([0xA0]) + (2**31).to_bytes(4, "little") + bytes(20)
    else:
        held[4:8] = (2**31 - 1).to_bytes(4, "little")
    chunk.write_bytes(held)
    with open_table(tmp_path / "a.zarr") as source, pytest.raises(DataFileError) as caught:
        source[:]
    place = chunk.relative_to(tmp_path / "a.zarr")
    assert f"damaged (the chunk {place} would unpack to more than one)" in str(caught.value)


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize(
    "head", [b"\1", b"\2\1", b"\x28\xb5\x2f\xfd\xa0"], ids=["blosc 1", "blosc 2", "zstd"]
)
def test_cells_that_are_not_packed_may_begin_as_packed_ones_do(tmp_path, version, head):
    cells = np.frombuffer((head * 24)[:24], np.uint8).reshape(4, 6)
    zarr.create_array(tmp_path / "a.zarr", data=cells, compressors=None, zarr_format=version)
    with open_table(tmp_path / "a.zarr") as source:
        np.testing.assert_array_equal(source[:], cells)


def test_so_may_a_chunk_of_texts(tmp_path):
    # The chunk begins with their number, 0x0102 from its small end.
    group = zarr.open_group(tmp_path / "a.zarr", mode="w", zarr_format=3)
    group.create_array("cells", data=np.ones((2, 258)))
    names = [f"f{i}" for i in range(258)]
    group.create_array("feature_names", data=np.array(names, "T"), compressors=None)
    with open_table(tmp_path / "a.zarr") as source:
        assert list(source.feature_names) == names


def test_a_chunk_that_says_it_has_more_texts_than_a_chunk(tmp_path):
    group = zarr.open_group(tmp_path / "a.zarr", mode="w")
    group.create_array("data", shape=(2, 2), dtype="f8")[:] = 1
    names = group.create_array("feature_names", shape=(2,), dtype=str, compressors=None)
    names[:] = np.array(["a", "b"], object)
    chunk = tmp_path / "a.zarr" / "feature_names" / "c" / "0"
    chunk.write_bytes((2**31).to_bytes(4, "little") + chunk.read_bytes()[4:])
    with pytest.raises(DataFileError, match="the chunk feature_names/c/0 would unpack to more than one"):
        open_table(tmp_path / "a.zarr")
