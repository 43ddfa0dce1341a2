"""English and Chinese: the browser's to begin with, a button for the other, and no word missing in either."""

import importlib.resources
import json
import re

import numpy as np
import pytest
from tests.reporting.map_hand import lone, places

FOLDER = importlib.resources.files("diabolo.reporting") / "page"
WORDS = json.loads((FOLDER / "words.json").read_text("utf-8"))
SOURCES = {each.name: each.read_text("utf-8") for each in FOLDER.iterdir() if each.name.endswith(".js")}
CHINESE = re.compile(r"[\u4e00-\u9fff]")
# Keys that are put together where they are said, and by what.
MADE = {
    "mode": ["look", "lasso", "decode", "look.words", "lasso.words", "decode.words"],
    "column": ["error", "score", "prediction"],
    "row": ["original", "reconstruction", "difference", "feature", "value", "rebuilt", "usual"],
    "anomalies": ["accuracy", "precision", "recall", "f1"],
    "flagged": ["row", "score", "truth", "reasons"],
    "reconstructions": ["best", "median", "worst"],
    "note": [key.removeprefix("note.") for key in WORDS["en"] if key.startswith("note.")],  # as test_notes.py
    "comparison": ["better", "worse", "equal"],
    "term": ["loss", "mean_absolute_error"],
}


def names_in(sentence):
    return sorted(re.findall(r"\{(\w+)\}", sentence))


def test_languages_have_the_same_keys_and_names():
    english, chinese = WORDS["en"], WORDS["zh"]
    assert set(english) == set(chinese)
    for key, sentence in english.items():
        assert sentence.strip()
        assert chinese[key].strip()
        assert names_in(sentence) == names_in(chinese[key]), key


def test_chinese_is_chinese():
    alike = {key for key, sentence in WORDS["zh"].items() if not CHINESE.search(sentence)}
    assert all(WORDS["zh"][key] == WORDS["en"][key] for key in alike)
    assert {WORDS["zh"][key] for key in alike} <= {"F1", "t-SNE {number}"}


def test_every_key_that_is_used_is_there_and_every_one_there_is_used():
    whole = set()
    for source in SOURCES.values():
        whole |= set(re.findall(r'"([a-z]+\.\w+(?:\.\w+)?)"', source)) - {"./"}
    whole = {key for key in whole if not key.endswith(".js")}
    stems = set()
    for source in SOURCES.values():
        stems |= set(re.findall(r"say\(`(\w+)\.\$\{", source))
    assert stems <= set(MADE), "a key is put together that this test does not know"
    # Sections of what was given are called by their names.
    whole |= {
        f"{name}.title" for name in re.findall(r"return section\(\s*\"(\w+)\"", SOURCES["result_sections.js"])
    }
    made = {f"{stem}.{rest}" for stem in stems for rest in MADE[stem]}
    known = set(WORDS["en"])
    assert {key for key in whole if key.split(".")[0] in {each.split(".")[0] for each in known}} <= known
    assert made <= known
    assert known <= whole | made


@pytest.mark.parametrize("locale", ["zh-CN", "zh-TW", "de-DE"])
def test_the_browser_chooses(visit, categorical, locale):
    page = visit.report(categorical.path, locale=locale)
    language = "zh" if locale.startswith("zh") else "en"
    assert page.locator("html").get_attribute("lang") == language
    assert page.locator("#map-title").inner_text() == WORDS[language]["map.title"]
    assert page.locator(f"[data-language={language}]").get_attribute("aria-pressed") == "true"


@pytest.mark.parametrize("kind", ["cells", "curves"])
def test_a_button_speaks_the_other(visit, request, kind):
    page = visit.report(request.getfixturevalue(kind).path, locale="zh-CN")
    where = places(page)
    page.mouse.click(*where[lone(where, 9)[0]])
    page.get_by_role("button", name=WORDS["zh"]["map.selectView"]).click()
    headings = page.locator("h2, h3, h4")
    chinese = headings.all_inner_texts()
    # What is no column's, layer's or measure's name is Chinese.
    other = {text for text in chinese if not CHINESE.search(text)}
    assert other <= {"reconstruction_error", "information"}
    tools = page.locator(":is(.tools, .slider, .copy, #selection, #decoder) :is(button, option):not([value])")
    assert tools.count() > 5
    assert all(CHINESE.search(text) or text in "+−⤢" for text in tools.all_inner_texts())
    view = page.evaluate("[...diabolo.choice.axes, diabolo.choice.pinned]")
    page.get_by_role("button", name="English").click()
    english = headings.all_inner_texts()
    assert not any(CHINESE.search(text) for text in english)
    assert page.locator("html").get_attribute("lang") == "en"
    assert not CHINESE.search(page.locator("#explorer").inner_text().replace("中文", ""))
    # What was chosen is chosen still.
    assert page.evaluate("[...diabolo.choice.axes, diabolo.choice.pinned]") == view
    assert page.locator("#row strong").count() > 0
    np.testing.assert_allclose(places(page), where, atol=30)
    page.get_by_role("button", name="中文").click()
    assert headings.all_inner_texts() == chinese
