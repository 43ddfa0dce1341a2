"""Losses: the distance of the output from the row, cell by cell and unreduced."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from diabolo.core.layers import activate
from diabolo.core.own_loss import OwnLoss

if TYPE_CHECKING:
    from jax import Array
    from jaxtyping import Float

    Cells = Float[Array, "rows features"]

__all__ = ["LOSSES", "Loss", "cell_losses"]


class Loss(NamedTuple):
    """A loss: from residuals, or from logits and targets, to what each cell costs.

    Parameters
    ----------
    cells : callable
        Of the residual, or of the output before its activation and the target; then of its settings by name.
    settings : tuple of str
        Their names, which are those of the estimators' parameters.
    of_logits : bool
        Which of the two it is of.
    """

    cells: Callable[..., Any]
    settings: tuple[str, ...] = ()
    of_logits: bool = False


def cell_losses(
    loss: str | OwnLoss,
    output: Cells,
    target: Cells,
    output_activation: str,
    **settings: Any,
) -> Cells:
    """Measure the loss of every cell.

    With r = prediction - target, the prediction being the activated output::

        squared_error         r^2
        absolute_error        |r|
        huber                 r^2 / 2 where |r| <= delta, else delta (|r| - delta / 2)
        binary_cross_entropy  max(z, 0) - z t + log(1 + exp(-|z|)), on the logit z

    The last one equals ``-t log p - (1 - t) log(1 - p)`` with p the sigmoid of z, and is finite for any
    finite z.

    Parameters
    ----------
    loss : {"squared_error", "absolute_error", "huber", "binary_cross_entropy"} or OwnLoss
        Which one.
    output : array of shape (rows, features)
        The network's output before its activation.
    target : array of shape (rows, features)
        What it should have been; within [0, 1] for the cross-entropy.
    output_activation : str
        The output's activation; must be ``"sigmoid"`` for the cross-entropy.
    **settings
        The loss's own: ``huber_delta``, where Huber's turns from a square to a line, in scaled units.

    Returns
    -------
    array of shape (rows, features)

    References
    ----------
    P. J. Huber, Robust estimation of a location parameter, Annals of Mathematical Statistics 35, 1964.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> float(cell_losses("binary_cross_entropy", jnp.array([[1000.0]]), jnp.array([[0.0]]), "sigmoid")[0, 0])
    1000.0
    """
    if isinstance(loss, OwnLoss):
        return loss.cells(activate(output_activation, output), target)
    cells, _, of_logits = LOSSES[loss]
    if of_logits:
        return cells(output, target, **settings)
    return cells(activate(output_activation, output) - target, **settings)


def _squared_error(residual: Cells) -> Cells:
    return residual * residual


def _absolute_error(residual: Cells) -> Cells:
    # max(r, -r) is |r| with derivative 0 at 0, where JAX's |r| has 1.
    return lax.max(residual, -residual)


def _huber(residual: Cells, huber_delta: Any = 1.0) -> Cells:
    size = _absolute_error(residual)
    return jnp.where(size <= huber_delta, 0.5 * residual * residual, huber_delta * (size - 0.5 * huber_delta))


@jax.custom_jvp
def _cross_entropy(logit: Cells, target: Cells) -> Cells:
    return jnp.maximum(logit, 0) - logit * target + lax.log1p(lax.exp(-lax.abs(logit)))


# Term by term the derivative takes three divisions and as many comparisons a cell; whole, it is this.
@_cross_entropy.defjvp
def _cross_entropy_jvp(primals: tuple[Array, Array], tangents: tuple[Array, Array]) -> tuple[Array, Array]:
    (logit, target), (logit_tangent, target_tangent) = primals, tangents
    slope = lax.logistic(logit) - target
    return _cross_entropy(logit, target), slope * logit_tangent - logit * target_tangent


LOSSES: dict[str, Loss] = {
    "squared_error": Loss(_squared_error),
    "absolute_error": Loss(_absolute_error),
    "huber": Loss(_huber, ("huber_delta",)),
    "binary_cross_entropy": Loss(_cross_entropy, of_logits=True),
}
"""Name to loss."""
