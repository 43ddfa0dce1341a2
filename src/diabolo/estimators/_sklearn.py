"""scikit-learn's base classes, imported without scipy.stats and pandas.

scikit-learn imports both as a whole for a few functions that estimators here never call, and that costs more
than a small fit takes. A stand-in that imports the real module when it is first asked for something takes
their place while scikit-learn's base is imported, and is taken out of the import system again.
See docs/decisions/0005-import-time.md.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import importlib.util
import sys
import types
from collections.abc import Iterator

__all__ = [
    "BaseEstimator",
    "ClassNamePrefixFeaturesOutMixin",
    "NotFittedError",
    "TransformerMixin",
    "check_is_fitted",
    "check_random_state",
    "validate_data",
]

_DEFERRED = ("scipy.stats", "pandas")


def _stand_in(name: str) -> types.ModuleType:
    module = types.ModuleType(name, "A stand-in that imports the real module at its first use.")
    vars(module)["__getattr__"] = lambda attribute: getattr(importlib.import_module(name), attribute)
    return module


@contextlib.contextmanager
def _deferred_imports() -> Iterator[None]:
    scipy = importlib.import_module("scipy")
    deferred = [name for name in _DEFERRED if name not in sys.modules and importlib.util.find_spec(name)]
    sys.modules.update({name: _stand_in(name) for name in deferred})
    try:
        yield
    finally:
        for name in deferred:
            sys.modules.pop(name, None)
        if "scipy.stats" in deferred:
            vars(scipy).pop("stats", None)


def _import_base() -> None:
    importlib.import_module("sklearn.base")
    importlib.import_module("sklearn.utils.validation")


collecting = gc.isenabled()
gc.disable()  # Imports make hundreds of thousands of objects that live on; walking them costs a tenth more.
try:
    with _deferred_imports():
        _import_base()
except ImportError:  # A scikit-learn that takes a name from them while it is imported.
    for name in [name for name in sys.modules if name.partition(".")[0] == "sklearn"]:
        del sys.modules[name]
    _import_base()
finally:
    if collecting:
        gc.enable()

from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin  # noqa: E402
from sklearn.exceptions import NotFittedError  # noqa: E402
from sklearn.utils import check_random_state  # noqa: E402
from sklearn.utils.validation import check_is_fitted, validate_data  # noqa: E402
