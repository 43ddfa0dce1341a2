"""What ``diabolo inspect`` writes of every kind of model."""

from __future__ import annotations

from typing import Any

from diabolo.cli.opening import OpenModel
from diabolo.cli.output import heading, pairs_text
from diabolo.parameters.parameter import Parameter

__all__ = ["file_lines", "settings_lines", "shown", "wrapped"]


def settings_lines(estimator: Any, settings: dict[str, Any]) -> list[str]:
    """Write a model's settings: those that were chosen, and those left at their defaults.

    Parameters
    ----------
    estimator : estimator
        Of whose kind the defaults are.
    settings : dict
        Its parameters.

    Returns
    -------
    list of str
    """
    table = estimator.PARAMETERS
    named = {name: settings[name] for name, each in table.items() if each.flag and name != "verbose"}
    seed = {"random_state": named.pop("random_state")}
    changed = {name: value for name, value in named.items() if value != table[name].default}
    as_usual = [" ".join(_typed(table[name], value)) for name, value in named.items() if name not in changed]
    lines = ["", heading("Settings that were chosen")]
    lines.append(pairs_text(_typed(table[name], value) for name, value in (changed | seed).items()))
    return [*lines, "", heading("Settings left at their defaults"), wrapped(as_usual)]


def _typed(each: Parameter, value: Any) -> tuple[str, str]:
    """Write a parameter as it is typed: its flag, and what follows."""
    flag = each.flag or ""
    if isinstance(value, bool):
        return (flag if value else f"--no-{flag[2:]}"), ""
    if each.item_flag and isinstance(value, dict):
        entries = [f"{each.item_flag} {key}={shown(item)}" for key, item in value.items() if key != "kind"]
        return flag, " ".join([str(value["kind"]), *entries])
    return flag, shown(value)


def file_lines(opened: OpenModel, record: dict[str, Any]) -> list[str]:
    """Say which file it is, of which columns and made with what.

    Parameters
    ----------
    opened : OpenModel
        The model.
    record : dict
        With its number of features, the shape of its images, the format and the versions that made it.

    Returns
    -------
    list of str
    """
    names = opened.feature_names
    columns = f"{record['features']} columns"
    if record["image_shape"]:
        columns += f", images of {'x'.join(map(str, record['image_shape']))}"
    if names:
        columns += ": " + ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
    lines = ["", heading("File"), f"{opened.path}, format {record['format_version']}", wrapped([columns])]
    versions = ", ".join(f"{name} {version}" for name, version in record["versions"].items())
    return [*lines, wrapped([f"made with {versions}"])] if versions else lines


def shown(value: Any) -> str:
    """Write a parameter's value as one types it.

    Parameters
    ----------
    value : object
        Of a parameter.

    Returns
    -------
    str

    Examples
    --------
    >>> shown((128, 32)), shown(None), shown({"q": 0.95})
    ('128,32', 'none', 'q=0.95')
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (tuple, list)):
        return ",".join(map(str, value)) or "none"
    if isinstance(value, dict):
        return " ".join(f"{name}={shown(item)}" for name, item in value.items())
    return "none" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def wrapped(items: list[str]) -> str:
    """Write items one after another, in lines that fit a terminal.

    Parameters
    ----------
    items : list of str
        Any.

    Returns
    -------
    str
    """
    import textwrap

    return textwrap.fill(", ".join(items), 79, break_long_words=False, break_on_hyphens=False)
