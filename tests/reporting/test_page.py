import base64
import hashlib
import html.parser
import importlib.resources
import json
import zlib

import numpy as np
import pytest

from diabolo.reporting.joined_modules import PageError
from diabolo.reporting.page import BLOCK_TYPES, block_text, render

HOSTILE = "</script><script>alert('x')</script> \u2028 \u202e <!-- & \" "


class Reader(html.parser.HTMLParser):
    """Collect elements as a browser would find them."""

    def __init__(self, text):
        super().__init__()
        self.elements = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes), []))

        self.is_within = True

    def handle_endtag(self, tag):
        self.is_within = False

    def handle_data(self, data):
        if self.elements and self.is_within:
            self.elements[-1][2].append(data)

    def text_of(self, **attributes):
        found = [each for each in self.elements if attributes.items() <= each[1].items()]
        assert len(found) == 1
        return "".join(found[0][2])


def summary(**more):
    return {"title": HOSTILE, "points": {"row": np.arange(3, dtype=np.int32)}, **more}


def test_arrays_become_blocks_and_come_back(small_page):
    arrays = {
        kind: np.arange(6).reshape(2, 3).astype(kind) for kind in ("u1", "u2", "<i4", ">i4", "f4", "f8")
    }
    page = Reader(render(summary(details=arrays), small_page))
    found = json.loads(page.text_of(id="summary"))
    for kind, array in arrays.items():
        entry = found["details"][kind]
        assert entry["shape"] == [2, 3]
        assert entry["type"] == BLOCK_TYPES[array.dtype.str[1:]]
        raw = zlib.decompress(base64.b64decode(page.text_of(id=f"block-{entry['block']}")))
        values = np.frombuffer(raw, array.dtype.newbyteorder("<")).reshape(entry["shape"])
        np.testing.assert_array_equal(values, array)


def test_what_the_map_needs_comes_first(small_page):
    found = json.loads(
        Reader(render({"details": np.zeros(2, "f4"), **summary()}, small_page)).text_of(id="summary")
    )
    assert found["points"]["row"]["block"] == 0
    assert found["details"]["block"] == 1


def test_hostile_text_stays_text(small_page):
    text = render(summary(names=[HOSTILE, None]), small_page)
    page = Reader(text)
    assert json.loads(page.text_of(id="summary"))["names"] == [HOSTILE, None]
    kinds = [attributes.get("type") for tag, attributes, _ in page.elements if tag == "script"]
    assert kinds == ["application/json", "application/json", "text/plain", "module"]
    assert [tag for tag, _, _ in page.elements].count("title") == 1
    assert text.count("</script") == 4


def test_only_the_script_and_the_style_of_the_page_may_run(small_page):
    text = render(summary(), small_page)
    page = Reader(text)
    policy = next(attributes["content"] for tag, attributes, _ in page.elements if "http-equiv" in attributes)
    style = next("".join(data) for tag, _, data in page.elements if tag == "style")
    for kind, inner in (("style", style), ("script", page.text_of(type="module"))):
        digest = base64.b64encode(hashlib.sha256(inner.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'; ")
    for words in ("img-src data: blob:", "base-uri 'none'", "form-action 'none'"):
        assert words in policy
    assert "unsafe" not in policy
    assert "http://" not in text
    assert "https://" not in text


def test_numbers_that_json_does_not_know_are_null(small_page):
    given = {
        "a": float("nan"),
        "b": [float("inf"), 1.5],
        "c": np.float64("nan"),
        "d": np.int64(3),
        "e": (True,),
    }
    found = json.loads(Reader(render(summary(**given), small_page)).text_of(id="summary"))
    assert [found[name] for name in "abcde"] == [None, [None, 1.5], None, 3, [True]]


def test_words_and_the_frame_of_the_page(small_page):
    text = render(summary(), small_page)
    page = Reader(text)
    assert json.loads(page.text_of(id="words"))["zh"] == {"map": "\u5730\u56fe"}
    assert text.startswith('<!DOCTYPE html>\n<html lang="en">')
    tags = {tag for tag, _, _ in page.elements}
    assert {"noscript", "meta", "link"} <= tags
    assert page.text_of(id="explorer") == ""


def test_an_array_of_another_type_is_refused(small_page):
    with pytest.raises(TypeError, match="an array of int64 cannot stand in a summary"):
        render(summary(more=np.arange(3)), small_page)


def test_a_style_that_ends_itself_is_refused(small_page, tmp_path):
    for each in small_page.iterdir():
        (tmp_path / each.name).write_text(each.read_text())
    (tmp_path / "style.css").write_text("body {} </STYLE>")
    with pytest.raises(PageError, match=r"style\.css holds '</style'"):
        render(summary(), tmp_path)


def test_blocks_are_little_endian_whatever_the_machine():
    raw = zlib.decompress(base64.b64decode(block_text(np.array([1], ">u2"))))
    assert raw == b"\x01\x00"


def test_the_page_of_the_package_can_be_joined():
    folder = importlib.resources.files("diabolo.reporting") / "page"
    text = render(summary(), folder)
    assert render(summary()) == text
