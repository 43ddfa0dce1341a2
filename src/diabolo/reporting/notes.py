"""What a page leaves out, in the page's own English, for those who do not look at it."""

from __future__ import annotations

import importlib.resources
import json
from collections.abc import Mapping
from typing import Any

__all__ = ["note_sentences"]


def note_sentences(summary: Mapping[str, Any]) -> list[str]:
    """Say what a page leaves out.

    Parameters
    ----------
    summary : mapping
        Of a report.

    Returns
    -------
    list of str
        One sentence a note.

    Examples
    --------
    >>> note_sentences({"notes": [["points_sampled", {"n": 1000, "of": 20000}]]})
    ['The map shows 1,000 of 20,000 rows, drawn at random.']
    """
    words = importlib.resources.files("diabolo.reporting") / "page" / "words.json"
    english = json.loads(words.read_text("utf-8"))["en"]
    return [
        english[f"note.{key}"].format(**{name: _written(value) for name, value in values.items()})
        for key, values in summary["notes"]
    ]


def _written(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)
