"""``diabolo detect score``: say how odd each row of a file is, and which features make it so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diabolo.cli.detect_series import (
    COMBINE,
    IN_TIME,
    SERIES,
    check_events_output,
    event_lines,
    event_records,
    open_series,
    refuse_series_options,
    time_again,
    write_events,
)
from diabolo.cli.opening import OpenModel, open_detector, typed_again
from diabolo.cli.options import DATA, DETECTOR, FILE, KEEP, LABELS, MISSING, READING, ROWS_FILE
from diabolo.cli.output import (
    Output,
    check_picture_output,
    check_rows_output,
    command_line,
    heading,
    next_lines,
    save_picture,
    with_columns,
    write_rows,
)
from diabolo.cli.page import Option, Page, Typed, in_group
from diabolo.parameters.kinds import whole

if TYPE_CHECKING:
    import numpy as np
    from jaxtyping import Bool, Float, Int

    from diabolo.data.source import Source

__all__ = ["PAGE", "ScoredRows", "score", "scored_rows"]

_ODDEST = 5


def score(typed: Typed, output: Output) -> None:
    """Score rows: write how odd each is, one line a row in the order of DATA.

    The columns are: score (higher is odder), p_value (of 100 normal rows, about 5 have one of 0.05 or less;
    only where the model has rows that were held out or left out in turn), anomaly (1 or 0), the features that
    add most to the score with what each adds, and then the columns of --labels and --keep, untouched. An .npy
    file holds the numbers only.

    Of a model of a series (detect fit --window N) a line is a point, scored by the windows that hold it;
    there are no p-values, and channels stand in the place of features. Points beside each other above the
    threshold are an event: --events writes them, --picture draws them.

    Examples
    --------
    diabolo detect score pump.diabolo new.csv -o scores.csv
    diabolo detect score iris.diabolo iris.csv --labels species --keep id -o scores.csv
    diabolo detect score pump.diabolo new.csv --top 1 -o scores.tsv
    diabolo detect score sensors.diabolo new.csv --time date -o scores.csv --events events.csv
    """
    model, data, path = typed.model, typed.data, typed.path
    check_rows_output(path, model, data)
    opened = open_detector(model, typed.missing)
    if opened.estimator.window_ is not None:
        _score_series(opened, typed, output)
        return
    because = f"{model} scores rows one by one; fit it with --window N"
    refuse_series_options(typed, because, "events", "picture")
    source = opened.open_rows(data, typed, output)
    scored = scored_rows(opened, source, typed.top)
    if scored.p_values is None:
        output.note(
            f"there are no p-values, since {model} has no rows to compare with, held out or left out in "
            "turn; for them fit it again without --folds 0"
        )
    carried = _write(path, scored, source, data, output)
    record, text = _report(opened, scored, source, typed, carried)
    if typed.labels is not None and opened.estimator.normal_label is not None:
        text += next_lines(command_line("detect", "evaluate", model, data, *typed_again(typed)))
    output.result(record, text)


def _score_series(opened: OpenModel, typed: Typed, output: Output) -> None:
    """Score the points of a series, and gather events."""
    import numpy as np

    data, threshold = typed.data, float(opened.estimator.threshold_)
    check_events_output(typed.events, opened.path, data, typed.path)
    check_picture_output(typed.picture, opened.path, data)
    windows = open_series(data, typed, output, window=opened.estimator.window_)
    scores = windows.point_scores(opened.estimator, combine=typed.combine)
    events = scores.events(threshold)
    top = np.argsort(-scores.channels, axis=1, kind="stable")[:, : typed.top]
    added = np.take_along_axis(scores.channels, top, axis=1)
    is_anomaly = scores.scores > threshold
    scored = ScoredRows(scores.scores, None, is_anomaly, scores.names, top, added)
    carried = _write(typed.path, scored, windows.series, data, output)
    write_events(events, typed.events)

    def draw(plotting: Any) -> Any:
        return plotting.plot_series(windows.series[:], scores, threshold=threshold)

    save_picture(draw, typed.picture)
    n_points, n_odd = len(scores), int(is_anomaly.sum())
    record = {
        "model": opened.path,
        "data": data,
        "points": n_points,
        "windows": len(windows),
        "without_score": int(np.isnan(scores.scores).sum()),
        "header_found": windows.series.header_found,
        "combine": typed.combine,
        "threshold": threshold,
        "anomalies": n_odd,
        "share": n_odd / n_points,
        "events": event_records(events),
        "output": typed.path,
        "events_output": typed.events,
        "picture": typed.picture,
        "carried": carried,
    }
    above = f"{n_odd:,} above the threshold {threshold:.6g} ({n_odd / n_points:.1%}), "
    lines = [
        f"{n_points:,} points scored and written to {typed.path}{with_columns(carried)}",
        above + f"in {len(events):,} event{'s' if len(events) != 1 else ''}",
        *([f"events written to {typed.events}"] if typed.events is not None else []),
        *([f"picture written to {typed.picture}"] if typed.picture is not None else []),
        *event_lines(events),
    ]
    text = "\n".join(lines)
    if typed.labels is not None and opened.estimator.normal_label is not None:
        again = [*typed_again(typed), *time_again(typed)]
        text += next_lines(command_line("detect", "evaluate", opened.path, data, *again))
    output.result(record, text)


@dataclass(frozen=True)
class ScoredRows:
    """What a detector says of rows.

    Parameters
    ----------
    scores : ndarray of shape (n_rows,)
        Higher is odder.
    p_values : ndarray of shape (n_rows,), or None
        Where the detector has rows to compare with.
    is_anomaly : ndarray of bool, shape (n_rows,)
        Whether the score is above the threshold.
    names : sequence of str
        The features.
    top : ndarray of int, shape (n_rows, n_top)
        The features that add most to each row's score, the most first.
    added : ndarray of shape (n_rows, n_top)
        What they add.
    """

    scores: Float[np.ndarray, " n_rows"]
    p_values: Float[np.ndarray, " n_rows"] | None
    is_anomaly: Bool[np.ndarray, " n_rows"]
    names: Sequence[str]
    top: Int[np.ndarray, "n_rows n_top"]
    added: Float[np.ndarray, "n_rows n_top"]

    def row(self, number: int) -> dict[str, Any]:
        """Collect what is said of one row."""
        features = zip(self.top[number], self.added[number], strict=True)
        return {
            "row": number,
            "score": float(self.scores[number]),
            "p_value": None if self.p_values is None else float(self.p_values[number]),
            "anomaly": bool(self.is_anomaly[number]),
            "features": {self.names[feature]: float(value) for feature, value in features},
        }


def scored_rows(opened: OpenModel, source: Source, n_top: int) -> ScoredRows:
    """Score the rows of a table.

    Parameters
    ----------
    opened : OpenModel
        A detector.
    source : Source
        Rows that fit it.
    n_top : int
        How many features to name for each row; no more than there are.

    Returns
    -------
    ScoredRows
    """
    import numpy as np

    from diabolo.detection import conformal_pvalues

    estimator = opened.estimator
    n_rows, n_features = len(source), estimator.n_features_in_
    scores, start = np.empty(n_rows), 0
    top = np.empty((n_rows, min(n_top, n_features)), np.int64)
    added = np.empty(top.shape)
    # A block at a time: what every feature adds to every row is as large as the table.
    for contributions in estimator.contribution_blocks(source):
        block = slice(start, start + len(contributions))
        scores[block] = contributions.sum(axis=1)
        top[block] = np.argsort(-contributions, axis=1, kind="stable")[:, :n_top]
        added[block] = np.take_along_axis(contributions, top[block], axis=1)
        start = block.stop
    names, p_values = opened.names_of(source), None
    if estimator.pvalue_kind_ == "conformal":
        p_values = conformal_pvalues(scores, estimator.held_out_scores_)
    elif estimator.pvalue_kind_ is not None:
        p_values = estimator.anomaly_pvalue(source)
    return ScoredRows(scores, p_values, scores > estimator.threshold_, names, top, added)


def _write(path: Path, scored: ScoredRows, source: Source, data: Path, output: Output) -> list[str]:
    """Write the columns in the order of the help page; give back the names of what was carried."""
    import numpy as np

    columns: dict[str, Any] = {"score": scored.scores}
    if scored.p_values is not None:
        columns["p_value"] = scored.p_values
    columns["anomaly"] = scored.is_anomaly.astype(int)
    for place in range(scored.top.shape[1]):
        columns[f"top_{place + 1}"] = [scored.names[feature] for feature in scored.top[:, place]]
        columns[f"top_{place + 1}_contribution"] = scored.added[:, place]
    carried = _carried(source, data, columns, output)
    if path.suffix.lower() in (".npy", ".npz"):
        aside: dict[str, Any] = {name: column for name, column in columns.items() if isinstance(column, list)}
        names = [name for name in columns if name not in aside]
        rows = np.column_stack([_float32(columns[name]) for name in names])
    else:  # the columns after the first are written as they are, so that names may stand among numbers
        rows, names = _float32(columns.pop("score"))[:, np.newaxis], ["score"]
        aside = {
            name: _float32(column) if getattr(column, "dtype", None) == np.float64 else column
            for name, column in columns.items()
        }
    written = write_rows(path, [(0, rows)], rows.shape, names, source, output, carried={**aside, **carried})
    return [name for name in carried if name in written]


def _float32(column: np.ndarray) -> np.ndarray:
    """Round numbers to what a file holds; the score of an absurd row may lie beyond all that it can."""
    import numpy as np

    most = np.finfo(np.float32).max
    return np.clip(column, -most, most).astype(np.float32)


def _carried(source: Source, data: Path, taken: Iterable[str], output: Output) -> dict[str, Any]:
    """Give columns of the data that are called as ours are another name."""
    carried = {}
    for name, column in source.carried.items():
        other = name
        while other in taken or (other != name and other in source.carried):
            other = f"data_{other}"
        if other != name:
            output.note(f"{data} has a column {name!r} of its own, which is written as {other!r} here")
        carried[other] = column
    return carried


def _report(
    opened: OpenModel, scored: ScoredRows, source: Source, typed: Typed, carried: list[str]
) -> tuple[dict[str, Any], str]:
    import numpy as np

    n_rows, threshold = len(scored.scores), float(opened.estimator.threshold_)
    n_flagged = int(scored.is_anomaly.sum())
    oddest = [scored.row(int(n)) for n in np.argsort(-scored.scores, kind="stable")[:_ODDEST]]
    record = {
        "model": opened.path,
        "data": typed.data,
        "rows": n_rows,
        "header_found": source.header_found,
        "threshold": threshold,
        "anomalies": n_flagged,
        "share": n_flagged / n_rows,
        "p_values": scored.p_values is not None,
        "top": scored.top.shape[1],
        "oddest": oddest,
        "output": typed.path,
        "carried": carried,
    }
    lines = [
        f"{n_rows:,} score{'s' if n_rows != 1 else ''} written to {typed.path}{with_columns(carried)}",
        f"{n_flagged:,} above the threshold {threshold:.6g}, called anomalies ({n_flagged / n_rows:.1%})",
        "",
        heading(f"The oddest row{'s' if n_rows != 1 else ''}"),
    ]
    p_title = f"  {'p_value':>8}" if scored.p_values is not None else ""
    top_title = "  what adds most" if scored.top.shape[1] else ""
    lines.append(f"{'row':>6}  {'score':>10}{p_title}{top_title}")
    for row in oddest:
        p_value = f"  {row['p_value']:>8.4g}" if scored.p_values is not None else ""
        added = ", ".join(f"{name} {value:+.3g}" for name, value in row["features"].items())
        lines.append(f"{row['row']:>6}  {row['score']:>10.6g}{p_value}  {added}".rstrip())
    return record, "\n".join(lines)


PAGE = Page(
    score,
    (
        DETECTOR,
        DATA,
        ROWS_FILE,
        *in_group(
            SERIES,
            *IN_TIME,
            COMBINE,
            Option("--events FILE", "Write the events, too, a line each: .csv.", FILE),
            Option("--picture FILE", "Draw channels, scores and events: .png, .pdf, .svg or .jpg.", FILE),
        ),
        MISSING,
        Option("--top", "How many features to name for each row. Default: 3.", whole(0), default=3),
        LABELS,
        KEEP,
        *READING,
    ),
)
