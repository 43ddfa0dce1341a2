"""What wrong rows, codes and weights are told; what is known of some rows of a table."""

import tracemalloc
import warnings

import jax
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse

from diabolo import Autoencoder, AutoencoderDetector, load, save
from diabolo import open as open_table
from diabolo.core.randomness import random_for
from diabolo.data.array_source import ArraySource
from diabolo.data.hold_out import split_rows
from diabolo.data.scaling import Scaler, scaler_of
from diabolo.errors import InputError, UnknownLabelsWarning
from diabolo.estimators import _detector_scoring, _rows
from diabolo.estimators._checked_rows import check_rows
from diabolo.estimators._preparation import seed_of
from diabolo.estimators._rows import ScaledRows, TablePart, statistics_of
from diabolo.training import engine, placement
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
        (
            spoilt(np.nan),
            "Input X contains NaN: .* first in row 7, column 2, both counted from 0. Fill it, or set",
        ),
        (
            spoilt(np.inf),
            "Input X contains infinity: .* first in row 7, column 2, both counted from 0. Replace",
        ),
        (spoilt(-np.inf), "Input X contains infinity: Autoencoder found it first in row 7, column 2,"),
        (spoilt(1e300), r"Input X contains .*1e\+300.*, too large for float32: .* row 7, column 2"),
        (X[:0], "Found array with 0 sample"),
        (X[:1], r"Found array with 1 sample\(s\) .* while a minimum of 2 is required by Autoencoder"),
        (X[:, :0], "0 feature"),
        (X[0], r"Autoencoder: X has the shape \(4,\); expected a table .* Reshape your data"),
        (X[None], r"X has the shape \(1, 20, 4\); .* train a ConvolutionalAutoencoder"),
        (X + 1j, "Complex data not supported: Autoencoder got X of dtype complex128"),
        ([["1", "2"], ["x", "3"]], r"X holds text in column 0 \('x' in row 1\)\. Autoencoder needs numbers"),
        (np.array([["a", "b"], ["c", "d"]]), r"X holds text in columns 0 \('a' in row 0\)"),
        (
            X.astype("datetime64[s]"),
            "X holds dates in columns 0, 1, 2 and 3. Autoencoder needs numbers: drop",
        ),
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
    with pytest.raises(InputError, match=r"X holds text in column 1 \('name', 'Ada' in row 0\)"):
        Autoencoder(**QUICK).fit(frame)


@pytest.mark.parametrize("frames", [pd.DataFrame, pl.DataFrame])
@pytest.mark.parametrize("names", ["dcba", "abcde", "edcba"])
def test_what_to_do_with_a_frame_of_other_columns(frames, names):
    """The sentence of scikit-learn, whose contract it is, and how the columns are taken by their names."""
    columns = {name: X[:, place % 4] for place, name in enumerate("abcde")}
    model = Autoencoder(**QUICK).fit(frames({name: columns[name] for name in "abcd"}))
    other = frames({name: columns[name] for name in names})
    with pytest.raises(InputError) as caught:
        model.transform(other)
    said = str(caught.value)
    assert said.startswith(
        "The feature names should match those that were passed during fit.\nFeature names "
    )
    assert said.endswith("\nTake the columns as they were: X[list(model.feature_names_in_)].")
    expected = model.transform(frames({name: columns[name] for name in "abcd"}))
    np.testing.assert_array_equal(model.transform(other[list(model.feature_names_in_)]), expected)


def test_no_columns_are_to_be_taken_where_one_is_missing():
    frame = pd.DataFrame(X, columns=list("abcd"))
    model = Autoencoder(**QUICK).fit(frame)
    with pytest.raises(
        ValueError, match=r"yet now missing:\n- d\nGive the columns of the fit, under their names\.\n$"
    ):
        model.transform(frame[["a", "b", "c"]])


@pytest.mark.parametrize("names", ["dcba", "abcde"])
def test_what_to_do_with_a_source_of_other_columns(names):
    columns = {name: X[:, place % 4] for place, name in enumerate("abcde")}
    model = Autoencoder(**QUICK).fit(pa.table({name: columns[name] for name in "abcd"}))
    source = open_table(pa.table({name: columns[name] for name in names}))
    with pytest.raises(InputError) as caught:
        model.transform(source)
    how = "source.columns([source.feature_names.index(name) for name in model.feature_names_in_])"
    assert str(caught.value).endswith(f"; take them as they were: {how}.")
    taken = eval(how, {"source": source, "model": model})
    np.testing.assert_array_equal(
        model.transform(taken), model.transform(pa.table({n: columns[n] for n in "abcd"}))
    )


def test_the_first_bad_cell_is_found_beyond_the_first_block():
    rows = np.zeros((70_000, 64), np.float32)
    rows[69_000, 5] = rows[69_500, 1] = np.nan
    with pytest.raises(InputError, match="row 69000, column 5"):
        Autoencoder(**QUICK).fit(rows)


def test_large_finite_cells_are_no_infinity():
    rows = np.full((30, 4), 3e38, np.float32)
    rows[::2] = -3e38
    assert np.isfinite(Autoencoder(scale="maxabs", **QUICK).fit(rows).history_["loss"]).all()


SPARSE = np.where(np.random.default_rng(5).random((60, 9)) < 0.7, 0.0, 1.0 + np.arange(9))
CONTAINERS = {
    "source": ArraySource,
    "fortran": np.asfortranarray,
    "frame": pd.DataFrame,
    "columns": lambda rows: pd.DataFrame({f"c{i}": column.copy() for i, column in enumerate(rows.T)}),
    "nullable": lambda rows: pd.DataFrame(rows).astype("Float64"),
    "polars": pl.DataFrame,
    "arrow": lambda rows: pa.table({f"c{i}": column for i, column in enumerate(rows.T)}),
    "csr matrix": scipy.sparse.csr_matrix,
    "csc array": scipy.sparse.csc_array,
    "list": lambda rows: rows.tolist(),
}


@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
@pytest.mark.parametrize("scale", [None, "standard", "minmax"])
@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("streams", [False, True])
def test_whatever_holds_the_rows_gives_the_same_bits(container, scale, streams, monkeypatch):
    if streams:
        monkeypatch.setattr(placement, "chunk_rows_of", lambda *sizes: 16)
        monkeypatch.setattr(placement, "is_resident", lambda *_: False)
    settings = {**QUICK, "max_epochs": 2, "batch_size": 8, "scale": scale, "validation_fraction": 0.2}
    held = CONTAINERS[container](SPARSE)
    expected, found = Autoencoder(**settings).fit(SPARSE), Autoencoder(**settings).fit(held)
    for one, other in zip(jax.tree.leaves(found.network_), jax.tree.leaves(expected.network_), strict=True):
        np.testing.assert_array_equal(one, other)
    assert found.history_["loss"] == expected.history_["loss"]
    assert found.history_["validation_loss"] == expected.history_["validation_loss"]
    np.testing.assert_array_equal(found.scaler_.offset, expected.scaler_.offset)
    np.testing.assert_array_equal(found.feature_importances_, expected.feature_importances_)
    for method in ("transform", "reconstruct", "reconstruction_error"):
        np.testing.assert_array_equal(getattr(found, method)(held), getattr(expected, method)(SPARSE))
    assert found.n_features_in_ == 9
    found.partial_fit(held)
    expected.partial_fit(SPARSE)
    np.testing.assert_array_equal(found.transform(held), expected.transform(SPARSE))


@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
@pytest.mark.parametrize("container", [name for name in CONTAINERS if name != "list"])
@pytest.mark.parametrize("kind", ["linear", "own"])
def test_whatever_holds_the_rows_is_scored_alike(container, kind):
    autoencoder = "linear" if kind == "linear" else Autoencoder(**QUICK)
    held = CONTAINERS[container](SPARSE)
    expected, found = (
        AutoencoderDetector(autoencoder, held_out_fraction=0.2, random_state=0).fit(rows)
        for rows in (SPARSE, held)
    )
    np.testing.assert_array_equal(found.anomaly_score(held), expected.anomaly_score(SPARSE))
    assert found.threshold_ == expected.threshold_


@pytest.mark.parametrize("container", ["frame", "polars", "arrow", "csr matrix", "source"])
@pytest.mark.parametrize("missing", ["error", "mean"])
def test_the_first_cell_that_cannot_be_used_is_named_whatever_holds_it(container, missing):
    rows = SPARSE.copy()
    rows[41, 3] = rows[50, 1] = np.inf
    with pytest.raises(InputError, match=r"contains infinity: Autoencoder .* row 41, column 3"):
        Autoencoder(missing=missing, **QUICK).fit(CONTAINERS[container](rows))
    whole = Autoencoder(missing=missing, **QUICK).fit(CONTAINERS[container](SPARSE))
    for method in ("transform", "reconstruct", "partial_fit", "score"):
        with pytest.raises(InputError, match=r"contains infinity: Autoencoder .* row 41, column 3"):
            getattr(whole, method)(CONTAINERS[container](rows))


@pytest.mark.parametrize("where", ["training", "held out", "validation", "no weight", "partial_fit"])
def test_bad_cells_are_found_before_anything_is_trained(where, monkeypatch):
    """Of rows in memory: also in rows that are not trained on, and where the table is streamed."""
    monkeypatch.setattr(placement, "chunk_rows_of", lambda *sizes: 8)
    monkeypatch.setattr(placement, "is_resident", lambda *_: False)
    settings = {**QUICK, "batch_size": 8, "validation_fraction": 0.2 if where == "held out" else None}
    held_out = split_rows(20, 0.2, int(random_for(seed_of(Autoencoder(**settings)), "split").integers(2**31)))
    row = int(held_out[where == "held out"][-1])
    rows, weights = spoilt(np.nan, row), np.ones(20)
    autoencoder = Autoencoder(**settings)
    if where in ("partial_fit", "no weight"):
        autoencoder.partial_fit(X)
    epochs, run = [], engine.Engine.run_epoch
    monkeypatch.setattr(engine.Engine, "run_epoch", lambda *given: epochs.append(1) or run(*given))
    weights[row] = where != "no weight"
    train = {
        "validation": lambda: autoencoder.fit(X, X_validation=rows),
        "partial_fit": lambda: autoencoder.partial_fit(rows),
    }.get(where, lambda: autoencoder.fit(rows, sample_weight=weights))
    with pytest.raises(InputError, match=f"row {row}, column 2"):
        train()
    assert not epochs


def test_a_detector_finds_bad_cells_before_anything_is_trained(monkeypatch):
    def trained(*given):
        raise AssertionError("too late")

    monkeypatch.setattr(_detector_scoring, "trained_members", trained)
    for detector in (AutoencoderDetector(), AutoencoderDetector(Autoencoder(**QUICK), held_out_fraction=0.5)):
        with pytest.raises(
            InputError,
            match=r"^Input X contains NaN: AutoencoderDetector .* row 7, column 2, .* Fill it, or set",
        ):
            detector.fit(spoilt(np.nan))


def test_a_sparse_table_is_never_dense_as_a_whole():
    """Streamed, it takes chunks; 20,000 x 2,000 cells would take 160 MB in float32."""
    table = scipy.sparse.random_array(
        (20_000, 2_000), density=0.001, random_state=np.random.default_rng(0), format="csr"
    )
    autoencoder = Autoencoder(2, hidden_layer_sizes=(), max_epochs=1, batch_size=64, random_state=0)
    autoencoder.fit(table[:2000])
    tracemalloc.start()
    autoencoder.fit(table)
    autoencoder.transform(table)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 110e6


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
        (
            np.array([[0.0, np.nan]]),
            "the array of codes contains NaN: Autoencoder found it first in row 0, column 1",
        ),
        ([["a", "b"]], "codes are not numbers"),
    ],
)
def test_codes_that_cannot_be_decoded(codes, message, fitted):
    with pytest.raises(InputError, match=message):
        fitted.inverse_transform(codes)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (np.ones(3), r"sample_weight has the shape \(3,\), expected \(20,\): one weight a row"),
        (np.ones((20, 2)), r"sample_weight has the shape \(20, 2\), expected \(20,\)"),
        (["a"] * 20, "sample_weight is not numbers, but of dtype <U1; give one a row"),
        (-np.ones(20), r"sample_weight is -1\.0 in row 0; weights must be finite and not negative"),
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
    monkeypatch.setattr(placement, "chunk_rows_of", lambda *sizes: 40)
    monkeypatch.setattr(placement, "is_resident", lambda *_: False)
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

    def resident(X, platform="cpu"):
        table = _rows.ScaledRows(check_rows(Autoencoder(), X, reset=True), scaler).for_training()
        return placement.is_resident(4 * table.n_rows * table.n_columns, table.held_bytes, platform)

    assert not resident(ArraySource(large))
    assert resident(ArraySource(large), "gpu")
    assert resident(ArraySource(large[:1000]))
    double = np.lib.stride_tricks.as_strided(np.zeros(4), shape=(10**7, 4), strides=(0, 8))
    assert resident(ArraySource(double))
    sparse = scipy.sparse.csr_array((10**7, 4))  # takes less than it says, so that half of it is much
    assert not resident(sparse)
    assert resident(sparse[:1000])


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


@pytest.mark.parametrize("kind", ["one block", "columns of two types", "nullable"])
@pytest.mark.parametrize("method", ["transform", "reconstruction_error", "anomaly_score"])
def test_a_frame_takes_no_more_memory_than_its_array(kind, method):
    """The table and what is asked for beside it; objects made of cells would be many times as much."""
    cells = np.random.default_rng(0).normal(size=(20_000, 50))
    frame = pd.DataFrame(cells, columns=[f"c{n}" for n in range(50)])
    if kind == "columns of two types":
        frame = frame.astype({f"c{n}": "float32" for n in range(0, 50, 3)})
    elif kind == "nullable":
        frame = frame.astype("Float64")
    is_detector = method == "anomaly_score"
    model = AutoencoderDetector(random_state=0) if is_detector else Autoencoder(scale="standard", **QUICK)
    model.fit(frame[:200])
    peaks = {}
    for name, table in {"array": frame.to_numpy(np.float64), "frame": frame}.items():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an array has no names
            getattr(model, method)(table)  # what is compiled and imported counts for neither
            tracemalloc.start()
            getattr(model, method)(table)
        peaks[name] = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert cells.nbytes + peaks["frame"] <= 1.3 * (cells.nbytes + peaks["array"])


@pytest.mark.filterwarnings("ignore:X has feature names, but")
@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("shape", [(3000, 9), (70, 900)])
def test_errors_are_the_distance_to_what_is_rebuilt(container, shape, monkeypatch):
    """More rows than are read ahead, and wider ones than are; the formula is the documentation's."""
    monkeypatch.setattr(_rows, "_AHEAD_CELLS", 9000)
    rows = np.where(np.random.default_rng(3).random(shape) < 0.5, 0.0, 1 + np.arange(shape[1]) / 7)
    fitted = Autoencoder(scale="minmax", **QUICK).fit(rows)
    held = CONTAINERS[container](rows)
    residual = rows - fitted.reconstruct(rows)
    for metric, expected in (("squared_error", residual**2), ("absolute_error", np.abs(residual))):
        cells = fitted.reconstruction_error(held, per_feature=True, metric=metric)
        np.testing.assert_array_equal(cells, expected)
        found = fitted.reconstruction_error(held, metric=metric)
        np.testing.assert_allclose(found, expected.mean(axis=1), rtol=1e-12)
    assert fitted.score(held) == pytest.approx(-(residual**2).mean(), rel=1e-12)


def test_what_is_under_a_mask_is_not_learned():
    cells = np.append(X[:20].astype(float), [[1e6, *X[0, 1:]]], 0)
    masked, missing = np.ma.masked_greater(cells, 1e5), np.where(cells > 1e5, np.nan, cells)
    with pytest.raises(InputError, match="missing"):
        Autoencoder(**QUICK).fit(masked)
    fitted, same = (Autoencoder(**QUICK, missing="mask").fit(rows) for rows in (masked, missing))
    np.testing.assert_array_equal(fitted.reconstruct(masked), same.reconstruct(missing))
    Autoencoder(**QUICK).fit(np.ma.masked_greater(X[:20], np.inf))


def test_masked_labels_are_unknown():
    labels = np.ma.masked_equal([1] * 18 + [-1, 0], 0)
    with pytest.warns(UnknownLabelsWarning, match="y holds 1, -1, 0 and is left aside"):
        AutoencoderDetector().fit(X[:20], labels.data)
    AutoencoderDetector().fit(X[:20], labels)  # without a warning


def test_masked_weights_are_refused():
    weights = np.ma.masked_equal([1.0] * 19 + [2.0], 2.0)
    with pytest.raises(InputError, match=r"sample_weight is .*nan.* in row 19"):
        Autoencoder(**QUICK).fit(X[:20], sample_weight=weights)


def test_none_in_a_list_is_a_missing_cell():
    rows = X[:20].astype(float)
    rows[3, 1] = np.nan
    cells = [[None if np.isnan(cell) else cell for cell in row] for row in rows.tolist()]
    expected, found = (Autoencoder(missing="mean", **QUICK).fit(each) for each in (rows, cells))
    np.testing.assert_array_equal(found.transform(cells), expected.transform(rows))
    with pytest.raises(InputError, match="contains NaN"):
        Autoencoder(**QUICK).fit(cells)


TABLE = np.random.default_rng(0).normal(size=(40, 5)) * [1, 10, 0.1, 3, 7]
CHOSEN = np.array([2, 30, 7, 11])


def part_of(rows, chosen=CHOSEN, **more):
    checked = check_rows(Autoencoder(missing="mask"), rows, reset=True)
    scaler = scaler_of("standard", statistics_of(checked, np.arange(len(rows))))
    return TablePart(ScaledRows(checked, scaler, keeps_missing=True), chosen, **more)


def scaled():
    return (TABLE - TABLE.mean(axis=0)) / TABLE.std(axis=0)


def test_the_range_is_that_of_the_chosen_rows_alone():
    cells = scaled()[CHOSEN]
    np.testing.assert_allclose(part_of(TABLE).cell_range(), (cells.min(), cells.max()), rtol=1e-6)


def test_what_was_found_is_not_looked_for_again(monkeypatch):
    part = part_of(TABLE)
    found = statistics_of(part.table.rows, CHOSEN)
    expected = part.cell_range()
    monkeypatch.setattr(_rows, "table_statistics", None)
    assert TablePart(part.table, CHOSEN, found=found).cell_range() == expected


def test_means_are_weighted_and_over_the_cells_that_are_there():
    rows, weights = TABLE.copy(), np.random.default_rng(1).random(40)
    rows[7, 1] = np.nan
    part = part_of(rows, sample_weight=weights)
    scaler = part.table.scaler
    cells = ((rows - scaler.offset) * scaler.factor)[CHOSEN]
    expected = np.ma.average(np.ma.masked_invalid(cells), axis=0, weights=weights[CHOSEN])
    np.testing.assert_allclose(part.column_means(), expected, rtol=1e-5)


def test_equal_rows_become_one_of_their_weight():
    rows = np.r_[TABLE[:3], TABLE[:2]]
    part = part_of(rows, np.arange(5), found="kept").distinct()
    assert sorted(part.chosen.tolist()) == [0, 1, 2]
    assert part.sample_weight.tolist() == [2, 2, 1, 0, 0]
    assert part.found == "kept"


def test_the_first_cell_that_cannot_be_used_is_named_with_how_many_are_missing():
    rows = TABLE.copy()
    rows[30, 1] = rows[11, 4] = np.nan
    checked = check_rows(Autoencoder(), rows, reset=True)
    with pytest.raises(InputError, match=r"row 11, column 4, .* 2 cells are missing in all\.$"):
        statistics_of(checked, CHOSEN)
    assert statistics_of(checked, CHOSEN[[0, 2]]).n_rows == 2


def test_time_stamps_come_back_with_their_digits():
    """What the network gives, scaled back in float64 by the formula of the documentation."""
    random = np.random.default_rng(0)
    stamps = np.column_stack([1.7e9 + 60 * np.arange(200), random.normal(size=(200, 3))])
    fitted = Autoencoder(4, scale="standard", max_epochs=1, random_state=0).fit(stamps)
    scaler = fitted.scaler_
    scaled = ((stamps - stamps.mean(axis=0)) / stamps.std(axis=0)).astype(np.float32)
    output = np.asarray(fitted.network_.decode(fitted.network_.encode(scaled)), np.float64)
    rebuilt = fitted.reconstruct(stamps)
    assert rebuilt.dtype == np.float64
    np.testing.assert_allclose(rebuilt, output / scaler.factor + scaler.offset, rtol=1e-13)
    assert len(np.unique(rebuilt[:, 0])) == 200  # float32 has steps of 128 seconds there
    np.testing.assert_allclose(fitted.reconstruction_error(stamps), ((rebuilt - stamps) ** 2).mean(axis=1))
    np.testing.assert_array_equal(fitted.inverse_transform(fitted.transform(stamps)), rebuilt)


@pytest.mark.parametrize(
    ("given", "expected"),
    [("u1", "f4"), ("i2", "f4"), ("i4", "f8"), ("i8", "f8"), ("f2", "f4"), ("f4", "f4"), ("f8", "f8")],
)
def test_rows_come_back_in_floats_that_hold_what_went_in(given, expected, tmp_path):
    rows = (10 * X[:30]).astype(given)
    fitted = Autoencoder(**QUICK).fit(rows)
    save(fitted, tmp_path / "model.diabolo")
    for model in (fitted, load(tmp_path / "model.diabolo")):
        assert model.reconstruct(rows).dtype == expected
        assert model.reconstruct(rows.astype(np.float32)).dtype == np.float32
        assert model.inverse_transform(model.transform(rows)).dtype == expected
        assert next(model.blocks(rows))[1].dtype == expected


@pytest.mark.parametrize("scale", ["standard", "minmax", "maxabs"])
@pytest.mark.parametrize("size", [1e-200, 1e-100, 1e-30, 1e30])
def test_columns_of_any_size_are_rebuilt_alike(size, scale):
    random = np.random.default_rng(1)
    rows = random.normal(size=(200, 1)) * [1.0, -2.0, 3.0] + 0.01 * random.normal(size=(200, 3))
    kept = Autoencoder(1, scale=scale, max_epochs=5, random_state=0)
    usual = kept.fit(rows).reconstruct(rows)
    sized = kept.fit(rows * [1.0, size, 1.0]).reconstruct(rows * [1.0, size, 1.0])
    np.testing.assert_allclose(sized / [1.0, size, 1.0], usual, rtol=0, atol=0.1)
    assert np.abs(sized[:, 1] / size - rows[:, 1]).max() < 0.2
