import tracemalloc

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

from diabolo.data.array_source import ArraySource
from diabolo.data.statistics import table_statistics
from diabolo.errors import InputError, ParameterError
from diabolo.evaluation import StreamedPCA, centered_rows, principal_components
from diabolo.linear import principal_axes


@pytest.fixture
def table():
    """Make 200 rows of 300 columns of falling spectrum, far from the origin, plus noise."""
    random = np.random.default_rng(0)
    strengths = np.geomspace(10, 0.5, 40)
    rows = (random.normal(size=(200, 40)) * strengths) @ random.normal(size=(40, 300))
    return (rows + 0.3 * random.normal(size=(200, 300)) + 50).astype(np.float32)


@pytest.fixture(params=["exact", "iterated"])
def way(request, monkeypatch):
    if request.param == "iterated":
        monkeypatch.setattr(principal_axes, "_EXACT_SIDE", 0)
        monkeypatch.setattr(centered_rows, "_BLOCK_CELLS", 17 * 300)
        monkeypatch.setattr(principal_axes, "_SLAB_CELLS", 1000)
    return request.param


def test_it_is_scikit_learns_pca(table, way):
    expected = PCA(5, svd_solver="full").fit(table.astype(float))
    for given in (table, ArraySource(table), table.astype(float)):
        found = StreamedPCA(5, n_iter=10).fit(given)
        np.testing.assert_allclose(found.singular_values_, expected.singular_values_, rtol=1e-5)
        np.testing.assert_allclose(found.explained_variance_, expected.explained_variance_, rtol=1e-5)
        np.testing.assert_allclose(
            found.explained_variance_ratio_, expected.explained_variance_ratio_, rtol=1e-5
        )
        np.testing.assert_allclose(found.mean_, expected.mean_, rtol=1e-6)
        signs = np.sign(np.sum(found.components_ * expected.components_, axis=1))[:, None]
        np.testing.assert_allclose(found.components_ * signs, expected.components_, atol=2e-4)
        np.testing.assert_allclose(found.transform(given) * signs.T, expected.transform(table), atol=0.05)
        rebuilt = expected.inverse_transform(expected.transform(table))
        np.testing.assert_allclose(found.inverse_transform(found.transform(given)), rebuilt, atol=0.05)
    assert (found.components_[np.arange(5), np.abs(found.components_).argmax(axis=1)] > 0).all()
    assert found.components_.dtype == found.transform(table).dtype == np.float32


def test_missing_cells_count_as_their_mean(table, way):
    table[::7, 3] = np.nan
    table[1, 5:9] = np.nan
    filled = np.where(np.isnan(table), np.nanmean(table.astype(float), axis=0), table)
    expected = PCA(3, svd_solver="full").fit(filled)
    found = StreamedPCA(3, n_iter=10).fit(table)
    np.testing.assert_allclose(found.singular_values_, expected.singular_values_, rtol=1e-4)
    np.testing.assert_allclose(np.abs(found.transform(table)), np.abs(expected.transform(filled)), atol=0.05)


def test_weights_scale_the_features_and_are_undone(table, way):
    table[:, 0] *= 100
    scaler = StandardScaler().fit(table.astype(float))
    expected = PCA(4, svd_solver="full").fit(scaler.transform(table.astype(float)))
    found = StreamedPCA(4, n_iter=10, feature_weights=1 / scaler.scale_).fit(table)
    np.testing.assert_allclose(found.singular_values_, expected.singular_values_, rtol=1e-4)
    np.testing.assert_allclose(found.explained_variance_ratio_, expected.explained_variance_ratio_, rtol=1e-4)
    rebuilt = scaler.inverse_transform(
        expected.inverse_transform(expected.transform(scaler.transform(table)))
    )
    np.testing.assert_allclose(found.inverse_transform(found.transform(table)), rebuilt, rtol=0.01, atol=0.05)
    assert StreamedPCA(4).fit(table).singular_values_[0] > 10 * found.singular_values_[0]


def test_more_steps_and_more_directions_come_nearer(table, monkeypatch):
    monkeypatch.setattr(principal_axes, "_EXACT_SIDE", 0)
    exact = PCA(30, svd_solver="full").fit(table.astype(float)).singular_values_

    def error(**settings):
        return np.abs(StreamedPCA(30, **settings).fit(table).singular_values_ / exact - 1).max()

    assert error(n_iter=3) < 0.3 * error(n_iter=0)
    assert error(n_iter=1, n_oversamples=20) < 0.5 * error(n_iter=1, n_oversamples=0)


def test_the_seed_decides_the_bits(table, monkeypatch):
    monkeypatch.setattr(principal_axes, "_EXACT_SIDE", 0)
    one, same, other = (StreamedPCA(3, n_iter=0, random_state=seed).fit(table) for seed in (0, 0, 1))
    np.testing.assert_array_equal(one.components_, same.components_)
    assert np.abs(one.components_ - other.components_).max() > 1e-3


def test_a_table_of_less_rank_leaves_components_of_nothing(way):
    random = np.random.default_rng(0)
    table = (random.normal(size=(50, 2)) @ random.normal(size=(2, 30))).astype(np.float32)
    found = StreamedPCA(4).fit(table)
    expected = PCA(2, svd_solver="full").fit(table.astype(float))
    np.testing.assert_allclose(found.singular_values_[:2], expected.singular_values_, rtol=1e-4)
    assert (found.singular_values_[2:] < 1e-4).all()
    assert np.isfinite(found.components_).all()
    constant = StreamedPCA(1).fit(np.ones((5, 3)))
    assert constant.explained_variance_ratio_.tolist() == [0]


def test_memory_is_that_of_two_tall_matrices_and_some_blocks(monkeypatch):
    monkeypatch.setattr(principal_axes, "_EXACT_SIDE", 0)
    monkeypatch.setattr(centered_rows, "_BLOCK_CELLS", 2**18)
    monkeypatch.setattr(principal_axes, "_SLAB_CELLS", 2**16)
    table = np.random.default_rng(0).normal(size=(400, 40_000)).astype(np.float32)
    tracemalloc.start()
    found = table_statistics(ArraySource(table))
    _, alone = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    monkeypatch.setattr(principal_components, "table_statistics", lambda source: found)
    tracemalloc.start()
    StreamedPCA(20, n_iter=1).fit(table)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    tall = 2 * (20 + 10) * 40_000 * 4
    assert alone < 50 * 2**20
    assert tall < peak < tall + 6 * 2**20


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"n_components": 0}, "n_components must be a whole number of at least 1; got 0."),
        ({"n_components": 2.0}, "n_components must be a whole number of at least 1; got 2.0."),
        ({"n_iter": -1}, "n_iter must be a whole number of at least 0; got -1."),
        ({"n_oversamples": True}, "n_oversamples must be a whole number of at least 0; got True."),
        ({"n_components": 5}, "n_components=5 is more than a table of 4 rows and 6 features has; at most 4."),
        (
            {"feature_weights": [1, 2]},
            "feature_weights must be 6 finite numbers above 0, one a feature; got an array of shape (2,).",
        ),
        (
            {"feature_weights": [1, 2, 3, 4, 5, 0]},
            "feature_weights must be 6 finite numbers above 0, one a feature; got an array of shape (6,) "
            "with others among them.",
        ),
    ],
)
def test_settings_that_cannot_be_are_refused(settings, text):
    with pytest.raises(ParameterError) as caught:
        StreamedPCA(**settings).fit(np.ones((4, 6)))
    assert str(caught.value) == f"StreamedPCA: {text}"


def test_rows_that_cannot_be_are_refused(rows):
    found = StreamedPCA(2).fit(rows)
    with pytest.raises(InputError, match="the array has 5 features; the components were found in 6"):
        found.transform(rows[:, :5])
    rows[3, 2] = np.inf
    with pytest.raises(InputError, match="contains infinity: StreamedPCA found it first in row 3, column 2"):
        StreamedPCA(2).fit(rows)
