import assert from "node:assert/strict";
import { test } from "node:test";
import { drawPoint, fill, stamp } from "../../../src/diabolo/reporting/page/raster.js";

const blank = (width, height) => {
  const pixels = new Uint8ClampedArray(width * height * 4);
  fill(pixels, [255, 255, 255]);
  return pixels;
};
const at = (pixels, width, x, y) => [...pixels.slice((y * width + x) * 4, (y * width + x) * 4 + 4)];

test("a stamp covers about as much as its circle", () => {
  for (const radius of [1, 2, 3.5, 6]) {
    const { side, cover } = stamp(radius, false);
    assert.equal(cover.length, side * side);
    const covered = cover.reduce((sum, share) => sum + share, 0) / 256;
    assert.ok(Math.abs(covered / (Math.PI * radius ** 2) - 1) < 0.15, `${radius}: ${covered}`);
  }
});

test("a stamp is the same from all sides, a ring open in the middle", () => {
  for (const isRing of [false, true]) {
    const { side, cover } = stamp(4, isRing);
    assert.deepEqual([...cover], [...cover].reverse());
    const turned = Array.from(cover, (_, place) => cover[(place % side) * side + Math.floor(place / side)]);
    assert.deepEqual([...cover], turned);
    assert.equal(cover[(side * side - 1) / 2], isRing ? 0 : 256);
  }
});

test("pixels are filled with one color, nothing of what lies behind shining through", () => {
  assert.deepEqual(at(blank(2, 2), 2, 1, 1), [255, 255, 255, 255]);
  const pixels = new Uint8ClampedArray(8);
  fill(pixels, [1, 2, 250]);
  assert.deepEqual([...pixels], [1, 2, 250, 255, 1, 2, 250, 255]);
});

test("a point is drawn where it is said to be, half as strong at half the opacity", () => {
  const whole = blank(21, 11);
  drawPoint(whole, 21, 11, 5, 5, stamp(2, false), [0, 0, 200], 256);
  assert.deepEqual(at(whole, 21, 5, 5), [0, 0, 200, 255]);
  assert.deepEqual(at(whole, 21, 12, 5), [255, 255, 255, 255]);
  const half = blank(21, 11);
  drawPoint(half, 21, 11, 5, 5, stamp(2, false), [0, 0, 200], 128);
  const [red] = at(half, 21, 5, 5);
  assert.ok(Math.abs(red - 127.5) <= 1);
});

test("at an edge the rest of a point is drawn, and nothing on the other side", () => {
  const width = 15;
  const shape = stamp(3, false);
  for (const [x, y] of [
    [0, 7],
    [14, 7],
    [7, 0],
    [7, 14],
    [0, 0],
    [14, 14],
  ]) {
    const pixels = blank(width, width);
    drawPoint(pixels, width, width, x, y, shape, [0, 0, 0], 256);
    assert.deepEqual(at(pixels, width, x, y), [0, 0, 0, 255]);
    for (let row = 0; row < width; row++) {
      for (let column = 0; column < width; column++) {
        if (Math.hypot(column - x, row - y) > 4) {
          assert.deepEqual(at(pixels, width, column, row), [255, 255, 255, 255], `${column}, ${row}`);
        }
      }
    }
  }
});

test("a point beyond the canvas draws nothing", () => {
  const untouched = blank(9, 9);
  for (const [x, y] of [
    [-50, 4],
    [50, 4],
    [4, -50],
    [4, 50],
    [-5, 4],
    [13, 4],
  ]) {
    const pixels = blank(9, 9);
    drawPoint(pixels, 9, 9, x, y, stamp(3, false), [0, 0, 0], 256);
    assert.deepEqual(pixels, untouched);
  }
});
