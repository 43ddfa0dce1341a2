"""The estimators' parameters as options, made from the one table of them; and settings said as flags."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from diabolo.cli.page import FLAGS, Option, Typed, WrongUse, as_typed
from diabolo.messages import Message, Named
from diabolo.parameters.detector import DetectorParameters
from diabolo.parameters.families import FAMILIES, AllParameters
from diabolo.parameters.kinds import SETTINGS, number
from diabolo.parameters.named_settings import BOTTLENECKS, NOISES, OPTIMIZERS, SCHEDULES, Table
from diabolo.parameters.objective import PENALTIES
from diabolo.parameters.parameter import Parameter

__all__ = ["autoencoder_options", "detector_options", "in_flags", "with_noise"]

_EXAMPLES = {
    "optimizer_params": "beta_1=0.8",
    "schedule_params": "epochs=50",
    "bottleneck_params": "k=5",
    "penalty": "weight_decay=0.001",
    "score_params": "code_weight=0.5",
    "threshold_params": "q=0.99",
}
_TABLES: dict[str, Table] = {
    "optimizer_params": OPTIMIZERS,
    "schedule_params": SCHEDULES,
    "bottleneck_params": BOTTLENECKS,
    "noise_params": NOISES,
}
_NAMES: dict[str, Sequence[str]] = {
    "penalty": PENALTIES.names,
    "noise": ("a number (the standard deviation of Gaussian noise)", *NOISES, "none"),
    "threshold": DetectorParameters.PARAMETERS["threshold"].kind.names,
}
_TYPED_OTHERWISE = {
    "target": "--labels",
    "keep_columns": "--keep",
    "drop_columns": "--drop",
    "n_jobs": "--jobs",
    "X_validation": "--validation",
    "n": "-n",
}


def autoencoder_options(names: Sequence[str] | None = None) -> list[Option]:
    """Make options of the autoencoders' parameters.

    Parameters
    ----------
    names : sequence of str, optional
        Those wanted, of the dense autoencoder; all of all kinds, if not given.

    Returns
    -------
    list of Option
    """
    options = []
    for name, each in AllParameters.PARAMETERS.items():
        if each.flag is None or (names is not None and name not in names):
            continue
        said = f"{_help(name, each)}{_default(each) if names else _takers(name) + _defaults(name, each)}"
        option = _option(name, each, said)
        if not names and _differs(name):  # it is left to the estimator whether a value may be
            option = replace(option, kind=replace(each.kind, holds=lambda value: True))
        options.append(option)
        if name == "noise" and names is None:
            said = (
                f"A setting of the noise; may be repeated. {_entries(NOISES)}. clip and range are data or "
                "LOW,HIGH, and clip none; fill is zero or mean."
            )
            form = f"{each.item_flag} NAME=X"
            options.append(Option(form, said, group=each.group, name="noise_params", is_repeated=True))
    return options


def detector_options() -> list[Option]:
    """Make options of the detector's parameters."""
    return [
        _option(name, each, f"{_help(name, each)}{_default(each)}")
        for name, each in DetectorParameters.PARAMETERS.items()
    ]


def _option(name: str, each: Parameter, said: str) -> Option:
    form = f"{each.short} {each.flag} {each.kind.metavar}".strip()
    example, is_settings = _EXAMPLES.get(name, ""), each.kind is SETTINGS
    more: dict[str, Any] = {"is_repeated": is_settings, "is_parameter": True, "example": example}
    return Option(form, said, each.kind, each.group, name, **more)


def _differs(name: str) -> bool:
    """Whether what a parameter may be depends on the kind of autoencoder."""
    tables = [family.PARAMETERS for family in FAMILIES.values()]
    return len({table[name].kind.expected for table in tables if name in table}) > 1


def _help(name: str, each: Parameter) -> str:
    whole = as_typed(each.help)
    names = _NAMES.get(name, [name for name in each.kind.names if f" {name} (" not in whole])
    if names and name not in _NAMES and each.kind.holds(None):
        names = [*names, "none"]
    said, semicolon, more = whole.rstrip(".").partition("; ")
    if names:
        said += f": {', '.join(names[:-1])} or {names[-1]}" if names[1:] else f": {names[0]}"
    if "," in each.kind.metavar:
        said += f", such as {as_typed(each.kind.expected).partition('such as ')[2]}"
    said += semicolon + more
    if each.kind is SETTINGS:
        said += f", such as {_EXAMPLES[name]}; may be repeated"
    return f"{said}. {_entries(_TABLES[name])}." if name in _TABLES else f"{said}."


def _entries(table: Table) -> str:
    return "; ".join(f"{name}: {', '.join(settings)}" for name, settings in table.items() if settings)


def _takers(name: str) -> str:
    kinds = [kind for kind, family in FAMILIES.items() if name in family.PARAMETERS]
    return f" ({', '.join(kinds)})" if len(kinds) < len(FAMILIES) else ""


def _default(each: Parameter, more: str = "") -> str:
    shown = each.shown_default
    return f" Default: {shown}{more}." if more or shown not in ("none", "no") else ""


def _defaults(name: str, each: Parameter) -> str:
    """Say the default, and those of kinds where it is another."""
    others = [
        f"{kind} {own.shown_default}"
        for kind, family in FAMILIES.items()
        if (own := family.PARAMETERS.get(name)) is not None and own.default != each.default
    ]
    return _default(each, f" ({', '.join(others)})" if others else "")


def with_noise(typed: Typed) -> dict[str, Any]:
    """Return the parameters that were typed, the settings of the noise put into the noise.

    Raises
    ------
    WrongUse
        A setting came without a noise, or cannot be read.
    """
    chosen, pairs = dict(typed.chosen), getattr(typed, "noise_params", None) or []
    noise: Any = chosen.get("noise")
    if pairs and noise is None:
        *first, last = NOISES
        raise WrongUse(
            f"--noise-param is a setting of a noise, so say which: --noise {', '.join(first)} or {last}."
        )
    if isinstance(noise, str):
        noise = {"kind": noise.strip()}
    elif pairs:
        noise = {"kind": "gaussian", "standard_deviation": noise}
    for pair in pairs:
        name, equals, written = (part.strip() for part in pair.partition("="))
        if not (equals and name and written):
            raise WrongUse(
                f"--noise-param {pair!r} is not possible; give name=value, such as --noise-param "
                "fraction=0.25."
            )
        noise[name.replace("-", "_")] = _noise_value(written)
    return chosen | ({"noise": noise} if "noise" in chosen else {})


def _noise_value(text: str) -> Any:
    """Read a number, a range such as ``0,1``, or a word."""
    if text.lower() == "none":
        return None
    ends = [number(part) for part in text.strip("()").split(",")]
    return tuple(ends) if len(ends) == 2 and not any(isinstance(end, str) for end in ends) else number(text)


def in_flags(message: str, words: Mapping[str, str] | None = None) -> str:
    """Say a message as the command line has it.

    Parameters
    ----------
    message : str or Message
        What an exception or a note says.
    words : mapping of str to str, optional
        Flags by the names of what they set, where this verb's differ.

    Returns
    -------
    str

    Examples
    --------
    >>> from diabolo.messages import setting
    >>> in_flags(Message(f"Autoencoder: {setting('n_components', 0)} is not possible."))
    '--components 0 is not possible.'
    >>> in_flags("runs/loss=3.csv does not exist.")
    'runs/loss=3.csv does not exist.'
    """
    flags = {**FLAGS, **_TYPED_OTHERWISE, **(words or {})}
    said = Message(message).said(lambda named: _written(named, flags))
    owner, colon, rest = said.partition(": ")
    is_owner = owner.isidentifier() and owner.endswith(("Autoencoder", "AutoencoderDetector"))
    return rest if colon and is_owner else said


def _written(named: Named, flags: Mapping[str, str]) -> str:
    name, item, value, python = named
    if not name:
        return str(value)
    flag = flags.get(python) or flags.get(name, f"--{name.replace('_', '-')}")
    if item:
        flag = "--noise-param" if name == "noise" else flag
        return flag if item == "*" else f"{flag} {item}={value}"
    if name == "rows":
        return "--transposed" if value == "last" else "no --transposed"
    if value in ("True", "False"):
        has_negative = value == "False" and flag in ("--header", "--shuffle", "--tied")
        return flag if value == "True" else f"--no-{flag[2:]}" if has_negative else f"no {flag}"
    return flag if value is None else f"{flag} {value}"
