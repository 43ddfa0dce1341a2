"""What the page computes, run by the Node.js that Playwright brings."""

import csv
import io
import json
import subprocess
from pathlib import Path

import pytest
from playwright._impl._driver import compute_driver_executable
from tests.reporting.page.references import REFERENCES

from diabolo.core.layers import ACTIVATIONS

HERE = Path(__file__).parent
MODULES = HERE.parents[2] / "src" / "diabolo" / "reporting" / "page"


def node(*arguments, **settings):
    """Run Node.js; give what it printed, or fail with it."""
    program, _ = compute_driver_executable()
    ran = subprocess.run([program, *arguments], capture_output=True, text=True, check=False, **settings)
    if ran.returncode:
        pytest.fail(ran.stdout + ran.stderr, pytrace=False)
    return ran.stdout


def evaluate(module, expression, given):
    """Work out an expression in the names of a module; `given` is one of them."""
    script = f"""
        import * as module from {json.dumps((MODULES / module).as_uri())};
        const given = {json.dumps(given)};
        process.stdout.write(JSON.stringify({expression}));
    """
    return json.loads(node("--input-type=module", "--eval", script))


@pytest.mark.parametrize("path", sorted(HERE.glob("*.test.mjs")), ids=lambda path: path.stem)
def test_module(path, tmp_path, monkeypatch):
    name = path.name.removesuffix(".test.mjs")
    if name in REFERENCES:
        reference = tmp_path / "reference.json"
        reference.write_text(json.dumps(REFERENCES[name](), allow_nan=False))
        monkeypatch.setenv("DIABOLO_REFERENCE", str(reference))
    node("--test", "--test-reporter=spec", path)


def test_a_failing_test_is_shown(tmp_path):
    path = tmp_path / "odd.test.mjs"
    path.write_text('import test from "node:test"; test("one", () => { throw new Error("odd"); });')
    with pytest.raises(pytest.fail.Exception, match="Error: odd"):
        node("--test", "--test-reporter=spec", path)


def test_every_activation_can_be_decoded():
    # A detector's rows come back from their scale, the inverse hyperbolic sine, by one more.
    assert set(evaluate("decoder.js", "module.ACTIVATION_NAMES", None)) == {*ACTIVATIONS, "sinh"}


def test_csv_is_read_back():
    rows = [
        [
            "plain",
            "a, b",
            'say "x"',
            "two\nlines",
            "\r",
            " led",
            "trailed ",
            "",
            "=1+1",
            "\u200f\u202eab",
            "李",
        ],
        [1, 0.1, -2.5e-7, 1e21, None, 12345678901, "<script>", "'", ";", "\t", "-"],
    ]
    text = evaluate("table_text.js", "module.csvText(given[0], given.slice(1))", rows)
    assert text.endswith("\r\n")
    found = list(csv.reader(io.StringIO(text, newline="")))
    assert found[0] == rows[0]
    for cell, value in zip(found[1], rows[1], strict=True):
        assert cell == "" if value is None else cell == value or float(cell) == value
