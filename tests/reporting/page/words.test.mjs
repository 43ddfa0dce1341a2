import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import {
  currentLanguage,
  languages,
  number,
  percent,
  say,
  setWords,
  speak,
} from "../../../src/diabolo/reporting/page/words.js";

const WORDS = {
  en: { rows: "{count} rows of {name}", only: "only here" },
  zh: { rows: "{name} 共 {count} 行" },
};

beforeEach(() => setWords(WORDS, ["en-US"]));

test("the first of the reader's languages that there is is spoken", () => {
  const spoken = (...preferred) => {
    setWords(WORDS, preferred);
    return currentLanguage();
  };
  assert.equal(spoken("zh-CN", "en"), "zh");
  assert.equal(spoken("ZH"), "zh");
  assert.equal(spoken("de-DE", "zh-Hant", "en"), "zh");
  assert.equal(spoken("de"), "en");
  assert.equal(spoken(), "en");
  assert.deepEqual(languages(), ["en", "zh"]);
});

test("values take their places, and a text with marks of its own is not looked at again", () => {
  assert.equal(say("rows", { count: 12, name: "{count} <b>" }), "12 rows of {count} <b>");
  assert.equal(say("rows", { count: 12345, name: "a" }), "12,345 rows of a");
  assert.equal(say("rows", { name: "a" }), "{count} rows of a");
  speak("zh");
  assert.equal(say("rows", { count: 12, name: "甲" }), "甲 共 12 行");
});

test("what one language lacks is said in English, what all lack by its key", () => {
  speak("zh");
  assert.equal(say("only"), "only here");
  assert.equal(say("nowhere"), "nowhere");
});

test("numbers are written for people", () => {
  assert.equal(number(0), "0");
  assert.equal(number(1 / 3), "0.3333");
  assert.equal(number(1 / 3, 2), "0.33");
  assert.equal(number(1234.5678), "1,235");
  assert.equal(number(123456.7), "123,457");
  assert.equal(number(100000), "100,000");
  assert.equal(number(0.00001234), "1.234e-5");
  assert.equal(number(2.5e12), "2.500e+12");
  assert.equal(number(Number.NaN), "–");
  assert.equal(number(null), "–");
  assert.equal(number(undefined), "–");
  assert.equal(number(Number.POSITIVE_INFINITY), "∞");
  assert.equal(number(Number.NEGATIVE_INFINITY), "−∞");
});

test("shares are percentages", () => {
  assert.equal(percent(0.1234), "12.3%");
  assert.equal(percent(1), "100%");
  assert.equal(percent(Number.NaN), "–");
});
