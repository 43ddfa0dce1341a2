"""The page: a summary in, one HTML text out."""

from __future__ import annotations

import base64
import hashlib
import html
import importlib.resources
import json
import math
import zlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.reporting.joined_modules import PageError, joined_script

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from jaxtyping import Shaped

__all__ = ["BLOCK_TYPES", "block_text", "render"]

BLOCK_TYPES = {"u1": "u8", "u2": "u16", "i4": "i32", "f4": "f32", "f8": "f64"}
"""The types of arrays, NumPy's and the page's names for them."""
# Above 6 the time doubles and a page is a hundredth smaller.
_LEVEL = 6
# What the first picture needs comes first, so that a browser can begin before all is there.
_FIRST = ("points", "detector")
_ESCAPES = {ord(mark): f"\\u{ord(mark):04x}" for mark in "<>&\u2028\u2029"}
_NO_SCRIPT = "This page draws itself with JavaScript, which is switched off here."


def render(summary: Mapping[str, Any], folder: Traversable | None = None) -> str:
    """Write a summary as one HTML page that needs nothing else.

    Parameters
    ----------
    summary : mapping
        As reporting/README.md describes it; its arrays become blocks.
    folder : Traversable, optional
        Where the page's modules, style and words lie; by default in the package.

    Returns
    -------
    str

    Raises
    ------
    PageError
        The files of the page cannot be put together.
    TypeError
        For an array of a type that the page does not know.
    """
    files = _files_of(importlib.resources.files("diabolo.reporting") / "page" if folder is None else folder)
    script = joined_script({name: text for name, text in files.items() if name.endswith(".js")})
    style, words = files["style.css"], json.loads(files["words.json"])
    if "</style" in style.lower():
        raise PageError("style.css holds '</style', which ends it on a page.")
    blocks: list[Shaped[np.ndarray, "*shape"]] = []
    names = [*(name for name in _FIRST if name in summary), *(name for name in summary if name not in _FIRST)]
    plain = {name: _plain(summary[name], blocks) for name in names}
    policy = (
        f"default-src 'none'; script-src 'sha256-{_digest(script)}'; style-src 'sha256-{_digest(style)}'; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )
    lines = [
        "<!DOCTYPE html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{html.escape(_encoded(str(summary['title'])))}</title>",
        '<link rel="icon" href="data:,">',
        f"<style>{style}</style>",
        "</head>",
        "<body>",
        f'<div id="explorer"></div><noscript>{_NO_SCRIPT}</noscript>',
        f'<script type="application/json" id="summary">{_json(plain)}</script>',
        f'<script type="application/json" id="words">{_json(words)}</script>',
        *(
            f'<script type="text/plain" id="block-{number}">{block_text(block)}</script>'
            for number, block in enumerate(blocks)
        ),
        f'<script type="module">{script}</script>',
        "</body>",
        "</html>",
        "",
    ]
    return "\n".join(lines)


def block_text(array: Shaped[np.ndarray, "*shape"]) -> str:
    """Write an array as the page has it: deflated, little end first, in base64.

    Examples
    --------
    >>> block_text(np.zeros(1000, np.uint8))
    'eJxjYBgFo2AUDHcAAAPoAAE='
    """
    plain = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
    return base64.b64encode(zlib.compress(plain.tobytes(), _LEVEL)).decode("ascii")


def _files_of(folder: Traversable) -> dict[str, str]:
    wanted = (".js", ".css", ".json")
    return {each.name: each.read_text("utf-8") for each in folder.iterdir() if each.name.endswith(wanted)}


def _plain(value: Any, blocks: list[Shaped[np.ndarray, "*shape"]]) -> Any:
    """Put blocks in the place of arrays, and null in that of what is no number in JSON."""
    if isinstance(value, np.ndarray):
        kind = BLOCK_TYPES.get(value.dtype.str[1:])
        if kind is None:
            raise TypeError(f"an array of {value.dtype} cannot stand in a summary; expected {BLOCK_TYPES}")
        blocks.append(value)
        return {"block": len(blocks) - 1, "type": kind, "shape": list(value.shape)}
    if isinstance(value, Mapping):
        return {str(name): _plain(each, blocks) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each, blocks) for each in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _json(value: Any) -> str:
    """Write JSON that no reader of HTML takes for anything else."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).translate(_ESCAPES)
    # Half a pair of letters, as names of files have them that are no UTF-8, is written as JSON escapes it.
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _encoded(text: str) -> str:
    """Return text with a question mark for what no encoding has."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
