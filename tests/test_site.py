"""The documentation site, as far as it can be held without Sphinx: `make docs` holds the rest."""

import ast
import importlib.util
import inspect
import re
from pathlib import Path

import pytest

from examples import EXAMPLES, RUN_BY_THE_SITE

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
GENERATED = {"api", "gallery", "_build"}
PAGES = sorted(
    path for path in DOCS.rglob("*.md") if path.relative_to(DOCS).parts[0] not in GENERATED | {"extensions"}
)
TOCTREE = re.compile(r"^```\{toctree\}\n(.*?)^```", re.DOTALL | re.MULTILINE)
INCLUDE = re.compile(r"^```\{include\} (\S+)\n(.*?)^```", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")


def extension(name):
    """Import one of docs/extensions, as conf.py does."""
    spec = importlib.util.spec_from_file_location(f"site_{name}", DOCS / "extensions" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


PUBLIC_NAMES = extension("public_names")


def children(page):
    """List the pages that a page's tables of contents name; of what is generated, nothing."""
    for body in TOCTREE.findall(page.read_text("utf-8")):
        entries = [line.strip() for line in body.splitlines() if line.strip()]
        is_glob = ":glob:" in entries
        for entry in (each for each in entries if not each.startswith(":")):
            name = re.sub(r".*<(.*)>$", r"\1", entry)
            if name.rpartition("/")[0] in GENERATED:
                continue
            found = page.parent.glob(f"{name}.md") if is_glob else [page.parent / f"{name}.md"]
            yield from (path for path in found if path != page)


def test_every_page_is_in_a_table_of_contents():
    reached, left = set(), [DOCS / "index.md"]
    while left:
        page = left.pop()
        assert page.is_file(), page
        if page not in reached:
            reached.add(page)
            left += children(page)
    assert sorted(reached) == PAGES


def test_the_pages_of_a_kind_are_listed_where_the_kind_begins():
    for index in DOCS.glob("*/index.md"):
        linked = set(LINK.findall(index.read_text("utf-8")))
        assert linked == {path.name for path in index.parent.glob("*.md")} - {"index.md"}, index


def test_a_decision_is_listed_by_its_title():
    index = (DOCS / "decisions" / "index.md").read_text("utf-8")
    for path in (DOCS / "decisions").glob("0*.md"):
        number, _, title = path.read_text("utf-8").splitlines()[0].removeprefix("# ").partition(". ")
        assert f"\n{number}. [{title}]({path.name})\n" in index


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DOCS)))
def test_a_link_leads_to_a_file(page):
    for target in LINK.findall(INCLUDE.sub("", page.read_text("utf-8"))):
        assert (page.parent / target).exists(), target


def test_what_is_included_has_the_marks_that_it_is_cut_at():
    parts = [(page, *part) for page in PAGES for part in INCLUDE.findall(page.read_text("utf-8"))]
    assert len(parts) >= 6
    for page, source, options in parts:
        text = (page.parent / source).resolve().read_text("utf-8")
        for mark in re.findall(r':(?:start-after|end-before): "(.*)"', options):
            assert text.count(mark) == 1, f"{source}: {mark}"


def test_every_public_name_is_on_the_page_of_classes_and_functions_once():
    listed = []
    for block in re.findall(r"```\{eval-rst\}\n(.*?)```", (DOCS / "api.md").read_text("utf-8"), re.DOTALL):
        module = re.search(r"currentmodule:: (\S+)", block)[1]
        listed += [f"{module}.{name}" for name in re.findall(r"^   (\w+)$", block, re.MULTILINE)]
    things = {id(PUBLIC_NAMES.thing(name)): name for name in listed}
    assert len(things) == len(listed)
    assert things.keys() == {id(PUBLIC_NAMES.thing(name)) for name in PUBLIC_NAMES.public_names()}


def sections(name):
    return inspect.getdoc(PUBLIC_NAMES.thing(name)).split("\n")


def is_shown_in_use(name):
    return "Examples" in sections(name)


CALLED = [
    name
    for name in PUBLIC_NAMES.public_names()
    if callable(PUBLIC_NAMES.thing(name)) and not re.search(r"(Error|Warning)$", name)
]


@pytest.mark.parametrize("name", CALLED)
def test_a_public_name_says_what_to_see_also_and_is_shown_in_use(name):
    """A result's example may be that of the function that gives it, which it names first."""
    lines = sections(name)
    first = lines[lines.index("See Also") + 2].replace(" : ", ", ").split(", ")[0]
    room = name.rpartition(".")[0]
    first = first if first.startswith("diabolo.") else f"{room}.{first}"
    assert is_shown_in_use(name) or (name[len(room) + 1].isupper() and is_shown_in_use(first))


def assigned(name):
    """Read a value that conf.py sets outright, without running it."""
    for node in ast.parse((DOCS / "conf.py").read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            return ast.literal_eval(node.value)
    raise AssertionError(name)


def test_the_extensions_are_those_that_are_there():
    own = {name.partition(".")[2] for name in assigned("extensions") if name.startswith("extensions.")}
    assert own == {path.stem for path in (DOCS / "extensions").glob("*.py")} - {"__init__"}


def test_what_is_generated_is_left_out_of_git():
    ignored = (ROOT / ".gitignore").read_text("utf-8").splitlines()
    assert {f"/docs/{folder}/" for folder in GENERATED} <= set(ignored)


def test_the_gallery_runs_examples_and_keeps_pictures_of_the_others():
    assert set(RUN_BY_THE_SITE) < set(EXAMPLES)
    shown = set(EXAMPLES) - set(RUN_BY_THE_SITE)
    pictures = [path.stem for path in (DOCS / "images" / "examples").glob("*.png")]
    assert shown <= set(pictures)
    assert [each for each in pictures if not any(each.startswith(name) for name in shown)] == []


@pytest.mark.parametrize(
    ("page", "outside"),
    [
        ('<script src="https://cdn.example/a.js"></script>', "https://cdn.example/a.js"),
        ('<script src="//cdn.example/a.js"></script>', "//cdn.example/a.js"),
        ('<link rel="stylesheet" href="http://a.example/b.css">', "http://a.example/b.css"),
        ('<img src="https://a.example/badge.svg">', "https://a.example/badge.svg"),
        ('<p style="background: url(https://a.example/b.png)">', "https://a.example/b.png"),
        ("<style>@import 'https://a.example/font.css';</style>", "https://a.example/font.css"),
        ('<a href="https://docs.jax.dev">JAX</a><link rel="canonical" href="https://a.example/">', None),
        ('<script src="_static/a.js"></script><img src="data:image/png;base64,AAAA">', None),
    ],
)
def test_what_a_page_loads_from_elsewhere_is_found(page, outside, tmp_path):
    (tmp_path / "index.html").write_text(page)
    found = [address for _, address in extension("self_contained").outside_addresses(tmp_path)]
    assert found == ([] if outside is None else [outside])


def test_what_a_style_sheet_loads_from_elsewhere_is_found(tmp_path):
    (tmp_path / "a.css").write_text("@font-face { src: url('//fonts.example/a.woff2'), url(b.woff2) }")
    found = [address for _, address in extension("self_contained").outside_addresses(tmp_path)]
    assert found == ["//fonts.example/a.woff2"]
