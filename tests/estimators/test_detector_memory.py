"""What the fit of a detector takes of memory, worked out beforehand."""

import re

import numpy as np
import pytest

from diabolo import Autoencoder, AutoencoderDetector, ConvolutionalAutoencoder
from diabolo.data.array_source import ArraySource
from diabolo.data.checked_source import CheckedSource
from diabolo.errors import ParameterError
from diabolo.estimators import _detector_memory
from diabolo.estimators._detector_memory import refuse_too_large

ROWS = np.random.default_rng(0).normal(size=(60, 5)).astype(np.float32)
TAKEN, BLOCKS = 150 * 10**6, 100 * 10**6


class Unread(ArraySource):
    """A table of any size that takes no memory and must not be read."""

    def __init__(self, n_rows, n_features, dtype=np.float32):
        super().__init__(np.lib.stride_tricks.as_strided(np.zeros(1, dtype), (n_rows, n_features), (0, 0)))


@pytest.fixture(autouse=True)
def taken(monkeypatch):
    monkeypatch.setattr(_detector_memory, "resident_bytes", lambda: TAKEN)


def refusal(detector, n_rows, n_features, dtype=np.float32, image_shape=None):
    detector._image_shape = image_shape
    try:
        refuse_too_large(detector, CheckedSource(Unread(n_rows, n_features, dtype), "fit", False))
    except ParameterError as problem:
        return str(problem)
    return ""


@pytest.mark.parametrize(
    ("missing", "dtype", "per_cell"),
    [(None, np.float32, 4 + 3 * 8), ("error", np.float64, 8 + 3 * 8), ("mean", np.float32, 4 + 7 * 8)],
)
def test_the_linear_one_by_hand(missing, dtype, per_cell):
    """A copy as the rows are, and copies in 8 bytes a cell: three, and seven around missing cells.

    Axes, at most one less than features, are held for all rows and without each of three folds; on the way
    they lie there thrice, and so do the products of features with each other.
    """
    axes, products = 8 * 99 * 100, 8 * 100 * 100
    least = TAKEN + BLOCKS + per_cell * 10**7 + 4 * axes + 3 * (axes + products)
    assert refusal(AutoencoderDetector(max_memory=least, missing=missing), 10**5, 100, dtype) == ""
    said = refusal(AutoencoderDetector(max_memory=least - 1, missing=missing), 10**5, 100, dtype)
    assert said.startswith(
        f"AutoencoderDetector: max_memory={least - 1} is too little for this fit, which takes "
    )
    assert said.endswith("; fit it to 99,999 of the rows, or allow more.")


def test_what_is_said_fits():
    said = refusal(AutoencoderDetector(max_memory="600MB"), 10**6, 100)
    fitting = int(re.search(r"fit it to ([\d,]+) of the rows", said)[1].replace(",", ""))
    assert refusal(AutoencoderDetector(max_memory="600MB"), fitting, 100) == ""
    assert refusal(AutoencoderDetector(max_memory="600MB"), fitting + 10, 100) != ""
    assert refusal(AutoencoderDetector(max_memory="200MB"), 10**6, 100).endswith("; allow more.")


def test_without_a_limit_nothing_is_refused():
    assert refusal(AutoencoderDetector(), 10**9, 100) == ""


@pytest.mark.parametrize("more", [{"n_members": 5}, {"cv": 10}])
def test_networks_that_are_kept_are_counted(more):
    def networks(**settings):
        kind = Autoencoder(8, hidden_layer_sizes=(512,))
        said = refusal(AutoencoderDetector(kind, max_memory=1, **settings), 10**5, 1000)
        return float(re.search(r"networks ([\d.]+) MB", said)[1])

    each = 4 * (2 * 1000 * 512 + 2 * 512 * 8 + 2 * 512 + 8 + 1000) / 1e6
    n_more = 4 * 4 if "n_members" in more else 10 - 3  # for each of three folds and for all rows
    assert networks(**more) - networks() == pytest.approx(n_more * each, abs=0.11)


def test_rows_of_an_own_network_are_counted_where_they_are_copied():
    flat = refusal(AutoencoderDetector(Autoencoder(2), max_memory=1), 1000, 64)
    assert "(this process" in flat
    assert ", rows" not in flat
    images = ConvolutionalAutoencoder(filters=(4,))
    said = refusal(AutoencoderDetector(images, max_memory=1), 10**6, 64, image_shape=(8, 8))
    assert ", rows 256.0 MB" in said


@pytest.mark.parametrize(
    "kind",
    ["linear", "deep", Autoencoder(2, max_epochs=1), ConvolutionalAutoencoder(filters=(2,), max_epochs=1)],
)
def test_a_fit_is_refused_by_its_limit_and_else_as_without(kind):
    rows = ROWS if not isinstance(kind, ConvolutionalAutoencoder) else ROWS[:, :4].reshape(-1, 2, 2)
    settings = {"random_state": 0, "cv": 0}
    with pytest.raises(
        ParameterError, match=r"^AutoencoderDetector: max_memory='10MB' is too little for this fit"
    ):
        AutoencoderDetector(kind, max_memory="10MB", **settings).fit(rows)
    within, without = (AutoencoderDetector(kind, max_memory=m, **settings).fit(rows) for m in ("8GB", None))
    assert np.array_equal(within.training_scores_, without.training_scores_)


def test_networks_are_within_the_limit_too():
    members = (
        AutoencoderDetector(Autoencoder(2, max_epochs=1), n_members=2, max_memory="8GB").fit(ROWS).members_
    )
    assert [member.max_memory for member in members] == ["8GB", "8GB"]
    own = AutoencoderDetector(Autoencoder(2, max_epochs=1, max_memory="7GB"), max_memory="8GB").fit(ROWS)
    assert own.members_[0].max_memory == "7GB"
