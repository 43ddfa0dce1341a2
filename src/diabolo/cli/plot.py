"""``diabolo plot``: pictures of codes, of a training, of reconstructions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from diabolo.cli.opening import color_column, open_autoencoder, open_rows
from diabolo.cli.options import (
    COMPONENTS,
    DATA,
    DPI,
    IMAGE_SHAPE,
    KEEP,
    LABELS,
    MEMORY,
    MODEL,
    READING,
    picture_file,
)
from diabolo.cli.output import Output, save_picture
from diabolo.cli.page import Option, Page, Typed, WrongUse, switch
from diabolo.parameters.kinds import whole

__all__ = ["EXAMPLES", "HELP", "PAGES"]

HELP = "Draw codes, a training or reconstructions, and write the picture to a file."
EXAMPLES = """\
Examples:
  diabolo plot codes codes.csv --labels species -o codes.png
  diabolo plot history iris.diabolo --log -o history.png
  diabolo plot reconstructions digits.diabolo digits.npy -o rows.png
"""


def codes(typed: Typed, output: Output) -> None:
    """Draw codes as a map, colored by the label column.

    They are those of a model for rows (MODEL DATA), or a file of codes alone in MODEL's place.

    Examples
    --------
    diabolo plot codes codes.csv --labels species -o codes.png
    diabolo plot codes iris.diabolo iris.csv --labels species -o codes.png
    """
    from diabolo.data.formats import READ, is_table_file

    model, data = typed.model, typed.data
    if data is None:
        if not is_table_file(model):
            raise WrongUse(
                f"{model} alone says not what to draw; give a model and its rows (MODEL DATA), or a file of "
                f"codes ({', '.join(READ)})."
            )
        import numpy as np

        source = open_rows(model, typed, output)
        points = np.asarray(source)
    else:
        opened = open_autoencoder(model)
        source = opened.open_rows(data, typed, output)
        points = opened.estimator.transform(source)
    name = color_column(source, typed)
    column = None if name is None else source.carried[name]

    def draw(plotting: Any) -> Any:
        return plotting.plot_codes(points, column, components=typed.components, legend_title=name)

    _save(typed, output, draw, f"{len(points):,} codes", rows=len(points))


def history(typed: Typed, output: Output) -> None:
    """Draw how the loss of a model fell from epoch to epoch, in training and in validation.

    Examples
    --------
    diabolo plot history iris.diabolo -o history.png
    diabolo plot history iris.diabolo --metric mean_absolute_error --log -o history.pdf
    """
    estimator = open_autoencoder(typed.model).estimator

    def draw(plotting: Any) -> Any:
        return plotting.plot_history(estimator, metric=typed.metric, log=typed.log)

    _save(typed, output, draw, f"{estimator.n_epochs_:,} epochs", epochs=estimator.n_epochs_)


def reconstructions(typed: Typed, output: Output) -> None:
    """Draw the first rows of a file over what the model gives back, as images or as curves.

    Examples
    --------
    diabolo plot reconstructions digits.diabolo digits.npy -o rows.png
    diabolo plot reconstructions faces.diabolo faces.npy -n 5 --image-shape 32,24 -o faces.png
    """
    shape: Any = False if typed.image_shape == () else typed.image_shape
    opened = open_autoencoder(typed.model)
    source = opened.open_rows(typed.data, typed, output)
    from diabolo.evaluation.numbers_alone import refuse_categories

    refuse_categories(opened.estimator, "a picture of reconstructions")
    rows = source[: typed.n]
    made = opened.estimator.reconstruct(rows)

    def draw(plotting: Any) -> Any:
        names = source.feature_names or opened.feature_names
        return plotting.plot_reconstructions(rows, made, n=typed.n, image_shape=shape, names=names)

    _save(typed, output, draw, f"{len(rows)} rows and their reconstructions", rows=len(rows))


def _save(typed: Typed, output: Output, draw: Callable[[Any], Any], drawn: str, **figures: int) -> None:
    save_picture(draw, typed.path, typed.dpi)
    output.result({**figures, "output": typed.path}, f"{drawn} drawn to {typed.path}")


_SOURCE = replace(MODEL, help="The model; or a file of codes, alone.")
_ROWS = replace(DATA, is_required=False, help="The rows to encode: a file of any kind that fit takes.")
_WHICH = (
    Option(
        "--components",
        "Which numbers of the code to draw, one to three, from 0. Without: all, if no more than three.",
        COMPONENTS,
    ),
)
_HOW = (
    Option("--metric NAME", "What to draw: loss or mean_absolute_error. Default: loss.", default="loss"),
    switch("--log", "Make the vertical axis logarithmic."),
)
_COUNT = Option("-n", "How many rows. Default: 10.", whole(), default=10)

PAGES = {
    "codes": Page(codes, (_SOURCE, _ROWS, picture_file(), *_WHICH, DPI, LABELS, KEEP, *READING, MEMORY)),
    "history": Page(history, (MODEL, picture_file(), *_HOW, DPI)),
    "reconstructions": Page(
        reconstructions,
        (MODEL, DATA, picture_file(), _COUNT, IMAGE_SHAPE, DPI, LABELS, KEEP, *READING, MEMORY),
    ),
}
