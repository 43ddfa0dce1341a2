// The map: points drawn by hand into one canvas, what the reader points at into another above it.

import { css, parts } from "./colors.js";
import { make } from "./elements.js";
import { Grid, moved, neighborToward, pointsInside, toPixels, toUnit, WHOLE, zoomed } from "./geometry.js";
import { drawPoint, fill, stamp } from "./raster.js";
import { smallRow } from "./row_drawing.js";
import { number, say } from "./words.js";

const REACH = 14;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/** The map and everything that a pointer or the keyboard does on it. */
export class MapView {
  constructor(explorer) {
    this.explorer = explorer;
    this.canvas = make("canvas", { class: "points" });
    this.marks = make("canvas", {
      class: "marks",
      tabindex: 0,
      role: "application",
      "aria-label": say("map.words", { n: explorer.nPoints }),
      "aria-describedby": "map-keys",
    });
    this.hover = make("div", { class: "hover", hidden: true });
    this.spoken = make("p", { class: "unseen", role: "status", "aria-live": "polite" });
    this.element = make("div", { class: "map" }, this.canvas, this.marks, this.hover, this.spoken);
    this.pointers = new Map();
    this.path = null;
    this.at = -1;
    this.isDue = false;
    this.order = shuffled(explorer.nPoints);
    this.listen();
    for (const name of ["axes", "color", "hidden", "selected"]) {
      explorer.on(name, () => this.refresh());
    }
    for (const name of ["pinned", "code", "view"]) {
      explorer.on(name, () => this.redraw());
    }
    new ResizeObserver(() => this.resize()).observe(this.element);
  }

  get xs() {
    return this.explorer.placesAlong(this.explorer.choice.axes[0]);
  }

  get ys() {
    return this.explorer.placesAlong(this.explorer.choice.axes[1]);
  }

  get size() {
    return { width: this.element.clientWidth, height: this.element.clientHeight };
  }

  listen() {
    const { marks } = this;
    marks.addEventListener("pointerdown", (event) => this.pointerDown(event));
    marks.addEventListener("pointermove", (event) => this.pointerMove(event));
    marks.addEventListener("pointerup", (event) => this.pointerUp(event));
    marks.addEventListener("pointercancel", (event) => this.pointerUp(event));
    marks.addEventListener("pointerleave", () => this.pointAt(-1));
    marks.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    marks.addEventListener("dblclick", () => this.show(WHOLE));
    marks.addEventListener("keydown", (event) => this.key(event));
    marks.addEventListener("blur", () => this.pointAt(-1));
  }

  /** Take the new size of the page. */
  resize() {
    const { width, height } = this.size;
    if (width === 0 || height === 0) {
      return;
    }
    this.density = Math.min(window.devicePixelRatio || 1, 2);
    for (const canvas of [this.canvas, this.marks]) {
      canvas.width = Math.round(width * this.density);
      canvas.height = Math.round(height * this.density);
    }
    this.image = this.canvas.getContext("2d").createImageData(this.canvas.width, this.canvas.height);
    this.refresh();
  }

  /** Colors, axes or chosen points are others: work them out, then draw. */
  refresh() {
    this.painted = this.explorer.shades();
    this.grid = null;
    this.centers = null;
    this.redraw();
  }

  redraw() {
    if (!this.isDue) {
      this.isDue = true;
      requestAnimationFrame(() => {
        this.isDue = false;
        this.drawPoints();
        this.drawMarks();
      });
    }
  }

  get radius() {
    const { nPoints, choice } = this.explorer;
    const base = nPoints < 400 ? 5 : nPoints < 2000 ? 4 : nPoints < 10000 ? 3 : nPoints < 40000 ? 2 : 1.4;
    return (base * Math.max(1, choice.view.scale) ** 0.3 * rem()) / 16;
  }

  drawPoints() {
    if (!this.image) {
      return;
    }
    const { explorer, canvas, image } = this;
    const { view, selected } = explorer.choice;
    const { shades, palette, isRing } = this.painted;
    const { width, height } = canvas;
    const [xs, ys] = [this.xs, this.ys];
    const ground = parts(getComputedStyle(document.documentElement).getPropertyValue("--ground").trim());
    fill(image.data, ground);
    const radius = this.radius * this.density;
    const [disc, ring] = [stamp(radius, false), stamp(radius, true)];
    const isFaint = (point) => selected !== null && selected[point] === 0;
    const shown = this.shownShades();
    const passes = selected === null ? [false] : [true, false];
    const [scaleX, scaleY] = [view.scale * width, view.scale * height];
    for (const faint of passes) {
      const opacity = faint ? 36 : explorer.nPoints > 20000 ? 170 : 215;
      for (let place = 0; place < this.order.length; place++) {
        const point = this.order[place];
        const shade = shades[point];
        if (shown[shade] === 0 || isFaint(point) !== faint) {
          continue;
        }
        const x = (xs[point] - view.x) * scaleX;
        const y = (1 - ys[point] - view.y) * scaleY;
        drawPoint(image.data, width, height, x, y, isRing(shade) ? ring : disc, palette[shade], opacity);
      }
    }
    canvas.getContext("2d").putImageData(image, 0, 0);
    if (!this.hasDrawn) {
      this.hasDrawn = true;
      performance.mark("diabolo-map");
    }
  }

  /** Which shades the legend shows: 1 or 0 for each of 256. */
  shownShades() {
    const shown = new Uint8Array(256).fill(1);
    const { color, hidden } = this.explorer.choice;
    for (const shade of hidden.get(color) ?? []) {
      shown[shade < 0 ? 255 : shade] = 0;
    }
    return shown;
  }

  drawMarks() {
    const { explorer, marks } = this;
    const context = marks.getContext("2d");
    context.setTransform(this.density, 0, 0, this.density, 0, 0);
    context.clearRect(0, 0, marks.width, marks.height);
    const style = getComputedStyle(document.documentElement);
    const [ink, ground, accent] = ["--ink", "--ground", "--accent"].map((name) =>
      style.getPropertyValue(name).trim(),
    );
    this.drawNames(context, ink, ground);
    const ring = (x, y, color) => {
      for (const [wide, stroke] of [
        [5, ground],
        [2.5, color],
      ]) {
        context.lineWidth = wide;
        context.strokeStyle = stroke;
        context.beginPath();
        context.arc(x, y, this.radius + 4, 0, 7);
        context.stroke();
      }
    };
    for (const [point, color] of [
      [explorer.choice.pinned, accent],
      [this.at, ink],
    ]) {
      if (point >= 0) {
        ring(...this.pixelsOf(point), color);
      }
    }
    const place = explorer.decodedPlace?.();
    if (place) {
      const [x, y] = toPixels(explorer.choice.view, this.size, place[0], place[1]);
      context.lineWidth = 2;
      context.strokeStyle = accent;
      context.strokeRect(x - 6, y - 6, 12, 12);
      context.beginPath();
      context.moveTo(x - 10, y);
      context.lineTo(x + 10, y);
      context.moveTo(x, y - 10);
      context.lineTo(x, y + 10);
      context.stroke();
    }
    if (this.path && this.path.length > 1) {
      context.beginPath();
      for (const [x, y] of this.path) {
        context.lineTo(x, y);
      }
      context.closePath();
      context.fillStyle = accent;
      context.globalAlpha = 0.14;
      context.fill();
      context.globalAlpha = 1;
      context.lineWidth = 2;
      context.strokeStyle = accent;
      context.stroke();
    }
  }

  /** Write the names of classes where most of their points are. */
  drawNames(context, ink, ground) {
    const { explorer } = this;
    const column = explorer.colorColumn;
    if (column?.kind !== "classes") {
      return;
    }
    const { classes } = explorer.classesOf(column);
    this.centers ??= crowds(this.painted.shades, this.xs, this.ys, classes.length);
    const shown = this.shownShades();
    context.font = `600 ${Math.round(0.9 * rem())}px system-ui, sans-serif`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.lineJoin = "round";
    const taken = [];
    classes.forEach((each, place) => {
      const center = this.centers[place];
      if (each.isOthers || center === null || shown[place] === 0) {
        return;
      }
      const [x, y] = toPixels(explorer.choice.view, this.size, center[0], center[1]);
      const text = each.name.length > 24 ? `${each.name.slice(0, 22)}…` : each.name;
      const half = context.measureText(text).width / 2 + 3;
      if (taken.some((other) => Math.abs(other.x - x) < other.half + half && Math.abs(other.y - y) < rem())) {
        return;
      }
      taken.push({ x, y, half });
      context.lineWidth = 4;
      context.strokeStyle = ground;
      context.strokeText(text, x, y);
      context.fillStyle = ink;
      context.fillText(text, x, y);
    });
  }

  pixelsOf(point) {
    return toPixels(this.explorer.choice.view, this.size, this.xs[point], this.ys[point]);
  }

  /** Find the point under a place of the canvas. */
  pointUnder(x, y) {
    this.grid ??= new Grid(this.xs, this.ys);
    const { view } = this.explorer.choice;
    const [unitX, unitY] = toUnit(view, this.size, x, y);
    const reach = Math.max(this.radius + 2, REACH * 0.6);
    const reaches = [reach / this.size.width / view.scale, reach / this.size.height / view.scale];
    return this.grid.nearest(unitX, unitY, ...reaches, (point) => this.explorer.isShown(point));
  }

  /** Point at a row: mark it and show it; -1 at none. */
  pointAt(point, isSpoken = false) {
    if (point !== this.at) {
      this.at = point;
      this.fillHover();
      this.redraw();
    }
    if (isSpoken && point >= 0) {
      this.spoken.textContent = this.explorer.titleOf(point);
    }
  }

  fillHover() {
    const { explorer, hover, at } = this;
    hover.hidden = at < 0;
    if (at < 0) {
      return;
    }
    const row = explorer.rowOf(at);
    const column = explorer.colorColumn;
    const text =
      column && column.role !== "label" ? `${explorer.nameOf(column)} ${explorer.textOf(column, at)}` : null;
    hover.replaceChildren(
      make("strong", { text: explorer.titleOf(at) }),
      row ? smallRow(explorer, row) : make("span", { class: "small", text: say("row.absent") }),
      text === null ? "" : make("span", { class: "small", text }),
    );
    const [x, y] = this.pixelsOf(at);
    const { width, height } = this.size;
    const [wide, tall] = [hover.offsetWidth, hover.offsetHeight];
    const left = x + 16 + wide > width ? x - 16 - wide : x + 16;
    hover.style.left = `${Math.min(Math.max(left, 0), Math.max(width - wide, 0))}px`;
    hover.style.top = `${Math.min(Math.max(y - tall / 2, 0), Math.max(height - tall, 0))}px`;
  }

  /** Show another part of the map. */
  show(view) {
    this.explorer.change("view", { view });
    this.fillHover();
  }

  /** Zoom about the middle. */
  zoom(factor) {
    const { width, height } = this.size;
    this.show(zoomed(this.explorer.choice.view, this.size, width / 2, height / 2, factor));
  }

  place(event) {
    const box = this.marks.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  pointerDown(event) {
    if (event.button > 0) {
      return;
    }
    try {
      this.marks.setPointerCapture(event.pointerId);
    } catch {
      // A pointer that is gone already cannot be held; its events come all the same.
    }
    this.pointers.set(event.pointerId, this.place(event));
    this.pressed = { at: this.place(event), hasMoved: false };
    if (this.explorer.choice.mode === "lasso" && this.pointers.size === 1) {
      this.path = [this.place(event)];
    } else {
      this.path = null;
      this.decodeAt(event);
    }
  }

  pointerMove(event) {
    const [x, y] = this.place(event);
    const before = this.pointers.get(event.pointerId);
    if (before === undefined) {
      this.pointAt(this.pointUnder(x, y));
      return;
    }
    if (Math.hypot(x - this.pressed.at[0], y - this.pressed.at[1]) > 4) {
      this.pressed.hasMoved = true;
    }
    if (this.path) {
      this.path.push([x, y]);
      this.redraw();
    } else if (this.pointers.size === 2) {
      this.pinch(event.pointerId, [x, y]);
    } else if (this.explorer.choice.mode === "decode") {
      this.decodeAt(event);
    } else if (this.pressed.hasMoved) {
      this.show(moved(this.explorer.choice.view, this.size, x - before[0], y - before[1]));
    }
    this.pointers.set(event.pointerId, [x, y]);
  }

  pinch(moving, [x, y]) {
    const [, [otherX, otherY]] = [...this.pointers].find(([pointer]) => pointer !== moving);
    const [beforeX, beforeY] = this.pointers.get(moving);
    const factor =
      Math.hypot(x - otherX, y - otherY) / Math.max(Math.hypot(beforeX - otherX, beforeY - otherY), 1);
    const middle = [(x + otherX) / 2, (y + otherY) / 2];
    const view = moved(this.explorer.choice.view, this.size, (x - beforeX) / 2, (y - beforeY) / 2);
    this.show(zoomed(view, this.size, ...middle, factor));
  }

  pointerUp(event) {
    const wasDown = this.pointers.delete(event.pointerId);
    if (this.path) {
      this.choose();
    } else if (wasDown && !this.pressed.hasMoved && event.type === "pointerup") {
      const [x, y] = this.place(event);
      const point = this.pointUnder(x, y);
      if (this.explorer.choice.mode !== "decode" && point >= 0) {
        this.explorer.change("pinned", { pinned: point });
      } else if (this.explorer.choice.mode === "look") {
        this.explorer.decodeFrom?.(...toUnit(this.explorer.choice.view, this.size, x, y));
      }
    }
  }

  decodeAt(event) {
    const { choice } = this.explorer;
    if (choice.mode === "decode") {
      this.explorer.decodeFrom?.(...toUnit(choice.view, this.size, ...this.place(event)));
    }
  }

  /** Choose the points inside of the lasso. */
  choose() {
    const { explorer } = this;
    const polygon = this.path.map(([x, y]) => toUnit(explorer.choice.view, this.size, x, y));
    this.path = null;
    if (polygon.length < 4) {
      explorer.change("selected", { selected: null });
      return;
    }
    this.select(pointsInside(polygon, this.xs, this.ys, (point) => explorer.isShown(point)));
  }

  /** Choose points; none of them is no choice. */
  select(points) {
    const selected = points.length > 0 ? new Uint8Array(this.explorer.nPoints) : null;
    for (const point of points) {
      selected[point] = 1;
    }
    this.explorer.change("selected", { selected });
  }

  /** Choose the points that are in view, as the keyboard's way to a lasso. */
  selectInView() {
    const { view } = this.explorer.choice;
    const [left, top] = toUnit(view, this.size, 0, 0);
    const [right, bottom] = toUnit(view, this.size, this.size.width, this.size.height);
    const corners = [
      [left, top],
      [right, top],
      [right, bottom],
      [left, bottom],
    ];
    this.select(pointsInside(corners, this.xs, this.ys, (point) => this.explorer.isShown(point)));
  }

  wheel(event) {
    event.preventDefault();
    const [x, y] = this.place(event);
    const step = event.deltaMode === 1 ? 16 : 1;
    this.show(zoomed(this.explorer.choice.view, this.size, x, y, Math.exp(-event.deltaY * step * 0.0016)));
  }

  key(event) {
    const arrow = ARROWS[event.key];
    const { explorer } = this;
    if (arrow && event.shiftKey) {
      this.show(moved(explorer.choice.view, this.size, -60 * arrow[0], 60 * arrow[1]));
    } else if (arrow) {
      const start =
        this.at >= 0 ? this.at : explorer.choice.pinned >= 0 ? explorer.choice.pinned : this.middle();
      const isShown = (point) => this.xs[point] >= 0 && this.ys[point] >= 0 && explorer.isShown(point);
      const isFirst = this.at < 0 && explorer.choice.pinned < 0;
      this.pointAt(isFirst ? start : neighborToward(this.xs, this.ys, start, ...arrow, isShown), true);
    } else if ((event.key === "Enter" || event.key === " ") && this.at >= 0) {
      explorer.change("pinned", { pinned: this.at });
    } else if (event.key === "+" || event.key === "=") {
      this.zoom(1.4);
    } else if (event.key === "-") {
      this.zoom(1 / 1.4);
    } else if (event.key === "0") {
      this.show(WHOLE);
    } else if (event.key === "Escape") {
      this.path = null;
      explorer.change("selected", { selected: null });
    } else {
      return;
    }
    event.preventDefault();
  }

  /** The point nearest to the middle of what is shown. */
  middle() {
    const { view } = this.explorer.choice;
    const [x, y] = toUnit(view, this.size, this.size.width / 2, this.size.height / 2);
    this.grid ??= new Grid(this.xs, this.ys);
    return this.grid.nearest(x, y, 2, 2, (point) => this.explorer.isShown(point));
  }
}

/** How large letters are, in pixels. */
function rem() {
  return Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
}

/** An order of points in which no class lies above the others, the same each time. */
function shuffled(count) {
  const order = Uint32Array.from({ length: count }, (_, place) => place);
  let state = 20240229;
  for (let place = count - 1; place > 0; place--) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const other = Math.floor((state / 4294967296) * (place + 1));
    [order[place], order[other]] = [order[other], order[place]];
  }
  return order;
}

const CROWD = 20;

/** Find where most points of each class are: the fullest of coarse cells with its neighbors, and their mean. */
function crowds(shades, xs, ys, nClasses) {
  const counts = Array.from({ length: nClasses }, () => new Uint32Array(CROWD * CROWD));
  const cell = (place) => Math.min(Math.max(Math.floor(place * CROWD), 0), CROWD - 1);
  const isThere = (point) => shades[point] < nClasses && xs[point] >= 0 && ys[point] >= 0;
  for (let point = 0; point < shades.length; point++) {
    if (isThere(point)) {
      counts[shades[point]][cell(xs[point]) + CROWD * cell(ys[point])] += 1;
    }
  }
  const fullest = counts.map(fullestCell);
  const sums = fullest.map(() => [0, 0, 0]);
  for (let point = 0; point < shades.length; point++) {
    if (isThere(point)) {
      const [column, row] = fullest[shades[point]];
      if (Math.abs(cell(xs[point]) - column) < 2 && Math.abs(cell(ys[point]) - row) < 2) {
        const sum = sums[shades[point]];
        sum[0] += xs[point];
        sum[1] += ys[point];
        sum[2] += 1;
      }
    }
  }
  return sums.map(([x, y, count]) => (count === 0 ? null : [x / count, y / count]));
}

function fullestCell(counts) {
  let [best, most] = [[0, 0], 0];
  for (let row = 0; row < CROWD; row++) {
    for (let column = 0; column < CROWD; column++) {
      let sum = 0;
      for (let y = Math.max(row - 1, 0); y <= Math.min(row + 1, CROWD - 1); y++) {
        for (let x = Math.max(column - 1, 0); x <= Math.min(column + 1, CROWD - 1); x++) {
          sum += counts[x + CROWD * y];
        }
      }
      // Of a crowd that reaches over several cells, its middle.
      sum += counts[column + CROWD * row] / 100;
      if (sum > most) {
        [best, most] = [[column, row], sum];
      }
    }
  }
  return best;
}

/** Write what a color bar says at its ends. */
export function scaleText(scale) {
  return [0, 0.5, 1].map((share) => number(scale.numberOf(share), 3));
}

/** The color of a shade, for CSS. */
export function shadeColor(painted, shade) {
  return css(painted.palette[shade < 0 ? 255 : shade]);
}
