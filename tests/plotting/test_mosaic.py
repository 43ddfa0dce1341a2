import numpy as np

from diabolo.plotting.mosaic import draw_mosaic


def picture(ax):
    (image,) = ax.get_images()
    return image, np.ma.filled(np.ma.asarray(image.get_array(), dtype=float), np.nan)


def test_gray_images_keep_their_pixels_and_gaps_are_transparent(rng):
    pair = rng.uniform(size=(2, 3, 8, 5, 1))
    _, pixels = picture(draw_mosaic(pair, None))
    assert pixels.shape == (8 + 1 + 8, 5 + 1 + 5 + 1 + 5)
    for row, top in enumerate((0, 9)):
        for column, left in enumerate((0, 6, 12)):
            np.testing.assert_array_equal(pixels[top : top + 8, left : left + 5], pair[row, column, ..., 0])
    assert np.isnan(pixels[8]).all()
    assert np.isnan(pixels[:, [5, 11]]).all()


def test_gaps_grow_with_the_images():
    _, pixels = picture(draw_mosaic(np.ones((2, 2, 28, 28, 1)), None))
    assert pixels.shape == (28 + 2 + 28, 28 + 2 + 28)


def test_both_rows_are_on_the_gray_scale_of_the_originals(rng):
    pair = rng.uniform(size=(2, 3, 8, 8, 1))
    pair[1, 0, 0, 0] = 40
    image, _ = picture(draw_mosaic(pair, None))
    assert image.get_clim() == (pair[0].min(), pair[0].max())
    assert image.get_cmap().name == "gray"


def test_originals_all_alike_leave_the_scale_to_both():
    pair = np.zeros((2, 1, 8, 8, 1))
    pair[1, 0, 3, 3] = 4
    image, _ = picture(draw_mosaic(pair, None))
    assert image.get_clim() == (0, 4)
    image, _ = picture(draw_mosaic(np.full((2, 1, 8, 8, 1), 3.0), None))
    assert image.get_clim() == (3, 4)


def test_colors_in_the_unit_range_are_kept_and_strays_clipped(rng):
    pair = rng.uniform(0.2, 0.8, size=(2, 1, 8, 8, 3))
    pair[1, 0, 0, 0] = [-0.5, 0.5, 1.5]
    _, pixels = picture(draw_mosaic(pair, None))
    np.testing.assert_allclose(pixels[:8], pair[0, 0])
    np.testing.assert_allclose(pixels[9, 0], [0, 0.5, 1])
    np.testing.assert_array_equal(pixels[8], 1)


def test_colors_in_bytes_are_divided_by_255(rng):
    pair = rng.uniform(0, 200, size=(2, 1, 8, 8, 3))
    _, pixels = picture(draw_mosaic(pair, None))
    np.testing.assert_allclose(pixels[:8], pair[0, 0] / 255)


def test_other_colors_are_stretched_over_the_originals(rng):
    pair = rng.normal(size=(2, 1, 8, 8, 3))
    _, pixels = picture(draw_mosaic(pair, None))
    low, high = pair[0].min(), pair[0].max()
    np.testing.assert_allclose(pixels[:8], (pair[0, 0] - low) / (high - low))


def test_rows_are_named_at_their_middle_and_the_names_are_inside_the_figure():
    for n_pairs in (1, 10, 30):
        ax = draw_mosaic(np.ones((2, n_pairs, 8, 8, 1)), None)
        assert [text.get_text() for text in ax.get_yticklabels()] == ["original", "reconstruction"]
        assert list(ax.get_yticks()) == [3.5, 12.5]
        assert list(ax.get_xticks()) == []
        ax.figure.canvas.draw()
        assert min(text.get_window_extent().x0 for text in ax.get_yticklabels()) >= 0
