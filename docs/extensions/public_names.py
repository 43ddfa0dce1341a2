"""Every public name has a page of its own; a build without one fails."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

import diabolo


def public_names() -> Iterator[str]:
    """List every public name with its room: what ``dir`` shows of the package, and ``__all__`` of its rooms."""
    rooms = [name for name in dir(diabolo) if inspect.ismodule(getattr(diabolo, name))]
    yield from (f"diabolo.{name}" for name in dir(diabolo) if name not in rooms and name != "__version__")
    for room in [*rooms, "persistence"]:
        yield from (f"diabolo.{room}.{name}" for name in importlib.import_module(f"diabolo.{room}").__all__)


def thing(name: str) -> object:
    """Find what a name with its room stands for."""
    room, _, inner = name.rpartition(".")
    return getattr(importlib.import_module(room), inner)


def _skip(app: Sphinx, what: str, name: str, member: object, skip: bool, options: object) -> bool | None:
    """Leave out what a class has of other packages: scikit-learn documents it."""
    function = member.fget if isinstance(member, property) else member
    module = getattr(function, "__module__", None)
    return True if module is not None and not module.startswith("diabolo") else None


def _check(app: Sphinx, problem: Exception | None) -> None:
    if problem is not None or app.builder.format != "html":
        return
    pages = {}
    for name, *_, page, _, _ in app.env.get_domain("py").get_objects():
        pages[name] = page
    shown = {id(thing(name)) for name in public_names() if pages.get(name) == _page(app, name)}
    missing = [name for name in public_names() if id(thing(name)) not in shown]
    if missing:
        raise ExtensionError(f"no page for {', '.join(missing)}: add what is missing to docs/api.md")


def _page(app: Sphinx, name: str) -> str:
    return f"api/{app.config.autosummary_filename_map.get(name, name)}"


def setup(app: Sphinx) -> dict[str, bool]:
    """Look at each class's members as they are documented, and at all names when the site is built."""
    app.connect("autodoc-skip-member", _skip)
    app.connect("build-finished", _check)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
