import numpy as np
import pytest
from sklearn.decomposition import PCA
from tests.reporting.conftest import unpacked

from diabolo.errors import InputError, ParameterError
from diabolo.reporting.map_axes import Axes, checked_axes, map_axes

RANDOM = np.random.default_rng(0)


def made(codes, asked=None, room=1e9, height="error"):
    return map_axes(
        codes.astype(np.float32), np.arange(float(len(codes))), height, asked or Axes(None, "auto"), room, 0
    )


def test_a_code_of_two_is_the_map():
    codes = RANDOM.normal(size=(50, 2))
    axes, pairs, n_left = made(codes)
    assert pairs == [{"kind": "code", "x": 0, "y": 1}]
    assert n_left == 0
    np.testing.assert_allclose(unpacked(axes[1]["values"]), codes[:, 1], atol=1e-4)


def test_components_of_a_code_of_two_may_be_turned():
    _, pairs, _ = made(RANDOM.normal(size=(50, 2)), Axes((1, 0), "auto"))
    assert pairs == [{"kind": "code", "x": 1, "y": 0}]


@pytest.mark.parametrize("height", ["error", "score"])
def test_a_code_of_one_is_a_strip(height):
    axes, pairs, _ = made(RANDOM.normal(size=(20, 1)), height=height)
    assert [each["kind"] for each in axes] == ["component", height]
    assert pairs == [{"kind": "strip", "x": 0, "y": 1}]
    np.testing.assert_allclose(unpacked(axes[1]["values"]), np.arange(20), atol=1e-3)


def test_a_wider_code_begins_with_its_principal_plane():
    codes = RANDOM.normal(size=(300, 6)) * [1, 5, 1, 9, 1, 1]
    axes, pairs, _ = made(codes)
    assert [each["kind"] for each in pairs] == ["principal", "components"]
    expected = PCA(2).fit(codes)
    for number in range(2):
        assert axes[number]["share"] == pytest.approx(expected.explained_variance_ratio_[number], rel=1e-5)
        mine, theirs = unpacked(axes[number]["values"]), expected.transform(codes)[:, number]
        np.testing.assert_allclose(np.abs(mine), np.abs(theirs), atol=2e-3)
    numbers = [axes[pairs[1][side]]["number"] for side in "xy"]
    assert numbers == [1, 3]  # which vary most
    assert [each["number"] for each in axes[2:]] == [0, 1, 2, 3, 4, 5]


def test_chosen_components_come_first():
    axes, pairs, _ = made(RANDOM.normal(size=(30, 5)), Axes((4, 1), "auto"))
    assert pairs[0]["kind"] == "components"
    assert [axes[pairs[0][side]]["number"] for side in "xy"] == [4, 1]
    assert pairs[1]["kind"] == "principal"
    _, pairs, _ = made(RANDOM.normal(size=(30, 5)), Axes((4, 1), "principal"))
    assert [each["kind"] for each in pairs] == ["principal", "components"]
    _, pairs, _ = made(RANDOM.normal(size=(30, 5)), Axes(None, "components"))
    assert pairs[0]["kind"] == "components"


def test_of_a_wide_code_the_components_that_vary_most_have_room():
    codes = RANDOM.normal(size=(100, 40)) * np.arange(1, 41)
    axes, _, n_left = made(codes, room=2.7 * 100 * 10)
    numbers = [each["number"] for each in axes if each["kind"] == "component"]
    assert n_left == 30
    assert numbers == sorted(np.argsort(-codes.std(axis=0))[:10].tolist())
    axes, _, _ = made(codes, Axes((0, 1), "auto"), room=0)
    assert [each["number"] for each in axes if each["kind"] == "component"] == [0, 1]


def test_tsne_is_first_where_it_is_asked_for_and_keeps_groups_apart():
    codes = np.concatenate([RANDOM.normal(size=(25, 60)), RANDOM.normal(size=(25, 60)) + 20])
    axes, pairs, _ = made(codes, Axes(None, "tsne"))
    assert pairs[0] == {"kind": "tsne", "x": 0, "y": 1}
    points = np.stack([unpacked(axes[number]["values"]) for number in range(2)], axis=1)
    apart = np.linalg.norm(points[:, None] - points, axis=2)
    same = np.arange(50)[:, None] // 25 == np.arange(50) // 25
    nearest = np.where(np.eye(50, dtype=bool), np.inf, apart).argmin(axis=1)
    assert same[np.arange(50), nearest].all()


def test_what_is_no_map_is_refused():
    with pytest.raises(InputError, match="projection='tsne' takes 5 rows or more, got 3"):
        made(np.zeros((3, 4)), Axes(None, "tsne"))
    with pytest.raises(
        ParameterError, match=r"components=\(0, 3\) are not two different components of a code of 3"
    ):
        checked_axes((0, 3), "auto", 3)
    for wrong in ((1, 1), (0,), ("a", "b"), 3, (-1, 0)):
        with pytest.raises(ParameterError, match="numbered from 0"):
            checked_axes(wrong, "auto", 3)
    with pytest.raises(ParameterError, match=r"projection='pca' is not possible.*'principal'"):
        checked_axes(None, "pca", 3)


@pytest.mark.parametrize("width", [1, 2, 3])
def test_one_point_is_a_map(width):
    axes, pairs, _ = made(np.ones((1, width)))
    assert pairs
    assert all(np.isfinite(unpacked(each["values"])).all() for each in axes)
