// Drawings of numbers: lines, histograms and bars, as SVG.

import { draw, drawing, make } from "./elements.js";
import { ticks } from "./statistics.js";
import { number } from "./words.js";

const EDGE = { left: 58, right: 12, top: 10, bottom: 40 };

/** Scale numbers to pixels, or their logarithms. */
export function scaled(low, high, from, to, isLogarithmic = false) {
  const turn = isLogarithmic ? Math.log10 : (value) => value;
  const [start, end] = [turn(low), turn(high)];
  const span = end > start ? end - start : 1;
  return (value) => from + ((turn(value) - start) / span) * (to - from);
}

/** Lay out a chart's axes; `place` turns numbers into pixels, `add` draws within. */
export function axes({ width, height, x, y, words }) {
  const area = { left: EDGE.left, right: width - EDGE.right, top: EDGE.top, bottom: height - EDGE.bottom };
  const placeX = scaled(x.low, x.high, area.left, area.right, x.isLogarithmic);
  const placeY = scaled(y.low, y.high, area.bottom, area.top, y.isLogarithmic);
  const lines = draw("g", { class: "grid" });
  const labels = draw("g", { class: "ticks" });
  for (const value of valuesAlong(x, (area.right - area.left) / 80)) {
    const at = placeX(value);
    lines.append(draw("line", { x1: at, x2: at, y1: area.bottom, y2: area.bottom + 4 }));
    labels.append(
      draw("text", { x: at, y: area.bottom + 17, "text-anchor": "middle", text: tickText(value) }),
    );
  }
  for (const value of valuesAlong(y, (area.bottom - area.top) / 45)) {
    const at = placeY(value);
    lines.append(draw("line", { x1: area.left, x2: area.right, y1: at, y2: at }));
    labels.append(draw("text", { x: area.left - 6, y: at + 4, "text-anchor": "end", text: tickText(value) }));
  }
  const middle = (area.left + area.right) / 2;
  labels.append(
    draw("text", { x: middle, y: height - 5, "text-anchor": "middle", class: "axis", text: x.label }),
  );
  const upright = `translate(13 ${(area.top + area.bottom) / 2}) rotate(-90)`;
  labels.append(draw("text", { transform: upright, "text-anchor": "middle", class: "axis", text: y.label }));
  const within = draw("g", {});
  const svg = drawing(width, height, words, lines, labels, within);
  return { svg, area, placeX, placeY, add: (...shapes) => within.append(...shapes) };
}

function valuesAlong(axis, about) {
  if (!axis.isLogarithmic) {
    return ticks(axis.low, axis.high, about);
  }
  const [low, high] = [Math.log10(axis.low), Math.log10(axis.high)];
  if (high - low < 1.2) {
    return ticks(axis.low, axis.high, about).filter((value) => value > 0);
  }
  return ticks(low, high, Math.min(about, high - low))
    .filter(Number.isInteger)
    .map((power) => 10 ** power);
}

function tickText(value) {
  const size = Math.abs(value);
  return size >= 1e5 || (size > 0 && size < 1e-3) ? value.toExponential().replace("+", "") : number(value, 3);
}

/** Write numbers as the path of a line, with gaps where a number is missing. */
export function pathOf(points) {
  let [path, isDown] = ["", false];
  for (const [x, y] of points) {
    if (Number.isFinite(x) && Number.isFinite(y)) {
      path += `${isDown ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`;
      isDown = true;
    } else {
      isDown = false;
    }
  }
  return path;
}

/** The least and the largest of numbers that are there, a little apart. */
export function extent(numbers, isLogarithmic = false) {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of numbers) {
    if (Number.isFinite(value) && (!isLogarithmic || value > 0)) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  if (low > high) {
    return [0, 1];
  }
  if (low === high) {
    return isLogarithmic
      ? [low / 2, high * 2]
      : [low - Math.abs(low) / 2 - 0.5, high + Math.abs(high) / 2 + 0.5];
  }
  return [low, high];
}

/** Draw lines over one axis; each is `{name, points: [[x, y]], className}`. */
export function lineChart({
  width,
  height = 240,
  lines,
  xLabel,
  yLabel,
  isLogarithmic = false,
  words,
  y = null,
}) {
  const [lowX, highX] = extent(lines.flatMap((line) => line.points.map(([x]) => x)));
  const [lowY, highY] =
    y ??
    extent(
      lines.flatMap((line) => line.points.map((point) => point[1])),
      isLogarithmic,
    );
  const chart = axes({
    width,
    height,
    x: { low: lowX, high: highX, label: xLabel },
    y: { low: lowY, high: highY, label: yLabel, isLogarithmic },
    words,
  });
  for (const line of lines) {
    const path = pathOf(line.points.map(([x, value]) => [chart.placeX(x), chart.placeY(value)]));
    chart.add(draw("path", { d: path, class: `line ${line.className ?? ""}` }));
    if (line.points.length <= 20) {
      for (const [x, value] of line.points.filter(([, each]) => Number.isFinite(each))) {
        chart.add(
          draw("circle", {
            cx: chart.placeX(x),
            cy: chart.placeY(value),
            r: 3,
            class: `dot ${line.className ?? ""}`,
          }),
        );
      }
    }
  }
  return chart;
}

/** Name lines by their looks. */
export function lineNames(lines) {
  const sample = (line) =>
    draw(
      "svg",
      { viewBox: "0 0 24 8", class: "sample", "aria-hidden": true },
      draw("path", { d: "M0 4L24 4", class: `line ${line.className ?? ""}` }),
    );
  return make("p", { class: "names" }, ...lines.map((line) => make("span", {}, sample(line), line.name)));
}
