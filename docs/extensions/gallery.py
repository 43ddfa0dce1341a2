"""The gallery: a page for each of examples/, made of the program, its pictures and its numbers.

Sphinx-Gallery wants a heading in each program and runs those whose name matches. Here copies get the heading,
so that the programs stay as they are. The rest, which take minutes or rows that do not come along, are shown
with the pictures in docs/images/examples and the numbers in examples/results.
"""

from __future__ import annotations

import ast
import json
import shutil
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx_gallery.scrapers import figure_rst

from examples import DATA_SETS, EXAMPLES, RUN_BY_THE_SITE

DOCS = Path(__file__).parents[1]
PROGRAMS = DOCS.parent / "examples"
PICTURES = DOCS / "images" / "examples"
SOURCES = DOCS / "_build" / "examples"
OUTPUT = DOCS / "_build" / "examples-output"
GALLERY = "gallery"
_HEADER = """\
=======
Gallery
=======

Each of these programs is a page long and stands in ``examples/`` of a clone, where
``python -m examples NAME`` runs it. The first three were run when this page was built; the others load
rows that are fetched once (``diabolo datasets get``) or take minutes, and are shown with what one seed drew
and what they reached.
:doc:`What the examples reach </examples>` holds the numbers against those of the same networks in Keras.
"""


def page_of(name: str) -> str:
    """Write an example as Sphinx-Gallery takes it."""
    program = (PROGRAMS / f"{name}.py").read_text("utf-8")
    docstring = ast.get_docstring(ast.parse(program))
    title = EXAMPLES[name].partition(":")[0]
    title = title[0].upper() + title[1:]
    body = program.split('"""', 2)[2].lstrip("\n")
    lines = [title, "=" * len(title), "", docstring, "", *_facts(name)]
    settings = ""
    if name not in RUN_BY_THE_SITE:
        lines += _stored(name)
        settings = f"# sphinx_gallery_thumbnail_path = 'images/examples/{name}.png'\n"
    return 'r"""\n' + "\n".join(lines) + f'\n"""\n\n{settings}{body}'


def _facts(name: str) -> list[str]:
    rows = (
        f"``{DATA_SETS[name]}``, of ``diabolo datasets list``" if name in DATA_SETS else "made by the program"
    )
    return [f"Rows: {rows}. In a clone: ``python -m examples {name}``.", ""]


def _stored(name: str) -> list[str]:
    lines = []
    for picture in sorted(PICTURES.glob(f"{name}*.png")):
        lines += [f".. image:: /images/examples/{picture.name}", f"   :alt: {EXAMPLES[name]}", ""]
    numbers = json.loads((PROGRAMS / "results" / f"{name}.json").read_text("utf-8"))
    lines += [".. list-table:: What it reaches, the mean over its seeds", "   :header-rows: 1", ""]
    lines += ["   * - figure", "     - mean"]
    for figure, values in numbers.items():
        lines += [f"   * - {figure}", f"     - {sum(values) / len(values):.5g}"]
    return [*lines, ""]


def write_sources() -> None:
    """Write the copies, and throw away those of examples that are no more."""
    SOURCES.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(OUTPUT, ignore_errors=True)
    written = {f"{name}.py": page_of(name) for name in EXAMPLES} | {"GALLERY_HEADER.rst": _HEADER}
    for path in SOURCES.iterdir():
        if path.name not in written:
            path.unlink()
    for name, text in written.items():
        (SOURCES / name).write_text(text, encoding="utf-8")


def order(file: str) -> int:
    """Say in which order Sphinx-Gallery shows them: those that were run first, then as they are listed."""
    names = [*RUN_BY_THE_SITE, *(name for name in EXAMPLES if name not in RUN_BY_THE_SITE)]
    return names.index(Path(file).stem)


def arguments(gallery: dict[str, Any], variables: dict[str, Any]) -> list[str]:
    """Say with what an example is run, and tell it its file, which Sphinx-Gallery does not."""
    variables["example_globals"]["__file__"] = str(variables["src_file"])
    return ["--out", str(OUTPUT)]


def pictures(block: Any, variables: dict[str, Any], gallery: dict[str, Any]) -> str:
    """Show the pictures that an example has written, rather than what it left open."""
    shown = []
    for picture in sorted(OUTPUT.glob("*.png")):
        place = next(variables["image_path_iterator"])
        shutil.move(picture, place)
        shown.append(place)
    return figure_rst(shown, gallery["src_dir"])


def setup(app: Sphinx) -> dict[str, bool]:
    """Have the copies written before Sphinx-Gallery looks for them."""
    write_sources()
    return {"parallel_read_safe": True, "parallel_write_safe": True}
