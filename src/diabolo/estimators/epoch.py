"""An epoch, as a function of ``callbacks`` is given it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from diabolo.estimators._sklearn import NotFittedError

__all__ = ["Epoch"]


@dataclass(frozen=True)
class Epoch:
    """One epoch of a fit, when it is over: what each function of ``callbacks`` is called with.

    Parameters
    ----------
    estimator : estimator
        Being fitted; before the end of its fit it knows nothing of it.
    number : int
        From 1, within its training.
    max_epochs : int
        How many the training has at the most.
    training : str
        Which training it is of. ``"fit"`` or ``"partial_fit"`` where that is one. A fit that chooses its
        length has ``"choice of the length"``, of whose epochs it tells when held-out rows have been measured,
        every 200 steps or more, and then ``"all rows"``; pretraining has
        ``"pretraining of pair 1"`` and so on, then ``"whole network"``; a detector's say which rows and which
        networks.
    figures : dict of str to float
        What was measured of it, by the names that it has in ``history_``.
    made : callable, optional
        Makes what `fitted` returns, where it can be made.

    See Also
    --------
    Autoencoder, AutoencoderDetector

    Examples
    --------
    >>> from diabolo import Autoencoder
    >>> from diabolo.datasets import load_digits
    >>> X, _ = load_digits()
    >>> def enough(epoch):
    ...     return epoch.loss < 0.2
    >>> autoencoder = Autoencoder(8, max_epochs=50, callbacks=[enough], random_state=0).fit(X)
    >>> autoencoder.n_epochs_ < 50
    True
    """

    estimator: Any
    number: int
    max_epochs: int
    training: str
    figures: dict[str, float]
    made: Callable[[], Any] | None = field(default=None, repr=False)

    @property
    def loss(self) -> float:
        """What is minimized: a mean over the training rows, as their batches met them."""
        return self.figures["loss"]

    @property
    def validation_loss(self) -> float | None:
        """The same of held-out rows; None where none were measured after this epoch."""
        return self.figures.get("validation_loss")

    def fitted(self) -> Any:
        """Make a copy of the estimator that is fitted as far as training is: ready to encode, score and save.

        It has the parameters of the epoch that is over when it is called, also where the best epoch's will be
        kept in the end, and no callbacks.

        Returns
        -------
        estimator

        Raises
        ------
        NotFittedError
            Where there is no whole one: while layers are pretrained, in a detector, whose networks become one
            at the end of its fit, and in a cluster of several processes.
        """
        if self.made is None:
            raise NotFittedError(
                f"{type(self.estimator).__name__}: within {self.training!r} there is no whole estimator to "
                "look at; it is there when fit is done."
            )
        return self.made()
