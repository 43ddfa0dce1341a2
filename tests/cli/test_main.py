"""The command as a whole: help, status, what stays unimported, how it ends."""

import json
import re
import subprocess
import sys
import time

import pytest

import diabolo
from diabolo.cli import datasets, detect, main, plot

VERBS = [
    "demo",
    "fit",
    "encode",
    "decode",
    "reconstruct",
    "inspect",
    "plot",
    "detect",
    "datasets",
    "completion",
]


def test_help_names_every_verb(run):
    status, out, err = run("--help")
    assert (status, err) == (0, "")
    for verb in VERBS:
        assert re.search(rf"^  {verb} +\w", out, re.MULTILINE)
    assert "diabolo demo" in out


@pytest.mark.parametrize(
    "words",
    [
        [],
        *[[v] for v in VERBS],
        *[["plot", what] for what in plot.PAGES],
        *[["detect", what] for what in detect.PAGES],
        *[["datasets", what] for what in datasets.PAGES],
    ],
)
@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_every_help_page_fits_the_terminal(run, words, flag):
    status, out, _ = run(*words, flag)
    assert status == 0
    assert "usage: diabolo" in out
    assert "diabolo " in out.rpartition("Other:")[2]  # the examples
    prose = [line for line in out.splitlines() if not line.startswith("  diabolo ")]
    assert max(map(len, prose)) <= 80


@pytest.mark.parametrize("words", [[], ["fit"], ["detect", "fit"], ["encode"]], ids=" ".join)
def test_help_is_fast_and_imports_and_makes_nothing(tmp_path, environment, words):
    code = (
        f"import sys\nfrom diabolo.cli import main\nmain([*{words}, '--help'])\n"
        "heavy = {'jax', 'numpy', 'sklearn', 'matplotlib', 'rich'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    started = time.perf_counter()
    command = [sys.executable, "-c", code]
    subprocess.run(command, check=True, capture_output=True, cwd=tmp_path, env=environment)
    assert time.perf_counter() - started < 5  # about 0.3 on a quiet machine; this one may be busy
    assert list(tmp_path.iterdir()) == []


def test_version(run):
    status, out, _ = run("--version")
    assert status == 0
    assert out.startswith(f"diabolo {diabolo.__version__} (Python 3.")
    assert "jax" in out


def test_nothing_typed_shows_the_page_and_is_wrong_use(run):
    for words in ([], ["plot"], ["detect"], ["datasets"]):
        status, out, err = run(*words)
        assert (status, out) == (2, "")
        assert "usage: diabolo" in err


@pytest.mark.parametrize("module", ["diabolo", "diabolo.cli"])
def test_a_failure_in_a_process_of_its_own(module, tmp_path, environment):
    command = [sys.executable, "-m", module, "encode", "no.diabolo", "no.csv", "-o", "codes.csv"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == "diabolo: no.diabolo is not a model that can be loaded: there is no such file.\n"


def test_debug_shows_the_traceback_before_the_sentence(run, tmp_path):
    words = ["encode", tmp_path / "no.diabolo", "no.csv", "-o", tmp_path / "codes.csv"]
    for typed in (["--debug", *words], [*words, "--debug"]):
        status, _, err = run(*typed)
        assert status == 1
        assert "Traceback (most recent call last)" in err
        assert err.splitlines()[-1].startswith("diabolo: ")


def test_json_errors_are_on_stdout_too(run, tmp_path):
    words = ["encode", tmp_path / "no.diabolo", "no.csv", "-o", tmp_path / "codes.csv"]
    for typed in (["--json", *words], [*words, "--json"]):
        status, out, err = run(*typed)
        record = json.loads(out)
        assert record["status"] == status == 1
        assert err == f"diabolo: {record['error']}\n"
    status, out, _ = run("fit", "--json", "--bogus")
    assert json.loads(out)["status"] == status == 2


def test_the_keyboard_stops_it(run, monkeypatch, files, tmp_path):
    from diabolo import Autoencoder

    def stopped(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(Autoencoder, "fit", stopped)
    status, out, err = run("fit", files.array, "-o", tmp_path / "m.diabolo")
    assert (status, out, err.splitlines()[-1]) == (130, "", "stopped")
    assert list(tmp_path.iterdir()) == []


def test_the_unexpected_is_one_sentence(run, monkeypatch, files):
    from diabolo.cli import inspect

    monkeypatch.setattr(inspect, "open_model", lambda path: {}["x"])
    status, out, err = run("inspect", files.model)
    assert (status, out) == (1, "")
    assert err == "diabolo: unexpected KeyError: 'x'; type the command again with --debug to see where.\n"


def test_memory_that_does_not_suffice(run, monkeypatch, files):
    from diabolo.cli import inspect

    def full(path):
        raise MemoryError("Unable to allocate 9 TiB")

    monkeypatch.setattr(inspect, "open_model", full)
    status, _, err = run("inspect", files.model)
    assert status == 1
    assert "memory does not suffice (Unable to allocate 9 TiB)" in err


def test_a_reader_who_leaves_is_no_error(files, environment):
    command = (
        f"{sys.executable} -m diabolo inspect {files.model} --json | sleep 0; echo ${{PIPESTATUS[0]}} >&2"
    )
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, check=True, env=environment
    )
    assert done.stderr.split() == ["141"]


def test_main_returns_nothing_where_all_went_well(capsys, files):
    assert main(["inspect", str(files.model)]) is None
    assert capsys.readouterr().out


def test_warnings_become_notes(run, files, tmp_path):
    import numpy as np

    np.save(tmp_path / "flat.npy", np.column_stack([np.linspace(0, 1, 30)] * 3 + [np.ones(30)]))
    words = ["fit", tmp_path / "flat.npy", "-o", tmp_path / "m.diabolo", "--scale", "minmax"]
    status, _, err = run(*words, "--hidden", "4", "-e", "2")
    assert status == 0
    notes = [line for line in err.splitlines() if not line.startswith("memory: ")]
    assert notes[0].startswith("note: 1 column(s)")
    assert len(notes) == 1
