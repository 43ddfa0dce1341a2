"""Whether groups are there: clouds without structure are called that, and groups are not."""

import numpy as np
import pytest

from diabolo.groups.clustering import Clustering, clustered
from diabolo.groups.stability import Stability, agreement_of_halves, measured_stability, structureless


def clouds(kind, seed=0, rows=150):
    random = np.random.default_rng(seed)
    made = {
        "normal": random.normal(size=(rows, 3)),
        "stretched": random.normal(size=(rows, 3)) * [5, 1, 1],
        "uniform": random.uniform(size=(rows, 3)),
        "groups": random.normal(size=(rows, 3)) + np.repeat(8 * np.eye(3), rows // 3, axis=0),
    }
    return made[kind]


def measured(codes, how):
    return measured_stability(codes, clustered(codes, how, 0), how, 1.0, 0)


@pytest.mark.parametrize("kind", ["normal", "stretched", "uniform"])
@pytest.mark.parametrize(
    "how", [Clustering("k-means", 2), Clustering("k-means", 3), Clustering("hdbscan", None, 15)]
)
def test_a_cloud_has_no_groups(kind, how):
    found = measured(clouds(kind), how)
    assert not (found.are_apart and found.are_stable)


@pytest.mark.parametrize("how", [Clustering("k-means", 3), Clustering("hdbscan", None, 15)])
def test_groups_are_found_again(how):
    found = measured(clouds("groups"), how)
    assert found.are_apart
    assert found.are_stable
    assert found.agreement > 0.95 > found.chance_agreement
    assert np.isnan(found.chance_silhouette) == (how.method == "hdbscan")


def test_halves_agree_where_groups_are_and_not_where_nothing_is():
    random = np.random.default_rng(2)
    assert agreement_of_halves(clouds("groups"), Clustering("k-means", 3), 1.0, random) > 0.95
    assert agreement_of_halves(clouds("normal"), Clustering("k-means", 6), 1.0, random) < 0.7
    # All rows in no group twice is the same labels twice, and says nothing.
    assert agreement_of_halves(clouds("normal")[:40], Clustering("hdbscan", None, 19), 1.0, random) == 0.0


def test_clouds_are_as_wide_and_as_skewed_as_the_codes():
    random = np.random.default_rng(3)
    codes = np.column_stack([9 * random.exponential(size=4000), random.normal(size=4000)])
    skewed, flat = structureless(codes, 2, random)
    for cloud in (skewed, flat):
        assert cloud.shape == codes.shape
    np.testing.assert_allclose(skewed.std(axis=0), codes.std(axis=0), rtol=0.1)
    third = np.mean(skewed**3, axis=0) / skewed.std(axis=0) ** 3
    assert abs(third[0]) == pytest.approx(2, abs=0.5)  # of an exponential distribution
    assert abs(third[1]) < 0.3
    assert np.ptp(flat, axis=0)[0] == pytest.approx(np.ptp(codes, axis=0)[0], rel=0.05)


@pytest.mark.parametrize(
    ("figures", "are_apart", "are_stable"),
    [
        ((0.9, 0.2, 0.5, 0.4), True, True),
        ((0.9, 0.95, 0.5, 0.4), True, False),
        ((0.4, 0.2, 0.5, 0.4), True, False),
        ((0.9, 0.2, 0.4, 0.4), False, True),
        ((0.9, 0.2, 0.1, float("nan")), True, True),
        ((0.3, 0.2, 0.9, float("nan")), False, False),
    ],
)
def test_what_is_made_of_the_figures(figures, are_apart, are_stable):
    found = Stability(*figures)
    assert (found.are_apart, found.are_stable) == (are_apart, are_stable)
