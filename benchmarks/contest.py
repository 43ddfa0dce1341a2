"""A case in which contestants train the same network on the same rows, taking turns."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.contestants import CONTESTANTS
from benchmarks.outcome import NotRunError, Outcome
from benchmarks.process import RunFailedError, run_worker
from benchmarks.settings import Settings
from benchmarks.standings import TOLERANCE, draw_scoreboard, standings
from benchmarks.task import Task
from benchmarks.weights import glorot_uniform, to_arrays

QUICK_EPOCHS = 4
QUICK_PEER_EPOCHS = 2

Run = dict[str, Any]


@dataclass(frozen=True)
class Contest:
    """The task, its data, and how many times faster than each peer Diabolo is to be."""

    name: str
    about: str
    task: Task
    load: Callable[[], np.ndarray]
    targets: Mapping[str, float]
    peer_epochs: int
    """Epochs that a peer trains; its time is then scaled to the task's."""
    reference: str = ""
    """What is known of the loss from elsewhere, to print below the table."""
    quick_rows: int | None = field(default=None, kw_only=True)
    without: tuple[str, ...] = field(default=(), kw_only=True)
    """Contestants that cannot do the task."""
    tolerance: float = field(default=TOLERANCE, kw_only=True)
    """By what share two losses may differ and still count as equal."""

    def run(self, settings: Settings) -> Outcome:
        """Run every contestant once a round, so that the machine's moods touch all alike."""
        task, peer_epochs = self._lengths(settings)
        contestants = [key for key in settings.contestants if key not in self.without]
        if not contestants:
            raise NotRunError(f"{' and '.join(settings.contestants) or 'nobody'} cannot do the task")
        rounds = []
        for seed in range(settings.repeats):
            with tempfile.TemporaryDirectory(prefix="diabolo-bench-") as folder:
                arrays = self._write_arrays(Path(folder), task, seed, settings)
                runs = {}
                for key in contestants:
                    epochs = peer_epochs if CONTESTANTS[key].is_peer else task.epochs
                    runs[key] = self._run(key, task.for_epochs(epochs), arrays, seed, settings)
                if "diabolo" in runs and peer_epochs < task.epochs:
                    # Losses are compared after as many epochs as the peers had; this run's time is not used.
                    runs["diabolo, short"] = self._run(
                        "diabolo", task.for_epochs(peer_epochs), arrays, seed, settings
                    )
            rounds.append({"seed": seed, "runs": runs})
        record = {
            "about": self.about,
            "task": task.to_json(),
            "peer_epochs": peer_epochs,
            "tolerance": self.tolerance,
            "standings": standings(
                rounds, task.epochs, {} if settings.quick else self.targets, self.tolerance
            ),
            "rounds": rounds,
        }
        failed = any("failed" in run for one in rounds for run in one["runs"].values())
        return Outcome(draw_scoreboard(record, "" if settings.quick else self.reference), record, not failed)

    def _lengths(self, settings: Settings) -> tuple[Task, int]:
        if settings.quick:
            task = self.task.for_epochs(min(QUICK_EPOCHS, self.task.epochs))
            return task, task.epochs if settings.full_peers else QUICK_PEER_EPOCHS
        return self.task, self.task.epochs if settings.full_peers else self.peer_epochs

    def _write_arrays(self, folder: Path, task: Task, seed: int, settings: Settings) -> Path:
        """Put the rows and the initial weights where every worker reads them."""
        X = self.load()
        if settings.quick:
            X = X[: self.quick_rows]
        path = folder / "arrays.npz"
        np.savez(path, X=X, **to_arrays(glorot_uniform(task.network.kernel_shapes(), seed)))
        return path

    def _run(self, key: str, task: Task, arrays: Path, seed: int, settings: Settings) -> Run:
        """Train once in a new process, with an empty compilation cache."""
        peers = settings.peers if CONTESTANTS[key].is_peer else None
        arguments = {"contestant": key, "task": task.to_json(), "arrays": str(arrays), "seed": seed}
        try:
            run = run_worker("fit", arguments, peers)
        except RunFailedError as failure:
            run = {"failed": str(failure)}
        # A round can take minutes: say where we are, on stderr so that the table can be piped.
        outcome = (
            run.get("failed") or f"{run['seconds']:.2f} s, {run['epochs']} epochs, loss {run['loss']:.5f}"
        )
        print(
            f"  {self.name}, round {seed}: {CONTESTANTS[key].title}: {outcome}", file=sys.stderr, flush=True
        )
        return run
