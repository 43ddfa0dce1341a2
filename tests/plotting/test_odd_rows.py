"""The oddest rows, drawn."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import LogNorm

from diabolo.errors import InputError
from diabolo.plotting import plot_odd_row, plot_score_map


def texts(ax):
    return [text.get_text() for text in ax.texts]


def test_rows_are_colored_by_their_scores_and_the_oddest_are_named(rng):
    rows, scores = rng.normal(size=(30, 2)), rng.uniform(1, 2, 30)
    scores[[7, 11]] = 5.0, 4.0
    ax = plot_score_map(pd.DataFrame(rows, columns=["heat", "flow"]), scores, n_marked=2)
    assert texts(ax) == ["7", "11"]
    drawn, rings = ax.collections[:2]
    np.testing.assert_allclose(np.sort(drawn.get_array()), np.sort(scores))
    np.testing.assert_allclose(rings.get_offsets(), rows[[7, 11]])
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("heat", "flow")
    assert not isinstance(drawn.norm, LogNorm)
    named = plot_score_map(rows, scores, n_marked=1, names=[f"sample {row}" for row in range(30)])
    assert texts(named) == ["sample 7"]


def test_of_more_features_the_principal_axes_of_spread_columns_are_drawn(rng):
    rows = rng.normal(size=(40, 4)) * [1, 1e6, 1, 1]
    rows[3, 0] = 1e9  # which would leave no room for the others
    rows[5, 2] = np.nan
    ax = plot_score_map(rows, np.ones(40))
    points = np.asarray(ax.collections[0].get_offsets())
    assert np.isfinite(points).all()
    assert np.abs(points).max() < 15
    assert np.sort(points[:, 0])[:20].std() > 0.1
    assert ax.get_xlabel().startswith("principal axis 1 of the rows (")


def test_one_feature_stands_against_the_score():
    ax = plot_score_map([[1.0], [2.0], [50.0]], [0.1, 0.2, 9.0], features=["pulse"])
    assert sorted(np.asarray(ax.collections[0].get_offsets()).tolist()) == [[1, 0.1], [2, 0.2], [50, 9]]
    assert (ax.get_xlabel(), ax.get_yscale()) == ("pulse", "log")
    assert isinstance(ax.collections[0].norm, LogNorm)


@pytest.mark.parametrize("shape", [(1, 1), (1, 2), (1, 5), (2, 1), (2, 5)])
def test_few_rows_are_drawn(shape):
    assert len(plot_score_map(np.ones(shape), np.arange(float(shape[0]))).texts) == shape[0]
    assert len(plot_score_map(np.full(shape, np.nan), np.zeros(shape[0])).texts) == shape[0]


def test_a_row_stands_beside_what_was_expected(rng):
    usual = [[50.0, -1.0, 0.0], [70.0, 0.0, 0.0], [90.0, 1.0, 0.0]]
    row, expected = [400.0, np.nan, 0.5], [72.0, 0.25, 0.0]
    ax = plot_odd_row(row, expected, usual, names=["pulse", "flow", "load"], title="row 7")
    assert texts(ax) == ["400, expected 72", "missing, expected 0.25", "0.5, expected 0"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["pulse", "flow", "load"]
    assert ax.get_title(loc="left") == "row 7"
    expectation, found, far = (np.asarray(each.get_offsets()) for each in ax.collections)
    # The axis is in usual spreads from the middle: of the pulse 40, of a constant feature 1.
    np.testing.assert_allclose(expectation, [[2 / 40, 0], [0.125, -1], [0, -2]])
    np.testing.assert_allclose(found[np.isfinite(found[:, 0])], [[0.5, -2]])
    np.testing.assert_allclose(far, [[3, 0]])


def test_what_cannot_be_drawn():
    with pytest.raises(InputError, match=r"X must be a table of shape \(rows, features\), got shape \(2,\)"):
        plot_score_map([1.0, 2.0], [1.0, 2.0])
    with pytest.raises(InputError, match="scores must be a finite number for each of the 2 rows"):
        plot_score_map([[1.0], [2.0]], [1.0, np.nan])
    with pytest.raises(
        InputError, match=r"row has shape \(2,\), expected \(1,\) and usual \(3, 2\); give one row"
    ):
        plot_odd_row([1.0, 2.0], [1.0], np.ones((3, 2)))
