"""What is said of groups."""

import numpy as np
import pytest

from diabolo.groups.features import FeatureDifferences
from diabolo.groups.found import GroupFeature, Groups
from diabolo.groups.stability import Stability


def groups(stability=None, **changes):
    effects = np.array([[1.5, -2.0, 0.2, 0.9], [np.nan, 0.1, 0.0, 0.0]])
    qvalues = np.array([[0.01, 0.001, 0.001, 0.2], [np.nan, 0.9, 0.9, 0.9]])
    means = np.array([[5.0, 0.25, 7.0, 1.0], [1.0, 2.0, 3.0, 4.0]])
    settings = {
        "labels": np.array([0] * 6 + [1] * 3 + [-1]),
        "sizes": np.array([6, 3]),
        "method": "hdbscan",
        "settings": {"min_cluster_size": 5},
        "code_weights": np.ones(2),
        "n_clustered": 10,
        "stability": stability,
        "differences": FeatureDifferences(means, means[::-1], effects, qvalues),
        "feature_names": ("heat", "flow", "load", "w" * 50),
    }
    return Groups(**{**settings, **changes})


def test_features_are_ranked_and_small_or_doubtful_ones_are_left_out():
    found = groups().features(0)
    assert [feature.name for feature in found] == ["flow", "heat"]
    assert found[0] == GroupFeature("flow", -2.0, 0.25, 2.0, 0.001)
    assert [feature.direction for feature in found] == ["low", "high"]
    assert str(found[0]) == "flow low: 0.25, others 2"
    assert groups().features(0, 1) == found[:1]
    assert groups().features(1) == ()


def test_the_summary_says_it_in_plain_words():
    assert str(groups(Stability(0.9, 0.1, 0.6, float("nan")))).splitlines() == [
        "2 groups among 10 rows, by HDBSCAN (groups of 5 rows or more)",
        "1 row in none (10.0%)",
        "These groups are more than chance: those of two halves of the rows agree to 0.90 (adjusted Rand), "
        "in rows without structure to 0.10.",
        "",
        "group 0: 6 rows (60.0%)",
        "  flow  low         0.25, others 2 (-2.0 standard deviations)",
        "  heat  high           5, others 1 (+1.5 standard deviations)",
        "",
        "group 1: 3 rows (30.0%)",
        "  no single feature sets it apart",
    ]


@pytest.mark.parametrize(
    ("figures", "said"),
    [
        (
            (0.88, 0.38, 0.4, 0.28),
            "These groups are more than chance: those of two halves of the rows agree to 0.88 (adjusted "
            "Rand), in rows without structure to 0.38; the silhouette is 0.40 and 0.28 at most.",
        ),
        (
            (0.4, 0.3, 0.4, 0.28),
            "These groups are more than chance, but which rows go together is not settled: ",
        ),
        ((0.2, 0.3, 0.2, 0.28), "These groups are hardly more stable than chance: "),
    ],
)
def test_the_verdict(figures, said):
    assert groups(Stability(*figures)).verdict.startswith(said)


def test_no_groups_are_no_groups():
    none = np.zeros((0, 4))
    found = groups(
        labels=np.full(10, -1), sizes=np.zeros(0, int), differences=FeatureDifferences(none, none, none, none)
    )
    assert found.verdict == "No groups: there are no two dense places with fewer rows between them."
    assert str(found).splitlines()[:2] == [
        "0 groups among 10 rows, by HDBSCAN (groups of 5 rows or more)",
        "10 rows in none (100.0%)",
    ]
    assert found.rows == ()
    assert found.to_dict()["stability"] is None


def test_a_record_for_programs():
    record = groups(Stability(0.9, 0.1, 0.6, 0.3)).to_dict(1)
    assert record["groups"][0] == {
        "group": 0,
        "rows": 6,
        "share": 0.6,
        "features": [
            {
                "name": "flow",
                "effect": -2.0,
                "value": 0.25,
                "others": 2.0,
                "qvalue": 0.001,
                "direction": "low",
            }
        ],
    }
    assert (record["method"], record["min_cluster_size"], record["outside"]) == ("hdbscan", 5, 1)
    assert record["stability"]["are_apart"] is True
