import assert from "node:assert/strict";
import { test } from "node:test";
import {
  confusion,
  curves,
  differences,
  histogram,
  measures,
  thinned,
  ticks,
  wantsLogarithm,
} from "../../../src/diabolo/reporting/page/statistics.js";
import { isClose, reference } from "./reference.mjs";

function assertClose(found, expected, tolerance = 1e-9) {
  assert.equal(found.length, expected.length);
  for (const [place, number] of expected.entries()) {
    assert.ok(isClose(found[place], number, tolerance), `${place}: ${found[place]} is not ${number}`);
  }
}

test("the table of a line is scikit-learn's, and so are its measures", () => {
  for (const { scores, truth, lines } of reference.detectors) {
    for (const line of lines) {
      const table = confusion(Float64Array.from(scores), Uint8Array.from(truth), line.threshold);
      assert.deepEqual(table, line.table);
      const found = measures(table);
      for (const [name, expected] of Object.entries(line.measures)) {
        assert.ok(isClose(found[name], expected), `${name}: ${found[name]} is not ${expected}`);
      }
    }
  }
});

test("without known classes rows are flagged, and that is all", () => {
  const table = confusion(Float64Array.of(1, 2, 3), null, 1.5);
  assert.deepEqual(table, {
    truePositive: 0,
    falsePositive: 0,
    trueNegative: 0,
    falseNegative: 0,
    flagged: 2,
  });
  assert.deepEqual(measures(table), { accuracy: 0, precision: 0, recall: 0, f1: 0 });
});

test("the curves and their areas are scikit-learn's", () => {
  for (const each of reference.detectors) {
    const found = curves(Float64Array.from(each.scores), Uint8Array.from(each.truth));
    assert.ok(isClose(found.area, each.area), `area ${found.area} is not ${each.area}`);
    assert.ok(isClose(found.averagePrecision, each.averagePrecision));
    assert.equal(found.nPositive, each.nPositive);
    assert.equal(found.nNegative, each.nNegative);
    const column = (name) => found.points.map((point) => point[name]);
    assertClose(column("falseRate"), each.falseRate);
    assertClose(column("recall"), each.trueRate);
    assertClose(column("precision"), each.precision);
    assertClose(column("recall"), each.recall);
  }
});

test("a thinned curve keeps its ends and its order", () => {
  const points = Array.from({ length: 1000 }, (_, place) => place);
  const found = thinned(points, 100);
  assert.equal(found.length, 100);
  assert.equal(found[0], 0);
  assert.equal(found[99], 999);
  assert.ok(found.every((point, place) => place === 0 || point > found[place - 1]));
  assert.deepEqual(thinned([1, 2, 3], 3), [1, 2, 3]);
});

test("values are told apart by logarithms where they are positive and the largest is far out", () => {
  assert.equal(wantsLogarithm([1, 2, 3, 50]), false);
  assert.equal(wantsLogarithm([1, 2, 3, 61]), true);
  assert.equal(wantsLogarithm([0, 2, 3, 61]), false);
  assert.equal(wantsLogarithm([1, 2, 3, 61, Number.NaN]), true);
  assert.equal(wantsLogarithm([10, 9, 100]), false);
  assert.equal(wantsLogarithm([Number.NaN]), false);
});

test("histograms are NumPy's", () => {
  for (const { values, groups, isLogarithmic, low, high, counts } of reference.histograms) {
    const found = histogram(Float64Array.from(values), (row) => groups[row], 3, 20, isLogarithmic);
    assert.ok(isClose(found.low, low) && isClose(found.high, high));
    assert.deepEqual(found.counts, counts);
  }
});

test("a histogram leaves out what has no place, and shows one value as one", () => {
  const odd = histogram([1, Number.NaN, 2, Number.POSITIVE_INFINITY], () => 0, 1, 2, false);
  assert.deepEqual(odd.counts, [[1, 1]]);
  const same = histogram([3, 3, 3], () => 0, 1, 4, false);
  assert.ok(same.low < 3 && same.high > 3);
  assert.equal(
    same.counts[0].reduce((sum, count) => sum + count, 0),
    3,
  );
  assert.deepEqual(histogram([], () => 0, 1, 2, false).counts, [[0, 0]]);
  assert.deepEqual(histogram([0, 1, Math.E], () => 0, 1, 2, true).counts, [[1, 1]]);
});

test("columns in which chosen rows differ are NumPy's means over NumPy's deviations", () => {
  for (const { rows, isChosen, chosen, rest, apart } of reference.differences) {
    const rowAt = (row) => Float64Array.from(rows[row], (cell) => cell ?? Number.NaN);
    const found = differences(rows.length, 7, rowAt, (row) => isChosen[row]);
    assert.equal(found.length, 7);
    for (const each of found) {
      assert.ok(isClose(each.chosen, chosen[each.column], 1e-9), `chosen ${each.column}`);
      assert.ok(isClose(each.rest, rest[each.column], 1e-9), `rest ${each.column}`);
      assert.ok(isClose(each.apart, apart[each.column], 1e-6), `${each.apart} is not ${apart[each.column]}`);
    }
    assert.equal(found[0].column, 3);
    const sizes = found.map((each) => Math.abs(each.apart));
    assert.deepEqual(
      sizes,
      sizes.toSorted((one, other) => other - one),
    );
  }
});

test("a column that one side lacks, a side without rows and no rows at all say nothing", () => {
  const rows = [
    [1, Number.NaN],
    [2, 5],
  ];
  const found = differences(
    2,
    2,
    (row) => rows[row],
    (row) => row === 0,
  );
  assert.deepEqual(found, [{ column: 0, apart: -2, chosen: 1, rest: 2 }]);
  assert.deepEqual(
    differences(
      2,
      2,
      (row) => rows[row],
      () => true,
    ),
    [],
  );
  assert.deepEqual(
    differences(
      0,
      2,
      () => [],
      () => true,
    ),
    [],
  );
});

test("ticks are round numbers within the scale", () => {
  assert.deepEqual(ticks(0, 1, 5), [0, 0.2, 0.4, 0.6, 0.8, 1]);
  assert.deepEqual(ticks(-1, 1, 4), [-1, -0.5, 0, 0.5, 1]);
  assert.deepEqual(ticks(3, 97, 5), [20, 40, 60, 80]);
  assert.deepEqual(ticks(0.1, 0.35, 5), [0.1, 0.15, 0.2, 0.25, 0.3, 0.35]);
  assert.deepEqual(ticks(1e-9, 5e-9, 4), [1e-9, 2e-9, 3e-9, 4e-9, 5e-9]);
  assert.deepEqual(ticks(2, 2, 5), [2]);
});
