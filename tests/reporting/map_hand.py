"""A hand on the map of a page: where points lie on the screen, and what a mouse does there."""

import numpy as np

_PLACES = """() => {
  const { axes, view } = diabolo.choice;
  const box = document.querySelector(".map .marks").getBoundingClientRect();
  const [xs, ys] = axes.map((axis) => diabolo.placesAlong(axis));
  return Array.from(xs, (x, point) => [
    box.left + (x - view.x) * view.scale * box.width,
    box.top + (1 - ys[point] - view.y) * view.scale * box.height,
  ]);
}"""
_GRAYS = """(canvas) => {
  const { width, height } = canvas;
  const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
  return [height, width, ...data];
}"""
_COLORS = """(canvas, [columns, rows]) => {
  const { width, height } = canvas;
  const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
  const starts = columns.map((column, place) => 4 * (rows[place] * width + column));
  return starts.map((start) => [...data.subarray(start, start + 3)]);
}"""
_PAINTED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())))"


def painted(page):
    """Wait until what was asked for is drawn."""
    page.evaluate(_PAINTED)


def places(page):
    """Say where every point lies on the screen, in CSS pixels; the map is brought into view."""
    page.locator(".map .marks").scroll_into_view_if_needed()
    return np.array(page.evaluate(_PLACES))


def box_of(page):
    """Give left, top, right and bottom of the map on the screen."""
    box = page.locator(".map .marks").bounding_box()
    return box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"]


def pixels(locator):
    """Read the pixels of a canvas: an array of shape (height, width, 4)."""
    height, width, *data = locator.evaluate(_GRAYS)
    return np.array(data).reshape(height, width, 4)


def colors_at(page, where):
    """Read the colors of the map, as it is painted, at places on the screen: an array of shape (n, 3)."""
    painted(page)
    left, top, *_ = box_of(page)
    columns, rows = (np.asarray(where) - [left, top]).round().astype(int).T.tolist()
    return np.array(page.locator(".map .points").evaluate(_COLORS, [columns, rows]))


def lines_of(locator):
    """Read the rows of a table as lists of text; numbers as Python writes them."""
    lines = locator.locator("tbody tr").evaluate_all(
        "all => all.map((row) => [...row.children].map((cell) => cell.textContent))"
    )
    return [[cell.replace(",", "").replace("\u2212", "-") for cell in line] for line in lines]


def mode(page, name):
    """Press one of the buttons Look, Lasso and Decode."""
    page.locator(".tools").get_by_role("button", name=name, exact=True).click()


def lone(where, least=20.0):
    """List points of which no other is near, on the screen."""
    away = np.hypot(*(where[:, None] - where[None]).transpose(2, 0, 1))
    np.fill_diagonal(away, np.inf)
    return np.flatnonzero(away.min(axis=1) > least)


def drag(page, path):
    """Draw a way with the mouse, the button held."""
    page.mouse.move(*path[0])
    page.mouse.down()
    for place in path[1:]:
        page.mouse.move(*place)
    page.mouse.up()


def distance_to_edges(polygon, points):
    """Say how far points are from the edges of a closed polygon."""
    starts, ends = polygon, np.roll(polygon, -1, axis=0)
    along = ends - starts
    share = np.einsum("pek,ek->pe", points[:, None] - starts[None], along) / (along**2).sum(axis=1)
    nearest = starts + np.clip(share, 0, 1)[..., None] * along
    return np.hypot(*(points[:, None] - nearest).transpose(2, 0, 1)).min(axis=1)


def is_clear(polygon, points, least=0.5):
    """Say whether no point is so near to an edge that rounding decides on which side it lies."""
    return bool((distance_to_edges(np.asarray(polygon, float), points) > least).all())
