"""The legend switches classes on and off: on the canvas, under the mouse, in a choice."""

import numpy as np
import pytest
from tests.reporting.map_hand import box_of, colors_at, lone, painted, places

COUNT = """(canvas, [red, green, blue]) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let count = 0;
  for (let place = 0; place < data.length; place += 4) {
    count += data[place] === red && data[place + 1] === green && data[place + 2] === blue;
  }
  return count;
}"""
DIGEST = """async (canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return [...new Uint8Array(await crypto.subtle.digest("SHA-256", data))];
}"""


@pytest.fixture
def page(visit, pictures):
    return visit.report(pictures.path)


def entry(page, name):
    return page.locator(".legend .class").filter(has=page.get_by_text(str(name), exact=True))


def digest(page):
    painted(page)
    return page.locator(".map .points").evaluate(DIGEST)


@pytest.mark.parametrize("digit", [0, 6])
def test_a_class_is_hidden_and_shown_again(page, pictures, digit):
    where = places(page)
    own = np.flatnonzero(pictures.labels == digit)
    alone = [row for row in own if row in lone(where, 18)]
    assert alone
    color = colors_at(page, where[alone])
    assert (color == color[0]).all()
    canvas = page.locator(".map .points")
    before = digest(page)
    assert canvas.evaluate(COUNT, color[0].tolist()) >= len(alone)
    button = entry(page, digit)
    assert button.locator(".count").inner_text() == str(len(own))
    button.click()
    assert button.get_attribute("aria-pressed") == "false"
    painted(page)
    assert canvas.evaluate(COUNT, color[0].tolist()) == 0
    hover = page.locator(".map .hover")
    pinned = page.locator("#row strong").first.inner_text()
    where = places(page)
    for row in alone:
        page.mouse.move(*where[row])
        assert not hover.is_visible()
        page.mouse.click(*where[row])
    assert page.locator("#row strong").first.inner_text() == pinned
    page.get_by_role("button", name="Choose what is in view").click()
    left = 300 - len(own)
    assert page.locator("#selection [role=status]").inner_text() == f"{left} of 300 rows"
    page.get_by_role("button", name="Let go").click()
    page.mouse.move(0, 0)
    button.click()
    assert button.get_attribute("aria-pressed") == "true"
    assert digest(page) == before
    where = places(page)
    page.mouse.move(*where[alone[0]])
    assert hover.locator("strong").inner_text() == f"Row {alone[0]}, digit {digit}"


def test_all_are_hidden_and_all_are_shown(page):
    before = digest(page)
    ground = colors_at(page, [np.add(box_of(page)[:2], 1)])[0].tolist()
    size = page.locator(".map .points").evaluate("each => each.width * each.height")
    page.get_by_role("button", name="Hide all").click()
    painted(page)
    assert page.locator(".map .points").evaluate(COUNT, ground) == size
    entry(page, 3).click()
    assert page.locator(".legend [aria-pressed=true]").count() == 1
    painted(page)
    assert page.locator(".map .points").evaluate(COUNT, ground) < size
    page.get_by_role("button", name="Show all").click()
    assert page.locator(".legend [aria-pressed=false]").count() == 0
    assert digest(page) == before


def test_each_column_has_a_legend_of_its_own(page):
    entry(page, 3).click()
    color = page.locator(".tools").get_by_label("Color")
    color.select_option(label="ink")
    assert page.locator(".legend .class").count() == 0
    assert page.locator(".legend .bar .ends span").count() == 3
    color.select_option(label="half")
    names = page.locator(".legend .class span:nth-child(2)").all_inner_texts()
    assert names == ["first", "second"]
    entry(page, "first").click()
    assert page.locator(".legend [aria-pressed=false]").count() == 1
    # What was hidden of the other column is hidden still.
    color.select_option(label="digit")
    assert page.locator(".legend [aria-pressed=false] span").nth(1).inner_text() == "3"


def test_rows_without_a_label_can_be_hidden(visit, curves):
    page = visit.report(curves.path)
    button = entry(page, "missing")
    assert button.locator(".count").inner_text() == "3"
    for name, left in [("missing", 217), ("odd", 217 - sum(label == "odd" for label in curves.labels))]:
        entry(page, name).click()
        page.get_by_role("button", name="Choose what is in view").click()
        assert page.locator("#selection [role=status]").inner_text() == f"{left} of 220 rows"
