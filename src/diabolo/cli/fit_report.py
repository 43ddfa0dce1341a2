"""What ``diabolo fit`` says at the end."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from diabolo.cli.data_options import DataOptions
from diabolo.cli.output import heading, pairs_text
from diabolo.cli.program import command_line
from diabolo.data.memory import shown_bytes
from diabolo.training.process_memory import peak_bytes

if TYPE_CHECKING:
    from diabolo.data.source import Source

__all__ = ["held_out_figures", "report"]

_SHOWN_OTHERWISE = ("loss", "mean_absolute_error", "learning_rate", "seconds")


def held_out_figures(estimator: Any, source: Source) -> dict[str, float]:
    """Measure the rows that nothing was learned from.

    Parameters
    ----------
    estimator : estimator
        Fitted.
    source : Source
        The held-out rows.

    Returns
    -------
    dict of str to float
        How many, the mean absolute error of their reconstruction, and of what the code predicts. What is
        missing, of a row or of the target, is not measured.
    """
    import numpy as np

    from diabolo.estimators._base import mean_of_known

    errors = estimator.reconstruction_error(source, metric="absolute_error")
    figures = {"held_out_rows": len(errors), "held_out_absolute_error": mean_of_known(errors)}
    target = getattr(estimator, "target_", None)
    if target is not None:
        given, predicted = next(iter(source.carried.values())), estimator.predict(source)
        if target.classes is None:
            miss = np.abs(np.asarray(given, np.float64) - predicted)
            figures["held_out_prediction_error"] = mean_of_known(miss)
        else:
            figures["held_out_accuracy"] = float(np.mean(np.asarray(given) == predicted))
    return figures


def report(
    estimator: Any,
    source: Source,
    data: Path,
    path: Path,
    options: DataOptions,
    seconds: float,
    held_out: dict[str, float] | None = None,
) -> tuple[dict[str, Any], str]:
    """Collect the figures of a fit.

    Parameters
    ----------
    estimator : estimator
        Fitted.
    source : Source
        What it was trained on.
    data : Path
        Its file.
    path : Path
        Where the model was written.
    options : DataOptions
        How the data were read, for the next command.
    seconds : float
        From the start of the command.
    held_out : dict, optional
        Of :func:`held_out_figures`.

    Returns
    -------
    record : dict
        For programs.
    text : str
        For people.
    """
    history, best = estimator.history_, estimator.best_epoch_
    validation = history.get("validation_loss")
    # With early stopping the best epoch's network is kept, and its loss is the model's.
    kept = best if estimator.early_stopping else estimator.n_epochs_
    loss = history["loss"][kept - 1]
    label = next(iter(source.carried), None)
    record = {
        "verb": "fit",
        "estimator": type(estimator).__name__,
        "data": data,
        "rows": len(source),
        "features": source.n_features,
        "header_found": source.header_found,
        "labels": label,
        "components": estimator.n_components_,
        "parameters": estimator.n_parameters_,
        "epochs": estimator.n_epochs_,
        "best_epoch": best,
        "loss": loss,
        "validation_loss": None if validation is None else validation[kept - 1],
        "seed": estimator.random_state,
        "seconds": seconds,
        "output": path,
    }
    layers = [
        layer
        for layer in estimator.network_.layer_shapes(estimator.output_activation_)
        if layer.name != "head"
    ]
    # What a layer takes in: a Gaussian code's layer gives two numbers for each that goes on.
    shape = " -> ".join(map(str, [*(layer.inputs for layer in layers), layers[-1].outputs]))
    use = "to be predicted" if hasattr(estimator, "target_") else "left out"
    left_out = f", column {label!r} {use}" if label is not None else ""
    pairs = [
        ("rows", f"{len(source):,} of {source.n_features:,} numbers from {data}{left_out}"),
        ("network", f"{shape}, {estimator.n_parameters_:,} parameters"),
        ("epochs", f"{estimator.n_epochs_}" + (f", the best {best}" if best != estimator.n_epochs_ else "")),
        ("loss", f"{loss:.6g} ({estimator.loss}{', of scaled values' if estimator.scale else ''})"),
    ]
    pairs += [
        (name.replace("_", " "), f"{history[name][kept - 1]:.6g}")
        for name in history
        if name not in _SHOWN_OTHERWISE and not name.startswith("validation_")
    ]
    if validation is not None:
        pairs.append(("validation", f"{validation[kept - 1]:.6g}"))
    record["held_out"] = held_out
    for name, value in (held_out or {}).items():
        pairs.append((name.replace("_", " "), f"{value:,}" if name == "held_out_rows" else f"{value:.6g}"))
    peak = peak_bytes()
    record["peak_memory"] = peak
    pairs += [
        ("seconds", f"{seconds:.1f}"),
        ("peak memory", shown_bytes(peak)),
        ("seed", f"{estimator.random_state}"),
        ("model", str(path)),
    ]
    typed = options.typed()
    codes = path.with_name(f"{path.stem}-codes.csv")
    next_commands = [
        command_line("encode", path, data, *typed, "-o", codes),
        command_line("inspect", path),
    ]
    text = f"{pairs_text(pairs)}\n\n{heading('Next:')}\n" + "\n".join(f"  {line}" for line in next_commands)
    return record, text
