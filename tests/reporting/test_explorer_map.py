"""The map: points lie where their codes say, and a mouse finds, pins and chooses them."""

import io

import numpy as np
import pandas
import pytest
from matplotlib.path import Path
from tests.reporting.map_hand import (
    box_of,
    colors_at,
    drag,
    is_clear,
    lines_of,
    lone,
    mode,
    painted,
    pixels,
    places,
)

import diabolo

# What a pointer may be away from a point of fewer than 400, in pixels: a disc of 5 and a little.
REACH = 0.6 * 14


@pytest.fixture
def page(visit, pictures):
    return visit.report(pictures.path)


@pytest.fixture
def table_page(visit, cells):
    return visit.report(cells.path)


def title(shown, row):
    return f"Row {row}, {shown.wishes['label_name']} {shown.labels[row]}"


def gray(values, low, high):
    return np.clip(255 * (values - low) / (high - low), 0, 255)


def assert_gray(canvas, expected, off=1.01):
    """Hold a canvas against grays; cells are packed in 254 steps, and shades are whole."""
    found = pixels(canvas)
    assert (found[..., 3] == 255).all()
    assert (found[..., :1] == found[..., :3]).all()
    np.testing.assert_allclose(found[..., 0], expected.reshape(found.shape[:2]), atol=off)


def test_points_lie_where_their_codes_say(page, pictures):
    codes = pictures.model.transform(pictures.X)
    where = places(page)
    left, top, right, bottom = box_of(page)
    for axis in (0, 1):
        slope, start = np.polyfit(codes[:, axis], where[:, axis], 1)
        assert slope * (1, -1)[axis] > 0
        np.testing.assert_allclose(where[:, axis], start + slope * codes[:, axis], atol=0.1)
    assert (where > [left, top]).all()
    assert (where < [right, bottom]).all()
    assert np.ptp(where[:, 0]) > 0.9 * (right - left)
    # There is ink at every point, and none in a corner where no point is.
    ground, *inked = colors_at(page, [[left + 1, top + 1], *where])
    assert (np.array(inked) != ground).any(axis=1).all()


def test_the_mouse_finds_the_nearest_row(page, pictures):
    where = places(page)
    left, top, right, bottom = box_of(page)
    random = np.random.default_rng(0)
    spots = [
        *(where[random.choice(300, 12, replace=False)] + random.uniform(-5, 5, (12, 2))),
        *random.uniform([left + 1, top + 1], [right - 1, bottom - 1], (8, 2)),
    ]
    hover = page.locator(".map .hover")
    n_found = 0
    low, high = pictures.X.min(), pictures.X.max()
    for x, y in spots:
        away = np.hypot(*(where - [x, y]).T)
        nearest, second = np.argsort(away)[:2]
        if away[second] - away[nearest] < 0.1 or abs(away[nearest] - REACH) < 0.1:
            continue
        page.mouse.move(x, y)
        assert hover.is_visible() is bool(away[nearest] < REACH)
        if away[nearest] < REACH:
            n_found += 1
            assert hover.locator("strong").inner_text() == title(pictures, nearest)
            assert_gray(hover.locator("canvas"), gray(pictures.X[nearest], low, high))
    assert 8 <= n_found < len(spots)
    page.mouse.move(left - 10, top - 10)
    assert not hover.is_visible()


def test_a_click_pins_a_row_beside_its_reconstruction(page, pictures):
    where = places(page)
    low, high = pictures.X.min(), pictures.X.max()
    card = page.locator("#row")
    # A page opens with a row that is rebuilt neither well nor badly.
    middle = np.argsort(pictures.model.reconstruction_error(pictures.X))[130:170]
    assert card.locator("strong").first.inner_text() in [title(pictures, row) for row in middle]
    for row in lone(where, 9)[[0, -1]]:
        page.mouse.click(*where[row])
        assert card.locator("strong").first.inner_text() == title(pictures, row)
        original, rebuilt, difference = card.locator("canvas").all()
        made = pictures.model.reconstruct(pictures.X[row : row + 1])[0]
        assert_gray(original, gray(pictures.X[row], low, high))
        assert_gray(rebuilt, gray(made, low, high))
        away = ((pictures.X[row] - made) / (high - low)).reshape(8, 8)
        red, _, blue = pixels(difference)[..., :3].transpose(2, 0, 1)
        assert (red[away > 0.1] > blue[away > 0.1]).all()
        assert (red[away < -0.1] < blue[away < -0.1]).all()
        assert (np.abs(away) > 0.1).any()
        facts = dict(
            zip(card.locator("dt").all_inner_texts(), card.locator("dd").all_inner_texts(), strict=True)
        )
        assert float(facts["ink"]) == pytest.approx(pictures.X[row].sum(), rel=1e-3)
        assert facts["half"] == ("first" if row < 150 else "second")
        error = pictures.model.reconstruction_error(pictures.X[row : row + 1])[0]
        assert float(facts["reconstruction error"]) == pytest.approx(error, rel=1e-3)


def test_a_row_of_a_table_is_pinned_with_what_was_rebuilt(table_page, cells):
    where = places(table_page)
    row = int(lone(where, 9)[3])
    table_page.mouse.click(*where[row])
    lines = [line[:3] for line in lines_of(table_page.locator("#row table.features"))]
    made = dict(zip(cells.X, cells.model.reconstruct(cells.X[row : row + 1])[0], strict=True))
    assert {name for name, *_ in lines} == set(cells.X.columns)
    for name, value, rebuilt in lines:
        spread = np.ptp(cells.X[name])
        assert float(value) == pytest.approx(cells.X[name][row], rel=6e-4, abs=1e-4 * spread)
        assert float(rebuilt) == pytest.approx(made[name], rel=6e-4, abs=1e-4 * spread)
    ends = cells.X.quantile([0.05, 0.5, 0.95]).to_numpy()
    away = np.abs(cells.X.iloc[row] - ends[1]) / (ends[2] - ends[0])
    assert [name for name, *_ in lines] == away.sort_values(ascending=False).index.tolist()


def lasso(page, where, n_corners=24):
    """Draw around some of the points; give those inside as matplotlib has them."""
    left, top, right, bottom = box_of(page)
    angles = np.linspace(0, 2 * np.pi, n_corners, endpoint=False)
    middle = np.median(where, axis=0)
    for size in np.linspace(0.3, 0.2, 60):
        radii = size * (1 + 0.35 * np.sin(3 * angles))[:, None] * [right - left, bottom - top]
        polygon = middle + radii * np.stack([np.cos(angles), np.sin(angles)], axis=1)
        polygon = np.clip(polygon, [left + 2, top + 2], [right - 2, bottom - 2])
        if is_clear(polygon, where):
            break
    mode(page, "Lasso")
    drag(page, polygon.tolist())
    chosen = np.flatnonzero(Path(np.vstack([polygon, polygon[:1]])).contains_points(where))
    assert 0.1 * len(where) < len(chosen) < 0.9 * len(where)
    return chosen


def saved(page):
    with page.expect_download() as found:
        page.get_by_role("button", name="Save as CSV").click()
    assert found.value.suggested_filename == "rows.csv"
    return found.value.path().read_bytes().decode("utf-8-sig")


def test_a_lasso_chooses_what_lies_inside(page, pictures):
    chosen = lasso(page, places(page))
    card = page.locator("#selection")
    assert card.locator("[role=status]").inner_text() == f"{len(chosen)} of 300 rows"
    found = pandas.read_csv(io.StringIO(saved(page)))
    assert found["row"].tolist() == chosen.tolist()
    assert found["digit"].tolist() == pictures.labels[chosen].tolist()
    assert found["half"].tolist() == np.where(chosen < 150, "first", "second").tolist()
    np.testing.assert_allclose(found["ink"], pictures.X[chosen].sum(axis=1), rtol=1e-6)
    step = np.ptp(pictures.X) / 254
    np.testing.assert_allclose(
        found[[f"x{place}" for place in range(64)]], pictures.X[chosen], atol=0.51 * step
    )
    codes = pictures.model.transform(pictures.X[chosen])
    np.testing.assert_allclose(found[["Component 0", "Component 1"]], codes, rtol=1e-5, atol=1e-5)
    # The shares of classes, and the means of both groups as pictures.
    names, counts = np.unique(pictures.labels[chosen], return_counts=True)
    first = card.locator("p.small").first.inner_text()
    assert first.startswith("digit: ")
    for told in first.removeprefix("digit: ").split(", "):
        name, share = told.split(" ")
        assert float(share[:-1]) == pytest.approx(100 * counts[names == int(name)][0] / len(chosen), abs=0.51)
    is_chosen = np.isin(np.arange(300), chosen)
    low, high = pictures.X.min(), pictures.X.max()
    for canvas, group in zip(card.locator("canvas").all(), (is_chosen, ~is_chosen), strict=False):
        assert_gray(canvas, gray(pictures.X[group].mean(axis=0), low, high))
    # Rows that are not chosen fade.
    where = places(page)
    left, top, *_ = box_of(page)
    alone = lone(where, 11)
    ground, *inked = colors_at(page, [[left + 1, top + 1], *where[alone]])
    ink = np.abs(np.array(inked) - ground).sum(axis=1)
    assert ink[is_chosen[alone]].min() > 3 * ink[~is_chosen[alone]].max()
    page.get_by_role("button", name="Let go").click()
    assert card.locator("[role=status]").count() == 0


def test_features_are_listed_by_how_far_apart_the_groups_are(table_page, cells):
    chosen = lasso(table_page, places(table_page))
    is_chosen = np.isin(np.arange(240), chosen)
    ones, others = cells.X[is_chosen].mean(), cells.X[~is_chosen].mean()
    apart = (ones - others) / cells.X.std(ddof=0)
    order = apart.abs().sort_values(ascending=False).index.tolist()
    lines = lines_of(table_page.locator("#selection table"))
    assert [line[0] for line in lines] == order
    for name, one, other, distance in lines:
        spread = np.ptp(cells.X[name])
        assert float(one) == pytest.approx(ones[name], rel=6e-3, abs=1e-4 * spread)
        assert float(other) == pytest.approx(others[name], rel=6e-3, abs=1e-4 * spread)
        assert float(distance) == pytest.approx(apart[name], rel=6e-2, abs=1e-4)


def test_saved_rows_are_those_of_the_table(table_page, cells):
    chosen = lasso(table_page, places(table_page))
    text = saved(table_page)
    found = pandas.read_csv(
        io.StringIO(text), keep_default_na=False, na_values={"dose": [""]}, lineterminator=None
    )
    assert found["row"].tolist() == chosen.tolist()
    assert found["place"].tolist() == cells.labels[chosen].tolist()
    assert found["note"].tolist() == [cells.wishes["columns"]["note"][row] for row in chosen]
    np.testing.assert_allclose(found["dose"], cells.wishes["columns"]["dose"][chosen], rtol=1e-6)
    assert found["dose"].isna().any()
    for name in cells.X:
        step = np.ptp(cells.X[name]) / 65534
        np.testing.assert_allclose(found[name], cells.X[name][chosen], atol=0.51 * step, rtol=1e-6)
    error = cells.model.reconstruction_error(cells.X)[chosen]
    np.testing.assert_allclose(found["reconstruction error"], error, rtol=1e-4)


def test_what_is_in_view_is_chosen_after_zooming(page):
    where = places(page)
    left, top, right, bottom = box_of(page)
    page.mouse.move(left + 0.4 * (right - left), top + 0.6 * (bottom - top))
    page.mouse.wheel(0, -400)
    painted(page)
    after = places(page)
    grown = np.ptp(after, axis=0) / np.ptp(where, axis=0)
    np.testing.assert_allclose(grown, np.exp(400 * 0.0016), rtol=1e-3)
    page.get_by_role("button", name="Choose what is in view").click()
    inside = ((after > [left, top]) & (after < [right, bottom])).all(axis=1)
    assert 10 < inside.sum() < 290
    assert page.locator("#selection [role=status]").inner_text() == f"{inside.sum()} of 300 rows"


def test_a_drag_moves_the_map_and_a_double_click_shows_all(page):
    before = places(page)
    left, top, *_ = box_of(page)
    drag(page, [(left + 200, top + 200), (left + 230, top + 210), (left + 280, top + 170)])
    np.testing.assert_allclose(places(page), np.add(before, [80, -30]), atol=0.05)
    page.mouse.dblclick(left + 3, top + 3)
    np.testing.assert_allclose(places(page), before, atol=0.05)


def test_other_axes_and_colors_are_chosen(table_page, cells):
    page = table_page
    codes = cells.model.transform(cells.X)
    page.get_by_label("Across").select_option(label="code 1")
    where = places(page)
    assert abs(np.corrcoef(where[:, 0], codes[:, 1])[0, 1]) > 0.999999
    assert "Across: " in page.locator(".axes").inner_text()
    page.get_by_label("Color").select_option(label="dose")
    bar = page.locator(".legend .bar")
    dose = np.sort(cells.wishes["columns"]["dose"][~np.isnan(cells.wishes["columns"]["dose"])]).astype(
        np.float32
    )
    ends = [dose[round(share * (len(dose) - 1))] for share in (0.01, 0.99)]
    shown = [float(text) for text in bar.locator(".ends span").all_inner_texts()]
    np.testing.assert_allclose(np.array(shown)[[0, 2]], ends, rtol=6e-3)
    painted(page)
    row = int(lone(where, 9)[0])
    page.mouse.move(*where[row])
    value = page.locator(".map .hover .small").inner_text()
    expected = cells.wishes["columns"]["dose"][row]
    assert (
        value == "dose "
        if np.isnan(expected)
        else float(value.split(" ")[1]) == pytest.approx(expected, rel=1e-3)
    )


def test_of_many_rows_some_are_drawn_with_their_own_numbers(visit, pictures, tmp_path):
    path = tmp_path / "page.html"
    diabolo.report(pictures.model, pictures.X, pictures.labels, label_name="digit", max_points=40, path=path)
    page = visit.report(path)
    where = places(page)
    drawn = page.evaluate("[...diabolo.summary.points.row]")
    point = int(lone(where, 9)[5])
    page.mouse.click(*where[point])
    assert page.locator("#row strong").first.inner_text() == title(pictures, drawn[point])
    assert drawn[point] != point
    assert_gray(
        page.locator("#row canvas").first,
        gray(pictures.X[drawn[point]], pictures.X[drawn].min(), pictures.X[drawn].max()),
    )
    assert "40 of 300 rows" in page.locator(".notes").inner_text()
