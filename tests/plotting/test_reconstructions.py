import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from diabolo import plot_reconstructions
from diabolo.errors import InputError, ParameterError
from diabolo.plotting.reconstructions import draw_mosaic


def pixels(ax):
    (image,) = ax.get_images()
    return np.ma.filled(np.ma.asarray(image.get_array(), dtype=float), np.nan)


def curves(ax, n_pairs):
    """Give originals and reconstructions as drawn, each of shape (pairs, features)."""
    drawn = np.array([line.get_ydata() for line in ax.get_lines()[: 2 * n_pairs]])
    return drawn[:n_pairs], drawn[n_pairs:]


def test_flat_square_rows_are_images(rng):
    X, made = rng.uniform(size=(2, 12, 64))
    drawn = pixels(plot_reconstructions(X, made))
    assert drawn.shape == (17, 10 * 9 - 1)
    for row in range(10):
        np.testing.assert_array_equal(drawn[:8, 9 * row : 9 * row + 8], X[row].reshape(8, 8))
        np.testing.assert_array_equal(drawn[9:, 9 * row : 9 * row + 8], made[row].reshape(8, 8))


def test_n_limits_the_pairs_and_so_do_the_rows(rng):
    X, made = rng.uniform(size=(2, 4, 64))
    assert pixels(plot_reconstructions(X, made, n=2)).shape == (17, 17)
    assert pixels(plot_reconstructions(X, made, n=7)).shape == (17, 35)
    assert len(plot_reconstructions(X[:, :5], made[:, :5], n=np.int64(3)).get_yticks()) == 3


def test_image_shape_says_height_then_width(rng):
    X, made = rng.uniform(size=(2, 1, 64))
    drawn = pixels(plot_reconstructions(X, made, image_shape=(4, 16)))
    assert drawn.shape == (9, 16)
    np.testing.assert_array_equal(drawn[:4], X[0].reshape(4, 16))


def test_image_shape_may_have_channels(rng):
    X, made = rng.uniform(size=(2, 1, 48))
    drawn = pixels(plot_reconstructions(X, made, image_shape=(4, 4, 3)))
    np.testing.assert_allclose(drawn[:4], X[0].reshape(4, 4, 3))
    assert pixels(plot_reconstructions(X, made, image_shape=(6, 8, 1))).shape == (13, 8)


def test_arrays_of_images_are_images_of_their_own_shape(rng):
    X, made = rng.uniform(size=(2, 1, 4, 6))
    np.testing.assert_array_equal(pixels(plot_reconstructions(X, made))[5:], made[0])
    X, made = rng.uniform(size=(2, 1, 4, 6, 3))
    np.testing.assert_allclose(pixels(plot_reconstructions(X, made))[5:], made[0])
    X, made = rng.uniform(size=(2, 1, 4, 6, 1))
    np.testing.assert_array_equal(pixels(plot_reconstructions(X, made, image_shape=(4, 6)))[:4], X[0, ..., 0])


def test_only_squares_of_at_least_sixteen_are_taken_for_images(rng):
    for n_features, is_image in ((9, False), (15, False), (16, True), (17, False)):
        X = rng.uniform(size=(2, n_features))
        assert bool(plot_reconstructions(X, X).get_images()) is is_image


def test_image_shape_false_draws_curves(rng):
    X = rng.uniform(size=(2, 64))
    ax = plot_reconstructions(X, X, image_shape=False)
    assert not ax.get_images()
    assert len(ax.get_lines()[0].get_ydata()) == 64


def test_curves_lie_in_bands_on_one_scale(rng):
    X, made = rng.normal(size=(2, 3, 7))
    ax = plot_reconstructions(X, made)
    originals, reconstructions = curves(ax, 3)
    rows = np.arange(3)[:, np.newaxis]
    low, high = min(X.min(), made.min()), max(X.max(), made.max())
    scale = np.ptp(originals[0]) / np.ptp(X[0])
    np.testing.assert_allclose(originals + rows, (X - low) * scale, atol=1e-12)
    np.testing.assert_allclose(reconstructions + rows, (made - low) * scale, atol=1e-12)
    assert 0.8 < (high - low) * scale < 1
    assert [text.get_text() for text in ax.get_yticklabels()] == ["row 0", "row 1", "row 2"]
    assert ax.get_ylabel() == f"each band: {low:.3g} to {high:.3g}"
    bottom, top = ax.get_ylim()
    assert bottom < min(originals.min(), reconstructions.min())
    assert top > max(originals.max(), reconstructions.max())


def test_curves_have_a_legend_and_colors_that_differ(rng):
    X = rng.uniform(size=(3, 7))
    ax = plot_reconstructions(X, X)
    legend = ax.get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["original", "reconstruction"]
    first, second = (line.get_color() for line in legend.legend_handles)
    assert first != second
    assert [line.get_color() for line in ax.get_lines()[:6]] == [first] * 3 + [second] * 3


def test_columns_of_a_frame_name_the_features_where_there_is_room(rng):
    few = pd.DataFrame(rng.uniform(size=(2, 3)), columns=list("abc"))
    ax = plot_reconstructions(few, few.to_numpy())
    assert [text.get_text() for text in ax.get_xticklabels()] == ["a", "b", "c"]
    assert ax.get_xlabel() == ""
    many = pd.DataFrame(rng.uniform(size=(2, 31)), columns=[f"column {i}" for i in range(31)])
    assert plot_reconstructions(many, many).get_xlabel() == "feature"


def test_few_features_get_dots_and_many_do_not(rng):
    for n_features, marker in ((30, "."), (31, "")):
        X = rng.uniform(size=(2, n_features))
        assert plot_reconstructions(X, X).get_lines()[0].get_marker() == marker


def test_rows_all_alike_are_drawn():
    X = np.full((2, 3), 5.0)
    originals, _ = curves(plot_reconstructions(X, X), 2)
    np.testing.assert_array_equal(originals, [[0, 0, 0], [-1, -1, -1]])


def test_missing_cells_are_gaps(rng):
    X = rng.uniform(size=(2, 7))
    made = X.copy()
    X[1, 3] = np.nan
    originals, reconstructions = curves(plot_reconstructions(X, made), 2)
    assert np.argwhere(np.isnan(originals)).tolist() == [[1, 3]]
    assert np.isfinite(reconstructions).all()


def test_given_axes_are_drawn_on_and_no_figure_is_opened(rng):
    figure = Figure()
    left, right = figure.subplots(1, 2)
    X = rng.uniform(size=(2, 64))
    assert plot_reconstructions(X, X, ax=left) is left
    assert plot_reconstructions(X, X, image_shape=False, ax=right) is right
    assert len(left.get_images()) == 1
    assert len(right.get_lines()) >= 4
    assert plt.get_fignums() == []


def test_shapes_must_agree():
    with pytest.raises(InputError, match=r"X has shape \(3, 4\) but reconstructions has \(2, 4\)"):
        plot_reconstructions(np.zeros((3, 4)), np.zeros((2, 4)))


def test_other_shapes_are_refused():
    for shape in ((4,), (0, 4), (2, 2, 2, 2, 2)):
        with pytest.raises(InputError, match=r"X must have shape \(rows, features\)"):
            plot_reconstructions(np.zeros(shape), np.zeros(shape))


def test_n_must_be_a_count():
    for n in (0, -1, 2.5, True, "all"):
        with pytest.raises(ParameterError, match=r"n, the number of pairs, must be a whole number"):
            plot_reconstructions(np.zeros((3, 4)), np.zeros((3, 4)), n=n)


def test_image_shapes_that_do_not_fit_are_refused():
    X = np.zeros((1, 64))
    with pytest.raises(ParameterError, match=r"image_shape=\(8, 9\) does not fit.*holds 72 pixels, a row 64"):
        plot_reconstructions(X, X, image_shape=(8, 9))
    X = np.zeros((1, 4, 6))
    with pytest.raises(ParameterError, match=r"image_shape=\(6, 4\) does not fit rows of shape \(4, 6\)"):
        plot_reconstructions(X, X, image_shape=(6, 4))


def test_images_of_other_channels_are_refused():
    X = np.zeros((1, 4, 4, 2))
    with pytest.raises(ParameterError, match=r"1 or 3 channels, got \(4, 4, 2\)"):
        plot_reconstructions(X, X)
    with pytest.raises(ParameterError, match=r"must be \(height, width\).*got \(64,\)"):
        plot_reconstructions(np.zeros((1, 64)), np.zeros((1, 64)), image_shape=(64,))


def test_nothing_finite_is_refused():
    X = np.full((3, 4), np.nan)
    with pytest.raises(InputError, match="None of the first 2 rows or reconstructions holds a finite number"):
        plot_reconstructions(X, X, n=2)


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


def mixed(rng):
    """Rows of three units: some near 50,000, some between 0 and 1."""
    X = np.stack([50_000 + 900 * rng.normal(size=30), rng.uniform(size=30), rng.normal(size=30)], axis=1)
    return X, X + 0.1 * X.std(axis=0) * rng.normal(size=X.shape)


def test_features_in_differing_units_have_scales_of_their_own(rng):
    X, made = mixed(rng)
    ax = plot_reconstructions(X, made, n=4)
    drawn, drawn_made = curves(ax, 4)
    low, high = (end(np.concatenate([X, made[:4]]), axis=0) for end in (np.min, np.max))
    for shown, rows in ((drawn, X), (drawn_made, made)):
        expected = (rows[:4] - low) / (high - low) * 0.86 - np.arange(4)[:, None]
        np.testing.assert_allclose(shown, expected)
    assert ax.get_ylabel() == "each feature on a scale of its own"
    assert (
        np.ptp(curves(plot_reconstructions(X, made, n=4, own_scales=False), 4)[0][0]) > 0.8
    )  # and is flat there
    flat = curves(plot_reconstructions(X, made, n=4, own_scales=False), 4)[0] + np.arange(4)[:, None]
    assert np.ptp(flat[:, 1:]) < 1e-4


def test_scales_of_their_own_may_be_asked_for_and_are_named(rng):
    X = pd.DataFrame(rng.uniform(size=(6, 3)), columns=["a", "b", "c"]).assign(constant=2.0)
    assert plot_reconstructions(X, X, image_shape=False).get_ylabel().startswith("each band: ")
    ax = plot_reconstructions(X, X, own_scales=True)
    named = [label.get_text() for label in ax.get_xticklabels()]
    assert named[0] == f"a\n{X['a'].min():.3g} to {X['a'].max():.3g}"
    np.testing.assert_allclose(curves(ax, 6)[0][:, 3], 0.43 - np.arange(6))


def test_gaps_stay_gaps_on_scales_of_their_own(rng):
    X, made = mixed(rng)
    X[1, 0] = np.nan
    drawn, _ = curves(plot_reconstructions(X, made, n=3), 3)
    assert np.isnan(drawn).sum() == 1


def test_signals_keep_one_scale(rng):
    X = np.sin(np.linspace(0, 6, 90)) * rng.uniform(0.5, 1.5, size=(20, 1))
    X[:, :5] = 0  # ends that hardly vary
    assert plot_reconstructions(X, X).get_ylabel().startswith("each band: ")


def test_a_row_or_two_tell_no_units(rng):
    X, made = mixed(rng)
    assert plot_reconstructions(X[:2], made[:2]).get_ylabel().startswith("each band: ")
