"""A table that would run something if it could: nothing runs, and its text is shown as text."""

import csv
import io
import re
import shlex

import numpy as np
import pandas
import pytest
from tests.reporting.map_hand import lone, places

import diabolo
from diabolo import Autoencoder, AutoencoderDetector

RUN = "window.ran = true"
HOSTILE = [
    f"<script>{RUN}</script>",
    f"</script><script>{RUN}</script>",
    f'<img src=x onerror="{RUN}">',
    f"\"><svg onload='{RUN}'>",
    f"javascript:{RUN}",
    "\u202eright to left\u202c \u2067",
    "nul\0 and <!-- \u2028 ]]> &lt; {n}",
    f"{'long ' * 30}</style><style>*{{display:none}}</style>",
    "' ; one\rtwo \\u003cb\\u003e ${1}",
    "שלום <b>bold</b>",
]
STRANGE = "#explorer :is(script, img, iframe, object, embed, style, b, link, base, form)"


@pytest.fixture(scope="module")
def frame():
    random = np.random.default_rng(4)
    X = random.normal(size=(60, 3)) @ random.normal(size=(3, len(HOSTILE)))
    return pandas.DataFrame(X, columns=HOSTILE)


@pytest.fixture(scope="module")
def labels():
    return [HOSTILE[row % 3] for row in range(60)]


def wishes(path):
    return {
        "label_name": HOSTILE[0],
        "columns": {HOSTILE[1]: [HOSTILE[row % 10] + str(row) for row in range(60)], HOSTILE[2]: HOSTILE * 6},
        "title": HOSTILE[1], "model_name": HOSTILE[3], "data_name": HOSTILE[2], "path": path,
    }  # fmt: skip


def look(page):
    """Hold that nothing of the table has become markup or program."""
    assert page.evaluate("window.ran") is None
    assert page.locator(STRANGE).count() == 0
    named = "all => all.flatMap((each) => [...each.attributes].map(({ name }) => name))"
    assert not any(name.startswith("on") for name in page.locator("#explorer *").evaluate_all(named))
    targets = page.locator("a").evaluate_all("all => all.map((each) => each.getAttribute('href'))")
    assert all(target.startswith("#") for target in targets)
    for kind, count in {"script": 1, "style": 1}.items():
        found = page.locator(f"{kind}:not([type^=application], [type^=text])").count()
        assert found == count


@pytest.fixture(scope="module")
def written(frame, labels, tmp_path_factory):
    path = tmp_path_factory.mktemp("hostile") / "page.html"
    model = Autoencoder(2, max_epochs=1, random_state=0).fit(frame)
    diabolo.report(model, frame, labels, **wishes(path))
    return path


def test_a_table_runs_nothing(visit, written):
    page = visit.report(written)
    assert page.title() == HOSTILE[1]
    assert page.locator("h1").evaluate("each => each.textContent") == HOSTILE[1]
    assert (
        page.locator(".what").evaluate("each => each.textContent")
        == f"Autoencoder · {HOSTILE[3]} · {HOSTILE[2]}"
    )
    where = places(page)
    row = int(lone(where, 4)[0])
    page.mouse.click(*where[row])
    page.get_by_role("button", name="Choose what is in view").click()
    look(page)
    names = page.locator("#row th[scope=row]").evaluate_all("all => all.map((each) => each.textContent)")
    assert set(names) == set(HOSTILE)
    facts = page.locator("#row dl").evaluate("each => [...each.children].map((part) => part.textContent)")
    told = dict(zip(facts[::2], facts[1::2], strict=True))
    assert told[HOSTILE[1]] == HOSTILE[row % 10] + str(row)
    assert told[HOSTILE[2]] == HOSTILE[row % 10]
    entries = page.locator(".legend .class span:nth-child(2)").evaluate_all(
        "all => all.map((each) => each.textContent)"
    )
    assert set(entries) == set(HOSTILE[:3])
    for language in ("中文", "English"):
        page.get_by_role("button", name=language).click()
        look(page)


def test_what_is_saved_is_what_was_given(visit, written, labels):
    page = visit.report(written)
    page.get_by_role("button", name="Choose what is in view").click()
    with page.expect_download() as found:
        page.get_by_role("button", name="Save as CSV").click()
    text = found.value.path().read_bytes().decode("utf-8-sig")
    header, *lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    assert header[:2] == ["row", HOSTILE[0]]
    assert header[-len(HOSTILE) :] == HOSTILE
    assert len(lines) == 60
    for name, values in wishes(written)["columns"].items():
        place = header.index(name, 2)
        assert [line[place] for line in lines] == list(values)
    assert [line[1] for line in lines] == labels


def test_a_detector_runs_nothing(visit, frame, labels, tmp_path):
    model = AutoencoderDetector(random_state=0).fit(frame)
    given = wishes(tmp_path / "page.html")
    diabolo.report(model, frame, labels, normal_label=HOSTILE[0], **given)
    page = visit.report(tmp_path / "page.html")
    page.locator("#threshold").focus()
    page.keyboard.press("Home")
    look(page)
    flagged = page.locator("#flagged tbody tr")
    assert flagged.count() == 15
    row = int(flagged.first.locator("td").first.inner_text())
    assert flagged.first.locator("td").nth(2).evaluate("each => each.textContent") == labels[row]
    first = next(iter(model.explain(frame[row : row + 1], 1)))
    assert first in flagged.first.locator("td").last.evaluate("each => each.textContent")
    command = page.get_by_label("The command that sets this threshold").input_value()
    # It is pasted into a shell, to which the file's name is one word.
    assert shlex.split(command)[:5] == ["diabolo", "detect", "threshold", HOSTILE[3], "--set"]


def test_categories_run_nothing(visit, labels, tmp_path):
    random = np.random.default_rng(2)
    frame = pandas.DataFrame(
        {HOSTILE[0]: HOSTILE * 6, HOSTILE[1]: random.normal(size=60), "c": random.normal(size=60)}
    )
    model = Autoencoder(2, categories=[HOSTILE[0]], max_epochs=1, random_state=0).fit(frame)
    diabolo.report(model, frame, labels, path=tmp_path / "page.html")
    page = visit.report(tmp_path / "page.html")
    where = places(page)
    row = int(lone(where, 4)[1])
    page.mouse.click(*where[row])
    look(page)
    line = page.locator("#row tr", has=page.locator("th[scope=row]").get_by_text(HOSTILE[0], exact=True))
    cells = line.evaluate("each => [...each.children].map((cell) => cell.textContent)")
    assert cells[:2] == [HOSTILE[0], HOSTILE[row % 10]]
    assert cells[2] in HOSTILE


def test_a_name_that_no_encoding_has_is_written(visit, frame, tmp_path):
    # A file whose name is no UTF-8 comes with such letters.
    name = "caf\udce9.csv"
    model = Autoencoder(2, max_epochs=1, random_state=0).fit(frame)
    diabolo.report(model, frame, path=tmp_path / "page.html", data_name=name, columns={"note": [name] * 60})
    page = visit.report(tmp_path / "page.html")
    assert page.locator(".what").inner_text() == f"Autoencoder · {name}"
    assert page.title() == "Autoencoder: caf?.csv"


@pytest.mark.parametrize("kind", ["pictures", "curves"])
def test_a_script_that_was_altered_does_not_run(visit, request, tmp_path, kind):
    text = request.getfixturevalue(kind).path.read_text(encoding="utf-8")
    before = "window.diabolo = explorer;"
    assert text.count(before) == 1
    path = tmp_path / "page.html"
    path.write_text(text.replace(before, "window.diabolO = explorer;"), encoding="utf-8")
    page = visit.open(path)
    assert page.locator("#explorer *").count() == 0
    assert page.evaluate("[typeof window.diabolo, typeof window.diabolO]") == ["undefined"] * 2
    assert len(visit.complaints) == 1
    assert "Content Security Policy" in visit.complaints[0]
    visit.complaints.clear()


def test_markup_that_gets_in_does_nothing(visit, pictures):
    """Put what would run into a page by force: the policy keeps it from running, and from asking anyone."""
    page = visit.report(pictures.path)
    page.evaluate(
        """(markup) => { document.querySelector("#row").innerHTML = markup; }""",
        f'<img src=x onerror="{RUN}"><a href="javascript:{RUN}">go</a>'
        '<iframe src="https://example.org/"></iframe><style>h1 { display: none }</style>',
    )
    page.evaluate(
        f"document.body.append(Object.assign(document.createElement('script'), {{ text: '{RUN}' }}))"
    )
    page.locator("#row a").click()
    page.wait_for_timeout(50)
    assert page.evaluate("window.ran") is None
    assert page.locator("h1").is_visible()
    said = " ".join(visit.complaints)
    for directive in ("script-src", "style-src", "img-src", "default-src"):
        assert re.search(
            f"violates the following Content Security Policy directive[:]? ['\"]{directive}", said
        ), directive
    visit.complaints.clear()
