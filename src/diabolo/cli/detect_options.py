"""The options of ``diabolo detect fit``, in the order of its help page, and those that its verbs share."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = [
    "Contamination",
    "HeldOut",
    "Kind",
    "Members",
    "Normal",
    "Score",
    "ScoreParam",
    "Seed",
    "Threshold",
    "ThresholdParam",
]

_NETWORK, _LINE, _LABELS = "What is learned", "Where the line is drawn", "Labels"

Normal = Annotated[
    str | None,
    typer.Option(
        "--normal",
        metavar="LABEL",
        help="Which label of the column --labels is that of normal rows; 1 and 1.0 are the same.",
        rich_help_panel=_LABELS,
        show_default=False,
    ),
]
Kind = Annotated[
    str | None,
    typer.Option(
        "--kind",
        metavar="NAME",
        help="linear (two linear autoencoders, solved exactly) or deep (one that is trained). "
        "Default: linear.",
        rich_help_panel=_NETWORK,
        show_default=False,
    ),
]
Members = Annotated[
    int | None,
    typer.Option(
        "--members",
        metavar="N",
        help="Networks of --kind deep whose scores are averaged. Default: 1.",
        rich_help_panel=_NETWORK,
        show_default=False,
    ),
]
Score = Annotated[
    str | None,
    typer.Option(
        "--score",
        metavar="NAME",
        help="How what is rebuilt badly becomes one number: calibrated, mahalanobis, squared_error or "
        "absolute_error. Default: calibrated.",
        rich_help_panel=_NETWORK,
        show_default=False,
    ),
]
ScoreParam = Annotated[
    list[str] | None,
    typer.Option(
        "--score-param",
        metavar="NAME=X",
        help="A weight of calibrated or mahalanobis; may be repeated: deviation_weight, distance_weight, "
        "code_weight.",
        rich_help_panel=_NETWORK,
        show_default=False,
    ),
]
Seed = Annotated[
    int,
    typer.Option(
        "--seed",
        metavar="N",
        help="Of the held-out rows and of what is trained. Default: 0.",
        rich_help_panel=_NETWORK,
        show_default=False,
    ),
]
Threshold = Annotated[
    str | None,
    typer.Option(
        "--threshold",
        metavar="NAME",
        help="quantile, contamination, mean+std, median+mad, conformal; or with --normal: best_f1, "
        "precision, recall, false_alarm_rate. Default: quantile, or contamination with --contamination.",
        rich_help_panel=_LINE,
        show_default=False,
    ),
]
ThresholdParam = Annotated[
    list[str] | None,
    typer.Option(
        "--threshold-param",
        metavar="NAME=X",
        help="A setting of the threshold. quantile: q; contamination: share; mean+std and median+mad: k; "
        "conformal: level; precision and recall: at_least; false_alarm_rate: at_most.",
        rich_help_panel=_LINE,
        show_default=False,
    ),
]
Contamination = Annotated[
    float | None,
    typer.Option(
        "--contamination",
        metavar="X",
        help="The share of anomalies among the rows of DATA, up to 0.5: so many of the oddest are left out "
        "and all is learned again.",
        rich_help_panel=_NETWORK,
        show_default=False,
    ),
]
HeldOut = Annotated[
    float | None,
    typer.Option(
        "--held-out",
        metavar="X",
        help="The share of the normal rows that nothing is learned from: they make p-values and conformal "
        "lines. Default: 0.2 with --normal or --threshold conformal, else 0.",
        rich_help_panel=_LINE,
        show_default=False,
    ),
]
