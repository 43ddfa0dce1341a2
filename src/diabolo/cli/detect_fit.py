"""``diabolo detect fit``: learn what normal rows look like."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from diabolo.cli.categories import categories_of, with_named
from diabolo.cli.checkpointing import CHECKPOINT_AND_RESUME, checkpoint_typed, stoppable
from diabolo.cli.detect_labels import RowLabels, read_labels
from diabolo.cli.detect_series import (
    IN_TIME,
    WINDOW,
    open_series,
    refuse_series_options,
    time_again,
    window_settings,
    window_text,
)
from diabolo.cli.detect_threshold import current_threshold, needs_labels
from diabolo.cli.distributed import DISTRIBUTED, joined
from diabolo.cli.fit import MODEL_FILE
from diabolo.cli.odd_columns import note_odd_columns
from diabolo.cli.opening import open_rows, typed_again
from diabolo.cli.options import DATA, KEEP, LABELS, QUIET, READING
from diabolo.cli.output import Output, command_line, next_lines, pairs_text
from diabolo.cli.page import Page, Typed, WrongUse
from diabolo.cli.parameter_options import detector_options
from diabolo.errors import InputError

if TYPE_CHECKING:
    from diabolo.data.source import Source
    from diabolo.series import Windows

__all__ = ["PAGE"]


def fit(typed: Typed, output: Output) -> None:
    """Learn what normal rows look like and write a detector to a model file.

    With --labels and --normal the normal rows are learned from, and those without a label (--unknown). With
    --labels alone the column is left out. Without, all rows are learned from: a few odd ones do little harm,
    and --contamination says how many.

    With --window N, DATA is a series: the model scores its points, each by the windows that hold it.

    The same command on the same data gives the same model: the seed is 0 unless --seed says otherwise.

    Examples
    --------
    diabolo detect fit normal.csv -o pump.diabolo
    diabolo detect fit iris.csv --labels species --normal setosa -o iris.diabolo
    diabolo detect fit table.csv --keep id --contamination 0.05 -o table.diabolo
    diabolo detect fit table.csv -o table.diabolo --threshold conformal
    diabolo detect fit table.csv -o table.diabolo --kind deep --members 5
    diabolo detect fit flats.csv --keep id --categories heating,district -o flats.diabolo
    diabolo detect fit sensors.csv --window 48 --time date -o sensors.diabolo
    diabolo detect fit table.csv -o table.diabolo --kind deep --checkpoint table-state --resume
    """
    started = time.perf_counter()
    data, path, labels, normal_label = typed.data, typed.path, typed.labels, typed.normal_label
    typed.chosen.setdefault("random_state", 0)
    typed.chosen.pop("normal_label", None)  # it is read as the label column has it
    if normal_label is not None and labels is None:
        raise WrongUse(
            f"--normal {normal_label} is a label, so say which column holds the labels: --labels COLUMN."
        )
    if typed.length is None:
        refuse_series_options(typed, "DATA is one with --window N")
    output, is_first = joined(typed, output)
    checkpoint = checkpoint_typed(typed)
    from diabolo.estimators.detector import AutoencoderDetector

    # Looked at now, before a large file is read for nothing.
    estimator = AutoencoderDetector(**typed.chosen).check_parameters()
    threshold = typed.threshold
    if normal_label is None and threshold is not None and needs_labels(threshold):
        raise WrongUse(
            f"--threshold {threshold} is drawn from rows with labels of both kinds; give --labels COLUMN "
            "--normal LABEL."
        )
    if typed.length is not None and estimator.categories is not None:
        raise WrongUse("--window takes a series of numbers; leave it or --categories out.")
    table, windows = _opened(typed, output)
    with_named(estimator, table)
    about = [name for name in (typed.timestamps, typed.groups) if name is not None]
    keep = [*about, *(typed.keep or ())] if about else None
    note_odd_columns(table, typed, output, keep)
    source = table if windows is None else windows
    if len(source) < 2:
        raise InputError(
            f"{data} has one {'row' if windows is None else 'window'}, and learning needs two or "
            "more; give more rows."
        )
    known = None
    if normal_label is not None:
        known = read_labels(table, data, normal_label)
        if windows is not None:
            known = known.of_windows(windows)
        estimator.set_params(normal_label=known.normal)
    elif labels is not None:
        output.note(
            f"the column {next(iter(table.carried))!r} is left out and nothing is learned from it; to learn "
            "from normal rows only, say which label is theirs: --normal LABEL"
        )
    y = None if known is None else known.for_estimator(known.normal)
    try:
        with stoppable():
            estimator.fit(source, y, checkpoint=checkpoint)
    except KeyboardInterrupt:
        if checkpoint is not None:
            output.note("the same command with --resume goes on from here")
        raise
    if not is_first:
        return
    from diabolo.persistence.model_file import save

    save(estimator, path)
    # Names on the estimator would be missed in arrays without any.
    if hasattr(estimator, "feature_names_in_"):
        del estimator.feature_names_in_
    seconds = time.perf_counter() - started
    output.result(*_report(estimator, table, windows, typed, known, seconds))


def _opened(typed: Typed, output: Output) -> tuple[Source, Windows | None]:
    """Open the table, and the windows of it where it is a series."""
    if typed.length is None:
        return open_rows(typed.data, typed, output, categories=categories_of(typed)), None
    windows = open_series(typed.data, typed, output, typed.length)
    return windows.series, windows


def _report(
    estimator: Any,
    table: Source,
    windows: Windows | None,
    typed: Typed,
    known: RowLabels | None,
    seconds: float,
) -> tuple[dict[str, Any], str]:
    data, path = typed.data, typed.path
    source = table if windows is None else windows
    n_rows, n_features = len(source), estimator.n_features_in_
    n_held_out = len(estimator.held_out_scores_)
    n_normal = len(estimator.training_scores_)
    n_unlabeled = known.n_unknown if known is not None and estimator.unknown == "use" else 0
    threshold = current_threshold(estimator)
    n_flagged = int((estimator.training_scores_ > estimator.threshold_).sum())
    caught = None
    if known is not None and known.n_others:
        others = source.rows(known.is_known & ~known.is_normal)
        caught = int((estimator.predict(others) == -1).sum())
    label = next(iter(table.carried), None) if typed.labels is not None else None
    record = {
        "estimator": type(estimator).__name__,
        "data": data,
        "rows": n_rows,
        "features": n_features,
        **({} if windows is None else {"points": len(table), "window": window_settings(estimator.window_)}),
        "header_found": table.header_found,
        "labels": label,
        "normal": None if known is None else known.normal,
        "left_out": list(table.carried),
        "normal_rows": n_normal,
        "learned_from": n_normal - n_held_out,
        "held_out": n_held_out,
        "unlabeled": None if known is None else known.n_unknown,
        "folds": estimator.n_folds_,
        "kind": estimator.autoencoder,
        "networks": len(estimator.members_),
        "score": estimator.score_kind,
        "label_gain": None if estimator.label_gain_ is None else vars(estimator.label_gain_),
        "contamination": estimator.contamination,
        "threshold": vars(threshold),
        "flagged": n_flagged,
        "flagged_share": n_flagged / n_normal,
        "flagged_others": caught,
        "seed": estimator.random_state,
        "seconds": seconds,
        "output": path,
    }
    names = ", ".join(map(repr, table.carried))
    columns = f", column{'s' if len(table.carried) > 1 else ''} {names} left out" if names else ""
    rows = "rows" if windows is None else "windows"
    n_learned = n_normal - n_held_out
    learned = f"{n_learned:,} {rows}"
    if windows is not None and isinstance(estimator.autoencoder, str):
        enough = windows.windows.enough(is_linear=estimator.autoencoder == "linear")
        if enough < n_learned:
            learned = f"{enough:,} of {n_learned:,} windows, evenly over time"
    if known is not None:
        learned = f"{n_normal - n_held_out - n_unlabeled:,} {rows} labeled {str(known.normal)!r}"
        if known.n_unknown:
            learned += f" and {n_unlabeled:,}" if n_unlabeled else f"; left out, {known.n_unknown:,}"
            learned += " without a label"
    if estimator.contamination is not None:
        learned += f", then again without the oddest {100 * estimator.contamination:.3g}% of them"
    folds = "none, so lines are drawn from rows that were learned from"
    if estimator.n_folds_:
        folds = f"{estimator.n_folds_}, each scored without it, for the threshold"
        folds += " and p-values" * (n_held_out == 0 and windows is None)
        folds += "" if windows is None else "; stretches of time"
    held_out = [("held out", f"{n_held_out:,} {rows[:-1]}{'s' if n_held_out > 1 else ''}, for p-values")]
    flagged = f"{n_flagged:,} of {n_normal:,}{' normal' if known else ''} {rows} ({n_flagged / n_normal:.1%})"
    if caught is not None and known is not None:
        flagged += f", {caught:,} of {known.n_others:,} others ({caught / known.n_others:.1%})"
    gain = estimator.label_gain_
    networks = f"{len(estimator.members_)} linear"
    if estimator.autoencoder == "deep":
        networks = f"{estimator.n_members} deep beside a linear one"
    n_categories = len(table.category_cells)
    categories = f" and {n_categories:,} categor{'ies' if n_categories > 1 else 'y'}" if n_categories else ""
    what = f"{n_features - n_categories:,} numbers{categories}"
    what = what if n_categories < n_features else categories.removeprefix(" and ")
    first = f"{n_rows:,} of {what} from {data}{columns}"
    if windows is not None:
        first = f"{n_rows:,} {window_text(estimator.window_)}: {len(table):,} points from {data}{columns}"
    pairs = [
        (rows, first),
        ("learned from", learned),
        *(held_out if n_held_out else []),
        ("folds", folds),
        ("networks", f"{networks}, score {estimator.score_kind}"),
        *([] if gain is None else [("anomalies", str(gain))]),
        ("threshold", str(threshold)),
        ("flagged", flagged),
        ("seconds", f"{seconds:.1f}"),
        ("seed", f"{estimator.random_state}"),
        ("model", str(path)),
    ]
    again = [*typed_again(typed), *time_again(typed)]
    scores = path.with_name(f"{path.stem}-scores.csv")
    lines = [command_line("detect", "score", path, data, *again, "-o", scores)]
    if known is not None and known.n_others:
        lines.append(command_line("detect", "evaluate", path, data, *again))
    return record, pairs_text(pairs) + next_lines(*lines, command_line("detect", "threshold", path))


PAGE = Page(
    fit,
    (
        DATA,
        MODEL_FILE,
        *detector_options(),
        WINDOW,
        *IN_TIME,
        *CHECKPOINT_AND_RESUME,
        DISTRIBUTED,
        LABELS,
        KEEP,
        *READING,
        QUIET,
    ),
    first=(
        *("labels", "normal_label", "keep", "threshold", "contamination", "missing", "autoencoder"),
        *("n_members", "length", "timestamps", "random_state"),
    ),
)
