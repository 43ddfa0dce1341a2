"""Code in a text that is a public name leads to the name's page, as a forge cannot have it."""

from __future__ import annotations

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

from extensions.public_names import public_names, thing


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


def setup(app: Sphinx) -> dict[str, bool]:
    """Go through the code of each page that is read."""
    app.add_transform(CodeLeadsToPages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
