"""``diabolo detect fit``: learn what normal rows look like."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from diabolo.cli import detect_options as options
from diabolo.cli.common_options import Debug, Json
from diabolo.cli.data_options import (
    Data,
    DataOptions,
    Dataset,
    Decimal,
    Delimiter,
    Header,
    Keep,
    Labels,
    Transposed,
    open_rows,
)
from diabolo.cli.destination import check_model_output
from diabolo.cli.detect_flags import detector_parameters
from diabolo.cli.detect_labels import RowLabels, read_labels
from diabolo.cli.detect_threshold_values import current_threshold, needs_labels
from diabolo.cli.fit_options import OutputModel, Quiet
from diabolo.cli.help_pages import Page
from diabolo.cli.output import Output, heading, pairs_text
from diabolo.cli.program import command_line
from diabolo.cli.wrong_use import WrongUse
from diabolo.errors import InputError

if TYPE_CHECKING:
    from diabolo.data.source import Source

__all__ = ["PAGE", "fit"]

PAGE = Page(
    """Learn what normal rows look like and write a detector to a model file.

With --labels and --normal only the normal rows are learned from. With --labels alone the column is left out.
Without, all rows are learned from: a few odd ones do little harm, and --contamination says how many.

The same command on the same data gives the same model: the seed is 0 unless --seed says otherwise.
""",
    """\
Examples:
  diabolo detect fit normal.csv -o pump.diabolo
  diabolo detect fit iris.csv --labels species --normal setosa -o iris.diabolo
  diabolo detect fit table.csv --keep id --contamination 0.05 -o table.diabolo
  diabolo detect fit table.csv -o table.diabolo --threshold conformal
  diabolo detect fit table.csv -o table.diabolo --kind deep --members 5
""",
)


# The parameters carry the estimator's names, so that what the parser puts under them is what it gets.
def fit(
    context: typer.Context,
    data: Data,
    path: OutputModel,
    autoencoder: options.Kind = None,
    n_members: options.Members = None,
    score_kind: options.Score = None,
    score_params: options.ScoreParam = None,
    contamination: options.Contamination = None,
    threshold: options.Threshold = None,
    threshold_params: options.ThresholdParam = None,
    held_out_fraction: options.HeldOut = None,
    normal_label: options.Normal = None,
    random_state: options.Seed = 0,
    labels: Labels = None,
    keep: Keep = None,
    header: Header = None,
    delimiter: Delimiter = None,
    decimal: Decimal = None,
    dataset: Dataset = None,
    transposed: Transposed = False,
    quiet: Quiet = False,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Learn what normal rows look like."""
    started = time.perf_counter()
    output = Output(json=context.obj["json"], quiet=quiet)
    chosen = detector_parameters(context.params)
    if not 0 <= random_state < 2**32:
        raise WrongUse(
            f"--seed {random_state} is not possible; expected a whole number from 0 to {2**32 - 1}."
        )
    if normal_label is not None and labels is None:
        raise WrongUse(
            f"--normal {normal_label} is a label, so say which column holds the labels: --labels COLUMN."
        )
    check_model_output(path, data)
    estimator = _checked_estimator(chosen)
    if normal_label is None and threshold is not None and needs_labels(threshold):
        raise WrongUse(
            f"--threshold {threshold} is drawn from rows with labels of both kinds; give --labels COLUMN "
            "--normal LABEL."
        )
    reading = DataOptions(labels, header, delimiter, dataset, keep or (), transposed, decimal=decimal)
    source = open_rows(data, reading, output)
    if len(source) < 2:
        raise InputError(f"{data} has one row, and learning needs two or more; give more rows.")
    known = None
    if normal_label is not None:
        known = read_labels(source, data, normal_label)
        estimator.set_params(normal_label=known.normal)
    elif labels is not None:
        output.note(
            f"the column {next(iter(source.carried))!r} is left out and nothing is learned from it; to learn "
            "from normal rows only, say which label is theirs: --normal LABEL"
        )
    estimator.fit(source, None if known is None else known.for_estimator(known.normal))
    from diabolo.persistence.model_file import save

    save(estimator, path)
    # Names on the estimator would be missed in arrays without any.
    vars(estimator).pop("feature_names_in_", None)
    seconds = time.perf_counter() - started
    output.result(*_report(estimator, source, data, path, reading, known, seconds))


def _checked_estimator(chosen: dict[str, Any]) -> Any:
    """Make the estimator and look at its parameters now, before a large file is read for nothing."""
    from diabolo.estimators._detector_settings import settings_of
    from diabolo.estimators.detector import AutoencoderDetector

    estimator = AutoencoderDetector(**chosen)
    settings_of(estimator)
    return estimator


def _report(
    estimator: Any,
    source: Source,
    data: Path,
    path: Path,
    reading: DataOptions,
    known: RowLabels | None,
    seconds: float,
) -> tuple[dict[str, Any], str]:
    n_rows, n_features = source.shape
    n_held_out = len(estimator.held_out_scores_)
    n_normal = len(estimator.training_scores_)
    threshold = current_threshold(estimator)
    n_flagged = int((estimator.training_scores_ > estimator.threshold_).sum())
    caught = None
    if known is not None and known.n_others:
        caught = int((estimator.predict(source[~known.is_normal]) == -1).sum())
    label = next(iter(source.carried), None) if reading.labels is not None else None
    record = {
        "verb": "detect fit",
        "estimator": type(estimator).__name__,
        "data": data,
        "rows": n_rows,
        "features": n_features,
        "header_found": source.header_found,
        "labels": label,
        "normal": None if known is None else known.normal,
        "left_out": list(source.carried),
        "normal_rows": n_normal,
        "learned_from": n_normal - n_held_out,
        "held_out": n_held_out,
        "kind": estimator.autoencoder,
        "networks": len(estimator.members_),
        "score": estimator.score_kind,
        "contamination": estimator.contamination,
        "threshold": threshold.record(),
        "flagged": n_flagged,
        "flagged_share": n_flagged / n_normal,
        "flagged_others": caught,
        "seed": estimator.random_state,
        "seconds": seconds,
        "output": path,
    }
    names = ", ".join(map(repr, source.carried))
    left_out = f", column{'s' if len(source.carried) > 1 else ''} {names} left out" if names else ""
    learned = f"{n_normal - n_held_out:,} rows"
    if known is not None:
        learned += f" labeled {str(known.normal)!r}"
    if estimator.contamination is not None:
        learned += f", then again without the oddest {100 * estimator.contamination:.3g}% of them"
    held_out = (
        f"{n_held_out:,} row{'s' if n_held_out > 1 else ''}, for p-values"
        if n_held_out
        else "none, so there are no p-values"
    )
    flagged = f"{n_flagged:,} of {n_normal:,}{' normal' if known else ''} rows ({n_flagged / n_normal:.1%})"
    if caught is not None and known is not None:
        flagged += f", {caught:,} of {known.n_others:,} others ({caught / known.n_others:.1%})"
    networks = f"{len(estimator.members_)} {estimator.autoencoder}"
    pairs = [
        ("rows", f"{n_rows:,} of {n_features:,} numbers from {data}{left_out}"),
        ("learned from", learned),
        ("held out", held_out),
        ("networks", f"{networks}, score {estimator.score_kind}"),
        ("threshold", f"{threshold.value:.6g}, {threshold.title()}"),
        ("flagged", flagged),
        ("seconds", f"{seconds:.1f}"),
        ("seed", f"{estimator.random_state}"),
        ("model", str(path)),
    ]
    typed = reading.typed()
    scores = path.with_name(f"{path.stem}-scores.csv")
    lines = [command_line("detect", "score", path, data, *typed, "-o", scores)]
    if known is not None and known.n_others:
        lines.append(command_line("detect", "evaluate", path, data, *typed))
    lines.append(command_line("detect", "threshold", path))
    text = f"{pairs_text(pairs)}\n\n{heading('Next:')}\n" + "\n".join(f"  {line}" for line in lines)
    return record, text
