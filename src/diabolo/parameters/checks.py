"""Parameters looked at one by one: what each may be, in one form for every message."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from diabolo.errors import ParameterError, nearest_name
from diabolo.messages import either, setting, typed_value
from diabolo.parameters.foreign_names import FOREIGN_NAMES, FOREIGN_NOISES
from diabolo.parameters.kinds import NOT_NEGATIVE, Kind, is_number
from diabolo.parameters.named_settings import NOISES, Table, defaults_of
from diabolo.parameters.objective import PENALTIES
from diabolo.parameters.own_functions import function_path
from diabolo.parameters.parameter import Parameter

__all__ = ["check_parameters", "checked_noise", "filled", "refuse_unless"]


def check_parameters(owner: str, table: Mapping[str, Parameter], values: Mapping[str, Any]) -> None:
    """Refuse a parameter that cannot be, naming it, its value, what it may be and the nearest right name.

    Parameters
    ----------
    owner : str
        The estimator's name.
    table : mapping of str to Parameter
        What its parameters may be.
    values : mapping of str to object
        Parameters of it.

    Raises
    ------
    ParameterError
        For the first parameter that is out of its range.
    """
    for name, value in values.items():
        if name == "penalty":
            _check_penalty(owner, value)
        if name in table:
            refuse_unless(owner, name, value, table[name].kind)


def refuse_unless(owner: str, name: str, value: Any, kind: Kind, item: str = "") -> None:
    """Refuse a value that is not of a kind.

    Parameters
    ----------
    owner : str
        Whose setting it is.
    name : str
        The setting.
    value : object
        What it is.
    kind : Kind
        What it may be.
    item : str, optional
        The entry of a dictionary that is meant.

    Raises
    ------
    ParameterError
    """
    if not kind.holds(value):
        said = setting(name, value, item)
        raise ParameterError(f"{owner}: {said} is not possible; expected {kind.expected}.{kind.hint(value)}")


def _check_penalty(owner: str, penalty: Any) -> None:
    if penalty is None:
        return
    known = ", ".join(map(repr, PENALTIES.names))
    if not isinstance(penalty, Mapping):
        raise ParameterError(
            f"{owner}: {setting('penalty', penalty)} is not possible; expected None or a dictionary of "
            f"weights by name, the names being {known}, such as {{'weight_decay': 1e-4}}"
            f"{either(', or a function of your own in the place of a name', '')}."
        )
    own = [name for name in penalty if callable(name)]
    if len(own) > 1:
        raise ParameterError(
            f"{owner}: {setting('penalty', item='*')} has {len(own)} functions of your own; add them up in "
            "one."
        )
    for name, weight in penalty.items():
        if callable(name):
            if not NOT_NEGATIVE.holds(weight):
                raise ParameterError(
                    f"{owner}: {setting('penalty', item='*')} has {weight!r} as the weight of "
                    f"{function_path(name)}; expected {NOT_NEGATIVE.expected}."
                )
            continue
        if name not in PENALTIES.names:
            said = f"{setting('penalty', item='*')} has {name!r}, which is none of {known}."
            raise ParameterError(f"{owner}: {said}{PENALTIES.hint(name)}")
        refuse_unless(owner, "penalty", weight, NOT_NEGATIVE, name)


def checked_noise(owner: str, noise: Any) -> dict[str, Any] | None:
    """Check what stands for noise and fill in what is left out.

    Parameters
    ----------
    owner : str
        Who asks, for messages.
    noise : None, number or mapping
        A number is the standard deviation of Gaussian noise.

    Returns
    -------
    dict or None
        The kind and all of its settings.

    Raises
    ------
    ParameterError
        For anything else.
    """
    if noise is None:
        return None
    if is_number(noise):
        noise = {"kind": "gaussian", "standard_deviation": noise}
    kinds = ", ".join(map(repr, NOISES))
    if not isinstance(noise, Mapping) or "kind" not in noise:
        example = "{'kind': 'masking', 'fraction': 0.25}"
        raise ParameterError(
            f"{owner}: {setting('noise', noise)} is not possible; expected None, a number (the standard "
            f"deviation of Gaussian noise), or a dictionary with a kind, one of {kinds}, such as {example}."
        )
    kind = noise["kind"]
    if not isinstance(kind, str) or kind not in NOISES:
        said = either(f"noise['kind']={kind!r}", f"--noise {typed_value(kind)}")
        hint = nearest_name(kind, NOISES, FOREIGN_NOISES)
        raise ParameterError(f"{owner}: {said} is not possible; expected one of {kinds}.{hint}")
    given = {name: value for name, value in noise.items() if name != "kind"}
    return {"kind": kind, **filled(owner, "noise", kind, NOISES, given)}


def filled(
    owner: str, parameter: str, chosen: str, table: Table, given: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Fill in the settings of what was chosen by name, refusing those that it does not have.

    Parameters
    ----------
    owner, parameter : str
        The estimator's name, and the parameter that holds the settings.
    chosen : str
        A name in ``table``.
    table : mapping
        Names to settings.
    given : mapping or None
        What the user set.

    Returns
    -------
    dict
        All of the settings.

    Raises
    ------
    ParameterError
        For a setting that ``chosen`` does not have, or a value out of its range.
    """
    settings = table[chosen]
    for name, value in (given or {}).items():
        if name not in settings:
            known = ", ".join(map(repr, settings)) or "none"
            hint = nearest_name(name, settings, FOREIGN_NOISES if table is NOISES else FOREIGN_NAMES)
            raise ParameterError(
                f"{owner}: {setting(parameter, item='*')} has {name!r}, which {chosen!r} does not know; "
                f"its settings: {known}.{hint}"
            )
        refuse_unless(owner, parameter, value, settings[name].kind, name)
    return defaults_of(table, chosen) | dict(given or {})
