"""A schedule of the user's own: a function of the step's number, from 0, to its learning rate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from diabolo.core.own_call import OwnCall
from diabolo.errors import ParameterError
from diabolo.messages import setting

if TYPE_CHECKING:
    from jaxtyping import Float64, Int

__all__ = ["OwnSchedule"]


class OwnSchedule(OwnCall):
    """A schedule of the user's own.

    Parameters
    ----------
    function : callable
        From the number of a step to its learning rate; where JAX cannot trace it, it is called with each
        number.

    Examples
    --------
    >>> OwnSchedule(lambda step: 0.5 ** (step + 1)).rates(np.arange(3)).tolist()
    [0.5, 0.25, 0.125]
    """

    def __init__(self, function: Any) -> None:
        super().__init__(function)
        self._together: Any = None

    def rates(self, steps: Int[np.ndarray, " steps"]) -> Float64[np.ndarray, " steps"]:
        """Work out the learning rate of each step.

        Parameters
        ----------
        steps : array of int
            Numbers, from 0.

        Returns
        -------
        array of float64

        Raises
        ------
        ParameterError
            For what is no rate.
        """
        if self._together is None:
            self._together = self._traced() or self._one_by_one
        found = np.asarray(self._together(np.asarray(steps, np.int32)), np.float64)
        wrong = np.flatnonzero(~(np.isfinite(found) & (found >= 0)))
        if wrong.size:
            raise ParameterError(self._refused(int(steps[wrong[0]]), f"{found[wrong[0]]:g}"))
        return found

    def _traced(self) -> Any:
        """Return the function compiled for many steps at once, or None where it goes by their numbers."""
        try:
            found = jax.eval_shape(self.function, jax.ShapeDtypeStruct((), np.int32))
        except Exception:
            return None
        if getattr(found, "shape", None) != () or found.dtype.kind not in "fiu":
            return None
        return jax.jit(lambda steps: jax.vmap(lambda step: jnp.asarray(self.function(step)))(steps))

    def _one_by_one(self, steps: Int[np.ndarray, " steps"]) -> list[float]:
        rates = []
        for step in map(int, steps):
            try:
                found = self.function(step)
            except Exception as problem:
                said = f"{type(problem).__name__}: {' '.join(str(problem).split())}".removesuffix(".")
                raise ParameterError(f"{_NAMED}, called with step {step}, raises {said}.") from problem
            if np.shape(found) != () or getattr(np.asarray(found).dtype, "kind", "") not in "fiu":
                raise ParameterError(self._refused(step, f"{type(found).__name__}: {found!r}"[:80]))
            rates.append(float(found))
        return rates

    def _refused(self, step: int, found: str) -> str:
        return f"{_NAMED}, called with step {step}, gives {found}; expected a learning rate, 0 or more."


_NAMED = f"the schedule of your own, {setting('learning_rate_schedule')}"
