"""What goes where, and in which colors."""

import io
import json
import sys

import numpy as np
import pytest

from diabolo.cli.output import Output, command_line, heading, pairs_text, print_error, print_json


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_json_holds_no_nan(capsys):
    print_json(
        {"a": float("nan"), "b": np.float32(0.5), "c": np.array([1.0, np.inf]), "d": (1, None), "e": "ä"}
    )
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    assert json.loads(out) == {"a": None, "b": 0.5, "c": [1.0, None], "d": [1, None], "e": "ä"}


def test_colors_on_a_terminal_only(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    assert heading("File") == "File"
    monkeypatch.setattr(sys, "stdout", Terminal())
    monkeypatch.setattr(sys, "stderr", Terminal())
    assert heading("File") == "\x1b[1mFile\x1b[0m"
    print_error("no.")
    assert sys.stderr.getvalue() == "\x1b[1;31mdiabolo:\x1b[0m no.\n"
    monkeypatch.setenv("NO_COLOR", "1")
    assert heading("File") == "File"


def test_quiet_keeps_json(capsys):
    Output(quiet=True).note("a")
    Output(quiet=True).result({"a": 1}, "text")
    assert capsys.readouterr() == ("", "")
    Output(quiet=True, json=True).result({"a": 1}, "text")
    assert capsys.readouterr().out == '{"a": 1}\n'


def test_pairs():
    assert pairs_text([]) == ""
    assert pairs_text([("a", "1"), ("long", "")]) == "a     1\nlong"


@pytest.mark.parametrize(
    ("started", "program"),
    [
        ("/nowhere/bin/diabolo", "/nowhere/bin/diabolo"),
        (".venv/bin/diabolo", ".venv/bin/diabolo"),
        ("/x y/bin/diabolo", "'/x y/bin/diabolo'"),
        ("/usr/bin/pytest", "diabolo"),
    ],
)
def test_commands_are_said_as_they_were_typed(monkeypatch, started, program):
    monkeypatch.setattr(sys, "argv", [started])
    assert command_line("inspect", "a b.diabolo") == f"{program} inspect 'a b.diabolo'"


def test_the_program_on_the_path_is_called_by_its_name(monkeypatch, tmp_path):
    program = tmp_path / "diabolo"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "argv", [str(program)])
    assert command_line("demo") == "diabolo demo"


def test_a_module_is_run_by_python(monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(sys, "argv", ["/x/diabolo/__main__.py"])
    assert command_line("demo") == f"{sys.executable} -m diabolo demo"
