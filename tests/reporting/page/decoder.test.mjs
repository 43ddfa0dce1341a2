import assert from "node:assert/strict";
import { test } from "node:test";
import { ACTIVATION_NAMES, decode } from "../../../src/diabolo/reporting/page/decoder.js";
import { isClose, reference } from "./reference.mjs";

const TYPES = { weight: Float32Array, bias: Float32Array, index: Int32Array };

const typed = (layer) =>
  Object.fromEntries(
    Object.entries(layer).map(([name, value]) => [name, name in TYPES ? TYPES[name].from(value) : value]),
  );

/** A dense layer of one number. */
const single = (activation) => ({
  kind: "dense",
  weight: Float32Array.of(1),
  bias: Float32Array.of(0),
  activation,
});

test("activations are SciPy's", () => {
  for (const name of ACTIVATION_NAMES) {
    const decoder = { layers: [single(name)], offset: [0], factor: [1] };
    for (const [place, input] of reference.inputs.entries()) {
      // Beyond 60 a hyperbolic sine is no float32.
      const [found] = decode(decoder, [name === "sinh" ? Math.max(Math.min(input, 60), -60) : input]);
      const expected = reference.activations[name][place];
      assert.ok(isClose(found, expected, 1e-7), `${name} of ${input}: ${found} is not ${expected}`);
    }
  }
});

test("a small number keeps its digits", () => {
  const decoder = { layers: [single("gelu")], offset: [0], factor: [1] };
  assert.ok(Math.abs(decode(decoder, [1e-6])[0] / 5e-7 - 1) < 1e-5);
});

test("layers are passed through in order, and rows are in their units", () => {
  const { layers, offset, factor } = reference.decoder;
  const decoder = {
    layers: layers.map(typed),
    offset: Float32Array.from(offset),
    factor: Float32Array.from(factor),
  };
  for (const [number, code] of reference.codes.entries()) {
    const row = decode(decoder, Float32Array.from(code));
    assert.equal(row.length, 5);
    for (const [feature, expected] of reference.rows[number].entries()) {
      assert.ok(isClose(row[feature], expected, 1e-5), `${row[feature]} is not ${expected}`);
    }
  }
});

test("a code is left as it was", () => {
  const code = Float32Array.of(1, -2);
  const { layers, offset, factor } = reference.decoder;
  decode({ layers: layers.map(typed), offset, factor }, code);
  assert.deepEqual([...code], [1, -2]);
});

test("convolutions of any shape, stride and crop are SciPy's", () => {
  for (const { layer, code, row } of reference.convolutions) {
    const units = { offset: row.map(() => 0), factor: row.map(() => 1) };
    const found = decode({ layers: [typed(layer)], ...units }, code);
    assert.equal(found.length, row.length);
    for (const [place, expected] of row.entries()) {
      const shape = JSON.stringify({ ...layer, weight: null });
      assert.ok(isClose(found[place], expected, 1e-5), `${found[place]} is not ${expected}: ${shape}`);
    }
  }
});

test("convolutional networks decode as inverse_transform does", () => {
  const kinds = new Set();
  for (const { name, decoder, codes, rows } of reference.networks) {
    const all = rows.flat();
    const range = Math.max(...all) - Math.min(...all);
    const layers = decoder.layers.map(typed);
    for (const [number, code] of codes.entries()) {
      const row = decode({ ...decoder, layers }, Float32Array.from(code));
      assert.equal(row.length, rows[number].length, name);
      for (const [feature, expected] of rows[number].entries()) {
        assert.ok(
          Math.abs(row[feature] - expected) <= 1e-4 * range,
          `${name}: ${row[feature]} is not ${expected}`,
        );
      }
    }
    for (const { kind } of layers) {
      kinds.add(kind);
    }
  }
  assert.deepEqual([...kinds].sort(), ["convolution", "dense", "means", "some"]);
});
