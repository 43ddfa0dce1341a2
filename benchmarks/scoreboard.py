"""The standings of a case, drawn as a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks.contestants import CONTESTANTS
from benchmarks.loss import NAMES
from benchmarks.other_load import DISTURBED
from benchmarks.spread import Spread
from benchmarks.table import draw_table

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
