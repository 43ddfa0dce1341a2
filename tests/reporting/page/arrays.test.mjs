import assert from "node:assert/strict";
import { test } from "node:test";
import { inflate, missingOf, revive, rowOf, unpack } from "../../../src/diabolo/reporting/page/arrays.js";
import { reference } from "./reference.mjs";

const read = (number) => reference.blocks[number];

test("blocks that zlib deflated are typed arrays again", async () => {
  const types = [Uint8Array, Uint16Array, Int32Array, Float32Array, Float64Array];
  for (const [number, type] of reference.types.entries()) {
    const values = await revive({ block: number, type }, read);
    assert.ok(values instanceof types[number]);
    assert.deepEqual([...values], reference.numbers[type]);
  }
});

test("bytes come out of base64 as they went in", async () => {
  const bytes = new Uint8Array(await inflate(reference.blocks[0]));
  assert.deepEqual([...bytes], reference.numbers.u8);
});

test("blocks are found wherever they lie, and all else stays", async () => {
  const found = await revive(
    {
      title: "T",
      none: null,
      list: [1, "two", null],
      deep: { inner: [{ values: { block: 0, type: "u8" }, least: 0.5 }, [[{ block: 2, type: "i32" }]]] },
    },
    read,
  );
  assert.equal(found.title, "T");
  assert.equal(found.none, null);
  assert.deepEqual(found.list, [1, "two", null]);
  assert.equal(found.deep.inner[0].least, 0.5);
  assert.ok(found.deep.inner[0].values instanceof Uint8Array);
  assert.ok(found.deep.inner[1][0][0] instanceof Int32Array);
});

test("what only looks like a block stays what it is", async () => {
  const values = [{ block: "0", type: "u8" }, { block: 0, type: "u64" }, { type: "u8" }];
  assert.deepEqual(await revive(values, read), values);
});

test("packed numbers are least + step * value, and the largest value is missing", () => {
  const packed = { values: Uint8Array.of(0, 1, 254, 255), least: -1, step: 0.5 };
  assert.deepEqual([...unpack(packed)], [-1, -0.5, 126, Number.NaN]);
  const wide = { values: Uint16Array.of(255, 65534, 65535), least: 0, step: 1 };
  assert.deepEqual([...unpack(wide)], [255, 65534, Number.NaN]);
});

test("some of packed numbers are unpacked alone", () => {
  const packed = { values: Uint8Array.of(0, 1, 2, 3, 4), least: 10, step: 1 };
  assert.deepEqual([...unpack(packed, 1, 3)], [11, 12, 13]);
  assert.deepEqual([...unpack(packed, 3)], [13, 14]);
});

test("a row's columns have a least and a step each", () => {
  const packed = { values: Uint8Array.of(0, 1, 2, 3, 4, 255), least: [0, 100, -1], step: [1, 10, 0.5] };
  assert.deepEqual([...rowOf(packed, 0, 3)], [0, 110, 0]);
  assert.deepEqual([...rowOf(packed, 1, 3)], [3, 140, Number.NaN]);
});

test("numbers that are not packed are taken as they are", () => {
  const values = Float32Array.of(1.5, Number.NaN, -3, 4);
  assert.deepEqual([...rowOf(values, 1, 2)], [-3, 4]);
  assert.deepEqual([...unpack(values)], [1.5, Number.NaN, -3, 4]);
});

test("what stands for a missing value goes by the type", () => {
  assert.equal(missingOf(new Uint8Array(1)), 255);
  assert.equal(missingOf(new Uint16Array(1)), 65535);
});
