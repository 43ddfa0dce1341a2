"""The variational autoencoder."""

from __future__ import annotations

from typing import Any

from diabolo.estimators._base import AutoencoderBase
from diabolo.parameters.families import VariationalParameters
from diabolo.parameters.parameter import documented

__all__ = ["VariationalAutoencoder"]


@documented
class VariationalAutoencoder(AutoencoderBase, VariationalParameters):
    """An autoencoder of dense layers whose code is a distribution, and that can make new rows.

    The encoder gives a mean and a variance for each number of the code; the decoder sees a draw from that
    normal distribution. The divergence from a standard normal prior is charged, so draws from the prior
    decode to rows like those of ``fit``. ``transform`` gives the mean.

    The fitted attributes are those of :class:`Autoencoder`; ``history_`` has ``kl_divergence``, in nats a row
    and before its weight. Held-out rows are measured with the mean as their code.

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

    def _choices(self) -> dict[str, Any]:
        settings = {"beta": self.beta, "warmup_epochs": self.warmup_epochs}
        return {"bottleneck": "gaussian", "bottleneck_params": settings}
