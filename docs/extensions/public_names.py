"""Every public name has a page of its own; a build without one fails."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator
from typing import TYPE_CHECKING

import diabolo

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def public_names() -> Iterator[str]:
    """List every public name with its room: those of the package itself, and those of its rooms."""
    rooms = [name for name in dir(diabolo) if inspect.ismodule(getattr(diabolo, name))]
    yield from (f"diabolo.{name}" for name in dir(diabolo) if name not in rooms and name != "__version__")
    for room in [*rooms, "persistence"]:
        yield from (f"diabolo.{room}.{name}" for name in importlib.import_module(f"diabolo.{room}").__all__)


def thing(name: str) -> object:
    """Find what a name with its room stands for."""
    room, _, inner = name.rpartition(".")
    return getattr(importlib.import_module(room), inner)


# What the formats of tables set for the code that reads them, in classes that are public beside.
_INTERNAL = {"INNER", "column_order", "header_found", "in_memory", "is_array", "is_compressed", "locate"}
_INTERNAL |= {"is_transposed", "opening", "origin", "peek", "rows_at_once", "swaps_axes"}


def _skip(app: Sphinx, what: str, name: str, member: object, skip: bool, options: object) -> bool | None:
    """Leave out what a class has of other packages, which document it, and what is for the code alone."""
    function = member.fget if isinstance(member, property) else member
    module = getattr(function, "__module__", None)
    if inspect.ismethoddescriptor(member) and module is None:  # of Exception, or of tuple
        return True
    return True if name in _INTERNAL or not (module or "diabolo").startswith("diabolo") else None


def _check(app: Sphinx, problem: Exception | None) -> None:
    if problem is not None or app.builder.format != "html":
        return
    pages = {name: page for name, _, _, page, _, _ in app.env.get_domain("py").get_objects()}
    shown = {id(thing(name)) for name in public_names() if pages.get(name) == _page(app, name)}
    missing = [name for name in public_names() if id(thing(name)) not in shown]
    if missing:
        from sphinx.errors import ExtensionError

        raise ExtensionError(f"no page for {', '.join(missing)}: add what is missing to docs/api.md")


def _page(app: Sphinx, name: str) -> str:
    return f"api/{app.config.autosummary_filename_map.get(name, name)}"


def setup(app: Sphinx) -> dict[str, bool]:
    """Look at each class's members as they are documented, and at all names at the end."""
    app.connect("autodoc-skip-member", _skip)
    app.connect("build-finished", _check)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
