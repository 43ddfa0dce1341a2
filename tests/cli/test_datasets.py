"""``diabolo datasets``."""

import gzip
import hashlib
import json
import shlex
import struct
import subprocess
import sys

import pytest

from diabolo.datasets.catalog import CATALOG, DataFile, Dataset


@pytest.fixture
def small(tmp_path, monkeypatch):
    """Have the command know a set of one image and its label in DIABOLO_DATA, and one that is nowhere."""
    contents = {
        "images": struct.pack(">BBBB3I4B", 0, 0, 8, 3, 1, 2, 2, 1, 2, 3, 4),
        "labels": struct.pack(">BBBBIB", 0, 0, 8, 1, 1, 7),
    }
    shapes = {"images": (1, 2, 2), "labels": (1,)}
    files = tuple(
        DataFile(name, shapes[name], hashlib.sha256(content).hexdigest(), 50)
        for name, content in contents.items()
    )
    common = {
        "rows": {"train": 1},
        "columns": 4,
        "license": "MIT",
        "citation": "A. Nobody 2000",
        "splits": {"train": files},
        "addresses": ("https://127.0.0.1:1/",),
    }
    sets = (
        Dataset(name="small", title="Small", **common),
        Dataset(name="far-away", title="Far Away", debian_package="dataset-far-away", **common),
    )
    monkeypatch.setattr("diabolo.datasets.catalog.CATALOG", {each.name: each for each in sets})
    monkeypatch.setenv("DIABOLO_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("DIABOLO_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr("diabolo.datasets.files.SYSTEM_FOLDER", tmp_path / "system")
    monkeypatch.setenv("no_proxy", "*")
    folder = tmp_path / "data" / "small"
    folder.mkdir(parents=True)
    (folder / "images").write_bytes(contents["images"])
    (folder / "labels.gz").write_bytes(gzip.compress(contents["labels"]))
    return folder


def test_the_list(run, small):
    status, out, err = run("datasets", "list")
    assert (status, err) == (0, "")
    assert out == (
        "small\n"
        "  rows     1 train\n"
        "  columns  4\n"
        f"  where    {small}\n"
        "  get      diabolo datasets get small (0.0 MB)\n"
        "  license  MIT\n"
        "  cite     A. Nobody 2000\n"
        "\n"
        "far-away\n"
        "  rows     1 train\n"
        "  columns  4\n"
        "  where    not here\n"
        "  get      diabolo datasets get far-away (0.0 MB)\n"
        "  or       apt-get install dataset-far-away, on Debian\n"
        "  license  MIT\n"
        "  cite     A. Nobody 2000\n"
    )


def test_the_list_says_what_is_missing(run, small):
    (small / "labels.gz").unlink()
    out = run("datasets", "list")[1]
    assert f"  where    {small}, without labels\n" in out
    record = json.loads(run("datasets", "list", "--json")[1])["datasets"][0]
    assert (record["here"], record["missing"]) == (False, ["labels"])


def test_the_list_as_json(run, small):
    record = json.loads(run("datasets", "list", "--json")[1])
    assert record["verb"] == "datasets list"
    assert [each["name"] for each in record["datasets"]] == ["small", "far-away"]
    first, second = record["datasets"]
    assert (first["here"], first["files"]) == (True, [str(small / "images"), str(small / "labels.gz")])
    assert (second["here"], second["files"], second["missing"]) == (False, [], ["images", "labels"])
    assert (first["rows"], first["columns"], first["download_bytes"]) == ({"train": 1}, 4, 100)
    assert (second["debian_package"], second["addresses"]) == ("dataset-far-away", ["https://127.0.0.1:1/"])


def test_the_real_list_fits_the_terminal(run, monkeypatch, tmp_path):
    monkeypatch.setenv("DIABOLO_DATA", str(tmp_path))
    monkeypatch.setenv("DIABOLO_CACHE_DIR", str(tmp_path))
    out = run("datasets", "list")[1]
    assert [line for line in out.splitlines() if line and line[0] != " "] == list(CATALOG)
    assert "  rows     60,000 train + 10,000 test\n" in out
    assert "  get      diabolo datasets get iris -o iris.csv\n" in out
    assert "  where    comes with scikit-learn\n" in out
    assert "  get      diabolo datasets get fashion-mnist (30.9 MB)\n" in out
    assert "  get      diabolo datasets get ecg5000 (10.5 MB)\n" in out
    assert "  get      pip install --no-deps aeon (6.0 MB)\n" in out
    lines = [line for line in out.splitlines() if not line.startswith("  where ")]  # a path may be long
    assert max(map(len, lines)) <= 80


def test_getting_what_is_here(run, small):
    paths = [str(small / "images"), str(small / "labels.gz")]
    assert run("datasets", "get", "small") == (0, "\n".join(paths) + "\n", "")
    record = json.loads(run("datasets", "get", "small", "--json")[1])
    assert record == {"verb": "datasets get", "name": "small", "files": paths}


def test_getting_into_a_folder(run, small, tmp_path):
    folder = tmp_path / "new" / "folder"
    status, out, _ = run("datasets", "get", "small", "--into", folder)
    assert (status, out) == (0, f"{folder}/images\n{folder}/labels.gz\n")
    for path in folder.iterdir():
        assert path.read_bytes() == (small / path.name).read_bytes()


def test_a_file_that_is_not_the_sets(run, small):
    (small / "images").write_bytes(struct.pack(">BBBB3I4B", 0, 0, 8, 3, 1, 2, 2, 1, 2, 3, 5))
    status, out, err = run("datasets", "get", "small")
    assert (status, out) == (1, "")
    assert err.startswith(f"diabolo: {small}/images does not hold what it should: the SHA-256 sum")


@pytest.mark.parametrize("name", ["far-away", "far_away"])
def test_offline(run, small, tmp_path, name):
    status, out, err = run("datasets", "get", name, "--json")
    assert status == 1
    assert json.loads(out)["status"] == 1
    assert err == (
        "diabolo: Far Away is not on this machine, and the download failed (https://127.0.0.1:1/images.gz: "
        "no connection (Connection refused)). Put its files images, labels (as they are or with .gz) into "
        f"{tmp_path}/data/far-away or {tmp_path}/system/far-away or {tmp_path}/cache/datasets/far-away; on "
        "Debian: apt-get install dataset-far-away.\n"
    )


def test_the_digits_come_along(run):
    status, out, _ = run("datasets", "get", "digits")
    assert status == 0
    assert out.endswith("digits.csv.gz\n")
    assert out.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "shape", "label", "first"),
    [
        # Fisher's first flower; the first rows of UCI's wine.data and wdbc.data.
        ("iris", (150, 4), "species", [5.1, 3.5, 1.4, 0.2, "setosa"]),
        ("wine", (178, 13), "cultivar", [14.23, 1.71, 2.43, 15.6]),
        ("breast_cancer", (569, 30), "diagnosis", [17.99, 10.38, 122.8, 1001.0]),
    ],
)
def test_a_small_set_becomes_a_table_without_a_network(run, tmp_path, name, shape, label, first):
    path = tmp_path / "rows.csv"
    status, out, err = run("datasets", "get", name, "-o", path)
    assert (status, err) == (0, "")
    assert out.startswith(
        f"{shape[0]} rows of {shape[1]} numbers to {path}, beside them '{label}'\n\nNext:\n"
    )
    assert f"fit {path} --labels {label} -o {tmp_path / 'rows.diabolo'}\n" in out
    names, *rows = [line.split(",") for line in path.read_text().splitlines()]
    assert (len(rows), len(rows[0])) == (shape[0], shape[1] + 1)
    assert names[-1] == label
    assert not any(set("() /") & set(each) for each in names)
    assert rows[0][: len(first)] == [each if isinstance(each, str) else f"{each}" for each in first]


def test_a_set_in_parts_says_the_part_of_each_row(run, small, tmp_path, monkeypatch):
    from dataclasses import replace

    import numpy as np

    from diabolo.datasets import catalog

    labeled = {
        name: replace(each, label="what", rows={"train": 1, "test": 0})
        for name, each in catalog.CATALOG.items()
    }
    monkeypatch.setattr("diabolo.datasets.catalog.CATALOG", labeled)
    record = json.loads(run("datasets", "get", "small", "-o", tmp_path / "small.npz", "--json")[1])
    assert record["labels"] == ["what", "split"]
    with np.load(tmp_path / "small.npz") as held:
        assert held["what"].tolist() == [7]
        assert held["split"].tolist() == ["train"]
        np.testing.assert_allclose(held["X"], np.array([[1, 2, 3, 4]]) / 255, rtol=1e-6)


def test_what_is_printed_next_runs_as_printed(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    out = run("datasets", "get", "iris", "-o", "iris.csv")[1]
    _, *words = shlex.split(out.partition("Next:\n")[2].replace(f"{sys.executable} -m ", ""))
    words = words[words.index("fit") :]
    assert run(*words, "--epochs", "1", "--hidden", "none")[0] == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            "digits --into data",
            "digits comes with scikit-learn, so there is nothing to put into data; leave --into out; as a "
            "table: -o digits.csv.",
        ),
        ("iris --into data -o iris.csv", "--into is a folder for files, -o a file for one table; give one"),
        ("iris -o iris.xls", "-o iris.xls ends in '.xls', and the suffix says what to write: .csv, .tsv,"),
    ],
)
def test_ways_of_getting_that_cannot_be_meant(run, words, said):
    status, out, err = run("datasets", "get", *words.split())
    assert (status, out) == (2, "")
    assert said in err


@pytest.mark.parametrize("name", ["nab", "gse74193"])
def test_what_is_not_downloaded_says_how_to_have_it(run, name, tmp_path, monkeypatch):
    monkeypatch.setenv("DIABOLO_DATA", str(tmp_path))
    monkeypatch.setenv("DIABOLO_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr("importlib.util.find_spec", lambda package: None)
    status, _, err = run("datasets", "get", name)
    assert status == 1
    assert f"is not on this machine; to have it: {CATALOG[name].command}, or put " in err


def test_the_series_is_a_table_already(run, packaged_series):
    status, out, _ = run("datasets", "get", "ucr-135")
    assert status == 0
    status, _, err = run("datasets", "get", "ucr-135", "-o", "x.csv")
    assert status == 2
    assert f"ucr-135 is not written as a table; its own files can be read: {out.strip()}." in err


def test_the_beats_are_put_into_a_folder(run, data_folder, tmp_path):
    status, out, _ = run("datasets", "get", "ecg5000", "--into", tmp_path / "new")
    assert (status, out) == (0, f"{tmp_path / 'new' / 'ecg5000.npz'}\n")
    assert run("datasets", "get", "ecg5000")[1] == f"{data_folder / 'ecg5000.npz'}\n"


def test_listing_imports_neither_jax_nor_scikit_learn(tmp_path, environment):
    code = (
        "import sys\nfrom diabolo.cli import main\nmain(['datasets', 'list'])\n"
        "heavy = {'jax', 'sklearn', 'scipy', 'matplotlib', 'rich'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    command = [sys.executable, "-c", code]
    subprocess.run(command, check=True, capture_output=True, cwd=tmp_path, env=environment)
    assert list(tmp_path.iterdir()) == []
