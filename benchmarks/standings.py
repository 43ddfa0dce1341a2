"""How the contestants of a case stand: seconds, ratios to Diabolo, losses; and the table of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.contestants import CONTESTANTS
from benchmarks.loss import NAMES
from benchmarks.other_load import DISTURBED
from benchmarks.spread import Spread
from benchmarks.table import draw_table

TOLERANCE = 0.05  # equal work must give equal quality, but for what the seed does
HEADER = (
    "",
    "seconds",
    "range",
    "Diabolo is",
    "range",
    "target",
    "epochs",
    "loss",
    "Diabolo's",
    "",
    "remarks",
)


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


def draw_scoreboard(record: Mapping[str, Any], reference: str) -> str:
    """Draw the table, and say below it what has to be said."""
    epochs = record["task"]["epochs"]
    rows = []
    below = []
    for key, standing in record["standings"].items():
        title = CONTESTANTS[key].title
        if "failed" in standing:
            rows.append((title, *[""] * (len(HEADER) - 2), "failed"))
            below.append(f"{title} failed: {standing['failed']}")
            continue
        rows.append(_row(title, standing))
        if not CONTESTANTS[key].is_peer:
            loss = _range(standing["loss"], 4)
            below.append(f"Diabolo's loss after {epochs} epochs: {loss}. {reference}".rstrip())
    short = record["peer_epochs"]
    if any(standing.get("scaled_from_epochs") for standing in record["standings"].values()):
        below.append(
            f"Peers ran {short} epochs, scaled to {epochs}: seconds measured + {epochs - short} x the mean "
            f"of the epochs after the first. Losses are compared after {short} epochs of each."
        )
    below.append(
        f"Loss: {NAMES[record['task']['loss']]} over all rows after training, median over rounds; "
        f"equal within {record['tolerance']:.0%}."
    )
    return "\n".join([draw_table(HEADER, rows), *below])


def _row(title: str, standing: Mapping[str, Any]) -> tuple[str, ...]:
    seconds, seconds_range = Spread(**standing["seconds"]).show()
    faster, faster_range, target = "", "", ""
    if "times_faster" in standing:
        faster, faster_range = Spread(**standing["times_faster"]).show()
        faster = f"{faster} x as fast"
        if standing["target"] is not None:
            target = f"{standing['target']:g} x {'met' if standing['target_met'] else 'MISSED'}"
    own_loss, verdict = "", ""
    if "equal_quality" in standing:
        own_loss = f"{standing['loss_of_diabolo']['median']:.5f}"
        verdict = _verdict(standing["loss_difference"], standing["equal_quality"])
    remarks = [standing["note"]]
    if standing["scaled_from_epochs"]:
        remarks.append(f"scaled from {standing['scaled_from_epochs']} epochs")
    if standing["failed_rounds"]:
        remarks.append(f"failed in {standing['failed_rounds']} rounds")
    if standing["other_load"] > DISTURBED:
        remarks.append(f"DISTURBED: other programs kept {standing['other_load']:.1f} cores busy")
    return (
        title,
        seconds,
        seconds_range,
        faster,
        faster_range,
        target,
        str(standing["loss_after_epochs"]),
        f"{standing['loss']['median']:.5f}",
        own_loss,
        verdict,
        "; ".join(filter(None, remarks)),
    )


def _verdict(difference: float, equal: bool) -> str:
    if equal:
        return f"equal ({difference:+.1%})"
    return f"NOT EQUAL: {abs(difference):.0%} {'higher' if difference > 0 else 'lower'}"


def _range(values: Mapping[str, float], digits: int) -> str:
    median, low_high = Spread(**values).show(digits)
    return f"{median} ({low_high})"
