"""Fits on this machine's GPU or TPU beside its processor, in float32 and in less: rates, shares, losses.

    python -m benchmarks.accelerator --repeats 5 --tflops 60 400 800 --gigabytes 3300

Turn by turn (A B A B), so that what else the machine does falls on all alike; a figure is a median, with its
least and its largest. Programs are compiled, and files written, before the clock runs, which counts the
seconds of the epochs. Peaks are the maker's, of dense products; without them shares are unknown. Where JAX
sees no accelerator the processor alone runs, on little, to show that this file does.
"""

from __future__ import annotations

import argparse
import tempfile
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import numpy as np

import diabolo
from benchmarks.machine import describe_machine, versions
from benchmarks.spread import Spread
from diabolo.datasets import load_digits

PRECISIONS = (None, "high", "fast")
Table = Callable[[Path, int], Any]


@dataclass(frozen=True)
class Case:
    """A fit that is timed.

    Parameters
    ----------
    table : callable
        Makes the rows, in a folder and of a number.
    n_rows, n_small : int
        How many: beside an accelerator, and where there is none.
    n_epochs : int
        Passes over them; where there is none, one.
    kind : callable
        Makes the estimator.
    settings : dict
        Of it.
    """

    table: Table
    n_rows: int
    n_small: int
    n_epochs: int
    kind: Callable[..., Any]
    settings: dict[str, Any]


def of_digits(folder: Path, n_rows: int) -> Any:
    """Return the 8 x 8 digits."""
    return np.asarray(load_digits()[0], np.float32)[:n_rows]


def random_rows(n_features: int) -> Table:
    """Return rows of a few directions and noise, between 0 and 1, in memory."""

    def table(folder: Path, n_rows: int) -> Any:
        rng = np.random.default_rng(0)
        rows = rng.random((n_rows, 8), np.float32) @ rng.random((8, n_features), np.float32) / 8
        rows += np.float32(0.02) * rng.random(rows.shape, np.float32)
        return rows

    return table


def rows_on_disk(n_features: int) -> Table:
    """Write such rows into a file, and open it."""

    def table(folder: Path, n_rows: int) -> Any:
        path = folder / f"{n_rows}x{n_features}.npy"
        if not path.exists():
            part = random_rows(n_features)(folder, min(n_rows, 50_000))
            store = np.lib.format.open_memmap(path, "w+", np.float32, (n_rows, n_features))
            for start in range(0, n_rows, len(part)):
                store[start : start + len(part)] = part[: n_rows - start]
            store.flush()
            del store
        return diabolo.open(path)

    return table


def dense(hidden: tuple[int, ...], n_components: int, batch_size: int) -> dict[str, Any]:
    """Name the settings of a dense network between 0 and 1."""
    return {
        "hidden_layer_sizes": hidden,
        "n_components": n_components,
        "batch_size": batch_size,
        "activation": "relu",
        "output_activation": "sigmoid",
    }


IMAGES = {"image_shape": (28, 28), "filters": (32, 32), "batch_size": 256, "output_activation": "sigmoid"}
CASES = {
    "digits": Case(of_digits, 1797, 200, 100, diabolo.Autoencoder, dense((32,), 2, 8)),
    "784-64-784": Case(random_rows(784), 60_000, 300, 5, diabolo.Autoencoder, dense((), 64, 256)),
    "4096-1024-64": Case(random_rows(4096), 20_000, 64, 3, diabolo.Autoencoder, dense((1024,), 64, 1024)),
    "100000-128": Case(random_rows(100_000), 2_000, 16, 3, diabolo.Autoencoder, dense((), 128, 64)),
    "convolution": Case(
        random_rows(784), 60_000, 64, 3, diabolo.ConvolutionalAutoencoder, IMAGES | {"n_components": 16}
    ),
    # More than a fit's buffers of half a gibibyte: it goes through pools.
    "streamed": Case(rows_on_disk(1000), 400_000, 200, 2, diabolo.Autoencoder, dense((), 64, 256)),
}


@dataclass(frozen=True)
class Peaks:
    """What a device can do at the most, a second; empty where it is unknown.

    Parameters
    ----------
    flops : dict of precision to float
        Operations on dense matrices.
    bandwidth : float or None
        Bytes from its memory.
    """

    flops: dict[str | None, float]
    bandwidth: float | None


def work_of(model: Any, batch_size: int) -> tuple[float, float]:
    """Count operations, and bytes of memory at the least, for a row of training.

    A product is a multiplication and an addition, there and in two derivatives. Adam reads parameters,
    gradients and two moments, and writes parameters and moments; a row is read.
    """
    operations = 6.0 * model.network_.network.n_products
    return operations, 4.0 * (7 * model.n_parameters_ / batch_size + model.n_features_in_)


def run_case(
    case: Case, devices: Sequence[tuple[str, str | None]], folder: Path, repeats: int, small: bool
) -> Any:
    """Fit turn by turn on each device; return by device the rows a second, and the last model."""
    table = case.table(folder, case.n_small if small else case.n_rows)
    n_epochs = 1 if small else case.n_epochs

    def fitted(device: str, precision: str | None) -> Any:
        how = {"max_epochs": n_epochs, "random_state": 0, "device": device, "precision": precision}
        return case.kind(**case.settings, **how).fit(table)

    for each in () if small else devices:
        fitted(*each)
    rates: dict[Any, list[float]] = {each: [] for each in devices}
    models = {}
    for _ in range(repeats):
        for each in devices:
            models[each] = model = fitted(*each)
            seconds = float(np.sum(model.history_["seconds"]))
            rates[each].append(len(table) * n_epochs / seconds)
    return rates, models


def lines_of(name: str, case: Case, rates: Any, models: Any, peaks: Peaks) -> list[str]:
    """Write what was measured of a case."""
    lines = []
    first = next(iter(models))
    for (device, precision), values in rates.items():
        model, rate = models[device, precision], Spread.of(values)
        ratio = Spread.of(own / other for own, other in zip(values, rates[first], strict=True))
        operations, n_bytes = work_of(model, case.settings["batch_size"])
        flops = peaks.flops.get(precision) if device != "cpu" else None
        bandwidth = peaks.bandwidth if device != "cpu" else None
        reference = models[device, None].history_["loss"][-1]
        shares = [
            "unknown" if peak is None else f"{rate.median * work / peak:.1%}"
            for work, peak in ((operations, flops), (n_bytes, bandwidth))
        ]
        lines.append(
            f"| {name} | {device} | {precision or 'float32'} | {' ('.join(rate.show())}) | "
            f"{' ('.join(ratio.show())}) | {shares[0]} | {shares[1]} | {model.history_['loss'][-1]:.6g} | "
            f"{model.history_['loss'][-1] / reference - 1:+.2%} |"
        )
    return lines


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a line for each case, device and precision."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.accelerator",
        description=__doc__.splitlines()[0],  # type: ignore[union-attr]
    )
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"which of {', '.join(map(repr, CASES))}")
    parser.add_argument("--repeats", type=int, default=5, metavar="N", help="turns (5)")
    parser.add_argument(
        "--tflops",
        type=float,
        nargs=3,
        metavar=("FLOAT32", "HIGH", "FAST"),
        help="the accelerator's peaks, in 10^12 operations a second",
    )
    parser.add_argument("--gigabytes", type=float, metavar="N", help="of its memory, in 10^9 bytes a second")
    options = parser.parse_args(arguments)
    if unknown := [name for name in options.cases if name not in CASES]:
        parser.error(f"no case named {', '.join(unknown)}; choose from {', '.join(map(repr, CASES))}")
    warnings.simplefilter("ignore")
    accelerator = jax.default_backend()
    small = accelerator == "cpu"
    if small:
        print(
            "JAX sees no GPU or TPU here, so nothing is measured: each case runs once, on few rows, on the "
            "processor."
        )
    elsewhere = "cpu" if small else accelerator
    devices = [*dict.fromkeys([("cpu", None), *((elsewhere, precision) for precision in PRECISIONS)])]
    tflops = options.tflops or ()
    peaks = Peaks(
        {precision: 1e12 * peak for precision, peak in zip(PRECISIONS, tflops, strict=False)},
        None if options.gigabytes is None else 1e9 * options.gigabytes,
    )
    print(f"{describe_machine()}\n{versions()}\n{', '.join(each.device_kind for each in jax.devices())}\n")
    columns = "case", "device", "products", "rows a second", "over cpu, float32", "of operations", "of bytes"
    print(f"| {' | '.join(columns)} | loss | beside float32's |")
    print("|---|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for name in options.cases or CASES:
            rates, models = run_case(
                CASES[name], devices, Path(folder), 1 if small else options.repeats, small
            )
            print(*lines_of(name, CASES[name], rates, models, peaks), sep="\n", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
