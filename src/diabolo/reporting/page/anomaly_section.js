// Anomalies: scores, a line that the reader moves, and all that follows from it.

import { axes, lineChart } from "./charts.js";
import { draw, make, tableOf } from "./elements.js";
import { factList } from "./row_card.js";
import { confusion, curves, histogram, measures, thinned, wantsLogarithm } from "./statistics.js";
import { number, percent, say } from "./words.js";

const BINS = 60;
const PAGE = 15;

/** Make the section of a detector; null for other models. */
export function anomalySection(explorer, width) {
  const { detector } = explorer.summary;
  if (detector === null || detector.scores.length === 0) {
    return null;
  }
  const { scores, truth } = detector;
  const isLogarithmic = wantsLogarithm(scores);
  const groupOf = (row) => (truth === null ? 2 : truth[row] === 255 ? 2 : truth[row]);
  const counted = histogram(scores, groupOf, 3, BINS, isLogarithmic);
  const chart = scoreChart(counted, width);
  const slider = thresholdSlider(explorer, counted);
  const figures = make("div", { class: "figures", "aria-live": "polite", "data-testid": "figures" });
  const rates = isTold(truth) ? rateCharts(scores, truth, width) : null;
  const command = commandLine(explorer);
  const show = () => {
    const { threshold } = explorer.choice;
    const found = confusion(scores, truth, threshold);
    chart.moveTo(threshold);
    slider.moveTo(threshold);
    command.moveTo(threshold);
    figures.replaceChildren(...figureParts(found, truth, scores.length));
    rates?.moveTo(found);
  };
  explorer.on("threshold", show);
  const section = make(
    "section",
    { id: "anomalies", "aria-labelledby": "anomalies-title" },
    make("h2", { id: "anomalies-title", text: say("anomalies.title") }),
    make("p", {
      text: say(truth === null ? "anomalies.noLabels" : "anomalies.words", { how: detector.how }),
    }),
    make(
      "div",
      { class: "columns" },
      make(
        "div",
        { class: "card" },
        make("h3", { text: say("anomalies.scores") }),
        chart.svg,
        chart.names(truth !== null),
        slider.element,
        command.element,
      ),
      make("div", { class: "card" }, make("h3", { text: say("anomalies.verdicts") }), figures),
      ...(rates
        ? [make("div", { class: "card" }, make("h3", { text: say("anomalies.curves") }), rates.element)]
        : []),
    ),
    flaggedCard(explorer),
  );
  show();
  return section;
}

/** Say whether labels tell rows of both classes. */
export function isTold(truth) {
  return truth !== null && [0, 1].every((each) => truth.includes(each));
}

function scoreChart({ low, high, counts, isLogarithmic }, width) {
  const turn = isLogarithmic ? Math.exp : (value) => value;
  const totals = counts[0].map((_, bin) => counts[0][bin] + counts[1][bin] + counts[2][bin]);
  const most = Math.max(...totals, 1);
  const chart = axes({
    width,
    height: 230,
    x: { low: turn(low), high: turn(high), label: say("column.score"), isLogarithmic },
    y: { low: 0, high: Math.sqrt(most), label: say("anomalies.rows") },
    words: say("anomalies.histogramWords"),
  });
  // Counts are drawn by their roots, so that a few odd rows are seen beside many usual ones.
  chart.svg.querySelectorAll(".ticks text[text-anchor=end]").forEach((text) => {
    text.remove();
  });
  for (const share of [0.1, 0.5, 1]) {
    const count = Math.round(most * share);
    chart.add(
      draw("text", {
        x: chart.area.left - 6,
        y: chart.placeY(Math.sqrt(count)) + 4,
        "text-anchor": "end",
        text: number(count),
      }),
    );
  }
  const step = (high - low) / BINS;
  for (let bin = 0; bin < BINS; bin++) {
    const [left, right] = [chart.placeX(turn(low + bin * step)), chart.placeX(turn(low + (bin + 1) * step))];
    let below = 0;
    for (const [group, name] of [
      [2, "unknown"],
      [0, "normal"],
      [1, "odd"],
    ]) {
      const count = counts[group][bin];
      if (count > 0) {
        const [top, bottom] = [chart.placeY(Math.sqrt(below + count)), chart.placeY(Math.sqrt(below))];
        chart.add(
          draw("rect", {
            x: left,
            y: top,
            width: Math.max(right - left - 1, 1),
            height: Math.max(bottom - top, 1),
            class: `bin ${name}`,
          }),
        );
        below += count;
      }
    }
  }
  const line = draw("line", { y1: chart.area.top, y2: chart.area.bottom, class: "threshold" });
  chart.add(line);
  return {
    svg: chart.svg,
    moveTo: (threshold) => {
      const at = Math.min(
        Math.max(chart.placeX(Math.max(threshold, isLogarithmic ? 1e-300 : threshold)), chart.area.left),
        chart.area.right,
      );
      line.setAttribute("x1", at);
      line.setAttribute("x2", at);
    },
    names: (isKnown) => {
      const all = isKnown
        ? [
            ["normal", "anomalies.normal"],
            ["odd", "anomalies.odd"],
          ]
        : [["unknown", "anomalies.unknown"]];
      if (isKnown && counts[2].some((count) => count > 0)) {
        all.push(["unknown", "anomalies.unlabeled"]);
      }
      return make(
        "p",
        { class: "names" },
        ...all.map(([name, key]) => make("span", {}, make("span", { class: `square ${name}` }), say(key))),
      );
    },
  };
}

function thresholdSlider(explorer, { low, high, isLogarithmic }) {
  const turn = isLogarithmic ? Math.log : (value) => value;
  const back = isLogarithmic ? Math.exp : (value) => value;
  const margin = 0.01 * (high - low || 1);
  const input = make("input", {
    type: "range",
    id: "threshold",
    min: low - margin,
    max: high + margin,
    step: "any",
    oninput: () => explorer.change("threshold", { threshold: back(Number(input.value)) }),
  });
  const output = make("output", { for: "threshold" });
  const reset = make("button", {
    type: "button",
    text: say("anomalies.reset"),
    onclick: () => explorer.change("threshold", { threshold: explorer.summary.detector.threshold }),
  });
  const element = make(
    "p",
    { class: "slider" },
    make("label", { for: "threshold", text: say("anomalies.threshold") }),
    input,
    output,
    reset,
  );
  return {
    element,
    moveTo: (threshold) => {
      input.value = String(turn(threshold));
      output.textContent = number(threshold, 5);
      output.setAttribute("data-threshold", String(threshold));
      input.setAttribute("aria-valuetext", number(threshold, 5));
    },
  };
}

function commandLine(explorer) {
  const text = make("input", {
    type: "text",
    readonly: true,
    class: "command",
    "aria-label": say("anomalies.command"),
  });
  const said = make("span", { role: "status", class: "small" });
  const copy = async () => {
    text.select();
    try {
      await navigator.clipboard.writeText(text.value);
      said.textContent = say("anomalies.copied");
    } catch {
      said.textContent = say(document.execCommand("copy") ? "anomalies.copied" : "anomalies.notCopied");
    }
  };
  const element = make(
    "p",
    { class: "copy" },
    text,
    make("button", { type: "button", text: say("anomalies.copy"), onclick: copy }),
    said,
  );
  return {
    element,
    moveTo: (threshold) => {
      text.value = [...explorer.summary.detector.command, String(threshold)].join(" ");
      said.textContent = "";
    },
  };
}

function figureParts(found, truth, nRows) {
  const flagged = [say("anomalies.flagged"), `${number(found.flagged)} (${percent(found.flagged / nRows)})`];
  if (truth === null) {
    return [factList([flagged])];
  }
  const { accuracy, precision, recall, f1 } = measures(found);
  const facts = [
    flagged,
    ...Object.entries({ accuracy, precision, recall, f1 }).map(([name, value]) => [
      say(`anomalies.${name}`),
      number(value, 4),
    ]),
  ];
  const cells = [
    [say("anomalies.isOdd"), cell("truePositive"), cell("falseNegative")],
    [say("anomalies.isNormal"), cell("falsePositive"), cell("trueNegative")],
  ];
  function cell(name) {
    return make("span", { "data-count": name, text: number(found[name]) });
  }
  const header = ["", say("anomalies.calledOdd"), say("anomalies.calledNormal")];
  return [factList(facts), tableOf(say("anomalies.confusion"), header, cells)];
}

function rateCharts(scores, truth, width) {
  const { points, area, averagePrecision, nPositive, nNegative } = curves(scores, truth);
  const few = thinned(points, 400);
  const side = Math.min(width, 320);
  const common = { width: side, height: Math.min(side, 250), y: [0, 1] };
  const roc = lineChart({
    ...common,
    lines: [
      { points: few.map((point) => [point.falseRate, point.recall]), className: "first" },
      {
        points: [
          [0, 0],
          [1, 1],
        ],
        className: "faint",
      },
    ],
    xLabel: say("anomalies.falseRate"),
    yLabel: say("anomalies.recall"),
    words: say("anomalies.rocWords", { area: number(area, 4) }),
  });
  const base = nPositive / (nPositive + nNegative);
  const precisionRecall = lineChart({
    ...common,
    lines: [
      { points: few.map((point) => [point.recall, point.precision]), className: "first" },
      {
        points: [
          [0, base],
          [1, base],
        ],
        className: "faint",
      },
    ],
    xLabel: say("anomalies.recall"),
    yLabel: say("anomalies.precision"),
    words: say("anomalies.prWords", { area: number(averagePrecision, 4) }),
  });
  const marks = [roc, precisionRecall].map((chart) => {
    const mark = draw("circle", { r: 6, class: "moving" });
    chart.add(mark);
    return mark;
  });
  const element = make(
    "div",
    { class: "pair" },
    make("figure", {}, roc.svg, make("figcaption", { text: `ROC-AUC ${number(area, 4)}` })),
    make(
      "figure",
      {},
      precisionRecall.svg,
      make("figcaption", { text: `${say("anomalies.averagePrecision")} ${number(averagePrecision, 4)}` }),
    ),
  );
  return {
    element,
    moveTo: (found) => {
      const recall = found.truePositive / nPositive;
      const { precision } = measures(found);
      const places = [
        [roc.placeX(found.falsePositive / nNegative), roc.placeY(recall)],
        [
          precisionRecall.placeX(recall),
          precisionRecall.placeY(found.truePositive + found.falsePositive > 0 ? precision : 1),
        ],
      ];
      marks.forEach((mark, place) => {
        mark.setAttribute("cx", places[place][0]);
        mark.setAttribute("cy", places[place][1]);
      });
    },
  };
}

/** Make the card of the flagged rows: sortable, each with what made it odd. */
function flaggedCard(explorer) {
  const { scores, truth } = explorer.summary.detector;
  const label = explorer.summary.points.columns.find((column) => column.role === "label");
  const body = make("div", {});
  const sorting = { by: "score", isDown: true, shown: PAGE };
  const keys = ["row", "score", ...(label ? ["label"] : []), ...(truth ? ["truth"] : []), "reasons"];
  const sortValues = {
    row: (point) => explorer.summary.points.row[point],
    score: (point) => scores[point],
    label: (point) => explorer.textOf(label, point),
    truth: (point) => truth[point],
    reasons: (point) => reasonsText(explorer, point),
  };
  const cells = {
    row: (point) => pinButton(explorer, point),
    score: (point) => number(scores[point], 5),
    label: (point) => explorer.textOf(label, point),
    truth: (point) => say(["anomalies.isNormal", "anomalies.isOdd"][truth[point]] ?? "anomalies.isUnknown"),
    reasons: (point) => reasonsText(explorer, point),
  };
  const show = () => {
    const flagged = [...scores.keys()].filter((point) => scores[point] > explorer.choice.threshold);
    const value = sortValues[sorting.by];
    const keyed = flagged.map((point) => [value(point), point]);
    keyed.sort(
      ([one, first], [other, second]) => compared(one, other) * (sorting.isDown ? -1 : 1) || first - second,
    );
    const rows = keyed.slice(0, sorting.shown).map(([, point]) => keys.map((key) => cells[key](point)));
    const sort = (key) => () => {
      sorting.isDown = sorting.by === key ? !sorting.isDown : true;
      sorting.by = key;
      show();
      body.querySelector(`[data-sort="${key}"]`)?.focus();
    };
    const header = keys.map((key) => {
      const name = key === "label" ? explorer.nameOf(label) : say(`flagged.${key}`);
      const arrow = sorting.by === key ? (sorting.isDown ? " ↓" : " ↑") : "";
      return make("button", {
        type: "button",
        class: "sort",
        "data-sort": key,
        text: name + arrow,
        onclick: sort(key),
      });
    });
    const more = () => {
      sorting.shown += 4 * PAGE;
      show();
      // The button is another one or gone: the keyboard goes on at the first of the new rows.
      body.querySelectorAll("tbody button")[rows.length]?.focus();
    };
    body.replaceChildren(
      make("p", { class: "small", text: say("flagged.count", { n: flagged.length }) }),
      ...(rows.length > 0 ? [sortedTable(header, rows, keys.indexOf(sorting.by), sorting.isDown)] : []),
      ...(flagged.length > sorting.shown
        ? [make("button", { type: "button", text: say("flagged.more"), onclick: more })]
        : []),
    );
  };
  explorer.on("threshold", show);
  explorer.on("details", show);
  show();
  return make("div", { class: "card", id: "flagged" }, make("h3", { text: say("flagged.title") }), body);
}

function sortedTable(header, rows, column, isDown) {
  const table = tableOf(say("flagged.title"), header, rows);
  table
    .querySelectorAll("th[scope=col]")
    [column].setAttribute("aria-sort", isDown ? "descending" : "ascending");
  return table;
}

function compared(one, other) {
  return typeof one === "number" && typeof other === "number"
    ? one - other
    : String(one).localeCompare(String(other));
}

function pinButton(explorer, point) {
  const pin = () => {
    explorer.change("pinned", { pinned: point });
    document.getElementById("row")?.scrollIntoView({ block: "nearest", behavior: "smooth" });
  };
  const row = explorer.summary.points.row[point];
  return make("button", {
    type: "button",
    class: "link",
    text: String(row),
    "aria-label": say("flagged.pin", { row: String(row) }),
    onclick: pin,
  });
}

function reasonsText(explorer, point) {
  const own = explorer.detailOf?.[point] ?? -1;
  if (own < 0) {
    return "";
  }
  return explorer
    .reasonsOf(own)
    .slice(0, 3)
    .map((each) => {
      const value = typeof each.value === "number" ? number(each.value, 3) : (each.value ?? "–");
      const expected = typeof each.expected === "number" ? number(each.expected, 3) : (each.expected ?? "–");
      return say("flagged.reason", { feature: each.feature, value, expected });
    })
    .join("; ");
}
