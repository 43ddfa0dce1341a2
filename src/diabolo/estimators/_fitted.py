"""What an estimator was fitted with: later ``set_params`` reach the next fit, never what is fitted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from diabolo.errors import ParameterError
from diabolo.estimators._choices import Choices
from diabolo.estimators._combinations import checked_choices
from diabolo.estimators._sklearn import clone
from diabolo.messages import setting
from diabolo.parameters.kinds import Kind

__all__ = ["choices_to_go_on", "fitted_parameters", "keep_parameters"]


def keep_parameters(estimator: Any) -> None:
    """Keep an estimator's parameters as those that it is fitted with."""
    estimator._fitted_parameters = {
        name: _kept(value) for name, value in estimator.get_params(deep=False).items()
    }


def _kept(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    return clone(value) if hasattr(value, "get_params") and not isinstance(value, type) else value


def fitted_parameters(estimator: Any) -> dict[str, Any]:
    """Return the parameters that an estimator was fitted with; its present ones where it is not fitted."""
    present, kept = estimator.get_params(deep=False), vars(estimator).get("_fitted_parameters")
    # How a fit is shown is no property of what it leaves.
    return {**present, **(kept or {}), **({"verbose": present["verbose"]} if "verbose" in present else {})}


def choices_to_go_on(estimator: Any) -> tuple[Choices, bool]:
    """Gather what ``partial_fit`` goes on with: what was fitted, but for what it heeds.

    Parameters
    ----------
    estimator : estimator
        Fitted.

    Returns
    -------
    choices : Choices
    is_changed : bool
        Whether a parameter is another than before.

    Raises
    ------
    ParameterError
        For a parameter that is another and may not be.
    """
    owner, fitted, table = type(estimator).__name__, fitted_parameters(estimator), estimator.PARAMETERS
    changed = {
        name: value
        for name, value in estimator.get_params(deep=False).items()
        if not _are_same(table[name].kind, value, fitted.get(name))
    }
    for name, value in changed.items():
        if not table[name].heeded:
            raise ParameterError(
                f"{owner}: {setting(name, value)} cannot go on with what was trained with "
                f"{setting(name, fitted[name])}; set it back, or call fit, which starts anew."
            )
    return checked_choices(estimator), bool(changed)


def _are_same(kind: Kind, one: Any, other: Any) -> bool:
    """Whether two values mean the same: under another name, or as a list or a number of numpy's."""
    if one is other:
        return True
    plain, known = (tuple(value) if isinstance(value, list) else value for value in (one, other))
    plain, known = (getattr(value, "item", lambda v=value: v)() for value in (plain, known))
    plain, known = kind.canonical(plain), kind.canonical(known)
    return type(plain) is type(known) and bool(plain == known)
