"""What Biome refuses in the page's JavaScript: text that becomes markup or program."""

import shutil
import subprocess

import pytest
from tests.reporting.node_modules import ROOT, brought

BECOMES_MARKUP = [
    "box.innerHTML = text;",
    "box.outerHTML = text;",
    "box[`innerHTML`] += text;",
    'box.insertAdjacentHTML("beforeend", text);',
    "document.write(text);",
    "box.srcdoc = text;",
    'new DOMParser().parseFromString(text, "text/html");',
    "document.createRange().createContextualFragment(text);",
]
BECOMES_PROGRAM = ["eval(text);", "new Function(text);", 'setTimeout("run()", 1);']


@pytest.fixture
def lint(tmp_path):
    """Have Biome look at the lines of a function, under the rules of the project."""
    program = brought("@biomejs/biome/bin/biome")
    for name in ("biome.json", "no-markup.grit"):
        shutil.copy(ROOT / name, tmp_path)

    def lint(*lines):
        source = tmp_path / "src" / "page.js"
        source.parent.mkdir()
        source.write_text(
            "\n".join(["export function show(box, text) {", *lines, "  box.hidden = text === null;", "}"])
        )
        command = [program, "lint", "--colors=off", "--error-on-warnings", "--max-diagnostics=none"]
        return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)

    return lint


def test_text_never_becomes_markup(lint):
    ran = lint(*BECOMES_MARKUP)
    assert ran.returncode == 1
    assert ran.stderr.count("Text becomes markup here") == len(BECOMES_MARKUP), ran.stderr


@pytest.mark.parametrize("line", BECOMES_PROGRAM)
def test_text_never_becomes_program(lint, line):
    ran = lint(line)
    assert ran.returncode == 1
    assert "Eval" in ran.stderr


def test_text_stays_text(lint):
    ran = lint("box.textContent = text;", "navigator.clipboard.writeText(text);")
    assert ran.returncode == 0, ran.stderr
