"""Photograph the explorer's pages: ``python -m screenshots [NAME ...] [--out FOLDER] [--all]``.

Without ``--all`` the pictures that the documents show are made; with it every page at two widths, light and
dark, as it opens and from top to bottom, the digits in Chinese, too. Nothing is downloaded; a page whose data
are not on this machine is left out.
"""

from __future__ import annotations

import argparse
import io
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from PIL import Image

from screenshots.chromium import MISSING, READY, find_chromium, started
from screenshots.pages import PAGES, missing

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

DOCUMENTS = Path(__file__).parents[1] / "docs" / "images"
MOST_BYTES = 300_000
LOCALES = {"en": "en-US", "zh": "zh-CN"}


class Window(NamedTuple):
    """A screen, in CSS pixels, and how many of its pixels each of them is."""

    width: int
    height: int
    density: float


WINDOWS = {"desk": Window(1280, 860, 1), "phone": Window(390, 844, 2)}


class Shot(NamedTuple):
    """One picture: which page, on what, how lit, in which language."""

    page: str
    window: str
    color_scheme: str
    language: str = "en"

    @property
    def file(self) -> str:
        """Its file's name."""
        language = "" if self.language == "en" else f"-{self.language}"
        return f"explorer-{self.page}-{self.window}-{self.color_scheme}{language}.png"


KEPT = (
    Shot("digits", "desk", "light"),
    Shot("digits", "phone", "dark"),
    Shot("ecg", "desk", "light"),
    Shot("digits", "desk", "light", "zh"),
)


def shots(name: str) -> Iterator[Shot]:
    """List every picture of a page."""
    for language in LOCALES if name == "digits" else ("en",):
        for window in WINDOWS:
            for color_scheme in ("light", "dark"):
                yield Shot(name, window, color_scheme, language)


def opened(browser: Browser, path: Path, shot: Shot) -> Page:
    """Open a page as the shot has it, at its top."""
    window = WINDOWS[shot.window]
    page = browser.new_context(
        viewport={"width": window.width, "height": window.height},
        device_scale_factor=window.density,
        color_scheme=shot.color_scheme,
        locale=LOCALES[shot.language],
        offline=True,
    ).new_page()
    page.goto(path.as_uri())
    page.wait_for_selector(READY, state="attached")
    page.evaluate("scrollTo(0, 0)")
    return page


def write(picture: bytes, path: Path) -> int:
    """Write a PNG file of 256 colors, smaller where it would be too large; return its bytes."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    for colors in (256, 128, 64):
        image.quantize(colors, dither=Image.Dither.NONE).save(path, optimize=True)
        if path.stat().st_size <= MOST_BYTES:
            break
    return path.stat().st_size


def main() -> int:
    """Make the pages and photograph them; 1 where there is no Chromium."""
    parser = argparse.ArgumentParser(prog="python -m screenshots", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"pages (default: all): {', '.join(PAGES)}")
    parser.add_argument("--out", type=Path, default=DOCUMENTS, help="a folder (default: docs/images)")
    parser.add_argument("--all", action="store_true", help="every page, width and light, and whole pages")
    options = parser.parse_args()
    if unknown := sorted(set(options.names) - set(PAGES)):
        parser.error(f"no page is called {', '.join(unknown)}; there are {', '.join(PAGES)}")
    program = find_chromium()
    if program is None:
        print(MISSING, file=sys.stderr)
        return 1
    options.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, started(program) as browser:
        for name in options.names or PAGES:
            wanted = list(shots(name)) if options.all else [shot for shot in KEPT if shot.page == name]
            if wanted and (said := missing(name)):
                print(f"{name}: left out; {said}")
            elif wanted:
                path = Path(options.out if options.all else folder) / f"{name}.html"
                _photograph(browser, path.resolve(), wanted, options.out, options.all)
    return 0


def _photograph(browser: Browser, path: Path, wanted: list[Shot], out: Path, is_whole: bool) -> None:
    begun = time.perf_counter()
    PAGES[path.stem](path)
    print(
        f"{path.stem}: {path.stat().st_size / 1e6:.2f} MB in {time.perf_counter() - begun:.0f} s", flush=True
    )
    for shot in wanted:
        page = opened(browser, path, shot)
        size = write(page.screenshot(), out / shot.file)
        print(f"  {shot.file}: {size / 1e3:.0f} kB", flush=True)
        if is_whole:
            (out / shot.file).with_suffix(".whole.png").write_bytes(page.screenshot(full_page=True))
        page.context.close()


if __name__ == "__main__":
    sys.exit(main())
