"""``diabolo detect threshold``: show the line between normal rows and anomalies, and move it."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

from diabolo.cli.detect_labels import NORMAL, read_labels
from diabolo.cli.opening import OpenModel, open_detector
from diabolo.cli.options import DATA, FILE, KEEP, LABELS, READING, detector_file
from diabolo.cli.output import Output, check_model_output, command_line, heading, next_lines, pairs_text
from diabolo.cli.page import Option, Page, Typed, WrongUse
from diabolo.cli.parameter_options import detector_options
from diabolo.cli.threshold_values import (
    ThresholdValue,
    current_threshold,
    named_thresholds,
    needs_labels,
    settings_text,
)
from diabolo.parameters.detector import THRESHOLDS

__all__ = ["PAGE"]


def threshold(typed: Typed, output: Output) -> None:
    """Show the line above which a row is called an anomaly, or move it with --set, without learning anew.

    Without --set: where the line is, and for each named threshold where its line would be and what share of
    the normal rows of the training it would flag. With --set MODEL is written again, or another file with
    -o.

    DATA, --labels and --normal are for thresholds that need rows of both kinds: best_f1, precision, recall
    and false_alarm_rate.

    Examples
    --------
    diabolo detect threshold pump.diabolo
    diabolo detect threshold pump.diabolo --set quantile --threshold-param q=0.99
    diabolo detect threshold pump.diabolo --set 3.5 -o strict.diabolo
    diabolo detect threshold iris.diabolo iris.csv --labels species --set best_f1
    """
    model, data, path = typed.model, typed.data, typed.path
    _check_words(typed)
    settings = typed.threshold_params or {}
    wanted = None if typed.new is None else _line(typed.new, settings)
    if path is not None:
        check_model_output(path, data)
    opened = open_detector(model)
    if wanted is not None and path is None:
        check_model_output(model, data)
    estimator = opened.estimator
    if isinstance(wanted, str):
        settings = _checked_settings(wanted, settings, estimator)
        if needs_labels(wanted) and data is None and estimator.known_scores_.labeled is None:
            raise WrongUse(
                f"--set {wanted} is drawn from rows with labels of both kinds, and {model} knows none; give "
                "DATA --labels COLUMN --normal LABEL."
            )
    before = current_threshold(estimator)
    if data is not None:
        _learn_labels(opened, typed, output)
    if wanted is None:
        output.result(*_shown(opened, before))
        return
    # Where it cannot be drawn nothing is written.
    estimator.set_threshold(wanted, **settings)
    _save(opened, path or model)
    output.result(*_moved(opened, before, path or model))


def _check_words(typed: Typed) -> None:
    data, labels = typed.data, typed.labels
    if data is not None and labels is None:
        raise WrongUse(
            f"{data} is looked at for its labels, so say which column holds them: --labels COLUMN."
        )
    if data is None and (labels is not None or typed.normal is not None):
        flag = "--labels" if labels is not None else "--normal"
        raise WrongUse(f"{flag} is about rows, so name their file: MODEL DATA --labels COLUMN.")
    if typed.new is None and (typed.path is not None or typed.threshold_params):
        flag = "-o" if typed.path is not None else "--threshold-param"
        raise WrongUse(f"{flag} goes with a new line, so say which: --set NAME or --set NUMBER.")


def _line(text: str, settings: dict[str, Any]) -> str | float:
    """Read what was typed after --set."""
    if text in THRESHOLDS.names:
        return text
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        hint = THRESHOLDS.hint(text)
        raise WrongUse(
            f"--set {text} is not possible; expected a number, or one of {', '.join(THRESHOLDS.names)}.{hint}"
        )
    if settings:
        raise WrongUse(f"--set {text} is the line itself and has no --threshold-param; leave that out.")
    return number


def _checked_settings(name: str, settings: dict[str, Any], estimator: Any) -> dict[str, float]:
    """Check a threshold's settings, and fill in those that were not typed."""
    from diabolo.detection.threshold_names import threshold_of

    if name == "contamination" and estimator.contamination is not None:
        settings = {"share": estimator.contamination, **settings}
    checked = threshold_of(type(estimator).__name__, name, settings)
    return {key: float(value) for key, value in vars(checked).items()}


def _learn_labels(opened: OpenModel, typed: Typed, output: Output) -> None:
    """Let the thresholds that need labels draw on the rows of a file; the line stays where it is."""
    estimator = opened.estimator
    source = opened.open_rows(typed.data, typed, output)
    known = read_labels(source, typed.data, typed.normal, opened)
    labels = known.for_estimator(estimator.normal_label)
    estimator.set_threshold(estimator.threshold_, X=source, y=labels)


def _save(opened: OpenModel, path: Path) -> None:
    import numpy as np

    from diabolo.persistence.model_file import save

    if opened.feature_names is not None:
        opened.estimator.feature_names_in_ = np.asarray(opened.feature_names, dtype=object)
    save(opened.estimator, path)


def _shown(opened: OpenModel, current: ThresholdValue) -> tuple[dict[str, Any], str]:
    estimator = opened.estimator
    n_rows = len(estimator.training_scores_)
    others = named_thresholds(estimator)
    record = {
        "verb": "detect threshold",
        "model": opened.path,
        "threshold": current.record(),
        "rows": n_rows,
        "held_out": len(estimator.held_out_scores_),
        "lines": [other.record() for other in others if other.value is not None],
        "not_possible": {other.name: other.problem for other in others if other.value is None},
    }
    lines = [
        pairs_text(
            [
                ("line", f"{current.value:.6g}, {current.title()}"),
                ("flags", f"{current.flagged:.1%} of the {n_rows:,} normal rows of the training"),
            ]
        ),
        "",
        heading(f"{'threshold':<18}{'settings':<16}{'line':>10}{'flags':>9}"),
    ]
    for other in others:
        if other.value is not None:
            start = f"{other.name:<18}{settings_text(other.settings):<16}"
            lines.append(f"{start}{other.value:>10.6g}{other.flagged:>9.1%}")
    unlabeled = [other.name for other in others if other.value is None and needs_labels(other.name or "")]
    no_labels = estimator.known_scores_.labeled is None
    lines += [
        f"{other.name:<18}{other.problem}"
        for other in others
        if other.value is None and not (no_labels and other.name in unlabeled)
    ]
    if no_labels:
        lines.append(f"{', '.join(map(str, unlabeled))}: with DATA --labels COLUMN --normal LABEL")
    command = command_line("detect", "threshold", opened.path, "--set")
    return record, "\n".join(lines) + next_lines(f"{command} quantile --threshold-param q=0.99")


def _moved(opened: OpenModel, before: ThresholdValue, path: Path) -> tuple[dict[str, Any], str]:
    estimator = opened.estimator
    after = current_threshold(estimator)
    n_rows = len(estimator.training_scores_)
    record = {
        "verb": "detect threshold",
        "model": opened.path,
        "before": before.record(),
        "threshold": after.record(),
        "rows": n_rows,
        "output": path,
    }
    pairs = [
        ("line", f"{after.value:.6g}, {after.title()}"),
        ("before", f"{before.value:.6g}, {before.title()}"),
        (
            "flags",
            f"{after.flagged:.1%} of the {n_rows:,} normal rows of the training, {before.flagged:.1%} before",
        ),
        ("model", str(path)),
    ]
    return record, pairs_text(pairs)


PAGE = Page(
    threshold,
    (
        detector_file(),
        replace(DATA, is_required=False, help="Rows with labels: a file of any kind that detect fit takes."),
        Option(
            "--set LINE",
            f"The new line: a number, or {', '.join(THRESHOLDS.names[:-1])} or {THRESHOLDS.names[-1]}.",
            name="new",
        ),
        Option(
            "-o --output MODEL2",
            "Where to write the model with the new line. Without: MODEL itself.",
            FILE,
            name="path",
        ),
        *(option for option in detector_options() if option.name == "threshold_params"),
        NORMAL,
        LABELS,
        KEEP,
        *READING,
    ),
)
