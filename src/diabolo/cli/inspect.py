"""``diabolo inspect``: what a model is, and what it makes of one row."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from diabolo.cli.detect_series import (
    IN_TIME,
    open_series,
    refuse_series_options,
    window_settings,
    window_text,
)
from diabolo.cli.detect_threshold import current_threshold
from diabolo.cli.opening import OpenModel, open_model
from diabolo.cli.options import DATA, DPI, IMAGE_SHAPE, KEEP, LABELS, MEMORY, MODEL, READING, picture_file
from diabolo.cli.output import (
    Output,
    epochs_text,
    heading,
    listed,
    pairs_text,
    save_picture,
)
from diabolo.cli.page import Option, Page, Typed, WrongUse, in_group
from diabolo.cli.row_view import autoencoder_row, detector_row, window_at, window_row
from diabolo.errors import InputError
from diabolo.messages import typed_value
from diabolo.parameters.kinds import Kind, is_whole, whole_number
from diabolo.parameters.parameter import Parameter

__all__ = ["PAGE", "shown"]


def inspect(typed: Typed, output: Output) -> None:
    """Show a model: its layers, its settings and the figures of its training.

    With DATA and --row or --line: one row beside what the model gives back, the largest differences first,
    its code, and a picture where the row is an image; of a detector, the row's score, and what each column
    adds to it and was expected to be. Of a model of a series a row is a window, and --line says on which line
    it begins.

    Examples
    --------
    diabolo inspect iris.diabolo
    diabolo inspect iris.diabolo iris.csv --labels species --row 3
    diabolo inspect digits.diabolo digits.npy --row 3 -o row.png
    """
    model, data, row, path = typed.model, typed.data, typed.row, typed.path
    line = typed.line
    if row is not None and line is not None:
        raise WrongUse("--row and --line both say which row; give one of them.")
    is_one = row is not None or line is not None
    if (data is None) == is_one:
        missing = "the file: MODEL DATA --row N" if data is None else "which row: --row N, from 0"
        raise WrongUse(f"to show a row, say {missing}.")
    if path is not None and not is_one:
        raise WrongUse("-o writes the picture of a row, so say which: MODEL DATA --row N.")
    shape: Any = False if typed.image_shape == () else typed.image_shape
    opened = open_model(model)
    if data is None:
        output.result(*_model(opened))
        return
    if opened.is_detector and (path is not None or typed.image_shape is not None):
        flag = "-o" if path is not None else "--image-shape"
        raise WrongUse(f"{model} is a detector, which gives no picture of a row; leave {flag} out.")

    if getattr(opened.estimator, "window_", None) is not None:
        windows = open_series(data, typed, output, window=opened.estimator.window_)
        number = row if line is None else window_at(windows, line)
        _check_row(data, number, len(windows), "window")
        said, text = window_row(opened, windows, number)
        output.result({"model": model, "data": data, **said}, text)
        return
    refuse_series_options(typed, f"{model} is a model of rows")
    source = opened.open_rows(data, typed, output)
    n_rows, n_features = source.shape
    if line is not None:
        from diabolo.data.row_places import row_at

        row = row_at(source, line)
    if shape and math.prod(shape) != n_features:
        raise InputError(
            f"--image-shape {typed_value(shape)} holds {math.prod(shape)} numbers and a row of {data} "
            f"{n_features}; give a shape that holds as many."
        )
    _check_row(data, row, n_rows, "row")
    if opened.is_detector:
        said, text = detector_row(opened, source, row)
        output.result({"model": model, "data": data, **said}, text)
        return
    said, text = autoencoder_row(opened, source, row, shape)

    def draw(plotting: Any) -> Any:
        names = source.feature_names or opened.feature_names
        rows, made = said["values"][None], said["reconstruction"][None]
        axes = plotting.plot_reconstructions(rows, made, n=1, image_shape=shape, names=names)
        if len(axes.get_yticks()) == 1:  # curves, which are numbered from the first row given
            axes.set_yticks(axes.get_yticks(), [f"row {row}"])
        return axes

    save_picture(draw, path, typed.dpi)
    output.result(
        {"model": model, "data": data, **said, "output": path},
        text + (f"\n\npicture written to {path}" if path is not None else ""),
    )


def _check_row(data: Any, row: int, n_rows: int, what: str) -> None:
    if not 0 <= row < n_rows:
        raise InputError(
            f"{data} has {n_rows:,} {what}s, numbered 0 to {n_rows - 1}, so there is no --row {row}."
        )


def _model(opened: OpenModel) -> tuple[dict[str, Any], str]:
    """Say what a model is, for programs and for people."""
    from diabolo.persistence import describe

    estimator, made = opened.estimator, describe(opened.path)
    collect, write = (_detector, _detector_lines) if opened.is_detector else (_autoencoder, _training_lines)
    image_shape = getattr(estimator, "image_shape_", made["image_shape"])
    record = {
        "model": opened.path,
        "estimator": type(estimator).__name__,
        **collect(opened, image_shape),
        "format_version": made["format_version"],
        "versions": made["versions"],
    }
    start, end = write(opened, record)
    lines = [*start, *_settings_lines(estimator, record["settings"]), *end, *_file_lines(opened, record)]
    return record, "\n".join(lines)


def _autoencoder(opened: OpenModel, image_shape: Any) -> dict[str, Any]:
    estimator = opened.estimator
    compared = getattr(estimator, "comparison_", None)
    layers = [
        {name.removeprefix("n_"): value for name, value in vars(layer).items()}
        for layer in estimator.network_.layer_shapes()
    ]
    return {
        "layers": layers,
        "parameters": estimator.n_parameters_,
        "features": estimator.n_features_in_,
        "feature_names": opened.feature_names,
        "components": estimator.n_components_,
        "image_shape": image_shape,
        "classes": getattr(estimator, "classes_", None),
        "labeled_rows": getattr(estimator, "n_labeled_rows_", None),
        "settings": estimator.get_params(deep=False),
        "epochs": estimator.n_epochs_,
        "best_epoch": estimator.best_epoch_,
        "history": estimator.history_,
        "comparison": None if compared is None else compared.to_dict(),
    }


def _training_lines(opened: OpenModel, record: dict[str, Any]) -> tuple[list[str], list[str]]:
    """Write what stands before a model's settings, and what stands after them."""
    history, epochs, best = record["history"], record["epochs"], record["best_epoch"]
    pairs = [("epochs", epochs_text(epochs, best))]
    usual = ("loss", "validation_loss", "mean_absolute_error", "validation_mean_absolute_error")
    others = (name for name in history if name not in (*usual, "learning_rate", "seconds"))
    for name in (*usual, *others):
        values = history.get(name)
        if values:
            at_best = f", {values[best - 1]:.6g} in the best epoch" if 0 < best < len(values) else ""
            # Held-out rows may be measured every so many epochs.
            first = next((value for value in values if not math.isnan(value)), values[0])
            pairs.append((name.replace("_", " "), f"{first:.6g} at first, {values[-1]:.6g} at last{at_best}"))
    if history.get("seconds"):
        pairs.append(("seconds", f"{sum(history['seconds']):.1f}"))
    end = ["", heading("Training"), pairs_text(pairs)]
    compared = getattr(opened.estimator, "comparison_", None)
    if compared is not None:
        end += ["", heading("Beside linear methods"), compared.table]
    if record["classes"] is not None:
        end += ["", heading("Classes"), _wrapped(map(str, record["classes"]))]
    return [opened.estimator.summary()], end


def _detector(opened: OpenModel, image_shape: Any) -> dict[str, Any]:
    estimator, known = opened.estimator, opened.estimator.known_scores_
    settings = estimator.get_params(deep=False)
    if not isinstance(settings["autoencoder"], str):
        settings["autoencoder"] = repr(settings["autoencoder"])
    networks = [{"estimator": type(member).__name__, "code": _width(member)} for member in estimator.members_]
    return {
        "features": estimator.n_features_in_,
        "feature_names": opened.feature_names,
        "image_shape": image_shape,
        "window": None if estimator.window_ is None else window_settings(estimator.window_),
        "networks": networks,
        "settings": settings,
        "threshold": vars(current_threshold(estimator)),
        "normal_rows": len(known.training),
        "held_out": len(known.held_out),
        "p_values": estimator.pvalue_kind_,
        "labeled": None if known.labeled is None else len(known.labeled),
        "labeled_anomalies": None if known.is_anomaly is None else int(known.is_anomaly.sum()),
    }


def _detector_lines(opened: OpenModel, record: dict[str, Any]) -> tuple[list[str], list[str]]:
    threshold, networks = current_threshold(opened.estimator), record["networks"]
    kinds = " and ".join(dict.fromkeys(network["estimator"] for network in networks))
    widths = ", ".join(str(network["code"]) for network in networks[:8]) + ", ..." * (len(networks) > 8)
    window = opened.estimator.window_
    pairs = [
        *([] if window is None else [("of a series", window_text(window))]),
        ("networks", f"{len(networks)} {kinds}, codes of {widths} numbers"),
        ("threshold", str(threshold)),
        ("flags", f"{threshold.flags:.1%} of the normal rows of the training"),
        ("learned from", f"{record['normal_rows'] - record['held_out']:,} normal rows"),
        ("held out", f"{record['held_out']:,} normal rows" if record["held_out"] else "none"),
        ("p-values", record["p_values"] or "none"),
    ]
    if record["labeled"] is not None:
        pairs.append(("labeled", f"{record['labeled']:,} rows, {record['labeled_anomalies']:,} anomalies"))
    return [heading("A detector of anomalies"), pairs_text(pairs)], []


def _width(member: Any) -> int:
    """Say how many numbers a network's code has; a linear autoencoder has its directions."""
    return len(member.components) if hasattr(member, "components") else int(member.n_components_)


def _settings_lines(estimator: Any, settings: dict[str, Any]) -> list[str]:
    """Write a model's settings: those that were chosen, and those left at their defaults."""
    table = estimator.PARAMETERS
    named = {name: settings[name] for name, each in table.items() if each.flag and name != "verbose"}
    seed = {"random_state": named.pop("random_state")}
    changed = {name: value for name, value in named.items() if value != table[name].default}
    as_usual = [
        " ".join(_typed(table[name], value)).strip() for name, value in named.items() if name not in changed
    ]
    lines = ["", heading("Settings that were chosen")]
    lines.append(pairs_text(_typed(table[name], value) for name, value in (changed | seed).items()))
    return [*lines, "", heading("Settings left at their defaults"), _wrapped(as_usual)]


def _typed(each: Parameter, value: Any) -> tuple[str, str]:
    """Write a parameter as it is typed: its flag, and what follows."""
    flag = each.flag or ""
    if isinstance(value, bool):
        return (flag if value else f"--no-{flag[2:]}"), ""
    if each.item_flag and isinstance(value, dict):
        entries = [f"{each.item_flag} {key}={shown(item)}" for key, item in value.items() if key != "kind"]
        return flag, " ".join([str(value["kind"]), *entries])
    return flag, shown(value)


def _file_lines(opened: OpenModel, record: dict[str, Any]) -> list[str]:
    """Say which file it is, of which columns and made with what."""
    names = opened.feature_names
    columns = f"{record['features']} columns"
    if record["image_shape"]:
        columns += f", images of {'x'.join(map(str, record['image_shape']))}"
    if names:
        columns += f": {listed(names, 6)}"
    lines = ["", heading("File"), f"{opened.path}, format {record['format_version']}", _wrapped([columns])]
    versions = ", ".join(f"{name} {version}" for name, version in record["versions"].items())
    return [*lines, _wrapped([f"made with {versions}"])] if versions else lines


def shown(value: Any) -> str:
    """Write a parameter's value as one types it.

    Parameters
    ----------
    value : object
        Of a parameter.

    Returns
    -------
    str

    Examples
    --------
    >>> shown((128, 32)), shown(None), shown({"q": 0.95})
    ('128,32', 'none', 'q=0.95')
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (tuple, list)):
        return ",".join(map(str, value)) or "none"
    if isinstance(value, dict):
        return " ".join(f"{name}={shown(item)}" for name, item in value.items())
    return "none" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _wrapped(items: Iterable[str]) -> str:
    """Write items one after another, in lines that fit a terminal."""
    return textwrap.fill(", ".join(items), 79, break_long_words=False, break_on_hyphens=False)


_WHOLE = Kind("a whole number", is_whole, whole_number, metavar="N")
PAGE = Page(
    inspect,
    (
        MODEL,
        replace(DATA, is_required=False, help="Rows: a file of any kind that fit takes."),
        *in_group(
            "One row",
            Option("--row", "Which row of DATA, from 0.", _WHOLE),
            Option("--line", "Which row, by its line in a text table, its header counted.", _WHOLE),
            picture_file("Draw it, to this file", is_required=False),
            IMAGE_SHAPE,
            DPI,
        ),
        *IN_TIME,
        LABELS,
        KEEP,
        *READING,
        MEMORY,
    ),
)
