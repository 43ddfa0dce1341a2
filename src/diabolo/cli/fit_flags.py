"""The estimator's parameters as flags: their names, their defaults, how their values are typed.

Only flags that were typed reach the estimator, so its own defaults hold for the rest. The texts here are what
``--help`` shows without importing the estimator; a test holds them against its signature.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import typer

from diabolo.cli.wrong_use import WrongUse

__all__ = ["DEFAULTS", "FLAGS", "estimator_parameters", "setting"]

FLAGS: dict[str, str] = {
    "n_components": "--components",
    "hidden_layer_sizes": "--hidden",
    "activation": "--activation",
    "code_activation": "--code-activation",
    "output_activation": "--output-activation",
    "tied_weights": "--tied",
    "initializer": "--initializer",
    "loss": "--loss",
    "huber_delta": "--huber-delta",
    "scale": "--scale",
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
    "overcomplete": "--overcomplete",
    "random_state": "--seed",
    "device": "--device",
    "verbose": "--verbose",
}
"""Each of the estimator's parameters and its flag."""

DEFAULTS: dict[str, str] = {
    "n_components": "2",
    "hidden_layer_sizes": "32",
    "activation": "relu",
    "code_activation": "linear",
    "output_activation": "auto",
    "tied_weights": "no",
    "initializer": "glorot_uniform",
    "loss": "squared_error",
    "huber_delta": "1",
    "scale": "none",
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
    "overcomplete": "no",
    "device": "none",
}
"""The estimator's defaults as ``--help`` writes them; ``--seed`` and ``--verbose`` have their own."""

_SHORT = {"n_components": "-k", "max_epochs": "-e", "batch_size": "-b"}
_NEGATIVE = ("tied_weights", "shuffle")
_SAYS_NOTHING = ("none", "no", "yes")
_MAY_BE_NONE = ("scale", "device")
_SETTINGS_OF = ("optimizer_params", "schedule_params")


def setting(parameter: str, text: str, panel: str, metavar: str | None = None) -> Any:
    """Make the Typer option of one of the estimator's parameters.

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
    if default not in _SAYS_NOTHING:
        text += f" Default: {default}."
    return typer.Option(*names, help=text, metavar=metavar, rich_help_panel=panel, show_default=False)


def estimator_parameters(typed: Mapping[str, Any]) -> dict[str, Any]:
    """Turn what was typed into the estimator's parameters.

    Parameters
    ----------
    typed : mapping from str to object
        Under the estimator's names, what the parser made of the flags; None for a flag that was not typed.
        Other names are left alone.

    Returns
    -------
    dict
        The parameters to set.

    Raises
    ------
    WrongUse
        A list or a ``name=value`` cannot be read.

    Examples
    --------
    >>> estimator_parameters({"n_components": None, "hidden_layer_sizes": "128,32", "scale": "none"})
    {'hidden_layer_sizes': (128, 32), 'scale': None}
    """
    chosen = {}
    for name in FLAGS:
        value = typed.get(name)
        if value is None or (name in _SETTINGS_OF and not value):
            continue
        if name == "hidden_layer_sizes":
            value = _sizes(value)
        elif name in _SETTINGS_OF:
            value = _settings(FLAGS[name], value)
        elif name in _MAY_BE_NONE and value.lower() == "none":
            value = None
        chosen[name] = value
    return chosen


def _sizes(text: str) -> tuple[int, ...]:
    if text.strip().lower() in ("", "none"):
        return ()
    try:
        sizes = tuple(int(part) for part in text.strip("()[] ").rstrip(",").split(","))
    except ValueError:
        sizes = (0,)
    if min(sizes) < 1:
        raise WrongUse(
            f"--hidden {text!r} is not possible; give whole numbers of 1 or more with commas between, "
            "such as --hidden 128,32, or --hidden none."
        )
    return sizes


def _settings(flag: str, pairs: Sequence[str]) -> dict[str, float | bool]:
    settings: dict[str, float | bool] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        words = {"true": True, "yes": True, "false": False, "no": False}
        value: float | bool | None = words.get(text.strip().lower())
        for read in (int, float):
            if value is None:
                try:
                    value = read(text)
                except ValueError:
                    continue
        if not equals or not name.strip() or value is None:
            raise WrongUse(
                f"{flag} {pair!r} is not possible; give name=number, such as {flag} {_example(flag)}."
            )
        settings[name.strip().replace("-", "_")] = value
    return settings


def _example(flag: str) -> str:
    return "beta_1=0.8" if flag == FLAGS["optimizer_params"] else "epochs=50"
