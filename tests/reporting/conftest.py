"""The browser that pages are opened in."""

import asyncio

import pytest
from screenshots.chromium import MISSING, find_chromium, started
from tests.conftest import absent
from tests.reporting.visit import Visit


@pytest.fixture(scope="session")
def chromium():
    """Start Chromium once a worker; give it, and the loop that Playwright waits in."""
    program = find_chromium()
    if program is None:
        absent(MISSING)
    with started(program) as browser:
        loop = asyncio.get_running_loop()
        asyncio._set_running_loop(None)
        yield browser, loop
        asyncio._set_running_loop(loop)


@pytest.fixture
def browser(chromium):
    """Lend Chromium to a test. Between tests Playwright's loop does not pass for one that runs."""
    browser, loop = chromium
    asyncio._set_running_loop(loop)
    yield browser
    asyncio._set_running_loop(None)


@pytest.fixture
def visit(browser):
    """Open pages from the disk with the network off; what a page complains of fails the test."""
    visit = Visit(browser)
    yield visit
    visit.end()
