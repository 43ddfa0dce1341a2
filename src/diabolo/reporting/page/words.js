// What the page says, in the reader's language.

let dictionary = {};
let language = "en";

/** Take the words of all languages, and the language to begin with. */
export function setWords(all, preferred) {
  dictionary = all;
  const known = (preferred ?? []).map((name) => name.toLowerCase().split("-")[0]).find((name) => name in all);
  language = known ?? "en";
}

/** The languages that there are. */
export function languages() {
  return Object.keys(dictionary);
}

/** The language that is spoken. */
export function currentLanguage() {
  return language;
}

/** Speak another language. */
export function speak(name) {
  language = name;
}

/** Say something; `{name}` in it is replaced by a value. */
export function say(key, values = {}) {
  const sentence = dictionary[language]?.[key] ?? dictionary.en?.[key] ?? key;
  return sentence.replace(/\{(\w+)\}/g, (whole, name) => {
    const value = values[name];
    return value === undefined ? whole : typeof value === "number" ? number(value) : isolated(String(value));
  });
}

// Letters written from right to left, and marks that turn what stands around them.
const TURNING = /[\u0590-\u08ff\u200e\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufefc]/;

/** Keep text that runs from right to left from turning the words around it. */
function isolated(text) {
  return TURNING.test(text) ? `\u2068${text}\u2069` : text;
}

/** Write a number for people, to so many significant digits. */
export function number(value, digits = 4) {
  if (value === null || value === undefined || Number.isNaN(value)) {
    return "–";
  }
  if (!Number.isFinite(value)) {
    return value > 0 ? "∞" : "−∞";
  }
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e9)) {
    return value.toExponential(digits - 1);
  }
  const whole = Number.isInteger(value) || size >= 10 ** digits;
  const form = whole ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: digits };
  return new Intl.NumberFormat(language, form).format(value);
}

/** Write a share as a percentage. */
export function percent(share, digits = 1) {
  const form = { style: "percent", maximumFractionDigits: digits };
  return Number.isFinite(share) ? new Intl.NumberFormat(language, form).format(share) : "–";
}
