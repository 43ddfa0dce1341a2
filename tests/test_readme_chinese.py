"""README.zh-CN.md says what README.md says: part by part, code by code, number by number."""

import importlib.resources
import io
import json
import re
import shlex
import tokenize
from collections import Counter
from typing import NamedTuple

import pytest
from tests.test_readme import CHINESE, README

HAN = re.compile(r"[\u4e00-\u9fff]")
# The pages' names for each other, and for the picture of the page in their own language.
OWN = {"README.zh-CN.md": "README.md", "explorer-digits-desk-light-zh.png": "explorer-digits-desk-light.png"}


class Part(NamedTuple):
    """A heading, a paragraph, an item, a row of a table, a picture, a mark or a block of code."""

    kind: str
    text: str


def parts(page):
    """List what a page consists of, in order."""
    found, code, before = [], None, ""
    for line in page.splitlines():
        if line.startswith("```"):
            found.append(
                Part(f"block of {line[3:]}", "") if code is None else found.pop()._replace(text=code)
            )
            code = "" if code is None else None
        elif code is not None:
            code += f"{line}\n"
        elif line:
            kind = kind_of(line)
            if kind == "row" and not before.startswith("|"):
                kind = "first row"
            if kind == "paragraph" and before and found[-1].kind in ("paragraph", "item"):
                found[-1] = found[-1]._replace(text=f"{found[-1].text} {line}")
            else:
                found.append(Part(kind, line))
        before = line
    return found


def kind_of(line):
    """Name what a line begins."""
    if heading := re.match("#+ ", line):
        return f"heading {len(heading[0]) - 1}"
    starts = {"|": "row", "- ": "item", "![": "picture", "<!--": "mark"}
    return next((kind for start, kind in starts.items() if line.startswith(start)), "paragraph")


def program(kind, code):
    """Split code into what is run, by line, and its comments by line."""
    if kind == "block of python":
        tokens = list(tokenize.generate_tokens(io.StringIO(code).readline))
        run = [
            (each.type == tokenize.INDENT, each.string)
            for each in tokens
            if each.type not in (tokenize.COMMENT, tokenize.NL)
        ]
        comments = [(each.start[0], each.string) for each in tokens if each.type == tokenize.COMMENT]
    else:
        lines = code.splitlines()
        run = [shlex.split(line, comments=True) for line in lines]
        found = [(number, re.search("#.*", line)) for number, line in enumerate(lines, 1)]
        comments = [(number, comment[0]) for number, comment in found if comment]
    return run, comments


def figures(text):
    """Count the links, the code and the emphasis of a text, the cells of a row, and the numbers besides."""
    targets = [target.split("/")[-1] for target in re.findall(r"\]\(([^)]+)\)", text)]
    spans = re.findall(r"`[^`]+`", text)
    said = re.sub(r"`[^`]+`|\]\([^)]+\)", " ", text)
    return {
        "links": Counter(OWN.get(target, target) for target in targets),
        "code": Counter(spans),
        "emphasis": said.count("**"),
        "cells": said.count("|"),
        "numbers": Counter(re.findall(r"\d(?:[\d,.]*\d)?", said)),
    }


def differences(english, chinese):
    """Say wherein two pages differ but for their language."""
    one, other = parts(english), parts(chinese)
    if [part.kind for part in one] != [part.kind for part in other]:
        number = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a.kind != b.kind), -1)
        return [f"parts: {one[number]} and {other[number]}"]
    found = []
    for a, b in zip(one, other, strict=True):
        if a.kind == "mark" and a != b:
            found.append(f"mark: {a.text} and {b.text}")
        elif a.kind.startswith("block"):
            (run, comments), (same, translated) = program(*a), program(*b)
            found += [f"code: {b.text}"] * (run != same)
            for c, d in zip(comments, translated, strict=False):
                # What is no sentence, such as a shape, stays as it is.
                found += [f"comment: {d[1]}"] * (c[0] != d[0] or not (HAN.search(d[1]) or c == d))
            found += [f"comments: {b.text}"] * (len(comments) != len(translated))
        else:
            have, want = figures(b.text), figures(a.text)
            found += [f"{what}: {b.text}" for what in want if have[what] != want[what]]
    return found


def test_the_pages_say_the_same():
    assert differences(README.read_text("utf-8"), CHINESE.read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("## GPU\n", "### GPU\n", "parts"),
        ("| `datasets` |", "\n| `datasets` |", "parts"),
        ("| `screen`、`sweep`、`rechunk` |", "| `screen`、`sweep` |", "code"),
        ("- 默认检测器", "默认检测器", "parts"),
        ("0.808", "0.880", "numbers"),
        ("docs/how-to/stop-and-go-on.md", "docs/how-to/find-anomalies.md", "links"),
        ("desk-light-zh.png", "phone-dark-zh.png", "links"),
        ("**噪声**", "噪声", "emphasis"),
        ("| `noise` | 一个标准差", "| `noise` 一个标准差", "cells"),
        ("<!-- not run: it clones -->", "<!-- not run: it installs -->", "mark"),
        ("--components 3", "--components 2", "code"),
        ("diabolo --version\n", "", "code"),
        ("    max_epochs=5,\n)", "    max_epochs=6,\n)", "code"),
        ("    print(event.start", "print(event.start", "code"),
        ("# 150 朵鸢尾花：四项尺寸，以及品种", "# 150 flowers", "comment"),
        ("  # 分数越高越异常", "", "comment"),
    ],
)
def test_what_differs_is_found(old, new, said):
    chinese = CHINESE.read_text("utf-8")
    assert chinese.count(old) == 1
    damaged = chinese.replace(old, new)
    assert any(each.startswith(said) for each in differences(README.read_text("utf-8"), damaged))


def test_each_page_leads_to_the_other():
    assert README.read_text("utf-8").splitlines()[2] == "[中文](README.zh-CN.md)"
    assert CHINESE.read_text("utf-8").splitlines()[2] == "[English](README.md)"


def prose():
    """List the Chinese page's sentences and cells as they are read, a letter for each piece of code."""
    said = [
        part.text for part in parts(CHINESE.read_text("utf-8")) if not part.kind.startswith(("block", "mark"))
    ]
    read = [re.sub(r"`[^`]+`", "A", re.sub(r"\]\([^)]+\)|!?\[|\*\*", "", text)) for text in said]
    return [cell.strip() for text in read for cell in text.split("|")]


def test_the_chinese_is_set_as_chinese_is():
    for text in prose():
        assert not re.search(r"[\u4e00-\u9fff] ?[,;:?!()]|[,;:?!()] ?[\u4e00-\u9fff]", text), text
        assert not re.search(r"[\u4e00-\u9fff][A-Za-z0-9]|[A-Za-z0-9][\u4e00-\u9fff]", text), text
        assert not re.search(r"[，。；：、？！（）“”] | [，。；：、？！（）]", text), text


def test_the_chinese_page_is_in_the_words_of_the_explorer():
    words = json.loads(
        (importlib.resources.files("diabolo.reporting") / "page" / "words.json").read_text("utf-8")
    )
    said = "".join(prose())
    for key in ("map.title", "row.card", "row.reconstruction", "decoder.title", "anomalies.threshold",
                "anomalies.title", "training.validation", "row.feature", "column.score"):  # fmt: skip
        assert words["zh"][key] in said, key
