"""On a telephone nothing is wider than the screen, in either language, light and dark."""

import pytest
from tests.reporting.map_hand import lone, places

KINDS = ["pictures", "curves", "cells", "convolved", "categorical"]
OUTSIDE = """() => {
  const found = [];
  for (const each of document.querySelectorAll("body *")) {
    const { right, left, width } = each.getBoundingClientRect();
    const isOutside = width > 0 && (right > innerWidth + 0.5 || left < -0.5);
    if (isOutside && !each.closest(".scrolls, nav, .unseen, .skip")) {
      found.push(`${each.outerHTML.slice(0, 120)}: ${left} to ${right}`);
    }
  }
  return [document.documentElement.scrollWidth, found];
}"""


def check(page, width):
    scroll, found = page.evaluate(OUTSIDE)
    assert found == []
    assert scroll <= width


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_sticks_out(visit, request, kind):
    page = visit.report(request.getfixturevalue(kind).path, width=360, height=740)
    where = places(page)
    page.mouse.click(*where[lone(where, 6)[0]])
    assert page.locator("#row strong").count() > 0
    page.get_by_role("button", name="Choose what is in view").click()
    for summary in page.locator("summary").all():
        summary.click()
    check(page, 360)
    grounds = set()
    for language in ("中文", "English"):
        page.get_by_role("button", name=language).click()
        for _ in range(2):
            page.locator("[data-theme-button]").click()
            for summary in page.locator("summary").all():
                summary.click()
            check(page, 360)
            grounds.add(page.evaluate("getComputedStyle(document.documentElement).backgroundColor"))
    assert len(grounds) == 2


@pytest.mark.parametrize("width", [768, 1280, 3840])
def test_wider_screens_are_filled(visit, cells, width):
    page = visit.report(cells.path, width=width, height=900)
    check(page, width)
    assert page.locator(".map").bounding_box()["width"] > 0.4 * min(width, 1700)


def test_a_screen_that_is_turned_is_filled_again(visit, cells):
    page = visit.report(cells.path, width=740, height=360)
    where = places(page)
    page.mouse.click(*where[lone(where, 6)[0]])
    pinned = page.locator("#row strong").first.inner_text()
    page.set_viewport_size({"width": 360, "height": 740})
    page.wait_for_function("document.querySelector('.map').clientWidth < 360")
    page.wait_for_timeout(300)
    check(page, 360)
    assert page.locator("#row strong").first.inner_text() == pinned
