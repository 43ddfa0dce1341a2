"""``diabolo inspect``: what a model is, and what it makes of one row."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from diabolo.cli.detector_view import detector_record, detector_row, detector_text
from diabolo.cli.model_text import file_lines, settings_lines, wrapped
from diabolo.cli.opening import OpenModel, open_model
from diabolo.cli.options import DATA, DPI, IMAGE_SHAPE, KEEP, LABELS, MODEL, READING, picture_file
from diabolo.cli.output import Output, check_picture_output, heading, pairs_text, save_picture
from diabolo.cli.page import Option, Page, Typed, WrongUse
from diabolo.cli.row_view import reconstruct_row, row_text
from diabolo.errors import InputError
from diabolo.messages import typed_value
from diabolo.parameters.kinds import Kind, is_whole, whole_number

__all__ = ["PAGE"]


def inspect(typed: Typed, output: Output) -> None:
    """Show a model: its layers, its settings and the figures of its training.

    With DATA and --row: one row beside what the model gives back, the largest differences first, its code,
    and a picture where the row is an image; of a detector, the row's score and what each column adds to it.

    Examples
    --------
    diabolo inspect iris.diabolo
    diabolo inspect iris.diabolo iris.csv --labels species --row 3
    diabolo inspect digits.diabolo digits.npy --row 3 -o row.png
    """
    model, data, row, path = typed.model, typed.data, typed.row, typed.path
    if (data is None) != (row is None):
        missing = "the file: MODEL DATA --row N" if data is None else "which row: --row N, from 0"
        raise WrongUse(f"to show a row, say {missing}.")
    if path is not None:
        if row is None:
            raise WrongUse("-o writes the picture of a row, so say which: MODEL DATA --row N.")
        check_picture_output(path, model, data)
    shape: Any = False if typed.image_shape == () else typed.image_shape
    opened = open_model(model)
    if data is None or row is None:
        collect, write = (detector_record, detector_text) if opened.is_detector else (_record, _text)
        record = {"verb": "inspect", "model": model, **collect(opened)}
        output.result(record, write(opened, record))
        return
    if opened.is_detector and (path is not None or typed.image_shape is not None):
        flag = "-o" if path is not None else "--image-shape"
        raise WrongUse(f"{model} is a detector, which gives no picture of a row; leave {flag} out.")

    source = opened.open_rows(data, typed, output)
    n_rows, n_features = source.shape
    if shape and math.prod(shape) != n_features:
        raise InputError(
            f"--image-shape {typed_value(shape)} holds {math.prod(shape)} numbers and a row of {data} "
            f"{n_features}; give a shape that holds as many."
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

    def draw() -> Any:
        from diabolo.plotting.reconstructions import plot_reconstructions

        names = source.feature_names or opened.feature_names
        axes = plot_reconstructions(
            seen.values[None], seen.reconstruction[None], n=1, image_shape=shape, names=names
        )
        if len(axes.get_yticks()) == 1:  # curves, which are numbered from the first row given
            axes.set_yticks(axes.get_yticks(), [f"row {row}"])
        return axes

    save_picture(draw, path, typed.dpi)
    output.result(
        {"verb": "inspect", "model": model, "data": data, **seen.record(), "output": path},
        row_text(seen, shape) + (f"\n\npicture written to {path}" if path is not None else ""),
    )


def _record(opened: OpenModel) -> dict[str, Any]:
    from diabolo.persistence import describe

    estimator = opened.estimator
    made = describe(opened.path)
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
        "format_version": made["format_version"],
        "versions": made["versions"],
    }


def _text(opened: OpenModel, record: dict[str, Any]) -> str:
    estimator = opened.estimator
    lines = [estimator.summary(), *settings_lines(estimator, record["settings"])]
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


_ROW = "One row"
PAGE = Page(
    inspect,
    (
        MODEL,
        replace(DATA, is_required=False, help="Rows: a file of any kind that fit takes."),
        Option(
            "--row",
            "Which row of DATA, from 0.",
            Kind("a whole number", is_whole, whole_number, metavar="N"),
            _ROW,
        ),
        picture_file("Draw it, to this file", is_required=False, group=_ROW),
        replace(IMAGE_SHAPE, group=_ROW),
        replace(DPI, group=_ROW),
        LABELS,
        KEEP,
        *READING,
    ),
)
