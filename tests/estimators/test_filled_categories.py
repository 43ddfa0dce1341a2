"""Missing cells of tables with categories filled: how well, of whatever holds rows, and what stays."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import diabolo
from diabolo import Autoencoder, AutoencoderDetector, VariationalAutoencoder
from diabolo.errors import InputError, ParameterError
from diabolo.estimators._filled_categories import known_cells

NAMES = ["heating", "floor"]
QUICK = {
    "categories": NAMES,
    "missing": "mask",
    "max_epochs": 2,
    "hidden_layer_sizes": (6,),
    "random_state": 0,
}


def made(n_rows=400):
    random = np.random.default_rng(0)
    age = random.uniform(0, 100, n_rows)
    heating = np.where(age > 70, "stove", np.where(age > 30, "gas", "district"))
    columns = {
        "rent": 20 - age / 10 + 0.3 * random.normal(size=n_rows),
        "heating": heating.astype(object),
        "floor": np.where(age + 10 * random.normal(size=n_rows) > 50, 3.0, 1.0),
        "area": age + random.normal(size=n_rows),
    }
    whole = pd.DataFrame(columns)
    missing = random.random(whole.shape) < 0.15
    missing[5] = True
    given = whole.mask(missing)
    given["heating"] = whole["heating"].where(~missing[:, 1], None)
    return whole, given, missing


WHOLE, GIVEN, MISSING = made()


@pytest.fixture(scope="module")
def fitted():
    return Autoencoder(2, **QUICK).fit(GIVEN)


def test_numbers_and_categories_are_filled_and_all_else_stays(fitted):
    found, counts = fitted.impute(GIVEN, return_counts=True)
    assert counts.names == tuple(GIVEN.columns)
    assert counts.missing.tolist() == MISSING.sum(axis=0).tolist()
    assert counts.odd.sum() == 0
    for place, name in enumerate(GIVEN):
        there = ~MISSING[:, place]
        assert (found[name][there] == GIVEN[name][there]).all()
    assert not found.isna().any().any()
    right = {name: (found[name] == WHOLE[name])[GIVEN[name].isna()].mean() for name in NAMES}
    assert right["heating"] > 0.85
    assert right["floor"] > 0.75
    apart = (found["area"] - WHOLE["area"])[MISSING[:, 3]]
    assert np.sqrt(np.mean(apart**2)) < 0.4 * WHOLE["area"].std()
    assert GIVEN["heating"].isna().sum() == MISSING[:, 1].sum()  # the user's own frame is left alone


def test_a_row_without_any_cell_is_the_mean_and_the_most_frequent_values(fitted):
    found = fitted.impute(GIVEN).iloc[5]
    usual = [GIVEN["rent"].mean(), GIVEN["area"].mean()]
    np.testing.assert_allclose(found[["rent", "area"]].astype(float), usual)
    assert [found[name] for name in NAMES] == [GIVEN[name].mode()[0] for name in NAMES]


@pytest.mark.parametrize(
    ("make", "dtype"),
    [
        (lambda: GIVEN.astype({"heating": "category"}), "category"),
        (lambda: GIVEN.astype({"heating": "string"}), "string"),
        (lambda: GIVEN.astype({"heating": object}), "object"),
        (lambda: pl.from_pandas(GIVEN), "String"),
        (lambda: pl.from_pandas(GIVEN).cast({"heating": pl.Categorical}), "Categorical"),
        (lambda: pl.from_pandas(GIVEN).cast({"heating": pl.Enum(["gas", "stove", "district"])}), "Enum"),
        (lambda: pa.Table.from_pandas(GIVEN.astype({"heating": "category"})), "dictionary"),
        (lambda: pa.Table.from_pandas(GIVEN), ""),
    ],
)
def test_frames_keep_their_types(fitted, make, dtype):
    rows = make()
    found = fitted.impute(rows)
    assert type(found) is type(rows)
    kind = found.schema.field("heating").type if dtype in ("dictionary", "") else found["heating"].dtype
    assert str(kind).startswith(dtype)
    plain = found if isinstance(found, pd.DataFrame) else found.to_pandas()
    expected = fitted.impute(GIVEN)
    assert plain["heating"].astype(object).tolist() == expected["heating"].tolist()
    np.testing.assert_array_equal(plain[["rent", "floor", "area"]], expected[["rent", "floor", "area"]])


def test_a_value_that_a_frame_of_categories_lacks_is_added(fitted):
    rows = GIVEN[WHOLE["heating"] != "stove"].astype({"heating": pd.CategoricalDtype(["gas", "district"])})
    rows.loc[rows.index[0], ["area", "rent", "floor", "heating"]] = [95.0, 10.5, 3.0, None]
    assert fitted.impute(rows)["heating"].iloc[0] == "stove"
    enum = pl.from_pandas(rows.astype({"heating": object})).cast({"heating": pl.Enum(["gas", "district"])})
    assert fitted.impute(enum)["heating"][0] == "stove"


@pytest.mark.parametrize("gap", [None, np.nan, ""])
def test_arrays_lists_and_any_kind_of_gap(fitted, gap):
    rows = GIVEN.to_numpy(object)
    rows[MISSING[:, 1], 1] = gap
    expected = fitted.impute(GIVEN).to_numpy(object)
    for given in (rows, rows.tolist()):
        found = fitted.impute(given)
        assert found.dtype == object
        assert found[:, 1:3].tolist() == expected[:, 1:3].tolist()
        np.testing.assert_array_equal(found[:, [0, 3]].astype(float), expected[:, [0, 3]].astype(float))


def test_further_columns_and_another_order(fitted):
    rows = GIVEN.assign(id="x")[["area", "id", "heating", "rent", "floor"]]
    found = fitted.impute(rows)
    assert list(found.columns) == list(rows.columns)
    pd.testing.assert_frame_equal(found[list(GIVEN)], fitted.impute(GIVEN))


def test_files_and_blocks(fitted, tmp_path):
    expected = fitted.impute(GIVEN)
    GIVEN.to_csv(tmp_path / "rows.csv", index=False)
    GIVEN.to_parquet(tmp_path / "rows.parquet")
    for name in ("rows.csv", "rows.parquet"):
        source = diabolo.open(tmp_path / name, keep_columns=["heating"])
        own = Autoencoder(2, **QUICK).fit(source)
        filled = own.impute(source)
        order = own.feature_names_in_.tolist()
        assert (filled[:, order.index("heating")] == expected["heating"]).mean() > 0.97
        (block,) = own.impute_blocks(source)
        assert block[1].tolist() == filled.tolist()
        missing = dict(zip(order, block[2].sum(axis=0).tolist(), strict=True))
        assert missing == dict(zip(GIVEN, MISSING.sum(axis=0).tolist(), strict=True))


def test_a_saved_model_fills_alike(fitted, tmp_path):
    diabolo.save(fitted, tmp_path / "m.diabolo")
    pd.testing.assert_frame_equal(diabolo.load(tmp_path / "m.diabolo").impute(GIVEN), fitted.impute(GIVEN))


def test_unknown_values_stay_and_say_nothing():
    fitted = Autoencoder(2, handle_unknown="ignore", **QUICK).fit(GIVEN)
    rows = GIVEN.assign(heating="sun")
    found, counts = fitted.impute(rows, return_counts=True)
    assert found["heating"].eq("sun").all()
    assert counts.to_dict()["heating"]["missing"] == 0
    gaps = fitted.impute(GIVEN.assign(heating=None))
    np.testing.assert_array_equal(found["rent"], gaps["rent"])
    with pytest.raises(InputError, match="'sun'"):
        Autoencoder(2, **QUICK).fit(GIVEN).impute(rows)


def test_categories_alone_and_other_kinds():
    text = GIVEN[["heating", "floor"]]
    for make in (Autoencoder, VariationalAutoencoder):
        found = make(1, **QUICK).fit(text).impute(text)
        assert set(found["heating"]) == {"gas", "stove", "district"}
        assert set(found["floor"]) == {1.0, 3.0}
        assert ((found["heating"] == WHOLE["heating"])[MISSING[:, 1]]).mean() > 0.5


def test_wide_tables_are_filled_by_the_network(monkeypatch):
    monkeypatch.setattr("diabolo.estimators._missing_cells.MOST_COLUMNS", 4)
    fitted = Autoencoder(2, **{**QUICK, "max_epochs": 40}).fit(GIVEN)
    assert fitted._cell_model.gaussian is None
    assert len(fitted._cell_model.shares) > 0
    found = fitted.impute(GIVEN)
    assert (found["heating"] == WHOLE["heating"])[MISSING[:, 1]].mean() > 0.6


def test_what_was_not_learned_is_said():
    complete = Autoencoder(1, **{**QUICK, "missing": "error"}).fit(WHOLE)
    with pytest.raises(ParameterError, match="has not learned what stands in missing cells"):
        complete.impute(GIVEN)


def test_a_detector_fills_and_replaces_odd_numbers():
    detector = AutoencoderDetector(categories=NAMES, missing="mask", random_state=0).fit(GIVEN)
    bad = GIVEN.copy()
    bad.loc[9, "area"] = 900.0
    found, counts = detector.impute(bad, odd=True, return_counts=True)
    assert counts.missing.tolist() == bad.isna().sum().tolist()
    assert counts.odd[[1, 2]].tolist() == [0, 0]
    assert 0 < counts.odd[3] <= 3
    assert abs(found["area"][9] - WHOLE["area"][9]) < 25
    assert (found["heating"] == WHOLE["heating"])[MISSING[:, 1]].mean() > 0.6
    usual = [GIVEN[name].mode()[0] for name in NAMES]
    assert [found[name][5] for name in NAMES] == usual
    only = AutoencoderDetector(categories=NAMES, missing="mask", random_state=0).fit(GIVEN[NAMES])
    assert only.impute(GIVEN[NAMES], odd=True, return_counts=True)[1].odd.sum() == 0


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([1, None, 2.0], [1, 2.0, 3]),
        ([True, None], ["1", "2", "3"]),
        (["a", 1, None], ["1", "2", "3"]),
        ([None], ["1", "2", "3"]),
        ([np.float32(2.0), np.nan], [1.0, 2.0, 3.0]),
    ],
)
def test_values_are_written_as_the_column_has_them(given, expected):
    found = known_cells(("1", "2", "3"), given)
    if not isinstance(given[0], bool):
        assert found == expected


def test_truth_values():
    assert known_cells(("False", "True"), [None, True]) == [False, True]
