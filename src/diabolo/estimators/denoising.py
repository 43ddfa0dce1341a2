"""The denoising autoencoder, and noisy rows to try it on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.core.corruption import corruption_of
from diabolo.data.in_memory import in_memory_table, kind_of
from diabolo.errors import InputError
from diabolo.estimators._base import AutoencoderBase
from diabolo.estimators._sklearn import check_random_state
from diabolo.parameters.checks import checked_noise
from diabolo.parameters.families import DenoisingParameters
from diabolo.parameters.parameter import documented
from diabolo.training.forward import corrupt_rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jaxtyping import Float32

__all__ = ["DenoisingAutoencoder", "add_noise"]


@documented
class DenoisingAutoencoder(AutoencoderBase, DenoisingParameters):
    """An autoencoder of dense layers that learns to undo noise.

    In training the encoder sees a noisy version of each row, new at every step, and the decoder is to give
    back the clean row. ``transform`` and ``reconstruct`` add no noise: ``reconstruct`` of noisy rows cleans
    them.

    The fitted attributes are those of :class:`Autoencoder`. Held-out rows are measured clean.

    See Also
    --------
    add_noise : Noisy copies of rows, to try a fitted denoiser on.

    References
    ----------
    P. Vincent et al., Stacked denoising autoencoders: learning useful representations in a deep network with
    a local denoising criterion, JMLR 11, 2010.

    Examples
    --------
    >>> import diabolo
    >>> from diabolo.datasets import load_digits
    >>> X, _ = load_digits()
    >>> noisy = diabolo.add_noise(X, 0.3, random_state=1)
    >>> denoiser = diabolo.DenoisingAutoencoder(16, noise=0.3, max_epochs=20, random_state=0).fit(X)
    >>> cleaned = denoiser.reconstruct(noisy)
    >>> bool(((cleaned - X) ** 2).mean() < ((noisy - X) ** 2).mean() / 2)
    True
    """


def add_noise(
    X: Any,
    noise: float | Mapping[str, Any] = 0.2,
    random_state: int | np.random.RandomState | None = None,
) -> Float32[np.ndarray, " *shape"]:
    """Return a noisy copy of rows, as an autoencoder with the same ``noise`` sees them in training.

    Parameters
    ----------
    X : array-like of shape (n_rows, ...)
        Numbers: a table or images. What noise is measured in is their unit.
    noise : float or dict, default 0.2
        A number is the standard deviation of Gaussian noise. A dictionary has a ``"kind"`` and settings:
        "gaussian" (standard_deviation 0.2; clip None, "data" for the range of X, or (low, high)), "masking"
        (fraction 0.25 of the cells; fill "zero" or "mean", each column's) or "salt_and_pepper" (fraction 0.1;
        range "data" or (low, high), half of the cells each).
    random_state : int, RandomState instance or None, default None
        Seed; the same seed gives the same noise.

    Returns
    -------
    ndarray of the shape of X, float32

    Raises
    ------
    ParameterError
        For a noise that cannot be.
    InputError
        For an X that is not finite numbers.

    See Also
    --------
    DenoisingAutoencoder

    Examples
    --------
    >>> import diabolo
    >>> from diabolo.datasets import load_digits
    >>> X, _ = load_digits()
    >>> noisy = diabolo.add_noise(X, {"kind": "gaussian", "standard_deviation": 1.0, "clip": (0, 1)}, 0)
    >>> noisy.shape, float(noisy.min()), float(noisy.max())
    ((1797, 64), 0.0, 1.0)
    """
    settings = checked_noise("add_noise", noise)
    if kind_of(X) is not None or getattr(getattr(X, "dtype", None), "kind", None) in ("M", "m"):
        X = in_memory_table(X, owner="add_noise")[:]
    try:
        rows = np.asarray(X, dtype=np.float32)
    except (TypeError, ValueError) as problem:
        raise InputError(f"add_noise: X is not an array of numbers ({problem}).") from None
    if rows.ndim == 0 or not np.isfinite(rows).all():
        what = "is a single number" if rows.ndim == 0 else "has cells that are missing or infinite"
        raise InputError(f"add_noise: X {what}; expected rows of finite numbers.")
    if rows.size == 0:
        return rows.copy()
    flat = rows.reshape(len(rows), -1)
    corruption = corruption_of(
        settings, lambda: (float(flat.min()), float(flat.max())), lambda: flat.mean(axis=0, dtype=np.float64)
    )
    if corruption is None:
        return rows.copy()
    seed = int(check_random_state(random_state).randint(2**31 - 1))
    return corrupt_rows(corruption, flat, seed).reshape(rows.shape)
