// Sweep and screening, where they were given.

import { axes, lineChart } from "./charts.js";
import { draw, make, tableOf } from "./elements.js";
import { number, say } from "./words.js";

/** Make the section of a sweep over sizes of the code; null where there is none. */
export function sweepSection(explorer, width) {
  const { sweep } = explorer.summary;
  if (sweep === null) {
    return null;
  }
  const x = sweep.columns.indexOf(sweep.x);
  const charts = sweep.lines.map((name) => {
    const column = sweep.columns.indexOf(name);
    const points = sweep.rows
      .map((row) => [row[x], row[column] ?? Number.NaN])
      .filter(([place]) => Number.isFinite(place));
    points.sort(([one], [other]) => one - other);
    const chart = lineChart({
      width,
      height: 220,
      lines: [{ points, className: "first" }],
      xLabel: sweep.x,
      yLabel: name,
      words: say("sweep.words", { line: name, x: sweep.x }),
    });
    return make("div", { class: "card" }, make("h3", { text: name }), chart.svg);
  });
  return section("sweep", ...charts.slice(0, 6), tableCard(sweep));
}

/** Make the section of screened features; null where there is none. */
export function screeningSection(explorer, width) {
  const { screening } = explorer.summary;
  if (screening === null) {
    return null;
  }
  const { counts, edges } = screening;
  const kept = make("p", { text: say("screening.kept", { n: screening.n_kept, of: screening.n_features }) });
  if (edges.length < 2) {
    return section("screening", make("div", { class: "card" }, kept), tableCard(screening));
  }
  const most = Math.max(...counts, 1);
  const chart = axes({
    width,
    height: 220,
    x: { low: edges[0], high: edges[edges.length - 1], label: screening.x },
    y: { low: 0, high: most, label: say("screening.count") },
    words: say("screening.words", { x: screening.x }),
  });
  counts.forEach((count, bin) => {
    const [left, right] = [chart.placeX(edges[bin]), chart.placeX(edges[bin + 1])];
    const top = chart.placeY(count);
    chart.add(
      draw("rect", {
        x: left,
        y: top,
        width: Math.max(right - left - 1, 1),
        height: chart.area.bottom - top,
        class: "bin normal",
      }),
    );
  });
  return section(
    "screening",
    make("div", { class: "card" }, make("h3", { text: screening.x }), kept, chart.svg),
    tableCard(screening),
  );
}

function section(name, ...cards) {
  const title = make("h2", { id: `${name}-title`, text: say(`${name}.title`) });
  return make(
    "section",
    { id: name, "aria-labelledby": `${name}-title` },
    title,
    make("div", { class: "columns" }, ...cards),
  );
}

function tableCard({ columns, rows }) {
  const cells = rows.map((row) =>
    row.map((cell) => (typeof cell === "number" ? number(cell) : (cell ?? "–"))),
  );
  return make(
    "div",
    { class: "card tall-card" },
    make("h3", { text: say("table.title") }),
    tableOf(say("table.title"), columns, cells),
  );
}
