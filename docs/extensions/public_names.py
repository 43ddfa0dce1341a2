"""Every public name has a page of its own, to which code in a text leads; a build without one fails."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.transforms import SphinxTransform

import diabolo


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


def pages_by_code() -> dict[str, str]:
    """Map what stands for a public thing in a text, with its room or without, to the name with the page."""
    listed = list(public_names())
    with_page = {}
    for name in reversed(listed):  # the shortest room comes first, and is the one that counts
        with_page[id(thing(name))] = name
    found = {name: with_page[id(thing(name))] for name in listed}
    return {name.rpartition(".")[2]: page for name, page in reversed(found.items())} | found


class CodeLeadsToPages(SphinxTransform):
    """Make links of `Autoencoder` and `diabolo.screen(X, y)`; in reference.md of `screen(...)`, too."""

    default_priority = 400

    def apply(self, **settings: object) -> None:
        """Go through the code of one page."""
        pages, is_reference = pages_by_code(), self.env.docname == "reference"
        for code in list(self.document.findall(nodes.literal)):
            name = code.astext().partition("(")[0]
            plain = is_reference or name.startswith("diabolo.") or name[:1].isupper()
            inside = (nodes.reference, nodes.title, pending_xref)
            if name not in pages or not plain or isinstance(code.parent, inside):
                continue
            link = pending_xref("", refdomain="py", reftype="obj", reftarget=pages[name], refexplicit=True)
            link["refdoc"] = self.env.docname
            code.replace_self(link)
            link += code


# What the formats of tables set for the code that reads them, in classes that are public beside.
_INTERNAL = {
    "INNER",
    "column_order",
    "header_found",
    "in_memory",
    "is_array",
    "is_compressed",
    "is_transposed",
}
_INTERNAL |= {"locate", "opening", "origin", "peek", "rows_at_once", "swaps_axes"}


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
        raise ExtensionError(f"no page for {', '.join(missing)}: add what is missing to docs/api.md")


def _page(app: Sphinx, name: str) -> str:
    return f"api/{app.config.autosummary_filename_map.get(name, name)}"


def setup(app: Sphinx) -> dict[str, bool]:
    """Link code, look at each class's members as they are documented, and at all names at the end."""
    app.add_transform(CodeLeadsToPages)
    app.connect("autodoc-skip-member", _skip)
    app.connect("build-finished", _check)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
