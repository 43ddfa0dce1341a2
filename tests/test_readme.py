"""README as a stranger types it: every block in order, in an empty folder, without a network."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import diabolo

README = Path(__file__).parents[1] / "README.md"
CHINESE = README.with_name("README.zh-CN.md")
_BLOCK = re.compile(
    r"(?:<!-- not run: (?P<mark>.*?) -->\n)?```(?P<language>\w*)\n(?P<code>.*?)^```$", re.S | re.M
)

# One interpreter for all blocks, so that a block of Python finds what the ones before it made.
_DRIVER = """
import json, subprocess, sys
names = {"__name__": "__main__"}
for number, (language, code) in enumerate(json.loads(sys.stdin.read())):
    if language == "bash":
        subprocess.run(["bash", "-eu", "-o", "pipefail", "-c", code], check=True, stdin=subprocess.DEVNULL)
    else:
        exec(compile(code, f"block {number}", "exec"), names)
"""


def blocks(text):
    """List the blocks of a page: what exempts each from being run, its language and its code."""
    return [(found["mark"], found["language"], found["code"]) for found in _BLOCK.finditer(text)]


def run_blocks(chosen, folder):
    """Run blocks in a folder, with nothing to be found on the machine but this package."""
    import json

    commands = folder / "bin"
    commands.mkdir()
    program = commands / "diabolo"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m diabolo "$@"\n')
    program.chmod(0o755)
    empty = folder / "empty"
    empty.mkdir()
    environment = {name: value for name, value in os.environ.items() if name != "DIABOLO_DATA"}
    environment |= {
        "PATH": f"{commands}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(Path(diabolo.__file__).parents[1]),
        "MPLBACKEND": "agg",
        "https_proxy": "http://127.0.0.1:9",
        "http_proxy": "http://127.0.0.1:9",
    }
    return empty, subprocess.run(
        [sys.executable, "-c", _DRIVER],
        input=json.dumps(chosen),
        cwd=empty,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_block_is_run_or_says_why_not():
    found = blocks(README.read_text("utf-8"))
    assert README.read_text("utf-8").count("\n```") == 2 * len(found)
    assert {language for _, language, _ in found} == {"bash", "python"}
    exempt = [(mark, code) for mark, _, code in found if mark]
    assert [mark for mark, _ in exempt] == ["it clones", "it installs", "it installs"]
    assert all("git clone" in code or "pip install" in code for _, code in exempt)
    assert not any("git clone" in code or "pip install" in code for mark, _, code in found if not mark)


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash here")
def test_every_block_runs_as_typed_in_order(tmp_path):
    chosen = [(language, code) for mark, language, code in blocks(README.read_text("utf-8")) if not mark]
    folder, done = run_blocks(chosen, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Warning" not in done.stderr
    written = {path.name for path in folder.iterdir()}
    assert {"codes.csv", "map.png", "scores.csv", "digits.png", "digits.diabolo", "methylation.h5"} <= written
    assert "The code rebuilds" in done.stdout  # what --compare says
    assert "{'x1': 0." in done.stdout  # the channel that was moved is what made the event odd


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash here")
@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        (
            [("bash", "diabolo datasets get iris -o iris.csv\ndiabolo fit irsi.csv -o m.diabolo")],
            "irsi.csv does not",
        ),
        ([("python", "rows = 3"), ("python", "rows = rows + columns")], "name 'columns' is not defined"),
    ],
)
def test_a_block_that_does_not_run_is_found(tmp_path, chosen, said):
    _, done = run_blocks(chosen, tmp_path)
    assert done.returncode != 0
    assert said in done.stderr


@pytest.mark.parametrize("page", [README, CHINESE], ids=lambda page: page.name)
def test_every_link_leads_somewhere(page):
    for name in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
        assert (page.parent / name).is_file(), name


@pytest.mark.parametrize("page", [README, CHINESE], ids=lambda page: page.name)
def test_the_pictures_are_small(page):
    names = re.findall(r"!\[[^]]+\]\(([^)]+)\)", page.read_text("utf-8"))
    assert len(names) == 2
    for name in names:
        content = (page.parent / name).read_bytes()
        assert content.startswith(b"\x89PNG")
        assert len(content) < 150_000
