// The page: reads the dictionary, builds the parts, and brings in the rows once the map is drawn.

import { anomalySection, isTold } from "./anomaly_section.js";
import { revive } from "./arrays.js";
import { make } from "./elements.js";
import { Explorer } from "./explorer.js";
import { mapSection } from "./map_section.js";
import { MapView } from "./map_view.js";
import { modelSection } from "./model_section.js";
import { reconstructionSection } from "./reconstruction_section.js";
import { screeningSection, sweepSection } from "./result_sections.js";
import { decoderCard, rowCard } from "./row_card.js";
import { selectionCard } from "./selection_card.js";
import { curves } from "./statistics.js";
import { trainingSection } from "./training_section.js";
import { currentLanguage, languages, number, percent, say, setWords, speak } from "./words.js";

const json = (name) => JSON.parse(document.getElementById(name).textContent);
const read = (block) => document.getElementById(`block-${block}`).textContent;

/** Build the page anew from the choices as they are. */
function build(explorer) {
  const root = document.getElementById("explorer");
  explorer.forget();
  document.documentElement.lang = currentLanguage();
  document.documentElement.setAttribute("data-theme", explorer.choice.theme);
  document.body.setAttribute("data-kind", explorer.summary.kind);
  const width = cardWidth();
  const map = explorer.nPoints > 0 ? new MapView(explorer) : null;
  const sections = [
    map
      ? mapSection(
          explorer,
          map,
          [rowCard(explorer), decoderCard(explorer)].filter(Boolean),
          selectionCard(explorer),
        )
      : null,
    anomalySection(explorer, width),
    reconstructionSection(explorer, width),
    trainingSection(explorer, width),
    sweepSection(explorer, width),
    screeningSection(explorer, width),
    modelSection(explorer, width),
  ].filter(Boolean);
  root.replaceChildren(
    make("a", { class: "skip", href: "#content", text: say("page.skip") }),
    header(explorer, sections),
    make("main", { id: "content", tabindex: -1 }, tiles(explorer), notes(explorer), ...sections),
    make(
      "footer",
      {},
      make("p", { class: "small", text: say("page.footer", { version: versionOf(explorer) }) }),
    ),
  );
  if (!map) {
    performance.mark("diabolo-map");
  }
}

/** How wide the inside of a card is, as the style sheet lays cards out. */
function cardWidth() {
  const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
  const whole = Math.min(document.documentElement.clientWidth, 110 * rem + 2 * rem) - 2 * rem;
  const nColumns = Math.max(1, Math.floor((whole + rem) / (25 * rem)));
  return Math.floor((whole + rem) / nColumns - rem - 1.8 * rem - 2);
}

function versionOf(explorer) {
  return explorer.summary.model.versions.find(([name]) => name === "diabolo")?.[1] ?? "";
}

function header(explorer, sections) {
  const { summary } = explorer;
  const links = sections.map((section) =>
    make("a", { href: `#${section.id}`, text: section.querySelector("h2").textContent }),
  );
  const speakAgain = (name) => () => {
    speak(name);
    build(explorer);
    document.querySelector(`[data-language="${name}"]`)?.focus();
  };
  const names = { en: "English", zh: "中文" };
  const tongues = languages().map((name) =>
    make("button", {
      type: "button",
      lang: name,
      "data-language": name,
      "aria-pressed": String(currentLanguage() === name),
      text: names[name] ?? name,
      onclick: speakAgain(name),
    }),
  );
  const isDark = explorer.choice.theme === "dark";
  const turn = () => {
    explorer.choice.theme = isDark ? "light" : "dark";
    build(explorer);
    document.querySelector("[data-theme-button]")?.focus();
  };
  const theme = make("button", {
    type: "button",
    "data-theme-button": true,
    text: say(isDark ? "page.light" : "page.dark"),
    onclick: turn,
  });
  return make(
    "header",
    {},
    make(
      "div",
      { class: "top" },
      make("h1", { text: summary.title }),
      make("span", { class: "buttons" }, ...tongues, theme),
    ),
    make("nav", { "aria-label": say("page.parts") }, ...links),
  );
}

/** The figures to see first. */
function tiles(explorer) {
  const { data, model, errors, detector } = explorer.summary;
  const all = [
    [number(data.n_rows), say("tile.rows")],
    model.n_components === null
      ? [number(model.n_features), say("tile.features")]
      : [`${number(model.n_features)} → ${number(model.n_components)}`, say("tile.code")],
  ];
  // What a detector rebuilds says little of how well it finds; its own figures follow.
  if (detector === null && errors.constant > 0) {
    all.push([percent(1 - errors.mean / errors.constant), say("tile.explained")]);
    if (errors.linear !== null) {
      all.push([percent(1 - errors.linear / errors.constant), say("tile.linear", { n: model.n_components })]);
    }
  } else if (detector === null) {
    all.push([number(errors.mean), say("tile.error")]);
  }
  if (detector !== null) {
    const flagged = detector.scores.reduce((sum, score) => sum + (score > detector.threshold), 0);
    all.push([`${number(flagged)}`, say("tile.flagged", { n: detector.scores.length })]);
    if (isTold(detector.truth)) {
      const { area, averagePrecision } = curves(detector.scores, detector.truth);
      all.push([number(area), "ROC-AUC"], [number(averagePrecision), say("anomalies.averagePrecision")]);
    }
  }
  const name = model.file ? `${model.name} · ${model.file}` : model.name;
  const what = data.name ? `${name} · ${data.name}` : name;
  return make(
    "div",
    { class: "intro" },
    make("p", { class: "what", text: what }),
    make(
      "div",
      { class: "tiles" },
      ...all.map(([figure, text]) =>
        make("div", { class: "tile" }, make("strong", { text: figure }), make("span", { text })),
      ),
    ),
  );
}

function notes(explorer) {
  const said = explorer.summary.notes.filter(([key]) => !key.startsWith("decoder"));
  return said.length === 0
    ? null
    : make(
        "ul",
        { class: "notes small" },
        ...said.map(([key, values]) => make("li", { text: say(`note.${key}`, values) })),
      );
}

async function start() {
  setWords(json("words"), navigator.languages);
  const whole = json("summary");
  const { details, decoder, ...rest } = whole;
  const summary = await revive(rest, read);
  const explorer = new Explorer({
    ...summary,
    details: { shape: details?.shape ?? null },
    decoder: decoder !== null,
  });
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  explorer.choice.theme = dark.matches ? "dark" : "light";
  build(explorer);
  dark.addEventListener("change", () => {
    explorer.choice.theme = dark.matches ? "dark" : "light";
    build(explorer);
  });
  let width = window.innerWidth;
  let waiting = 0;
  window.addEventListener("resize", () => {
    if (window.innerWidth !== width) {
      width = window.innerWidth;
      clearTimeout(waiting);
      waiting = setTimeout(() => build(explorer), 200);
    }
  });
  // The map is painted before the rows are unpacked.
  await new Promise((ready) => requestAnimationFrame(() => setTimeout(ready, 0)));
  if (details !== null) {
    explorer.setDetails(await revive(details, read), await revive(decoder, read));
    explorer.change("details", {});
    if (explorer.choice.pinned < 0 && summary.extremes.median.length > 0) {
      explorer.change("pinned", { pinned: summary.extremes.median[0] });
    }
  }
  window.diabolo = explorer;
  document.documentElement.setAttribute("data-ready", "");
  performance.mark("diabolo-ready");
}

start();
