"""What estimators answer to names that other libraries have for their arguments, methods and attributes."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from diabolo.errors import ParameterError
from diabolo.parameters.foreign_arguments import argument_hint, attribute_hint

if TYPE_CHECKING:
    from typing import Self

    from sklearn.base import BaseEstimator as _Estimator
else:
    _Estimator = object

__all__ = ["ForeignNames"]

# Methods that are there with some parameters only.
_NEEDS = {
    "predict": "supervision_weight above 0, and a target in fit, or the rows as their own target, fit(X, X); "
    "reconstruct(X) gives rows again",
    "predict_proba": "supervision_weight above 0, and classes in fit",
    "sample": "a Gaussian bottleneck, such as VariationalAutoencoder has",
}


class ForeignNames(_Estimator):
    """An estimator whose errors say what an argument or attribute is called here.

    The errors of what is not there are Python's own, TypeError and AttributeError, so that ``hasattr``,
    copies, pickles and scikit-learn see nothing of it.
    """

    def __init_subclass__(cls, **more: Any) -> None:
        """Have the constructor and the methods that the class brings name what was meant."""
        for name, function in list(vars(cls).items()):
            if inspect.isfunction(function) and (name == "__init__" or not name.startswith("_")):
                setattr(cls, name, _with_hints(function))
        super().__init_subclass__(**more)

    def set_params(self, **parameters: Any) -> Self:
        """Set parameters by their names.

        Parameters
        ----------
        **parameters
            Of the constructor; of an estimator that is one of them, by ``NAME__PARAMETER``.

        Returns
        -------
        self

        Raises
        ------
        ParameterError
            There is none of such a name.
        """
        known = type(self)._get_param_names()
        unknown = next((name for name in parameters if name.partition("__")[0] not in known), None)
        if unknown is not None:
            owner = type(self).__name__
            hint = argument_hint(owner, "", unknown, parameters[unknown], known)
            raise ParameterError(
                f"{owner} has no parameter {unknown!r}; get_params() has those that there are.{hint}"
            )
        return super().set_params(**parameters)

    def __getattr__(self, name: str) -> Any:
        """Refuse what there is not, and say what was probably meant."""
        owner = type(self).__name__
        if not name.startswith("_"):
            if inspect.getattr_static(type(self), name, None) is not None:
                try:
                    return object.__getattribute__(
                        self, name
                    )  # Python comes here first, and drops the reason
                except AttributeError as problem:
                    if name not in _NEEDS:
                        raise
                    raise AttributeError(f"{problem}: it needs {_NEEDS[name]}.") from None
            raise AttributeError(_Missing(self, name))
        raise AttributeError(f"{owner!r} object has no attribute {name!r}")


class _Missing:
    """The words for an attribute that is not there: sought when they are read, as ``hasattr`` reads none."""

    def __init__(self, owner: Any, name: str) -> None:
        self.owner, self.name = owner, name

    def __str__(self) -> str:
        owner, name = self.owner, self.name
        # Not dir(owner), by which scikit-learn asks for every attribute.
        hint = attribute_hint(name, lambda: {*dir(type(owner)), *vars(owner)})
        return f"{type(owner).__name__!r} object has no attribute {name!r}" + (f".{hint}" if hint else "")

    def __repr__(self) -> str:
        return repr(str(self))

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        return str, (str(self),)


def _with_hints(function: Callable[..., Any]) -> Callable[..., Any]:
    code = inspect.unwrap(function).__code__
    if code.co_flags & inspect.CO_VARKEYWORDS:
        return function
    takes = frozenset(code.co_varnames[1 : code.co_argcount + code.co_kwonlyargcount])
    if not takes:
        return function
    method = "" if function.__name__ == "__init__" else function.__name__

    @functools.wraps(function)
    def checked(self: Any, *positional: Any, **named: Any) -> Any:
        if not named.keys() <= takes:
            unknown = next(name for name in named if name not in takes)
            parameters = () if not method else type(self)._get_param_names()
            owner = type(self).__name__
            hint = argument_hint(owner, method, unknown, named[unknown], takes, parameters)
            called = f"{owner}.{method}()" if method else f"{owner}()"
            raise TypeError(f"{called} got an unexpected keyword argument {unknown!r}.{hint}")
        return function(self, *positional, **named)

    return checked
