"""``diabolo detect threshold``: where the line between normal rows and anomalies lies, and moving it."""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diabolo.cli.detect_labels import NORMAL, read_labels
from diabolo.cli.detect_series import IN_TIME, open_series, refuse_series_options
from diabolo.cli.opening import OpenModel, open_detector
from diabolo.cli.options import DATA, DETECTOR, KEEP, LABELS, MEMORY, READING, written_file
from diabolo.cli.output import Output, command_line, heading, next_lines, pairs_text
from diabolo.cli.page import Option, Page, Typed, WrongUse
from diabolo.cli.parameter_options import detector_options, in_flags
from diabolo.cli.written_files import Writes, check_place
from diabolo.errors import InputError
from diabolo.parameters.detector import THRESHOLDS

if TYPE_CHECKING:
    from diabolo.data.source import Source

__all__ = [
    "PAGE",
    "ThresholdValue",
    "current_threshold",
    "named_thresholds",
    "needs_labels",
]


@dataclass(frozen=True)
class ThresholdValue:
    """Where a threshold draws the line, and how; for people such as ``3.2, quantile (q=0.95)``.

    Parameters
    ----------
    name : str or None
        The threshold's; None where it was set after the fit.
    settings : dict of str to float
        The threshold's own.
    value : float
        The score above which a row is an anomaly.
    flags : float
        The share of the normal rows of ``fit`` that lie above.
    """

    name: str | None
    settings: dict[str, float]
    value: float
    flags: float

    def __str__(self) -> str:
        from diabolo.detection.threshold_names import settings_text

        how = "set after the fit" if self.name is None else self.name
        settings = f" ({settings_text(self.settings)})" if self.settings else ""
        return f"{self.value:.6g}, {how}{settings}"


def needs_labels(name: str) -> bool:
    """Say whether a threshold of this name is drawn from labeled rows.

    Parameters
    ----------
    name : str
        One of ``THRESHOLDS``; any other needs none.

    Returns
    -------
    bool
    """
    from diabolo.detection import THRESHOLDS, labeled_thresholds

    return name in THRESHOLDS and THRESHOLDS[name].__module__ == labeled_thresholds.__name__


def current_threshold(estimator: Any) -> ThresholdValue:
    """Say how the line of a detector was drawn.

    Parameters
    ----------
    estimator : AutoencoderDetector
        Fitted.

    Returns
    -------
    ThresholdValue
        Without a name where its threshold would draw another line.
    """
    from diabolo.detection.threshold_names import settings_of_threshold

    value = float(estimator.threshold_)
    name, settings = (estimator.line_ and settings_of_threshold(estimator.line_)) or (None, {})
    return ThresholdValue(name, settings, value, float((estimator.training_scores_ > value).mean()))


def named_thresholds(estimator: Any) -> tuple[list[ThresholdValue], dict[str, str]]:
    """Draw the line of each named threshold, with its usual settings.

    Parameters
    ----------
    estimator : AutoencoderDetector
        Fitted; it stays as it is.

    Returns
    -------
    drawn : list of ThresholdValue
        In the order of ``THRESHOLDS``.
    not_drawn : dict of str to str
        The names of those that cannot be drawn, and why.
    """
    drawn, not_drawn = [], {}
    for name in THRESHOLDS.names:
        settings = _settings(name, {}, estimator)
        try:
            drawn.append(current_threshold(copy.copy(estimator).set_threshold(name, **settings)))
        except InputError as problem:
            not_drawn[name] = in_flags(problem.message)
    return drawn, not_drawn


def _settings(name: str, typed: dict[str, Any], estimator: Any) -> dict[str, float]:
    """Check a threshold's settings, and fill in those that were not typed."""
    from diabolo.detection.threshold_names import threshold_of

    if name == "contamination" and estimator.contamination is not None:
        typed = {"share": estimator.contamination, **typed}
    checked = threshold_of(type(estimator).__name__, name, typed)
    return {key: float(value) for key, value in vars(checked).items()}


def threshold(typed: Typed, output: Output) -> None:
    """Show the line above which a row is called an anomaly, or move it with --set, without learning anew.

    Without --set: where the line is, and for each named threshold where its line would be and what share of
    the normal rows of the training it would flag. With --set MODEL is written again, or another file with
    -o.

    DATA, --labels and --normal are for thresholds that need rows of both kinds: best_f1, precision, recall
    and false_alarm_rate. Of a model of a series these are labels of points: its rows are windows, and a
    window is normal where all of its points are.

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
    opened = open_detector(model)
    if wanted is not None and path is None:
        check_place(model)
    estimator = opened.estimator
    if estimator.window_ is None:
        refuse_series_options(typed, f"{model} scores rows one by one")
    if isinstance(wanted, str):
        settings = _settings(wanted, settings, estimator)
        if needs_labels(wanted) and data is None and estimator.known_scores_.labeled is None:
            raise WrongUse(
                f"--set {wanted} is drawn from rows with labels of both kinds, and {model} knows none; give "
                "DATA --labels COLUMN --normal LABEL."
            )
    before = current_threshold(estimator)
    if data is not None:  # so that thresholds that need labels can be drawn; the line stays where it is
        source: Source
        if estimator.window_ is None:
            source = opened.open_rows(data, typed, output)
            known = read_labels(source, data, typed.normal, opened)
        else:
            source = windows = open_series(data, typed, output, window=estimator.window_)
            known = read_labels(windows.series, data, typed.normal, opened).of_windows(windows)
        labels = known.for_estimator(estimator.normal_label)
        estimator.set_threshold(estimator.threshold_, X=source, y=labels)
    if wanted is None:
        output.result(*_shown(opened, before))
        return
    # Where it cannot be drawn nothing is written.
    estimator.set_threshold(wanted, **settings)
    import numpy as np

    from diabolo.persistence.model_file import save

    if opened.feature_names is not None:
        estimator.feature_names_in_ = np.asarray(opened.feature_names, dtype=object)
    save(estimator, path or model)
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


def _shown(opened: OpenModel, current: ThresholdValue) -> tuple[dict[str, Any], str]:
    from diabolo.detection.threshold_names import settings_text

    estimator = opened.estimator
    n_rows = len(estimator.training_scores_)
    drawn, not_drawn = named_thresholds(estimator)
    record = {
        "model": opened.path,
        "threshold": vars(current),
        "rows": n_rows,
        "held_out": len(estimator.held_out_scores_),
        "lines": [vars(each) for each in drawn],
        "not_possible": not_drawn,
    }
    pairs = [
        ("line", str(current)),
        ("flags", f"{current.flags:.1%} of the {n_rows:,} normal rows of the training"),
    ]
    lines = [pairs_text(pairs), "", heading(f"{'threshold':<18}{'settings':<16}{'line':>10}{'flags':>9}")]
    for each in drawn:
        start = f"{each.name:<18}{settings_text(each.settings):<16}"
        lines.append(f"{start}{each.value:>10.6g}{each.flags:>9.1%}")
    has_labels = estimator.known_scores_.labeled is not None
    unlabeled = [] if has_labels else [name for name in not_drawn if needs_labels(name)]
    lines += [f"{name:<18}{problem}" for name, problem in not_drawn.items() if name not in unlabeled]
    if unlabeled:
        lines.append(f"{', '.join(unlabeled)}: with DATA --labels COLUMN --normal LABEL")
    command = command_line("detect", "threshold", opened.path, "--set")
    return record, "\n".join(lines) + next_lines(f"{command} quantile --threshold-param q=0.99")


def _moved(opened: OpenModel, before: ThresholdValue, path: Path) -> tuple[dict[str, Any], str]:
    estimator = opened.estimator
    after = current_threshold(estimator)
    n_rows = len(estimator.training_scores_)
    record = {
        "model": opened.path,
        "before": vars(before),
        "threshold": vars(after),
        "rows": n_rows,
        "output": path,
    }
    flags = f"{after.flags:.1%} of the {n_rows:,} normal rows of the training, {before.flags:.1%} before"
    pairs = [("line", str(after)), ("before", str(before)), ("flags", flags), ("model", str(path))]
    return record, pairs_text(pairs)


PAGE = Page(
    threshold,
    (
        DETECTOR,
        replace(DATA, is_required=False, help="Rows with labels: a file of any kind that detect fit takes."),
        Option(
            "--set LINE",
            f"The new line: a number, or {', '.join(THRESHOLDS.names[:-1])} or {THRESHOLDS.names[-1]}.",
            name="new",
        ),
        written_file(
            "Where to write the model with the new line. Without: MODEL itself.",
            Writes(),
            "MODEL2",
            is_required=False,
        ),
        *(option for option in detector_options() if option.name == "threshold_params"),
        NORMAL,
        LABELS,
        *IN_TIME,
        KEEP,
        *READING,
        MEMORY,
    ),
)
