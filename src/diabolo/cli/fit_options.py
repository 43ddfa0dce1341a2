"""The options of ``diabolo fit``, in the order of its help page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from diabolo.cli.common_options import typed_file
from diabolo.cli.fit_flags import setting

_ACTIVATIONS = "linear, relu, leaky_relu, elu, gelu, tanh, sigmoid or softplus"
_NETWORK, _TRAINING, _HELD_OUT, _OTHER = "Network", "Training", "Held-out rows", "Other"

OutputModel = Annotated[
    Path,
    typer.Option(
        "-o",
        "--output",
        metavar="MODEL",
        help="Where to write the model, such as iris.diabolo; replaced if it exists.",
        show_default=False,
    ),
]
ValidationFile = Annotated[
    Path | None,
    typer.Option(
        "--validation",
        parser=typed_file,
        metavar="FILE",
        help="Rows to measure after each epoch, read as DATA is.",
        rich_help_panel=_HELD_OUT,
        show_default=False,
    ),
]
Quiet = Annotated[
    bool, typer.Option("-q", "--quiet", help="Print errors only.", rich_help_panel=_OTHER, show_default=False)
]

Components = Annotated[int | None, setting("n_components", "Width of the code.", _NETWORK, "N")]
Hidden = Annotated[
    str | None,
    setting(
        "hidden_layer_sizes",
        "Widths of the encoder's hidden layers, such as 128,32, or none; the decoder mirrors them.",
        _NETWORK,
        "N,N",
    ),
]
Activation = Annotated[
    str | None, setting("activation", f"Of the hidden layers: {_ACTIVATIONS}.", _NETWORK, "NAME")
]
CodeActivation = Annotated[
    str | None, setting("code_activation", "Of the code: one of the same.", _NETWORK, "NAME")
]
OutputActivation = Annotated[
    str | None, setting("output_activation", "Of the output: one of the same, or auto.", _NETWORK, "NAME")
]
Tied = Annotated[
    bool | None,
    setting("tied_weights", "Whether the decoder's matrices are the encoder's transposed.", _NETWORK),
]
Initializer = Annotated[
    str | None,
    setting("initializer", "glorot_uniform, glorot_normal, he_uniform or he_normal.", _NETWORK, "NAME"),
]
Scale = Annotated[
    str | None,
    setting("scale", "Scale the columns: minmax, standard, maxabs, center or none.", _TRAINING, "NAME"),
]
Missing = Annotated[
    str | None,
    setting(
        "missing",
        "Cells that are NaN: error, mean (of the training rows), or mask (that, and left out of the loss).",
        _TRAINING,
        "NAME",
    ),
]
Loss = Annotated[
    str | None,
    setting("loss", "squared_error, absolute_error, huber or binary_cross_entropy.", _TRAINING, "NAME"),
]
HuberDelta = Annotated[
    float | None, setting("huber_delta", "Where Huber's loss turns straight.", _TRAINING, "X")
]
Optimizer = Annotated[
    str | None,
    setting(
        "optimizer",
        "adam, adam16 (its moments in 16 bits), adamw, sgd, rmsprop or adagrad.",
        _TRAINING,
        "NAME",
    ),
]
OptimizerParam = Annotated[
    list[str] | None,
    setting(
        "optimizer_params",
        "A setting of the optimizer, such as beta_1=0.8; may be repeated.",
        _TRAINING,
        "NAME=X",
    ),
]
LearningRate = Annotated[float | None, setting("learning_rate", "Step size at the start.", _TRAINING, "X")]
Schedule = Annotated[
    str | None, setting("learning_rate_schedule", "constant, cosine or step.", _TRAINING, "NAME")
]
ScheduleParam = Annotated[
    list[str] | None,
    setting(
        "schedule_params",
        "A setting of the schedule, such as epochs=50; may be repeated.",
        _TRAINING,
        "NAME=X",
    ),
]
MaxGradientNorm = Annotated[
    float | None, setting("max_gradient_norm", "Shorten longer gradients to this.", _TRAINING, "X")
]
BatchSize = Annotated[int | None, setting("batch_size", "Rows a step.", _TRAINING, "N")]
Epochs = Annotated[int | None, setting("max_epochs", "Passes over the rows.", _TRAINING, "N")]
Shuffle = Annotated[
    bool | None, setting("shuffle", "Whether each epoch has its own order of rows (it does).", _TRAINING)
]
Seed = Annotated[
    int, setting("random_state", "Of weights, order and held-out rows. Default: 0.", _TRAINING, "N")
]
Device = Annotated[str | None, setting("device", "Where to train, such as cpu or gpu:1.", _TRAINING, "NAME")]
MaxMemory = Annotated[
    str | None,
    setting("max_memory", "What the whole process may take, such as 4GB.", _TRAINING, "SIZE"),
]
ValidationFraction = Annotated[
    float | None,
    setting(
        "validation_fraction",
        "Share of the rows to hold out and measure; 0.1 with --early-stopping, else 0.",
        _HELD_OUT,
        "X",
    ),
]
EarlyStopping = Annotated[
    bool | None,
    setting("early_stopping", "Stop when the held-out loss falls no more; keep the best epoch.", _HELD_OUT),
]
Patience = Annotated[
    int | None, setting("n_iter_no_change", "Epochs to wait for a lower loss.", _HELD_OUT, "N")
]
Tolerance = Annotated[float | None, setting("tol", "Share by which it must be lower.", _HELD_OUT, "X")]
Verbose = Annotated[
    int | None, setting("verbose", "Print a line every N epochs in place of the bar.", _OTHER, "N")
]
