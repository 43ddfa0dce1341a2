"""One model on one and on several processes: ``python -m benchmarks.processes``.

Prints two tables in Markdown. The first: seconds an epoch of fits that share rows, and of one whose wide ends
share features, with one process and with two, turn by turn, beside copying memory by as many; the last loss
stands beside. Each process has one thread, so that two have twice the processors of one. The second: the peak
of a process's memory in a wide fit, one process and two, whole and above what it held before the fit.
It takes some minutes, and as much disk and memory as the wide tables.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from benchmarks.machine import describe_machine, versions
from benchmarks.spread import Spread

# Settings of the fits, and the shapes of their tables: too large to be trained on in one call for all epochs,
# whose seconds would be those of compilation, too.
DENSE = {"hidden_layer_sizes": (1024, 256), "activation": "relu", "n_components": 32, "max_epochs": 3}
WIDE = {"hidden_layer_sizes": (128,), "activation": "tanh", "n_components": 32, "output_activation": "linear"}
FITS: dict[str, tuple[tuple[int, int], dict[str, Any]]] = {
    "784-1024-256-32, batch 4,096": ((24_576, 784), {**DENSE, "batch_size": 4096}),
    "784-1024-256-32, batch 256": ((24_576, 784), {**DENSE, "batch_size": 256}),
    "wide, 100,000 x 128": ((512, 100_000), {**WIDE, "batch_size": 64, "max_epochs": 2}),
}
COPIED, TIMES = 2**26, 12


def write_table(path: Path, shape: tuple[int, int]) -> None:
    """Write rows of low rank with noise, a band of them at a time."""
    random, (n_rows, n_features) = np.random.default_rng(0), shape
    mixed = random.normal(size=(8, n_features)).astype(np.float32) / 3
    with h5py.File(path, "w") as file:
        rows = file.create_dataset("rows", shape, "f4", chunks=(min(n_rows, 32), min(n_features, 8192)))
        for start in range(0, n_rows, 256):
            count = min(256, n_rows - start)
            noise = random.normal(size=(count, n_features)).astype(np.float32) * 0.3
            rows[start : start + count] = random.normal(size=(count, 8)).astype(np.float32) @ mixed + noise


def one(address: str, n_processes: int, index: int, name: str, path: str, settings: str) -> None:
    """Do a work as one of so many processes, and print what it took."""
    if name == "copy":
        given, taken = np.ones(COPIED, np.float32), np.zeros(COPIED, np.float32)
        start, worked = time.perf_counter(), time.process_time()
        for _ in range(TIMES):
            np.copyto(taken, given)
        # Of as many copies as one process makes, shared among all.
        figures = {"seconds": time.perf_counter() - start, "processor": time.process_time() - worked}
        print(json.dumps({name: figure / n_processes for name, figure in figures.items()}))
        return
    import diabolo
    from diabolo.training.engine import Engine
    from diabolo.training.process_memory import peak_bytes, resident_bytes

    run_epoch, processor = Engine.run_epoch, []

    def timed(*arguments: Any) -> Any:
        start = time.process_time()
        done = run_epoch(*arguments)
        processor.append(time.process_time() - start)
        return done

    Engine.run_epoch = timed  # type: ignore[method-assign]

    if n_processes > 1:
        diabolo.initialize_cluster(address, n_processes, index)
    table, before = diabolo.open(path), resident_bytes()
    model = diabolo.Autoencoder(**json.loads(settings), device="all", random_state=0).fit(table)
    history = model.history_
    figures = {"seconds": min(history["seconds"][1:]), "processor": min(processor[1:], default=None)}
    figures["loss"] = history["loss"][-1]
    print(json.dumps({**figures, "peak": peak_bytes(), "before": before}))


def run(n_processes: int, name: str, path: Path, settings: dict[str, Any]) -> list[dict[str, float]]:
    """Do a work in so many processes at once; return what each has printed."""
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{asked.getsockname()[1]}"
    threads = {"NPROC": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"}
    started = []
    for index in range(n_processes):
        place = [address, str(n_processes), str(index), name, str(path), json.dumps(settings)]
        command = [sys.executable, "-m", "benchmarks.processes", "--one", *place]
        environment = {**os.environ, **threads}
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment))
    said = [process.communicate()[0] for process in started]
    if any(process.returncode for process in started):
        raise SystemExit(f"{name}: a process has failed")
    return [json.loads(text.splitlines()[-1]) for text in said]


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--features", type=int, nargs="*", default=[100_000], help="of the second table")
    parser.add_argument("--rows", type=int, default=1_000, help="of the second table")
    parser.add_argument("--one", nargs=6, help=argparse.SUPPRESS)
    typed = parser.parse_args()
    if typed.one:
        address, n_processes, index, name, path, settings = typed.one
        return one(address, int(n_processes), int(index), name, path, settings)
    print(describe_machine(), versions(), sep="\n")
    print("\n| work | 1 process, s | 2 processes, s | times as fast | range | loss, 1 and 2 |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.h5"
        for name, (shape, settings) in {"copy": ((1, 1), {}), **FITS}.items():
            write_table(path, shape)
            seconds: dict[int, list[float]] = {1: [], 2: []}
            losses = {}
            for _ in range(typed.rounds):
                for count in (1, 2):
                    found = run(count, name, path, settings)
                    seconds[count].append(max(each["seconds"] for each in found))
                    losses[count] = found[0].get("loss")
            ratios = [a / b for a, b in zip(seconds[1], seconds[2], strict=True)]
            alone, both = (Spread.of(seconds[count]).show()[0] for count in (1, 2))
            shown = "" if None in losses.values() else f"{losses[1]:.6g}, {losses[2]:.6g}"
            print(
                f"| {name} | {alone} | {both} | {' | '.join(Spread.of(ratios).show())} | {shown} |",
                flush=True,
            )
        print("\n| wide fit | 1 process, MB | 2, MB each | share | of what the fit adds | loss, 1 and 2 |")
        print("|---|---|---|---|---|---|")
        for n_features in typed.features:
            write_table(path, (typed.rows, n_features))
            settings = {**WIDE, "batch_size": 64, "max_epochs": 2, "learning_rate": 1e-5}
            (alone_,), both_ = (run(count, "wide", path, settings) for count in (1, 2))
            peaks = [each["peak"] / 1e6 for each in (alone_, *both_)]
            above = [(each["peak"] - each["before"]) / 1e6 for each in (alone_, *both_)]
            print(
                f"| {typed.rows:,} x {n_features:,} | {peaks[0]:,.0f} | "
                f"{' and '.join(f'{peak:,.0f}' for peak in peaks[1:])} | {max(peaks[1:]) / peaks[0]:.2f} | "
                f"{max(above[1:]) / above[0]:.2f} | {alone_['loss']:.6g}, {both_[0]['loss']:.6g} |",
                flush=True,
            )
    return None


if __name__ == "__main__":
    main()
