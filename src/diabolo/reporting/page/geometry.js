// Where points lie: the view of a map, the point nearest to a place, the points inside of a lasso.

/** A view: what part of the unit square is shown. */
export const WHOLE = { x: 0, y: 0, scale: 1 };

/** Turn a place of the unit square (y upward) into pixels of a canvas. */
export function toPixels(view, size, x, y) {
  return [(x - view.x) * view.scale * size.width, (1 - y - view.y) * view.scale * size.height];
}

/** Turn pixels of a canvas into a place of the unit square (y upward). */
export function toUnit(view, size, pixelX, pixelY) {
  return [pixelX / size.width / view.scale + view.x, 1 - (pixelY / size.height / view.scale + view.y)];
}

/** Zoom by a factor about a pixel, which stays where it is. */
export function zoomed(view, size, pixelX, pixelY, factor) {
  const scale = Math.min(Math.max(view.scale * factor, 0.5), 400);
  const x = view.x + (pixelX / size.width) * (1 / view.scale - 1 / scale);
  const y = view.y + (pixelY / size.height) * (1 / view.scale - 1 / scale);
  return { x, y, scale };
}

/** Move a view by pixels. */
export function moved(view, size, pixelsX, pixelsY) {
  return {
    x: view.x - pixelsX / size.width / view.scale,
    y: view.y - pixelsY / size.height / view.scale,
    scale: view.scale,
  };
}

/** Say whether a place lies inside of a polygon, by the even-odd rule. */
export function isInside(polygon, x, y) {
  let inside = false;
  for (let here = 0, before = polygon.length - 1; here < polygon.length; before = here++) {
    const [hereX, hereY] = polygon[here];
    const [beforeX, beforeY] = polygon[before];
    if (hereY > y !== beforeY > y && x < ((beforeX - hereX) * (y - hereY)) / (beforeY - hereY) + hereX) {
      inside = !inside;
    }
  }
  return inside;
}

/** List the points inside of a polygon of the unit square, among those that may be. */
export function pointsInside(polygon, xs, ys, mayBe) {
  const found = [];
  const left = Math.min(...polygon.map(([x]) => x));
  const right = Math.max(...polygon.map(([x]) => x));
  const low = Math.min(...polygon.map(([, y]) => y));
  const high = Math.max(...polygon.map(([, y]) => y));
  for (let point = 0; point < xs.length; point++) {
    const [x, y] = [xs[point], ys[point]];
    const isNear = x >= left && x <= right && y >= low && y <= high;
    if (isNear && mayBe(point) && isInside(polygon, x, y)) {
      found.push(point);
    }
  }
  return found;
}

const CELLS = 128;

/** Points of the unit square sorted into cells, so that the nearest is found at once. */
export class Grid {
  constructor(xs, ys) {
    this.xs = xs;
    this.ys = ys;
    const cells = new Uint16Array(xs.length);
    const counts = new Uint32Array(CELLS * CELLS + 1);
    for (let point = 0; point < xs.length; point++) {
      cells[point] = cellOf(xs[point]) + CELLS * cellOf(ys[point]);
      counts[cells[point] + 1] += 1;
    }
    for (let cell = 0; cell < CELLS * CELLS; cell++) {
      counts[cell + 1] += counts[cell];
    }
    this.starts = counts;
    const next = Uint32Array.from(counts);
    this.points = new Uint32Array(xs.length);
    for (let point = 0; point < xs.length; point++) {
      this.points[next[cells[point]]++] = point;
    }
  }

  /** Find the point nearest to a place, within reaches along both axes, among those that may be; -1 is none. */
  nearest(x, y, reachX, reachY, mayBe) {
    let best = -1;
    let least = 1;
    for (let row = cellOf(y - reachY); row <= cellOf(y + reachY); row++) {
      for (let column = cellOf(x - reachX); column <= cellOf(x + reachX); column++) {
        const cell = column + CELLS * row;
        for (let place = this.starts[cell]; place < this.starts[cell + 1]; place++) {
          const point = this.points[place];
          const away = ((this.xs[point] - x) / reachX) ** 2 + ((this.ys[point] - y) / reachY) ** 2;
          if (away < least && mayBe(point)) {
            best = point;
            least = away;
          }
        }
      }
    }
    return best;
  }
}

function cellOf(place) {
  return Math.min(Math.max(Math.floor(place * CELLS), 0), CELLS - 1);
}

/** Find the point that lies next in a direction, as an arrow key asks; `from` where there is none. */
export function neighborToward(xs, ys, from, directionX, directionY, mayBe) {
  let best = from;
  let least = Number.POSITIVE_INFINITY;
  for (let point = 0; point < xs.length; point++) {
    const along = (xs[point] - xs[from]) * directionX + (ys[point] - ys[from]) * directionY;
    if (along > 0 && point !== from && mayBe(point)) {
      const across =
        Math.abs((xs[point] - xs[from]) * directionY) + Math.abs((ys[point] - ys[from]) * directionX);
      const away = along + 3 * across;
      if (away < least) {
        best = point;
        least = away;
      }
    }
  }
  return best;
}
