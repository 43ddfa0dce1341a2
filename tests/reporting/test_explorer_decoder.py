"""The decoder in the page answers what the model does: its weights, unpacked and passed through there."""

import numpy as np
import pytest
from tests.reporting.conftest import worked_out
from tests.reporting.map_hand import box_of, lines_of, mode, pixels, places

import diabolo
from diabolo import Autoencoder, SparseAutoencoder, VariationalAutoencoder
from diabolo.core.layers import ACTIVATIONS

QUICK = {"max_epochs": 2, "random_state": 0}
# Has the page decode codes that it was not given: they stand where those of its rows stood.
ANSWERS = """(codes) => {
  diabolo.details.rebuilt = null;
  const { point } = diabolo.details;
  const width = codes[0].length;
  const all = new Float32Array(point.length * width);
  codes.forEach((code, row) => all.set(code, row * width));
  diabolo.details.code = all;
  return codes.map((_, row) => [...diabolo.rowOf(point[row]).rebuilt]);
}"""
DENSE = {"hidden_layer_sizes": (6, 5), **QUICK}
MODELS = {
    "standard": Autoencoder(2, activation="relu", output_activation="linear", scale="standard", **DENSE),
    "minmax": Autoencoder(3, activation="leaky_relu", output_activation="sigmoid", scale="minmax", **DENSE),
    "maxabs": Autoencoder(2, activation="elu", output_activation="tanh", scale="maxabs", **DENSE),
    "shifted": Autoencoder(2, activation="gelu", output_activation="softplus", scale="minmax", **DENSE),
    "common": Autoencoder(2, **QUICK),
    "tied": Autoencoder(4, tied_weights=True, activation="tanh", scale="minmax", **DENSE),
    "top-k": Autoencoder(6, bottleneck="topk", bottleneck_params={"k": 2}, scale="standard", **QUICK),
    "gaussian": Autoencoder(2, bottleneck="gaussian", scale="minmax", **DENSE),
    "variational": VariationalAutoencoder(2, scale="standard", **QUICK),
    "sparse": SparseAutoencoder(9, scale="minmax", **QUICK),
}


@pytest.fixture(scope="module")
def lengths():
    """Make columns of different sizes, as those of tables are."""
    random = np.random.default_rng(8)
    X = random.normal(size=(80, 3)) @ random.normal(size=(3, 7)) + random.normal(0, 0.2, (80, 7))
    return (X * np.logspace(-1, 2, 7) + [0, 1, -1, 0, 5, 50, 500]).astype(np.float32)


def test_every_activation_is_tried():
    tried = [(each.activation, each.output_activation) for each in MODELS.values()]
    assert set(ACTIVATIONS) <= {name for pair in tried for name in pair}


@pytest.mark.parametrize("name", MODELS)
def test_it_is_inverse_transform(visit, lengths, tmp_path, name):
    model = MODELS[name].fit(lengths)
    diabolo.report(model, lengths, path=tmp_path / "page.html")
    page = visit.report(tmp_path / "page.html")
    codes = model.transform(lengths)
    random = np.random.default_rng(1)
    low, high = codes.min(axis=0), codes.max(axis=0)
    between = random.uniform(low - 0.1 * (high - low), high + 0.1 * (high - low), (30, codes.shape[1]))
    asked = np.concatenate([codes[:30], between]).astype(np.float32)
    found = np.array(page.evaluate(ANSWERS, asked.tolist()))
    expected = model.inverse_transform(asked)
    reach = np.ptp(lengths, axis=0)
    assert np.abs((found - expected) / reach).max() < 1e-4
    assert (np.ptp(expected, axis=0) > 0.01 * reach).any()


def test_of_images_it_is_inverse_transform(visit, convolved):
    codes = convolved.model.transform(convolved.X)
    asked = np.concatenate([codes[:20], 1.5 * codes[20:40]]).astype(np.float32)
    found = np.array(visit.report(convolved.path).evaluate(ANSWERS, asked.tolist()))
    expected = convolved.model.inverse_transform(asked).reshape(40, 64)
    assert np.abs(found - expected).max() < 1e-4 * np.ptp(convolved.X)
    assert np.ptp(expected, axis=0).max() > 0.01 * np.ptp(convolved.X)


def test_of_a_detector_it_is_its_networks(visit, curves, tmp_path):
    report = curves.report.summary
    page = visit.report(curves.path)
    codes = np.asarray(report["details"]["code"], np.float32)[:40] * np.float32(1.2)
    found = np.array(page.evaluate(ANSWERS, codes.tolist()))
    expected = worked_out(report["decoder"], codes)
    assert np.abs(found - expected).max() < 1e-4 * np.ptp(curves.X)


def code_at(model, X, where, spot):
    """Say which code lies at a place of the screen, by where the rows' codes lie."""
    codes = model.transform(X)
    lines = [np.polyfit(where[:, axis], codes[:, axis], 1) for axis in (0, 1)]
    return np.array([[np.polyval(line, at) for line, at in zip(lines, spot, strict=True)]], np.float32)


def test_the_drawing_follows_the_mouse(visit, pictures):
    page = visit.report(pictures.path)
    mode(page, "Decode")
    pinned = page.locator("#row strong").first.inner_text()
    where = places(page)
    left, top, right, bottom = box_of(page)
    low, high = pictures.X.min(), pictures.X.max()
    answer = page.locator("#decoder .answer canvas")
    seen = []
    spots = [
        (left + x * (right - left), top + y * (bottom - top)) for x, y in [(0.3, 0.3), (0.5, 0.6), (0.8, 0.4)]
    ]
    pinned = page.locator("#row strong").first.inner_text()
    page.mouse.move(*spots[0])
    page.mouse.down()
    for spot in spots:
        page.mouse.move(*spot, steps=4)
        expected = pictures.model.inverse_transform(code_at(pictures.model, pictures.X, where, spot))[0]
        shades = np.clip(255 * (expected - low) / (high - low), 0, 255).reshape(8, 8)
        found = pixels(answer)
        np.testing.assert_allclose(found[..., 0], shades, atol=0.6)
        seen.append(found[..., 0])
    page.mouse.up()
    assert np.abs(seen[0] - seen[2]).max() > 20
    # The mouse does not hold it any more; in Decode a press pins nothing.
    page.mouse.move(*spots[0])
    np.testing.assert_array_equal(pixels(answer)[..., 0], seen[2])
    assert page.locator("#row strong").first.inner_text() == pinned


def numbers_of(page):
    return {name: float(text) for name, text, *_ in lines_of(page.locator("#decoder .answer table"))}


def test_the_drawing_follows_sliders(visit, cells):
    page = visit.report(cells.path)
    where = places(page)
    row = int(np.argmin(np.hypot(*(where - where.mean(axis=0)).T)))
    page.mouse.click(*where[row])
    pinned = int(page.locator("#row strong").first.inner_text().split(",")[0].split(" ")[1])
    code = cells.model.transform(cells.X)[pinned].copy()
    sliders = page.locator("#decoder input[type=range]")
    assert [float(each.input_value()) for each in sliders.all()] == pytest.approx(
        code.tolist(), rel=1e-4, abs=1e-5
    )
    spread = np.ptp(cells.X.to_numpy(), axis=0)
    before = numbers_of(page)
    for key, place in [("PageUp", 0), ("Home", 1), ("ArrowLeft", 2)]:
        sliders.nth(place).focus()
        page.keyboard.press(key)
        code[place] = float(sliders.nth(place).input_value())
        expected = cells.model.inverse_transform(code[None].astype(np.float32))[0]
        found = numbers_of(page)
        for name, value, reach in zip(cells.X, expected, spread, strict=True):
            assert found[name] == pytest.approx(value, rel=6e-4, abs=1e-4 * reach)
    assert found != before
    page.get_by_role("button", name="Back to the pinned row").click()
    assert numbers_of(page) == before


def test_a_page_without_it_says_why(visit, categorical):
    page = visit.report(categorical.path)
    assert page.locator("#decoder, #map button:text-is('Decode')").count() == 0
    card = page.locator("article", has=page.get_by_role("heading", name="Decoder"))
    assert "categories" in card.inner_text()
