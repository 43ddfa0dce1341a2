"""The browser that pages are tested in: what it lets pass and what it does not."""

import asyncio
import re

import pytest
from screenshots.chromium import find_chromium
from tests.reporting.visit import Visit

POLICY = """<meta http-equiv="Content-Security-Policy" content="default-src 'none'">"""


@pytest.fixture
def write(tmp_path):
    def write(body, head=""):
        path = tmp_path / "a page.html"
        path.write_text(f"<!DOCTYPE html><meta charset=utf-8>{head}<title>T</title><body>{body}")
        return path

    return write


def test_a_page_is_opened_as_asked(visit, write):
    path = write("<p>one</p>")
    page = visit.open(path, width=360, height=640, color_scheme="dark", locale="zh-CN")
    assert page.evaluate("[innerWidth, innerHeight, navigator.language, navigator.onLine]") == [
        *(360, 640),
        "zh-CN",
        False,
    ]
    assert page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    assert page.locator("p").inner_text() == "one"
    page = visit.open(path)
    assert page.evaluate("[innerWidth, navigator.language]") == [1280, "en-US"]
    assert page.evaluate("matchMedia('(prefers-color-scheme: light)').matches")


def test_one_visit_leaves_nothing_to_the_next(visit, write):
    path = write("<p>one</p>")
    page = visit.open(path)
    page.evaluate("localStorage.setItem('seen', 'yes')")
    assert page.evaluate("localStorage.getItem('seen')") == "yes"
    assert visit.open(path).evaluate("localStorage.getItem('seen')") is None


def test_a_policy_that_forbids_everything_does_not_bind_the_test(visit, write):
    page = visit.open(write("<p>one</p>", POLICY))
    assert page.evaluate("() => document.querySelector('p').textContent") == "one"


def test_what_a_page_makes_is_downloaded(visit, write, tmp_path):
    page = visit.open(write("<a download=rows.csv>save</a>"))
    page.evaluate("""document.querySelector("a").href = URL.createObjectURL(new Blob(["row\\n1\\n"]))""")
    with page.expect_download() as found:
        page.locator("a").click()
    assert found.value.suggested_filename == "rows.csv"
    found.value.save_as(tmp_path / "rows.csv")
    assert (tmp_path / "rows.csv").read_text() == "row\n1\n"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("<script>console.error('odd')</script>", "console: odd"),
        ("<script>nowhere()</script>", "not caught: nowhere is not defined"),
        ("<script>alert('odd')</script>", "dialog: odd"),
        ("<img src=https://example.org/a.png>", "asked for https://example.org/a.png"),
        ("<img src=//example.org/a.png>", "asked for file://example.org/a.png"),
        ("<script src=beside.js></script>", "/beside.js"),
        ("<script>fetch('http://127.0.0.1:9/').catch(() => 0)</script>", "asked for http://127.0.0.1:9/"),
        ("<script>new WebSocket('ws://127.0.0.1:9/')</script>", "asked for ws://127.0.0.1:9/"),
    ],
)
def test_what_a_page_complains_of_fails_its_test(browser, write, body, said):
    visit = Visit(browser)
    page = visit.open(write(body))
    for _ in range(50):
        if any(said in each for each in visit.complaints):
            break
        page.wait_for_timeout(100)
    with pytest.raises(AssertionError, match=re.escape(said)):
        visit.end()


def test_a_policy_that_is_broken_is_heard(browser, write):
    visit = Visit(browser)
    page = visit.open(write("<script>document.title = 'ran'</script>", POLICY))
    assert page.title() == "T"
    with pytest.raises(AssertionError, match="Content Security Policy"):
        visit.end()


def test_a_loop_of_ones_own_runs_while_the_browser_waits(chromium):
    async def answer():
        return 42

    assert asyncio.run(answer()) == 42


def test_the_browser_is_looked_for(monkeypatch, tmp_path):
    for name in ("chromium-browser", "own"):
        (tmp_path / name).write_text("#!/bin/sh")
        (tmp_path / name).chmod(0o755)
    monkeypatch.delenv("DIABOLO_CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_chromium() == str(tmp_path / "chromium-browser")
    monkeypatch.setenv("DIABOLO_CHROMIUM", str(tmp_path / "own"))
    assert find_chromium() == str(tmp_path / "own")
    monkeypatch.setenv("DIABOLO_CHROMIUM", str(tmp_path / "nowhere"))
    assert find_chromium() is None
