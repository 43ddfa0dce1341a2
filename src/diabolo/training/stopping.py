"""Early stopping: when to stop, and which epoch was the best."""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["EarlyStopping"]


@dataclass
class EarlyStopping:
    """Watches a loss that should fall.

    Parameters
    ----------
    n_iter_no_change : int
        Epochs to wait.
    tol : float
        Share of the loss that last ended the wait by which a new one must be lower to end it again.

    Examples
    --------
    >>> stopping = EarlyStopping(n_iter_no_change=2, tol=0.0)
    >>> [stopping.observe(epoch, loss) for epoch, loss in enumerate([3.0, 2.0, 2.5, 2.1], start=1)]
    [True, True, False, False]
    >>> stopping.best_epoch, stopping.should_stop
    (2, True)
    """

    n_iter_no_change: int
    tol: float
    best_epoch: int = 0
    best_loss: float = math.inf
    _reference: float = math.inf
    _waited: int = 0

    def observe(self, epoch: int, loss: float) -> bool:
        """Take an epoch's loss and say whether it is the lowest so far."""
        if loss < self._reference - self.tol * abs(
            self._reference if math.isfinite(self._reference) else 0.0
        ):
            self._reference = loss
            self._waited = 0
        else:
            self._waited += 1
        if loss < self.best_loss:
            self.best_epoch, self.best_loss = epoch, loss
            return True
        return False

    @property
    def should_stop(self) -> bool:
        """Whether the wait is over."""
        return self._waited >= self.n_iter_no_change
