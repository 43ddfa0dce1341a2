// Training: losses by term and epoch, and how the network stands beside principal components.

import { lineChart, lineNames } from "./charts.js";
import { make, tableOf } from "./elements.js";
import { factList } from "./row_card.js";
import { number, percent, say } from "./words.js";

const BESIDE = ["seconds", "learning_rate"];

/** Make the section of the training; null where nothing was trained. */
export function trainingSection(explorer, width) {
  const { training, comparison } = explorer.summary;
  if (training === null && comparison === null) {
    return null;
  }
  const cards = training === null ? [] : [factCard(training), ...termCards(training, width)];
  return make(
    "section",
    { id: "training", "aria-labelledby": "training-title" },
    make("h2", { id: "training-title", text: say("training.title") }),
    make("div", { class: "columns" }, ...cards, comparison === null ? null : comparisonCard(comparison)),
  );
}

function factCard(training) {
  const { history } = training;
  const last = (name) => history[name]?.at(-1);
  const facts = [
    ["training.epochs", training.n_epochs],
    ["training.best", training.best_epoch],
    ["training.seconds", training.seconds],
    ["training.loss", last("loss")],
    [
      "training.heldOut",
      training.best_epoch === null
        ? last("validation_loss")
        : history.validation_loss?.[training.best_epoch - 1],
    ],
  ];
  const known = facts.filter(([, value]) => value !== null && value !== undefined);
  return make(
    "div",
    { class: "card" },
    make("h3", { text: say("training.facts") }),
    factList(known.map(([key, value]) => [say(key), number(value)])),
  );
}

/** Draw each term of the loss, in training and on held-out rows, over the epochs. */
function termCards(training, width) {
  const { history } = training;
  const names = Object.keys(history).filter(
    (name) => !name.startsWith("validation_") && !BESIDE.includes(name),
  );
  return names
    .filter((name) => history[name].length > 0 && history[name].some(Number.isFinite))
    .map((name) => {
      const lines = [
        [name, "first", "training.train"],
        [`validation_${name}`, "second", "training.validation"],
      ]
        .filter(([column]) => history[column]?.some(Number.isFinite))
        .map(([column, className, key]) => ({
          name: say(key),
          className,
          points: measured(history[column]),
        }));
      const values = lines.flatMap((line) => line.points.map((point) => point[1])).filter(Number.isFinite);
      const isLogarithmic = Math.min(...values) > 0 && Math.max(...values) > 5 * Math.min(...values);
      const title = termName(name);
      const chart = lineChart({
        width,
        height: 220,
        lines,
        xLabel: say("training.epoch"),
        yLabel: title,
        isLogarithmic,
        words: say("training.words", { term: title }),
      });
      return make("div", { class: "card" }, make("h3", { text: title }), chart.svg, lineNames(lines));
    });
}

/** The epochs at which something was measured, and what it was. */
function measured(column) {
  return column.map((value, epoch) => [epoch + 1, value]).filter(([, value]) => Number.isFinite(value));
}

function termName(name) {
  const said = say(`term.${name}`);
  return said === `term.${name}` ? name.replaceAll("_", " ") : said;
}

function comparisonCard(comparison) {
  const rows = comparison.rows.map((row) =>
    row.map((cell) => (typeof cell === "number" ? number(cell) : (cell ?? "–"))),
  );
  const parts = [tableOf(say("comparison.title"), comparison.columns, rows)];
  if (comparison.difference) {
    const [middle, low, high] = comparison.difference;
    const values = {
      difference: percent(Math.abs(middle)),
      low: percent(low),
      high: percent(high),
      n: comparison.n_held_out,
      k: comparison.n_components,
    };
    parts.unshift(make("p", { text: say(`comparison.${comparison.verdict}`, values) }));
  }
  return make(
    "div",
    { class: "card", id: "comparison" },
    make("h3", { text: say("comparison.title") }),
    ...parts,
  );
}
