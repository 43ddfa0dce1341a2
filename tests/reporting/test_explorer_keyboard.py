"""The keyboard alone reaches and does everything."""

import io

import numpy as np
import pandas
import pytest
from tests.reporting.map_hand import box_of, places

# Everything that can have the focus and is seen, and what the keyboard has reached of it.
LISTEN = """() => {
  window.reached = new Set();
  document.addEventListener("focusin", ({ target }) => window.reached.add(target));
}"""
FOUND = """() => {
  const all = document.querySelectorAll("a[href], button, select, input, textarea, summary, [tabindex='0']");
  const isSeen = (each) => each.checkVisibility({ visibilityProperty: true }) && !each.disabled;
  const name = (each) => each.getAttribute("aria-label") || each.textContent.trim() ||
    [...(each.labels ?? [])].map((label) => label.textContent.trim()).join(" ") || each.title;
  const seen = [...all].filter(isSeen);
  const written = (each) => each.outerHTML.slice(0, 160);
  return {
    count: seen.length,
    missed: seen.filter((each) => !window.reached.has(each)).map(written),
    nameless: seen.filter((each) => !name(each)).map(written),
    hidden: [...window.reached].filter((each) => each.isConnected && !isSeen(each)).map(written),
  };
}"""
FOCUS = "document.activeElement.textContent"


def has_focus(locator):
    return locator.evaluate("each => each === document.activeElement")


@pytest.fixture
def page(visit, pictures):
    return visit.report(pictures.path)


@pytest.fixture
def focused(page):
    """Give the page with the focus on the map."""
    page.locator(".map .marks").focus()
    return page


@pytest.mark.parametrize("kind", ["pictures", "curves", "cells", "convolved", "categorical"])
def test_the_tabulator_reaches_everything(visit, request, kind):
    page = visit.report(request.getfixturevalue(kind).path, width=900)
    page.locator(".map .marks").focus()
    for key in ("ArrowLeft", "Enter"):
        page.keyboard.press(key)
    page.get_by_role("button", name="Choose what is in view").press("Enter")
    for summary in page.locator("summary").all():
        summary.press("Enter")
    page.evaluate("document.activeElement.blur(); window.getSelection().removeAllRanges()")
    page.evaluate(LISTEN)
    page.locator(".skip").focus()
    count = page.evaluate(FOUND)["count"]
    assert count > 25
    for _ in range(count):
        page.keyboard.press("Tab")
    found = page.evaluate(FOUND)
    assert found["missed"] == []
    assert found["nameless"] == []
    assert found["hidden"] == []


def test_the_first_step_leads_to_the_content(page):
    page.keyboard.press("Tab")
    link = page.locator(".skip")
    assert has_focus(link)
    assert link.bounding_box()["x"] >= 0
    page.keyboard.press("Enter")
    assert has_focus(page.locator("main"))


def test_arrows_go_to_the_next_point_and_say_so(focused, pictures):
    page = focused
    where = places(page)
    spoken = page.locator(".map [role=status]")
    seen = []
    at = int(page.locator("#row strong").first.inner_text().split(",")[0].split(" ")[1])
    ways = {"ArrowRight": (1, 0), "ArrowUp": (0, -1), "ArrowLeft": (-1, 0), "ArrowDown": (0, 1)}
    for key, times in [("ArrowRight", 4), ("ArrowUp", 3), ("ArrowLeft", 6), ("ArrowDown", 3)]:
        for _ in range(times):
            before = where[at] @ ways[key]
            page.keyboard.press(key)
            text = spoken.inner_text()
            at = int(text.split(",")[0].split(" ")[1])
            assert text == f"Row {at}, digit {pictures.labels[at]}"
            assert text == page.locator(".map .hover strong").inner_text()
            assert where[at] @ ways[key] > before or before == (where @ ways[key]).max()
            seen.append(at)
    assert len(set(seen)) > 9
    page.keyboard.press("Enter")
    assert page.locator("#row strong").first.inner_text() == spoken.inner_text()
    assert has_focus(page.locator(".map .marks"))
    # The map lets go of the row when the focus leaves it.
    page.keyboard.press("Tab")
    assert not page.locator(".map .hover").is_visible()


def test_keys_zoom_and_move(focused):
    page = focused
    before = places(page)
    spread = np.ptp(before, axis=0)
    page.keyboard.press("+")
    np.testing.assert_allclose(np.ptp(places(page), axis=0), 1.4 * spread, rtol=1e-3)
    page.keyboard.press("-")
    np.testing.assert_allclose(places(page), before, atol=0.05)
    page.keyboard.press("Shift+ArrowRight")
    np.testing.assert_allclose(places(page), np.subtract(before, [60, 0]), atol=0.05)
    page.keyboard.press("Shift+ArrowUp")
    np.testing.assert_allclose(places(page), np.add(before, [-60, 60]), atol=0.05)
    page.keyboard.press("0")
    np.testing.assert_allclose(places(page), before, atol=0.05)


def test_rows_are_chosen_and_saved(focused):
    page = focused
    for _ in range(3):
        page.keyboard.press("+")
    where = places(page)
    left, top, right, bottom = box_of(page)
    inside = np.flatnonzero(((where > [left, top]) & (where < [right, bottom])).all(axis=1))
    assert 0 < len(inside) < 300
    page.get_by_role("button", name="Choose what is in view").press("Enter")
    button = page.get_by_role("button", name="Save as CSV")
    with page.expect_download() as found:
        button.press("Enter")
    rows = pandas.read_csv(io.BytesIO(found.value.path().read_bytes()))["row"]
    assert rows.tolist() == inside.tolist()
    assert has_focus(button)
    page.locator(".map .marks").focus()
    page.keyboard.press("Escape")
    assert page.locator("#selection [role=status]").count() == 0


def test_letting_go_leaves_the_focus_nearby(page):
    page.get_by_role("button", name="Choose what is in view").press("Enter")
    page.get_by_role("button", name="Let go").press("Enter")
    assert has_focus(page.locator(".map .marks"))


def test_the_legend_keeps_the_focus(page):
    for name, after in [("4", "4"), ("Show all", "Hide all"), ("Hide all", "Show all"), ("4", "4")]:
        page.locator(".legend .class").filter(has_text=name).first.press("Enter")
        assert page.evaluate(FOCUS).startswith(after)
    assert page.locator(".legend [aria-pressed=true]").count() == 1


def test_the_decoder_answers_the_keyboard(page):
    page.locator("#decoder input").first.press("ArrowRight")
    before = page.locator("#decoder output").first.inner_text()
    page.locator("#decoder input").first.press("PageUp")
    assert page.locator("#decoder output").first.inner_text() != before
    assert has_focus(page.locator("#decoder input").first)


def test_other_languages_and_colors_keep_the_focus(page):
    page.get_by_role("button", name="中文").press("Enter")
    assert page.evaluate(FOCUS) == "中文"
    page.get_by_role("button", name="English").press("Enter")
    assert page.evaluate(FOCUS) == "English"
    page.get_by_role("button", name="Dark").press("Enter")
    assert page.evaluate(FOCUS) == "Light"


def test_flagged_rows_keep_the_focus(visit, curves):
    page = visit.report(curves.path)
    page.locator("#threshold").press("Home")
    for key in ("row", "row", "label", "reasons"):
        page.locator(f"[data-sort={key}]").press("Enter")
        assert page.evaluate("document.activeElement.dataset.sort") == key
    first = 15
    # The first of the rows that are new has the focus; the last time there is no such button any more.
    while (button := page.get_by_role("button", name="More rows")).count():
        button.press("Enter")
        assert has_focus(page.locator("#flagged tbody button").nth(first))
        first += 60
    assert page.locator("#flagged tbody tr").count() == 220
