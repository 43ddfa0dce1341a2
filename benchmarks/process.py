"""One measured run in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.other_load import OtherLoad
from benchmarks.settings import ROOT
from benchmarks.threads import environment, hold_to_two_cpus


class RunFailedError(Exception):
    """A run ended badly; the message is the last it wrote."""


def timed_command(command: Sequence[str | Path], cache: Path) -> tuple[float, str]:
    """Run a command and return its wall time, start to end, and what it printed.

    ``cache`` is where Diabolo keeps its compiled programs: a new folder makes the run pay for compiling.
    """
    start = time.perf_counter()
    # check=False: the message of a failed run is built below, from what it wrote.
    done = subprocess.run(
        [str(word) for word in command],
        cwd=ROOT,
        env=_child_environment(cache),
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        preexec_fn=hold_to_two_cpus,
    )
    seconds = time.perf_counter() - start
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        raise RunFailedError(lines[-1] if lines else f"exit status {done.returncode}, and no message")
    return seconds, done.stdout


def run_worker(
    worker: str, arguments: Mapping[str, Any], python: Path | None = None, cache: Path | None = None
) -> dict[str, Any]:
    """Run ``benchmarks.workers.<worker>`` and return the JSON object on its last line.

    Added to it, as ``other_load``: how many processors other programs kept busy meanwhile. Without another
    Python it is this one that runs it, and without a cache an empty one that is thrown away.
    """
    if cache is None:
        with tempfile.TemporaryDirectory(prefix="diabolo-cache-") as folder:
            return run_worker(worker, arguments, python, Path(folder))
    command = [python or Path(sys.executable), "-m", f"benchmarks.workers.{worker}", json.dumps(arguments)]
    with OtherLoad() as others:
        _, printed = timed_command(command, cache)
    return {**json.loads(printed.splitlines()[-1]), "other_load": others.cores}


def _child_environment(cache: Path) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("JAX_", "XLA_"))}
    return {**inherited, **environment(), "DIABOLO_CACHE_DIR": str(cache)}
