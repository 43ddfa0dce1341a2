"""What ``diabolo inspect`` writes of every kind of model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from diabolo.cli.model_argument import OpenModel
from diabolo.cli.output import heading

__all__ = ["file_lines", "made_with", "shown", "wrapped"]


def made_with(path: Path) -> dict[str, Any]:
    """Read the record in a model file's header, which `load` has found whole.

    Parameters
    ----------
    path : Path
        The model file.

    Returns
    -------
    dict
    """
    with path.open("rb") as handle:
        length = int.from_bytes(handle.read(8), "little")
        metadata = json.loads(handle.read(length)).get("__metadata__", {})
    record: dict[str, Any] = json.loads(metadata.get("diabolo", "{}"))
    return record


def file_lines(opened: OpenModel, record: dict[str, Any]) -> list[str]:
    """Say which file it is, of which columns and made with what.

    Parameters
    ----------
    opened : OpenModel
        The model.
    record : dict
        With its number of features, the shape of its images, and what :func:`made_with` gives.

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
