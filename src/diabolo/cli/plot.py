"""``diabolo plot``: pictures of codes, of a training, of reconstructions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from diabolo.cli.columns import check_columns
from diabolo.cli.common_options import Debug, Json, Model, typed_file
from diabolo.cli.data_options import (
    Data,
    DataOptions,
    Dataset,
    Decimal,
    Delimiter,
    Header,
    Labels,
    Transposed,
    open_rows,
)
from diabolo.cli.destination import check_picture_output
from diabolo.cli.help_pages import Page
from diabolo.cli.model_argument import open_autoencoder
from diabolo.cli.output import Output
from diabolo.cli.picture import (
    Dpi,
    ImageShape,
    OutputPicture,
    label_values,
    numbers,
    save_picture,
    with_columns,
)
from diabolo.cli.wrong_use import WrongUse

__all__ = ["EXAMPLES", "HELP", "PAGES", "PICTURES"]

HELP = "Draw codes, a training or reconstructions, and write the picture to a file."
EXAMPLES = """\
Examples:
  diabolo plot codes codes.csv --labels species -o codes.png
  diabolo plot history iris.diabolo --log -o history.png
  diabolo plot reconstructions digits.diabolo digits.npy -o rows.png
"""


Source = Annotated[
    Path,
    typer.Argument(
        parser=typed_file,
        metavar="MODEL",
        help="The model; or a file of codes, alone.",
        show_default=False,
    ),
]
Rows = Annotated[
    Path | None,
    typer.Argument(
        parser=typed_file,
        metavar="DATA",
        help="The rows to encode: a file of any kind that fit takes.",
        show_default=False,
    ),
]
Components = Annotated[
    str | None,
    typer.Option(
        "--components",
        metavar="I,J",
        help="Which numbers of the code to draw, one to three, from 0. Without: all, if no more than three.",
        show_default=False,
    ),
]
Metric = Annotated[
    str,
    typer.Option(
        "--metric",
        metavar="NAME",
        help="What to draw: loss or mean_absolute_error. Default: loss.",
        show_default=False,
    ),
]
Log = Annotated[bool, typer.Option("--log", help="Make the vertical axis logarithmic.", show_default=False)]
Count = Annotated[
    int, typer.Option("-n", metavar="N", help="How many rows. Default: 10.", min=1, show_default=False)
]


def codes(
    context: typer.Context,
    model: Source,
    path: OutputPicture,
    data: Rows = None,
    components: Components = None,
    dpi: Dpi = 150,
    labels: Labels = None,
    header: Header = None,
    delimiter: Delimiter = None,
    decimal: Decimal = None,
    dataset: Dataset = None,
    transposed: Transposed = False,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Draw the codes of a file's rows, or a file of codes, as a map."""
    from diabolo.data.formats import READ, is_table_file

    output = Output(json=context.obj["json"])
    check_picture_output(path, model, data)
    drawn = numbers("--components", components, "0,1")
    options = DataOptions(labels, header, delimiter, dataset, transposed=transposed, decimal=decimal)
    if data is None:
        if not is_table_file(model):
            raise WrongUse(
                f"{model} alone says not what to draw; give a model and its rows (MODEL DATA), or a file of "
                f"codes ({', '.join(READ)})."
            )
        source = open_rows(model, options, output)
        import numpy as np

        points = np.asarray(source)
    else:
        opened = open_autoencoder(model)
        source = open_rows(data, options, output, opened.feature_names)
        check_columns(data, source, opened.feature_names, opened.estimator.n_features_in_, output)
        points = opened.estimator.transform(source)
    column = next((label_values(values, name) for name, values in source.carried.items()), None)

    def draw() -> Any:
        from diabolo.plotting.codes import plot_codes

        return plot_codes(points, column, components=drawn)

    save_picture(draw, path, dpi)
    _say(output, "codes", path, f"{len(points):,} codes", rows=len(points))


def history(
    context: typer.Context,
    model: Model,
    path: OutputPicture,
    metric: Metric = "loss",
    log: Log = False,
    dpi: Dpi = 150,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Draw how the loss fell from epoch to epoch."""
    output = Output(json=context.obj["json"])
    check_picture_output(path, model)
    estimator = open_autoencoder(model).estimator

    def draw() -> Any:
        from diabolo.plotting.history import plot_history

        return plot_history(estimator, metric=metric, log=log)

    save_picture(draw, path, dpi)
    _say(output, "history", path, f"{estimator.n_epochs_:,} epochs", epochs=estimator.n_epochs_)


def reconstructions(
    context: typer.Context,
    model: Model,
    data: Data,
    path: OutputPicture,
    n: Count = 10,
    image_shape: ImageShape = None,
    dpi: Dpi = 150,
    labels: Labels = None,
    header: Header = None,
    delimiter: Delimiter = None,
    decimal: Decimal = None,
    dataset: Dataset = None,
    transposed: Transposed = False,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Draw the first rows of a file over what the model gives back."""
    output = Output(json=context.obj["json"])
    check_picture_output(path, model, data)
    shape: Any = False if image_shape == "none" else numbers("--image-shape", image_shape)
    opened = open_autoencoder(model)
    reading = DataOptions(labels, header, delimiter, dataset, transposed=transposed, decimal=decimal)
    source = open_rows(data, reading, output, opened.feature_names)
    check_columns(data, source, opened.feature_names, opened.estimator.n_features_in_, output)
    rows = source[:n]
    made = opened.estimator.reconstruct(rows)

    def draw() -> Any:
        from diabolo.plotting.reconstructions import plot_reconstructions

        names = source.feature_names or opened.feature_names
        return plot_reconstructions(with_columns(rows, names), made, n=n, image_shape=shape)

    save_picture(draw, path, dpi)
    _say(output, "reconstructions", path, f"{len(rows)} rows and their reconstructions", rows=len(rows))


def _say(output: Output, what: str, path: Path, drawn: str, **figures: int) -> None:
    output.result({"verb": f"plot {what}", **figures, "output": path}, f"{drawn} drawn to {path}")


PICTURES = {"codes": codes, "history": history, "reconstructions": reconstructions}
PAGES = {
    "codes": Page(
        "Draw codes as a map, colored by the label column: the codes of a model for rows (MODEL DATA), or a "
        "file of codes alone in MODEL's place.",
        """\
Examples:
  diabolo plot codes codes.csv --labels species -o codes.png
  diabolo plot codes iris.diabolo iris.csv --labels species -o codes.png
""",
    ),
    "history": Page(
        "Draw how the loss of a model fell from epoch to epoch, in training and in validation.",
        """\
Examples:
  diabolo plot history iris.diabolo -o history.png
  diabolo plot history iris.diabolo --metric mean_absolute_error --log -o history.pdf
""",
    ),
    "reconstructions": Page(
        "Draw the first rows of a file over what the model gives back, as images or as curves.",
        """\
Examples:
  diabolo plot reconstructions digits.diabolo digits.npy -o rows.png
  diabolo plot reconstructions faces.diabolo faces.npy -n 5 --image-shape 32,24 -o faces.png
""",
    ),
}
