"""What was typed for the flags of ``diabolo fit``, read as the estimator's parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from diabolo.cli.fit_flags import FLAGS
from diabolo.cli.wrong_use import WrongUse

__all__ = ["estimator_parameters", "named_numbers"]

_MAY_BE_NONE = ("scale", "device", "pretrain")
_EXAMPLES = {
    "optimizer_params": "beta_1=0.8",
    "schedule_params": "epochs=50",
    "bottleneck_params": "k=5",
    "penalty": "weight_decay=0.001",
}
_SIZES = {"hidden_layer_sizes": "128,32", "filters": "16,8", "image_shape": "28,28", "kernel_size": "3"}
_NOISE_EXAMPLE = "fraction=0.25"
_WORDS = {"true": True, "yes": True, "false": False, "no": False}


def estimator_parameters(typed: Mapping[str, Any]) -> dict[str, Any]:
    """Turn what was typed into the estimator's parameters.

    Parameters
    ----------
    typed : mapping from str to object
        Under the estimators' names, what the parser made of the flags; None for a flag that was not typed.
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
    >>> estimator_parameters({"noise": "masking", "noise_params": ["fill=mean"]})
    {'noise': {'kind': 'masking', 'fill': 'mean'}}
    """
    chosen = {}
    for name in FLAGS:
        value = typed.get(name)
        if value is None or (name in _EXAMPLES and not value):
            continue
        if name in _SIZES:
            value = _sizes(name, value)
        elif name in _EXAMPLES:
            value = named_numbers(FLAGS[name], value, _EXAMPLES[name])
        elif name in _MAY_BE_NONE and value.lower() == "none":
            value = None
        elif name == "noise":
            value = _noise(value, typed.get("noise_params") or ())
        chosen[name] = value
    if typed.get("noise_params") and typed.get("noise") is None:
        raise WrongUse(
            "--noise-param is a setting of a noise, so say which: --noise gaussian, masking or "
            "salt_and_pepper."
        )
    return chosen


def _sizes(name: str, text: str) -> tuple[int, ...] | int:
    flag, example = FLAGS[name], _SIZES[name]
    may_be_none = name == "hidden_layer_sizes"
    if may_be_none and text.strip().lower() in ("", "none"):
        return ()
    try:
        sizes = tuple(int(part) for part in text.strip("()[] ").rstrip(",").split(","))
    except ValueError:
        sizes = (0,)
    if min(sizes) < 1:
        or_none = f", or {flag} none" if may_be_none else ""
        raise WrongUse(
            f"{flag} {text!r} is not possible; give whole numbers of 1 or more with commas between, "
            f"such as {flag} {example}{or_none}."
        )
    return sizes[0] if name == "kernel_size" and len(sizes) == 1 else sizes


def named_numbers(flag: str, pairs: Sequence[str], example: str) -> dict[str, Any]:
    """Read settings that were typed as name=number.

    Parameters
    ----------
    flag : str
        Where, for the error.
    pairs : sequence of str
        What was typed.
    example : str
        For the error.

    Returns
    -------
    dict of str to number

    Raises
    ------
    WrongUse
        One cannot be read.

    Examples
    --------
    >>> named_numbers("--threshold-param", ["at-least=0.9"], "q=0.99")
    {'at_least': 0.9}
    """
    settings: dict[str, Any] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        value = _WORDS.get(text.strip().lower(), _number(text))
        if not equals or not name.strip() or value is None:
            raise WrongUse(f"{flag} {pair!r} is not possible; give name=number, such as {flag} {example}.")
        settings[name.strip().replace("-", "_")] = value
    return settings


def _noise(text: str, pairs: Sequence[str]) -> Any:
    if text.strip().lower() == "none":
        return None
    amount = _number(text)
    if amount is not None and not pairs:
        return amount
    noise: dict[str, Any] = {"kind": text.strip()}
    if amount is not None:
        noise = {"kind": "gaussian", "standard_deviation": amount}
    for pair in pairs:
        name, equals, written = pair.partition("=")
        if not equals or not name.strip() or not written.strip():
            raise WrongUse(
                f"--noise-param {pair!r} is not possible; give name=value, such as --noise-param "
                f"{_NOISE_EXAMPLE}."
            )
        noise[name.strip().replace("-", "_")] = _noise_value(written.strip())
    return noise


def _noise_value(text: str) -> Any:
    """Read a number, a range such as ``0,1``, or a word."""
    if text.lower() == "none":
        return None
    ends = [_number(part) for part in text.strip("()").split(",")]
    if len(ends) == 2 and None not in ends:
        return tuple(ends)
    number = _number(text)
    return text if number is None else number


def _number(text: str) -> int | float | None:
    for read in (int, float):
        try:
            return read(text)
        except ValueError:
            continue
    return None
