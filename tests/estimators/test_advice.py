# ruff: noqa: E501 - messages are shown whole
"""Advice about fits that learn little: when it is given, and that it is not where all is well."""

import warnings

import numpy as np
import pandas as pd
import pytest

import diabolo
from diabolo import Autoencoder, AutoencoderDetector, ConvolutionalAutoencoder
from diabolo.cli import main
from diabolo.data.array_source import ArraySource
from diabolo.data.scaling import scaler_of
from diabolo.data.statistics import table_statistics
from diabolo.errors import FewRowsWarning, PoorFitWarning, ScaleWarning
from diabolo.estimators import _rows
from diabolo.estimators._advice import loss_of_means
from diabolo.estimators._category_rows import category_rows
from diabolo.estimators._choices import checked_choices

RANDOM = np.random.default_rng(0)
WELL = RANDOM.normal(size=(60, 4))
WELL[:, 1] += WELL[:, 0]
NEAR_50_000 = WELL * [1, 1, 1, 500] + [0, 0, 0, 50_000]
BYTES = RANDOM.integers(0, 256, (40, 8, 8)).astype(np.uint8)
BRIEF = {"max_epochs": 2, "random_state": 0}


def advice(call):
    """Return the advice that a call gives."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call()
    return [each for each in caught if issubclass(each.category, (ScaleWarning, PoorFitWarning))]


def test_a_column_near_50_000_that_is_not_scaled():
    frame = pd.DataFrame(NEAR_50_000, columns=["a", "b", "c", "elevation"])
    (told,) = advice(lambda: Autoencoder(scale=None, random_state=0).fit(frame))
    highest = frame["elevation"].max()
    assert str(told.message) == (
        f"Autoencoder: cells reach {highest:.6g} (column 'elevation') and are not scaled (scale=None), which "
        "hides the smaller ones from a network: set scale='standard'."
    )
    assert told.category is ScaleWarning
    assert told.filename == __file__


@pytest.mark.parametrize("estimator", [Autoencoder(**BRIEF), ConvolutionalAutoencoder(filters=(2,), **BRIEF)])
def test_images_of_bytes_that_are_not_scaled(estimator):
    estimator.set_params(scale=None)
    rows = BYTES if isinstance(estimator, ConvolutionalAutoencoder) else BYTES.reshape(40, -1)
    told = [
        str(each.message) for each in advice(lambda: estimator.fit(rows)) if each.category is ScaleWarning
    ]
    assert len(told) == 1
    assert "cells reach 255 (column " in told[0]
    assert told[0].endswith("set scale='standard', or scale='minmax' for pixels.")


@pytest.mark.parametrize("scale", ["auto", "common", "center"])
def test_columns_of_other_units_count_by_them(scale):
    spread = NEAR_50_000.std(axis=0)
    given = advice(lambda: Autoencoder(scale=scale, **BRIEF).fit(NEAR_50_000))
    (told,) = (each for each in given if each.category is ScaleWarning)
    ratio = spread[3] / spread.min()
    used = "common" if scale == "auto" else scale
    assert (
        f"Autoencoder: columns differ in their spread by {ratio:.0f} times (column 3 by {spread[3]:.3g}, "
        in str(told.message)
    )
    assert str(told.message).endswith(
        f", and by scale={used!r} they count by their units: set scale='standard'."
    )


def digits():
    return diabolo.datasets.load_digits()[0]


def rare_marks():
    marks = np.zeros((400, 3))
    marks[0, 1] = 1.0
    marks[:, 0] = np.arange(400) % 2
    marks[:, 2] = np.arange(400) % 3 == 0
    return marks


@pytest.mark.parametrize(
    ("settings", "rows"),
    [
        ({}, lambda: WELL),
        ({"scale": None}, lambda: WELL),
        ({"scale": "standard"}, lambda: NEAR_50_000),
        ({"scale": "minmax"}, lambda: NEAR_50_000),
        ({"scale": "maxabs"}, lambda: BYTES.reshape(40, -1)),
        ({}, digits),  # whose pixels at the edge hardly vary
        ({"scale": None}, digits),
        ({}, rare_marks),
        ({}, lambda: np.column_stack([WELL, np.full(60, 7e4)])),  # a constant is none of other units
    ],
)
def test_nothing_is_said_where_all_is_well(settings, rows):
    assert advice(lambda: Autoencoder(1, random_state=0, max_epochs=5, **settings).fit(rows())) == []


def test_once_of_a_detector_with_folds_and_members():
    detector = AutoencoderDetector(Autoencoder(1, scale=None, **BRIEF), n_members=2, cv=3, random_state=0)
    told = advice(lambda: detector.fit(NEAR_50_000))
    assert [each.category for each in told].count(ScaleWarning) == 1
    assert advice(lambda: AutoencoderDetector(random_state=0).fit(NEAR_50_000)) == []


def test_no_further_pass_over_the_rows(monkeypatch):
    """What is said is known from the pass by which a fit checks its cells."""
    passes = []
    usual = _rows.table_statistics
    monkeypatch.setattr(
        _rows, "table_statistics", lambda *given, **more: passes.append(1) or usual(*given, **more)
    )
    settings = {"initializer": "glorot_uniform", "output_activation": "linear", **BRIEF}
    Autoencoder(1, scale=None, **settings).fit(NEAR_50_000)
    assert len(passes) == 1


def test_a_loss_above_that_of_the_means():
    settings = {"initializer": "glorot_uniform", "learning_rate": 10.0, "max_epochs": 2, "random_state": 0}
    fitted = Autoencoder(1, **settings)
    (told,) = advice(lambda: fitted.fit(WELL))
    assert str(told.message) == (
        f"Autoencoder: the loss in the end, {fitted.history_['loss'][-1]:.4g}, is above the "
        f"{WELL.var(axis=0).mean():.4g} of predicting each column's mean: the network has not learned these "
        "rows; try a larger max_epochs, or another learning_rate."
    )
    assert (told.category, told.filename) == (PoorFitWarning, __file__)
    settings = {**settings, "learning_rate": 0.01, "max_epochs": 60}
    assert advice(lambda: Autoencoder(2, **settings).fit(WELL)) == []


@pytest.mark.parametrize("scale", [None, "minmax"])
@pytest.mark.parametrize(
    ("loss", "of_cells", "is_exact"),
    [
        ("squared_error", lambda apart: apart**2, True),
        ("absolute_error", np.abs, False),
        ("huber", lambda apart: np.where(np.abs(apart) <= 1, apart**2 / 2, np.abs(apart) - 0.5), False),
        ("binary_cross_entropy", None, True),
    ],
)
def test_what_the_means_lose(loss, of_cells, is_exact, scale):
    """Against the loss of every cell, written out."""
    rows = RANDOM.uniform(size=(50, 3)) ** [1, 2, 3] * (1 if scale is None else [1, 10, 100])
    found = table_statistics(ArraySource(rows))
    scaler = scaler_of(scale, found)
    scaled = (rows - scaler.offset) * scaler.factor
    mean = scaled.mean(axis=0)
    if of_cells is None:
        cells = -scaled * np.log(mean) - (1 - scaled) * np.log(1 - mean)
    else:
        cells = of_cells(scaled - mean)
    bound = loss_of_means(checked_choices(Autoencoder(loss=loss)), found, scaler)
    assert bound >= cells.mean() * (1 - 1e-9)
    assert bound == pytest.approx(cells.mean(), rel=1e-9 if is_exact else 0.5)


def test_on_the_command_line_it_is_a_note(tmp_path, capsys):
    path = tmp_path / "table.csv"
    pd.DataFrame(NEAR_50_000, columns=["a", "b", "c", "elevation"]).to_csv(path, index=False)
    typed = [
        "fit",
        str(path),
        "-o",
        str(tmp_path / "m.diabolo"),
        "--components",
        "1",
        "--epochs",
        "1",
        "--quiet",
    ]
    main([*typed, "--scale", "none"])
    told = capsys.readouterr().err
    assert told.count("cells reach ") == 1
    assert "(column 'elevation') and are not scaled (--scale none), which hides" in told
    assert "set --scale standard" in told
    main([*typed, "--scale", "standard"])
    assert capsys.readouterr().err == ""


def test_what_frequencies_lose():
    """Closed form: the entropy over itself is 1 but for half a row more of each value, and for rare ones."""
    texts = ["a"] * 30 + ["b"] * 10 + ["c"] * 10
    rows = np.column_stack([np.arange(50.0), texts]).astype(object)
    rows[:, 0] = np.arange(50.0)
    estimator = Autoencoder(1, categories=[1], **BRIEF).fit(rows)
    table = estimator.categories_
    found = table_statistics(category_rows(estimator, rows, reset=False, least=1))
    share, drawn = np.array([30, 10, 10]) / 50, np.array([30.5, 10.5, 10.5]) / 51.5
    category = -(share * np.log(drawn)).sum() / -(drawn * np.log(drawn)).sum()
    bound = loss_of_means(checked_choices(estimator), found, estimator.scaler_, table)
    assert bound == pytest.approx((1.0 + category) / 2)  # a standardized number loses 1
    no_numbers = Autoencoder(1, categories=[0], **BRIEF).fit(rows[:, 1:])
    found = table_statistics(category_rows(no_numbers, rows[:, 1:], reset=False, least=1))
    choices, scaler = checked_choices(no_numbers), no_numbers.scaler_
    assert loss_of_means(choices, found, scaler, no_numbers.categories_) == pytest.approx(category)


def test_a_loss_of_categories_above_that_of_frequencies():
    frame = pd.DataFrame({"a": WELL[:, 0], "kind": np.where(WELL[:, 1] > 0, "x", "y")})
    settings = {"initializer": "glorot_uniform", "learning_rate": 10.0, **BRIEF}
    (told,) = advice(lambda: Autoencoder(1, categories=["kind"], **settings).fit(frame))
    assert "of predicting each column's mean or frequencies: the network has not" in str(told.message)
    settings = {**settings, "learning_rate": 0.01, "max_epochs": 60}
    assert advice(lambda: Autoencoder(2, categories=["kind"], **settings).fit(frame)) == []


@pytest.mark.parametrize(
    ("n_rows", "settings", "said"),
    [
        (10, {}, "10 rows are too few to tell the oddest 5% apart: the threshold is their highest score, and no p-value is below 0.091; learn from 19 or more."),
        (18, {}, "18 rows are too few to tell the oddest 5% apart: the threshold is their highest score, and no p-value is below 0.053; learn from 19 or more."),
        (19, {}, None),
        (40, {}, None),
        (40, {"threshold_params": {"q": 0.99}}, "40 rows are too few to tell the oddest 1% apart: the threshold is their highest score, and no p-value is below 0.024; learn from 99 or more."),
        (10, {"threshold_params": {"q": 0.9}}, None),
        (10, {"threshold_params": {"q": 1.0}}, None),
        (10, {"threshold": "median+mad"}, None),
    ],
)  # fmt: skip
def test_a_detector_says_of_too_few_rows_how_many_it_takes(n_rows, settings, said):
    """A new row is above all of n others with a probability of 1 / (n + 1), which is 5% for n = 19."""
    detector = AutoencoderDetector(random_state=0, **settings)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        detector.fit(WELL[:n_rows, :2])
    told = [each for each in caught if each.category is FewRowsWarning]
    assert [str(each.message) for each in told] == [f"AutoencoderDetector: {said}"] * (said is not None)
    if said is not None:
        assert told[0].filename == __file__
        assert detector.threshold_ == detector.training_scores_.max()
