"""``--distributed``: one process prints and writes, and a failure of one does not keep the others."""

import os
import socket
import subprocess
import sys

import numpy as np
import pytest

import diabolo


def free_port():
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return asked.getsockname()[1]


def run_processes(*words, n_processes=2):
    """Type a command in so many processes at once; return status, stdout and stderr of each."""
    address = f"127.0.0.1:{free_port()}"
    environment = {**os.environ, "DIABOLO_CACHE_DIR": "off"}
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "diabolo", *words, "--distributed", f"{address},{n_processes},{index}"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )
        for index in range(n_processes)
    ]
    said = [process.communicate(timeout=200) for process in started]
    return [(process.returncode, *texts) for process, texts in zip(started, said, strict=True)]


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "rows.npy"
    np.save(path, np.random.default_rng(0).normal(size=(120, 6)).astype(np.float32))
    return path


def test_the_first_process_prints_and_writes(table, tmp_path):
    words = ("fit", str(table), "-o", str(tmp_path / "m.diabolo"), "-e", "2")
    (status, out, _), (other, silent, _) = run_processes(*words)
    assert (status, other, silent) == (0, 0, "")
    assert "model        " in out
    one = diabolo.Autoencoder(max_epochs=2, random_state=0).fit(np.load(table))
    codes = diabolo.load(tmp_path / "m.diabolo").transform(np.load(table))
    np.testing.assert_array_equal(codes, one.transform(np.load(table)))


def test_a_detector_is_fitted_so_too(table, tmp_path):
    words = ("detect", "fit", str(table), "-o", str(tmp_path / "m.diabolo"))
    (status, out, _), (other, silent, _) = run_processes(*words)
    assert (status, other, silent) == (0, 0, "")
    assert "threshold" in out
    found = diabolo.load(tmp_path / "m.diabolo").threshold_
    assert found == diabolo.AutoencoderDetector(random_state=0).fit(np.load(table)).threshold_


def test_a_failure_ends_every_process(tmp_path):
    done = run_processes("fit", str(tmp_path / "none.npy"), "-o", str(tmp_path / "m.diabolo"))
    assert [status for status, _, _ in done] == [1, 1]
    assert any("none.npy does not exist" in err for _, _, err in done)


@pytest.mark.parametrize("place", ["here", "10.0.0.1,2,0", "10.0.0.1:1234,0,0", "10.0.0.1:1234,2"])
def test_a_place_that_is_none(run, table, tmp_path, place):
    status, _, err = run("fit", table, "-o", tmp_path / "m.diabolo", "--distributed", place)
    assert status == 2
    assert err == (
        f"diabolo: --distributed {place} is not possible; expected auto, or HOST:PORT,NUMBER,INDEX such as "
        "10.0.0.1:1234,4,0.\n"
    )


def test_what_says_who_the_others_are_is_a_flag(table, tmp_path):
    words = ("fit", str(table), "-o", str(tmp_path / "m.diabolo"), "--distributed", "auto")
    done = subprocess.run([sys.executable, "-m", "diabolo", *words], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.endswith("elsewhere give --distributed HOST:PORT,NUMBER,INDEX.\n")


def test_no_comparison_beside_it(run, table, tmp_path):
    status, _, err = run("fit", table, "-o", tmp_path / "m", "--compare", "--distributed", "auto")
    assert status == 2
    assert err == "diabolo: --compare trains again in one process; leave it or --distributed out.\n"
