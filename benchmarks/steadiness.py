"""Whether a process that fits and answers for long stays as it was: memory, files, threads.

    python -m benchmarks.steadiness [FITS] [CALLS]

Fits many times in a row, each kind of estimator in turn, on tables of one shape, then asks models for one row
many times; and shows, along the way, the process's memory, its open files, its threads and the files that lie
in its folder for temporary ones. What is said of growth is from a third of the way on: before it programs are
compiled.
"""

from __future__ import annotations

import gc
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

MARKS = 6
PAGE = os.sysconf("SC_PAGE_SIZE")


def state() -> tuple[float, int, int, int]:
    """Return the process's memory in MB, its open files, its threads, and its temporary files."""
    gc.collect()
    resident = int(Path("/proc/self/statm").read_text().split()[1]) * PAGE / 1e6
    files = len(list(Path("/proc/self/fd").iterdir()))
    threads = len(list(Path("/proc/self/task").iterdir()))
    return resident, files, threads, sum(1 for _ in Path(tempfile.gettempdir()).rglob("*"))


def fits() -> list[tuple[str, Callable[[np.ndarray, int], object]]]:
    """List what is fitted in turn."""
    from diabolo import (
        Autoencoder,
        AutoencoderDetector,
        ConvolutionalAutoencoder,
        DenoisingAutoencoder,
        VariationalAutoencoder,
    )

    few = {"max_epochs": 2}
    return [
        ("dense", lambda X, s: Autoencoder(4, hidden_layer_sizes=(16,), random_state=s, **few).fit(X)),
        ("denoising", lambda X, s: DenoisingAutoencoder(4, random_state=s, **few).fit(X)),
        ("variational", lambda X, s: VariationalAutoencoder(4, random_state=s, **few).fit(X)),
        (
            "convolutional",
            lambda X, s: ConvolutionalAutoencoder(filters=(4,), random_state=s, **few).fit(
                X.reshape(-1, 6, 5)
            ),
        ),
        ("detector", lambda X, s: AutoencoderDetector(random_state=s).fit(X)),
        (
            "deep detector",
            lambda X, s: AutoencoderDetector(Autoencoder(4, **few), n_members=2, cv=0, random_state=s).fit(X),
        ),
    ]


def ask(model: object, row: np.ndarray) -> object:
    """Ask a model for one row."""
    if hasattr(model, "image_shape_"):
        row = row.reshape(1, 6, 5)
    return (getattr(model, "transform", None) or model.score_samples)(row)


def watched(what: str, count: int, turn: Callable[[int], object]) -> None:
    """Do something many times, and show the process's state along the way."""
    print(f"\n{what}\n{'done':>8} {'memory':>10} {'files':>6} {'threads':>8} {'temporary':>10}")
    marks, found = set(np.linspace(0, count, MARKS + 1).astype(int).tolist()), []
    for number in range(count + 1):
        if number in marks:
            found.append((number, *state()))
            done, resident, files, threads, temporary = found[-1]
            print(f"{done:>8,} {resident:>7.1f} MB {files:>6} {threads:>8} {temporary:>10}", flush=True)
        if number < count:
            turn(number)
    first, last = found[MARKS // 3], found[-1]
    turns = last[0] - first[0]
    grown = (last[1] - first[1]) * 1e3 / turns
    print(
        f"from {first[0]:,} on: {grown:+.2f} kB a turn, {last[2] - first[2]:+d} files, "
        f"{last[3] - first[3]:+d} threads, {last[4] - first[4]:+d} temporary files"
    )


def main(n_fits: int = 300, n_calls: int = 10_000) -> None:
    """Fit, then ask, and show what is left of it."""
    kinds, random = fits(), np.random.default_rng(0)
    table = random.normal(size=(200, 30))

    def fit(number: int) -> object:
        return kinds[number % len(kinds)][1](table + number / 1e3, number)

    watched(f"{n_fits:,} fits: {', '.join(name for name, _ in kinds)} in turn, 200 rows of 30", n_fits, fit)
    models = [make(table, 0) for _, make in kinds]
    rows = random.normal(size=(997, 1, 30))
    watched(
        f"{n_calls:,} calls of one row, the same models in turn",
        n_calls,
        lambda number: ask(models[number % len(models)], rows[number % len(rows)]),
    )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        # Set before anything is written, so that what stays behind is seen.
        tempfile.tempdir = os.environ["TMPDIR"] = folder
        os.environ.setdefault("DIABOLO_CACHE_DIR", "off")
        main(*map(int, sys.argv[1:]))
