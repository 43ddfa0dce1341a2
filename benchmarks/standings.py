"""How the contestants of a case stand: seconds, ratios to Diabolo, losses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.contestants import CONTESTANTS
from benchmarks.spread import Spread

TOLERANCE = 0.05  # equal work must give equal quality, but for what the seed does


def whole_seconds(run: Mapping[str, Any], epochs: int) -> float:
    """Seconds for all epochs: as measured, or with the missing ones at the pace of those after the first.

    The first epoch pays for tracing and compilation, so it counts once, as it was. A library that does
    not tell its epochs apart, and compiles nothing, is scaled in proportion.
    """
    missing = epochs - run["epochs"]
    if missing == 0:
        return float(run["seconds"])
    if run["epoch_seconds"] is None:
        return float(run["seconds"] * epochs / run["epochs"])
    after_first = run["epoch_seconds"][1:]
    return float(run["seconds"] + missing * sum(after_first) / len(after_first))


def standings(
    rounds: Sequence[Mapping[str, Any]],
    epochs: int,
    targets: Mapping[str, float],
    tolerance: float = TOLERANCE,
) -> dict[str, dict[str, Any]]:
    """Summarize every contestant over the rounds in which it, and for ratios Diabolo too, came through."""
    titles = list(dict.fromkeys(key for one in rounds for key in one["runs"] if key in CONTESTANTS))
    return {key: _standing(key, rounds, epochs, targets.get(key), tolerance) for key in titles}


def _standing(
    key: str, rounds: Sequence[Mapping[str, Any]], epochs: int, target: float | None, tolerance: float
) -> dict[str, Any]:
    runs = [one["runs"][key] for one in rounds if "failed" not in one["runs"][key]]
    if not runs:
        return {"failed": rounds[0]["runs"][key]["failed"]}
    done = runs[0]["epochs"]
    after_first = [second for run in runs for second in (run["epoch_seconds"] or [])[1:]]
    standing: dict[str, Any] = {
        "failed_rounds": len(rounds) - len(runs),
        "seconds": Spread.of(whole_seconds(run, epochs) for run in runs).to_json(),
        "scaled_from_epochs": done if done < epochs else None,
        "seconds_per_epoch": Spread.of(after_first).to_json() if after_first else None,
        "loss": Spread.of(run["loss"] for run in runs).to_json(),
        "loss_after_epochs": done,
        "peak_memory": max(run["peak_memory"] for run in runs),
        "other_load": max(run["other_load"] or 0.0 for run in runs),
        "note": runs[0]["note"],
        "versions": runs[0]["versions"],
    }
    if not CONTESTANTS[key].is_peer:
        return standing

    # Only runs of one round are set against each other: the machine was in the same mood for both.
    pairs = [(one["runs"][key], one["runs"].get("diabolo", {"failed": ""})) for one in rounds]
    ratios = [
        whole_seconds(peer, epochs) / whole_seconds(diabolo, epochs)
        for peer, diabolo in pairs
        if "failed" not in peer and "failed" not in diabolo
    ]
    if ratios:
        ratio = Spread.of(ratios)
        standing["times_faster"] = ratio.to_json()
        standing["target"] = target
        standing["target_met"] = None if target is None else ratio.median >= target
    losses = _losses_of_diabolo(rounds, done)
    if losses:
        standing["loss_of_diabolo"] = losses.to_json()
        standing["loss_difference"] = losses.median / standing["loss"]["median"] - 1
        standing["equal_quality"] = abs(standing["loss_difference"]) <= tolerance
    return standing


def _losses_of_diabolo(rounds: Sequence[Mapping[str, Any]], epochs: int) -> Spread | None:
    """Diabolo's losses after as many epochs as the peer had."""
    losses = [
        run["loss"]
        for one in rounds
        for key, run in one["runs"].items()
        if key.startswith("diabolo") and run.get("epochs") == epochs
    ]
    return Spread.of(losses) if losses else None
