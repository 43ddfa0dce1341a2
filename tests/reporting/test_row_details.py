import numpy as np
import pytest
from tests.reporting.conftest import unpacked

from diabolo import Autoencoder
from diabolo.estimators.inside import decoder_of, rows_of
from diabolo.reporting import row_details
from diabolo.reporting.feature_view import FeatureView, feature_views
from diabolo.reporting.packing import page_bytes
from diabolo.reporting.row_details import detail_entries, image_range, planned, usual_of
from diabolo.reporting.row_kind import RowKind

RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.random((120, 256)).astype(np.float32)
KIND = RowKind("image", (16, 16, 1))


@pytest.fixture(scope="module")
def model():
    return Autoencoder(2, hidden_layer_sizes=(4,), max_epochs=1, random_state=0).fit(IMAGES)


def plan_of(model, room, *, keeps=True, first=(), rows=None):
    cells, rows = rows_of(model, IMAGES), np.arange(120) if rows is None else rows
    codes = model.transform(IMAGES)[rows]
    first = np.array(first, np.int64)
    views = feature_views(KIND, 256, np.ones(256))
    plan = planned(model, cells, rows, codes, views, decoder_of(model), first, room, keeps_rebuilt=keeps)
    return plan, detail_entries(model, cells, rows, codes, plan, keeps_rebuilt=keeps)[0]


def bytes_of(entries):
    arrays = [entries["values"]["values"], entries["code"]]
    arrays += [] if entries["rebuilt"] is None else [entries["rebuilt"]["values"]]
    return sum(map(page_bytes, arrays))


def test_with_room_all_rows_are_there_whole(model):
    plan, entries = plan_of(model, 1e9)
    assert entries["point"].tolist() == list(range(120))
    assert entries["shape"] == [16, 16, 1]
    np.testing.assert_allclose(unpacked(entries["values"]), IMAGES, atol=1 / 254)
    np.testing.assert_allclose(unpacked(entries["rebuilt"]), model.reconstruct(IMAGES), atol=1 / 254)
    np.testing.assert_array_equal(entries["code"], model.transform(IMAGES))
    assert plan.decoder is not None
    assert plan_of(model, 1e9, keeps=False)[1]["rebuilt"] is None


def test_images_are_pooled_before_rows_are_left_out(model):
    _, whole = plan_of(model, 1e9)
    room = bytes_of(whole) * 0.75 + 30_000
    plan, entries = plan_of(model, room)
    assert (plan.view.side, len(plan.points)) == (2, 120)
    assert bytes_of(entries) < room


def test_then_rows_are_left_out_evenly_but_for_the_first(model):
    first = [3, 4, 5, 6, 117]
    plan, entries = plan_of(model, 12_000, first=first)
    assert plan.view.side == 2
    assert 20 < len(plan.points) < 120
    assert set(first) <= set(plan.points.tolist())
    assert np.diff(plan.points).max() < 12
    np.testing.assert_array_equal(entries["code"], model.transform(IMAGES)[plan.points])


def test_without_any_room_the_first_rows_are_there(model):
    plan, _ = plan_of(model, 0, first=range(36))
    assert plan.points.tolist() == list(range(36))
    plan, _ = plan_of(model, 0, first=[1], rows=np.array([7]))
    assert plan.points.tolist() == [0]


def test_a_decoder_that_is_too_large_is_left_out(model, monkeypatch):
    monkeypatch.setattr(row_details, "_DECODER_BYTES", 100)
    plan, entries = plan_of(model, 1e9, keeps=False)
    assert (plan.is_too_large, plan.decoder) == (True, None)
    assert entries["rebuilt"] is not None


def test_a_decoder_that_takes_long_is_left_out(model, monkeypatch):
    products = decoder_of(model).n_products
    monkeypatch.setattr(row_details, "_DECODER_PRODUCTS", products)
    assert plan_of(model, 1e9)[0].decoder is not None
    monkeypatch.setattr(row_details, "_DECODER_PRODUCTS", products - 1)
    plan, _ = plan_of(model, 1e9)
    assert (plan.is_too_large, plan.decoder) == (True, None)


def test_a_decoder_that_is_large_has_fewer_features(model, monkeypatch):
    monkeypatch.setattr(row_details, "_DECODER_BYTES", 2_000)
    plan, _ = plan_of(model, 1e9, keeps=False)
    assert plan.view.side == 2
    assert not plan.is_too_large


def test_wide_codes_are_packed(model, monkeypatch):
    monkeypatch.setattr(row_details, "_WIDE_CODES", 100)
    _, entries = plan_of(model, 1e9)
    codes = model.transform(IMAGES)
    np.testing.assert_allclose(unpacked(entries["code"]), codes, atol=np.ptp(codes, axis=0).max() / 65_000)


def test_usual_values_are_quantiles_of_what_is_there():
    sample = RANDOM.normal(size=(101, 4))
    sample[RANDOM.random((101, 4)) < 0.2] = np.nan
    sample[:, 3] = np.nan
    found = usual_of(sample)
    for name, share in (("low", 0.05), ("middle", 0.5), ("high", 0.95)):
        np.testing.assert_allclose(found[name][:3], np.nanquantile(sample[:, :3], share, axis=0), rtol=1e-5)
        assert found[name][3] == 0
    assert usual_of(np.empty((0, 2)))["low"].tolist() == [0, 0]


@pytest.mark.parametrize(
    ("values", "channels", "expected"),
    [
        ([[0.2, 0.7]], 1, [0.2, 0.7]),
        ([[0.5, 0.5]], 1, [0.5, 1.5]),
        ([[np.nan, np.nan]], 1, [0, 1]),
        ([[0.2, 0.7]], 3, [0, 1]),
        ([[0.2, 70]], 3, [0, 255]),
        ([[-0.2, 0.7]], 3, [-0.2, 0.7]),
    ],
)
def test_the_scale_of_shades(values, channels, expected):
    view = FeatureView(RowKind("image", (1, 1, channels)), channels)
    assert image_range(np.array(values), view) == expected
