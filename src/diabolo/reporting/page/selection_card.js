// The rows chosen on the map: what they share, and saving them.

import { rowOf } from "./arrays.js";
import { make, tableOf } from "./elements.js";
import { curveDrawing, picture } from "./row_drawing.js";
import { differences } from "./statistics.js";
import { csvText } from "./table_text.js";
import { number, percent, say } from "./words.js";

const MOST_APART = 12;

/** Make the card of the chosen rows. */
export function selectionCard(explorer) {
  const body = make("div", {});
  const show = () => body.replaceChildren(...chosenParts(explorer));
  explorer.on("selected", show);
  explorer.on("details", show);
  show();
  return make(
    "article",
    { class: "card", id: "selection" },
    make("h3", { text: say("selection.title") }),
    body,
  );
}

function chosenParts(explorer) {
  const { selected } = explorer.choice;
  if (selected === null) {
    return [make("p", { class: "small", text: say("selection.none") })];
  }
  const points = [...selected.keys()].filter((point) => selected[point] === 1);
  const clear = () => {
    explorer.change("selected", { selected: null });
    // The button is gone: the keyboard goes on at the map.
    document.querySelector(".map .marks")?.focus({ preventScroll: true });
  };
  const parts = [
    make("p", { role: "status", text: say("selection.count", { n: points.length, of: explorer.nPoints }) }),
    make(
      "p",
      { class: "buttons" },
      make("button", { type: "button", text: say("selection.save"), onclick: () => save(explorer, points) }),
      make("button", { type: "button", text: say("selection.clear"), onclick: clear }),
    ),
  ];
  for (const column of explorer.summary.points.columns.filter((each) => each.kind === "classes")) {
    parts.push(...sharesOf(explorer, column, points));
  }
  if (explorer.details) {
    parts.push(...sharedFeatures(explorer, selected));
  }
  return parts;
}

/** Say of which classes the chosen rows are. */
function sharesOf(explorer, column, points) {
  const { classes, groupOf } = explorer.classesOf(column);
  const counts = new Array(classes.length).fill(0);
  for (const point of points) {
    const group = groupOf[column.values[point]];
    if (group !== undefined) {
      counts[group] += 1;
    }
  }
  const there = counts.map((count, group) => [count, group]).filter(([count]) => count > 0);
  there.sort((one, other) => other[0] - one[0]);
  const name = (group) =>
    classes[group].isOthers ? say("legend.others", { n: classes[group].nClasses }) : classes[group].name;
  const texts = there
    .slice(0, 5)
    .map(([count, group]) => `${name(group)} ${percent(count / points.length, 0)}`);
  return texts.length > 0
    ? [
        make(
          "p",
          { class: "small" },
          make("strong", { text: `${explorer.nameOf(column)}: ` }),
          texts.join(", "),
        ),
      ]
    : [];
}

/** List the features in which the chosen rows differ most from the others. */
function sharedFeatures(explorer, selected) {
  const { details } = explorer;
  const [nRows, width] = [details.point.length, explorer.nFeatures];
  const found = differences(
    nRows,
    width,
    (row) => rowOf(details.values, row, width),
    (row) => selected[details.point[row]] === 1,
  );
  const apart = found.filter((each) => each.apart !== 0).slice(0, MOST_APART);
  if (apart.length === 0) {
    return [make("p", { class: "small", text: say("selection.alike") })];
  }
  const rows = apart.map((each) => [
    explorer.featureName(each.column),
    number(each.chosen, 3),
    number(each.rest, 3),
    apartBar(each.apart),
  ]);
  const header = [say("row.feature"), say("selection.chosen"), say("selection.rest"), say("selection.apart")];
  const parts = [
    ...meansOf(explorer, found),
    make("h4", { text: say("selection.differ") }),
    tableOf(say("selection.differ"), header, rows),
  ];
  return parts;
}

/** Draw the mean of the chosen rows beside that of the others, where rows are pictures or curves. */
function meansOf(explorer, found) {
  const { kind } = explorer.summary;
  if (kind === "table" || found.length < explorer.nFeatures) {
    return [];
  }
  const { shape, range } = explorer.details;
  const [chosen, rest] = [new Float32Array(found.length), new Float32Array(found.length)];
  for (const each of found) {
    chosen[each.column] = each.chosen;
    rest[each.column] = each.rest;
  }
  const title = make("h4", { text: say("selection.means") });
  if (kind === "series") {
    return [title, curveDrawing(chosen, rest, shape, say("selection.means"))];
  }
  const apart = chosen.map((value, feature) => value - rest[feature]);
  const drawn = [
    picture(chosen, shape, range, say("selection.chosen")),
    picture(rest, shape, range, say("selection.rest")),
    picture(apart, shape, range, say("row.difference"), true),
  ];
  return [title, make("div", { class: "pictures" }, ...drawn)];
}

function apartBar(apart) {
  const share = Math.min(Math.abs(apart) / 3, 1);
  const bar = make("span", {
    class: apart > 0 ? "gauge more" : "gauge less",
    style: { width: `${Math.max(3, share * 60)}px` },
  });
  return make("span", { class: "apart-cell" }, bar, `${apart > 0 ? "+" : "−"}${number(Math.abs(apart), 2)}`);
}

/** Let the reader save rows as CSV: their numbers, what is carried, codes, and the features that are here. */
function save(explorer, points) {
  const { columns, axes, row } = explorer.summary.points;
  const { details } = explorer;
  const code = points.length > 0 ? explorer.codeOf(points[0]) : null;
  const components = code
    ? Array.from(code, (_, place) => say("decoder.component", { number: place }))
    : axes.map((axis) => explorer.axisName(axis));
  const features = details
    ? Array.from({ length: explorer.nFeatures }, (_, feature) => explorer.featureName(feature))
    : [];
  const header = ["row", ...columns.map((column) => explorer.nameOf(column)), ...components, ...features];
  const exact = (column, point) =>
    column.kind === "numbers" ? column.values[point] : explorer.textOf(column, point);
  const lines = points.map((point) => {
    const own = explorer.detailOf?.[point] ?? -1;
    const numbers = code
      ? (explorer.codeOf(point) ?? [])
      : axes.map((_, axis) => explorer.numberAt(axis, explorer.placesAlong(axis)[point]));
    const values = own >= 0 ? rowOf(details.values, own, explorer.nFeatures) : [];
    return [row[point], ...columns.map((column) => exact(column, point)), ...numbers, ...values];
  });
  download("rows.csv", csvText(header, lines));
}

function download(name, text) {
  const address = URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/csv" }));
  const link = make("a", { href: address, download: name, hidden: true });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}
