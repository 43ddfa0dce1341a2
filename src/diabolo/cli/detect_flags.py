"""The detector's parameters as flags, and what was typed for them read as those parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from diabolo.cli.fit_values import named_numbers

__all__ = ["DETECTOR_FLAGS", "PARAMETER_EXAMPLE", "detector_parameters"]

DETECTOR_FLAGS: dict[str, str] = {
    "autoencoder": "--kind",
    "n_members": "--members",
    "score_kind": "--score",
    "score_params": "--score-param",
    "threshold": "--threshold",
    "threshold_params": "--threshold-param",
    "contamination": "--contamination",
    "held_out_fraction": "--held-out",
    "normal_label": "--normal",
    "random_state": "--seed",
}
"""Each parameter of the detector and its flag."""

PARAMETER_EXAMPLE = "q=0.99"
_EXAMPLES = {"score_params": "code_weight=0.5", "threshold_params": PARAMETER_EXAMPLE}
_READ_LATER = ("normal_label",)  # as the label column has it


def detector_parameters(typed: Mapping[str, Any]) -> dict[str, Any]:
    """Turn what was typed into the detector's parameters.

    Parameters
    ----------
    typed : mapping from str to object
        Under the detector's names, what the parser made of the flags; None for a flag that was not typed.

    Returns
    -------
    dict
        The parameters to set.

    Raises
    ------
    WrongUse
        A ``name=value`` cannot be read.

    Examples
    --------
    >>> detector_parameters({"contamination": None, "threshold_params": ["q=0.9"], "n_members": 3})
    {'n_members': 3, 'threshold_params': {'q': 0.9}}
    """
    chosen = {}
    for name, flag in DETECTOR_FLAGS.items():
        value = typed.get(name)
        if value is None or name in _READ_LATER or (name in _EXAMPLES and not value):
            continue
        chosen[name] = named_numbers(flag, value, _EXAMPLES[name]) if name in _EXAMPLES else value
    return chosen
