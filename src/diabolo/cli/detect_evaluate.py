"""``diabolo detect evaluate``: hold a detector's verdicts against labels."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from diabolo.cli import detect_options as options
from diabolo.cli.columns import check_columns
from diabolo.cli.common_options import Debug, Detector, Json
from diabolo.cli.data_options import (
    Data,
    DataOptions,
    Dataset,
    Decimal,
    Delimiter,
    Header,
    Keep,
    Transposed,
    open_rows,
)
from diabolo.cli.destination import check_picture_output
from diabolo.cli.detect_labels import read_labels
from diabolo.cli.help_pages import Page
from diabolo.cli.model_argument import open_detector
from diabolo.cli.output import Output, pairs_text
from diabolo.cli.picture import Dpi, save_picture
from diabolo.cli.wrong_use import WrongUse
from diabolo.errors import nearest_name

if TYPE_CHECKING:
    import numpy as np
    from jaxtyping import Bool, Float

__all__ = ["PAGE", "PICTURES", "evaluate"]

PAGE = Page(
    """Measure how well anomalies are told from normal rows, by the labels of DATA.

Precision, recall, F1 and average precision are about one class, the positive one: the anomalies unless
--positive says otherwise. ROC-AUC and average precision look at the scores, wherever the threshold lies.
""",
    """\
Examples:
  diabolo detect evaluate iris.diabolo iris.csv --labels species
  diabolo detect evaluate iris.diabolo iris.csv --labels species --normal setosa
  diabolo detect evaluate ecg.diabolo ecg.npz --labels y --normal 1 -o scores.png
  diabolo detect evaluate ecg.diabolo ecg.npz --labels y --picture roc -o roc.png
""",
)

PICTURES = ("histogram", "precision-recall", "roc", "threshold")
POSITIVES = ("anomaly", "normal")
_FOREIGN_NAMES = {"pr": "precision-recall", "precision_recall": "precision-recall", "curve": "roc"}
_PICTURE = "Picture"

NeededLabels = Annotated[
    str,
    typer.Option(
        "--labels",
        metavar="COLUMN",
        help="The column of labels: its name, or its number from 0 (-1 is the last); of .npz, an array's "
        "name.",
        rich_help_panel="Labels",
        show_default=False,
    ),
]
Positive = Annotated[
    str,
    typer.Option(
        "--positive",
        metavar="CLASS",
        help="Which class the figures are about: anomaly or normal. Default: anomaly.",
        rich_help_panel="Labels",
        show_default=False,
    ),
]
Output_ = Annotated[
    Path | None,
    typer.Option(
        "-o",
        "--output",
        metavar="PNG",
        help="Draw a picture: .png, .pdf, .svg or .jpg; replaced if it exists.",
        rich_help_panel=_PICTURE,
        show_default=False,
    ),
]
Picture = Annotated[
    str | None,
    typer.Option(
        "--picture",
        metavar="NAME",
        help="histogram (the scores of both classes and the threshold), precision-recall, roc or threshold "
        "(precision and recall wherever the line is drawn). Default: histogram.",
        rich_help_panel=_PICTURE,
        show_default=False,
    ),
]


def evaluate(
    context: typer.Context,
    model: Detector,
    data: Data,
    labels: NeededLabels,
    normal: options.Normal = None,
    positive: Positive = "anomaly",
    path: Output_ = None,
    picture: Picture = None,
    dpi: Dpi = 150,
    keep: Keep = None,
    header: Header = None,
    delimiter: Delimiter = None,
    decimal: Decimal = None,
    dataset: Dataset = None,
    transposed: Transposed = False,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Hold verdicts against labels."""
    output = Output(json=context.obj["json"])
    if positive not in POSITIVES:
        raise WrongUse(f"--positive {positive} is not possible; expected anomaly or normal.")
    if picture is not None and picture not in PICTURES:
        hint = nearest_name(picture, PICTURES, _FOREIGN_NAMES)
        raise WrongUse(f"--picture {picture} is not possible; expected one of {', '.join(PICTURES)}.{hint}")
    if picture is not None and path is None:
        raise WrongUse(f"--picture {picture} says what to draw, so say where: -o FILE.png.")
    if path is not None:
        check_picture_output(path, model, data)
    opened = open_detector(model)
    estimator = opened.estimator
    reading = DataOptions(labels, header, delimiter, dataset, keep or (), transposed, decimal=decimal)
    source = open_rows(data, reading, output, opened.feature_names)
    check_columns(data, source, opened.feature_names, estimator.n_features_in_, output, flag="--keep")
    from_model = normal is None and estimator.normal_label is not None
    known = read_labels(
        source,
        data,
        estimator.normal_label if normal is None else normal,
        model=model if from_model else None,
    )
    scores = estimator.anomaly_score(source)
    from diabolo.detection import detection_report

    report = detection_report(scores, ~known.is_normal, estimator.threshold_, positive)  # type: ignore[arg-type]
    if known.n_others == 0:
        output.note(
            f"all {known.n_normal:,} rows are normal by their labels, so only the accuracy and the counts "
            "say something; the other figures need anomalies"
        )
    if path is not None:
        chosen = picture or PICTURES[0]
        if positive == "normal" and chosen != PICTURES[0]:
            output.note(f"the picture {chosen} is about the anomalies, whatever --positive says")
        save_picture(lambda: _draw(chosen, scores, ~known.is_normal, report.threshold), path, dpi)
    about = f"normal: the label {str(known.normal)!r}"
    if positive == "anomaly":
        about = f"anomaly: every label but {str(known.normal)!r}"
    pairs = [
        ("rows", f"{len(scores):,} from {data}: {known.n_normal:,} normal, {known.n_others:,} anomalies"),
        ("positive class", about),
    ]
    text = f"{pairs_text(pairs)}\n\n{report}"
    if path is not None:
        text += f"\n\npicture written to {path}"
    record = {
        "verb": "detect evaluate",
        "model": model,
        "data": data,
        "rows": len(scores),
        "header_found": source.header_found,
        "labels": known.column,
        "normal": known.normal,
        **dataclasses.asdict(report),
        "picture": (picture or PICTURES[0]) if path is not None else None,
        "output": path,
    }
    output.result(record, text)


def _draw(
    picture: str,
    scores: Float[np.ndarray, " n_rows"],
    is_anomaly: Bool[np.ndarray, " n_rows"],
    threshold: float,
) -> Any:
    from diabolo.plotting import anomalies

    if picture == "histogram":
        return anomalies.plot_score_histogram(scores, is_anomaly, threshold=threshold)
    if picture == "threshold":
        return anomalies.plot_threshold(scores, is_anomaly, threshold=threshold)
    curve = picture.replace("-", "_")
    return anomalies.plot_score_quality(scores, is_anomaly, curve=curve, threshold=threshold)
