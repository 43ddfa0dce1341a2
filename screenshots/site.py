"""Photograph the documentation site that `make docs` built: ``python -m screenshots.site [--out FOLDER]``.

Five pages at two widths, the start page in the dark, too. Nothing is downloaded: a page that asked for
something of another server would be shown without it, and the program says so and fails.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from screenshots.__main__ import WINDOWS, write
from screenshots.chromium import MISSING, find_chromium, started

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SITE = Path(__file__).parents[1] / "docs" / "_build" / "html"
PAGES = {
    "start": "index.html",
    "chinese": "zh-CN.html",
    "guide": "how-to/find-anomalies.html",
    "class": "api/diabolo.Autoencoder.html",
    "gallery": "gallery/index.html",
}
"""What each picture is called, and the page that it shows."""


def photograph(browser: Browser, page: str, window: str, color_scheme: str, path: Path) -> list[str]:
    """Photograph one page; return what is wrong with it: errors, and text wider than the window."""
    size = WINDOWS[window]
    context = browser.new_context(
        viewport={"width": size.width, "height": size.height},
        device_scale_factor=size.density,
        color_scheme=color_scheme,
        offline=True,
    )
    view, wrong = context.new_page(), []
    view.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    view.on("pageerror", lambda error: wrong.append(str(error)))
    view.goto((SITE / PAGES[page]).as_uri())
    view.wait_for_function("document.fonts.status === 'loaded'")
    if (excess := view.evaluate("document.documentElement.scrollWidth - innerWidth")) > 0:
        wrong.append(f"{excess} pixels wider than the window")
    write(view.screenshot(), path)
    context.close()
    return wrong


def main() -> int:
    """Photograph the pages; 1 where there is no site or no Chromium, or where a page has errors."""
    parser = argparse.ArgumentParser(prog="python -m screenshots.site", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("screenshots-output"), help="a folder")
    out = parser.parse_args().out
    program = find_chromium()
    if program is None or not SITE.is_dir():
        print(MISSING if program is None else f"there is no site at {SITE}: make docs", file=sys.stderr)
        return 1
    out.mkdir(parents=True, exist_ok=True)
    status = 0
    with started(program) as browser:
        for page in PAGES:
            for window in WINDOWS:
                for color_scheme in ("light", "dark") if page == "start" else ("light",):
                    path = out / f"site-{page}-{window}-{color_scheme}.png"
                    wrong = photograph(browser, page, window, color_scheme, path)
                    print(path, *wrong, sep="\n  ")
                    status = 1 if wrong else status
    return status


if __name__ == "__main__":
    sys.exit(main())
