"""The command as a whole: help, status, what stays unimported, how it ends.

Files and data that cannot be used: status 1 and one sentence with the place and what to do.
"""

import json
import pickle
import re
import subprocess
import sys
import time

import numpy as np
import pytest

import diabolo
from diabolo.cli import main
from diabolo.cli.app import VERBS, explain
from diabolo.cli.page import WrongUse
from diabolo.cli.parameter_options import in_flags
from diabolo.errors import ParameterError
from diabolo.messages import either, setting


def test_help_names_every_verb(run):
    status, out, err = run("--help")
    assert (status, err) == (0, "")
    for verb in VERBS:
        assert re.search(rf"^  {verb} +\w", out, re.MULTILINE)
    assert "diabolo demo" in out


@pytest.mark.parametrize("words", [[], ["fit"], ["detect", "fit"], ["encode"]], ids=" ".join)
def test_help_is_fast_and_imports_and_makes_nothing(tmp_path, environment, words):
    code = (
        f"import sys\nfrom diabolo.cli import main\nmain([*{words}, '--help'])\n"
        "heavy = {'jax', 'numpy', 'sklearn', 'matplotlib', 'rich', 'fsspec', 's3fs', 'dask', 'ray'} & set("
        "sys.modules)\n"
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
    np.save(tmp_path / "flat.npy", np.column_stack([np.linspace(0, 1, 30)] * 3 + [np.ones(30)]))
    words = ["fit", tmp_path / "flat.npy", "-o", tmp_path / "m.diabolo", "--scale", "minmax"]
    status, _, err = run(*words, "--hidden", "4", "-e", "2")
    assert status == 0
    notes = [line for line in err.splitlines() if not line.startswith("memory: ")]
    assert notes[0].startswith("note: 1 column(s)")
    assert len(notes) == 1


UGLY = {
    "ragged.csv": (b"a,b\n1,2\n3\n", "ragged.csv, line 3: expected 2 cells as in the first line, got 1;"),
    "latin.csv": (b"a,b\n1,2\n\xe9,3\n", "latin.csv is not UTF-8: byte 8 of the file (0xe9, in line 3)"),
    "comma.csv": (
        b"a;b\n1,5;2\n2.5;3\n",
        "is not a number",
    ),
    "empty.csv": (b"", "empty.csv is empty (0 bytes)"),
    "head.csv": (
        b"a,b\n",
        "has a header but no rows under it; if its only line is a row of numbers, say --no-header.",
    ),
    "gap.csv": (
        b"a,b\n1,\n2,3\n",
        "gap.csv contains NaN: Autoencoder found it first in line 2, column 'b' (number 1). Fill it, or set "
        "--missing mean or --missing mask.",
    ),
    "text.csv": (
        b"a,kind of wine\n1,red\n",
        "or leave it unread with --drop 'kind of wine'; all of it: diabolo fit ",
    ),
    "batch_size.csv": (
        b"a,b\n1,x\n",
        "batch_size.csv has text in the column 'b' (line 2: 'x'), and features",
    ),
    "one.csv": (b"a,b\n1,2\n", "has one row, and training needs two or more"),
    "broken.npy": (b"\x93NUMPY\x01", "broken.npy is cut short or damaged"),
    "broken.npz": (b"PK\x03\x04oops", "broken.npz is cut short or damaged"),
    "rows.parquet": (b"PAR1\x15", "rows.parquet is cut short or damaged"),
    "rows.h5": (b"\x89HDF\r\n\x1a\nend", "rows.h5 is cut short or damaged"),
    "rows.xlsx": (b"PK", "rows.xlsx is not an .xlsx file, it holds text"),
    "broken.xlsx": (b"PK\x03\x04oops", "broken.xlsx is cut short or damaged"),
    "rows.ods": (b"PK", "it must be one of .csv, .tsv, .npy, .npz"),
}


@pytest.mark.parametrize("name", UGLY)
def test_ugly_data(run, tmp_path, name):
    content, said = UGLY[name]
    (tmp_path / name).write_bytes(content)
    status, out, err = run("fit", tmp_path / name, "-o", tmp_path / "m.diabolo")
    last = err.splitlines()[-1]
    assert said in last
    assert (status, out) == (1, "")
    assert last.startswith(f"diabolo: {tmp_path}")
    assert not (tmp_path / "m.diabolo").exists()


def test_a_missing_file_and_its_neighbor(run, files, tmp_path):
    status, _, err = run("fit", files.folder / "tabel.csv", "-o", tmp_path / "m.diabolo")
    assert status == 1
    assert err.endswith("tabel.csv does not exist. Did you mean 'table.csv'?\n")


def test_a_folder_is_no_file(run, tmp_path):
    status, _, err = run("fit", tmp_path, "-o", tmp_path / "m.diabolo")
    said = f"diabolo: {tmp_path} is a folder without a table in it: name one with tables, or a file.\n"
    assert (status, err) == (1, said)


def test_several_arrays(run, tmp_path):
    np.savez(tmp_path / "two.npz", a=np.zeros((3, 2)), b=np.zeros((3, 2)))
    status, _, err = run("fit", tmp_path / "two.npz", "-o", tmp_path / "m.diabolo")
    assert status == 1
    assert "name one with --dataset, or as" in err
    assert "two.npz::a; it has 'a' of shape (3, 2), 'b' of shape (3, 2)." in err


@pytest.mark.parametrize("verb", ["fit", "encode", "plot"])
def test_the_output_is_looked_at_before_any_work(run, files, tmp_path, verb):
    target = tmp_path / "none" / ("x.png" if verb == "plot" else "x.csv" if verb == "encode" else "x.diabolo")
    words = {
        "fit": ["fit", "never-read.csv"],
        "encode": ["encode", "never-read.diabolo", "never-read.csv"],
        "plot": ["plot", "history", "never-read.diabolo"],
    }[verb]
    status, _, err = run(*words, "-o", target)
    assert status == 1
    assert err == f"diabolo: {target} cannot be written: there is no folder {target.parent}; make it first.\n"
    (tmp_path / "none").mkdir()
    target.mkdir()
    status, _, err = run(*words, "-o", target)
    assert (status, err) == (1, f"diabolo: {target} cannot be written: it is a folder; name a file in it.\n")


def test_a_folder_that_may_not_be_written_to(run, tmp_path, monkeypatch):
    monkeypatch.setattr("os.access", lambda path, mode: False)  # root may write anywhere
    status, _, err = run("fit", "never-read.csv", "-o", tmp_path / "m.diabolo")
    assert status == 1
    assert "you may not write in the folder" in err


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda content: content[: len(content) // 2], "the file was cut."),
        (lambda content: content[:-4] + b"abcd", "its checksum does not match"),
        (lambda content: b"\x80\x04pickle-pickle", "found a pickle, which is never opened."),
        (lambda content: b"0" * 64, "expected a safetensors file, found something else."),
        (lambda content: b"", "expected a model file, found 0 bytes."),
    ],
)
def test_a_damaged_model(run, files, tmp_path, change, said):
    damaged = tmp_path / "m.diabolo"
    damaged.write_bytes(change(files.model.read_bytes()))
    for words in (["inspect"], ["plot", "history", "-o", tmp_path / "x.png"]):
        status, out, err = run(*words, damaged)
        assert (status, out) == (1, "")
        assert err.startswith(f"diabolo: {damaged} is not a model that can be loaded: ")
        assert said in err


def test_model_and_data_the_wrong_way_round(run, files, tmp_path):
    status, _, err = run("encode", files.table, files.model, "-o", tmp_path / "c.csv")
    assert status == 1
    assert "the model comes first: type MODEL, then DATA." in err


def test_a_code_wider_than_the_rows(run, files, tmp_path):
    words = ["fit", files.array, "-o", tmp_path / "m.diabolo", "--components", "9"]
    status, _, err = run(*words, "--hidden", "none", "-e", "1")
    assert status == 0
    assert (
        "note: a code of --components 9 is wider than the 4 columns of the data and can copy its input, "
        "learning nothing. Ask for fewer, or give it something that forbids copying: --noise, or --penalty "
        "kl_sparsity=X, l1_sparsity=X or contractive=X."
    ) in err
    assert "wider" not in run(*words, "--hidden", "none", "-e", "1", "--noise", "0.1")[2]


def test_values_that_do_not_suit_the_loss(run, files, tmp_path):
    words = ["fit", files.images, "-o", tmp_path / "m.diabolo", "--loss", "binary_cross_entropy"]
    status, _, err = run(*words)
    assert status == 1
    assert "--loss binary_cross_entropy needs values from 0 to 1, but the data run from" in err
    assert "set --scale minmax" in err


def test_a_loss_that_grows_without_end(run, files, tmp_path):
    words = [
        "fit",
        files.images,
        "-o",
        tmp_path / "m.diabolo",
        "--optimizer",
        "sgd",
        "--learning-rate",
        "1e9",
    ]
    status, _, err = run(*words, "--hidden", "4", "-b", "4")
    assert status == 1
    assert "try a lower --learning-rate (now 1e+09), or --max-gradient-norm 1.0, or --scale standard." in err
    assert not (tmp_path / "m.diabolo").exists()


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (f"say {setting('header', False)}.", "say --no-header."),
        (f"say {setting('header', True)} if so", "say --header if so"),
        (f"say {setting('delimiter', ';')}", "say --delimiter ';'"),
        (f"such as {setting('components', (0, 1))}.", "such as --components 0,1."),
        (f"or set {setting('tied_weights', True)} if", "or set --tied if"),
        (f"DenoisingAutoencoder: {either('in Python', '--noise gaus')} is", "--noise gaus is"),
        (f"{setting('noise', 2, 'fraction')} is", "--noise-param fraction=2 is"),
        (f"Autoencoder: {setting('noise', item='*')} has 'fil', which", "--noise-param has 'fil', which"),
        (f"Autoencoder: {setting('penalty', -1, 'contractive')} is", "--penalty contractive=-1 is"),
        (f"SparseAutoencoder: {setting('k', 9)} numbers cannot", "--k 9 numbers cannot"),
        (f"{setting('hidden_layer_sizes', ())} is", "--hidden none is"),
        (f"{setting('optimizer_params', 0, 'epsilon')} is", "--optimizer-param epsilon=0 is"),
        (f"Use {setting('log', False)}.", "Use no --log."),
        (f"read it with {setting('rows', 'last')}", "read it with --transposed"),
        (f"in runs/loss=3.csv {setting('loss', 'hub')} is", "in runs/loss=3.csv --loss hub is"),
        ("/tmp/n_components=3.csv does not exist.", "/tmp/n_components=3.csv does not exist."),
        ("the column 'batch_size' is missing", "the column 'batch_size' is missing"),
        ("the loss and the scale of an array", "the loss and the scale of an array"),
    ],
)
def test_settings_are_said_as_flags(message, said):
    assert in_flags(message) == said
    for copy in (ParameterError(message), pickle.loads(pickle.dumps(ParameterError(message)))):
        assert in_flags(copy.message) == said
        assert not any(0xE000 <= ord(character) < 0xF900 for character in str(copy))


def test_each_error_has_its_status():
    from diabolo import errors

    for name in errors.__all__:
        kind = getattr(errors, name)
        if isinstance(kind, type) and issubclass(kind, errors.DiaboloError):
            expected = 2 if issubclass(kind, errors.ParameterError) else 1
            assert explain(kind("so")).status == expected
    assert explain(WrongUse("so")).status == 2
    assert explain(RuntimeError()).sentence.startswith("unexpected RuntimeError: no message;")
