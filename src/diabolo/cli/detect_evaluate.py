"""``diabolo detect evaluate``: hold a detector's verdicts against labels."""

from __future__ import annotations

import dataclasses
from typing import Any

from diabolo.cli.detect_labels import NORMAL, read_labels
from diabolo.cli.detect_series import COMBINE, IN_TIME, open_series, refuse_series_options
from diabolo.cli.opening import open_detector
from diabolo.cli.options import DATA, DETECTOR, DPI, KEEP, MEMORY, MISSING, READING, picture_file
from diabolo.cli.output import Output, pairs_text, save_picture
from diabolo.cli.page import Option, Page, Typed, WrongUse, in_group
from diabolo.parameters.detector import LABELS as LABEL_GROUP
from diabolo.parameters.kinds import one_of

__all__ = ["PAGE", "PICTURES"]

PICTURES = one_of(
    "histogram",
    "precision-recall",
    "roc",
    "threshold",
    foreign={"pr": "precision-recall", "precision_recall": "precision-recall", "curve": "roc"},
)


def evaluate(typed: Typed, output: Output) -> None:
    """Measure how well anomalies are told from normal rows, by the labels of DATA.

    Precision, recall, F1 and average precision are about one class, the positive one: the anomalies unless
    --positive says otherwise. ROC-AUC and average precision look at the scores, wherever the threshold
    lies. Of a model of a series the rows are its points.

    Examples
    --------
    diabolo detect evaluate iris.diabolo iris.csv --labels species
    diabolo detect evaluate iris.diabolo iris.csv --labels species --normal setosa
    diabolo detect evaluate ecg.diabolo ecg.npz --labels y --normal 1 -o scores.png
    diabolo detect evaluate ecg.diabolo ecg.npz --labels y --picture roc -o roc.png
    diabolo detect evaluate sensors.diabolo sensors.csv --time date --labels is_odd --normal 0
    """
    model, data, path, picture, positive = typed.model, typed.data, typed.path, typed.picture, typed.positive
    if picture is not None and path is None:
        raise WrongUse(f"--picture {picture} says what to draw, so say where: -o FILE.png.")
    opened = open_detector(model, typed.missing)
    estimator = opened.estimator
    if estimator.window_ is None:
        refuse_series_options(typed, f"{model} scores rows one by one")
        source = opened.open_rows(data, typed, output)
        scores = estimator.anomaly_score(source)
    else:
        windows = open_series(data, typed, output, window=estimator.window_)
        source = windows.series
        scores = windows.point_scores(estimator, combine=typed.combine).scores
    known = read_labels(source, data, typed.normal, opened)
    is_scored = scores == scores  # of a series points between gaps have none
    known = dataclasses.replace(
        known, is_normal=known.is_normal[is_scored], is_known=known.is_known[is_scored]
    )
    scores = scores[is_scored][known.is_known]
    is_anomaly = ~known.is_normal[known.is_known]
    from diabolo.detection import detection_report

    report = detection_report(scores, is_anomaly, estimator.threshold_, positive)
    if known.n_unknown:
        output.note(f"{known.n_unknown:,} rows have no label and are left out")
    if known.n_others == 0:
        output.note(
            f"all {known.n_normal:,} rows are normal by their labels, so only the accuracy and the counts "
            "say something; the other figures need anomalies"
        )
    chosen = picture or PICTURES.names[0]
    if path is not None and positive == "normal" and chosen != PICTURES.names[0]:
        output.note(f"the picture {chosen} is about the anomalies, whatever --positive says")

    def draw(plotting: Any) -> Any:
        known_scores, words = (scores, is_anomaly), {"threshold": report.threshold}
        if chosen == "histogram":
            return plotting.plot_score_histogram(*known_scores, **words)
        if chosen == "threshold":
            return plotting.plot_threshold(*known_scores, **words)
        return plotting.plot_score_quality(*known_scores, curve=chosen.replace("-", "_"), **words)

    save_picture(draw, path, typed.dpi)
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
        "model": model,
        "data": data,
        "rows": len(scores),
        "header_found": source.header_found,
        "labels": known.column,
        "normal": known.normal,
        "unlabeled": known.n_unknown,
        **dataclasses.asdict(report),
        "picture": chosen if path is not None else None,
        "output": path,
    }
    output.result(record, text)


PAGE = Page(
    evaluate,
    (
        DETECTOR,
        DATA,
        *in_group(
            LABEL_GROUP,
            Option(
                "--labels COLUMN",
                "The column of labels: its name, or its number from 0 (-1 is the last); of .npz, an array's "
                "name.",
                is_required=True,
            ),
            NORMAL,
            Option(
                "--positive CLASS",
                "Which class the figures are about: anomaly or normal. Default: anomaly.",
                one_of("anomaly", "normal"),
                default="anomaly",
            ),
        ),
        *in_group(
            "Picture",
            picture_file("Draw a picture, to this file", is_required=False),
            Option(
                "--picture",
                "histogram (the scores of both classes and the threshold), precision-recall, roc or "
                "threshold (precision and recall wherever the line is drawn). Default: histogram.",
                PICTURES,
            ),
            DPI,
        ),
        *IN_TIME,
        COMBINE,
        MISSING,
        KEEP,
        *READING,
        MEMORY,
    ),
    first=("normal", "positive", "keep", "missing", "path", "picture", "timestamps", "combine"),
)
