"""What a user may write for noise, and the corruption that it means."""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from diabolo.core.corruption import Corruption, GaussianNoise, MaskingNoise, SaltAndPepperNoise
from diabolo.errors import ParameterError, nearest_name

__all__ = ["NOISES", "check_noise", "corruption_of"]

NOISES: dict[str, dict[str, Any]] = {
    "gaussian": {"standard_deviation": 0.2, "clip": None},
    "masking": {"fraction": 0.25, "fill": "zero"},
    "salt_and_pepper": {"fraction": 0.1, "range": "data"},
}
"""Kinds of noise and their settings."""

_FOREIGN_NAMES = {
    "normal": "gaussian",
    "dropout": "masking",
    "mask": "masking",
    "zero": "masking",
    "salt_pepper": "salt_and_pepper",
    "saltpepper": "salt_and_pepper",
    "s&p": "salt_and_pepper",
    "std": "standard_deviation",
    "sigma": "standard_deviation",
    "stddev": "standard_deviation",
    "rate": "fraction",
    "p": "fraction",
    "level": "fraction",
}


def _is_number(value: Any) -> bool:
    is_real = isinstance(value, numbers.Real) and not isinstance(value, (bool, np.bool_))
    return is_real and math.isfinite(float(value))


def _is_range(value: Any) -> bool:
    return (
        isinstance(value, (tuple, list))
        and len(value) == 2
        and all(_is_number(end) for end in value)
        and value[0] < value[1]
    )


_LIMITS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "standard_deviation": ("a number, 0 or more", lambda value: _is_number(value) and value >= 0),
    "fraction": ("a number from 0 to 1", lambda value: _is_number(value) and 0 <= value <= 1),
    "clip": (
        "None, 'data' or (low, high) with low below high",
        lambda value: value is None or (isinstance(value, str) and value == "data") or _is_range(value),
    ),
    "range": (
        "'data' or (low, high) with low below high",
        lambda value: (isinstance(value, str) and value == "data") or _is_range(value),
    ),
    "fill": ("'zero' or 'mean'", lambda value: isinstance(value, str) and value in ("zero", "mean")),
}


def check_noise(owner: str, noise: Any) -> dict[str, Any] | None:
    """Check what stands for noise and fill in what is left out.

    Parameters
    ----------
    owner : str
        Who asks, for messages.
    noise : None, number or mapping
        A number is the standard deviation of Gaussian noise.

    Returns
    -------
    dict or None
        The kind and all of its settings.

    Raises
    ------
    ParameterError
        For anything else.
    """
    if noise is None:
        return None
    if _is_number(noise):
        noise = {"kind": "gaussian", "standard_deviation": noise}
    kinds = ", ".join(repr(kind) for kind in NOISES)
    if not isinstance(noise, Mapping) or "kind" not in noise:
        example = "{'kind': 'masking', 'fraction': 0.25}"
        raise ParameterError(
            f"{owner}: noise={noise!r} is not possible; expected None, a number (the standard deviation of "
            f"Gaussian noise), or a dictionary with a kind, one of {kinds}, such as {example}."
        )
    kind = noise["kind"]
    if not isinstance(kind, str) or kind not in NOISES:
        hint = nearest_name(kind, NOISES, _FOREIGN_NAMES)
        raise ParameterError(
            f"{owner}: noise['kind']={kind!r} is not possible; expected one of {kinds}.{hint}"
        )
    settings = NOISES[kind]
    for name, value in noise.items():
        if name == "kind":
            continue
        if name not in settings:
            hint = nearest_name(name, settings, _FOREIGN_NAMES)
            known = ", ".join(repr(known) for known in settings)
            raise ParameterError(
                f"{owner}: noise has {name!r}, which {kind!r} does not know; its settings: {known}.{hint}"
            )
        expected, holds = _LIMITS[name]
        if not holds(value):
            raise ParameterError(f"{owner}: noise[{name!r}]={value!r} is not possible; expected {expected}.")
    return {"kind": kind, **settings, **{name: value for name, value in noise.items() if name != "kind"}}


def corruption_of(
    noise: Mapping[str, Any] | None,
    cell_range: Callable[[], tuple[float, float]],
    column_means: Callable[[], Any],
) -> Corruption | None:
    """Make the corruption that checked settings mean.

    Parameters
    ----------
    noise : dict or None
        As :func:`check_noise` gives it.
    cell_range : callable
        Finds the least and the greatest cell of the data, where the settings ask for them.
    column_means : callable
        Finds the mean of each column, likewise.

    Returns
    -------
    Corruption or None
    """
    if noise is None:
        return None
    if noise["kind"] == "masking":
        return MaskingNoise(noise["fraction"], column_means() if noise["fill"] == "mean" else 0.0)
    ends = noise["clip"] if noise["kind"] == "gaussian" else noise["range"]
    if ends is None:
        low, high = -math.inf, math.inf
    else:
        low, high = cell_range() if ends == "data" else ends
    if noise["kind"] == "gaussian":
        return GaussianNoise(noise["standard_deviation"], low, high)
    return SaltAndPepperNoise(noise["fraction"], low, high)
