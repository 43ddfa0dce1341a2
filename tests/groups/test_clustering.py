"""Clusters of codes, against scikit-learn and by hand."""

import numpy as np
import pytest
from sklearn.cluster import HDBSCAN, KMeans
from sklearn.metrics import adjusted_rand_score, silhouette_score

from diabolo.groups.clustering import NUMBERS, Clustering, best_number, clustered, extended, silhouette


@pytest.fixture
def blobs():
    random = np.random.default_rng(1)
    centers = np.array([[0.0, 0.0], [8.0, 0.0], [0.0, 8.0]])
    return random.normal(size=(120, 2)) + np.repeat(centers, 40, axis=0), np.repeat([0, 1, 2], 40)


def test_the_methods_are_scikit_learns(blobs):
    codes, _ = blobs
    expected = KMeans(3, n_init=10, random_state=4).fit_predict(codes)
    np.testing.assert_array_equal(clustered(codes, Clustering("k-means", 3), 4), expected)
    expected = HDBSCAN(min_cluster_size=11, min_samples=5, copy=True).fit_predict(codes)
    np.testing.assert_array_equal(clustered(codes, Clustering("hdbscan", None, 11), 0), expected)


def test_a_handful_of_rows_is_no_dense_group():
    codes = np.arange(5.0)[:, np.newaxis]
    assert clustered(codes, Clustering("hdbscan", None, 5), 0).tolist() == [-1] * 5


def test_there_are_no_more_centers_than_different_codes():
    codes = np.repeat([[1.0], [2.0]], 3, axis=0)
    assert len(set(clustered(codes, Clustering("k-means", 4), 0))) == 2


def test_a_further_code_has_the_group_of_the_nearest():
    codes = np.array([[0.0], [1.0], [2.0], [10.0]])
    labels, others = np.array([0, 0, 0, 1]), np.array([[5.4], [5.6], [-3.0]])
    # The centers are 1 and 10, and between the nearest codes, 2 and 10, lies 6.
    assert extended(codes, labels, others, "k-means").tolist() == [0, 1, 0]
    assert extended(codes, labels, others, "hdbscan").tolist() == [0, 0, 0]
    assert extended(codes, np.array([0, 0, -1, 1]), others, "hdbscan").tolist() == [-1, -1, 0]


def test_the_silhouette_leaves_out_rows_in_no_group(blobs):
    codes, labels = blobs
    assert silhouette(codes, labels) == pytest.approx(silhouette_score(codes, labels))
    labels = np.where(np.arange(120) % 3 == 0, -1, labels)
    expected = silhouette_score(codes[labels >= 0], labels[labels >= 0])
    assert silhouette(codes, labels) == pytest.approx(expected)
    assert np.isnan(silhouette(codes, np.zeros(120, int)))


def test_the_number_is_that_of_the_largest_silhouette(blobs):
    codes, labels = blobs
    assert best_number(codes, NUMBERS, 0) == 3
    found = clustered(codes, Clustering("k-means", 3), 0)
    assert adjusted_rand_score(labels, found) > 0.95
    assert best_number(codes, range(4, 6), 0) in (4, 5)


def test_among_fewer_rows_fewer_make_a_group():
    assert Clustering("hdbscan", None, 40).of_share(0.5).min_cluster_size == 20
    assert Clustering("hdbscan", None, 6).of_share(0.5).min_cluster_size == 5
    assert Clustering("k-means", 4).of_share(0.5).n_clusters == 4
