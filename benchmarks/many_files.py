"""How encoding and screening grow with workers: ``python -m benchmarks.many_files``.

Prints a table in Markdown. One and two processes of one thread each, turn by turn, beside copying memory by
the same processes, which is the most that this machine has to give to work that memory binds. A first round
starts the workers and compiles, and is not counted. It takes a minute or two, 1.3 GB on the disk and 4 GB of
memory.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np

import diabolo
from benchmarks.machine import describe_machine, versions
from benchmarks.spread import Spread
from diabolo.workers.local import LocalWorkers
from diabolo.workers.pool import Workers

PARTS, ROWS, COLUMNS = 16, 20_000, 1_000
SCREENED = (2_000, 40_000)
COPIED = 2**25  # numbers of four bytes, far beyond any cache


@cache
def model(path: str) -> diabolo.Autoencoder:
    """Load a model once in each worker."""
    return diabolo.load(path)


def encode(task: tuple[str, str, str]) -> None:
    """Encode one part, and write its codes."""
    path, part, codes = task
    np.save(codes, model(path).transform(diabolo.open(part)))


def copy(times: int) -> float:
    """Copy an array some times; return bytes read and written."""
    given, taken = arrays()
    for _ in range(times):
        np.copyto(taken, given)
    return 2.0 * times * given.nbytes


@cache
def arrays() -> tuple[np.ndarray, np.ndarray]:
    """Two arrays in a worker, their pages touched."""
    return np.ones(COPIED, np.float32), np.zeros(COPIED, np.float32)


def made(folder: Path) -> tuple[Callable[[Workers], object], ...]:
    """Make rows, a model and a table; return the three works, of workers."""
    random = np.random.default_rng(0)
    mixed = random.normal(size=(20, COLUMNS)).astype(np.float32)
    for number in range(PARTS):
        rows = random.normal(size=(ROWS, 20)).astype(np.float32) @ mixed
        np.save(folder / f"part-{number}.npy", rows)
    fitted = diabolo.Autoencoder(16, hidden_layer_sizes=(128,), max_epochs=1, random_state=0, verbose=0)
    diabolo.save(fitted.fit(rows[:2_000]), folder / "m.diabolo")
    tasks = [
        (f"{folder}/m.diabolo", f"{folder}/part-{number}.npy", f"{folder}/codes-{number}.npy")
        for number in range(PARTS)
    ]
    table = random.normal(size=SCREENED).astype(np.float32)
    y = table[:, 0] + random.normal(size=SCREENED[0])
    return (
        lambda workers: list(workers.map(copy, [10] * 4)),
        lambda workers: list(workers.map(encode, tasks)),
        lambda workers: diabolo.screen(table, y, workers=workers, n_jobs=1),
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    print(describe_machine(), versions(), sep="\n")
    names = (
        "copy memory",
        f"encode {PARTS} x {ROWS:,} x {COLUMNS:,}",
        f"screen {SCREENED[0]:,} x {SCREENED[1]:,}",
    )
    print("\n| work | 1 worker, s | 2 workers, s | times as fast | range |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        works = made(Path(folder))
        with LocalWorkers(1) as one, LocalWorkers(2) as two:
            for name, work in zip(names, works, strict=True):
                seconds: dict[int, list[float]] = {1: [], 2: []}
                for number in range(rounds + 1):
                    for workers in (one, two):
                        start = time.perf_counter()
                        work(workers)
                        if number:
                            seconds[workers.count].append(time.perf_counter() - start)
                ratios = [a / b for a, b in zip(seconds[1], seconds[2], strict=True)]
                alone, both = (Spread.of(seconds[count]).show()[0] for count in (1, 2))
                print(f"| {name} | {alone} | {both} | {' | '.join(Spread.of(ratios).show())} |", flush=True)


if __name__ == "__main__":
    from benchmarks import many_files  # by a name that workers can import

    many_files.main()
