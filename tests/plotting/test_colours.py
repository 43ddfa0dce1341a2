import numpy as np
from matplotlib import colormaps
from matplotlib.colors import to_rgb

from diabolo.plotting.colours import MISSING, PALETTE, colour_scale, row_colours
from diabolo.plotting.labels import Classes, NumericLabels


def test_the_first_ten_colours_are_the_ten_of_tab10():
    assert set(PALETTE[:10]) == {to_rgb(colour) for colour in colormaps["tab10"].colors}


def test_twenty_colours_and_the_missing_one_all_differ_visibly():
    colours = np.array([*PALETTE, MISSING])
    assert len(colours) == 21
    distances = np.linalg.norm(colours[:, np.newaxis] - colours, axis=-1)
    assert distances[~np.eye(21, dtype=bool)].min() > 0.13


def test_classes_take_the_palette_by_position_and_grey_where_missing():
    colours = row_colours(Classes(["a", "b"], np.array([1, -1, 0])), 3)
    np.testing.assert_allclose(colours[:, :3], [PALETTE[1], MISSING, PALETTE[0]])


def test_a_target_takes_the_ends_of_the_scale_and_grey_where_missing():
    colours = row_colours(NumericLabels(np.array([5.0, np.nan, 1.0])), 3)
    scale = colormaps["viridis"]
    np.testing.assert_allclose(colours[:, :3], [scale(1.0)[:3], MISSING, scale(0.0)[:3]])


def test_rows_without_labels_are_all_alike():
    np.testing.assert_allclose(row_colours(None, 2)[:, :3], [PALETTE[0], PALETTE[0]])


def test_the_scale_ignores_what_is_missing():
    assert colour_scale(NumericLabels(np.array([np.nan, 4.0, 2.0]))).get_clim() == (2.0, 4.0)
