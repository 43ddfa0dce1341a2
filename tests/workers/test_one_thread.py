"""A process on one thread: what is set for JAX and NumPy; that it holds is in test_local.py."""

import os
import subprocess
import sys
from pathlib import Path

import diabolo

_PROGRAM = """
import os, numpy
from diabolo.workers.one_thread import stay_on_one_thread
first = stay_on_one_thread()
assert stay_on_one_thread() is first
import threadpoolctl
print(os.environ["NPROC"], {pool["num_threads"] for pool in threadpoolctl.threadpool_info()})
"""


def test_it_is_set_once():
    environment = {**os.environ, "PYTHONPATH": str(Path(diabolo.__file__).parents[1])}
    found = subprocess.run(
        [sys.executable, "-c", _PROGRAM], env=environment, capture_output=True, text=True, check=True
    )
    assert found.stdout == "1 {1}\n"
