"""Processes of this machine as a cluster: each test file says what they run."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import jax
import pytest

PROGRAMS = Path(__file__).parent / "programs"
# Before JAX 0.9.2 its service ends a process itself, unheard, where it is the first to miss another.
ENDED_BY_JAX = ""
if jax.__version_info__ < (0, 9, 2):
    ENDED_BY_JAX = "Terminating process because the JAX distributed service detected fatal errors"


def free_port():
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return asked.getsockname()[1]


def start(program, n_processes, *arguments, **changes):
    """Start a program of the folder in so many processes, which are told address, number and index."""
    address = f"127.0.0.1:{free_port()}"
    # Half a machine for each would be two threads; one is enough here.
    environment = {**os.environ, "DIABOLO_CACHE_DIR": "off", "OPENBLAS_NUM_THREADS": "1", **changes}
    return [
        subprocess.Popen(
            [sys.executable, PROGRAMS / program, address, str(n_processes), str(index), *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )
        for index in range(n_processes)
    ]


def finished(processes, seconds=240):
    """Wait for processes, and give back what each has printed."""
    try:
        said = [process.communicate(timeout=seconds) for process in processes]
    finally:
        for process in processes:
            process.kill()
    return [
        subprocess.CompletedProcess(process.args, process.returncode, *texts)
        for process, texts in zip(processes, said, strict=True)
    ]


@pytest.fixture(scope="session")
def run_cluster():
    """Run a program of tests/cluster/programs in so many processes; all of them must succeed."""

    def run(program, n_processes, *arguments, **changes):
        done = finished(start(program, n_processes, *arguments, **changes))
        for each in done:
            assert each.returncode == 0, each.stderr[-4000:]
        return done

    return run
