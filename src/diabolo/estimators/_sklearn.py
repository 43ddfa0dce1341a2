"""scikit-learn's base classes, imported without the heavy packages that they never call here.

scikit-learn and SciPy import some packages as a whole for a few functions that estimators here never call,
and that costs more than a small fit takes. While scikit-learn's base is imported, a stand-in takes the place
of each; it imports the real one when it is first asked for something, and is taken out of the import system
again.
See docs/decisions/0005-import-time.md.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import sys
import types
from collections.abc import Iterator, Mapping
from typing import Any

__all__ = [
    "BaseEstimator",
    "ClassNamePrefixFeaturesOutMixin",
    "NotFittedError",
    "OutlierMixin",
    "TransformerMixin",
    "available_if",
    "check_is_fitted",
    "check_random_state",
    "clone",
    "store_parameters",
    "validate_data",
]

_DEFERRED = ("scipy.stats", "scipy.special", "pandas", "numpy.f2py", "numpy.testing")


class _StandIn(types.ModuleType):
    """A module that is imported when it is first asked for something."""

    def __getattr__(self, attribute: str) -> Any:
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        _withdraw(self)
        return getattr(importlib.import_module(self.__name__), attribute)


def _withdraw(stand_in: _StandIn) -> None:
    """Take a stand-in out of the import system, so that the next import finds the real module."""
    name = stand_in.__name__
    if sys.modules.get(name) is stand_in:
        del sys.modules[name]
    parent, _, child = name.rpartition(".")
    if parent and vars(sys.modules[parent]).get(child) is stand_in:
        delattr(sys.modules[parent], child)


@contextlib.contextmanager
def _deferred_imports() -> Iterator[None]:
    stand_ins = []
    for name in _DEFERRED:
        parent, _, child = name.rpartition(".")
        package = importlib.import_module(parent) if parent else None
        if name not in sys.modules and importlib.util.find_spec(name) is not None:
            stand_in = _StandIn(name)
            sys.modules[name] = stand_in
            if package is not None:
                setattr(package, child, stand_in)
            stand_ins.append(stand_in)
    try:
        yield
    finally:
        for stand_in in stand_ins:
            _withdraw(stand_in)


with _deferred_imports():
    importlib.import_module("sklearn.base")
    importlib.import_module("sklearn.utils.validation")

from sklearn.base import (  # noqa: E402
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    OutlierMixin,
    TransformerMixin,
    clone,
)
from sklearn.exceptions import NotFittedError  # noqa: E402
from sklearn.utils import check_random_state  # noqa: E402
from sklearn.utils.metaestimators import available_if  # noqa: E402
from sklearn.utils.validation import check_is_fitted, validate_data  # noqa: E402


def store_parameters(estimator: Any, given: Mapping[str, Any]) -> None:
    """Store a constructor's parameters under their own names, as scikit-learn wants them: as they are.

    Parameters
    ----------
    estimator : estimator
        Being constructed.
    given : mapping
        The constructor's ``locals()``.
    """
    for name, value in given.items():
        if name not in ("self", "__class__"):
            setattr(estimator, name, value)
