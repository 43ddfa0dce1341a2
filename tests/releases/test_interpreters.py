import stat
import sys
import tomllib

import pytest
from tests.conftest import ROOT

from releases.interpreters import MINORS, interpreters, uv, version


def put(path, said, status=0):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho {said}\nexit {status}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_a_program_on_the_path_comes_before_pyenv_and_the_latest_of_pyenv_first(tmp_path):
    first = put(tmp_path / "bin" / "python3.11", "3 11 2")
    put(tmp_path / "pyenv" / "versions" / "3.11.7" / "bin" / "python", "3 11 7")
    put(tmp_path / "pyenv" / "versions" / "3.13.9" / "bin" / "python", "3 13 9")
    latest = put(tmp_path / "pyenv" / "versions" / "3.13.10" / "bin" / "python", "3 13 10")
    put(tmp_path / "pyenv" / "versions" / "3.9.18" / "bin" / "python", "3 9 18")
    found = interpreters(f"{tmp_path / 'nowhere'}:{tmp_path / 'bin'}", tmp_path / "pyenv")
    assert found == {11: first, 13: latest}


def test_a_shim_that_does_not_run_is_passed_over(tmp_path):
    put(tmp_path / "shims" / "python3.12", "3 12 1", status=127)
    put(tmp_path / "other" / "python3.12", "3 10 0")
    right = put(tmp_path / "right" / "python3.12", "3 12 3")
    path = ":".join(str(tmp_path / each) for each in ("shims", "other", "right"))
    assert interpreters(path, tmp_path) == {12: right}


def test_this_python_says_its_version(tmp_path):
    assert version(sys.executable) == sys.version_info[:3]
    assert version(tmp_path / "nothing") is None


def test_the_project_names_the_promised_pythons():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    start = "Programming Language :: Python :: 3."
    named = [each.removeprefix(start) for each in project["classifiers"] if each.startswith(start)]
    assert [int(minor) for minor in named] == list(MINORS)
    assert project["requires-python"] == f">=3.{MINORS[0]}"


def test_uv_on_the_path_is_taken(tmp_path, monkeypatch):
    here = put(tmp_path / "bin" / "uv", "uv")
    monkeypatch.setenv("PATH", str(here.parent))
    assert uv(tmp_path) == here


@pytest.mark.parametrize("is_there", [True, False])
def test_without_uv_one_is_installed_once(tmp_path, monkeypatch, is_there, capsys):
    own = tmp_path / ".venv-uv" / "bin" / "uv"
    if is_there:
        put(own, "uv")
    done = []
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("subprocess.run", lambda command, check: done.append([str(word) for word in command]))
    assert uv(tmp_path) == own
    assert [command[1:3] for command in done] == ([] if is_there else [["-m", "venv"], ["-m", "pip"]])
    assert ("installed into .venv-uv" in capsys.readouterr().out) is not is_there
