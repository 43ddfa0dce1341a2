"""Rows on their way in and out: scalers, missing cells, categories, what estimators refuse."""

import numpy as np
import pandas as pd
import pytest

import diabolo
from diabolo.errors import InputError

CLOSE = 1e-5
QUICK = {"hidden_layer_sizes": (6,), "max_epochs": 2, "random_state": 0}
CATEGORIES = ["city", "size", "one"]


@pytest.mark.parametrize("scale", ["minmax", "standard", "maxabs", "center", "common", None])
def test_every_scaler(run, apart, rows, scale):
    model = diabolo.Autoencoder(3, scale=scale, **QUICK).fit(rows)
    codes = model.transform(rows)
    assert apart(run(model, "encode", X=rows)["code"], codes) < CLOSE
    assert apart(run(model, "decode", code=codes)["rows"], model.inverse_transform(codes)) < CLOSE


def test_small_differences_of_large_numbers_stay(run, apart):
    """float32 holds 16777216 and 16777217.5 apart by steps of 2; what it does hold is not lost again."""
    random = np.random.default_rng(0)
    X = (2.0**24 + 2 * random.integers(0, 50, (1000, 4))).astype(np.float32)
    model = diabolo.Autoencoder(2, **QUICK).fit(X.astype(np.float64) + 0.7)
    assert apart(run(model, "encode", X=X)["code"], model.transform(X)) < CLOSE


def test_float64_keeps_what_float32_loses(run, apart):
    random = np.random.default_rng(0)
    X = 1e9 + random.random((1000, 4))
    model = diabolo.Autoencoder(2, **QUICK).fit(X)
    assert apart(run(model, "encode", "float64", X=X)["code"], model.transform(X)) < CLOSE
    rebuilt = run(model, "reconstruct", "float64", X=X)["rows"]
    assert rebuilt.dtype == np.float64
    assert apart(rebuilt, model.reconstruct(X)) < CLOSE
    assert apart(run(model, "encode", X=X.astype(np.float32))["code"], model.transform(X)) > 0.01


def test_a_column_too_narrow_for_float32_is_scaled_in_float64(run, apart):
    X = np.random.default_rng(0).random((1000, 4)).astype(np.float32)
    X[:, 0] *= 1e-40
    model = diabolo.Autoencoder(2, **QUICK).fit(X)
    assert apart(run(model, "encode", X=X)["code"], model.transform(X)) < CLOSE
    assert apart(run(model, "reconstruct", X=X)["rows"][:, 1:], model.reconstruct(X)[:, 1:]) < CLOSE


@pytest.mark.parametrize("missing", ["mean", "mask"])
def test_missing_cells_are_filled_as_in_the_estimator(run, apart, gapped, missing):
    model = diabolo.Autoencoder(3, missing=missing, **QUICK).fit(gapped)
    assert apart(run(model, "encode", X=gapped)["code"], model.transform(gapped)) < CLOSE
    assert apart(run(model, "reconstruct", X=gapped)["rows"], model.reconstruct(gapped)) < CLOSE
    error = run(model, "score", X=gapped)["reconstruction_error"]
    assert np.isnan(error).sum() == 1  # the row without a cell
    assert apart(error, model.reconstruction_error(gapped)) < CLOSE


@pytest.mark.parametrize("activation", ["relu", "tanh"])
@pytest.mark.parametrize("part", ["encode", "reconstruct", "score"])
def test_a_row_that_the_estimator_refuses_comes_out_as_nan(run, rows, activation, part):
    """An activation may make a number of NaN or infinity; the row is marked beside it."""
    model = diabolo.Autoencoder(2, activation=activation, **QUICK).fit(rows)
    odd = rows[:4].copy()
    odd[1, 2], odd[2, 3] = np.nan, np.inf
    for row in (1, 2):
        with pytest.raises(InputError):
            model.transform(odd[row : row + 1])
    (found,) = run(model, part, X=odd).values()
    assert np.isnan(found.reshape(4, -1)).all(axis=1).tolist() == [False, True, True, False]


def test_an_infinite_cell_is_refused_where_a_missing_one_is_not(run, gapped):
    model = diabolo.Autoencoder(2, missing="mean", **QUICK).fit(gapped)
    odd = gapped[:3].copy()
    odd[1, 2] = -np.inf
    assert np.isnan(run(model, "encode", X=odd)["code"]).any(axis=1).tolist() == [False, True, False]


@pytest.fixture(scope="module")
def frame():
    random, n = np.random.default_rng(0), 1000
    return pd.DataFrame(
        {
            "a": random.normal(size=n).astype(np.float32),
            "city": random.choice(["rome", "oslo", "bern"], n),
            "b": (random.random(n) * 50).astype(np.float32),
            "size": random.choice(["s", "m"], n),
            "one": ["x"] * n,
        }
    )


def with_gaps(frame):
    random, gapped = np.random.default_rng(1), frame.copy()
    for name in ("city", "a"):
        gapped.loc[random.random(len(frame)) < 0.2, name] = None
    gapped.loc[3, ["a", "b", "city", "size", "one"]] = None
    return gapped


def given(model, frame):
    """Take a frame apart into what the graph takes: the numbers, and the categories as text."""
    table = model.categories_
    text = frame[list(table.category_names)].astype(object)
    inputs = {"categories": text.where(text.notna(), "").to_numpy(dtype=object)}
    numbers = frame[[table.names[place] for place in table.numbers]]
    return inputs if not table.numbers else {**inputs, "X": numbers.to_numpy(np.float32)}


def check_rows(apart, model, found, expected):
    table = model.categories_
    if table.numbers:
        assert apart(found["rows"], expected[[table.names[place] for place in table.numbers]]) < CLOSE
    assert (found["values"] == expected[list(table.category_names)].to_numpy()).all()


@pytest.mark.parametrize("missing", ["error", "mean", "mask"])
def test_categories_go_in_and_out_as_text(run, apart, frame, missing):
    frame = frame if missing == "error" else with_gaps(frame)
    model = diabolo.Autoencoder(2, categories=CATEGORIES, missing=missing, **QUICK).fit(frame)
    inputs, codes = given(model, frame), model.transform(frame)
    rebuilt = model.reconstruct(frame)
    assert apart(run(model, "encode", **inputs)["code"], codes) < CLOSE
    check_rows(apart, model, run(model, "reconstruct", **inputs), rebuilt)
    check_rows(apart, model, run(model, "decode", code=codes), rebuilt)
    error = run(model, "score", **inputs)["reconstruction_error"]
    assert apart(error, model.reconstruction_error(frame)) < CLOSE


def test_categories_alone(run, apart, frame):
    frame = frame[CATEGORIES]
    model = diabolo.Autoencoder(2, categories=CATEGORIES, **QUICK).fit(frame)
    inputs = given(model, frame)
    assert apart(run(model, "encode", **inputs)["code"], model.transform(frame)) < CLOSE
    check_rows(apart, model, run(model, "reconstruct", **inputs), model.reconstruct(frame))
    assert apart(run(model, "encode", "float64", **inputs)["code"], model.transform(frame)) < CLOSE


def test_values_that_are_not_known(run, apart, frame):
    other = frame.copy()
    other.loc[:9, "city"] = "paris"
    strict = diabolo.Autoencoder(2, categories=CATEGORIES, **QUICK).fit(frame)
    codes = run(strict, "encode", **given(strict, other))["code"]
    assert np.isnan(codes).all(axis=1).tolist() == [True] * 10 + [False] * 990
    lenient = diabolo.Autoencoder(2, categories=CATEGORIES, handle_unknown="ignore", **QUICK).fit(frame)
    codes = run(lenient, "encode", **given(lenient, other))["code"]
    assert apart(codes, lenient.transform(other)) < CLOSE


def test_a_detector_of_categories(run, apart, frame):
    gapped = with_gaps(frame)
    for settings, table in (({}, frame), ({"missing": "mask"}, gapped), ({"missing": "mean"}, gapped)):
        model = diabolo.AutoencoderDetector(categories=CATEGORIES, random_state=0, **settings).fit(table)
        inputs = given(model, table)
        assert apart(run(model, "score", **inputs)["anomaly_score"], model.anomaly_score(table)) < CLOSE
        check_rows(apart, model, run(model, "reconstruct", **inputs), model.reconstruct(table))
