"""``diabolo fit``: train a model on the rows of a file."""

from __future__ import annotations

import contextlib
import sys
import time
from typing import Any

import typer

from diabolo.cli import fit_options as options
from diabolo.cli import hold_out_options, kind_options
from diabolo.cli.chunk_advice import advise
from diabolo.cli.columns import check_columns
from diabolo.cli.common_options import Debug, Json
from diabolo.cli.data_options import (
    Data,
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
from diabolo.cli.destination import check_model_output
from diabolo.cli.fit_kinds import check_kind, estimator_of
from diabolo.cli.fit_report import held_out_figures, report
from diabolo.cli.fit_values import estimator_parameters
from diabolo.cli.output import Output
from diabolo.cli.target_column import target_of
from diabolo.cli.wrong_use import WrongUse
from diabolo.errors import InputError

__all__ = ["EXAMPLES", "HELP", "fit"]

HELP = """Train an autoencoder on the rows of a file and write it to a model file.

The same command on the same data gives the same model: the seed is 0 unless --seed says otherwise.
"""
EXAMPLES = """\
Examples:
  diabolo fit iris.csv --labels species --scale minmax -o iris.diabolo
  diabolo fit digits.npy -o digits.diabolo --components 8 --hidden 128,32 -e 200
  diabolo fit table.csv -o table.diabolo --scale standard --early-stopping
  diabolo fit table.csv -o table.diabolo --optimizer sgd --optimizer-param momentum=0.8
  diabolo fit digits.npy -o denoiser.diabolo --kind denoising --noise masking
  diabolo fit digits.npy -o images.diabolo --kind convolutional --image-shape 8,8
"""


# The parameters carry the estimator's names, so that what the parser puts under them is what it gets.
def fit(
    context: typer.Context,
    data: Data,
    path: options.OutputModel,
    kind: kind_options.Kind = "dense",
    n_components: options.Components = None,
    hidden_layer_sizes: options.Hidden = None,
    activation: options.Activation = None,
    code_activation: options.CodeActivation = None,
    output_activation: options.OutputActivation = None,
    tied_weights: options.Tied = None,
    initializer: options.Initializer = None,
    noise: kind_options.Noise = None,
    noise_params: kind_options.NoiseParam = None,
    penalty: kind_options.Penalty = None,
    bottleneck: kind_options.Bottleneck = None,
    bottleneck_params: kind_options.BottleneckParam = None,
    beta: kind_options.Beta = None,
    warmup_epochs: kind_options.WarmupEpochs = None,
    sparsity: kind_options.Sparsity = None,
    sparsity_weight: kind_options.SparsityWeight = None,
    sparsity_target: kind_options.SparsityTarget = None,
    k: kind_options.K = None,
    weight_decay: kind_options.WeightDecay = None,
    target: kind_options.Target = None,
    supervision_weight: kind_options.SupervisionWeight = None,
    supervision: kind_options.Supervision = None,
    image_shape: kind_options.Shape = None,
    filters: kind_options.Filters = None,
    kernel_size: kind_options.KernelSize = None,
    downsample: kind_options.Downsample = None,
    upsample: kind_options.Upsample = None,
    pretrain: kind_options.Pretrain = None,
    pretrain_epochs: kind_options.PretrainEpochs = None,
    scale: options.Scale = None,
    missing: options.Missing = None,
    loss: options.Loss = None,
    huber_delta: options.HuberDelta = None,
    optimizer: options.Optimizer = None,
    optimizer_params: options.OptimizerParam = None,
    learning_rate: options.LearningRate = None,
    learning_rate_schedule: options.Schedule = None,
    schedule_params: options.ScheduleParam = None,
    max_gradient_norm: options.MaxGradientNorm = None,
    batch_size: options.BatchSize = None,
    max_epochs: options.Epochs = None,
    shuffle: options.Shuffle = None,
    random_state: options.Seed = 0,
    device: options.Device = None,
    max_memory: options.MaxMemory = None,
    validation_fraction: options.ValidationFraction = None,
    validation: options.ValidationFile = None,
    hold_out: hold_out_options.HoldOutAmount = None,
    hold_out_by: hold_out_options.HoldOutBy = None,
    hold_out_ordered: hold_out_options.HoldOutOrdered = False,
    early_stopping: options.EarlyStopping = None,
    n_iter_no_change: options.Patience = None,
    tol: options.Tolerance = None,
    labels: Labels = None,
    keep: Keep = None,
    header: Header = None,
    delimiter: Delimiter = None,
    decimal: Decimal = None,
    dataset: Dataset = None,
    transposed: Transposed = False,
    verbose: options.Verbose = None,
    quiet: options.Quiet = False,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Train a model on the rows of a file."""
    started = time.perf_counter()
    output = Output(json=context.obj["json"], quiet=quiet)
    chosen = estimator_parameters(context.params)
    chosen["verbose"] = 0 if quiet else chosen.get("verbose", "bar")
    if not 0 <= random_state < 2**32:
        raise WrongUse(
            f"--seed {random_state} is not possible; expected a whole number from 0 to {2**32 - 1}."
        )
    if validation is not None and validation_fraction is not None:
        raise WrongUse(
            "--validation and --validation-fraction both say which rows to hold out; give one of them."
        )
    _check_target(target, labels, supervision_weight)
    check_kind(kind)
    check_model_output(path, data, validation)

    held = hold_out_options.requested_hold_out(hold_out, hold_out_by, hold_out_ordered, random_state)
    estimator = _checked_estimator(kind, chosen)
    named = labels if target is None else target
    kept = hold_out_options.kept_columns(keep, hold_out_by, named, data)
    reading = DataOptions(
        named,
        header,
        delimiter,
        dataset,
        kept,
        transposed,
        decimal=decimal,
        flag="--labels" if target is None else "--target",
    )
    source = open_rows(data, reading, output)
    advise(source, output)
    if held is not None:
        source, left_out = held.apply(source)
    if len(source) < 2:
        raise InputError(f"{data} has one row, and training needs two or more; give more rows.")
    y = None if target is None else target_of(source, data)
    held_out = y_held_out = None
    if validation is not None:
        held_out = open_rows(validation, reading, output, source.feature_names)
        check_columns(validation, held_out, source.feature_names, source.n_features, output, flag="--keep")
        y_held_out = None if target is None else target_of(held_out, validation)

    # The lines of --verbose are progress, and stdout is for the result.
    with contextlib.redirect_stdout(sys.stderr):
        estimator.fit(source, y, X_validation=held_out, y_validation=y_held_out)
    measured_rows = None
    if held is not None:
        estimator.hold_out_ = held
        measured_rows = held_out_figures(estimator, left_out)
    estimator.verbose = 0  # how this run was shown is no property of the model
    from diabolo.persistence.model_file import save

    save(estimator, path)
    seconds = time.perf_counter() - started
    output.result(*report(estimator, source, data, path, reading, seconds, measured_rows))


def _check_target(target: str | None, labels: str | None, weight: float | None) -> None:
    if target is not None and not weight:
        raise WrongUse("--target says what to predict; say how much it counts: --supervision-weight 1.")
    if weight and target is None:
        raise WrongUse("--supervision-weight needs what the code must predict: --target COLUMN.")
    if target is not None and labels is not None:
        raise WrongUse("--target and --labels both name the column to leave out; give one of them.")


def _checked_estimator(kind: str, chosen: dict[str, Any]) -> Any:
    """Make the estimator and look at its parameters now, before a large file is read for nothing."""
    estimator = estimator_of(kind, chosen)(**chosen)
    from diabolo.estimators._combinations import checked_choices

    checked_choices(estimator)
    return estimator
