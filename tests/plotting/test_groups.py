"""The map of groups."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from diabolo.errors import InputError
from diabolo.plotting import plot_groups
from diabolo.plotting.groups import principal_plane
from diabolo.plotting.labels import MISSING, PALETTE


def legend(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_rows_have_the_colors_of_their_groups_and_numbers_stand_in_the_middle(rng):
    codes = rng.normal(size=(20, 2))
    groups = np.array([0] * 9 + [1] * 8 + [-1] * 3)
    ax = plot_groups(codes, groups)
    drawn = ax.collections[0]
    np.testing.assert_allclose(drawn.get_offsets(), codes)
    np.testing.assert_allclose(drawn.get_facecolors()[[0, 9, 19], :3], [PALETTE[0], PALETTE[1], MISSING])
    assert [text.get_text() for text in ax.texts] == ["0", "1"]
    np.testing.assert_allclose(ax.texts[1].get_position(), np.median(codes[9:17], axis=0))
    assert legend(ax) == ["0: 9 rows", "1: 8 rows", "no group: 3 rows"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("code 0", "code 1")


def test_of_more_numbers_the_principal_axes_are_drawn(rng):
    from sklearn.decomposition import PCA

    codes = rng.normal(size=(30, 4)) * [9, 1, 4, 1]
    ax = plot_groups(codes, np.zeros(30, int), described=["all of them"])
    expected = PCA(2).fit(codes)
    points = np.asarray(ax.collections[0].get_offsets())
    np.testing.assert_allclose(np.abs(points), np.abs(expected.transform(codes)), atol=1e-9)
    share = expected.explained_variance_ratio_[0]
    assert ax.get_xlabel() == f"principal axis 1 of the codes ({share:.0%})"
    assert legend(ax) == ["0: all of them"]


def test_one_number_is_a_strip_with_lanes():
    ax = plot_groups([[1.0], [2.0], [3.0]], [0, 1, -1])
    heights = np.asarray(ax.collections[0].get_offsets())[:, 1]
    assert (np.abs(heights - [0, -1, 1]) <= 0.35).all()
    assert ax.get_xlabel() == "code 0"


def test_many_groups_none_and_a_single_row(rng):
    ax = plot_groups(rng.normal(size=(60, 2)), np.repeat(np.arange(30), 2))
    assert len(ax.texts) == 30
    assert legend(ax)[-1] == "and 18 more"
    assert legend(plot_groups(rng.normal(size=(4, 3)), [-1] * 4)) == ["no group: 4 rows"]
    assert len(plot_groups([[1.0, 2.0, 3.0]], [0]).texts) == 1
    figure, given = plt.subplots()
    assert plot_groups(rng.normal(size=(4, 2)), [0, 0, 1, 1], ax=given).figure is figure


def test_what_cannot_be_drawn():
    with pytest.raises(
        InputError, match=r"codes must be a table of finite numbers, a row a code; got shape \(2,\)"
    ):
        plot_groups([1.0, 2.0], [0, 1])
    with pytest.raises(
        InputError, match="groups must be a whole number for each of the 2 codes, negative for"
    ):
        plot_groups([[1.0], [2.0]], [0.5, 1.0])


def test_the_plane_of_a_line_has_one_axis():
    points, shares = principal_plane(np.outer([1.0, 2.0, 4.0], [0.6, 0.0, 0.8]))
    np.testing.assert_allclose(np.diff(points[:, 0]), [1.0, 2.0])
    np.testing.assert_allclose(shares, [1.0, 0.0], atol=1e-12)
