import numpy as np
import pytest

from diabolo import Autoencoder, ConvolutionalAutoencoder
from diabolo.errors import ParameterError
from diabolo.reporting.given_rows import GivenRows
from diabolo.reporting.row_kind import are_alike, are_numbered, row_kind

MODEL = Autoencoder(2)


def kind_of(rows, names=None, image_shape=None, model=MODEL, row_shape=None):
    given = GivenRows(rows, row_shape or rows.shape[1:])
    found = row_kind(model, given, names, image_shape, rows.reshape(len(rows), -1))
    return found.kind, found.shape


def test_digits_are_images_and_a_series_when_they_may_be_none(digits):
    X = digits[0][:200]
    assert kind_of(X) == ("image", (8, 8, 1))
    assert kind_of(X, image_shape=(4, 16)) == ("image", (4, 16, 1))
    assert kind_of(X, image_shape=False) == ("table", None)
    assert kind_of(X, [f"pixel{i}" for i in range(64)]) == ("image", (8, 8, 1))


def test_named_columns_are_no_pixels():
    rows = np.random.default_rng(0).normal(size=(20, 16))
    assert kind_of(rows, [f"gene {chr(97 + i)}" for i in range(16)]) == ("table", None)
    assert kind_of(rows, [f"gene {chr(97 + i)}" for i in range(16)], image_shape=(4, 4))[0] == "image"


def test_heart_beats_are_series(data_folder):
    X = np.load(data_folder / "ecg5000.npz")["X"][:300]
    assert kind_of(X) == ("series", (140, 1))
    assert kind_of(X, [f"t{i}" for i in range(140)]) == ("series", (140, 1))
    assert kind_of(X, [f"t{i}" for i in range(139)] + ["age"]) == ("table", None)


@pytest.mark.parametrize("seed", range(4))
def test_made_tables_are_tables(seed):
    random = np.random.default_rng(seed)
    loadings = random.normal(size=(4, 50))
    correlated = random.normal(size=(200, 4)) @ loadings + 0.2 * random.normal(size=(200, 50))
    rising = random.normal(size=(200, 50)) + np.arange(50) * 10  # columns merely rise from left to right
    units = random.normal(size=(200, 50)) * np.logspace(-3, 3, 50)
    ragged = random.normal(size=(200, 50)).cumsum(axis=1) * 0.1 + random.normal(size=50) * 30
    for rows in (correlated, rising, units, ragged, random.normal(size=(200, 50)), np.ones((9, 50))):
        assert kind_of(rows) == ("table", None)


def test_curves_with_gaps_are_curves():
    rows = np.random.default_rng(0).normal(size=(50, 60)).cumsum(axis=1)
    rows[3, 10:12] = np.nan
    assert are_alike(rows)
    assert not are_alike(np.full((3, 60), np.nan))
    assert not are_alike(rows[:, :20])
    assert not are_alike(rows[:0])


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["t0", "t1", "t2"], True),
        (["9", "10", "11"], True),
        (["t0", "t2"], False),
        (["t0", "u1"], False),
        (["a", "b"], False),
        (["V1 ", "V2 "], True),
    ],
)
def test_names_are_numbered(names, expected):
    assert are_numbered(names) is expected


def test_a_signal_and_an_image_of_a_convolutional_network():
    X = np.random.default_rng(0).random((12, 36)).astype(np.float32)
    options = {"filters": (2,), "max_epochs": 1, "random_state": 0}
    signal = ConvolutionalAutoencoder(2, **options).fit(X)
    assert kind_of(X, model=signal) == ("series", (36, 1))
    images = ConvolutionalAutoencoder(2, **options).fit(X.reshape(-1, 4, 9))
    assert kind_of(X, model=images) == ("image", (4, 9, 1))
    assert kind_of(X.reshape(-1, 4, 9)) == ("image", (4, 9, 1))


def test_a_shape_that_does_not_fit_is_refused():
    with pytest.raises(ParameterError, match=r"image_shape=\(5, 5\) does not fit rows of shape \(16,\)"):
        kind_of(np.zeros((3, 16)), image_shape=(5, 5))
