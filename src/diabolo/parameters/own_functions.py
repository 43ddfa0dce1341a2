"""Functions of the user's own among the parameters: told apart, named, and those that are lost."""

from __future__ import annotations

import functools
from typing import Any

from diabolo.errors import ParameterError
from diabolo.messages import setting

__all__ = ["PLACES", "AbsentFunction", "function_path", "is_optimizer", "made_by"]

PLACES = ("loss", "penalty", "optimizer", "learning_rate_schedule")
"""The parameters that take one; that of ``penalty`` stands there in the place of a name."""


class AbsentFunction:
    """What stands for a function that a model was trained with and that its file names, and does not hold.

    The model is applied without it; training asks for it.

    Parameters
    ----------
    path : str
        Where it was to be found: text for people, never followed.
    """

    def __init__(self, path: str) -> None:
        self.path = path

    def __call__(self, *_: Any, **__: Any) -> Any:
        """Say that it is not here."""
        raise ParameterError(f"{self.path} is code, which did not come with the model's file")

    def __repr__(self) -> str:
        return f"<{self.path}, not in the file>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AbsentFunction) and other.path == self.path

    def __hash__(self) -> int:
        return hash(self.path)

    def refusal(self, place: str) -> str:
        """Say how training can have it back as the parameter of a name."""
        call = (
            f"set_params({place}={{{self.path}: ...}})" if place == "penalty" else f"set_params({place}=...)"
        )
        return (
            f"{setting(place)} was {self.path}, a function of your own. It is code, and a model file never "
            f"holds code: encoding, rebuilding and scoring do not need it, training does. Give it back "
            f"by {call}."
        )


def is_optimizer(value: Any) -> bool:
    """Whether a value is an optimizer in the way of ``optax``: a pair of functions ``init`` and ``update``.

    Examples
    --------
    >>> is_optimizer("adam")
    False
    """
    return callable(getattr(value, "init", None)) and callable(getattr(value, "update", None))


def made_by(function: Any) -> Any:
    """Return what a partial function calls, a class for its instance, and anything else as it is."""
    while isinstance(function, functools.partial):
        function = function.func
    if is_optimizer(function) and not hasattr(function, "__qualname__"):
        function = function.init
    return function if hasattr(function, "__qualname__") else type(function)


def function_path(function: Any) -> str:
    """Say where a function is to be found, for people.

    Examples
    --------
    >>> function_path(is_optimizer)
    'diabolo.parameters.own_functions.is_optimizer'
    """
    if isinstance(function, AbsentFunction):
        return function.path
    made = made_by(function)
    return f"{made.__module__}.{made.__qualname__}"
