"""Python's names in a message, said as the flags that were typed."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterable
from typing import Any

from diabolo.cli.detect_flags import DETECTOR_FLAGS
from diabolo.cli.fit_flags import FLAGS
from diabolo.errors import nearest_name

__all__ = ["in_flags", "nearest_flag"]

_WORDS: dict[str, str] = {
    **FLAGS,
    **DETECTOR_FLAGS,
    "keep_columns": "--keep",
    "labels": "--labels",
    "decimal": "--decimal",
    "header": "--header",
    "delimiter": "--delimiter",
    "dataset": "--dataset",
    "components": "--components",
    "image_shape": "--image-shape",
    "log": "--log",
    "metric": "--metric",
    "n": "-n",
}
_SETTINGS = {
    "optimizer_params": "--optimizer-param",
    "schedule_params": "--schedule-param",
    "bottleneck_params": "--bottleneck-param",
    "penalty": "--penalty",
    "noise": "--noise-param",
    "score_params": "--score-param",
}
_HAS_NEGATIVE = ("--header", "--shuffle", "--tied")
_VALUE = r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|\([^()]*\)|[\w.+-]*\w"""
# Not inside a path or a quoted name: a file may be called batch_size.csv and a column 'batch_size'.
_BEFORE, _AFTER = r"(?<![\w./\\'\"-])", r"(?![\w/\\'\"(-])(?!\.\w)"
# Nor a setting, which may be called as a parameter is.
_ASSIGNED = re.compile(rf"(?<!-param )(?<!--penalty ){_BEFORE}({'|'.join(_WORDS)})=({_VALUE})")
_SETTING = re.compile(rf"{_BEFORE}({'|'.join(_SETTINGS)})\['(\w+)'\]=({_VALUE})")
# Alone only those that are no words of English.
_ALONE = re.compile(
    rf"(?<!-param )(?<!--penalty ){_BEFORE}({'|'.join(name for name in _WORDS if '_' in name)}){_AFTER}"
)
_FIRST = re.compile(rf"^({'|'.join(_WORDS)})(?= must )")
_OWNER = re.compile(r"\b(Denoising|Sparse|Variational|Convolutional)?Autoencoder(Detector)?: ")
# The settings of a threshold, one of which is called as a parameter of an autoencoder is.
_LINE_SETTING = re.compile(rf"^(\w+)=({_VALUE})(?= is not possible for threshold )")
_PHRASES = (
    ("noise['kind']=", "noise="),
    ("noise has '", "--noise-param has '"),
    ("penalty has '", "--penalty has '"),
    (
        "penalty={'kl_sparsity': ...}, 'l1_sparsity' or 'contractive', or a 'topk' bottleneck",
        "--noise, or --penalty kl_sparsity=X, l1_sparsity=X or contractive=X",
    ),
    ("noise, --noise, or", "--noise, or"),
    ("bottleneck_params={'k': ...}", "--bottleneck-param k=N"),
    ("the n_features = ", "the "),
    (" of X and can copy", " columns of the data and can copy"),
    ("from 0 to below 1, or None", "from 0 to below 1"),
    ("or None for", "or leave it out for"),
    ("pass X_validation to fit", "give --validation FILE"),
    ("with dataset=,", "with --dataset,"),
    (", or None", ", or none"),
    ("but X runs", "but the data run"),
    (", or one of Diabolo's estimators.", "."),
    (", or one of Diabolo's estimators, such as Autoencoder(8).", "."),
    ("pass y to fit, or rows and labels to set_threshold", "give rows with --labels COLUMN --normal LABEL"),
    ("hold out more of them (held_out_fraction)", "fit with a larger --held-out"),
    ("or set a level of at least ", "or set --threshold-param level="),
)
_FOREIGN_NAMES = {
    "lr": "--learning-rate",
    "type": "--kind",
    "model": "--kind",
    "corruption": "--noise",
    "top_k": "--k",
    "kernel": "--kernel-size",
    "y": "--target",
    "n_epochs": "--epochs",
    "latent": "--components",
    "latent_dim": "--components",
    "layers": "--hidden",
    "hidden_layers": "--hidden",
    "val_fraction": "--validation-fraction",
    "validation_split": "--validation-fraction",
    "patience": "--patience",
    "label": "--labels",
    "labels": "--labels",
    "decimal": "--decimal",
    "out": "--output",
    "sep": "--delimiter",
    "threshold": "--set",
    "line": "--set",
    "id": "--keep",
    "carry": "--keep",
    "n_features": "--top",
    "autoencoder": "--kind",
    "normal_class": "--normal",
    "separator": "--delimiter",
}


def in_flags(message: str) -> str:
    """Say a message of the library in the words of the command line.

    Parameters
    ----------
    message : str
        What an exception says.

    Returns
    -------
    str
        The same with flags where it names parameters.

    Examples
    --------
    >>> in_flags("Autoencoder: n_components=0 is not possible; expected a whole number, 1 or more.")
    '--components 0 is not possible; expected a whole number, 1 or more.'
    >>> in_flags("to carry this column along, name it: labels='kind of wine'.")
    "to carry this column along, name it: --labels 'kind of wine'."
    >>> in_flags("batch_size.csv does not exist.")
    'batch_size.csv does not exist.'
    """
    message = _OWNER.sub("", message)
    for phrase, instead in _PHRASES:
        message = message.replace(phrase, instead)
    message = _LINE_SETTING.sub(lambda found: f"--threshold-param {found[1]}={_typed(found[2])}", message)
    message = _SETTING.sub(lambda found: f"{_SETTINGS[found[1]]} {found[2]}={_typed(found[3])}", message)
    message = _ASSIGNED.sub(lambda found: _assigned(_WORDS[found[1]], found[2]), message)
    message = _FIRST.sub(lambda found: _WORDS[found[1]], message)
    return _ALONE.sub(lambda found: _WORDS[found[1]], message)


def _assigned(flag: str, value: str) -> str:
    if value == "True":
        return flag
    if value == "False":
        return flag.replace("--", "--no-", 1) if flag in _HAS_NEGATIVE else f"no {flag}"
    return f"{flag} {_typed(value)}"


def _typed(value: str) -> str:
    """Write a Python value as one types it."""
    try:
        read: Any = ast.literal_eval(value)
    except (ValueError, SyntaxError):
        return value
    if isinstance(read, tuple):
        return ",".join(map(str, read)) or "none"
    return shlex.quote(read) if isinstance(read, str) else "none" if read is None else value


def nearest_flag(given: str, known: Iterable[str]) -> str:
    """Say which flag was probably meant.

    Parameters
    ----------
    given : str
        What was typed, such as ``"--n-components"``.
    known : iterable of str
        The flags that there are.

    Returns
    -------
    str
        ``" did you mean --components?"``, or nothing where none is near.

    Examples
    --------
    >>> nearest_flag("--componets", ["--components", "--hidden"])
    ' did you mean --components?'
    """
    # With underscores and without the dashes in front, as names are compared.
    plain = {flag.lstrip("-").replace("-", "_"): flag for flag in known if flag.startswith("--")}
    foreign = {
        name: short
        for name, flag in [*_FOREIGN_NAMES.items(), *_WORDS.items()]
        if (short := flag.lstrip("-").replace("-", "_")) in plain
    }
    hint = nearest_name(given.lstrip("-"), plain, foreign)
    found = re.search(r"'(\w+)'", hint)
    return f" did you mean {plain[found[1]]}?" if found else ""
