"""``diabolo inspect``: what a model is, and what it makes of one row."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated, Any

import typer

from diabolo.cli.columns import check_columns
from diabolo.cli.common_options import Debug, Json, Model, typed_file
from diabolo.cli.data_options import (
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
from diabolo.cli.destination import check_picture_output
from diabolo.cli.detect_view import detector_record, detector_row, detector_text
from diabolo.cli.fit_flags import FLAGS
from diabolo.cli.model_argument import OpenModel, open_model
from diabolo.cli.model_text import file_lines, made_with, shown, wrapped
from diabolo.cli.output import Output, heading, pairs_text
from diabolo.cli.picture import Dpi, ImageShape, numbers, save_picture, with_columns
from diabolo.cli.row_view import reconstruct_row, row_text
from diabolo.cli.wrong_use import WrongUse
from diabolo.errors import InputError

__all__ = ["EXAMPLES", "HELP", "inspect"]

HELP = """Show a model: its layers, its settings and the figures of its training.

With DATA and --row: one row beside what the model gives back, the largest differences first, its code, and a
picture where the row is an image; of a detector, the row's score and what each column adds to it.
"""
EXAMPLES = """\
Examples:
  diabolo inspect iris.diabolo
  diabolo inspect iris.diabolo iris.csv --labels species --row 3
  diabolo inspect digits.diabolo digits.npy --row 3 -o row.png
"""

_ROW = "One row"

Rows = Annotated[
    Path | None,
    typer.Argument(
        parser=typed_file, metavar="DATA", help="Rows: a file of any kind that fit takes.", show_default=False
    ),
]
Row = Annotated[
    int | None,
    typer.Option(
        "--row", metavar="N", help="Which row of DATA, from 0.", rich_help_panel=_ROW, show_default=False
    ),
]
Picture = Annotated[
    Path | None,
    typer.Option(
        "-o",
        "--output",
        metavar="PNG",
        help="Write the row's picture: .png, .pdf, .svg or .jpg.",
        rich_help_panel=_ROW,
        show_default=False,
    ),
]


def inspect(
    context: typer.Context,
    model: Model,
    data: Rows = None,
    row: Row = None,
    path: Picture = None,
    image_shape: ImageShape = None,
    dpi: Dpi = 150,
    labels: Labels = None,
    keep: Keep = None,
    header: Header = None,
    delimiter: Delimiter = None,
    decimal: Decimal = None,
    dataset: Dataset = None,
    transposed: Transposed = False,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Show a model, or what it makes of one row."""
    output = Output(json=context.obj["json"])
    if (data is None) != (row is None):
        missing = "the file: MODEL DATA --row N" if data is None else "which row: --row N, from 0"
        raise WrongUse(f"to show a row, say {missing}.")
    if path is not None:
        if row is None:
            raise WrongUse("-o writes the picture of a row, so say which: MODEL DATA --row N.")
        check_picture_output(path, model, data)
    shape: Any = False if image_shape == "none" else numbers("--image-shape", image_shape)
    opened = open_model(model)
    if data is None or row is None:
        collect, write = (detector_record, detector_text) if opened.is_detector else (_record, _text)
        record = {"verb": "inspect", "model": model, **collect(opened)}
        output.result(record, write(opened, record))
        return
    if opened.is_detector and (path is not None or image_shape is not None):
        flag = "-o" if path is not None else "--image-shape"
        raise WrongUse(f"{model} is a detector, which gives no picture of a row; leave {flag} out.")

    reading = DataOptions(labels, header, delimiter, dataset, keep or (), transposed, decimal=decimal)
    source = open_rows(data, reading, output, opened.feature_names)
    check_columns(data, source, opened.feature_names, opened.estimator.n_features_in_, output, flag="--keep")
    n_rows, n_features = source.shape
    if shape and math.prod(shape) != n_features:
        raise InputError(
            f"--image-shape {image_shape} holds {math.prod(shape)} numbers and a row of {data} {n_features}; "
            "give a shape that holds as many."
        )
    if not 0 <= row < n_rows:
        raise InputError(
            f"{data} has {n_rows:,} rows, numbered 0 to {n_rows - 1}, so there is no --row {row}."
        )
    if opened.is_detector:
        said, text = detector_row(opened, source, row)
        output.result({"verb": "inspect", "model": model, "data": data, **said}, text)
        return
    seen = reconstruct_row(opened, source, row)
    if path is not None:

        def draw() -> Any:
            from diabolo.plotting.reconstructions import plot_reconstructions

            names = source.feature_names or opened.feature_names
            values = with_columns(seen.values[None], names)
            axes = plot_reconstructions(values, seen.reconstruction[None], n=1, image_shape=shape)
            if len(axes.get_yticks()) == 1:  # curves, which are numbered from the first row given
                axes.set_yticks(axes.get_yticks(), [f"row {row}"])
            return axes

        save_picture(draw, path, dpi)
    output.result(
        {"verb": "inspect", "model": model, "data": data, **seen.record(), "output": path},
        row_text(seen, shape) + (f"\n\npicture written to {path}" if path is not None else ""),
    )


def _record(opened: OpenModel) -> dict[str, Any]:
    estimator = opened.estimator
    made = made_with(opened.path)
    layers = [
        {
            "name": layer.name,
            "inputs": layer.inputs,
            "outputs": layer.outputs,
            "activation": layer.activation,
            "parameters": layer.n_parameters,
            "tied": bool(layer.tied),
        }
        for layer in estimator.network_.layer_shapes(estimator.output_activation_)
    ]
    return {
        "estimator": type(estimator).__name__,
        "layers": layers,
        "parameters": estimator.n_parameters_,
        "features": estimator.n_features_in_,
        "feature_names": opened.feature_names,
        "components": estimator.n_components_,
        "image_shape": getattr(estimator, "image_shape_", None),
        "classes": getattr(estimator, "classes_", None),
        "settings": estimator.get_params(deep=False),
        "epochs": estimator.n_epochs_,
        "best_epoch": estimator.best_epoch_,
        "history": estimator.history_,
        "format_version": made.get("format_version"),
        "versions": made.get("versions") or {},
    }


def _text(opened: OpenModel, record: dict[str, Any]) -> str:
    estimator = opened.estimator
    usual = type(estimator)().get_params(deep=False)
    settings = {
        name: record["settings"][name]
        for name in FLAGS
        if name in usual and name not in ("verbose", "random_state")
    }
    changed = {name: value for name, value in settings.items() if value != usual[name]}
    as_usual = {name: value for name, value in settings.items() if name not in changed}
    changed["random_state"] = record["settings"]["random_state"]
    lines = [estimator.summary(), "", heading("Settings that were chosen")]
    lines += [pairs_text((FLAGS[name], shown(value)) for name, value in changed.items())]
    lines += ["", heading("Settings left at their defaults")]
    lines += [wrapped([f"{FLAGS[name]} {shown(value)}" for name, value in as_usual.items()])]
    lines += ["", heading("Training"), pairs_text(_training(record))]
    if record["classes"] is not None:
        lines += ["", heading("Classes"), wrapped([str(name) for name in record["classes"]])]
    return "\n".join([*lines, *file_lines(opened, record)])


def _training(record: dict[str, Any]) -> list[tuple[str, str]]:
    history, epochs, best = record["history"], record["epochs"], record["best_epoch"]
    pairs = [("epochs", f"{epochs}, the best {best}" if best != epochs else f"{epochs}")]
    first = ("loss", "validation_loss", "mean_absolute_error", "validation_mean_absolute_error")
    others = (name for name in history if name not in (*first, "learning_rate", "seconds"))
    for name in (*first, *others):
        values = history.get(name)
        if values:
            at_best = f", {values[best - 1]:.6g} in the best epoch" if 0 < best < len(values) else ""
            pairs.append(
                (name.replace("_", " "), f"{values[0]:.6g} at first, {values[-1]:.6g} at last{at_best}")
            )
    if history.get("seconds"):
        pairs.append(("seconds", f"{sum(history['seconds']):.1f}"))
    return pairs
