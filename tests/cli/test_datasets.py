"""``diabolo datasets``."""

import gzip
import hashlib
import json
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
        "  rows      1\n"
        "  columns   4\n"
        f"  where     {small}\n"
        "  download  0.0 MB\n"
        "  license   MIT\n"
        "  cite      A. Nobody 2000\n"
        "\n"
        "far-away\n"
        "  rows      1\n"
        "  columns   4\n"
        "  where     not here\n"
        "  download  0.0 MB, or Debian's dataset-far-away\n"
        "  license   MIT\n"
        "  cite      A. Nobody 2000\n"
    )


def test_the_list_says_what_is_missing(run, small):
    (small / "labels.gz").unlink()
    out = run("datasets", "list")[1]
    assert f"  where     {small}, without labels\n" in out
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
    assert "  rows      60,000 train + 10,000 test\n" in out
    assert "  download  nothing, it comes with scikit-learn\n" in out
    assert "  download  30.9 MB, or Debian's dataset-fashion-mnist\n" in out
    lines = [line for line in out.splitlines() if not line.startswith("  where ")]
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


def test_listing_imports_neither_jax_nor_scikit_learn(tmp_path, environment):
    code = (
        "import sys\nfrom diabolo.cli import main\nmain(['datasets', 'list'])\n"
        "heavy = {'jax', 'sklearn', 'scipy', 'matplotlib', 'rich'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    command = [sys.executable, "-c", code]
    subprocess.run(command, check=True, capture_output=True, cwd=tmp_path, env=environment)
    assert list(tmp_path.iterdir()) == []
