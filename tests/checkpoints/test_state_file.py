import json
import os

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from diabolo.checkpoints.state_file import read_snapshot, write_snapshot
from diabolo.errors import CheckpointError
from diabolo.training.stages import Snapshot

ARRAYS = st.dictionaries(
    st.text("abc.01", min_size=1, max_size=6),
    hnp.arrays(
        st.sampled_from([np.float32, np.float64, np.int64, np.uint32, np.bool_]),
        hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3),
    ),
    max_size=4,
)


@given(arrays=ARRAYS, is_finished=st.booleans())
def test_what_is_written_is_read(arrays, is_finished, tmp_path_factory):
    path = tmp_path_factory.mktemp("state") / "file"
    record = {"n": 3, "loss": 0.1, "none": None, "nan": float("nan")}
    write_snapshot(path, Snapshot(arrays, record, is_finished))
    found = read_snapshot(path)
    assert (repr(found.record), found.is_finished) == (repr(dict(sorted(record.items()))), is_finished)
    assert set(found.arrays) == set(arrays)
    for name, part in arrays.items():
        assert (found.arrays[name].dtype, found.arrays[name].shape) == (part.dtype, part.shape)
        assert found.arrays[name].tobytes() == part.tobytes()


@pytest.fixture
def written(tmp_path):
    path = tmp_path / "checkpoint.network.00000001.safetensors"
    arrays = {"a": np.arange(6.0).reshape(2, 3), "b": np.ones(2, np.float32)}
    write_snapshot(path, Snapshot(arrays, {"n": 1}))
    return path


def test_it_is_a_safetensors_file(written):
    found = safetensors.numpy.load_file(written)
    np.testing.assert_array_equal(found["a"], np.arange(6.0).reshape(2, 3))
    np.testing.assert_array_equal(found["b"], np.ones(2, np.float32))


def test_moments_of_half_precision_keep_their_type(tmp_path):
    ml_dtypes = pytest.importorskip("ml_dtypes")
    part = np.array([1.5, -2.0], ml_dtypes.bfloat16)
    write_snapshot(tmp_path / "file", Snapshot({"a": part}, {}))
    found = read_snapshot(tmp_path / "file").arrays["a"]
    assert found.dtype == part.dtype
    assert found.tobytes() == part.tobytes()


@given(data=st.data())
def test_a_damaged_file_is_refused_in_one_sentence(data, tmp_path_factory):
    path = tmp_path_factory.mktemp("state") / "file"
    write_snapshot(path, Snapshot({"a": np.arange(4.0)}, {"n": 1}))
    whole = path.read_bytes()
    place = data.draw(st.integers(0, len(whole) - 1))
    if data.draw(st.booleans()):
        path.write_bytes(whole[:place])
    else:
        other = data.draw(st.integers(1, 255))
        path.write_bytes(whole[:place] + bytes([whole[place] ^ other]) + whole[place + 1 :])
    said, found = None, None
    try:
        found = read_snapshot(path)
    except CheckpointError as problem:
        said = str(problem)
    if found is None:
        assert said.startswith(f"{path} is damaged: ")
        assert "Delete it to go on from the one before it" in said
    else:  # the spaces behind the header may be others
        assert found.arrays["a"].tobytes() == np.arange(4.0).tobytes()
        assert found.record == {"n": 1}


def header_of(path):
    whole = path.read_bytes()
    length = int.from_bytes(whole[:8], "little")
    return json.loads(whole[8 : 8 + length]), whole[8 + length :]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"shape": [2**40, 2**40]}, "the array 'a' does not lie where it should"),
        ({"shape": [-1, 3]}, "the array 'a' has no shape"),
        ({"data_offsets": [8, 56]}, "the array 'a' does not lie where it should"),
        ({"dtype": "C64"}, "arrays of 'C64' are not known"),
        ({"dtype": "C" * 5000}, "arrays of 'CCCCCCCCCCCC...CCCCCCCCCCCCC' are not known. Delete"),
        ({"dtype": ["F64"]}, "it begins as no checkpoint does"),
        ({"shape": 3}, "it begins as no checkpoint does"),
    ],
)
def test_a_file_that_says_what_it_has_not_is_refused(written, changes, said):
    header, body = header_of(written)
    header["a"] |= changes
    encoded = json.dumps(header).encode()
    written.write_bytes(len(encoded).to_bytes(8, "little") + encoded + body)
    with pytest.raises(CheckpointError, match="is damaged: ") as caught:
        read_snapshot(written)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    "content", [b"", b"x", b"\x80\x04pickle and more", b"[" * 200_000, b"\x10" + b"\0" * 7 + b"[" * 16]
)
def test_another_file_is_refused(tmp_path, content):
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match="file is damaged: "):
        read_snapshot(path)


def test_deep_nesting_is_refused(tmp_path):
    path = tmp_path / "file"
    text = b"[" * 100_000
    path.write_bytes(len(text).to_bytes(8, "little") + text)
    with pytest.raises(CheckpointError, match="is damaged: "):
        read_snapshot(path)


def test_a_header_beyond_all_measure_is_refused_unread(tmp_path):
    path, text = tmp_path / "file", b"[" + b"[]," * 2**20 + b"[]]"
    path.write_bytes(len(text).to_bytes(8, "little") + text)
    with pytest.raises(
        CheckpointError, match=r"its header has 3145732 bytes, and none has more than 2097152\."
    ):
        read_snapshot(path)


def test_what_it_is_of_is_asked_for(tmp_path):
    write_snapshot(tmp_path / "file", Snapshot({}, {"n": 1}), "one")
    assert read_snapshot(tmp_path / "file", "one").record == {"n": 1}
    said = "file is damaged: it is not what its name says, or comes from another folder. Delete it"
    with pytest.raises(CheckpointError, match=said):
        read_snapshot(tmp_path / "file", "another")


def test_a_pipe_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(
        CheckpointError,
        match=r"pipe is a pipe or a device, where a file of a checkpoint is expected; remove it",
    ):
        read_snapshot(tmp_path / "pipe")


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(CheckpointError, match=r"file cannot be read \(No such file or directory\)\."):
        read_snapshot(tmp_path / "file")
