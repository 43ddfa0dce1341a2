import assert from "node:assert/strict";
import { test } from "node:test";
import {
  Grid,
  isInside,
  moved,
  neighborToward,
  pointsInside,
  toPixels,
  toUnit,
  WHOLE,
  zoomed,
} from "../../../src/diabolo/reporting/page/geometry.js";
import { isClose, reference } from "./reference.mjs";

const size = { width: 640, height: 480 };
const xs = Float32Array.from(reference.xs);
const ys = Float32Array.from(reference.ys);
const every = () => true;

function assertPlace([x, y], [expectedX, expectedY]) {
  assert.ok(isClose(x, expectedX, 1e-9) && isClose(y, expectedY, 1e-9), `${x}, ${y}`);
}

test("the whole square fills the canvas, y upward", () => {
  assertPlace(toPixels(WHOLE, size, 0, 0), [0, 480]);
  assertPlace(toPixels(WHOLE, size, 1, 1), [640, 0]);
  assertPlace(toPixels(WHOLE, size, 0.25, 0.75), [160, 120]);
});

test("pixels and places turn into each other under any view", () => {
  for (const view of [WHOLE, { x: 0.2, y: 0.4, scale: 7 }, { x: -3, y: 2, scale: 0.5 }]) {
    const [x, y] = toUnit(view, size, 123, 45);
    assertPlace(toPixels(view, size, x, y), [123, 45]);
  }
});

test("what is under the pointer stays there while zooming", () => {
  let view = WHOLE;
  for (const factor of [2, 3, 0.4, 1.5]) {
    const under = toUnit(view, size, 200, 300);
    const scale = view.scale;
    view = zoomed(view, size, 200, 300, factor);
    assert.ok(isClose(view.scale, scale * factor));
    assertPlace(toUnit(view, size, 200, 300), under);
  }
});

test("zooming ends, and what is under the pointer stays there at the end, too", () => {
  for (const factor of [1e9, 1e-9]) {
    const far = zoomed(WHOLE, size, 100, 100, factor);
    assert.deepEqual(zoomed(far, size, 10, 400, factor), far);
    assertPlace(toUnit(far, size, 100, 100), toUnit(WHOLE, size, 100, 100));
  }
});

test("what is dragged goes where the pointer goes", () => {
  const view = { x: 0.2, y: 0.4, scale: 3 };
  const [x, y] = toPixels(view, size, 0.5, 0.5);
  assertPlace(toPixels(moved(view, size, 30, -20), size, 0.5, 0.5), [x + 30, y - 20]);
});

test("points inside of a lasso are matplotlib's", () => {
  for (const [number, polygon] of reference.polygons.entries()) {
    const inside = reference.xs.map((x, point) => isInside(polygon, x, reference.ys[point]));
    const expected = reference.inside[number];
    assert.deepEqual(
      inside.flatMap((is, point) => (is ? [point] : [])),
      expected,
    );
    assert.deepEqual(pointsInside(polygon, reference.xs, reference.ys, every), expected);
    assert.deepEqual(
      pointsInside(polygon, reference.xs, reference.ys, (point) => point % 3 === 0),
      expected.filter((point) => point % 3 === 0),
    );
    assert.ok(expected.length > 50);
  }
});

test("a lasso of two places holds nothing", () => {
  const line = [
    [0, 0],
    [1, 1],
  ];
  assert.deepEqual(pointsInside(line, xs, ys, every), []);
});

test("the nearest point is the one that a search of all finds", () => {
  const grid = new Grid(xs, ys);
  const [reachX, reachY] = reference.reach;
  for (const [number, [x, y]] of reference.places.entries()) {
    assert.equal(grid.nearest(x, y, reachX, reachY, every), reference.nearest.all[number]);
    const found = grid.nearest(x, y, reachX, reachY, (point) => point % 2 === 1);
    assert.equal(found, reference.nearest.odd[number]);
  }
  assert.ok(reference.nearest.all.includes(-1));
});

test("a grid of no points has none near, and corners are in it", () => {
  assert.equal(new Grid([], []).nearest(0.5, 0.5, 1, 1, every), -1);
  const corners = new Grid([0, 1], [0, 1]);
  assert.equal(corners.nearest(0.001, 0.001, 0.01, 0.01, every), 0);
  assert.equal(corners.nearest(0.999, 0.999, 0.01, 0.01, every), 1);
});

test("arrow keys go to what lies that way, straight ahead first", () => {
  const [left, up] = [
    [0.5, 0.6, 0.9, 0.5, 0.1],
    [0.5, 0.7, 0.5, 0.9, 0.5],
  ];
  const toward = (x, y, mayBe = every) => neighborToward(left, up, 0, x, y, mayBe);
  assert.equal(toward(1, 0), 2);
  assert.equal(toward(-1, 0), 4);
  assert.equal(toward(0, 1), 3);
  assert.equal(toward(0, -1), 0);
  assert.equal(
    toward(1, 0, (point) => point !== 2),
    1,
  );
});
