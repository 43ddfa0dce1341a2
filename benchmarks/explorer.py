"""How long the explorer's page takes: to be made, to be painted, to be whole; and how smoothly it is dragged.

    python -m benchmarks.explorer [ROWS ...]

Rows of 20 correlated columns in eight classes, 10,000 and 100,000 of them, on a page of a code of two. A fit
is not timed. Times in the browser are the page's own performance timeline, from the start of the navigation;
frames are those of ``requestAnimationFrame`` in two seconds of dragging the map by the mouse. The median of
three loads, each in a new context.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from screenshots.chromium import MISSING, READY, find_chromium, started

import diabolo
from benchmarks.machine import describe_commit, describe_machine
from benchmarks.table import draw_table

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROWS = (10_000, 100_000)
LOADS = 3
SECONDS = 2.0
N_COLUMNS, N_CLASSES = 20, 8

_TIMES = """
() => ({
  paint: performance.getEntriesByName("first-contentful-paint")[0].startTime,
  map: performance.getEntriesByName("diabolo-map")[0].startTime,
  ready: performance.getEntriesByName("diabolo-ready")[0].startTime,
})
"""
_COUNT = """
() => {
  const frame = () => { performance.mark("frame"); requestAnimationFrame(frame); };
  requestAnimationFrame(frame);
}
"""
_FRAMES = """() => performance.getEntriesByName("frame").map((entry) => entry.startTime)"""


def table(n_rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw rows about the centers of classes, and their classes."""
    random = np.random.default_rng(0)
    classes = random.integers(0, N_CLASSES, n_rows)
    places = random.normal(0, 3, (N_CLASSES, 3))[classes] + random.normal(size=(n_rows, 3))
    X = np.tanh(places @ random.normal(size=(3, N_COLUMNS)) / 4) + random.normal(0, 0.05, (n_rows, N_COLUMNS))
    return X.astype(np.float32), classes


def dragged(page: Page) -> tuple[float, float]:
    """Drag the map in circles; return frames a second, and the longest wait for one in milliseconds."""
    box = page.locator("canvas.marks").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.evaluate(_COUNT)
    begun = time.perf_counter()
    while (passed := time.perf_counter() - begun) < SECONDS:
        page.mouse.move(x + 120 * np.sin(5 * passed), y + 90 * np.sin(7 * passed))
    frames = page.evaluate(_FRAMES)
    page.mouse.up()
    waits = np.diff(frames)
    return 1000 * len(waits) / (frames[-1] - frames[0]), float(waits.max())


def looked_at(browser: Browser, path: Path) -> dict[str, float]:
    """Load a page and drag its map; return milliseconds and frames."""
    page = browser.new_context(viewport={"width": 1280, "height": 860}, offline=True).new_page()
    page.goto(path.as_uri())
    page.wait_for_selector(READY, state="attached")
    found: dict[str, float] = page.evaluate(_TIMES)
    before = page.evaluate("JSON.stringify(diabolo.choice.view)")
    found["frames"], found["wait"] = dragged(page)
    assert page.evaluate("JSON.stringify(diabolo.choice.view)") != before, "the map was not dragged"
    page.context.close()
    return found


def main() -> int:
    """Make and look at a page of each size; 1 where there is no Chromium."""
    program = find_chromium()
    if program is None:
        print(MISSING, file=sys.stderr)
        return 1
    sizes = [int(number) for number in sys.argv[1:]] or ROWS
    machine = describe_machine()
    rows = []
    with tempfile.TemporaryDirectory() as folder, started(program) as browser:
        for n_rows in sizes:
            X, classes = table(n_rows)
            model = diabolo.Autoencoder(2, max_epochs=3, random_state=0).fit(X[:5000])
            path = Path(folder) / "page.html"
            begun = time.perf_counter()
            diabolo.report(model, X, classes, path=path)
            made = time.perf_counter() - begun
            loads = [looked_at(browser, path) for _ in range(LOADS)]
            middle = {name: statistics.median(load[name] for load in loads) for name in loads[0]}
            rows.append(
                [
                    f"{n_rows:,}",
                    f"{made:.1f}",
                    f"{path.stat().st_size / 1e6:.2f}",
                    *(f"{middle[name]:.0f}" for name in ("paint", "map", "ready", "frames", "wait")),
                ]
            )
        print(
            f"{machine['cpu']}, {machine['cores']} cores, load {machine['load_before']}; {machine['system']}"
        )
        print(f"Chromium {browser.version}, Diabolo at {describe_commit()}")
    names = ("made s", "MB", "paint ms", "map ms", "whole ms", "frames/s", "longest ms")
    print(draw_table(("rows", *names), rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
