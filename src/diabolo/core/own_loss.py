"""A loss of the user's own: a function of one row's output and target, unreduced."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
import numpy as np

from diabolo.core.own_call import OwnCall, said_of
from diabolo.errors import ParameterError

if TYPE_CHECKING:
    from jax import Array
    from jaxtyping import Float

    Cells = Float[Array, "rows features"]

__all__ = ["OwnLoss"]


class OwnLoss(OwnCall):
    """A loss of the user's own.

    Parameters
    ----------
    function : callable
        Of the output after its activation and the target, both of shape (features,), to what each feature
        costs, of the same shape.

    Examples
    --------
    >>> loss = OwnLoss(lambda output, target: jnp.abs(output - target))
    >>> loss.cells(jnp.zeros((2, 3)), jnp.ones((2, 3))).tolist()
    [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]]
    """

    def cells(self, output: Cells, target: Cells) -> Cells:
        """Measure the loss of every cell of a batch."""
        return jax.vmap(self.function)(output, target).astype(output.dtype)

    def check(self, n_features: int) -> None:
        """Refuse a function that is none of JAX arrays, or gives something else, without computing anything.

        Parameters
        ----------
        n_features : int
            Of a row.

        Raises
        ------
        ParameterError
            Saying what it gives instead.
        """
        row = jax.ShapeDtypeStruct((n_features,), np.float32)
        try:
            found = jax.eval_shape(self.function, row, row)
        except Exception as problem:
            raise ParameterError(said_of(problem)) from problem
        shape = getattr(found, "shape", None)
        if shape is None:
            raise ParameterError(f"it gives {type(found).__name__}; expected one array of shape {row.shape}")
        if shape != row.shape:
            what = "one number" if shape == () else f"an array of shape {shape}"
            unreduced = ", what each feature costs, of which Diabolo takes the mean" if shape == () else ""
            raise ParameterError(
                f"it gives {what} for an output and a target of shape {row.shape}; expected an array of "
                f"shape {row.shape}{unreduced}"
            )
        if not jnp.issubdtype(found.dtype, jnp.floating):
            raise ParameterError(f"it gives numbers of the type {found.dtype}; expected floats")
        try:
            jax.eval_shape(jax.grad(lambda output, target: self.function(output, target).sum()), row, row)
        except Exception as problem:
            raise ParameterError(
                f"it cannot be differentiated by the output: {said_of(problem)}"
            ) from problem

    @functools.lru_cache(maxsize=32)  # noqa: B019 (as many as there are losses)
    def is_by_feature(self, n_features: int) -> bool:
        """Whether a feature's loss is that feature's alone, and the same function for each: it is tried.

        Only then can a wide row be gone through in blocks of its features.
        """
        n_some = n_features // 2 + 1
        output, target = (
            np.sin(np.arange(2 * n_features, dtype=np.float32) * step).reshape(2, -1) for step in (1.3, 2.1)
        )
        try:
            self.check(n_some)
            whole = np.asarray(self.cells(output, target))
            parts = [
                np.asarray(self.cells(output[:, part], target[:, part]))
                for part in (slice(n_some), slice(n_features - n_some, None))
            ]
        except Exception:  # Whatever it is, it is one of whole rows.
            return False
        given = whole[:, :n_some], whole[:, n_features - n_some :]
        return all(
            np.allclose(one, other, rtol=1e-5, atol=1e-6, equal_nan=True)
            for one, other in zip(parts, given, strict=True)
        )
