"""A process that is killed or hangs: the others say so, and any number of them goes on from there."""

import os
import signal
import time

import numpy as np
import pytest
from tests.cluster.conftest import ENDED_BY_JAX, finished, start


@pytest.fixture(scope="module")
def expected(run_cluster, tmp_path_factory):
    """The same fit, in one process that nothing happens to."""
    out = tmp_path_factory.mktemp("alone") / "found"
    run_cluster("killed.py", 1, "none", "nobody", "own", out)
    with np.load(f"{out}-0.npz") as written:
        return dict(written)


def tells_of_the_loss(said):
    """Say whether an end is told of, where JAX itself has ended a process by JAX's sentence."""
    said = " ".join(said.split())
    if ENDED_BY_JAX and ENDED_BY_JAX in said:
        return "another task died" in said
    lost = "a process of the cluster was lost, and the others cannot go on without it."
    return lost in said and "the last checkpoint stands" in said


@pytest.mark.parametrize(
    ("n_processes", "victim", "device", "n_later"),
    [(2, 1, "all", 1), (2, 0, "own", 2), pytest.param(4, 2, "all", 2, marks=pytest.mark.slow)],
)
def test_the_others_say_so_and_another_number_of_processes_goes_on(
    n_processes, victim, device, n_later, expected, run_cluster, tmp_path
):
    started = time.monotonic()
    processes = start("killed.py", n_processes, tmp_path / "kept", victim, device, tmp_path / "first")
    done = finished(processes)
    assert time.monotonic() - started < 60 + 30
    assert done[victim].returncode == -9
    for index, each in enumerate(done):
        if index != victim:
            assert each.returncode == 1
            assert tells_of_the_loss(each.stderr)
    run_cluster("killed.py", n_later, tmp_path / "kept", "nobody", device, tmp_path / "second")
    for index in range(n_later):
        with np.load(tmp_path / f"second-{index}.npz") as found:
            np.testing.assert_allclose(found["loss"], expected["loss"], rtol=1e-4)
            np.testing.assert_allclose(found["codes"], expected["codes"], atol=2e-3)


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="a system that stops no processes")
@pytest.mark.parametrize("victim", [0, 1])
def test_a_process_that_hangs_is_not_waited_for(victim, expected, run_cluster, tmp_path):
    kept = tmp_path / "kept"
    processes = start("killed.py", 2, kept, "nobody", "all", tmp_path / "first")
    try:
        deadline = time.monotonic() + 120
        while len(list(kept.glob("checkpoint.network.*"))) < 2:
            assert time.monotonic() < deadline
            time.sleep(0.005)
        os.kill(processes[victim].pid, signal.SIGSTOP)
        _, said = processes[1 - victim].communicate(timeout=60)
        assert processes[victim].poll() is None  # it hangs still
    finally:
        for process in processes:
            process.kill()
            process.communicate()
    assert processes[1 - victim].returncode == 1
    assert tells_of_the_loss(said)
    run_cluster("killed.py", 1, kept, "nobody", "all", tmp_path / "second")
    with np.load(tmp_path / "second-0.npz") as found:
        np.testing.assert_allclose(found["loss"], expected["loss"], rtol=1e-4)
