"""Anomaly detectors with their defaults on ADBench's sets: quality and seconds of the fit."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.anomaly_sets import SEEDS, names
from benchmarks.other_load import warnings_of
from benchmarks.outcome import NotRunError, Outcome
from benchmarks.process import RunFailedError, run_worker
from benchmarks.settings import Settings
from benchmarks.spread import Spread
from benchmarks.table import draw_table

TITLES = {"diabolo": "Diabolo", "pyod": "PyOD AutoEncoder", "forest": "isolation forest"}
MEASURES = ("roc_auc", "average_precision")
RESAMPLES = 10_000
# What is to be reached beside PyOD's AutoEncoder.
AUC_LEAD, TIMES_AS_FAST = 0.04, 5.0

Runs = dict[str, dict[int, dict[str, dict[str, float]]]]
"""Contestant, seed, set, figure."""


class Detector:
    """Every contestant fits every set once a round, in a process of its own; the round is the seed."""

    name = "detector"
    about = "AutoencoderDetector, PyOD's AutoEncoder and isolation forest on 20 sets of ADBench, defaults"

    def run(self, settings: Settings) -> Outcome:
        """Run three seeds, whatever --repeats says: the protocol has three."""
        if not names():
            raise NotRunError("needs the sets of ADBench: DIABOLO_DATA must name a folder with adbench in it")
        contestants = [key for key in TITLES if key != "pyod" or settings.peers is not None]
        runs: Runs = {key: {} for key in contestants}
        versions: dict[str, str] = {}
        failures, disturbed = [], 0.0
        with tempfile.TemporaryDirectory(prefix="diabolo-cache-") as cache:
            for seed in SEEDS[:1] if settings.quick else SEEDS:
                for key in contestants:
                    python = settings.peers if key == "pyod" else None
                    arguments = {"contestant": key, "seed": seed, "quick": settings.quick}
                    try:
                        done = run_worker("detect", arguments, python, Path(cache))
                    except RunFailedError as failure:
                        failures.append(f"{TITLES[key]}, seed {seed}: {failure}")
                        continue
                    runs[key][seed] = done["sets"]
                    versions.update(done["versions"])
                    disturbed = max(disturbed, done["other_load"] or 0.0)
                    total = sum(one["seconds"] for one in done["sets"].values())
                    print(
                        f"  {self.name}: {TITLES[key]}, seed {seed}: {total:.1f} s of fits", file=sys.stderr
                    )
        runs = {key: seeds for key, seeds in runs.items() if seeds}
        record: dict[str, Any] = {
            "about": self.about,
            "versions": versions,
            "other_load_most": disturbed,
            "runs": runs,
            "compared": {},
        }
        text = [_by_set(runs), "", _by_contestant(runs)]
        for other in ("pyod", "forest"):
            if "diabolo" in runs and other in runs:
                figures = compared(runs["diabolo"], runs[other])
                record["compared"][other] = figures
                text += ["", _said(TITLES[other], figures, other == "pyod")]
        text += warnings_of(disturbed) + [f"failed: {failure}" for failure in failures]
        return Outcome("\n".join(text), record, not failures)


def _mean(runs: dict[int, dict[str, dict[str, float]]], name: str, figure: str) -> float:
    return float(np.mean([sets[name][figure] for sets in runs.values()]))


def compared(
    own: dict[int, dict[str, dict[str, float]]], other: dict[int, dict[str, dict[str, float]]]
) -> dict[str, Any]:
    """Compare two contestants set by set; each set counts by its mean over the seeds."""
    shared = {seed: own[seed] for seed in own if seed in other}
    theirs = {seed: other[seed] for seed in shared}
    sets = list(next(iter(shared.values())))
    figures: dict[str, Any] = {"seeds": list(shared), "sets": len(sets)}
    random = np.random.default_rng(0)
    for measure in MEASURES:
        lead = np.array([_mean(shared, name, measure) - _mean(theirs, name, measure) for name in sets])
        drawn = lead[random.integers(len(lead), size=(RESAMPLES, len(lead)))].mean(axis=1)
        figures[measure] = {
            "lead": float(lead.mean()),
            "interval": [float(edge) for edge in np.quantile(drawn, (0.025, 0.975))],
            "wins": int(np.sum(lead > 0.005)),
            "losses": int(np.sum(lead < -0.005)),
        }
    by_set = [
        theirs[seed][name]["seconds"] / shared[seed][name]["seconds"] for seed in shared for name in sets
    ]
    totals = [
        sum(one["seconds"] for one in theirs[seed].values())
        / sum(one["seconds"] for one in shared[seed].values())
        for seed in shared
    ]
    figures["times_as_fast_all_fits"] = Spread.of(totals).to_json()
    figures["times_as_fast_a_fit"] = Spread.of(by_set).to_json()
    return figures


def _by_set(runs: Runs) -> str:
    header = ["set", "rows", "columns"]
    for key in runs:
        header += [f"{TITLES[key]}: AUC", "AP", "seconds"]
    rows = []
    for name, first in next(iter(next(iter(runs.values())).values())).items():
        row = [name, f"{first['rows']:.0f}", f"{first['columns']:.0f}"]
        for seeds in runs.values():
            row += [f"{_mean(seeds, name, measure):.3f}" for measure in MEASURES]
            row.append(f"{_mean(seeds, name, 'seconds'):.3f}")
        rows.append(row)
    return draw_table(header, rows)


def _by_contestant(runs: Runs) -> str:
    rows = []
    for key, seeds in runs.items():
        row = [TITLES[key]]
        for measure in MEASURES:
            means = [np.mean([one[measure] for one in sets.values()]) for sets in seeds.values()]
            row += [f"{np.mean(means):.4f}", f"{min(means):.4f} - {max(means):.4f}"]
        totals = Spread.of(sum(one["seconds"] for one in sets.values()) for sets in seeds.values())
        rows.append([*row, *totals.show()])
    header = ("mean over the sets", "AUC", "seeds", "AP", "seeds", "seconds, all fits", "range")
    return draw_table(header, rows)


def _said(title: str, figures: dict[str, Any], has_target: bool) -> str:
    lines = []
    for measure, short in zip(MEASURES, ("AUC", "AP"), strict=True):
        one = figures[measure]
        low, high = one["interval"]
        target = ""
        if has_target and measure == "roc_auc":
            target = f"; wanted {AUC_LEAD:+.2f}: {'met' if one['lead'] >= AUC_LEAD else 'MISSED'}"
        lines.append(
            f"mean {short} {one['lead']:+.4f} against {title} (95% of bootstraps over the sets {low:+.4f} to "
            f"{high:+.4f}); by more than 0.005 ahead on {one['wins']}, behind on {one['losses']}{target}"
        )
    all_fits, a_fit = figures["times_as_fast_all_fits"], figures["times_as_fast_a_fit"]
    target = ""
    if has_target:
        met = "met" if all_fits["median"] >= TIMES_AS_FAST else "MISSED"
        target = f"; wanted {TIMES_AS_FAST:g}: {met}"
    lines.append(
        f"all fits {all_fits['median']:.1f} ({all_fits['low']:.1f} - {all_fits['high']:.1f}) times as fast, "
        f"a fit {a_fit['median']:.1f} ({a_fit['low']:.1f} - {a_fit['high']:.1f}) times{target}"
    )
    return "\n".join(lines)


CASE = Detector()
