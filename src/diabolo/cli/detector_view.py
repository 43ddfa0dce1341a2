"""What ``diabolo inspect`` shows of a detector: what it is, and what it says of one row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from diabolo.cli.detect_score import scored_rows
from diabolo.cli.model_text import file_lines, settings_lines
from diabolo.cli.opening import OpenModel
from diabolo.cli.output import heading, pairs_text
from diabolo.cli.threshold_values import current_threshold

if TYPE_CHECKING:
    from diabolo.data.source import Source

__all__ = ["detector_record", "detector_row", "detector_text"]

_SHOWN = 15


def detector_record(opened: OpenModel) -> dict[str, Any]:
    """Collect what a detector is.

    Parameters
    ----------
    opened : OpenModel
        A detector.

    Returns
    -------
    dict
    """
    estimator = opened.estimator
    from diabolo.persistence import describe

    made = describe(opened.path)
    settings = estimator.get_params(deep=False)
    if not isinstance(settings["autoencoder"], str):
        settings["autoencoder"] = repr(settings["autoencoder"])
    known = estimator.known_scores_
    return {
        "estimator": type(estimator).__name__,
        "features": estimator.n_features_in_,
        "feature_names": opened.feature_names,
        "image_shape": made["image_shape"],
        "networks": [
            {"estimator": type(member).__name__, "code": _width(member)} for member in estimator.members_
        ],
        "settings": settings,
        "threshold": current_threshold(estimator).record(),
        "normal_rows": len(known.training),
        "held_out": len(known.held_out),
        "labeled": None if known.labeled is None else len(known.labeled),
        "labeled_anomalies": None if known.is_anomaly is None else int(known.is_anomaly.sum()),
        "format_version": made["format_version"],
        "versions": made["versions"],
    }


def detector_text(opened: OpenModel, record: dict[str, Any]) -> str:
    """Write what a detector is.

    Parameters
    ----------
    opened : OpenModel
        A detector.
    record : dict
        As :func:`detector_record` gives it.

    Returns
    -------
    str
    """
    estimator = opened.estimator
    threshold = current_threshold(estimator)
    widths = ", ".join(str(network["code"]) for network in record["networks"][:8])
    more = ", ..." if len(record["networks"]) > 8 else ""
    kinds = dict.fromkeys(network["estimator"] for network in record["networks"])
    learned = record["normal_rows"] - record["held_out"]
    pairs = [
        ("networks", f"{len(record['networks'])} {' and '.join(kinds)}, codes of {widths}{more} numbers"),
        ("threshold", f"{threshold.value:.6g}, {threshold.title()}"),
        ("flags", f"{threshold.flagged:.1%} of the normal rows of the training"),
        ("learned from", f"{learned:,} normal rows"),
        ("held out", f"{record['held_out']:,} normal rows" if record["held_out"] else "none: no p-values"),
    ]
    if record["labeled"] is not None:
        pairs.append(("labeled", f"{record['labeled']:,} rows, {record['labeled_anomalies']:,} anomalies"))
    lines = [heading("A detector of anomalies"), pairs_text(pairs)]
    lines += settings_lines(estimator, record["settings"])
    return "\n".join([*lines, *file_lines(opened, record)])


def detector_row(opened: OpenModel, source: Source, number: int) -> tuple[dict[str, Any], str]:
    """Say how odd one row is, and what each feature adds.

    Parameters
    ----------
    opened : OpenModel
        A detector.
    source : Source
        Rows that fit it.
    number : int
        Which, from 0.

    Returns
    -------
    record : dict
        For programs.
    text : str
        For people.
    """
    row = source[number]
    scored = scored_rows(opened, source.rows([number]), len(row))
    labels = {name: str(values[number]) for name, values in source.carried.items()}
    record = {**scored.row(0), "row": number, "labels": labels}
    record["threshold"] = threshold = float(opened.estimator.threshold_)
    values = {scored.names[n]: float(row[n]) for n in range(len(row))}
    record["values"] = values
    verdict = "above" if record["anomaly"] else "not above"
    called = "an anomaly" if record["anomaly"] else "normal"
    label = "".join(f", {name} {value}" for name, value in labels.items())
    pairs = [("score", f"{record['score']:.6g}, {verdict} the threshold {threshold:.6g}: {called}")]
    if record["p_value"] is not None:
        pairs.append(("p-value", f"{record['p_value']:.4g}"))
    features = list(record["features"].items())
    width = min(max([len("column"), *(len(name) for name, _ in features[:_SHOWN])]), 36)
    lines = [heading(f"Row {number}{label}"), pairs_text(pairs), ""]
    lines.append(heading(f"{'column':<{width}}  {'row':>12}  {'adds':>12}"))
    for name, added in features[:_SHOWN]:
        short = name if len(name) <= width else name[: width - 3] + "..."
        lines.append(f"{short:<{width}}  {values[name]:>12.6g}  {added:>+12.4g}")
    if len(features) > _SHOWN:
        lines.append(f"and {len(features) - _SHOWN} columns that add less; --json prints all")
    return record, "\n".join(lines)


def _width(member: Any) -> int:
    """Say how many numbers a network's code has; a linear autoencoder has its directions."""
    return len(member.components) if hasattr(member, "components") else int(member.n_components_)
