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
        half = n_features // 2
        output, target = (jnp.asarray(_tried(n_features, step)) for step in (0.618034, 0.414214))
        try:
            self.check(half)
            whole = np.asarray(self.cells(output, target))
            parts = [
                np.asarray(self.cells(output[:, part], target[:, part]))
                for part in (slice(half), slice(half, None))
            ]
        except Exception:  # Whatever it is, it is one of whole rows.
            return False
        given = whole[:, :half], whole[:, half:]
        # Numbers below 0 may be none for it; those between 0 and 1 must be, or nothing is found out.
        return bool(np.isfinite(whole[0]).all()) and all(
            np.allclose(one, other, rtol=1e-5, atol=1e-6, equal_nan=True)
            for one, other in zip(parts, given, strict=True)
        )


def _tried(n_features: int, step: float) -> Float[np.ndarray, "2 features"]:
    """Make a row of numbers between 0 and 1, and one about 0, of which no part is like another.

    They grow along the row, so that what is summed or averaged over a part shows.
    """
    place = np.arange(n_features)
    even = 0.05 + 0.9 * (place * step % 1.0)
    return np.stack([even, 4 * even - 2]).astype(np.float32) * (0.1 + 0.9 * place / n_features).astype(
        np.float32
    )
