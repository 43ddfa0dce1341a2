// Reconstructions: the best, middle and worst rows, and the error of each feature.

import { lineChart } from "./charts.js";
import { css, numberColor } from "./colors.js";
import { make, tableOf } from "./elements.js";
import { curveDrawing, featureTable, picture } from "./row_drawing.js";
import { number, percent, say } from "./words.js";

const MOST_FEATURES = 25;
const KINDS = ["best", "median", "worst"];
const SHOWN = { image: [6, 6, 12], series: [4, 4, 8], table: [3, 3, 6] };

/** Make the section of reconstructions. */
export function reconstructionSection(explorer, width) {
  const { errors, features } = explorer.summary;
  const rows = make("div", {});
  const show = () => rows.replaceChildren(...KINDS.map((kind) => extremeRows(explorer, kind)));
  explorer.on("details", show);
  show();
  const facts = [
    [say("errors.network"), errors.mean, true],
    [say("errors.linear", { n: explorer.summary.model.n_components }), errors.linear, false],
    [say("errors.constant"), errors.constant, false],
  ];
  const known = facts.filter(([, value]) => value !== null && Number.isFinite(value));
  const most = Math.max(...known.map(([, value]) => value), 1e-300);
  const bars = known.map(([name, value, isOwn]) => {
    const bar = make("span", {
      class: isOwn ? "gauge own" : "gauge",
      style: { width: `${Math.max(0.5, (100 * value) / most)}%` },
    });
    return [
      name,
      number(value),
      make("span", { class: "gauge-cell" }, bar),
      errors.constant > 0 ? percent(1 - value / errors.constant) : "–",
    ];
  });
  const header = [say("errors.method"), say("errors.mean"), "", say("errors.explained")];
  return make(
    "section",
    { id: "reconstructions", "aria-labelledby": "reconstructions-title" },
    make("h2", { id: "reconstructions-title", text: say("reconstructions.title") }),
    make(
      "div",
      { class: "columns" },
      make(
        "div",
        { class: "card" },
        make("h3", { text: say("errors.title") }),
        tableOf(say("errors.title"), header, bars),
        make("p", { class: "small", text: say("errors.words") }),
      ),
      features.error.length > 0
        ? make(
            "div",
            { class: "card" },
            make("h3", { text: say("features.title") }),
            ...featureParts(explorer, width),
          )
        : null,
    ),
    make("div", { class: "card" }, rows),
  );
}

function extremeRows(explorer, kind) {
  const points = explorer.summary.extremes[kind].slice(0, SHOWN[explorer.summary.kind][KINDS.indexOf(kind)]);
  const drawn = explorer.details
    ? points.map((point) => extremeRow(explorer, point)).filter((each) => each !== null)
    : [];
  return make(
    "div",
    {},
    make("h3", { text: say(`reconstructions.${kind}`) }),
    make("div", { class: "extremes" }, ...drawn),
  );
}

function extremeRow(explorer, point) {
  const row = explorer.rowOf(point);
  if (row === null) {
    return null;
  }
  const { details } = explorer;
  const error = explorer.summary.points.columns.find((column) => column.role === "error");
  const pin = () => explorer.change("pinned", { pinned: point });
  const title = make("button", {
    type: "button",
    class: "link",
    text: explorer.titleOf(point),
    onclick: pin,
  });
  const caption = make(
    "figcaption",
    {},
    title,
    error ? make("span", { class: "small", text: number(error.values[point], 3) }) : null,
  );
  let drawn;
  if (explorer.summary.kind === "image") {
    const pair = [
      [row.values, "row.original"],
      ...(row.rebuilt ? [[row.rebuilt, "row.reconstruction"]] : []),
    ];
    drawn = make(
      "div",
      { class: "pictures" },
      ...pair.map(([numbers, key]) => picture(numbers, details.shape, details.range, say(key))),
    );
  } else if (explorer.summary.kind === "series") {
    drawn = curveDrawing(row.values, row.rebuilt, details.shape, say("row.curveWords"), {
      width: 240,
      height: Math.min(200, 80 * details.shape[1]),
    });
  } else {
    drawn = make(
      "div",
      { class: "scrolls", tabindex: 0, role: "region", "aria-label": explorer.titleOf(point) },
      featureTable(explorer, row, 6),
    );
  }
  return make("figure", { class: "extreme" }, drawn, caption);
}

/** Draw the error of each feature as the rows are drawn: a picture, a curve, or a list. */
function featureParts(explorer, width) {
  const { features, kind } = explorer.summary;
  const nAll = features.n_features;
  const shape = explorer.summary.details.shape;
  const isWhole = features.error.length === nAll && !features.index;
  if (kind === "image" && isWhole && shape && shape[0] * shape[1] * shape[2] === nAll) {
    const theme = explorer.choice.theme;
    const most = Math.max(...features.error.filter(Number.isFinite), 1e-300);
    const [height, columns, channels] = shape;
    const canvas = make("canvas", {
      width: columns,
      height,
      class: "picture large",
      role: "img",
      "aria-label": say("features.picture"),
    });
    const context = canvas.getContext("2d");
    const image = context.createImageData(columns, height);
    for (let pixel = 0; pixel < height * columns; pixel++) {
      let sum = 0;
      for (let channel = 0; channel < channels; channel++) {
        sum += features.error[pixel * channels + channel] / channels;
      }
      image.data.set([...numberColor(sum / most, theme), 255], pixel * 4);
    }
    context.putImageData(image, 0, 0);
    const stops = Array.from({ length: 9 }, (_, place) => css(numberColor(place / 8, theme))).join(", ");
    const bar = make(
      "span",
      { class: "bar", "aria-hidden": true },
      make("span", { class: "stops", style: { background: `linear-gradient(to right, ${stops})` } }),
      make("span", { class: "ends" }, make("span", { text: "0" }), make("span", { text: number(most, 3) })),
    );
    return [make("p", { class: "small", text: say("features.picture") }), canvas, bar];
  }
  if (kind === "series" && isWhole) {
    const channels = shape?.[1] ?? 1;
    const lines = Array.from({ length: Math.min(channels, 8) }, (_, channel) => ({
      points: Array.from({ length: nAll / channels }, (_, time) => [
        time,
        features.error[time * channels + channel],
      ]),
      className: channel === 0 ? "first" : "second",
    }));
    return [
      lineChart({
        width,
        lines,
        xLabel: say("features.time"),
        yLabel: say("features.error"),
        words: say("features.curve"),
      }).svg,
    ];
  }
  const order = [...features.error.keys()].sort(
    (one, other) => unexplained(features, other) - unexplained(features, one),
  );
  const shown = order.slice(0, MOST_FEATURES);
  const rows = shown.map((feature) => {
    const share = unexplained(features, feature);
    const bar = make("span", {
      class: "gauge own",
      style: { width: `${Math.min(100, Math.max(0.5, 100 * share))}%` },
    });
    return [
      explorer.featureName(feature, features),
      number(features.error[feature], 3),
      make("span", { class: "gauge-cell" }, bar),
      percent(share, 0),
    ];
  });
  const header = [say("row.feature"), say("errors.mean"), "", say("features.unexplained")];
  const note =
    nAll > shown.length
      ? [make("p", { class: "small", text: say("features.some", { n: shown.length, of: nAll }) })]
      : [];
  const table = tableOf(say("features.title"), header, rows);
  table.classList.add("tall");
  return [table, ...note];
}

function unexplained(features, feature) {
  const spread = features.spread[feature];
  return spread > 0 ? features.error[feature] / spread : 0;
}
