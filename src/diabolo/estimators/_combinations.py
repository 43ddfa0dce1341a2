"""What cannot go together: one sentence for each pair, said before any row is looked at."""

from __future__ import annotations

import warnings
from typing import Any

from diabolo.errors import OvercompleteWarning, ParameterError
from diabolo.estimators._choices import Choices, choices_of
from diabolo.messages import either, setting
from diabolo.parameters.checks import check_parameters

__all__ = ["check_combination", "checked_choices", "warn_about_width"]

_RESTRAINING = ("l1_sparsity", "kl_sparsity", "contractive")


def checked_choices(estimator: Any) -> Choices:
    """Gather an estimator's choices, each possible by itself and all of them together.

    Parameters
    ----------
    estimator : estimator
        Any of Diabolo's.

    Returns
    -------
    Choices

    Raises
    ------
    ParameterError
        For the first that cannot be.
    """
    check_parameters(type(estimator).__name__, estimator.PARAMETERS, estimator.get_params(deep=False))
    choices = choices_of(estimator)
    # Each of these looks at a dictionary's entries.
    _ = choices.noise_settings, choices.bottleneck_settings, choices.training_settings(seed=0)
    check_combination(choices)
    return choices


def check_combination(choices: Choices) -> None:
    """Refuse choices that contradict each other.

    Parameters
    ----------
    choices : Choices
        Each possible by itself.

    Raises
    ------
    ParameterError
        Saying which two cannot go together, why, and what to do.
    """
    for problem in _contradictions(choices):
        raise ParameterError(f"{choices.owner}: {problem}")


def _contradictions(choices: Choices) -> list[str]:
    problems = []
    penalty = choices.penalty or {}
    own = choices.encoder is not None or choices.decoder is not None
    if choices.loss == "binary_cross_entropy" and choices.output_activation not in ("auto", "sigmoid"):
        problems.append(
            f"{setting('loss', 'binary_cross_entropy')} needs {setting('output_activation', 'sigmoid')} "
            f"(or 'auto'), got {choices.output_activation!r}; the loss is taken from the sigmoid's logits."
        )
    if choices.bottleneck == "gaussian" and choices.code_activation not in ("linear", "auto"):
        problems.append(
            f"a Gaussian bottleneck needs {setting('code_activation', 'linear')}, got "
            f"{choices.code_activation!r}; its means and log-variances can be any number."
        )
    if "kl_sparsity" in penalty:
        problems += _sparsity_contradictions(choices)
    if choices.bottleneck == "topk":
        k, width = choices.bottleneck_settings["k"], choices.n_components
        if not k:
            needed = either("bottleneck_params={'k': ...}", "--bottleneck-param k=N")
            problems.append(
                f"{setting('bottleneck', 'topk')} needs to know how many numbers to keep; set {needed}."
            )
        elif width is not None and k > width:
            kept = setting("k", int(k))
            problems.append(f"{kept} numbers cannot be kept of a code of {setting('n_components', width)}.")
    if (choices.encoder is None) != (choices.decoder is None):
        missing = "encoder" if choices.encoder is None else "decoder"
        problems.append(
            f"{missing}=None, but an encoder and a decoder of your own go together; pass both or neither."
        )
    if own and choices.tied_weights:
        problems.append(
            f"{setting('tied_weights', True)} needs Diabolo's own layers; an encoder and a decoder of your "
            f"own share nothing. Set {setting('tied_weights', False)}."
        )
    if own and choices.pretrain is not None:
        problems.append(
            f"{setting('pretrain', 'layerwise')} needs Diabolo's own layers; it cannot see those of your "
            f"encoder. Set {setting('pretrain', None)}."
        )
    return problems


def _sparsity_contradictions(choices: Choices) -> list[str]:
    if choices.bottleneck == "gaussian":
        return [
            "penalty 'kl_sparsity' needs a code between 0 and 1, which a Gaussian bottleneck's is not; "
            "leave one of them."
        ]
    if choices.bottleneck == "topk":
        return [
            f"penalty 'kl_sparsity' and {setting('bottleneck', 'topk')} both decide how many units are "
            "active; leave one of them."
        ]
    if choices.code_activation not in ("sigmoid", "tanh"):
        return [
            "penalty 'kl_sparsity' compares mean activations with a probability and needs "
            f"{setting('code_activation', 'sigmoid')}, or 'tanh' (mapped by (1 + code) / 2), got "
            f"{choices.code_activation!r}."
        ]
    return []


def warn_about_width(choices: Choices, n_components: int, n_features: int) -> None:
    """Warn about a code wider than its input where nothing keeps it from copying.

    Parameters
    ----------
    choices : Choices
        Checked.
    n_components, n_features : int
        Widths of the code and of a row.
    """
    # A convolution's maps are as wide as they are; nobody asked for a width.
    if n_components <= n_features or choices.n_components is None:
        return
    is_restrained = choices.noise is not None or choices.bottleneck != "plain"
    if is_restrained or any((choices.penalty or {}).get(name, 0) > 0 for name in _RESTRAINING):
        return
    rows = either(f"n_features = {n_features} of X", f"{n_features} columns of the data")
    cure = either(
        "noise, penalty={'kl_sparsity': ...}, 'l1_sparsity' or 'contractive', or a 'topk' bottleneck",
        "--noise, or --penalty kl_sparsity=X, l1_sparsity=X or contractive=X",
    )
    message = OvercompleteWarning(
        f"{choices.owner}: a code of {setting('n_components', n_components)} is wider than the {rows} and "
        f"can copy its input, learning nothing. Ask for fewer, or give it something that forbids copying: "
        f"{cure}."
    )
    warnings.warn(message, stacklevel=5)
