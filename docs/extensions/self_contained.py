"""Every page takes all it needs from the site itself: no script, style, font or picture of another server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

OUTSIDE = re.compile(r"^\s*(?:https?:)?//", re.IGNORECASE)
IN_STYLES = re.compile(r"""(?:url\(\s*|@import\s+)["']?((?:https?:)?//[^"')\s]+)""", re.IGNORECASE)
LOADED = {"src", "srcset", "poster", "data"}
_NOT_LOADED = {"canonical", "search", "prev", "next", "author", "license", "copyright"}


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._in_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        loaded = [value for name, value in attributes.items() if name in LOADED]
        if tag == "link" and attributes.get("rel", "") not in _NOT_LOADED:
            loaded.append(attributes.get("href", ""))
        self.found += [address for address in loaded if OUTSIDE.match(address)]
        self.found += IN_STYLES.findall(attributes.get("style", ""))
        self._in_style = tag == "style"

    def handle_data(self, data: str) -> None:
        if self._in_style:
            self.found += IN_STYLES.findall(data)

    def handle_endtag(self, tag: str) -> None:
        self._in_style = False


def outside_addresses(folder: Path) -> Iterator[tuple[Path, str]]:
    """Yield each page or style sheet of a folder that loads something from another server, and what."""
    for path in sorted(folder.rglob("*.html")):
        page = _Page()
        page.feed(path.read_text("utf-8"))
        yield from ((path, address) for address in page.found)
    for path in sorted(folder.rglob("*.css")):
        yield from ((path, address) for address in IN_STYLES.findall(path.read_text("utf-8")))


def _check(app: Sphinx, problem: Exception | None) -> None:
    if problem is None and app.builder.format == "html":
        found = [
            f"{path.relative_to(app.outdir)} loads {what}"
            for path, what in outside_addresses(Path(app.outdir))
        ]
        if found:
            from sphinx.errors import ExtensionError

            raise ExtensionError("the site is not whole without a network:\n" + "\n".join(found))


def setup(app: Sphinx) -> dict[str, bool]:
    """Look at the pages when all are written."""
    app.connect("build-finished", _check)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
