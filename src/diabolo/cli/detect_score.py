"""``diabolo detect score``: say how odd each row of a file is, and which features make it so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diabolo.cli.detect_picture import save_odd_rows
from diabolo.cli.detect_series import (
    COMBINE,
    IN_TIME,
    SERIES,
    event_lines,
    event_records,
    open_series,
    refuse_series_options,
    time_again,
    write_events,
)
from diabolo.cli.many_files import WrittenParts, write_parts
from diabolo.cli.opening import OpenModel, open_detector, typed_again
from diabolo.cli.options import (
    DATA,
    DETECTOR,
    FILE,
    KEEP,
    LABELS,
    MEMORY,
    MISSING,
    PARTS_FILE,
    READING,
    WORKERS,
    drawn_file,
)
from diabolo.cli.output import (
    Output,
    command_line,
    heading,
    next_lines,
    save_picture,
    with_columns,
    write_rows,
)
from diabolo.cli.page import Option, Page, Typed, WrongUse, in_group
from diabolo.cli.row_blocks import block_results, is_by_workers
from diabolo.cli.scored_rows import ScoredRows, joined_rows, scored_rows
from diabolo.cli.streams import FolderOfParts
from diabolo.cli.written_files import Writes
from diabolo.parameters.kinds import whole

if TYPE_CHECKING:
    import numpy as np

    from diabolo.data.source import Source

__all__ = ["PAGE", "carried_beside", "score"]

_ODDEST = 5
# Carried columns that stand beside the oddest rows, and how wide each may be.
_CARRIED, _WIDEST = 3, 16


def score(typed: Typed, output: Output) -> None:
    """Score rows: write how odd each is, one line a row in the order of DATA.

    The columns are: score (higher is odder), p_value (of 100 normal rows, about 5 have one of 0.05 or less;
    only where the model has rows that were held out or left out in turn), anomaly (1 or 0), the reason, the
    features that add most to the score with what each adds, and then the columns of --labels and --keep,
    untouched. An .npy file holds the numbers only. --plot draws where the oddest rows lie among the others,
    and of each the features that add most beside what was expected.

    The reason says of the features that add most which value each has, what was expected of it, and whether
    it is high or low for that: 'CRP 38.7 (expected 4.1, high)'. Expected is what the row's other cells say of
    it, where it breaks with them, and else the column's median.

    Of a model of a series (detect fit --window N) a line is a point, scored by the windows that hold it;
    there are no p-values, and channels stand in the place of features; what was expected is the mean over
    these windows. Points beside each other above the threshold are an event, with the reasons of its oddest
    point: --events writes them, --plot draws them.

    Examples
    --------
    diabolo detect score pump.diabolo new.csv -o scores.csv
    diabolo detect score iris.diabolo iris.csv --labels species --keep id -o scores.csv
    diabolo detect score pump.diabolo new.csv --top 1 -o scores.tsv --plot oddest.png
    diabolo detect score sensors.diabolo new.csv --time date -o scores.csv --events events.csv
    diabolo detect score pump.diabolo 'parts/*.parquet' -o scores/ --engine dask --workers 2
    """
    if not isinstance(typed.path, FolderOfParts):
        _score(_opened(typed), typed, output)
        return
    for flag, value in {"--plot": typed.picture, "--events": typed.events}.items():
        if value is not None:
            raise WrongUse(
                f"{flag} is of one table, and -o {typed.path} a part for each; name a file for -o."
            )
    if _opened(typed).estimator.window_ is not None:
        raise WrongUse(
            f"{typed.model} is a model of a series, whose windows run from file to file; name a file for -o."
        )
    record, text = _report_parts(write_parts(_opened, _score, typed, output, "scoring"), typed)
    output.result(record, text)


def _opened(typed: Typed) -> OpenModel:
    return open_detector(typed.model, typed.missing)


def _score(opened: OpenModel, typed: Typed, output: Output) -> None:
    model, data, path = typed.model, typed.data, typed.path
    if typed.picture is not None and getattr(opened.estimator, "categories_", None) is not None:
        raise WrongUse(f"--plot draws rows of numbers, and {model} has categories, too; leave --plot out.")
    if opened.estimator.window_ is not None:
        if is_by_workers(typed):
            raise WrongUse(
                f"{model} is a model of a series, whose windows are scored by one process; leave --engine "
                "and --workers out."
            )
        _score_series(opened, typed, output)
        return
    because = f"{model} scores rows one by one; fit it with --window N"
    refuse_series_options(typed, because, "events")
    source = opened.open_rows(data, typed, output)
    if is_by_workers(typed):
        found = block_results(source, _opened, _scored, typed, output, "scoring")
        scored = joined_rows([block for _, block in found])
    else:
        scored = scored_rows(opened, source, typed.top)
    if scored.p_values is None:
        output.note(
            f"there are no p-values, since {model} has no rows to compare with, held out or left out in "
            "turn; for them fit it again without --folds 0"
        )
    carried = _write(path, scored, source, data, output)
    record, text = _report(opened, scored, source, typed, carried)
    lines = []
    if typed.missing is None:
        first = record["oddest"][0]
        place = ["--row", first["row"]] if first["line"] is None else ["--line", first["line"]]
        lines.append(command_line("inspect", model, data, *typed_again(typed), *place))
    save_odd_rows(typed.picture, opened, source, scored, _names(source, typed, record["oddest"]))
    if typed.labels is not None and opened.estimator.normal_label is not None:
        lines.append(command_line("detect", "evaluate", model, data, *_again(typed)))
    output.result(record, text + (next_lines(*lines) if lines else ""))


def _scored(opened: OpenModel, rows: Source, typed: Typed) -> ScoredRows:
    return scored_rows(opened, rows, typed.top)


def _score_series(opened: OpenModel, typed: Typed, output: Output) -> None:
    """Score the points of a series, and gather events."""
    import numpy as np

    data, threshold = typed.data, float(opened.estimator.threshold_)
    windows = open_series(data, typed, output, window=opened.estimator.window_)
    scores = windows.point_scores(opened.estimator, combine=typed.combine)
    events = scores.events(threshold)
    top = np.argsort(-scores.channels, axis=1, kind="stable")[:, : typed.top]
    added = np.take_along_axis(scores.channels, top, axis=1)
    is_anomaly = scores.scores > threshold
    assert scores.values is not None
    assert scores.expected is not None
    values, expected = (np.take_along_axis(each, top, axis=1) for each in (scores.values, scores.expected))
    scored = ScoredRows(scores.scores, None, is_anomaly, scores.names, top, added, values, expected)
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
        again = [*_again(typed), *time_again(typed)]
        text += next_lines(command_line("detect", "evaluate", opened.path, data, *again))
    output.result(record, text)


def _again(typed: Typed) -> list[str]:
    return [*typed_again(typed), *([] if typed.missing is None else ["--missing", typed.missing])]


def _write(path: Path, scored: ScoredRows, source: Source, data: Path, output: Output) -> list[str]:
    """Write the columns in the order of the help page; give back the names of what was carried."""
    import numpy as np

    columns: dict[str, Any] = {"score": scored.scores}
    if scored.p_values is not None:
        columns["p_value"] = scored.p_values
    columns["anomaly"] = scored.is_anomaly.astype(int)
    if scored.values is not None and scored.top.shape[1]:
        columns["reason"] = [scored.reasons(row) for row in range(len(scored.scores))]
    for place in range(scored.top.shape[1]):
        columns[f"top_{place + 1}"] = [scored.names[feature] for feature in scored.top[:, place]]
        columns[f"top_{place + 1}_contribution"] = scored.added[:, place]
    carried = carried_beside(source, data, columns, output)
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


def carried_beside(source: Source, data: Path, taken: Iterable[str], output: Output) -> dict[str, Any]:
    """Give columns of the data that are called as those of a result another name.

    Parameters
    ----------
    source : Source
        The rows, with what they carry.
    data : Path
        Their file.
    taken : iterable of str
        Names that the result has for its own.
    output : Output
        Where it is said.

    Returns
    -------
    dict of str to ndarray
        What is carried, by its names in the output.
    """
    carried = {}
    for name, column in source.carried.items():
        other = name
        while other in taken or (other != name and other in source.carried):
            other = f"data_{other}"
        if other != name:
            output.note(f"{data} has a column {name!r} of its own, which is written as {other!r} here")
        carried[other] = column
    return carried


def _names(source: Source, typed: Typed, oddest: Sequence[dict[str, Any]]) -> list[str]:
    """Call rows by their names, by the first column that is kept, or by their lines or numbers."""
    named: Any = source.row_names
    if named is None:
        named = next((source.carried[name] for name in typed.keep or () if name in source.carried), None)
    if named is not None:
        return [str(named[row["row"]]) for row in oddest]
    return [f"row {row['row']}" if row["line"] is None else f"line {row['line']}" for row in oddest]


def _report(
    opened: OpenModel, scored: ScoredRows, source: Source, typed: Typed, carried: list[str]
) -> tuple[dict[str, Any], str]:
    import numpy as np

    from diabolo.data.row_places import line_of

    n_rows, threshold = len(scored.scores), float(opened.estimator.threshold_)
    n_flagged = int(scored.is_anomaly.sum())
    numbers = [int(n) for n in np.argsort(-scored.scores, kind="stable")[:_ODDEST]]
    oddest: list[dict[str, Any]] = [
        {
            **scored.row(n),
            "line": line_of(source, n),
            "carried": {name: column[n] for name, column in source.carried.items()},
        }
        for n in numbers
    ]
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
        "picture": typed.picture,
        "carried": carried,
    }
    lines = [
        f"{n_rows:,} score{'s' if n_rows != 1 else ''} written to {typed.path}{with_columns(carried)}",
        f"{n_flagged:,} above the threshold {threshold:.6g}, called anomalies ({n_flagged / n_rows:.1%})",
        *([f"picture written to {typed.picture}"] if typed.picture is not None else []),
        "",
        *_oddest_lines(scored, source, oddest, typed.data),
    ]
    return record, "\n".join(lines)


def _report_parts(parts: WrittenParts, typed: Typed) -> tuple[dict[str, Any], str]:
    """Say of all parts what is said of one table, and which file the oddest rows are in."""
    n_rows, n_flagged, first = parts.total("rows"), parts.total("anomalies"), parts.records[0]
    rows = [
        {"data": file, **row}
        for file, record in zip(parts.files, parts.records, strict=True)
        for row in record["oddest"]
    ]
    oddest = sorted(rows, key=lambda row: -row["score"])[:_ODDEST]
    record = {**parts.record(typed), "threshold": first["threshold"], "anomalies": n_flagged}
    record |= {"share": n_flagged / n_rows, "oddest": oddest, "carried": first["carried"]}
    above = f"{n_flagged:,} above the threshold {first['threshold']:.6g}, called anomalies "
    lines = [
        parts.said("scores", typed),
        above + f"({n_flagged / n_rows:.1%})",
        "",
        heading(
            f"The oddest row{'s' * (len(oddest) > 1)}, and {'its' if len(oddest) == 1 else 'their'} files"
        ),
    ]
    places = [
        f"{row['data']}, row {row['row']}" if row["line"] is None else f"{row['data']}, line {row['line']}"
        for row in oddest
    ]
    width = max(map(len, places))
    for place, row in zip(places, oddest, strict=True):
        lines.append(f"{place:<{width}}  {row['score']:.6g}")
    return record, "\n".join(lines)


def _oddest_lines(
    scored: ScoredRows, source: Source, oddest: Sequence[dict[str, Any]], data: Path
) -> list[str]:
    """Lay the oddest rows out in columns: which they are, what they carry, their scores and the reasons."""
    has_lines = oddest[0]["line"] is not None
    how = f"by their line in {data}" if has_lines else "numbered from 0, as by inspect --row"
    names = list(source.carried)[:_CARRIED]
    titles = ["line" if has_lines else "row", "score", *["p_value"] * (scored.p_values is not None), *names]
    rows = [titles]
    for each in oddest:
        rows.append([str(each["line"] if has_lines else each["row"]), f"{each['score']:.6g}"])
        rows[-1] += [] if scored.p_values is None else [f"{each['p_value']:.4g}"]
        rows[-1] += [_short(str(each["carried"][name])) for name in names]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    n_numbers = len(titles) - len(names)
    last = ["what adds most" * bool(scored.top.shape[1]), *(scored.reasons(each["row"]) for each in oddest)]
    lines = [heading(f"The oddest row{'s' * (len(oddest) > 1)}, {how}")]
    for row, end in zip(rows, last, strict=True):
        cells = [
            cell.rjust(width) if place < n_numbers else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join([*cells, end]).rstrip())
    return lines


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 3]}..."


PAGE = Page(
    score,
    (
        DETECTOR,
        DATA,
        PARTS_FILE,
        *WORKERS,
        *in_group(
            SERIES,
            *IN_TIME,
            COMBINE,
            Option(
                "--events FILE", "Write the events, too, a line each: .csv.", FILE, writes=Writes((".csv",))
            ),
        ),
        *in_group(
            "Output",
            drawn_file(
                "Draw where the oddest rows lie among the others, and what of each was not expected; of a "
                "series its channels, scores and events"
            ),
        ),
        MISSING,
        Option("--top", "How many features to name for each row. Default: 3.", whole(0), default=3),
        LABELS,
        KEEP,
        *READING,
        MEMORY,
    ),
    first=(
        *("labels", "keep", "top", "missing", "timestamps", "combine", "events", "picture"),
        *("engine", "workers"),
    ),
)
