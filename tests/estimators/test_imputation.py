"""Missing cells filled: how well, of whatever holds rows, and what stays as it is."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.datasets import load_wine

import diabolo
from diabolo import (
    Autoencoder,
    AutoencoderDetector,
    ConvolutionalAutoencoder,
    DenoisingAutoencoder,
    SparseAutoencoder,
    VariationalAutoencoder,
)
from diabolo.data.array_source import ArraySource
from diabolo.errors import InputError, ParameterError

WINE = load_wine().data
MISSING = np.random.default_rng(0).random(WINE.shape) < 0.2
GIVEN = np.where(MISSING, np.nan, WINE)
QUICK = {"max_epochs": 2, "hidden_layer_sizes": (8,), "missing": "mask", "random_state": 0}


@pytest.fixture(scope="module")
def fitted():
    return Autoencoder(2, **QUICK).fit(GIVEN)


def of_factors(seed, n_rows, n_features=12, n_factors=3, noise=0.5):
    """Draw rows of a factor model; give its covariance, too."""
    loadings = np.random.default_rng(7).normal(size=(n_factors, n_features))
    random = np.random.default_rng(seed)
    rows = random.normal(size=(n_rows, n_factors)) @ loadings
    rows += noise * random.normal(size=rows.shape)
    return rows, loadings.T @ loadings + noise**2 * np.eye(n_features)


def oracle(given, covariance):
    """Fill with the conditional expectation of the model that rows were drawn from (mean 0)."""
    filled = given.copy()
    for row in filled:
        gap = np.isnan(row)
        among = covariance[np.ix_(~gap, ~gap)]
        row[gap] = covariance[np.ix_(gap, ~gap)] @ np.linalg.solve(among, row[~gap])
    return filled


def root_mean_square(numbers):
    return float(np.sqrt(np.mean(numbers**2)))


@pytest.mark.parametrize("share", [0.05, 0.2, 0.4])
def test_held_out_cells_are_filled_about_as_well_as_who_knows_the_model_can(share):
    rows, covariance = of_factors(1, 1500)
    missing = np.random.default_rng(2).random(rows.shape) < share
    learned, fresh = np.split(np.where(missing, np.nan, rows), [1000])
    found = Autoencoder(missing="mask", random_state=0, max_epochs=2).fit(learned).impute(fresh)
    gaps, truth = missing[1000:], rows[1000:]
    best = root_mean_square((oracle(fresh, covariance) - truth)[gaps])
    assert root_mean_square((found - truth)[gaps]) < 1.06 * best
    assert best < 0.6 * root_mean_square(truth[gaps])  # a column's mean is 0


def test_columns_of_any_size_are_filled_alike():
    rows, _ = of_factors(1, 400)
    sizes = np.array([1e-3, 1.0, 1e4] * 4)
    missing = np.random.default_rng(2).random(rows.shape) < 0.2
    plain, sized = (
        Autoencoder(2, scale="standard", **QUICK).fit(given).impute(given)
        for given in (np.where(missing, np.nan, rows), np.where(missing, np.nan, rows * sizes + 7 * sizes))
    )
    np.testing.assert_allclose(sized / sizes - 7, plain, atol=2e-3)


def test_cells_that_are_there_stay_to_the_last_bit(fitted):
    filled, counts = fitted.impute(GIVEN, return_counts=True)
    assert np.array_equal(filled[~MISSING], GIVEN[~MISSING])
    assert np.isfinite(filled).all()
    assert counts.missing.tolist() == MISSING.sum(axis=0).tolist()
    assert (counts.total, counts.odd.sum()) == (MISSING.sum(), 0)
    assert counts.to_dict()["x3"] == {"missing": MISSING[:, 3].sum(), "odd": 0}
    assert np.isnan(GIVEN).sum() == MISSING.sum()  # the user's own array is left alone


def test_complete_rows_come_back_as_they_are(fitted):
    for rows in (WINE, WINE.astype(np.float32), WINE.astype(np.int64)):
        found = fitted.impute(rows)
        assert found.dtype == rows.dtype
        assert np.array_equal(found, rows)


def test_a_row_does_not_depend_on_those_beside_it(fitted):
    np.testing.assert_allclose(fitted.impute(GIVEN[5:8]), fitted.impute(GIVEN)[5:8], rtol=1e-6)


def test_a_row_without_any_cell_is_the_mean(fitted):
    expected = np.nanmean(GIVEN, axis=0)
    np.testing.assert_allclose(fitted.impute(np.full((1, 13), np.nan))[0], expected, rtol=1e-12)


def test_what_is_filled_lies_within_what_training_rows_have(fitted):
    far = GIVEN.copy()
    far[:, 0] *= 100
    filled = fitted.impute(far)[MISSING & (np.arange(13) > 0)]
    lowest, highest = (
        np.broadcast_to(ends, GIVEN.shape)[MISSING & (np.arange(13) > 0)]
        for ends in (np.nanmin(GIVEN, axis=0), np.nanmax(GIVEN, axis=0))
    )
    assert ((filled >= lowest) & (filled <= highest)).all()


def test_lists_with_none(fitted):
    row = WINE[0].tolist()
    found = fitted.impute([[None, *row[1:]]])
    assert np.array_equal(found[0, 1:], WINE[0, 1:])
    assert np.isfinite(found).all()


def test_a_frame_of_pandas_keeps_all_else():
    frame = pd.DataFrame(GIVEN[:, :4], columns=list("abcd"), index=np.arange(len(GIVEN)) * 10)
    frame["b"] = frame["b"].round().astype("Int64")
    frame["d"] = frame["d"].astype(np.float32)
    frame["whole"] = np.arange(len(frame))
    autoencoder = Autoencoder(2, **QUICK).fit(frame)
    wide = frame.assign(kind="red")[["kind", *frame.columns[::1]]]
    found, counts = autoencoder.impute(wide, return_counts=True)
    assert list(found.columns) == list(wide.columns)
    assert found.index.equals(wide.index)
    assert [str(each) for each in found.dtypes[1:]] == ["float64", "Float64", "float64", "float32", "int64"]
    assert found["kind"].eq("red").all()
    assert not found.isna().any().any()
    assert wide["a"].isna().sum() == counts.to_dict()["a"]["missing"] > 0
    pd.testing.assert_series_equal(found["a"][~MISSING[:, 0]], frame["a"][~MISSING[:, 0]])
    complete = found.astype({"b": "float64"})
    pd.testing.assert_frame_equal(autoencoder.impute(complete), complete)


def test_a_frame_of_polars_keeps_all_else():
    columns = {name: GIVEN[:, place].tolist() for place, name in enumerate("abc")}
    frame = pl.DataFrame(columns).with_columns(pl.all().fill_nan(None), kind=pl.lit("red"))
    autoencoder = Autoencoder(2, **QUICK).fit(frame.select("a", "b", "c"))
    found = autoencoder.impute(frame)
    assert found.schema == frame.schema
    assert found["a"].null_count() == 0 < frame["a"].null_count()
    assert found["kind"].unique().to_list() == ["red"]


@pytest.mark.parametrize(
    "make",
    [
        lambda: SparseAutoencoder(6, max_epochs=2, missing="mask", random_state=0),
        lambda: VariationalAutoencoder(2, max_epochs=2, missing="mean", random_state=0),
        lambda: DenoisingAutoencoder(2, max_epochs=2, missing="mask", random_state=0),
        lambda: Autoencoder(2, max_epochs=2, missing="mean", scale=None, random_state=0),
    ],
)
def test_every_kind_fills(make):
    autoencoder = make().fit(GIVEN)
    filled = autoencoder.impute(GIVEN)
    spread = WINE.std(axis=0)
    own = root_mean_square(((filled - WINE) / spread)[MISSING])
    mean = root_mean_square(((np.nanmean(GIVEN, axis=0) - WINE) / spread)[MISSING])
    assert own < 0.85 * mean


def test_images_come_back_as_images():
    images = np.random.default_rng(0).random((20, 4, 4))
    images[3, 1, 2] = np.nan
    autoencoder = ConvolutionalAutoencoder(filters=(4,), max_epochs=1, missing="mask", random_state=0)
    found = autoencoder.fit(images).impute(images)
    assert found.shape == images.shape
    assert np.isfinite(found[3, 1, 2])


def test_what_the_network_alone_knows_is_used():
    """A table of a curve, of which a straight line knows nothing: y = x ** 2."""
    random = np.random.default_rng(0)
    x = random.uniform(-1, 1, 1500)
    rows = np.column_stack([x, x**2, np.abs(x), x]) + 0.02 * random.normal(size=(1500, 4))
    missing = np.zeros(rows.shape, bool)
    missing[::4, 1] = True
    given = np.where(missing, np.nan, rows)
    given[:, 2] = random.normal(size=1500)  # a column that has nothing to do with it
    wide = {"missing": "mask", "random_state": 0, "initializer": "glorot_uniform", "scale": "standard"}
    autoencoder = Autoencoder(2, hidden_layer_sizes=(32,), max_epochs=60, **wide).fit(given)
    assert autoencoder._cell_model.shares.shape[1] == 4
    linear = autoencoder._cell_model.expected(given)
    own, straight = (root_mean_square((each - rows)[missing]) for each in (autoencoder.impute(given), linear))
    assert own < straight


def test_wide_tables_are_filled_by_the_network(monkeypatch):
    monkeypatch.setattr("diabolo.estimators._missing_cells.MOST_COLUMNS", 5)
    rows, _ = of_factors(1, 400)
    missing = np.random.default_rng(2).random(rows.shape) < 0.1
    autoencoder = Autoencoder(3, missing="mask", random_state=0, max_epochs=20).fit(
        np.where(missing, np.nan, rows)
    )
    assert autoencoder._cell_model.gaussian is None
    filled = autoencoder.impute(np.where(missing, np.nan, rows))
    assert root_mean_square((filled - rows)[missing]) < 0.7 * root_mean_square(rows[missing])


def test_an_empty_and_a_constant_column_do_no_harm():
    rows = GIVEN[:, :4].copy()
    rows[:, 1], rows[:, 2] = np.nan, np.where(MISSING[:, 2], np.nan, 3.0)
    autoencoder = Autoencoder(1, missing="mask", max_epochs=1, random_state=0).fit(rows)
    filled = autoencoder.impute(rows)
    assert np.isfinite(filled).all()
    assert (filled[:, 2] == 3.0).all()


def test_blocks_are_the_rows(fitted):
    found = fitted.impute(GIVEN)
    for start, block, missing, odd in fitted.impute_blocks(ArraySource(GIVEN)):
        assert np.array_equal(block, found[start : start + len(block)])
        assert np.array_equal(missing, MISSING[start : start + len(block)])
        assert not odd.any()


def test_a_saved_model_fills_alike(fitted, tmp_path):
    diabolo.save(fitted, tmp_path / "m.diabolo")
    assert np.array_equal(diabolo.load(tmp_path / "m.diabolo").impute(GIVEN), fitted.impute(GIVEN))


def test_what_was_not_learned_is_said():
    settings = {**QUICK, "missing": "error"}
    said = "has not learned what stands in missing cells: fit it with missing='mask' or missing='mean'"
    with pytest.raises(ParameterError, match=f"This Autoencoder {said}; partial_fit does not learn it"):
        Autoencoder(2, **settings).fit(WINE).impute(GIVEN)
    with pytest.raises(ParameterError, match=said):
        Autoencoder(2, **QUICK).partial_fit(GIVEN).impute(GIVEN)


def test_infinite_cells_are_refused(fitted):
    bad = GIVEN.copy()
    bad[4, 5] = np.inf
    with pytest.raises(InputError, match="row 4, column 5"):
        fitted.impute(bad)


@pytest.fixture(scope="module")
def detector():
    return AutoencoderDetector(random_state=0).fit(WINE)


def test_a_detector_fills(detector):
    filled, counts = detector.impute(GIVEN, return_counts=True)
    assert np.array_equal(filled[~MISSING], GIVEN[~MISSING])
    assert counts.total == MISSING.sum()
    spread = WINE.std(axis=0)
    own = root_mean_square(((filled - WINE) / spread)[MISSING])
    assert own < 0.95 * root_mean_square(((WINE.mean(axis=0) - WINE) / spread)[MISSING])
    blocks = list(detector.impute_blocks(GIVEN))
    assert np.array_equal(np.concatenate([block for _, block, *_ in blocks]), filled)
    np.testing.assert_allclose(detector.impute(np.full((1, 13), np.nan))[0], WINE.mean(axis=0))


def test_a_cell_beside_a_gap_is_not_odd_for_that():
    """A code that is drawn towards the mean by a gap leaves residuals that no cell is to blame for."""
    rows = np.random.default_rng(0).normal(size=(300, 1)) * [1.0, 2.0, -1.0]
    rows += np.random.default_rng(1).normal(scale=0.01, size=rows.shape)
    found = AutoencoderDetector(random_state=0).fit(rows)
    filled, counts = found.impute([[1.0, 2.0, np.nan]], odd=True, return_counts=True)
    assert filled[0, :2].tolist() == [1.0, 2.0]
    assert counts.total == 1


def test_odd_cells_are_replaced_on_wish(detector):
    wrong = WINE.copy()
    places = ([3, 50, 120], [4, 0, 12])
    wrong[places] *= 10
    found, counts = detector.impute(wrong, odd=True, return_counts=True)
    assert counts.odd[[4, 0, 12]].tolist() == [1, 1, 1]
    apart = np.abs(found[places] - WINE[places]) / WINE.std(axis=0)[[4, 0, 12]]
    assert (apart < 3).all()
    assert counts.odd.sum() <= 8  # of 2,314 cells few others
    assert np.array_equal(detector.impute(wrong), wrong)  # by default none
    more = detector.impute(wrong, odd=3.0, return_counts=True)[1].odd.sum()
    fewer = detector.impute(wrong, odd=30.0, return_counts=True)[1].odd.sum()
    assert more > counts.odd.sum() > fewer


def test_whole_numbers_with_odd_cells_become_floats(detector):
    wrong = (WINE * 100).astype(np.int64)
    own = AutoencoderDetector(random_state=0).fit(wrong)
    wrong[3, 4] *= 10
    found = own.impute(wrong, odd=True)
    assert found.dtype == np.float64
    assert found[3, 4] < wrong[3, 4] / 3


@pytest.mark.parametrize("odd", [0, -1.0, "yes", np.nan])
def test_odd_must_be_a_number_above_0(detector, odd):
    with pytest.raises(ParameterError, match=r"odd=.* is not possible; expected True, False or a number"):
        detector.impute(WINE, odd=odd)


def test_a_detector_of_windows_fills_nothing():
    series = np.sin(np.arange(300.0))[:, None]
    windows = diabolo.sliding_windows(series, 16)
    with pytest.raises(InputError, match="was fitted to windows of a series"):
        AutoencoderDetector(random_state=0).fit(windows).impute(series)
