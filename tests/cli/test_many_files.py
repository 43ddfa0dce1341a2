"""A part for every file: names, equal bits, what is not made again, and which file failed."""

import json
import os
import re
import subprocess
import sys

import numpy as np
import pytest

from diabolo.cli import many_files
from diabolo.workers.made_parts import RECORD


@pytest.fixture
def parts(files, tmp_path):
    """Three files of the rows that the model knows, two of them packed or of another format."""
    lines = files.table.read_text().splitlines()
    folder = tmp_path / "parts"
    folder.mkdir()
    for number in range(3):
        chosen = [lines[0], *lines[1 + 10 * number : 11 + 10 * number]]
        (folder / f"part-{number}.csv").write_text("\n".join(chosen) + "\n")
    return folder


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_the_parts_together_are_what_one_file_is(run, files, parts, tmp_path):
    status, out, err = run("encode", files.model, parts, "--labels", "kind", "-o", f"{tmp_path}/codes/")
    assert (status, err) == (0, "")
    assert out == f"30 codes of 2 numbers written to {tmp_path}/codes/, in 3 parts, with the column 'kind'\n"
    assert names(tmp_path / "codes") == [RECORD, "part-0.csv", "part-1.csv", "part-2.csv"]
    lines = [(tmp_path / "codes" / f"part-{number}.csv").read_text().splitlines() for number in range(3)]
    assert [lines[0][0], *lines[0][1:], *lines[1][1:], *lines[2][1:]] == files.codes.read_text().splitlines()


def test_workers_write_the_same_bytes(run, files, parts, tmp_path):
    words = ["reconstruct", files.model, parts, "--errors", "--labels", "kind", "--json"]
    one = json.loads(run(*words, "-o", f"{tmp_path}/one/")[1])
    two = json.loads(run(*words, "-o", f"{tmp_path}/two/", "--workers", "2")[1])
    for number in range(3):
        name = f"part-{number}.csv"
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    assert one["mean_squared_error"] == two["mean_squared_error"] == pytest.approx(_error(tmp_path / "one"))
    assert two["rows"] == 30
    assert [part["rows"] for part in two["parts"]] == [10, 10, 10]


def _error(folder):
    rows = [line.split(",") for path in folder.glob("*.csv") for line in path.read_text().splitlines()[1:]]
    return np.mean([float(row[4]) for row in rows])


def test_what_is_there_is_not_made_again(run, files, parts, tmp_path):
    words = ["encode", files.model, parts, "--labels", "kind", "-o", f"{tmp_path}/codes/"]
    run(*words)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "codes").glob("*.csv")}
    status, out, _ = run(*words)
    assert status == 0
    assert out.endswith("; 3 of them were there already\n")
    assert {path: path.stat().st_mtime_ns for path in before} == before
    with (parts / "part-1.csv").open("a") as handle:
        handle.write("0.1,0.2,0.3,0.4,x\n")
    (tmp_path / "codes" / "part-2.csv").unlink()
    out = run(*words)[1]
    assert "31 codes" in out
    assert out.endswith("; 1 of them was there already\n")
    assert "already" not in run(*words, "--below-limit", "half")[1]  # which may read cells otherwise


def test_another_model_makes_all_anew(run, files, parts, tmp_path):
    words = [parts, "--labels", "kind", "-o", f"{tmp_path}/codes/"]
    run("encode", files.model, *words)
    other = tmp_path / "other.diabolo"
    run("fit", files.table, "--labels", "kind", "-o", other, "--hidden", "4", "--epochs", "1", "--quiet")
    assert "already" not in run("encode", other, *words)[1]


def test_the_kind_of_the_parts(run, files, parts, tmp_path):
    out = run("encode", files.model, parts, "--labels", "kind", "-o", f"{tmp_path}/npz/*.npz")[1]
    assert "written to" in out
    assert names(tmp_path / "npz") == [RECORD, "part-0.npz", "part-1.npz", "part-2.npz"]
    np.testing.assert_equal(np.load(tmp_path / "npz" / "part-2.npz")["kind"], files.labels[:10])


def test_a_failed_part_is_named_and_the_others_are_written(run, files, parts, tmp_path):
    (parts / "part-1.csv").write_text("w,x,y,z,kind\n1,2,oh,4,a\n")
    status, _, err = run("encode", files.model, parts, "--labels", "kind", "-o", f"{tmp_path}/codes/")
    assert status == 1
    start = f"diabolo: 1 of 3 parts could not be written, the others are. {parts}/part-1.csv"
    assert err.startswith(start)
    assert names(tmp_path / "codes") == [RECORD, "part-0.csv", "part-2.csv"]
    (parts / "part-0.csv").unlink()
    (parts / "part-2.csv").write_text("w,x,y,z,kind\n1,2,oh,4,a\n")
    err = run("encode", files.model, parts, "--labels", "kind", "-o", f"{tmp_path}/c/")[2]
    assert f"2 of 2 parts could not be written ({parts}/part-1.csv, {parts}/part-2.csv)" in err


def test_notes_of_many_files_are_said_once(run, files, parts, tmp_path):
    for path in parts.iterdir():
        path.write_text("0.1,0.2,0.3,0.4\n" * 5)
    err = run("encode", files.model, parts, "-o", f"{tmp_path}/codes/")[2]
    assert err.count("has no column names") == 1
    assert "(and the same of 2 more)" in err


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("parts/", "-o parts/ is a folder that is read; choose one for the parts alone."),
        ("none/codes/", "none/codes/ cannot be made: there is no folder none; make it first."),
        ("file/", "file/ cannot be made: file is a file; choose another name."),
    ],
)
def test_a_folder_that_cannot_be(run, files, parts, tmp_path, monkeypatch, output, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("x")
    status, _, err = run("encode", files.model, "parts", "--labels", "kind", "-o", output)
    assert status != 0
    assert err == f"diabolo: {said}\n"


def test_two_files_of_one_name(run, files, parts, tmp_path):
    other = tmp_path / "more"
    other.mkdir()
    (other / "part-0.csv").write_text((parts / "part-0.csv").read_text())
    both = [parts / "part-0.csv", other / "part-0.csv"]
    status, _, err = run("encode", files.model, *both, "--labels", "kind", "-o", f"{tmp_path}/codes/")
    assert status == 2
    assert err == (
        f"diabolo: {both[0]} and {both[1]} would both be written to {tmp_path}/codes/part-0.csv; write each "
        "to a folder of its own.\n"
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--split"], "--split writes two files, and -o codes/ a part for each file; give one of them."),
        (["--engine", "spark"], "--engine spark is not possible; expected one of 'local', 'dask', 'ray'."),
        (
            ["--workers", "0"],
            "--workers 0 is not possible; expected a whole number of workers, or the addres",
        ),
        (
            ["--workers", "auto"],
            "--workers auto is not possible; expected a whole number of processes, 1 or m",
        ),
    ],
)
def test_what_cannot_be_meant(run, files, parts, tmp_path, monkeypatch, words, said):
    monkeypatch.chdir(tmp_path)
    status, _, err = run("encode", files.model, "parts", "--labels", "kind", "-o", "codes/", *words)
    assert status == 2
    assert err.startswith(f"diabolo: {said}")


def test_standard_input_has_no_part(run, files):
    err = run("encode", files.model, "-", "-o", "codes/")[2]
    assert err == "diabolo: -o codes/ is for files, and standard input has no name for a part; name a file.\n"


def test_scores_of_parts(run, iris, tmp_path):
    lines = iris.table.read_text().splitlines()
    parts = tmp_path / "parts"
    parts.mkdir()
    for number in range(3):
        chosen = [lines[0], *lines[1 + 50 * number : 51 + 50 * number]]
        (parts / f"{number}.csv").write_text("\n".join(chosen) + "\n")
    words = ["detect", "score", iris.model]
    whole = json.loads(run(*words, iris.table, *iris.typed, "-o", tmp_path / "all.csv", "--json")[1])
    found = json.loads(run(*words, parts, *iris.typed, "-o", f"{tmp_path}/scores/", "--json")[1])
    text = run(*words, parts, *iris.typed, "-o", f"{tmp_path}/scores/")[1]
    assert found["anomalies"] == whole["anomalies"]
    assert [row["score"] for row in found["oddest"]] == [row["score"] for row in whole["oddest"]]
    first, row = found["oddest"][0], whole["oddest"][0]["row"]
    assert (first["data"], first["row"]) == (f"{parts}/{row // 50}.csv", row % 50)
    assert re.search(rf"{parts}/{row // 50}\.csv, line {row % 50 + 2} +{first['score']:.6g}\n", text)
    apart = "".join((tmp_path / "scores" / f"{number}.csv").read_text() for number in range(3)).splitlines()
    header = (tmp_path / "all.csv").read_text().splitlines()[0]
    assert [header, *(line for line in apart if line != header)] == (
        (tmp_path / "all.csv").read_text().splitlines()
    )


def test_pictures_are_of_one_table(run, iris, tmp_path):
    words = ["detect", "score", iris.model, iris.table, *iris.typed, "-o", f"{tmp_path}/scores/"]
    err = run(*words, "--plot", tmp_path / "x.png")[2]
    assert "--plot is of one table, and -o " in err


def test_a_model_is_loaded_once_for_all_parts(run, files, parts, tmp_path, monkeypatch):
    many_files._kept.cache_clear()
    run("encode", files.model, parts, "--labels", "kind", "-o", f"{tmp_path}/codes/")
    assert many_files._kept.cache_info().misses == 1
    assert many_files._kept.cache_info().hits == 2


# Python runs this in each process before anything else: the first worker that opens the part is killed.
KILLED_AT_A_PART = """
import os, signal, sys

def look(event, given):
    if event == "open" and str(given[0]).endswith("parts/part-30.csv") and not os.path.exists({mark!r}):
        os.close(os.open({mark!r}, os.O_CREAT))
        os.kill(os.getpid(), signal.SIGKILL)

if any("popen_loky" in word for word in sys.orig_argv):
    sys.addaudithook(look)
"""


def test_a_killed_process_is_told_of_and_the_command_goes_on(files, parts, tmp_path, environment):
    for number in range(3, 60):
        (parts / f"part-{number:02d}.csv").write_text((parts / "part-0.csv").read_text())
    (tmp_path / "first").mkdir()
    (tmp_path / "first" / "sitecustomize.py").write_text(KILLED_AT_A_PART.format(mark=str(tmp_path / "mark")))
    path = os.pathsep.join([str(tmp_path / "first"), environment.get("PYTHONPATH", "")])
    codes = tmp_path / "codes"
    command = [sys.executable, "-m", "diabolo", "encode", str(files.model), str(parts), "--labels", "kind"]
    command += ["-o", f"{codes}/", "--workers", "2"]
    # A file, since the workers hold a pipe open for as long as any of them lives.
    with (tmp_path / "said").open("w") as said:
        done = subprocess.run(command, env={**environment, "PYTHONPATH": path}, stderr=said, timeout=120)
    assert done.returncode == 1
    said = (tmp_path / "said").read_text()
    assert said.startswith("diabolo: a worker process ended without a word: it was killed, or the memory did")
    assert re.search(r" ([1-9]|[1-5]\d) of 60 parts are written; under way were .*/part-30\.csv", said)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=120)
    assert re.search(r"; [1-9]\d* of them (was|were) there already", done.stdout)
    assert len(list(codes.iterdir())) == 61
    first = (codes / "part-0.csv").read_bytes()
    assert all((codes / f"part-{number:02d}.csv").read_bytes() == first for number in range(3, 60))
