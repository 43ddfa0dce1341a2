"""One file of many rows, worked on by workers in blocks: the same bytes as without."""

import io
import json

import pytest

from diabolo.cli import row_blocks


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr(row_blocks, "_CELLS", 16)  # four rows


@pytest.mark.parametrize("words", [["encode"], ["reconstruct", "--errors"]])
def test_blocks_of_one_file(run, files, tmp_path, words):
    verb, *more = words
    typed = [verb, files.model, files.table, "--labels", "kind", *more, "--json"]
    one = json.loads(run(*typed, "-o", tmp_path / "one.csv")[1])
    two = json.loads(run(*typed, "-o", tmp_path / "two.csv", "--workers", "2")[1])
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()
    assert {**one, "output": ""} == {**two, "output": ""}


def test_blocks_of_several_files_are_in_order(run, files, tmp_path):
    lines = files.table.read_text().splitlines()
    for number, (start, stop) in enumerate([(1, 8), (8, 9), (9, 31)]):
        (tmp_path / f"{number}.csv").write_text("\n".join([lines[0], *lines[start:stop]]) + "\n")
    typed = ["encode", files.model, f"{tmp_path}/?.csv".replace("?", "*"), "--labels", "kind"]
    status, _, err = run(*typed, "-o", tmp_path / "codes.tsv", "--workers", "2")
    assert (status, err) == (0, "")
    text = (tmp_path / "codes.tsv").read_text().replace("\t", ",").splitlines()
    assert [line.partition('"')[0] for line in text] == [
        line.partition('"')[0] for line in files.codes.read_text().splitlines()
    ]


def test_scores_in_blocks(run, iris, tmp_path, monkeypatch):
    monkeypatch.setattr(row_blocks, "_CELLS", 200)
    typed = ["detect", "score", iris.model, iris.table, *iris.typed, "--json"]
    one = json.loads(run(*typed, "-o", tmp_path / "one.csv")[1])
    two = json.loads(run(*typed, "-o", tmp_path / "two.csv", "--workers", "2")[1])
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()
    assert {**one, "output": ""} == {**two, "output": ""}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["-", "-o", "codes.csv"],
            "--workers read files, and no worker finds what comes on standard input; na",
        ),
        (
            ["table.csv", "-o", "codes.csv", "--split"],
            "--split parts the rows in this process; leave --engine",
        ),
    ],
)
def test_what_workers_cannot_do(run, files, words, said, monkeypatch):
    monkeypatch.chdir(files.folder)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(files.table.read_bytes())))
    status, _, err = run("encode", files.model, *words, "--labels", "kind", "--workers", "2")
    assert status == 2
    assert err.startswith(f"diabolo: {said}")
