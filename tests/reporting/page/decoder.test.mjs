import assert from "node:assert/strict";
import { test } from "node:test";
import { ACTIVATION_NAMES, decode } from "../../../src/diabolo/reporting/page/decoder.js";
import { isClose, reference } from "./reference.mjs";

const typed = (layer) => ({
  ...layer,
  weight: Float32Array.from(layer.weight),
  bias: Float32Array.from(layer.bias),
});

test("activations are SciPy's", () => {
  for (const name of ACTIVATION_NAMES) {
    const layers = [{ weight: Float32Array.of(1), bias: Float32Array.of(0), activation: name }];
    const decoder = { layers, offset: [0], factor: [1] };
    for (const [place, input] of reference.inputs.entries()) {
      // Beyond 60 a hyperbolic sine is no float32.
      const [found] = decode(decoder, [name === "sinh" ? Math.max(Math.min(input, 60), -60) : input]);
      const expected = reference.activations[name][place];
      assert.ok(isClose(found, expected, 1e-7), `${name} of ${input}: ${found} is not ${expected}`);
    }
  }
});

test("a small number keeps its digits", () => {
  const decoder = {
    layers: [{ weight: Float32Array.of(1), bias: Float32Array.of(0), activation: "gelu" }],
    offset: [0],
    factor: [1],
  };
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
