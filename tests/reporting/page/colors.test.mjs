import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  classColor,
  contrast,
  css,
  differenceColor,
  MOST_CLASSES,
  missingColor,
  numberColor,
  parts,
} from "../../../src/diabolo/reporting/page/colors.js";
import { isClose, reference } from "./reference.mjs";

// What the style sheet has for the ground of both themes, light first.
const SHEET = readFileSync(new URL("../../../src/diabolo/reporting/page/style.css", import.meta.url), "utf8");
const [light, dark] = [...SHEET.matchAll(/--ground: (#[0-9a-f]{6});/g)].map(([, color]) => parts(color));
const GROUND = { light, dark };
const THEMES = Object.keys(GROUND);

/** How far colors are apart in CIELAB (CIE 1976), of linear light. */
function apart(one, other) {
  const lab = ([red, green, blue]) => {
    const turned = [
      (0.4124564 * red + 0.3575761 * green + 0.1804375 * blue) / 0.95047,
      0.2126729 * red + 0.7151522 * green + 0.072175 * blue,
      (0.0193339 * red + 0.119192 * green + 0.9503041 * blue) / 1.08883,
    ].map((part) => (part > 216 / 24389 ? Math.cbrt(part) : ((24389 / 27) * part + 16) / 116));
    return [116 * turned[1] - 16, 500 * (turned[0] - turned[1]), 200 * (turned[1] - turned[2])];
  };
  const [first, second] = [lab(one), lab(other)];
  return Math.hypot(...first.map((part, place) => part - second[place]));
}

function linear(color) {
  return color.map((part) =>
    part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4,
  );
}

function seen(matrix, color) {
  return matrix.map((row) => {
    const part = row.reduce((sum, share, channel) => sum + share * color[channel], 0);
    return Math.min(Math.max(part, 0), 1);
  });
}

test("a color is split, and written for CSS", () => {
  assert.deepEqual(parts("#0a80ff"), [10, 128, 255]);
  assert.equal(css([10, 128, 255]), "rgb(10, 128, 255)");
});

test("the dark theme's ground is dark", () => {
  assert.ok(contrast(light, [255, 255, 255]) < 1.2);
  assert.ok(contrast(dark, [0, 0, 0]) < 1.5);
});

test("contrast is that of WCAG", () => {
  assert.ok(isClose(contrast([0, 0, 0], [255, 255, 255]), 21, 1e-12));
  assert.ok(isClose(contrast([255, 255, 255], [0, 0, 0]), 21, 1e-12));
  assert.equal(contrast([7, 70, 200], [7, 70, 200]), 1);
  // The lightest gray that text on white may have, and the one after it.
  assert.ok(contrast(parts("#767676"), [255, 255, 255]) >= 4.5);
  assert.ok(contrast(parts("#777777"), [255, 255, 255]) < 4.5);
  // Pure red, whose luminance is its weight: (1 + 0.05) / (0.2126 + 0.05).
  assert.ok(isClose(contrast([255, 0, 0], [255, 255, 255]), 1.05 / 0.2626, 1e-12));
});

test("classes have colors of their own, which come again", () => {
  for (const theme of THEMES) {
    const found = Array.from({ length: 10 }, (_, number) => css(classColor(number, theme)));
    assert.equal(new Set(found).size, 10);
    assert.equal(css(classColor(10, theme)), found[0]);
  }
  assert.equal(MOST_CLASSES, 20);
});

test("the color-blind tell classes apart", () => {
  for (const theme of THEMES) {
    for (const [vision, matrix] of Object.entries(reference.visions)) {
      for (let one = 0; one < 10; one++) {
        for (let other = 0; other < one; other++) {
          const colors = [one, other].map((number) => seen(matrix, linear(classColor(number, theme))));
          const away = apart(...colors);
          assert.ok(away > 7, `${theme}, ${vision}: ${one} and ${other} are ${away.toFixed(1)} apart`);
        }
      }
    }
  }
});

test("classes stand out from the ground, three to one as WCAG has it of what is drawn", () => {
  for (const theme of THEMES) {
    for (let number = 0; number < 10; number++) {
      const found = contrast(classColor(number, theme), GROUND[theme]);
      assert.ok(found >= 3, `${theme}: ${number} has ${found.toFixed(2)}`);
    }
  }
});

test("what is missing stands out less than any class", () => {
  for (const theme of THEMES) {
    const missing = contrast(missingColor(theme), GROUND[theme]);
    for (let number = 0; number < 10; number++) {
      assert.ok(missing < contrast(classColor(number, theme), GROUND[theme]));
    }
  }
});

test("numbers have the colors of matplotlib's viridis, the most standing out", () => {
  for (const theme of THEMES) {
    const found = Array.from({ length: 101 }, (_, step) => numberColor(step / 100, theme));
    for (const color of found) {
      const away = reference.viridis.map((other) =>
        Math.hypot(...color.map((part, place) => part - other[place])),
      );
      assert.ok(Math.min(...away) < 16, `${color} is not of viridis`);
    }
    const strong = found.map((color) => contrast(color, GROUND[theme]));
    assert.ok(strong.every((each, step) => step === 0 || each >= strong[step - 1]));
    assert.ok(strong.at(-1) > 2 * strong[0]);
    // WCAG 2.2, 1.4.11, of what is drawn.
    assert.ok(strong[0] >= 3, `${strong[0]}`);
  }
});

test("differences are blue below and red above nothing", () => {
  const [below, none, above] = [-1, 0, 1].map(differenceColor);
  assert.ok(below[2] > below[0] && above[0] > above[2]);
  assert.equal(Math.max(...none) - Math.min(...none), 0);
});
