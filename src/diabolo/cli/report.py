"""``diabolo report``: one page that shows what a model learned, to open in a browser and to send."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diabolo.cli.detect_labels import NORMAL, read_labels
from diabolo.cli.detect_series import IN_TIME, open_series, refuse_series_options
from diabolo.cli.opening import OpenModel, color_column, open_model
from diabolo.cli.options import (
    COMPONENTS,
    DATA,
    FILE,
    IMAGE_SHAPE,
    KEEP,
    LABELS,
    MEMORY,
    MISSING,
    MODEL,
    READING,
    written_file,
)
from diabolo.cli.output import Output
from diabolo.cli.page import Option, Page, Typed, WrongUse, in_group
from diabolo.cli.streams import is_stream
from diabolo.cli.written_files import Writes
from diabolo.data.destination import PAGES
from diabolo.parameters.kinds import one_of, whole

if TYPE_CHECKING:
    from diabolo.data.source import Source

__all__ = ["PAGE"]


def report(typed: Typed, output: Output) -> None:
    """Write one page that shows what a model learned from its rows: the map of their codes, and more.

    It shows reconstructions, what the decoder draws anywhere on the map, errors by feature and the training;
    of a detector the scores, with a threshold that can be moved. The page is one file: any browser opens it
    from the disk, without a network, and it can be sent as it is. It holds rows of DATA, so whoever has it
    can read these. Of a model of a series the rows are its windows.

    Examples
    --------
    diabolo report iris.diabolo iris.csv --labels species -o report.html
    diabolo report digits.diabolo digits.npz --labels y --image-shape 8,8 -o digits.html
    diabolo report odd.diabolo iris.csv --labels species --normal setosa -o odd.html
    diabolo report wide.diabolo wide.h5 --components 0,3 --max-points 20000 -o wide.html
    diabolo report pump.diabolo pump.csv --time date --labels is_odd --normal 0 -o pump.html
    """
    model, data, path = typed.model, typed.data, typed.path
    opened = open_model(model)
    estimator = opened.estimator
    if opened.is_detector:
        if typed.missing is not None:
            estimator.set_missing(typed.missing)
    else:
        for flag, value in (("--normal", typed.normal), ("--missing", typed.missing)):
            if value is not None:
                raise WrongUse(f"{flag} is about the rows of a detector, and {model} is none; leave it out.")
    rows, table = _open_rows(opened, typed, output)
    name, normal = color_column(table, typed), None
    if typed.normal is not None:
        if name is None:
            raise WrongUse("--normal is a label of the column that --labels names; type both.")
        normal = read_labels(table, data, typed.normal, opened).normal
    import diabolo

    made = diabolo.report(
        estimator,
        rows,
        name,
        path=None if is_stream(path) else path,
        normal_label=normal,
        components=typed.components,
        projection=typed.projection,
        image_shape=False if typed.image_shape == () else typed.image_shape,
        sweep=typed.sweep,
        screening=typed.screening,
        title=typed.title,
        max_points=typed.max_points,
        model_name=str(model),
        data_name=str(data),
    )
    if is_stream(path):
        sys.stdout.flush()
        sys.stdout.buffer.write(made.html.encode("utf-8"))
        sys.stdout.buffer.flush()
    _say(made, name, typed, output)


def _open_rows(opened: OpenModel, typed: Typed, output: Output) -> tuple[Source, Source]:
    """Open the rows of a model: its windows of a series; and the table that carries what is known of them."""
    if getattr(opened.estimator, "window_", None) is None:
        refuse_series_options(typed, f"{opened.path} is a model of rows")
        source = opened.open_rows(typed.data, typed, output)
        if source.feature_names is None:  # as of an array, whose columns are taken in order
            source.feature_names = opened.numbers
        return source, source
    windows = open_series(typed.data, typed, output, window=opened.estimator.window_)
    return windows, windows.series


def _say(made: Any, label_name: str | None, typed: Typed, output: Output) -> None:
    from diabolo.reporting.notes import note_sentences

    notes = note_sentences(made.summary)
    for note in notes:
        output.note(note[0].lower() + note[1:].rstrip("."))
    data, path = made.summary["data"], typed.path
    n_rows, n_points, n_bytes = data["n_rows"], data["n_points"], len(made.html.encode("utf-8"))
    drawn = "all of them" if n_points == n_rows else f"{n_points:,} of them"
    where = "standard output" if is_stream(path) else path
    record = {
        "model": typed.model,
        "data": typed.data,
        "rows": n_rows,
        "points": n_points,
        "labels": label_name,
        "bytes": n_bytes,
        "notes": notes,
        "output": path,
    }
    colored = "" if label_name is None else f", colored by {label_name}"
    rows = "1 row" if n_rows == 1 else f"{n_rows:,} rows, {drawn}"
    lines = [f"{rows} on the map{colored}; {_size(n_bytes)} written to {where}"]
    if isinstance(path, Path) and not is_stream(path):
        lines += ["", f"Open it in a browser: {path.resolve().as_uri()}"]
    output.result(record, "\n".join(lines))


def _size(n_bytes: int) -> str:
    return f"{n_bytes / 1e6:.1f} MB" if n_bytes >= 1e6 else f"{n_bytes / 1e3:.0f} kB"


_PROJECTION = one_of(
    "auto",
    "components",
    "principal",
    "tsne",
    foreign={"pca": "principal", "t-sne": "tsne", "code": "components", "umap": "tsne"},
)

PAGE = Page(
    report,
    (
        MODEL,
        DATA,
        written_file(
            "Where to write: .html or .htm; replaced if it exists. - is standard output.",
            Writes(tuple(PAGES), may_stream=True),
            "HTML",
        ),
        LABELS,
        NORMAL,
        KEEP,
        *in_group(
            "The page",
            Option(
                "--components",
                "Which two numbers of the code the map shows first, from 0.",
                COMPONENTS,
            ),
            Option(
                "--projection",
                "What the map shows of a code wider than two: two of its components, its two principal "
                "components (principal), or tsne, which takes longer. Default: auto.",
                _PROJECTION,
                default="auto",
            ),
            IMAGE_SHAPE,
            Option("--sweep", "The table that 'diabolo sweep' wrote, to show beside.", FILE),
            Option(
                "--screening", "What 'diabolo screen' wrote, or its table of features, to show beside.", FILE
            ),
            Option("--title TEXT", "Over the page. Without, the model's file and the data's."),
            Option(
                "--max-points N",
                "How many rows the map draws at the most, chosen evenly. Default: 100000.",
                whole(),
                default=100_000,
            ),
        ),
        *IN_TIME,
        MISSING,
        *READING,
        MEMORY,
    ),
    first=(
        *("labels", "normal", "keep", "components", "projection", "image_shape", "title"),
        *("sweep", "screening", "max_points", "timestamps"),
    ),
)
