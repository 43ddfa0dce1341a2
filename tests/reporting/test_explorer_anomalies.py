"""The threshold and all that follows it, against scikit-learn."""

import copy
import math
import re

import numpy as np
import pytest
from sklearn.metrics import (
    accuracy_score,
    average_precision_score,
    confusion_matrix,
    f1_score,
    precision_score,
    recall_score,
    roc_auc_score,
)

import diabolo

COUNTS = ("trueNegative", "falsePositive", "falseNegative", "truePositive")
IS_SORTED = (
    """(texts) => texts.every((text, place) => place === 0 || texts[place - 1].localeCompare(text) <= 0)"""
)


@pytest.fixture
def scores(curves):
    return curves.model.anomaly_score(curves.X)


@pytest.fixture
def truth(curves):
    """Give 1 for an anomaly, 0 for a usual row, -1 for what nobody knows."""
    return np.array([{"odd": 1, "usual": 0, None: -1}[label] for label in curves.labels])


@pytest.fixture
def page(visit, curves):
    return visit.report(curves.path)


def threshold_of(page):
    return float(page.locator("#anomalies output[data-threshold]").get_attribute("data-threshold"))


def is_printed(text, value, digits=4):
    """Say whether text is a number, written to so many significant digits."""
    found = float(text.replace(",", ""))
    size = 10.0 ** (math.floor(math.log10(abs(value))) - digits + 1) if value else 0.0
    return abs(found - value) <= 0.5001 * size


def facts(page):
    box = page.locator("#anomalies .figures")
    return dict(zip(box.locator("dt").all_inner_texts(), box.locator("dd").all_inner_texts(), strict=True))


def check(page, curves, scores, truth):
    """Hold all that the page says against scikit-learn at the threshold of this moment."""
    threshold = threshold_of(page)
    flagged = scores > threshold
    known = truth >= 0
    cells = page.locator("#anomalies [data-count]")
    found = dict(
        cells.evaluate_all("all => all.map((each) => [each.dataset.count, Number(each.textContent)])")
    )
    counts = confusion_matrix(truth[known], flagged[known], labels=[0, 1]).ravel()
    assert found == dict(zip(COUNTS, counts.tolist(), strict=True))
    said = facts(page)
    for name, measure in [
        ("accuracy", accuracy_score),
        ("precision", precision_score),
        ("recall", recall_score),
        ("F1", f1_score),
    ]:
        more = {} if name == "accuracy" else {"zero_division": 0}
        expected = measure(truth[known], flagged[known], **more)
        assert is_printed(said[name], expected), (name, said[name], expected)
    assert said["flagged"].split(" ")[0] == str(flagged.sum())
    assert page.locator("#flagged p").first.inner_text() == f"{flagged.sum()} rows lie above the line."
    command = page.get_by_label("The command that sets this threshold").input_value()
    words = command.split(" ")
    assert words[:-1] == ["diabolo", "detect", "threshold", "waves.diabolo", "--set"]
    detector = copy.deepcopy(curves.model).set_threshold(float(words[-1]))
    np.testing.assert_array_equal(detector.predict(curves.X) == -1, flagged)
    return threshold


def test_the_line_begins_where_the_model_has_it(page, curves, scores, truth):
    assert check(page, curves, scores, truth) == curves.model.threshold_


def test_the_keyboard_moves_the_line(page, curves, scores, truth):
    page.locator("#threshold").focus()
    seen = []
    for key, times in [("ArrowRight", 3), ("ArrowLeft", 5), ("PageDown", 2), ("Home", 1), ("End", 1)]:
        for _ in range(times):
            page.keyboard.press(key)
        seen.append(check(page, curves, scores, truth))
    assert len(set(seen)) == 5
    assert seen[1] < seen[0]
    # At the ends all rows lie above the line, or none.
    assert seen[3] < scores.min()
    assert seen[4] > scores.max()
    page.get_by_role("button", name="The model's").click()
    assert check(page, curves, scores, truth) == curves.model.threshold_


def test_the_mouse_moves_the_line(page, curves, scores, truth):
    slider = page.locator("#threshold")
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    y = box["y"] + box["height"] / 2
    seen = []
    page.mouse.move(box["x"] + 0.1 * box["width"], y)
    page.mouse.down()
    for share in (0.25, 0.5, 0.62, 0.9):
        page.mouse.move(box["x"] + share * box["width"], y, steps=3)
        seen.append(check(page, curves, scores, truth))
    page.mouse.up()
    assert seen == sorted(set(seen))
    assert 0 < (scores > seen[1]).sum() < 220


def test_the_line_and_the_points_of_the_curves_move_along(page, scores, truth):
    known = truth >= 0
    marks = page.locator("#anomalies circle.moving")
    line = page.locator("#anomalies line.threshold")
    before = [line.get_attribute("x1"), *(each.get_attribute("cx") for each in marks.all())]
    page.locator("#threshold").focus()
    for _ in range(8):
        page.keyboard.press("PageDown")
    after = [line.get_attribute("x1"), *(each.get_attribute("cx") for each in marks.all())]
    assert all(one != other for one, other in zip(before, after, strict=True))
    assert float(after[0]) < float(before[0])
    # Of the curve of receivers: across the share of usual rows flagged, upward the recall.
    axis = page.locator("#anomalies .pair figure").first.locator("path.line.first")
    bounds = axis.evaluate(
        "path => { const box = path.getBBox(); return [box.x, box.y, box.width, box.height]; }"
    )
    flagged = scores > threshold_of(page)
    across = flagged[truth == 0].mean()
    upward = recall_score(truth[known], flagged[known])
    x, y = (float(marks.first.get_attribute(name)) for name in ("cx", "cy"))
    assert x == pytest.approx(bounds[0] + across * bounds[2], abs=0.6)
    assert y == pytest.approx(bounds[1] + (1 - upward) * bounds[3], abs=0.6)


def test_areas_are_those_of_scikit_learn(page, scores, truth):
    known = truth >= 0
    captions = page.locator("#anomalies figcaption").all_inner_texts()
    area = roc_auc_score(truth[known], scores[known])
    average = average_precision_score(truth[known], scores[known])
    assert 0.5 < area < 1
    assert is_printed(captions[0].removeprefix("ROC-AUC "), area)
    assert is_printed(captions[1].removeprefix("average precision "), average)
    tiles = page.locator(".tiles").inner_text().split("\n")
    assert is_printed(tiles[tiles.index("ROC-AUC") - 1], area)
    assert is_printed(tiles[tiles.index("average precision") - 1], average)


def flagged_rows(page):
    lines = page.locator("#flagged tbody tr").evaluate_all(
        "all => all.map((row) => [...row.children].map((cell) => cell.textContent))"
    )
    return [dict(zip(("row", "score", "label", "truth", "reasons"), line, strict=True)) for line in lines]


def more(page):
    while (button := page.locator("#flagged").get_by_role("button", name="More rows")).count():
        button.click()


def test_flagged_rows_are_sorted_by_every_column(page, curves, scores, truth):
    flagged = np.flatnonzero(scores > threshold_of(page))
    assert len(flagged) > 20
    found = flagged_rows(page)
    order = flagged[np.argsort(-scores[flagged], kind="stable")]
    assert [int(each["row"]) for each in found] == order[:15].tolist()
    more(page)
    found = flagged_rows(page)
    assert [int(each["row"]) for each in found] == order.tolist()
    for each, row in zip(found, order.tolist(), strict=True):
        assert is_printed(each["score"], scores[row], 5)
        assert each["label"] == (curves.labels[row] or "")
        assert each["truth"] == {1: "anomaly", 0: "normal", -1: "unknown"}[truth[row]]
    sign = {"descending": -1, "ascending": 1}
    for name, key in [
        ("Row", "row"),
        ("beat", "label"),
        ("Is", "truth"),
        ("Odd by", "reasons"),
        ("Score", "score"),
    ]:
        for direction in ("descending", "ascending"):
            page.locator("#flagged").get_by_role("button", name=re.compile(f"^{name}( [↑↓])?$")).click()
            header = page.locator(f"#flagged th:has([data-sort={key}])")
            assert header.get_attribute("aria-sort") == direction
            assert page.evaluate("document.activeElement.dataset.sort") == key
            found = flagged_rows(page)
            assert sorted(int(each["row"]) for each in found) == flagged.tolist()
            if key in ("row", "score", "truth"):
                values = {"row": np.arange(220), "score": scores, "truth": np.where(truth < 0, 255, truth)}[
                    key
                ]
                shown = values[[int(each["row"]) for each in found]]
                assert (sign[direction] * np.diff(shown.astype(float)) >= 0).all()
            else:
                texts = [each[key] for each in found][:: sign[direction]]
                assert page.evaluate(IS_SORTED, texts)


def test_reasons_are_in_the_order_of_explain(page, curves):
    more(page)
    for each in flagged_rows(page):
        row = int(each["row"])
        expected = list(curves.model.explain(curves.X[row], 3))
        told = [part.split(" ")[0] for part in each["reasons"].split("; ")]
        assert told == expected
        feature = int(expected[0][1:])
        value = re.match(r"\S+ (\S+), expected", each["reasons"])[1]
        assert is_printed(value.replace("−", "-"), curves.X[row, feature], 3)


def test_a_flagged_row_is_pinned_with_its_reasons(page, curves, scores):
    row = int(np.argmax(scores))
    page.get_by_role("button", name=f"Pin row {row}", exact=True).click()
    card = page.locator("#row")
    assert card.locator("strong").first.inner_text() == f"Row {row}, beat odd"
    lines = card.locator("tbody tr").evaluate_all(
        "all => all.map((row) => [...row.children].map((c) => c.textContent))"
    )
    expected = curves.model.explain(curves.X[row], 8)
    assert [line[0] for line in lines] == list(expected)
    for line, added in zip(lines, expected.values(), strict=True):
        assert is_printed(line[3], added, 3)
    assert card.locator("svg.drawing path.line").count() == 3


def test_the_command_is_copied(page, curves):
    page.locator("#threshold").focus()
    page.keyboard.press("PageUp")
    page.get_by_role("button", name="Copy the command").click()
    status = page.locator("#anomalies .copy [role=status]")
    status.get_by_text("Copied.").wait_for()
    field = page.get_by_label("The command that sets this threshold")
    field.focus()
    # What was copied is pasted where one can write.
    page.evaluate("document.body.append(Object.assign(document.createElement('textarea'), { id: 'paste' }))")
    page.locator("#paste").focus()
    page.keyboard.press("Control+V")
    assert page.locator("#paste").input_value() == field.input_value()


def test_without_labels_rows_are_only_flagged(visit, curves, scores, tmp_path):
    diabolo.report(curves.model, curves.X, path=tmp_path / "page.html")
    page = visit.report(tmp_path / "page.html")
    page.locator("#threshold").focus()
    page.keyboard.press("PageDown")
    flagged = scores > threshold_of(page)
    assert facts(page)["flagged"].split(" ")[0] == str(flagged.sum())
    assert page.locator("#anomalies [data-count], #anomalies circle.moving").count() == 0
    assert "With labels the page also says" in page.locator("#anomalies p").first.inner_text()
