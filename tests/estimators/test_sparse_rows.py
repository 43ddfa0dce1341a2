"""Sparse rows, such as OneHotEncoder gives: what every estimator makes of them, and that they stay sparse."""

import inspect
import warnings

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

import diabolo
from diabolo.data.array_source import ArraySource
from diabolo.data.scaling import scaler_of
from diabolo.data.sparse_source import SparseSource, sparse_source
from diabolo.data.statistics import table_statistics
from diabolo.errors import ConstantFeatureWarning, InputError
from diabolo.estimators import _cross_fit, _detector_scoring
from diabolo.pyod import AutoEncoder

RANDOM = np.random.default_rng(0)
TABLE = pd.DataFrame({"color": RANDOM.choice(list("rgb"), 120), "size": RANDOM.choice(list("sml"), 120)})
ROWS = OneHotEncoder().fit_transform(TABLE)
CLASSES = [
    *(
        thing
        for name in diabolo.__all__
        if inspect.isclass(thing := getattr(diabolo, name)) and hasattr(thing, "get_params")
    ),
    AutoEncoder,
]
FORMATS = ["csr", "csc", "coo", "lil", "dok", "bsr"]


def made(cls):
    settings = {"max_epochs": 2, "random_state": 0, "verbose": 0}
    return cls(**{name: value for name, value in settings.items() if name in cls().get_params()})


def result_of(estimator, rows):
    if hasattr(estimator, "get_support"):
        return estimator.get_support()
    return estimator.transform(rows) if hasattr(estimator, "transform") else estimator.decision_function(rows)


@pytest.mark.parametrize("cls", CLASSES)
def test_every_estimator_takes_them_as_it_takes_the_same_rows_dense(cls):
    assert cls().__sklearn_tags__().input_tags.sparse
    y = None if cls is diabolo.AutoencoderDetector else TABLE["size"].to_numpy()  # which reads labels
    sparse, dense = made(cls).fit(ROWS, y), made(cls).fit(ROWS.toarray(), y)
    np.testing.assert_allclose(result_of(sparse, ROWS), result_of(dense, ROWS.toarray()), rtol=1e-6)


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("as_array", [False, True])
def test_in_any_format(kind, as_array):
    autoencoder = made(diabolo.Autoencoder).fit(ROWS)
    rows = (scipy.sparse.csr_array(ROWS) if as_array else ROWS).asformat(kind)
    for method in ("transform", "reconstruct", "reconstruction_error", "score"):
        expected = getattr(autoencoder, method)(ROWS.toarray())
        np.testing.assert_array_equal(getattr(autoencoder, method)(rows), expected)


def test_in_a_pipeline_and_as_a_sparse_frame():
    pipeline = make_pipeline(OneHotEncoder(), made(diabolo.Autoencoder).set_params(n_components=2))
    codes = pipeline.fit_transform(TABLE)
    assert codes.shape == (120, 2)
    frame = pd.DataFrame.sparse.from_spmatrix(ROWS)
    frame.columns = [f"c{i}" for i in range(frame.shape[1])]
    np.testing.assert_array_equal(pipeline[-1].fit(frame).transform(frame), codes)


def test_words_of_texts_in_a_grid_search():
    texts = ["red green", "green blue", "blue red red", "green", "blue green red"] * 12
    words = TfidfVectorizer().fit_transform(texts)
    assert scipy.sparse.issparse(words)
    grid = {"n_components": [1], "batch_size": [20], "max_epochs": [1, 2], "random_state": [0]}
    search = GridSearchCV(diabolo.Autoencoder(), grid, cv=2)
    found = search.fit(words).cv_results_["mean_test_score"]
    rebuilt = search.best_estimator_.set_output(transform="pandas").reconstruct(words)
    assert rebuilt.columns.tolist() == ["x0", "x1", "x2"]
    expected = search.fit(words.toarray()).cv_results_["mean_test_score"]
    np.testing.assert_allclose(found, expected, rtol=1e-5)


@pytest.mark.parametrize("form", [scipy.sparse.csr_matrix, scipy.sparse.csc_array])
def test_held_out_rows_and_further_epochs(form):
    def trained(rows):
        autoencoder = made(diabolo.Autoencoder).fit(rows, X_validation=rows[:30])
        return autoencoder.history_["validation_loss"], autoencoder.partial_fit(rows).transform(rows)

    for sparse, dense in zip(trained(form(ROWS)), trained(ROWS.toarray()), strict=True):
        np.testing.assert_allclose(sparse, dense, rtol=1e-5, atol=1e-6)


@settings(max_examples=30)
@given(
    hnp.arrays("i1", st.tuples(st.just(9), st.integers(1, 6)), elements=st.sampled_from([0, 0, 0, 1, 3])),
    st.sampled_from(["f4", "f8", "i8", "?"]),
    st.sampled_from(["standard", "minmax", "maxabs", "center", "common", None]),
    st.randoms(use_true_random=False),
)
def test_scaled_to_the_bit_as_the_same_rows_dense(cells, dtype, scale, random):
    """Cells in any order, zeros among those stored, one in two parts; rows and columns without any."""
    cells = cells.astype(dtype)
    stored = []
    for row in cells:
        entries = [
            (column, row[column]) for column in range(len(row)) if row[column] or random.random() < 0.3
        ]
        entries += [(0, row.dtype.type(0))]
        random.shuffle(entries)
        stored.append(entries)
    starts = np.cumsum([0, *map(len, stored)])
    columns, values = (
        np.array(each) for each in zip(*(entry for row in stored for entry in row), strict=True)
    )
    matrix = scipy.sparse.csr_array((values.astype(dtype), columns, starts), shape=cells.shape)
    np.testing.assert_array_equal(matrix.toarray(), cells)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConstantFeatureWarning)
        found, expected = (
            scaler_of(scale, table_statistics(source))
            for source in (sparse_source(matrix), ArraySource(cells))
        )
    np.testing.assert_array_equal(found.offset, expected.offset)
    np.testing.assert_array_equal(found.factor, expected.factor)


def test_missing_cells_that_are_stored():
    rows = scipy.sparse.csr_array(ROWS)
    rows.data[::7] = np.nan
    with pytest.raises(
        InputError, match=r"^Input X contains NaN: Autoencoder found it first in row \d+, col"
    ):
        made(diabolo.Autoencoder).fit(rows)
    sparse, dense = (
        made(diabolo.Autoencoder).set_params(missing="mask").fit(each) for each in (rows, rows.toarray())
    )
    np.testing.assert_allclose(sparse.transform(rows), dense.transform(rows.toarray()), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(sparse.impute(rows), dense.impute(rows.toarray()), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("work", ["fit", "transform", "score", "partial_fit"])
def test_rows_become_dense_some_at_a_time(work, monkeypatch):
    rows = scipy.sparse.random_array(
        (20_000, 300), density=0.01, random_state=RANDOM, format="csr", dtype=np.float32
    )
    autoencoder = diabolo.Autoencoder(2, hidden_layer_sizes=(4,), max_epochs=1, batch_size=2000)
    if work in ("transform", "score"):
        autoencoder.fit(rows[:2000])
    cells = []
    for name in ("_read", "_take"):
        usual = getattr(SparseSource, name)

        def read(self, chosen, columns, out, usual=usual):
            cells.append(out.size)
            usual(self, chosen, columns, out)

        monkeypatch.setattr(SparseSource, name, read)
    getattr(autoencoder, work)(rows)
    assert sum(cells) >= 20_000 * 300
    assert max(cells) <= 2**21


@pytest.mark.parametrize("kind", ["linear", "deep"])
def test_a_detector_learns_from_some_rows_of_a_large_sparse_table_and_scores_all(kind, monkeypatch):
    rows = scipy.sparse.random_array((900, 12), density=0.3, random_state=RANDOM, format="csr")
    whole = diabolo.AutoencoderDetector(kind, random_state=0).fit(rows)
    monkeypatch.setattr(_cross_fit, "_MOST_SPARSE_CELLS", 600 * 12)
    monkeypatch.setattr(_detector_scoring, "_BLOCK_CELLS", 100 * 12)
    cells = []
    usual = SparseSource._take

    def read(self, chosen, columns, out):
        cells.append(out.size)
        usual(self, chosen, columns, out)

    monkeypatch.setattr(SparseSource, "_take", read)
    detector = diabolo.AutoencoderDetector(kind, random_state=0).fit(rows)
    assert max(cells) <= 600 * 12
    scores = detector.anomaly_score(rows)
    assert np.corrcoef(scores, whole.anomaly_score(rows))[0, 1] > 0.9
    np.testing.assert_allclose(scores, detector.anomaly_score(rows.toarray()))
