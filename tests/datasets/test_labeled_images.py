"""Images and labels put together."""

import tracemalloc

import numpy as np
import pytest

from diabolo.datasets import load_fashion_mnist, load_mnist
from diabolo.datasets.labeled_images import load_images
from diabolo.errors import DataFileError, ParameterError


@pytest.mark.parametrize("split", ["train", "test", "all"])
def test_values_and_order(small, own_places, split):
    small.put(own_places[0] / "small")
    splits = ["train", "test"] if split == "all" else [split]
    pixels = np.concatenate([small.arrays[f"{each}-images"] for each in splits])
    labels = np.concatenate([small.arrays[f"{each}-labels"] for each in splits])
    X, y = load_images(small.dataset, split, False)
    assert (X.dtype, y.dtype) == (np.float32, np.int64)
    assert X.shape == (len(labels), 12)
    # float32(k / 255) in double precision, rounded once: what correct division gives.
    np.testing.assert_array_equal(X, (pixels.reshape(-1, 12) / 255.0).astype(np.float32))
    np.testing.assert_array_equal(y, labels)
    images, _ = load_images(small.dataset, split, True)
    np.testing.assert_array_equal(images, X.reshape(-1, 4, 3))
    assert X.flags["C_CONTIGUOUS"]
    assert X.flags["WRITEABLE"]


def test_only_the_files_of_the_split_are_fetched(small, own_places, server):
    load_images(server.serve(small), "test", False)
    assert server.asked == ["/test-images.gz", "/test-labels.gz"]


def test_a_file_that_is_not_the_sets(small, own_places):
    folder = small.put(own_places[0] / "small")
    (folder / "test-labels").write_bytes(small.contents["test-labels"][:-1] + b"\x63")
    with pytest.raises(DataFileError, match="test-labels does not hold what it should: the SHA-256 sum"):
        load_images(small.dataset, "all", False)


@pytest.mark.parametrize("load", [load_mnist, load_fashion_mnist])
@pytest.mark.parametrize(
    ("split", "hint"), [("training", " Did you mean 'train'?"), ("tst", " Did you mean 'test'?"), (3, "")]
)
def test_a_split_that_there_is_not(load, split, hint):
    with pytest.raises(ParameterError) as caught:
        load(split)
    assert str(caught.value) == (
        f"split={split!r} is not possible; expected one of 'train', 'test', 'all'.{hint}"
    )


def test_the_rows_are_made_once(real_set):
    """Beside the result there is room for the file's bytes and no float copy: 1.25 times the result."""
    real_set("fashion-mnist")
    tracemalloc.start()
    X, _ = load_fashion_mnist("test")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1.5 * X.nbytes
