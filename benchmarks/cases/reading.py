"""Shuffled batches from HDF5 beside random indices, and training from disk beside training from memory."""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from benchmarks.machine import versions
from benchmarks.other_load import warnings_of
from benchmarks.outcome import Outcome
from benchmarks.process import RunFailedError, run_worker
from benchmarks.settings import Settings
from benchmarks.spread import Spread
from benchmarks.table import draw_table
from diabolo.data.rechunk import rechunk

BATCH = 64
TIMES, SHARE = 10.0, 0.8
CHUNK_ROWS = 64
COLUMN_CHUNK_CELLS = 2**18


@dataclass(frozen=True)
class TableOnDisk:
    """A float32 table, and a network to fit to it."""

    name: str
    rows: int
    columns: int
    hidden_layer_sizes: tuple[int, ...]
    n_components: int

    @property
    def label(self) -> str:
        """Its name and shape."""
        return f"{self.name}, {self.rows:,} x {self.columns:,}"

    @property
    def row_bytes(self) -> int:
        """Of a row."""
        return 4 * self.columns

    def write(self, folder: Path) -> dict[str, Path]:
        """Write the same cells chunked by 64 rows and chunked by columns; neither is compressed."""
        X = np.random.default_rng(0).random((self.rows, self.columns), dtype=np.float32)
        width = min(max(COLUMN_CHUNK_CELLS // self.rows, 1), self.columns)
        chunks = {"by-64-rows": (min(CHUNK_ROWS, self.rows), self.columns), "by-columns": (self.rows, width)}
        paths = {}
        for name, chunk in chunks.items():
            paths[name] = folder / f"{self.name}-{name}.h5"
            with h5py.File(paths[name], "w") as file:
                file.create_dataset("data", data=X, chunks=chunk)
        return paths


TABLES = (
    TableOnDisk("wide", 2_000, 100_000, (128,), 128),
    TableOnDisk("long", 4_000_000, 100, (32,), 8),
)
QUICK_TABLES = (TableOnDisk("wide", 2_000, 80_000, (32,), 8), TableOnDisk("long", 1_600_000, 100, (32,), 8))
# The file that Diabolo reads -> the files that h5py reads random rows of.
READ = {"by-64-rows": ("by-64-rows",), "rechunked": ("by-columns", "rechunked")}
# A table rewritten by rows is compared with what its owner had before.
JUDGED = {"by-64-rows": "by-64-rows", "rechunked": "by-columns"}

HEADER = ("table", "Diabolo reads", "rows/s", "range", "h5py reads", "rows/s", "times", "range", "")
TRAINED = ("table", "trained on", "ms an epoch", "range", "speed of memory's", "range", "")
LEGEND = (
    "Both tables are larger than the memory that a fit plans for their rows, 512 MB.\n"
    "Files are uncompressed float32 and warm: just written, and read once before the first round, so that\n"
    "the processor and the system's cache are timed, not the disk. Both sides end with a batch of 64 rows\n"
    "in memory; Diabolo reads a whole epoch, h5py a part of one. Indices by columns are of the file as it\n"
    "was before it was rechunked. Epochs are those after the first, which compiles."
)


class Reading:
    """Rows per second from files, and epochs per second from files."""

    name = "reading"
    about = "shuffled batches of 64 from HDF5 beside random indices; training from disk beside from memory"

    def run(self, settings: Settings) -> Outcome:
        """Make the files of one table after the other, and measure each in processes of their own."""
        record: dict[str, Any] = {"about": self.about, "versions": versions(), "tables": []}
        reading, training, failures, disturbed = [], [], [], 0.0
        for table in QUICK_TABLES if settings.quick else TABLES:
            with tempfile.TemporaryDirectory(prefix="diabolo-reading-") as folder:
                try:
                    entry = self._measure(table, Path(folder), settings)
                except RunFailedError as failure:
                    failures.append(f"failed: {table.label}: {failure}")
                    continue
            record["tables"].append(entry)
            disturbed = max(disturbed, entry["other_load"])
            reading += self._reading_rows(table, entry)
            training += self._training_rows(table, entry)
        text = [
            draw_table(HEADER, reading),
            "",
            draw_table(TRAINED, training),
            *warnings_of(disturbed),
            *failures,
            LEGEND,
        ]
        return Outcome("\n".join(text), record, not failures)

    def _measure(self, table: TableOnDisk, folder: Path, settings: Settings) -> dict[str, Any]:
        paths = table.write(folder)
        started = time.perf_counter()
        paths["rechunked"] = rechunk(paths["by-columns"], folder / f"{table.name}-rechunked.h5")
        entry: dict[str, Any] = {
            "table": asdict(table),
            "rechunk_seconds": time.perf_counter() - started,
            "reading": {},
            "other_load": 0.0,
        }
        rounds = {"batch_size": BATCH, "rounds": settings.repeats}
        for name, indexed in READ.items():
            files = {each: str(paths[each]) for each in indexed}
            seconds = 0.5 if settings.quick else 10.0
            asked = {"path": str(paths[name]), "indexed": files, "seconds": seconds, **rounds}
            entry["reading"][name] = self._work("reading", asked, folder, entry)
        files = {name: str(paths[name]) for name in READ}
        asked = {"files": files, "epochs": 2 if settings.quick else 4, **rounds}
        asked |= {"hidden_layer_sizes": table.hidden_layer_sizes, "n_components": table.n_components}
        entry["training"] = self._work("from_disk", asked, folder, entry)
        return entry

    def _work(
        self, worker: str, asked: dict[str, Any], folder: Path, entry: dict[str, Any]
    ) -> dict[str, Any]:
        done = run_worker(worker, asked, cache=folder / "cache")
        entry["other_load"] = max(entry["other_load"], done["other_load"] or 0.0)
        print(f"  {self.name}: {entry['table']['name']}: {worker} done", file=sys.stderr, flush=True)
        return done

    def _reading_rows(self, table: TableOnDisk, entry: dict[str, Any]) -> list[tuple[str, ...]]:
        rows = []
        for name, done in entry["reading"].items():
            ours = [each["diabolo"] for each in done["rounds"]]
            first = (table.label, name, *_thousands(ours))
            for indexed in READ[name]:
                theirs = [each[f"h5py on {indexed}"] for each in done["rounds"]]
                times = Spread.of(own / peer for own, peer in zip(ours, theirs, strict=True))
                done[f"times h5py on {indexed}"] = times.to_json()
                verdict = ""
                if JUDGED[name] == indexed:
                    verdict = f"wanted {TIMES:g}: {'met' if times.median >= TIMES else 'MISSED'}"
                peer = f"{statistics.median(theirs):,.0f}"
                rows.append((*first, f"indices, {indexed}", peer, *times.show(), verdict))
                first = ("", "", "", "")
            limit = [each["end to end"] for each in done["rounds"]]
            share = Spread.of(own / most for own, most in zip(ours, limit, strict=True))
            done["share_of_end_to_end"] = share.to_json()
            peer = f"{statistics.median(limit):,.0f}"
            speed = f"{statistics.median(limit) * table.row_bytes / 1e9:.1f} GB/s: the limit"
            rows.append(("", "", "", "", "the file's bytes in order", peer, *share.show(), speed))
        return rows

    def _training_rows(self, table: TableOnDisk, entry: dict[str, Any]) -> list[tuple[str, ...]]:
        # The first epoch pays for compilation.
        seconds = [
            {name: statistics.median(own["seconds"][1:]) for name, own in each.items()}
            for each in entry["training"]["rounds"]
        ]
        rows = []
        for name in seconds[0]:
            spent = Spread.of(1e3 * each[name] for each in seconds)
            if name == "memory":
                rows.append((table.label, name, *spent.show(), "", "", ""))
                continue
            share = Spread.of(each["memory"] / each[name] for each in seconds)
            entry["training"][f"speed from {name}"] = share.to_json()
            verdict = f"wanted {SHARE:g}: {'met' if share.median >= SHARE else 'MISSED'}"
            rows.append(("", name, *spent.show(), *share.show(), verdict))
        return rows


def _thousands(values: list[float]) -> tuple[str, str]:
    return f"{statistics.median(values):,.0f}", f"{min(values):,.0f} - {max(values):,.0f}"


CASE = Reading()
