"""What wrong rows, codes and weights are told."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse

from diabolo import Autoencoder
from diabolo.core.randomness import random_for
from diabolo.data.scaling import Scaler
from diabolo.data.splitting import split_rows
from diabolo.errors import InputError
from diabolo.estimators import _rows
from diabolo.estimators._training import seed_of
from diabolo.training import rows as rows_module

X = np.random.default_rng(0).normal(size=(20, 4))
QUICK = {"hidden_layer_sizes": (4,), "max_epochs": 1, "random_state": 0}


def spoilt(cell, row=7, column=2):
    rows = X.copy()
    rows[row, column] = cell
    return rows


@pytest.fixture(scope="module")
def fitted():
    return Autoencoder(**QUICK).fit(pd.DataFrame(X, columns=list("abcd")))


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (spoilt(np.nan), "Input X contains NaN: Autoencoder found it first in row 7, column 2. Fill or drop"),
        (spoilt(np.inf), "Input X contains infinity: Autoencoder found it first in row 7, column 2. Replace"),
        (spoilt(-np.inf), "Input X contains infinity: Autoencoder found it first in row 7, column 2."),
        (spoilt(1e300), r"Input X contains .*1e\+300.*, too large for float32: .* row 7, column 2"),
        (X[:0], "Found array with 0 sample"),
        (X[:1], r"Found array with 1 sample\(s\) .* while a minimum of 2 is required by Autoencoder"),
        (X[:, :0], "0 feature"),
        (X[0], "Expected 2D array, got 1D array instead"),
        (X[None], "dim 3|3 dim"),
        (X + 1j, "Complex data not supported: Autoencoder got X of dtype complex128"),
        ([["1", "2"], ["x", "3"]], "X holds text: 'x' in row 1, column 0. Autoencoder needs numbers"),
        (np.array([["a", "b"], ["c", "d"]]), "X holds text: 'a' in row 0, column 0"),
        (X.astype("datetime64[s]"), "datetime64"),
    ],
)
def test_rows_that_cannot_be_used(rows, message):
    with pytest.raises((ValueError, TypeError), match=message):
        Autoencoder(**QUICK).fit(rows)


def test_objects_that_are_numbers_are_numbers():
    expected = Autoencoder(**QUICK).fit_transform(X)
    assert np.array_equal(Autoencoder(**QUICK).fit_transform(X.astype(object)), expected)


def test_a_data_frame_names_its_column():
    frame = pd.DataFrame(spoilt(np.nan), columns=["age", "height", "mass", "beats"])
    with pytest.raises(InputError, match=r"row 7, column 2 \('mass'\)"):
        Autoencoder(**QUICK).fit(frame)
    frame = pd.DataFrame({"age": [1.0, 2.0], "name": ["Ada", "Bo"]})
    with pytest.raises(InputError, match=r"X holds text: 'Ada' in row 0, column 1 \('name'\)"):
        Autoencoder(**QUICK).fit(frame)


def test_the_first_bad_cell_is_found_beyond_the_first_block():
    rows = np.zeros((70_000, 64), np.float32)
    rows[69_000, 5] = rows[69_500, 1] = np.nan
    with pytest.raises(InputError, match="row 69000, column 5"):
        Autoencoder(**QUICK).fit(rows)


def test_large_finite_cells_are_no_infinity():
    rows = np.full((30, 4), 3e38, np.float32)
    rows[::2] = -3e38
    assert np.isfinite(Autoencoder(scale="maxabs", **QUICK).fit(rows).history_["loss"]).all()


@pytest.mark.parametrize("container", [scipy.sparse.csr_matrix, scipy.sparse.csr_array])
def test_sparse_rows(container):
    with pytest.raises(TypeError, match="dense data is required"):
        Autoencoder(**QUICK).fit(container(X))


def test_objects_that_are_no_numbers():
    rows = X.astype(object)
    rows[0, 0] = {"a": 1}
    with pytest.raises(TypeError, match="must be a string or a real number"):
        Autoencoder(**QUICK).fit(rows)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (X[:, :3], "X has 3 features, but Autoencoder is expecting 4 features as input"),
        (spoilt(np.nan), "row 7, column 2"),
        (pd.DataFrame(X, columns=list("abdc")), "Feature names must be in the same order"),
        (pd.DataFrame(X, columns=list("abce")), "Feature names unseen at fit time"),
    ],
)
@pytest.mark.parametrize(
    "method", ["transform", "reconstruct", "reconstruction_error", "score", "partial_fit"]
)
@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
def test_other_rows_than_in_fit(method, rows, message, fitted):
    with pytest.raises(ValueError, match=message):
        getattr(fitted, method)(rows)


@pytest.mark.parametrize(
    ("codes", "message"),
    [
        (np.zeros((3, 5)), r"codes have shape \(3, 5\); expected \(n_rows, 2\)"),
        (np.zeros(2), r"codes have shape \(2,\)"),
        (np.array([[0.0, np.nan]]), "codes contain nan in row 0, column 1"),
        ([["a", "b"]], "codes are not numbers"),
    ],
)
def test_codes_that_cannot_be_decoded(codes, message, fitted):
    with pytest.raises(InputError, match=message):
        fitted.inverse_transform(codes)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (np.ones(3), r"sample_weight.shape == \(3,\), expected \(20,\)"),
        (np.ones((20, 2)), "Sample weights must be 1D array or scalar"),
        (-np.ones(20), r"sample_weight is .*-1.0.* in row 0; weights must be finite and not negative"),
        (np.full(20, np.nan), "in row 0; weights must be finite"),
        (np.zeros(20), "every sample weight is zero"),
    ],
)
def test_weights_that_cannot_be(weights, message):
    with pytest.raises(InputError, match=message):
        Autoencoder(**QUICK).fit(X, sample_weight=weights)


def test_cross_entropy_needs_cells_from_zero_to_one():
    with pytest.raises(InputError, match=r"needs values from 0 to 1, but X runs from .* set scale='minmax'"):
        Autoencoder(loss="binary_cross_entropy", **QUICK).fit(X)


@pytest.mark.parametrize("scale", [None, "standard"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int16])
def test_a_streamed_table_gives_the_bits_of_a_resident_one(scale, dtype, monkeypatch):
    rows = (np.random.default_rng(1).normal(size=(203, 6)) * 50).astype(dtype)
    weights = np.random.default_rng(2).uniform(0.5, 2.0, size=203)
    settings = {**QUICK, "max_epochs": 3, "batch_size": 8, "validation_fraction": 0.2, "scale": scale}

    def fit():
        return Autoencoder(**settings).fit(rows, sample_weight=weights)

    resident = fit()
    monkeypatch.setattr(_rows, "chunk_rows_of", lambda *sizes: 40)
    monkeypatch.setattr(_rows.ScaledRows, "_resident", lambda self, platform: False)
    made = []
    streamed_init = rows_module.RowsStreamed.__init__

    def noted(self, *arguments, **settings):
        made.append(self)
        streamed_init(self, *arguments, **settings)

    monkeypatch.setattr(rows_module.RowsStreamed, "__init__", noted)
    streamed = fit()
    assert made[0].rows_per_chunk == 40
    assert np.array_equal(streamed.transform(rows), resident.transform(rows))
    np.testing.assert_allclose(streamed.history_["loss"], resident.history_["loss"], rtol=1e-12)
    # Held-out rows are measured in other batches, whose sums round otherwise.
    validation = "validation_mean_absolute_error"
    np.testing.assert_allclose(streamed.history_[validation], resident.history_[validation], rtol=1e-5)


def test_a_large_table_is_streamed_and_a_small_or_costly_one_is_not():
    scaler = Scaler(None, np.zeros(4), np.ones(4))
    large = np.lib.stride_tricks.as_strided(np.zeros(4, np.float32), shape=(10**7, 4), strides=(0, 4))
    assert not _rows.ScaledRows(large, scaler)._resident("cpu")
    assert _rows.ScaledRows(large, scaler)._resident("gpu")
    assert _rows.ScaledRows(large[:1000], scaler)._resident("cpu")
    double = np.lib.stride_tricks.as_strided(np.zeros(4), shape=(10**7, 4), strides=(0, 8))
    assert _rows.ScaledRows(double, scaler)._resident("cpu")


@pytest.mark.parametrize(("training", "purpose"), [(True, "train on"), (False, "validate on")])
def test_weights_that_leave_a_part_without_rows(training, purpose):
    settings = {**QUICK, "validation_fraction": 0.2}
    _, held_out = split_rows(
        20, 0.2, int(random_for(seed_of(Autoencoder(**settings)), "split").integers(2**31))
    )
    weights = np.zeros(20) if training else np.ones(20)
    weights[held_out] = 1.0 if training else 0.0
    with pytest.raises(InputError, match=f"every row left to {purpose} has sample weight zero"):
        Autoencoder(**settings).fit(X, sample_weight=weights)
