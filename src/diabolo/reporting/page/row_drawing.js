// One row, drawn as what it is: a picture, a curve, or bars of a table's features.

import { pathOf, scaled } from "./charts.js";
import { differenceColor } from "./colors.js";
import { draw, drawing, make } from "./elements.js";
import { number, say } from "./words.js";

/** Draw a picture, or a difference of pictures, of the numbers of its pixels. */
export function picture(numbers, shape, range, words, isDifference = false) {
  const [height, width, channels] = shape;
  const canvas = make("canvas", { width, height, class: "picture", role: "img", "aria-label": words });
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  const [low, high] = range;
  const span = high > low ? high - low : 1;
  for (let pixel = 0; pixel < width * height; pixel++) {
    let color;
    if (isDifference) {
      let most = 0;
      for (let channel = 0; channel < channels; channel++) {
        const away = numbers[pixel * channels + channel];
        most = Math.abs(away) > Math.abs(most) ? away : most;
      }
      color = differenceColor(Math.max(-1, Math.min(1, most / span)));
    } else {
      const channel = (place) => 255 * ((numbers[pixel * channels + place] - low) / span);
      color = channels === 3 ? [channel(0), channel(1), channel(2)] : [channel(0), channel(0), channel(0)];
    }
    image.data.set([...color.map((part) => (Number.isFinite(part) ? part : 0)), 255], pixel * 4);
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

/** Draw curves of one row: each channel in a band of its own, what was rebuilt over it. */
export function curveDrawing(row, rebuilt, shape, words, { width = 320, height = 120, usual = null } = {}) {
  const [length, channels] = shape;
  const band = height / channels;
  const svg = drawing(width, height, words);
  for (let channel = 0; channel < channels; channel++) {
    const take = (numbers) => Array.from({ length }, (_, time) => numbers[time * channels + channel]);
    const own = [take(row), ...(rebuilt ? [take(rebuilt)] : [])];
    const around = usual ? [take(usual.low), take(usual.high)] : [];
    const all = [...own, ...around].flat().filter(Number.isFinite);
    const [low, high] = [Math.min(...all), Math.max(...all)];
    const y = scaled(low, high > low ? high : low + 1, (channel + 1) * band - 3, channel * band + 3);
    const x = scaled(0, Math.max(length - 1, 1), 2, width - 2);
    if (around.length > 0) {
      const up = around[1].map((value, time) => [x(time), y(value)]);
      const down = around[0].map((value, time) => [x(time), y(value)]).reverse();
      svg.append(draw("path", { d: `${pathOf([...up, ...down])}Z`, class: "usual" }));
    }
    own.forEach((numbers, place) => {
      const d = pathOf(numbers.map((value, time) => [x(time), y(value)]));
      svg.append(draw("path", { d, class: `line ${place === 0 ? "first" : "second"}` }));
    });
  }
  return svg;
}

/** Order the features of a row by how far they lie from what is usual. */
export function byDistance(values, usual) {
  const away = (feature) => {
    const spread = usual.high[feature] - usual.low[feature];
    const distance = Math.abs(values[feature] - usual.middle[feature]);
    return Number.isNaN(distance) ? -1 : distance / (spread > 0 ? spread : Math.abs(usual.middle[feature]) || 1);
  };
  const distances = Array.from(values, (_, feature) => away(feature));
  return [...distances.keys()].sort((one, other) => distances[other] - distances[one]);
}

const BAR = { width: 130, height: 18 };

/** Draw where a value lies in what is usual of its feature, and where the rebuilt one lies. */
function placeBar(value, rebuilt, low, middle, high) {
  const spread = high > low ? high - low : Math.abs(middle) || 1;
  const at = (each) => BAR.width / 2 + Math.max(-1, Math.min(1, (each - middle) / spread / 1.5)) * (BAR.width / 2 - 5);
  const shapes = [
    draw("rect", { x: at(low), y: 5, width: Math.max(at(high) - at(low), 1), height: 8, class: "usual" }),
    draw("line", { x1: at(middle), x2: at(middle), y1: 3, y2: 15, class: "middle" }),
  ];
  if (rebuilt !== null && Number.isFinite(rebuilt)) {
    shapes.push(draw("circle", { cx: at(rebuilt), cy: 9, r: 4, class: "dot second" }));
  }
  if (Number.isFinite(value)) {
    shapes.push(draw("circle", { cx: at(value), cy: 9, r: 3.5, class: "dot first" }));
  }
  return draw("svg", { viewBox: `0 0 ${BAR.width} ${BAR.height}`, class: "place", "aria-hidden": true }, ...shapes);
}

/** List features of a table's row with value, rebuilt value and place among the usual ones. */
export function featureTable(explorer, row, most, isShort = false) {
  const { usual } = explorer.details;
  const lines = byDistance(row.values, usual)
    .slice(0, most)
    .map((feature) => [
      explorer.featureName(feature),
      row.values[feature],
      row.rebuilt?.[feature] ?? null,
      placeBar(row.values[feature], row.rebuilt?.[feature] ?? null, usual.low[feature], usual.middle[feature], usual.high[feature]),
    ]);
  const cells = lines.map(([name, value, rebuilt, bar]) =>
    make(
      "tr",
      {},
      make("th", { scope: "row", text: name }),
      make("td", { class: "number", text: number(value) }),
      isShort ? null : make("td", { class: "number", text: rebuilt === null ? "" : number(rebuilt) }),
      make("td", {}, bar),
    ),
  );
  for (const { name, value, rebuilt } of isShort ? [] : row.categories) {
    const texts = [value || "–", rebuilt || "–"].map((text) => make("td", { text }));
    cells.push(make("tr", { class: value === rebuilt ? null : "apart" }, make("th", { scope: "row", text: name }), ...texts, make("td")));
  }
  const heads = ["feature", "value", ...(isShort ? [] : ["rebuilt"]), "usual"];
  const head = make("tr", {}, ...heads.map((key) => make("th", { scope: "col", text: say(`row.${key}`) })));
  return make("table", { class: "features" }, make("thead", {}, head), make("tbody", {}, ...cells));
}

/** Draw a row alone, small, as a hover shows it. */
export function smallRow(explorer, row) {
  const { kind } = explorer.summary;
  const { details } = explorer;
  if (kind === "image") {
    return picture(row.values, details.shape, details.range, say("row.original"));
  }
  if (kind === "series") {
    return curveDrawing(row.values, null, details.shape, say("row.original"), { width: 200, height: 70 });
  }
  return featureTable(explorer, row, 5, true);
}

/** Draw a row beside its reconstruction and their difference. */
export function wholeRow(explorer, row) {
  const { kind } = explorer.summary;
  const { details } = explorer;
  const difference = row.rebuilt ? row.values.map((value, feature) => value - row.rebuilt[feature]) : null;
  if (kind === "image") {
    const figures = [[row.values, "original", false]];
    if (row.rebuilt) {
      figures.push([row.rebuilt, "reconstruction", false], [difference, "difference", true]);
    }
    const drawn = figures.map(([numbers, key, isDifference]) => {
      const image = picture(numbers, details.shape, details.range, say(`row.${key}`), isDifference);
      return make("figure", {}, image, make("figcaption", { text: say(`row.${key}`) }));
    });
    return make("div", { class: "pictures" }, ...drawn);
  }
  if (kind === "series") {
    const height = Math.min(360, 110 * details.shape[1]);
    const words = say("row.curveWords");
    const both = curveDrawing(row.values, row.rebuilt, details.shape, words, { height, usual: details.usual });
    const parts = [both, curveNames()];
    if (difference) {
      parts.push(make("p", { class: "small", text: say("row.difference") }));
      parts.push(curveDrawing(difference, null, details.shape, say("row.difference"), { height: height / 2 }));
    }
    return make("div", { class: "curves" }, ...parts);
  }
  const most = Math.min(row.values.length, 200);
  const isScrolled = { class: "scrolls tall", tabindex: 0, role: "region", "aria-label": say("row.features") };
  return make("div", isScrolled, featureTable(explorer, row, most));
}

function curveNames() {
  const sample = (name) => draw("svg", { viewBox: "0 0 24 8", class: "sample", "aria-hidden": true }, draw("path", { d: "M0 4L24 4", class: `line ${name}` }));
  const usual = draw("svg", { viewBox: "0 0 24 8", class: "sample", "aria-hidden": true }, draw("rect", { width: 24, height: 8, class: "usual" }));
  return make(
    "p",
    { class: "names" },
    make("span", {}, sample("first"), say("row.original")),
    make("span", {}, sample("second"), say("row.reconstruction")),
    make("span", {}, usual, say("row.usualRange")),
  );
}

/** Draw what the decoder makes of a code. */
export function decodedRow(explorer, values) {
  const { kind } = explorer.summary;
  const { details } = explorer;
  if (kind === "image") {
    return picture(values, details.shape, details.range, say("decoder.answer"));
  }
  if (kind === "series") {
    const height = Math.min(300, 90 * details.shape[1]);
    return curveDrawing(values, null, details.shape, say("decoder.answer"), { height, usual: details.usual });
  }
  const row = { values, rebuilt: null, categories: [] };
  return make("div", { class: "scrolls tall", tabindex: 0, role: "region", "aria-label": say("decoder.answer") }, featureTable(explorer, row, Math.min(values.length, 60), true));
}
