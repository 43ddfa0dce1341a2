"""``diabolo fit``: train a model on the rows of a file."""

from __future__ import annotations

import contextlib
import math
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from diabolo.cli.categories import categories_of, with_named
from diabolo.cli.checkpointing import CHECKPOINT_AND_RESUME, checkpoint_typed, stoppable
from diabolo.cli.column_check import as_trained
from diabolo.cli.cures import rechunk_line
from diabolo.cli.distributed import DISTRIBUTED, joined
from diabolo.cli.hold_out import requested_hold_out
from diabolo.cli.odd_columns import note_odd_columns
from diabolo.cli.opening import kept_with, open_rows, target_of, typed_again
from diabolo.cli.options import DATA, FILE, HOLD_OUT, KEEP, LABELS, QUIET, READING, written_file
from diabolo.cli.output import (
    Output,
    command_line,
    epochs_text,
    listed,
    next_lines,
    pairs_text,
)
from diabolo.cli.page import Option, Page, Typed, WrongUse, in_group, switch
from diabolo.cli.parameter_options import autoencoder_options, with_noise
from diabolo.cli.written_files import Writes
from diabolo.data.memory import shown_bytes
from diabolo.errors import DiaboloError, InputError
from diabolo.messages import setting
from diabolo.parameters.families import FAMILIES, AllParameters
from diabolo.parameters.kinds import one_of
from diabolo.parameters.parameter import HELD_OUT, TARGET

if TYPE_CHECKING:
    from diabolo.data.source import Source

__all__ = ["MODEL_FILE", "PAGE", "checked_estimator"]

_MOST_TYPED = 50
_CARRIED_SHOWN = 5
_NOT_SHOWN = ("loss", "mean_absolute_error", "learning_rate", "seconds")


def fit(typed: Typed, output: Output) -> None:
    """Train an autoencoder on the rows of a file and write it to a model file.

    The same command on the same data gives the same model: the seed is 0 unless --seed says otherwise.

    Examples
    --------
    diabolo fit iris.csv --labels species --scale minmax -o iris.diabolo
    diabolo fit digits.npy -o digits.diabolo --components 8 --hidden 128,32 -e 200
    diabolo fit table.csv -o table.diabolo --scale standard --early-stopping
    diabolo fit iris.csv --target species -o iris.diabolo --compare
    diabolo fit table.csv -o table.diabolo --optimizer sgd --optimizer-param momentum=0.8
    diabolo fit digits.npy -o denoiser.diabolo --kind denoising --noise masking
    diabolo fit digits.npy -o images.diabolo --kind convolutional --image-shape 8,8
    diabolo fit flats.csv -o flats.diabolo --categories heating,district
    diabolo fit huge.h5 -o huge.diabolo --checkpoint huge-state --resume
    srun diabolo fit huge.h5 -o m.diabolo --distributed auto
    """
    started = time.perf_counter()
    seed = typed.chosen.setdefault("random_state", 0)
    _check_words(typed)
    output, is_first = joined(typed, output)
    checkpoint = checkpoint_typed(typed)
    held = requested_hold_out(typed.hold_out, typed.hold_out_by, typed.hold_out_ordered, seed)
    usual = 0 if typed.quiet else "bar"
    estimator = checked_estimator(typed.kind, {"verbose": usual, **with_noise(typed)})
    keep, categories = kept_with(typed, typed.hold_out_by), categories_of(typed)
    from diabolo.data.rechunk import advice

    source = open_rows(typed.data, typed, output, keep=keep, categories=categories)
    with_named(estimator, source)
    note_odd_columns(source, typed, output, keep)
    slow = advice(source, rechunk_line(typed, (*keep, *categories)))
    if slow is not None:
        output.note(slow)
    if held is not None:
        source, left_out = held.apply(source)
    if len(source) < 2:
        raise InputError(f"{typed.data} has one row, and training needs two or more; give more rows.")
    y = None if typed.target is None else target_of(source, typed.data, allows_missing=True)
    held_out = y_held_out = None
    if typed.validation is not None:
        path, names, cure = typed.validation, source.feature_names, _fewer_columns(typed, source)
        held_out = open_rows(path, typed, output, names, keep, categories, cure)
        held_out = as_trained(path, held_out, names, source.n_features, output, cure)
        if typed.target is not None:
            y_held_out = target_of(held_out, typed.validation, allows_missing=True)

    try:
        # The lines of --verbose are progress, and stdout is for the result.
        with stoppable(), contextlib.redirect_stdout(sys.stderr):
            estimator.fit(source, y, X_validation=held_out, y_validation=y_held_out, checkpoint=checkpoint)
    except KeyboardInterrupt:
        if is_first:
            _save_unfinished(estimator, typed, output)
        raise
    if not is_first:
        return
    figures = None
    if held is not None:
        estimator.hold_out_ = held
        figures = _held_out_figures(estimator, left_out)
    estimator.set_params(verbose=0)  # how this run was shown is no property of the model
    from diabolo.persistence.model_file import save

    save(estimator, typed.path)
    record, text = _report(estimator, source, typed, figures, time.perf_counter() - started)
    if typed.compare:
        try:
            compared = _compared(estimator, source, y, typed, output)
        except DiaboloError:
            output.note(f"the model is in {typed.path}; what follows is of the comparison alone")
            raise
        record["comparison"], text = compared.to_dict(), f"{text}\n\n{compared}"
        save(estimator, typed.path)
    again = typed_again(typed, keep)
    codes = typed.path.with_name(f"{typed.path.stem}-codes.csv")
    encode = command_line("encode", typed.path, typed.data, *again, "-o", codes)
    output.result(record, text + next_lines(encode, command_line("inspect", typed.path)))


def _fewer_columns(typed: Typed, source: Source) -> str:
    """Say what to do about columns that the rows of --validation alone have, as flags are of both files."""
    names = source.feature_names
    if names is None or len(names) > _MOST_TYPED:
        return f"take out of it what {typed.data} lacks"
    return f"type {setting('columns', list(names))} to read no others of either file"


def _save_unfinished(estimator: Any, typed: Typed, output: Output) -> None:
    """Write the model as far as it came, and say how to go on."""
    if hasattr(estimator, "network_"):
        from diabolo.persistence.model_file import save

        estimator.set_params(verbose=0)
        save(estimator, typed.path)
        output.note(f"the model as it is now is in {typed.path}")
    if typed.checkpoint is not None:
        output.note("the same command with --resume goes on from here")


def _check_words(typed: Typed) -> None:
    if typed.validation is not None and typed.validation_fraction is not None:
        raise WrongUse(
            "--validation and --validation-fraction both say which rows to hold out; give one of them."
        )
    if typed.target is not None and not typed.supervision_weight and not typed.compare:
        raise WrongUse(
            "--target says what to predict; say how much it counts: --supervision-weight 1, or how well it "
            "is predicted from a code that knows nothing of it: --compare."
        )
    if typed.supervision_weight and typed.target is None:
        raise WrongUse("--supervision-weight needs what the code must predict: --target COLUMN.")
    if typed.compare and typed.chosen.get("categories") is not None:
        raise WrongUse(
            "--compare measures columns of numbers beside linear methods; leave it or --categories out."
        )
    if typed.target is not None and typed.labels is not None:
        raise WrongUse("--target and --labels both name the column to leave out; give one of them.")


def checked_estimator(kind: str, chosen: dict[str, Any]) -> Any:
    """Make an estimator and look at its parameters now, before a large file is read for nothing.

    Parameters
    ----------
    kind : str
        A name in ``FAMILIES``.
    chosen : dict
        Parameters that were typed.

    Returns
    -------
    estimator

    Raises
    ------
    WrongUse
        The kind lacks a parameter; the message names the kinds that have it.
    """
    import diabolo

    for name in chosen:
        if name not in FAMILIES[kind].PARAMETERS:
            others = [other for other, family in FAMILIES.items() if name in family.PARAMETERS]
            raise WrongUse(
                f"{AllParameters.PARAMETERS[name].flag} means nothing to --kind {kind}; leave it out, or say "
                f"--kind {' or '.join(others)}."
            )
    name = "Autoencoder" if kind == "dense" else f"{kind.title()}Autoencoder"
    return getattr(diabolo, name)(**chosen).check_parameters()


def _compared(estimator: Any, source: Source, y: Any, typed: Typed, output: Output) -> Any:
    """Train on parts of the rows, and measure the others beside linear methods."""
    import numpy as np

    from diabolo.evaluation import compare_with_linear

    rows = source.rows(np.arange(len(source)))
    rows.target_name = None  # labels are to be left out, and not to be predicted
    with output.progress("comparing") as told:
        return compare_with_linear(
            estimator,
            rows,
            y,
            random_state=typed.chosen["random_state"],
            progress=lambda done, of: told(done / of),
        )


def _held_out_figures(estimator: Any, source: Source) -> dict[str, float]:
    """Measure the rows that nothing was learned from, but for what is missing of a row or its target."""
    import numpy as np

    from diabolo.data.cells import mean_of_known
    from diabolo.data.target import entries_of, missing_in

    errors = estimator.reconstruction_error(source, metric="absolute_error")
    figures = {"held_out_rows": len(errors), "held_out_absolute_error": mean_of_known(errors)}
    target = getattr(estimator, "target_", None)
    if target is not None:
        entries = entries_of(next(iter(source.carried.values())))
        known = ~missing_in(entries)
        figures["held_out_labeled_rows"] = int(known.sum())
        given, predicted = entries[known], estimator.predict(source)[known]
        if target.classes is None:
            miss = np.abs(given.astype(np.float64) - predicted)
            figures["held_out_prediction_error"] = mean_of_known(miss)
        else:
            figures["held_out_accuracy"] = mean_of_known((given == predicted).astype(np.float64))
    return figures


def _report(
    estimator: Any, source: Source, typed: Typed, held_out: dict[str, float] | None, seconds: float
) -> tuple[dict[str, Any], str]:
    """Collect the figures of a fit, for programs and for people."""
    from diabolo.training.process_memory import peak_bytes

    history, best = estimator.history_, estimator.best_epoch_
    validation = history.get("validation_loss")
    # With early stopping the best epoch's network is kept, and its loss is the model's.
    start_loss = estimator.start_loss_
    is_best = estimator.early_stopping or not math.isnan(start_loss)
    kept = best if is_best else estimator.n_epochs_
    # Of the start, held-out rows alone have been measured.
    loss = history["loss"][kept - 1] if kept else None
    measured = None if validation is None else validation[kept - 1] if kept else start_loss
    label, peak = next(iter(source.carried), None), peak_bytes()
    n_labeled = getattr(estimator, "n_labeled_rows_", None)
    is_partly_labeled = n_labeled is not None and n_labeled < len(source)
    record = {
        "estimator": type(estimator).__name__,
        "data": typed.data,
        "rows": len(source),
        "labeled_rows": n_labeled,
        "features": estimator.n_features_in_,
        "categories": {name: len(values) for name, values in _values(estimator)},
        "header_found": source.header_found,
        "labels": label,
        "components": estimator.n_components_,
        "parameters": estimator.n_parameters_,
        "epochs": estimator.n_epochs_,
        "best_epoch": best,
        "loss": loss,
        "validation_loss": measured,
        "start": estimator.start_,
        "start_loss": None if math.isnan(start_loss) else start_loss,
        "seed": estimator.random_state,
        "seconds": seconds,
        "output": typed.path,
        "held_out": held_out,
        "peak_memory": peak,
        "comparison": None,
    }
    layers = estimator.network_.layer_shapes()
    layers = [layer for layer in layers if layer.name != "head"]
    # What a layer takes in: a Gaussian code's layer gives two numbers for each that goes on.
    shape = " -> ".join(map(str, [*(layer.inputs for layer in layers), layers[-1].outputs]))
    use = "to be predicted" if hasattr(estimator, "target_") else "left out"
    left_out = f", column {label!r} {use}" if label is not None else ""
    if label is not None and use == "left out" and len(source.carried) > 1:
        left_out = f", columns {listed([repr(name) for name in source.carried], _CARRIED_SHOWN)} left out"
    categories = "".join(f", {name} ({len(values)})" for name, values in _values(estimator))
    n_numbers = estimator.n_features_in_ - len(_values(estimator))
    of = f" of {n_numbers:,} numbers" if n_numbers or not categories else ""
    pairs = [
        ("rows", f"{len(source):,}{of} from {typed.data}{left_out}"),
        *([("categories", categories[2:])] if categories else []),
        *([("labeled", f"{n_labeled:,} of {len(source):,} rows")] if is_partly_labeled else []),
        ("network", f"{shape}, {estimator.n_parameters_:,} parameters"),
        ("start", estimator.start_),
        ("epochs", epochs_text(estimator.n_epochs_, best)),
    ]
    if loss is not None:
        scaled = "" if estimator.scaler_.kind is None else ", of scaled values"
        pairs.append(("loss", f"{loss:.6g} ({estimator.loss}{scaled})"))
    shown = [name for name in history if name not in _NOT_SHOWN and not name.startswith("validation_")]
    if kept:
        pairs += [(name.replace("_", " "), f"{history[name][kept - 1]:.6g}") for name in shown]
    if measured is not None:
        linear = "" if math.isnan(start_loss) else f"; at the start {start_loss:.6g}"
        pairs.append(("validation", f"{measured:.6g}{linear}"))
    for name, value in (held_out or {}).items():
        pairs.append((name.replace("_", " "), f"{value:,}" if name.endswith("_rows") else f"{value:.6g}"))
    pairs += [
        ("seconds", f"{seconds:.1f}"),
        ("peak memory", shown_bytes(peak)),
        ("seed", f"{estimator.random_state}"),
        ("model", str(typed.path)),
    ]
    return record, pairs_text(pairs)


def _values(estimator: Any) -> list[tuple[str, tuple[str, ...]]]:
    """Return each category's name and values."""
    table = getattr(estimator, "categories_", None)
    return [] if table is None else list(zip(table.category_names, table.values, strict=True))


_FOREIGN_KINDS = {
    "plain": "dense",
    "autoencoder": "dense",
    "vae": "variational",
    "dae": "denoising",
    "denoiser": "denoising",
    "conv": "convolutional",
    "cnn": "convolutional",
    "sae": "sparse",
}
_KIND = replace(one_of(*FAMILIES, foreign=_FOREIGN_KINDS), expected=f"one of {', '.join(FAMILIES)}")
MODEL_FILE = written_file(
    "Where to write the model, such as iris.diabolo; replaced if it exists.", Writes(), "MODEL"
)

PAGE = Page(
    fit,
    (
        DATA,
        MODEL_FILE,
        Option(
            "--kind",
            "dense, denoising, sparse, variational or convolutional. Default: dense.",
            _KIND,
            "Kind",
            default="dense",
        ),
        *autoencoder_options(),
        Option(
            "--target COLUMN",
            "A column to leave out of the rows and to predict: its name or number, as for --labels. Where it "
            "is empty, the row counts for the rest.",
            group=TARGET,
        ),
        Option("--validation FILE", "Rows to measure after each epoch, read as DATA is.", FILE, HELD_OUT),
        *HOLD_OUT,
        *in_group(
            HELD_OUT,
            switch(
                "--compare",
                "Train again on parts of the rows, and measure the others beside principal components and, "
                "with --target, partial least squares and a ridge on all features. Each row is held out "
                "once, of over 5,000 a fifth; rows of --hold-out are left out of it.",
            ),
        ),
        *CHECKPOINT_AND_RESUME,
        DISTRIBUTED,
        LABELS,
        KEEP,
        *READING,
        QUIET,
    ),
    first=(
        *("labels", "keep", "n_components", "hidden_layer_sizes", "kind", "scale", "missing", "max_epochs"),
        *("learning_rate", "hold_out", "compare"),
    ),
)
