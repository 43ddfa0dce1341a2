"""Fingers on the map; and the page in a frame of a notebook."""

import numpy as np
import pytest
from tests.reporting.map_hand import box_of, colors_at, lone, mode, painted, places

TELEPHONE = {"width": 390, "height": 800, "has_touch": True, "is_mobile": True, "reduced_motion": "reduce"}


@pytest.fixture
def page(visit, pictures):
    return visit.report(pictures.path, **TELEPHONE)


class Fingers:
    """Fingers on the screen, as Chromium hears of them."""

    def __init__(self, page):
        self._page = page
        self._session = page.context.new_cdp_session(page)

    def __call__(self, kind, *spots):
        touches = [{"x": float(x), "y": float(y), "id": number} for number, (x, y) in enumerate(spots)]
        self._session.send("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": touches})
        painted(self._page)


def test_a_tap_pins(page, pictures):
    where = places(page)
    row = int(lone(where, 9)[2])
    page.touchscreen.tap(*where[row])
    assert page.locator("#row strong").first.inner_text() == f"Row {row}, digit {pictures.labels[row]}"


def test_a_finger_moves_the_map_and_pins_nothing(page):
    before = places(page)
    left, top, right, bottom = box_of(page)
    x, y = (left + right) / 2, (top + bottom) / 2
    touch = Fingers(page)
    pinned = page.locator("#row strong").first.inner_text()
    scrolled = page.evaluate("scrollY")
    touch("Start", (x, y))
    for step in (15, 40, 70):
        touch("Move", (x + step, y + step / 2))
    touch("End")
    np.testing.assert_allclose(places(page), np.add(before, [70, 35]), atol=16)
    assert (places(page) != before).any()
    assert page.evaluate("scrollY") == scrolled
    assert page.locator("#row strong").first.inner_text() == pinned


def test_two_fingers_zoom(page):
    before = places(page)
    left, top, right, bottom = box_of(page)
    x, y = (left + right) / 2, (top + bottom) / 2
    touch = Fingers(page)
    touch("Start", (x - 40, y))
    touch("Start", (x - 40, y), (x + 40, y))
    for reach in (50, 60, 80):
        touch("Move", (x - reach, y), (x + reach, y))
    touch("End")
    grown = np.ptp(places(page), axis=0) / np.ptp(before, axis=0)
    np.testing.assert_allclose(grown, 2, rtol=0.02)
    # What was between the fingers is there still.
    middle = np.argmin(np.hypot(*(before - [x, y]).T))
    expected = [x, y] + 2 * (before[middle] - [x, y])
    np.testing.assert_allclose(places(page)[middle], expected, atol=3)


def test_a_finger_draws_a_lasso(page):
    mode(page, "Lasso")
    where = places(page)
    left, top, right, bottom = box_of(page)
    spots = [(left + 5, top + 5), (right - 5, top + 5), (right - 5, bottom - 5), (left + 5, bottom - 5)]
    touch = Fingers(page)
    touch("Start", spots[0])
    for spot in spots[1:]:
        touch("Move", spot)
    touch("End")
    inside = ((where > [left + 5, top + 5]) & (where < [right - 5, bottom - 5])).all(axis=1)
    assert inside.all()
    assert page.locator("#selection [role=status]").inner_text() == "300 of 300 rows"


def test_nothing_moves_by_itself_where_that_is_not_wanted(page):
    moving = "document.getAnimations().length"
    assert page.evaluate(moving) == 0
    page.locator("nav a").last.tap()
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
    assert page.locator("#model").bounding_box()["y"] < 800
    assert page.evaluate(moving) == 0


def test_a_notebook_shows_the_page_in_a_frame(visit, pictures, tmp_path):
    path = tmp_path / "notebook.html"
    path.write_text(
        f"<!DOCTYPE html><title>N</title><meta charset=utf-8>{pictures.report._repr_html_()}",
        encoding="utf-8",
    )
    page = visit.open(path)
    frame = page.frames[1]
    frame.wait_for_selector("html[data-ready]")
    where = places(frame)
    assert len(np.unique(colors_at(frame, where), axis=0)) > 3
    row = int(lone(where, 9)[0])
    frame.locator(".map .marks").click(
        position=dict(zip("xy", (where[row] - box_of_frame(frame)).tolist(), strict=True))
    )
    assert frame.locator("#row strong").first.inner_text() == f"Row {row}, digit {pictures.labels[row]}"
    assert (
        frame.evaluate("(() => { try { return parent.document.title; } catch { return null; } })()") is None
    )
    frame.get_by_role("button", name="Choose what is in view").click()
    with page.expect_download() as found:
        frame.get_by_role("button", name="Save as CSV").click()
    assert found.value.path().read_bytes().count(b"\r\n") == 301


def box_of_frame(frame):
    """Give where the map begins, in the frame's own pixels."""
    return frame.locator(".map .marks").evaluate(
        "each => { const { x, y } = each.getBoundingClientRect(); return [x, y]; }"
    )
