"""Every network and part as ONNX, beside Diabolo itself: how far apart, how large, how long one row takes.

    python -m benchmarks.export --repeats 25

A Markdown table. The largest difference is over 1,000 rows, as a share of the output's range. The time of one
row is taken turn by turn (A B A B), after both are warm; the ratio is of neighbors, the median, with its
quartiles. onnxruntime has one thread, Diabolo what it takes.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

import diabolo
from diabolo.export import to_onnx

N_ROWS = 1000


def tables() -> dict[str, Any]:
    """Make rows of a few factors, the same with gaps, images, and what a code is guided by."""
    random = np.random.default_rng(0)
    rows = random.normal(size=(N_ROWS, 6)) @ random.normal(size=(6, 64))
    rows = (rows + 0.3 * random.normal(size=rows.shape)).astype(np.float32)
    gapped = rows.copy()
    gapped[random.random(rows.shape) < 0.1] = np.nan
    centers = random.random((N_ROWS, 2)) * 16
    grid = np.arange(16)
    far = (grid[:, None] - centers[:, 0, None, None]) ** 2 + (grid - centers[:, 1, None, None]) ** 2
    images = np.exp(-far / 8).astype(np.float32)
    return {"rows": rows, "gapped": gapped, "images": images, "y": (rows[:, 0] > 0).astype(int)}


def models(found: dict[str, Any]) -> Iterator[tuple[str, Any, np.ndarray]]:
    """Fit one of each kind; give its name and rows."""
    rows, gapped, images = found["rows"], found["gapped"], found["images"]
    quick = {"max_epochs": 10, "random_state": 0}
    dense = {"hidden_layer_sizes": (32,), **quick}
    yield "dense 64-32-8", diabolo.Autoencoder(8, **dense).fit(rows), rows
    yield "tied 64-32-8", diabolo.Autoencoder(8, tied_weights=True, **dense).fit(rows), rows
    yield "dense, missing cells", diabolo.Autoencoder(8, missing="mask", **dense).fit(gapped), gapped
    yield (
        "guided by classes",
        diabolo.Autoencoder(8, supervision_weight=1.0, **dense).fit(rows, found["y"]),
        rows,
    )
    yield "top 8 of 64", diabolo.SparseAutoencoder(64, sparsity="topk", k=8, **quick).fit(rows), rows
    yield "variational", diabolo.VariationalAutoencoder(8, scale="standard", **dense).fit(rows), rows
    yield "denoising", diabolo.DenoisingAutoencoder(8, **dense).fit(rows), rows
    for down, up in (("maxpool", "nearest"), ("stride", "transposed")):
        kind = diabolo.ConvolutionalAutoencoder(
            8, filters=(16, 8), downsample=down, upsample=up, max_epochs=3, random_state=0
        )
        yield f"convolutional, {down}, {up}", kind.fit(images), images
    yield "detector, linear", diabolo.AutoencoderDetector(random_state=0).fit(rows), rows
    masked = diabolo.AutoencoderDetector(missing="mask", random_state=0)
    yield "detector, linear, missing cells", masked.fit(gapped), gapped
    yield "detector, deep", diabolo.AutoencoderDetector("deep", random_state=0).fit(rows), rows


def parts(model: Any, rows: np.ndarray) -> Iterator[tuple[str, str, np.ndarray, Callable[[Any], Any]]]:
    """List a model's parts: name, the graph's input, what goes in, and the method that gives the same."""
    if hasattr(model, "anomaly_score"):
        yield "score", "X", rows, model.anomaly_score
        yield "predict", "X", rows, model.predict
        yield "reconstruct", "X", rows, model.reconstruct
        return
    yield "encode", "X", rows, model.transform
    yield "decode", "code", model.transform(rows), model.inverse_transform
    yield "reconstruct", "X", rows, model.reconstruct
    yield "score", "X", rows, model.reconstruction_error
    if hasattr(model, "target_"):
        yield "predict", "X", rows, model.predict


def seconds(work: Callable[[], Any]) -> float:
    """Do work by the clock."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def measured(
    model: Any, part: tuple[str, str, np.ndarray, Callable[[Any], Any]], path: Path, repeats: int
) -> str:
    """Write a part, and return what the table says of it."""
    name, given, values, method = part
    to_onnx(model, path, name)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    flat = values.reshape(len(values), -1)
    expected = np.asarray(method(values), np.float64).reshape(len(values), -1)
    answer = np.asarray(session.run(None, {given: flat})[0], np.float64).reshape(expected.shape)
    apart = np.max(np.abs(answer - expected)) / np.ptp(expected)
    one, flat_one = values[:1], flat[:1]
    ways = (lambda: method(one), lambda: session.run(None, {given: flat_one}))
    for way in ways:
        for _ in range(3):
            way()
    turns = [tuple(seconds(way) for way in ways) for _ in range(repeats)]
    own, other = (statistics.median(each) * 1e6 for each in zip(*turns, strict=True))
    low, middle, high = statistics.quantiles([a / b for a, b in turns], n=4)
    cells = f"{apart:.1e} | {path.stat().st_size / 1e3:.1f} kB | {other:.0f} us | {own:.0f} us"
    return f"{name} | {cells} | {middle:.0f} ({low:.0f} to {high:.0f})"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--repeats", type=int, default=25)
    repeats = parser.parse_args().repeats
    warnings.simplefilter("ignore")
    print(f"onnxruntime {onnxruntime.__version__}\n")
    print("| model | part | largest difference | file | one row, onnxruntime | one row, Diabolo | ratio |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for name, model, rows in models(tables()):
            for part in parts(model, rows):
                print(f"| {name} | {measured(model, part, Path(folder, 'part.onnx'), repeats)} |", flush=True)


if __name__ == "__main__":
    main()
