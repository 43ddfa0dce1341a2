"""What a variational autoencoder does more: make new rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.core.bottlenecks import Gaussian
from diabolo.estimators._sklearn import available_if, check_is_fitted, check_random_state
from diabolo.parameters.checks import refuse_unless
from diabolo.parameters.kinds import whole

if TYPE_CHECKING:
    from jaxtyping import Float32

__all__ = ["GenerativeMixin"]


def _is_gaussian(estimator: Any) -> bool:
    if hasattr(estimator, "bottleneck_"):
        return isinstance(estimator.bottleneck_, Gaussian)
    own = getattr(estimator, "bottleneck", "plain")
    return bool(estimator._choices().get("bottleneck", own) == "gaussian")


class GenerativeMixin:
    """The methods of an autoencoder whose codes have a prior."""

    n_components_: int
    inverse_transform: Any

    @available_if(_is_gaussian)
    def sample(
        self, n_samples: int = 1, random_state: int | np.random.RandomState | None = None
    ) -> Float32[np.ndarray, "n_samples n_features"]:
        """Make new rows: decode codes drawn from the prior, a standard normal distribution.

        There is no such method without a Gaussian bottleneck.

        Parameters
        ----------
        n_samples : int, default 1
            How many, 1 or more.
        random_state : int, RandomState instance or None, default None
            Seed of the codes.

        Returns
        -------
        ndarray of shape (n_samples, n_features), float32
            Rows, in the units of ``fit``: the decoder's means.
        """
        check_is_fitted(self)
        refuse_unless(type(self).__name__, "n_samples", n_samples, whole())
        codes = check_random_state(random_state).standard_normal((n_samples, self.n_components_))
        return self.inverse_transform(codes)
