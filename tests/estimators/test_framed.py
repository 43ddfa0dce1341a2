"""Frames that set_output asks for: what has the columns of X, with its index and the names of the fit."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse
import sklearn
from sklearn.base import clone

import diabolo

RANDOM = np.random.default_rng(0)
FRAME = pd.DataFrame(
    RANDOM.normal(size=(40, 4)).astype(np.float32),
    columns=list("abcd"),
    index=[f"row {i}" for i in range(40)],
)
ROWS = FRAME.to_numpy()
GIVEN = {
    "pandas": FRAME,
    "polars": pl.from_pandas(FRAME),
    "array": ROWS,
    "sparse": scipy.sparse.csr_array(ROWS),
}


def per_feature(model, X):
    return model.reconstruction_error(X, per_feature=True)


WORKS = [
    (diabolo.Autoencoder, lambda model, X: model.reconstruct(X)),
    (diabolo.Autoencoder, per_feature),
    (diabolo.AutoencoderDetector, lambda model, X: model.reconstruct(X)),
    (diabolo.AutoencoderDetector, lambda model, X: model.feature_contributions(X)),
]


def made(cls):
    return cls(2, max_epochs=1, random_state=0) if cls is diabolo.Autoencoder else cls(random_state=0)


@pytest.mark.parametrize("given", GIVEN)
@pytest.mark.parametrize(("cls", "work"), WORKS)
def test_in_the_frame_that_is_asked_for(cls, work, given):
    X = GIVEN[given]
    model = made(cls).fit(X)
    cells = work(model, X)
    assert isinstance(cells, np.ndarray)
    names = ["a", "b", "c", "d"] if given in ("pandas", "polars") else ["x0", "x1", "x2", "x3"]
    framed = work(model.set_output(transform="pandas"), X)
    index = FRAME.index if given == "pandas" else pd.RangeIndex(40)
    pd.testing.assert_frame_equal(framed, pd.DataFrame(cells, index=index, columns=names))
    framed = work(model.set_output(transform="polars"), X)
    assert (type(framed), framed.columns) == (pl.DataFrame, names)
    np.testing.assert_array_equal(framed.to_numpy(), cells)
    assert framed.dtypes == [pl.Float32 if cells.dtype == np.float32 else pl.Float64] * 4
    np.testing.assert_array_equal(work(model.set_output(transform="default").set_output(), X), cells)


@pytest.mark.parametrize(("cls", "work"), WORKS)
def test_as_the_configuration_of_scikit_learn_says(cls, work):
    with sklearn.config_context(transform_output="pandas"):
        model = made(cls).fit(FRAME)
        assert work(model, FRAME).index.equals(FRAME.index)
    assert isinstance(work(model, FRAME), np.ndarray)
    assert isinstance(work(clone(model.set_output(transform="polars")).fit(FRAME), FRAME), pl.DataFrame)


@pytest.mark.parametrize("given", ["pandas", "polars", "array"])
@pytest.mark.parametrize("asked", ["pandas", "polars"])
def test_categories_are_text_beside_numbers(given, asked):
    kinds = np.repeat(["x", "y"], 20)
    table = FRAME.assign(kind=kinds)[["kind", "a", "b", "c", "d"]]
    X = {"pandas": table, "polars": pl.from_pandas(table), "array": table.to_numpy()}[given]
    model = made(diabolo.Autoencoder).set_params(categories=[0]).fit(X).set_output(transform=asked)
    rebuilt, errors = model.reconstruct(X), per_feature(model, X)
    names = ["x0", "x1", "x2", "x3", "x4"] if given == "array" else list(table.columns)
    assert list(rebuilt.columns) == list(errors.columns) == names
    assert set(rebuilt[names[0]].to_list()) <= {"x", "y"}
    assert rebuilt[names[1]].to_numpy().dtype.kind == errors[names[0]].to_numpy().dtype.kind == "f"
    if given == asked == "pandas":
        assert rebuilt.index.equals(table.index)
        assert errors.index.equals(table.index)


def test_a_stack_of_images_stays_one_and_flat_ones_are_rows():
    images = ROWS.reshape(-1, 2, 2)
    model = diabolo.ConvolutionalAutoencoder(2, filters=(2,), max_epochs=1, random_state=0).fit(images)
    model.set_output(transform="pandas")
    assert model.reconstruct(images).shape == (40, 2, 2)
    pd.testing.assert_index_equal(model.reconstruct(ROWS).columns, pd.Index(["x0", "x1", "x2", "x3"]))


def test_reasons_of_one_row_and_scores_need_no_frame():
    with sklearn.config_context(transform_output="pandas"):
        detector = made(diabolo.AutoencoderDetector).fit(FRAME)
        reasons = detector.explain(FRAME.iloc[0])
        added = detector.feature_contributions(FRAME[:1]).iloc[0]
        assert reasons == pytest.approx(added.to_dict())
        model = made(diabolo.Autoencoder).fit(FRAME)
        assert model.score(FRAME) == pytest.approx(-per_feature(model, FRAME).to_numpy().mean())
