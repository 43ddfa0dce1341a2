"""What functions of the user's own give for rows before the first step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from diabolo.core.layers import activate
from diabolo.core.objectives import Objective
from diabolo.core.precision import multiplied_in
from diabolo.training.compilation import prepare_compilation

if TYPE_CHECKING:
    from jaxtyping import Float

__all__ = ["Start", "values_at_start"]


class Start(NamedTuple):
    """What rows become, and what is charged for it.

    Parameters
    ----------
    output : array of shape (rows, features)
        After its activation.
    code : array of shape (rows, components)
        Theirs.
    losses, slopes : arrays of shape (rows,) and (rows, features)
        The loss of each row, and its derivative by the output before its activation.
    charged : scalar
        What the penalty gives; 0 where there is none.
    """

    output: Any
    code: Any
    losses: Any
    slopes: Any
    charged: Any


def values_at_start(network: Any, objective: Objective, rows: Float[np.ndarray, "rows features"]) -> Start:
    """Pass a few rows, and measure them.

    Parameters
    ----------
    network : Network
        As training begins with it.
    objective : Objective
        What is minimized.
    rows : array of shape (rows, features)
        Scaled.

    Returns
    -------
    Start
        Of the host's arrays.
    """
    prepare_compilation()
    objective = jax.tree.map(lambda leaf: np.asarray(leaf, np.float32), objective)
    return Start(*(np.asarray(part) for part in _compiled(network, objective, rows)))


@jax.jit
def _compiled(network: Any, objective: Objective, rows: Any) -> Start:
    with multiplied_in(None):
        code = objective.bottleneck.code(network.encode(objective.filled(rows)))
        output = network.decode(code)
        losses, back = jax.vjp(
            lambda output: objective.row_losses(output, rows, objective.shares(rows))[0], output
        )
        (slopes,) = back(jnp.ones_like(losses))
        charged = jnp.zeros(())
        if objective.own_penalty is not None:
            charged = objective.own_penalty(code, jnp.full(len(rows), 1 / len(rows)), network)
        return Start(activate(objective.output_activation, output), code, losses, slopes, charged)
