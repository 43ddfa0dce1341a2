"""How the documentation site is built: ``make docs``, into docs/_build/html."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

DOCS = Path(__file__).parent
ROOT = DOCS.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT), str(DOCS)]

from extensions.gallery import GALLERY, SOURCES  # noqa: E402

import diabolo  # noqa: E402
from examples import RUN_BY_THE_SITE  # noqa: E402

project = "Diabolo"
author = "the Diabolo developers"
copyright = author  # noqa: A001
release = version = diabolo.__version__
language = "en"

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
    "extensions.code_links",
    "extensions.gallery",
    "extensions.public_names",
    "extensions.self_contained",
]
exclude_patterns = ["_build", "_templates", "extensions"]
templates_path = ["_templates"]
nitpicky = True
default_role = "autolink"

# Markdown: links and anchors as a forge reads them.
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 4

# The tutorials are notebooks in Markdown, run in a folder of their own.
nb_execution_mode = "force"
nb_execution_in_temp = True
nb_execution_raise_on_error = True
nb_execution_timeout = 300
nb_merge_streams = True

# A page for every public class and function, by the names in api.md.
autosummary_generate = True
# A file beside that of diabolo.report, where a file system does not tell the two apart.
autosummary_filename_map = {"diabolo.Report": "diabolo.Report-class"}
autodoc_typehints = "none"
autodoc_default_options = {"members": True, "inherited-members": True, "member-order": "bysource"}
toc_object_entries_show_parents = "hide"
numpydoc_show_class_members = False
numpydoc_xref_param_type = False

sphinx_gallery_conf = {
    "examples_dirs": [str(SOURCES)],
    "gallery_dirs": [GALLERY],
    "filename_pattern": rf"/({'|'.join(RUN_BY_THE_SITE)})\.py$",
    "within_subsection_order": "extensions.gallery.order",
    "image_scrapers": ("extensions.gallery.pictures",),
    "reset_modules": (),
    "reset_argv": "extensions.gallery.arguments",
    "download_all_examples": False,
    "notebook_extensions": set(),
    "show_signature": False,
    "show_memory": False,
    "write_computation_times": False,
    "remove_config_comments": True,
    "abort_on_example_error": True,
    "plot_gallery": "True",
}

html_context = {"default_mode": "auto"}
html_theme = "pydata_sphinx_theme"
html_title = "Diabolo"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_sidebars = {page: [] for page in ("index", "start", "zh-CN", "search")}  # which have no pages under them
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "navbar_align": "left",
    "header_links_before_dropdown": 8,
    "navbar_end": ["theme-switcher"],
    "show_toc_level": 2,
    "navigation_with_keys": False,
    "footer_start": ["copyright"],
    "footer_end": [],
    "secondary_sidebar_items": ["page-toc"],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}


def setup(app: Sphinx) -> None:
    """Say of the Chinese page that it is Chinese, to browsers and to those who hear it read."""
    app.connect("html-page-context", _in_its_language)


def _in_its_language(app: Sphinx, page: str, template: str, context: dict[str, Any], tree: object) -> None:
    if page == "zh-CN":
        context["language"] = page
