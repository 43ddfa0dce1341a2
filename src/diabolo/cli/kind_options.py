"""The options of ``diabolo fit`` that belong to some kinds of autoencoder, in the order of its help page."""

from __future__ import annotations

from typing import Annotated

import typer

from diabolo.cli.fit_flags import setting

_KIND, _CODE, _SPARSE, _TARGET, _IMAGES, _LAYERS = (
    "Kind",
    "Noise and code (dense, denoising, variational, convolutional)",
    "Sparsity (sparse)",
    "What the code must predict (dense, variational, convolutional)",
    "Images (convolutional)",
    "Pretraining (dense, denoising)",
)

Kind = Annotated[
    str,
    typer.Option(
        "--kind",
        metavar="NAME",
        help="dense, denoising, sparse, variational or convolutional. Default: dense.",
        rich_help_panel=_KIND,
        show_default=False,
    ),
]
Noise = Annotated[
    str | None,
    setting(
        "noise",
        "What the encoder sees in training, of every kind: a number (the standard deviation of Gaussian "
        "noise), gaussian, masking, salt_and_pepper or none.",
        _CODE,
        "X|NAME",
    ),
]
NoiseParam = Annotated[
    list[str] | None,
    typer.Option(
        "--noise-param",
        metavar="NAME=X",
        help="A setting of the noise; may be repeated. gaussian: standard_deviation, clip (data or LOW,HIGH);"
        " masking: fraction, fill (zero or mean); salt_and_pepper: fraction, range (data or LOW,HIGH).",
        rich_help_panel=_CODE,
        show_default=False,
    ),
]
Penalty = Annotated[
    list[str] | None,
    setting(
        "penalty",
        "What is charged beside the loss and its weight: weight_decay, l1_sparsity, kl_sparsity or "
        "contractive, such as contractive=0.1; may be repeated.",
        _CODE,
        "NAME=X",
    ),
]
Bottleneck = Annotated[
    str | None,
    setting("bottleneck", "plain, topk or gaussian (dense, convolutional).", _CODE, "NAME"),
]
BottleneckParam = Annotated[
    list[str] | None,
    setting(
        "bottleneck_params",
        "A setting of the bottleneck; may be repeated. topk: k, auxiliary_weight, dead_epochs; gaussian: "
        "beta, warmup_epochs.",
        _CODE,
        "NAME=X",
    ),
]
Beta = Annotated[
    float | None,
    setting("beta", "Weight of the divergence from the prior (variational).", _CODE, "X"),
]
WarmupEpochs = Annotated[
    float | None,
    setting("warmup_epochs", "Epochs over which it comes to be charged (variational).", _CODE, "X"),
]
Sparsity = Annotated[str | None, setting("sparsity", "kl, l1 or topk.", _SPARSE, "NAME")]
SparsityWeight = Annotated[
    float | None, setting("sparsity_weight", "Of kl or l1 beside the loss.", _SPARSE, "X")
]
SparsityTarget = Annotated[
    float | None,
    setting(
        "sparsity_target",
        "The mean activation that kl wishes each unit to have; of kl_sparsity in other kinds.",
        _SPARSE,
        "X",
    ),
]
K = Annotated[int | None, setting("k", "Numbers that topk keeps; else an eighth of the code.", _SPARSE, "N")]
WeightDecay = Annotated[
    float | None, setting("weight_decay", "Of half the sum of the squares of the matrices.", _SPARSE, "X")
]
Target = Annotated[
    str | None,
    typer.Option(
        "--target",
        metavar="COLUMN",
        help="A column to leave out of the rows and to predict: its name or number, as for --labels.",
        rich_help_panel=_TARGET,
        show_default=False,
    ),
]
SupervisionWeight = Annotated[
    float | None, setting("supervision_weight", "Of the prediction's loss.", _TARGET, "X")
]
Supervision = Annotated[
    str | None, setting("supervision", "auto, regression or classification.", _TARGET, "NAME")
]
Shape = Annotated[
    str | None,
    setting(
        "image_shape",
        "The image that a row holds, as height,width or height,width,channels; without, a row is a signal.",
        _IMAGES,
        "H,W",
    ),
]
Filters = Annotated[
    str | None, setting("filters", "Channels after each halving; the decoder mirrors them.", _IMAGES, "N,N")
]
KernelSize = Annotated[
    str | None, setting("kernel_size", "Of every convolution: N, or height,width.", _IMAGES, "N")
]
Downsample = Annotated[str | None, setting("downsample", "maxpool or stride.", _IMAGES, "NAME")]
Upsample = Annotated[str | None, setting("upsample", "nearest or transposed.", _IMAGES, "NAME")]
Pretrain = Annotated[
    str | None,
    setting("pretrain", "layerwise trains each pair of layers first; or none.", _LAYERS, "NAME"),
]
PretrainEpochs = Annotated[
    int | None, setting("pretrain_epochs", "Passes over the rows for each pair.", _LAYERS, "N")
]
