import numpy as np
from matplotlib import colormaps
from matplotlib.colors import to_rgb

from diabolo.plotting.colors import MISSING, PALETTE, color_scale, row_colors
from diabolo.plotting.labels import Classes, NumericLabels


def test_the_first_ten_colors_are_the_ten_of_tab10():
    assert set(PALETTE[:10]) == {to_rgb(color) for color in colormaps["tab10"].colors}


def test_twenty_colors_and_the_missing_one_all_differ_visibly():
    colors = np.array([*PALETTE, MISSING])
    assert len(colors) == 21
    distances = np.linalg.norm(colors[:, np.newaxis] - colors, axis=-1)
    assert distances[~np.eye(21, dtype=bool)].min() > 0.13


def test_classes_take_the_palette_by_position_and_gray_where_missing():
    colors = row_colors(Classes(["a", "b"], np.array([1, -1, 0])), 3)
    np.testing.assert_allclose(colors[:, :3], [PALETTE[1], MISSING, PALETTE[0]])


def test_a_target_takes_the_ends_of_the_scale_and_gray_where_missing():
    colors = row_colors(NumericLabels(np.array([5.0, np.nan, 1.0])), 3)
    scale = colormaps["viridis"]
    np.testing.assert_allclose(colors[:, :3], [scale(1.0)[:3], MISSING, scale(0.0)[:3]])


def test_rows_without_labels_are_all_alike():
    np.testing.assert_allclose(row_colors(None, 2)[:, :3], [PALETTE[0], PALETTE[0]])


def test_the_scale_ignores_what_is_missing():
    assert color_scale(NumericLabels(np.array([np.nan, 4.0, 2.0]))).get_clim() == (2.0, 4.0)
