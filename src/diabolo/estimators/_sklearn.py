"""scikit-learn's base classes, imported without the heavy packages that they never call here.

scikit-learn imports some packages as a whole for a few functions that estimators here never call, and that
costs more than a small fit takes. While its base is imported, its own files, and some of SciPy and NumPy that
they go through, are given such a package as a name that imports it when it is first asked for something. No
one else is: other threads, other files and ``sys.modules`` know nothing of it.
See docs/decisions/0005-import-time.md.
"""

from __future__ import annotations

import builtins
import contextlib
import importlib
import importlib.util
import sys
import threading
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
    "get_container_adapter",
    "store_parameters",
    "validate_data",
]

_DEFERRED = ("scipy.stats", "scipy.special", "pandas", "numpy.f2py", "numpy.testing")
# Whose imports are deferred, by the first words of a module's name; NumPy's, as it imports parts of itself
# for who looks through all that it has.
_IMPORTERS = ("sklearn", "scipy._lib", "numpy")


class _Deferred(types.ModuleType):
    """A module that is imported when it is first asked for something."""

    def __getattr__(self, attribute: str) -> Any:
        return getattr(importlib.import_module(self.__name__), attribute)


class _Parent(types.ModuleType):
    """A module as it is, but for those in it that are deferred."""

    def __init__(self, module: types.ModuleType, deferred: Mapping[str, types.ModuleType]) -> None:
        super().__init__(module.__name__)
        self.__dict__.update(deferred)
        self.__dict__["_module"] = module

    def __getattr__(self, attribute: str) -> Any:
        return getattr(self.__dict__["_module"], attribute)


@contextlib.contextmanager
def _deferred_imports() -> Iterator[None]:
    """Defer imports that statements of some files make in this thread."""
    deferred = {
        name: _Deferred(name)
        for name in _DEFERRED
        if name not in sys.modules and importlib.util.find_spec(name) is not None
    }
    by_parent: dict[str, dict[str, types.ModuleType]] = {}
    for name, module in deferred.items():
        parent, _, child = name.rpartition(".")
        by_parent.setdefault(parent, {})[child] = module
    original, owner, ends = builtins.__import__, threading.get_ident(), threading.Event()

    def import_statement(
        name: str,
        globals: Any = None,  # noqa: A002
        locals: Any = None,  # noqa: A002
        fromlist: Any = (),
        level: int = 0,
    ) -> Any:
        importer = (globals or {}).get("__name__", "")
        if ends.is_set() or threading.get_ident() != owner or level or not importer.startswith(_IMPORTERS):
            return original(name, globals, locals, fromlist, level)
        if name in deferred and not fromlist:
            parent = name.rpartition(".")[0]
            # "import a.b" and "import a.b as c" look alike here: both ask for "a", the other then for its b.
            return _Parent(importlib.import_module(parent), by_parent[parent]) if parent else deferred[name]
        children = by_parent.get(name, {})
        if children.keys().isdisjoint(fromlist or ()):
            return original(name, globals, locals, fromlist, level)
        rest = tuple(each for each in fromlist if each not in children)
        found = original(name, globals, locals, rest, level) if rest else importlib.import_module(name)
        return _Parent(found, children)

    builtins.__import__ = import_statement
    try:
        yield
    finally:
        ends.set()
        # Whoever has put himself in between since goes on to find the original behind this one.
        if builtins.__import__ is import_statement:
            builtins.__import__ = original


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
from sklearn.utils._set_output import _get_container_adapter as get_container_adapter  # noqa: E402
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
