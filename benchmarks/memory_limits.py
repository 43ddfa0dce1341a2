"""Whether a fit keeps to what it may take of memory: ``python -m benchmarks.memory_limits [NAMES]``.

Each kind of network is fitted to each container, every fit in a process of its own, twice: as it comes, and
with `max_memory` at the least that the plan does not refuse. That least is read from the refusal of
``max_memory="1MB"``. The peak is the process's (VmHWM, set back once the rows of an array or a frame are in
memory, which are part of it). Prints a table in Markdown; exit status 1 where a peak is above its limit. What
a plan asks for beyond the peak of the fit as it comes is its price: a fit that is refused for less.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.peak_memory import peak_memory

CONTAINERS = ("array", "frame", "h5", "csv")
FEW: dict[str, Any] = {"max_epochs": 2, "random_state": 0}
# Rows and features of the table that a kind is fitted to.
TALL, WIDE, IMAGES, NARROW = (100_000, 300), (300, 80_000), (4_000, 48 * 48), (100_000, 100)
SQUARE = (20_000, 2_000)


def kinds() -> dict[str, tuple[tuple[int, int], Any]]:
    """List what is fitted, each with the shape of its table."""
    from diabolo import (
        Autoencoder,
        AutoencoderDetector,
        ConvolutionalAutoencoder,
        DenoisingAutoencoder,
        VariationalAutoencoder,
    )

    layers = {"hidden_layer_sizes": (256, 64), **FEW}
    wide = {"hidden_layer_sizes": (128,), **FEW}
    images = {"image_shape": (48, 48), "filters": (32, 64), "batch_size": 256, **FEW}
    few = Autoencoder(8, hidden_layer_sizes=(64,), **FEW)
    return {
        "default": (TALL, Autoencoder(16, random_state=0)),
        "dense": (TALL, Autoencoder(16, early_stopping=True, validation_fraction=0.2, **layers)),
        "tied": (TALL, Autoencoder(16, tied_weights=True, **layers)),
        "denoising": (TALL, DenoisingAutoencoder(16, **layers)),
        "variational": (TALL, VariationalAutoencoder(16, **layers)),
        "layerwise": (TALL, Autoencoder(16, pretrain="layerwise", pretrain_epochs=2, **layers)),
        "guided": (TALL, Autoencoder(16, supervision_weight=1.0, random_state=0)),
        "guided, 2,000 columns": (SQUARE, Autoencoder(16, supervision_weight=1.0, random_state=0)),
        "default, wide": (WIDE, Autoencoder(32, random_state=0)),
        "wide": (WIDE, Autoencoder(32, **wide)),
        "wide, tied": (WIDE, Autoencoder(32, tied_weights=True, **wide)),
        "wide, guided": (WIDE, Autoencoder(32, supervision_weight=1.0, random_state=0)),
        "pooled": (IMAGES, ConvolutionalAutoencoder(**images)),
        "strided": (IMAGES, ConvolutionalAutoencoder(downsample="stride", upsample="transposed", **images)),
        "detector": (NARROW, AutoencoderDetector(random_state=0)),
        "detector, mean": (NARROW, AutoencoderDetector(missing="mean", random_state=0)),
        "detector, wide": (WIDE, AutoencoderDetector(random_state=0)),
        "detector, deep": (NARROW, AutoencoderDetector("deep", random_state=0)),
        "ensemble": (NARROW, AutoencoderDetector(few, n_members=3, random_state=0)),
    }


def main(arguments: list[str] | None = None) -> int:
    """Fit all of them and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="kinds, such as dense; or one with its container: dense/h5")
    parser.add_argument("--worker", nargs=4, help=argparse.SUPPRESS)
    typed = parser.parse_args(arguments)
    if typed.worker:
        print(json.dumps(fitted(*typed.worker)))
        return 0
    is_within = True
    print(
        "| network | container | table | as it comes | least allowed | peak with it |\n"
        "|---|---|---|---|---|---|"
    )
    with tempfile.TemporaryDirectory(prefix="diabolo-memory-") as name:
        for kind, (shape, _) in kinds().items():
            for container in CONTAINERS:
                if typed.names and not {kind, f"{kind}/{container}"} & set(typed.names):
                    continue
                path = made(Path(name), shape, container)
                free = outcome(kind, path, container, "none")
                refusal = outcome(kind, path, container, "1MB")
                least = amount(refusal.get("refused", ""))
                limited = outcome(kind, path, container, str(least))
                fits = "peak" in limited and limited["peak"] <= least
                is_within &= fits
                figures = f"{megabytes(free)} | {least / 1e6:,.0f} | {megabytes(limited)}"
                table = f"{shape[0]:,} x {shape[1]:,}"
                print(
                    f"| {kind} | {container} | {table} | {figures}{'' if fits else ' **above**'} |",
                    flush=True,
                )
    return 0 if is_within else 1


def made(folder: Path, shape: tuple[int, int], container: str) -> Path:
    """Write a table, once."""
    path = folder / f"{shape[0]}x{shape[1]}.{container if container in ('h5', 'csv') else 'npy'}"
    if path.exists():
        return path
    for other in folder.iterdir():
        if not other.name.startswith(f"{shape[0]}x{shape[1]}"):
            other.unlink()
    random = np.random.default_rng(0)
    codes = random.normal(size=(shape[0], 8)).astype(np.float32)
    rows = codes @ random.normal(size=(8, shape[1])).astype(np.float32)
    rows += random.normal(size=shape).astype(np.float32)
    if container == "h5":
        import h5py

        with h5py.File(path, "w") as file:
            file.create_dataset("data", data=rows)
    elif container == "csv":
        import pandas as pd

        names = [f"x{column}" for column in range(shape[1])]
        pd.DataFrame(np.round(rows, 2), columns=names).to_csv(path, index=False)
    else:
        np.save(path, rows)
    return path


def outcome(kind: str, path: Path, container: str, limit: str) -> dict[str, Any]:
    """Fit in another process."""
    command = [
        sys.executable,
        "-m",
        "benchmarks.memory_limits",
        "--worker",
        kind,
        str(path),
        container,
        limit,
    ]
    # Without the cache on disk a compiler takes what it takes of a new machine.
    environment = {**os.environ, "DIABOLO_CACHE_DIR": "off"}
    ended = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if ended.returncode:
        return {"failed": ended.stderr[-500:]}
    return dict(json.loads(ended.stdout.splitlines()[-1]))


def fitted(kind: str, path: str, container: str, limit: str) -> dict[str, Any]:
    """Fit here, and say how far it came."""
    import warnings

    import diabolo
    from diabolo.errors import ParameterError

    warnings.simplefilter("ignore")
    model = kinds()[kind][1].set_params(max_memory=None if limit == "none" else limit)
    if container in ("array", "frame"):
        rows: Any = np.load(path)
        if container == "frame":
            import pandas as pd

            rows = pd.DataFrame(rows, columns=[f"x{column}" for column in range(rows.shape[1])])
    else:
        rows = diabolo.open(path)
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    before = peak_memory()
    try:
        model.fit(rows, np.arange(len(rows)) % 7.0 if "guided" in kind else None)
    except ParameterError as error:
        return {"refused": str(error), "peak": peak_memory()}
    return {"peak": peak_memory(), "before": before}


def amount(refusal: str) -> int:
    """Read what a refusal says that the fit takes, in bytes."""
    found = re.search(r"takes ([\d.]+) (GB|MB)", refusal)
    if found is None:
        return 0
    # Two processes of one program differ by some megabytes before they fit anything.
    return int(float(found[1]) * {"GB": 1e9, "MB": 1e6}[found[2]] + 1e7)


def megabytes(said: dict[str, Any]) -> str:
    """Write the peak of a fit, or why there is none."""
    if "refused" in said:
        return f"refused: {said['refused'][:120]}"
    return f"{said['peak'] / 1e6:,.0f}" if "peak" in said else f"failed: {said.get('failed')}"


if __name__ == "__main__":
    sys.exit(main())
