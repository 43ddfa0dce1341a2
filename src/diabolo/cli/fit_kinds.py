"""The kinds of autoencoder that ``diabolo fit`` trains, and which flags each has."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from diabolo.cli.fit_flags import FLAGS
from diabolo.cli.wrong_use import WrongUse
from diabolo.errors import nearest_name

__all__ = ["KINDS", "check_kind", "estimator_of"]

KINDS: dict[str, str] = {
    "dense": "Autoencoder",
    "denoising": "DenoisingAutoencoder",
    "sparse": "SparseAutoencoder",
    "variational": "VariationalAutoencoder",
    "convolutional": "ConvolutionalAutoencoder",
}
"""What is typed, and the estimator that is meant."""

_FOREIGN_NAMES = {
    "plain": "dense",
    "autoencoder": "dense",
    "vae": "variational",
    "dae": "denoising",
    "denoiser": "denoising",
    "conv": "convolutional",
    "cnn": "convolutional",
    "sae": "sparse",
}


def check_kind(kind: str) -> None:
    """Refuse a kind that there is not.

    Parameters
    ----------
    kind : str
        As typed.

    Raises
    ------
    WrongUse
        Naming those that there are.
    """
    if kind not in KINDS:
        raise WrongUse(
            f"--kind {kind} is not possible; expected one of {', '.join(KINDS)}."
            f"{nearest_name(kind, KINDS, _FOREIGN_NAMES)}"
        )


def estimator_of(kind: str, chosen: Iterable[str]) -> Any:
    """Find a kind's estimator, and refuse parameters that it does not have.

    Parameters
    ----------
    kind : str
        One of ``KINDS``.
    chosen : iterable of str
        Names of the parameters that were typed.

    Returns
    -------
    type
        The estimator's class.

    Raises
    ------
    WrongUse
        Naming the kinds that have such a flag.
    """
    import diabolo

    classes = {known: getattr(diabolo, name) for known, name in KINDS.items()}
    parameters = {known: set(cls._get_param_names()) for known, cls in classes.items()}
    for name in chosen:
        if name not in parameters[kind]:
            others = [known for known in KINDS if name in parameters[known]]
            raise WrongUse(
                f"{FLAGS[name]} means nothing to --kind {kind}; leave it out, or say --kind "
                f"{' or '.join(others)}."
            )
    return classes[kind]
