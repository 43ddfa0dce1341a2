"""Chromium, found on this machine and started with nothing to say to the network."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NAMES = ("chromium", "chromium-browser", "google-chrome")
MISSING = (
    "there is no Chromium here: apt-get install chromium, or set DIABOLO_CHROMIUM to the program of a "
    f"Chromium or a Chrome (looked for on the PATH: {', '.join(NAMES)})"
)
READY = "html[data-ready]"
"""What a report's page matches when all of its rows are unpacked."""

# Beside what Playwright turns off itself. Debian's Chromium draws on the processor, as a test machine does.
_FLAGS = ("--disable-gpu", "--disable-quic", "--disable-sync", "--no-first-run", "--no-default-browser-check")


def find_chromium() -> str | None:
    """Find the program that ``DIABOLO_CHROMIUM`` names, else the first on the PATH.

    Returns
    -------
    str or None
        None where there is none.
    """
    named = os.environ.get("DIABOLO_CHROMIUM")
    programs = (shutil.which(name) for name in ([named] if named else NAMES))
    return next((program for program in programs if program), None)


@contextmanager
def started(program: str) -> Iterator[Browser]:
    """Start a browser without a window; it ends with the block.

    Parameters
    ----------
    program : str
        A Chromium or a Chrome.

    Yields
    ------
    playwright.sync_api.Browser
    """
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(_FLAGS))
        try:
            yield browser
        finally:
            browser.close()
