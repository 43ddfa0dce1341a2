"""The variational autoencoder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from diabolo.estimators._base import AutoencoderBase, store_parameters

if TYPE_CHECKING:
    import numpy as np

__all__ = ["VariationalAutoencoder"]


class VariationalAutoencoder(AutoencoderBase):
    """An autoencoder of dense layers whose code is a distribution, and that can make new rows.

    The encoder gives a mean and a variance for each number of the code; the decoder sees a draw from that
    normal distribution. The divergence from a standard normal prior is charged, so draws from the prior
    decode to rows like those of ``fit``. ``transform`` gives the mean.

    Parameters
    ----------
    n_components : int, default 2
        Width of the code.
    beta : float, default 1.0
        Weight of the divergence from the prior, 0 or more. At 1, loss and divergence together are the
        variational bound, a feature's share of it, for ``loss="binary_cross_entropy"``; and for
        ``"squared_error"`` the bound with a normal noise of variance 1/2 in scaled units (variance v: beta =
        2 v).
    warmup_epochs : float, default 0
        Epochs over which the divergence comes to be charged in full, from nothing; ``loss`` in ``history_``
        counts the share that is charged. Held-out rows are charged in full from the start.
    hidden_layer_sizes : tuple of int, default (32,)
        Widths of the encoder's hidden layers; the decoder mirrors them.
    noise : float, dict or None, default None
        As in :class:`DenoisingAutoencoder`.
    activation, output_activation, tied_weights, initializer, loss, huber_delta, penalty, \
supervision_weight, supervision, scale, missing, optimizer, optimizer_params, learning_rate, \
learning_rate_schedule, schedule_params, max_gradient_norm, batch_size, max_epochs, shuffle, \
validation_fraction, early_stopping, n_iter_no_change, tol, random_state, device, max_memory, \
verbose
        As in :class:`Autoencoder`, whose fitted attributes this has too. ``history_`` has ``kl_divergence``,
        in nats a row and before its weight. Held-out rows are measured with the mean as their code.

    References
    ----------
    D. P. Kingma and M. Welling, Auto-encoding variational Bayes, ICLR 2014. I. Higgins et al., beta-VAE:
    learning basic visual concepts with a constrained variational framework, ICLR 2017.

    Examples
    --------
    >>> from diabolo import VariationalAutoencoder
    >>> from diabolo.datasets import load_digits
    >>> X, _ = load_digits()
    >>> variational = VariationalAutoencoder(2, loss="binary_cross_entropy", max_epochs=5, random_state=0)
    >>> variational.fit(X).sample(10, random_state=0).shape
    (10, 64)
    """

    def __init__(
        self,
        n_components: int = 2,
        *,
        beta: float = 1.0,
        warmup_epochs: float = 0.0,
        hidden_layer_sizes: tuple[int, ...] = (32,),
        activation: str = "relu",
        output_activation: str = "auto",
        tied_weights: bool = False,
        initializer: str = "glorot_uniform",
        noise: float | Mapping[str, Any] | None = None,
        loss: str = "squared_error",
        huber_delta: float = 1.0,
        penalty: Mapping[str, float] | None = None,
        supervision_weight: float = 0.0,
        supervision: str = "auto",
        scale: str | None = None,
        missing: str = "error",
        optimizer: str = "adam",
        optimizer_params: Mapping[str, float] | None = None,
        learning_rate: float = 1e-3,
        learning_rate_schedule: str = "constant",
        schedule_params: Mapping[str, float] | None = None,
        max_gradient_norm: float | None = None,
        batch_size: int = 32,
        max_epochs: int = 100,
        shuffle: bool = True,
        validation_fraction: float | None = None,
        early_stopping: bool = False,
        n_iter_no_change: int = 10,
        tol: float = 1e-4,
        random_state: int | np.random.RandomState | None = None,
        device: str | None = None,
        max_memory: int | str | None = None,
        verbose: int | str = 0,
    ) -> None:
        store_parameters(self, locals())

    def _choices(self) -> dict[str, Any]:
        settings = {"beta": self.beta, "warmup_epochs": self.warmup_epochs}
        return {"bottleneck": "gaussian", "bottleneck_params": settings}
