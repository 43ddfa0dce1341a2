"""What a message between processes costs: ``python -m benchmarks.messages``.

Prints a table in Markdown: milliseconds of a sum over 2 and over 4 processes of this machine (gloo), by how
many bytes each of them gives, and of several arrays that are summed together; and the line through those of
one array, latency + bytes / rate. Sums run one after the other within a compiled loop, as the steps of an
epoch do.
Each process has one thread.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.machine import describe_machine, versions
from benchmarks.other_load import OtherLoad
from benchmarks.spread import Spread

SIZES = (4, 4 * 2**10, 64 * 2**10, 400_000, 8 * 10**6, 64 * 10**6, 512 * 10**6)
# Arrays of 4 bytes that are summed together.
TOGETHER = (4, 16)
# About so much is sent in one call of the compiled loop, and at least one message, at most so many.
_CALL_BYTES, _MOST = 512 * 10**6, 200


def line_through(n_bytes: Sequence[float], seconds: Sequence[float]) -> tuple[float, float]:
    """Find latency and rate of ``seconds = latency + n_bytes / rate``, by least squares of relative errors.

    Of absolute errors the largest messages would decide alone.
    """
    taken = np.asarray(seconds, float)
    unknowns = np.stack([1 / taken, np.asarray(n_bytes, float) / taken], axis=1)
    (latency, slowness), *_ = np.linalg.lstsq(unknowns, np.ones(len(taken)), rcond=None)
    return float(latency), float(1 / slowness)


def one(address: str, n_processes: int, index: int, asked: dict[str, Any]) -> None:
    """Exchange what is asked for as one of so many processes, and print the seconds of a message each."""
    import jax
    from jax import lax
    from jax.sharding import Mesh, NamedSharding, PartitionSpec

    import diabolo

    diabolo.initialize_cluster(address, n_processes, index)
    mesh, whole = Mesh(np.array(jax.devices()), ("all",)), PartitionSpec()

    def looped(count: int) -> Any:
        def sums(arrays: Any) -> Any:
            return lax.fori_loop(0, count, lambda _, given: lax.psum(given, "all"), arrays)

        return jax.jit(jax.shard_map(sums, mesh=mesh, in_specs=whole, out_specs=whole, check_vma=False))

    def seconds(sizes: list[int]) -> list[float]:
        count = min(max(_CALL_BYTES // sum(sizes), 1), _MOST)
        # Sums of zeros stay zeros, which XLA does not know.
        given = [np.zeros(size // 4, np.float32) for size in sizes]
        arrays = [
            jax.make_array_from_process_local_data(NamedSharding(mesh, whole), array, array.shape)
            for array in given
        ]
        run = looped(count)
        jax.block_until_ready(run(arrays))
        found = []
        for _ in range(asked["rounds"]):
            start = time.perf_counter()
            jax.block_until_ready(run(arrays))
            found.append((time.perf_counter() - start) / count)
        return found

    print(json.dumps([seconds(sizes) for sizes in asked["sums"]]))


def exchanged(n_processes: int, sums: Sequence[Sequence[int]], rounds: int) -> list[list[float]]:
    """Have so many processes sum arrays together, of so many bytes each, and that for each of several sums.

    Parameters
    ----------
    n_processes : int
        How many.
    sums : sequence of sequences of int
        For each sum the bytes of its arrays.
    rounds : int
        How often each is timed.

    Returns
    -------
    list of lists of float
        For each sum its seconds, in each round.
    """
    asked = {"sums": sums, "rounds": rounds}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    environment = {**os.environ, "NPROC": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"}
    command = [sys.executable, "-m", "benchmarks.messages", "--one", address, str(n_processes)]
    started = [
        subprocess.Popen(
            [*command, str(i), json.dumps(asked)], stdout=subprocess.PIPE, text=True, env=environment
        )
        for i in range(n_processes)
    ]
    said = [process.communicate()[0] for process in started]
    if any(process.returncode for process in started):
        raise SystemExit(f"a process of {n_processes} has failed")
    return list(json.loads(said[0].splitlines()[-1]))


def main(argv: list[str] | None = None) -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--processes", type=int, nargs="*", default=[2, 4])
    parser.add_argument("--most", type=int, default=SIZES[-1], help="bytes of the largest message")
    parser.add_argument("--one", nargs=4, help=argparse.SUPPRESS)
    typed = parser.parse_args(argv)
    if typed.one:
        address, n_processes, index, asked = typed.one
        one(address, int(n_processes), int(index), json.loads(asked))
        return 0
    sizes = [size for size in SIZES if size <= typed.most]
    named = {f"{size:,} bytes": [size] for size in sizes}
    named |= {f"{count} of 4 bytes together": [4] * count for count in TOGETHER}
    print(describe_machine(), versions(), sep="\n")
    lines: dict[str, list[str]] = {}
    below = []
    for count in typed.processes:
        with OtherLoad() as load:
            found = dict(zip(named, exchanged(count, list(named.values()), typed.rounds), strict=True))
        latency, rate = line_through(sizes, [min(found[name]) for name in list(named)[: len(sizes)]])
        below.append(
            f"{count} processes: {latency * 1e3:.3g} ms + bytes / {rate / 1e9:.3g} GB/s, through the least; "
            f"other programs kept {load.cores} cores busy"
        )
        for name, seconds in found.items():
            spread = Spread.of(1e3 * each for each in seconds)
            lines.setdefault(name, []).append(f"{spread.low:.3g} | {spread.median:.3g} | {spread.high:.3g}")
    print(
        "\n| a message of | " + " | ".join(f"{n}: least, ms | median | most" for n in typed.processes) + " |"
    )
    print("|---" * (1 + 3 * len(typed.processes)) + "|")
    for name, cells in lines.items():
        print(f"| {name} | {' | '.join(cells)} |")
    print("", *below, sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
