import numpy as np
import pytest
from tests.reporting.conftest import worked_out

from diabolo.data.array_source import ArraySource
from diabolo.estimators.inside import ConvolutionLayer, Decoder, DenseLayer
from diabolo.reporting.feature_view import FeatureView, feature_views
from diabolo.reporting.row_kind import RowKind

RANDOM = np.random.default_rng(0)


def decoder_for(n_features, activation):
    layer = DenseLayer(
        RANDOM.normal(size=(3, n_features)).astype(np.float32),
        RANDOM.normal(size=n_features).astype(np.float32),
        activation,
    )
    return Decoder((layer,), RANDOM.normal(size=n_features), RANDOM.uniform(0.5, 2, n_features))


def views():
    yield FeatureView(RowKind("image", (6, 5, 1)), 30, side=2)
    yield FeatureView(RowKind("image", (4, 4, 3)), 48, side=2)
    yield FeatureView(RowKind("series", (10, 2)), 20, np.array([0, 1, 4, 5, 8, 9]))
    yield FeatureView(RowKind("table", None), 9, np.array([1, 4, 8]))
    yield FeatureView(RowKind("table", None), 9)


def convolutional_for(n_features, activation):
    """A code of 3, maps of n_features x 2, and a convolution to as many features, one pixel high."""
    dense = DenseLayer(
        RANDOM.normal(size=(3, 2 * n_features)).astype(np.float32),
        RANDOM.normal(size=2 * n_features).astype(np.float32),
        "tanh",
    )
    size = (1, n_features)
    convolution = ConvolutionLayer(
        RANDOM.normal(size=(1, 3, 2, 1)).astype(np.float32),
        RANDOM.normal(size=1).astype(np.float32),
        activation, size, size, (1, 1), (0, 1),
    )  # fmt: skip
    units = RANDOM.normal(size=n_features), RANDOM.uniform(0.5, 2, n_features)
    return Decoder((dense, convolution), *units)


def numbers_of(layer):
    return sum(each.size for each in layer.values() if isinstance(each, np.ndarray))


@pytest.mark.parametrize("activation", ["linear", "sigmoid"])
@pytest.mark.parametrize("view", list(views()), ids=lambda view: f"{view.kind.kind} {view.width}")
@pytest.mark.parametrize("make", [decoder_for, convolutional_for])
def test_a_cut_decoder_gives_what_is_kept_of_whole_rows(make, view, activation):
    decoder = make(view.n_features, activation)
    codes = RANDOM.normal(size=(7, 3))
    whole = FeatureView(RowKind("table", None), view.n_features).decoder(decoder)
    cut = view.decoder(decoder)
    np.testing.assert_allclose(
        worked_out(cut, codes), view.of(worked_out(whole, codes)), rtol=1e-4, atol=1e-5
    )
    assert view.decoder_bytes(decoder) == 4 * sum(map(numbers_of, cut["layers"]))
    assert len(cut["offset"]) == len(cut["factor"]) == view.width


@pytest.mark.parametrize(
    ("make", "activation", "side", "index", "expected"),
    [
        (decoder_for, "linear", 2, None, ["dense"]),
        (decoder_for, "sigmoid", 2, None, ["dense", "means"]),
        (decoder_for, "sigmoid", 1, [1, 4], ["dense"]),
        (convolutional_for, "linear", 2, None, ["dense", "convolution", "means"]),
        (convolutional_for, "sigmoid", 1, [1, 4], ["dense", "convolution", "some"]),
    ],
)
def test_a_layer_is_added_where_the_last_one_cannot_be_cut(make, activation, side, index, expected):
    kept = None if index is None else np.array(index)
    view = FeatureView(RowKind("image", (4, 4, 1)), 16, kept, side)
    assert [layer["kind"] for layer in view.decoder(make(16, activation))["layers"]] == expected


def test_pixels_are_means_of_their_squares_and_those_at_the_edge_of_fewer():
    view = FeatureView(RowKind("image", (3, 4, 1)), 12, side=2)
    image = np.arange(12.0).reshape(3, 4)
    assert view.shape == (2, 2, 1)
    expected = [image[:2, :2].mean(), image[:2, 2:].mean(), image[2, :2].mean(), image[2, 2:].mean()]
    np.testing.assert_allclose(view.of(image.reshape(1, -1))[0], expected)


def test_rows_are_read_as_they_are_kept():
    rows = RANDOM.normal(size=(6, 9))
    view = FeatureView(RowKind("table", None), 9, np.array([1, 4, 8]))
    np.testing.assert_array_equal(view.read(ArraySource(rows), np.array([4, 0])), rows[[4, 0]][:, [1, 4, 8]])
    assert not view.is_whole


def test_images_are_pooled_to_eight_pixels_a_side_at_the_least():
    kind = RowKind("image", (32, 60, 3))
    assert [each.shape for each in feature_views(kind, 5760, np.ones(5760))] == [
        (32, 60, 3),
        (16, 30, 3),
        (8, 15, 3),
    ]
    assert len(feature_views(RowKind("image", (8, 8, 1)), 64, np.ones(64))) == 1


def test_series_are_thinned_point_by_point():
    found = feature_views(RowKind("series", (300, 2)), 600, np.ones(600))
    assert [each.shape for each in found] == [(300, 2), (150, 2), (75, 2)]
    assert found[1].index[:6].tolist() == [0, 1, 4, 5, 8, 9]


def test_tables_keep_the_features_that_vary_most():
    weight = RANDOM.permutation(5000).astype(float)
    found = feature_views(RowKind("table", None), 5000, weight)
    widths = [each.width for each in found]
    assert widths[0] == 2000
    assert widths == sorted(widths, reverse=True)
    assert widths[-1] >= 64
    for view in found:
        assert weight[view.index].min() == 5000 - view.width
        assert (np.diff(view.index) > 0).all()
    assert [each.width for each in feature_views(RowKind("table", None), 50, np.ones(50))] == [50]
