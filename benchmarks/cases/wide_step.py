"""A step at 485,512 features, beside PyTorch's with fused Adam and beside what the machine allows."""

from __future__ import annotations

import statistics
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.machine import versions
from benchmarks.other_load import warnings_of
from benchmarks.outcome import Outcome
from benchmarks.process import RunFailedError, run_worker
from benchmarks.settings import Settings
from benchmarks.spread import Spread
from benchmarks.table import draw_table
from benchmarks.wide_task import WideTask

TASK = WideTask(features=485_512, rows=256, epochs=6)
# So large that it is streamed to the device: of a smaller one all epochs are one call, compilation included.
QUICK_TASK = WideTask(features=70_000, rows=256, epochs=3)
TOLERANCE, NO_SLOWER = 0.05, 1.0
HEADER = (
    "", "ms a step", "range", "Diabolo is", "range", "loss", "range", "", "peak GB", "above rows"
)  # fmt: skip
Who = dict[str, tuple[Path | None, str, bool]]
"""Contestant: its Python where it is another's, its worker, and whether weights are tied."""
LIMITS = ("", "must move", "of bandwidth", "must compute", "of speed", "binding")


class WideStep:
    """Diabolo and PyTorch with weights of their own and tied, turn by turn, each in a new process."""

    name = "wide-step"
    about = (
        "a step at 485,512-128-128-128 and back, batch 64, beside PyTorch with fused Adam; share of the limit"
    )

    def run(self, settings: Settings) -> Outcome:
        """Measure the machine and every contestant once a round."""
        task = QUICK_TASK if settings.quick else TASK
        who: Who = {}
        for suffix, tied in (("", False), (", tied", True)):
            who[f"Diabolo{suffix}"] = (None, "wide_step", tied)
            if settings.peers is not None:
                who[f"PyTorch{suffix}"] = (settings.peers, "wide_step_torch", tied)
        rounds, failures = [], []
        for seed in range(settings.repeats):
            try:
                rounds.append(self._round(seed, who, task, settings.quick))
            except RunFailedError as failure:
                failures.append(f"failed: round {seed}: {failure}")
        record: dict[str, Any] = {"about": self.about, "versions": versions(), "task": asdict(task)}
        if not rounds:
            return Outcome("\n".join(failures), {**record, "failed": failures}, False)
        limits = [each.pop("limits") for each in rounds]
        runs = {name: [each[name] for each in rounds] for name in who}
        record |= {"limits": limits, "runs": runs, "moved_bytes": {}, "operations": task.operations()}
        record["shares"] = {}
        text = [draw_table(HEADER, self._standings(runs, record)), ""]
        text += [draw_table(LIMITS, self._shares(runs, limits, task, record)), *self._below(task, limits)]
        for name in runs:
            if (ratio := record.get(f"times {name}")) is not None:
                met = "met" if ratio["median"] >= NO_SLOWER else "MISSED"
                text.append(f"{name} is to take {NO_SLOWER:g} times Diabolo's at least: {met}")
        load = max(run["other_load"] or 0.0 for own in (*runs.values(), limits) for run in own)
        return Outcome("\n".join([*text, *warnings_of(load), *failures]), record, not failures)

    def _round(self, seed: int, who: Who, task: WideTask, quick: bool) -> dict[str, Any]:
        """Measure the machine, then every contestant."""
        asked = {"bytes": 2**26 if quick else 2**29, "size": 512 if quick else 3072}
        with tempfile.TemporaryDirectory(prefix="diabolo-cache-") as cache:
            done = {"limits": run_worker("limits", asked, cache=Path(cache))}
            for name, (python, worker, tied) in who.items():
                asked = {"task": asdict(task), "tied": tied, "seed": seed}
                own = run_worker(worker, asked, python, Path(cache))
                # The first epoch pays for compilation, and for the first touch of memory.
                own["step"] = statistics.median(own["seconds"][1:]) / task.steps_per_epoch
                print(f"  {self.name}: {name}: {own['step'] * 1e3:.0f} ms", file=sys.stderr, flush=True)
                done[name] = own
        return done

    def _standings(self, runs: dict[str, Any], record: dict[str, Any]) -> list[tuple[str, ...]]:
        rows = []
        for name, own in runs.items():
            step = Spread.of(1e3 * run["step"] for run in own)
            loss = Spread.of(run["loss"][-1] for run in own)
            times, verdict = ("", ""), ""
            ours = runs[name.replace("PyTorch", "Diabolo")]
            if own is not ours:
                ratio = Spread.of(peer["step"] / run["step"] for run, peer in zip(ours, own, strict=True))
                record[f"times {name}"] = ratio.to_json()
                times = ratio.show()
                apart = abs(loss.median / statistics.median(run["loss"][-1] for run in ours) - 1)
                record[f"loss apart from {name}"] = apart
                verdict = f"{'equal' if apart <= TOLERANCE else 'NOT EQUAL'} ({apart:.1%} apart)"
            peak, above = (max(run[key] for run in own) / 1e9 for key in ("peak", "before"))
            memory = (f"{peak:.2f}", f"{peak - above:.2f}")
            losses = (f"{loss.median:.5f}", f"{loss.low:.5f} - {loss.high:.5f}")
            rows.append((name, *step.show(), *times, *losses, verdict, *memory))
        return rows

    def _shares(
        self, runs: dict[str, Any], limits: list[dict[str, Any]], task: WideTask, record: dict[str, Any]
    ) -> list[tuple[str, ...]]:
        """Set the seconds that the bytes and the products need at least against those of a step."""
        rows = []
        for name, own in runs.items():
            if not name.startswith("Diabolo"):
                continue
            n_bytes = task.moved_bytes("tied" in name)
            moving = [n_bytes / max(each["bytes"].values()) for each in limits]
            computing = [task.operations() / max(each["operations"].values()) for each in limits]
            of_bytes, of_products = (
                Spread.of(least / run["step"] for least, run in zip(needed, own, strict=True))
                for needed in (moving, computing)
            )
            record["moved_bytes"][name] = n_bytes
            record["shares"][name] = {"bandwidth": of_bytes.to_json(), "products": of_products.to_json()}
            binding = "memory" if of_bytes.median > of_products.median else "products"
            rows.append(
                (name, f"{n_bytes / 1e9:.2f} GB", f"{of_bytes.median:.0%}",
                 f"{task.operations() / 1e9:.1f} GFLOP", f"{of_products.median:.0%}", binding)
            )  # fmt: skip
        return rows

    def _below(self, task: WideTask, limits: list[dict[str, Any]]) -> list[str]:
        def measured(kind: str) -> str:
            names = limits[0][kind]
            return ", ".join(
                f"{name} {statistics.median(each[kind][name] for each in limits) / 1e9:.1f}" for name in names
            )

        return [
            f"Steps: median of epochs 2 to {task.epochs}, {task.steps_per_epoch} steps each.",
            "Loss: mean over the last epoch's steps, each before its update. All begin with Glorot's uniform",
            f"weights, but with seeds and orders of their own; equal is within {TOLERANCE:.0%}.",
            "Above rows: the peak less that before the fit.",
            f"Two threads, GB/s read and written: {measured('bytes')}; GFLOP/s: {measured('operations')}.",
            "Of bandwidth: the seconds that the bytes take at the largest of these over a step's; of speed:",
            "so for the products. The larger binds.",
        ]


CASE = WideStep()
