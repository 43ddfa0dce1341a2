"""The estimators' parameters as flags: their names, their defaults, their place on the help page.

Only flags that were typed reach the estimator, so its own defaults hold for the rest. The texts here are what
``--help`` shows without importing the estimators; a test holds them against their signatures.
"""

from __future__ import annotations

from typing import Any

import typer

__all__ = ["DEFAULTS", "FLAGS", "OTHER_DEFAULTS", "setting"]

FLAGS: dict[str, str] = {
    "n_components": "--components",
    "hidden_layer_sizes": "--hidden",
    "activation": "--activation",
    "code_activation": "--code-activation",
    "output_activation": "--output-activation",
    "tied_weights": "--tied",
    "initializer": "--initializer",
    "filters": "--filters",
    "kernel_size": "--kernel-size",
    "downsample": "--downsample",
    "upsample": "--upsample",
    "image_shape": "--image-shape",
    "bottleneck": "--bottleneck",
    "bottleneck_params": "--bottleneck-param",
    "beta": "--beta",
    "warmup_epochs": "--warmup-epochs",
    "noise": "--noise",
    "loss": "--loss",
    "huber_delta": "--huber-delta",
    "penalty": "--penalty",
    "sparsity": "--sparsity",
    "sparsity_weight": "--sparsity-weight",
    "sparsity_target": "--sparsity-target",
    "k": "--k",
    "weight_decay": "--weight-decay",
    "supervision_weight": "--supervision-weight",
    "supervision": "--supervision",
    "pretrain": "--pretrain",
    "pretrain_epochs": "--pretrain-epochs",
    "scale": "--scale",
    "missing": "--missing",
    "optimizer": "--optimizer",
    "optimizer_params": "--optimizer-param",
    "learning_rate": "--learning-rate",
    "learning_rate_schedule": "--schedule",
    "schedule_params": "--schedule-param",
    "max_gradient_norm": "--max-gradient-norm",
    "batch_size": "--batch-size",
    "max_epochs": "--epochs",
    "shuffle": "--shuffle",
    "validation_fraction": "--validation-fraction",
    "early_stopping": "--early-stopping",
    "n_iter_no_change": "--patience",
    "tol": "--tol",
    "random_state": "--seed",
    "device": "--device",
    "max_memory": "--max-memory",
    "verbose": "--verbose",
}
"""Each parameter of an estimator and its flag; an encoder and a decoder of one's own cannot be typed."""

DEFAULTS: dict[str, str] = {
    "n_components": "2",
    "hidden_layer_sizes": "32",
    "activation": "relu",
    "code_activation": "linear",
    "output_activation": "auto",
    "tied_weights": "no",
    "initializer": "glorot_uniform",
    "filters": "32,32",
    "kernel_size": "3",
    "downsample": "maxpool",
    "upsample": "nearest",
    "image_shape": "none",
    "bottleneck": "plain",
    "bottleneck_params": "none",
    "beta": "1",
    "warmup_epochs": "0",
    "noise": "none",
    "loss": "squared_error",
    "huber_delta": "1",
    "penalty": "none",
    "sparsity": "kl",
    "sparsity_weight": "0.1",
    "sparsity_target": "0.05",
    "k": "none",
    "weight_decay": "0",
    "supervision_weight": "0",
    "supervision": "auto",
    "pretrain": "none",
    "pretrain_epochs": "10",
    "scale": "none",
    "missing": "error",
    "optimizer": "adam",
    "optimizer_params": "none",
    "learning_rate": "0.001",
    "learning_rate_schedule": "constant",
    "schedule_params": "none",
    "max_gradient_norm": "none",
    "batch_size": "32",
    "max_epochs": "100",
    "shuffle": "yes",
    "validation_fraction": "none",
    "early_stopping": "no",
    "n_iter_no_change": "10",
    "tol": "0.0001",
    "device": "none",
    "max_memory": "none",
}
"""The estimators' defaults as ``--help`` writes them; ``--seed`` and ``--verbose`` have their own."""

OTHER_DEFAULTS: dict[str, dict[str, str]] = {
    "denoising": {"noise": "0.2"},
    "sparse": {"n_components": "64", "hidden_layer_sizes": "none", "code_activation": "auto"},
    "convolutional": {"n_components": "none", "code_activation": "auto"},
}
"""Where a kind's default is another."""

_SHORT = {"n_components": "-k", "max_epochs": "-e", "batch_size": "-b"}
_NEGATIVE = ("tied_weights", "shuffle")
_SAYS_NOTHING = ("none", "no", "yes")


def setting(parameter: str, text: str, panel: str, metavar: str | None = None) -> Any:
    """Make the Typer option of one of the estimators' parameters.

    Parameters
    ----------
    parameter : str
        Its name in Python.
    text : str
        A few words, to which the default is added.
    panel : str
        The group of the help page.
    metavar : str, optional
        What stands for the value.

    Returns
    -------
    typer option
    """
    flag = FLAGS[parameter]
    names = [_SHORT[parameter], flag] if parameter in _SHORT else [flag]
    if parameter in _NEGATIVE:
        names = [f"{flag}/--no-{flag[2:]}"]
    default = DEFAULTS.get(parameter, "none")
    others = [f"{kind} {known[parameter]}" for kind, known in OTHER_DEFAULTS.items() if parameter in known]
    if default not in _SAYS_NOTHING or others:
        more = f" ({', '.join(others)})" if others else ""
        text += f" Default: {default}{more}."
    return typer.Option(*names, help=text, metavar=metavar, rich_help_panel=panel, show_default=False)
