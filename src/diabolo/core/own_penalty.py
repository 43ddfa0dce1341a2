"""A penalty of the user's own: a function of the code, and of weights and the network where it asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from diabolo.core.own_call import OwnCall, asked_for, said_of
from diabolo.core.precision import weighted_sum
from diabolo.core.supervision import GuidedNetwork
from diabolo.errors import ParameterError

if TYPE_CHECKING:
    from jax import Array
    from jaxtyping import Float

__all__ = ["OwnPenalty"]


class OwnPenalty(OwnCall):
    """A penalty of the user's own.

    Parameters
    ----------
    function : callable
        Of one row's code, of shape (components,), to a number, whose mean over rows is charged. With a
        parameter ``weights`` it is of a batch's codes, (rows, components), and of each row's share in a mean,
        (rows,), which is 0 for rows that fill up the batch. With a parameter ``network`` it is handed the
        layers, too.

    Examples
    --------
    >>> penalty = OwnPenalty(lambda code: jnp.sum(jnp.abs(code)))
    >>> float(penalty(jnp.array([[1.0, -2.0], [5.0, 0.0]]), jnp.array([0.5, 0.5]), None))
    4.0
    """

    def __init__(self, function: Any) -> None:
        super().__init__(function)
        self.takes = asked_for(function, ("weights", "network"))

    @property
    def takes_network(self) -> bool:
        """Whether it looks at the layers."""
        return "network" in self.takes

    def __call__(
        self, code: Float[Array, "rows components"], weights: Float[Array, " rows"], network: Any
    ) -> Float[Array, ""]:
        """Measure a batch."""
        beside: dict[str, Any] = {}
        if self.takes_network:
            beside["network"] = network.network if isinstance(network, GuidedNetwork) else network
        if "weights" in self.takes:
            return jnp.asarray(self.function(code, weights=weights, **beside)).astype(code.dtype)
        each = jax.vmap(lambda one: self.function(one, **beside))(code).astype(code.dtype)
        found: Float[Array, ""] = weighted_sum(weights, each)
        return found

    def check(self, network: Any, n_components: int) -> None:
        """Refuse a function that is none of JAX arrays, or gives no number, without computing anything.

        Parameters
        ----------
        network : Network
            Arrays or shapes.
        n_components : int
            Width of the code.

        Raises
        ------
        ParameterError
            Saying what it gives instead.
        """
        n_rows = 3
        weights = jax.ShapeDtypeStruct((n_rows,), np.float32)
        of_batch = "weights" in self.takes
        code = jax.ShapeDtypeStruct((n_rows, n_components) if of_batch else (n_components,), np.float32)
        inner = network.network if isinstance(network, GuidedNetwork) else network
        beside = {"weights": weights} if of_batch else {}
        beside |= {"network": inner} if self.takes_network else {}
        what = f"{'codes' if of_batch else 'a code'} of shape {code.shape}"
        try:
            found = jax.eval_shape(lambda code, beside: self.function(code, **beside), code, beside)
        except Exception as problem:
            raise ParameterError(f"handed {what}, {said_of(problem)}") from problem
        shape = getattr(found, "shape", None)
        if shape != ():
            given = type(found).__name__ if shape is None else f"an array of shape {shape}"
            raise ParameterError(f"it gives {given} for {what}; expected one number")
        if not jnp.issubdtype(found.dtype, jnp.floating):
            raise ParameterError(f"it gives a number of the type {found.dtype}; expected a float")
        codes = jax.ShapeDtypeStruct((n_rows, n_components), np.float32)
        try:
            jax.eval_shape(
                jax.grad(self.__call__, (0, 2) if self.takes_network else 0), codes, weights, network
            )
        except Exception as problem:
            raise ParameterError(f"it cannot be differentiated: {said_of(problem)}") from problem
