"""What is of columns of numbers refuses estimators with categories: the one sentence for all of it."""

from __future__ import annotations

from typing import Any

from diabolo.errors import ParameterError
from diabolo.messages import setting

__all__ = ["refuse_categories"]


def refuse_categories(estimator: Any, what: str) -> None:
    """Refuse an estimator that takes columns for categories.

    Parameters
    ----------
    estimator : estimator
        Any.
    what : str
        What takes numbers alone, as the message begins.

    Raises
    ------
    ParameterError
        It has ``categories``.

    Examples
    --------
    >>> from diabolo import Autoencoder
    >>> refuse_categories(Autoencoder(categories=["colour"]), "a sweep")
    Traceback (most recent call last):
    diabolo.errors.ParameterError: a sweep is of columns of numbers, and ...
    """
    categories = getattr(estimator, "categories", None)
    if categories is not None:
        raise ParameterError(
            f"{what} is of columns of numbers, and the {type(estimator).__name__} has "
            f"{setting('categories', categories)}; leave these columns out, or give them as numbers."
        )
