// The page: reads the dictionary, builds the parts, and brings in the rows once the map is drawn.

import { anomalySection } from "./anomaly_section.js";
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
  const width = Math.max(260, Math.min(520, document.documentElement.clientWidth - 72));
  const map = explorer.nPoints > 0 ? new MapView(explorer) : null;
  const sections = [
    map ? mapSection(explorer, map, [rowCard(explorer), decoderCard(explorer), selectionCard(explorer)].filter(Boolean)) : null,
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
    make("footer", {}, make("p", { class: "small", text: say("page.footer", { version: versionOf(explorer) }) })),
  );
  if (!map) {
    performance.mark("diabolo-map");
  }
}

function versionOf(explorer) {
  return explorer.summary.model.versions.find(([name]) => name === "diabolo")?.[1] ?? "";
}

function header(explorer, sections) {
  const { summary } = explorer;
  const links = sections.map((section) => make("a", { href: `#${section.id}`, text: section.querySelector("h2").textContent }));
  const speakAgain = (name) => () => {
    speak(name);
    build(explorer);
    document.querySelector(`[data-language="${name}"]`)?.focus();
  };
  const names = { en: "English", zh: "中文" };
  const tongues = languages().map((name) =>
    make("button", { type: "button", lang: name, "data-language": name, "aria-pressed": String(currentLanguage() === name), text: names[name] ?? name, onclick: speakAgain(name) }),
  );
  const isDark = explorer.choice.theme === "dark";
  const turn = () => {
    explorer.choice.theme = isDark ? "light" : "dark";
    build(explorer);
    document.querySelector("[data-theme-button]")?.focus();
  };
  const theme = make("button", { type: "button", "data-theme-button": true, text: say(isDark ? "page.light" : "page.dark"), onclick: turn });
  return make(
    "header",
    {},
    make("div", { class: "top" }, make("h1", { text: summary.title }), make("span", { class: "buttons" }, ...tongues, theme)),
    make("nav", { "aria-label": say("page.parts") }, ...links),
  );
}

/** The figures to see first. */
function tiles(explorer) {
  const { data, model, errors, detector } = explorer.summary;
  const all = [
    [number(data.n_rows), say("tile.rows")],
    [`${number(model.n_features)} → ${number(model.n_components)}`, say("tile.code")],
    [errors.constant > 0 ? percent(1 - errors.mean / errors.constant) : number(errors.mean), say(errors.constant > 0 ? "tile.explained" : "tile.error")],
  ];
  if (errors.linear !== null && errors.constant > 0) {
    all.push([percent(1 - errors.linear / errors.constant), say("tile.linear", { n: model.n_components })]);
  }
  if (detector !== null) {
    const flagged = detector.scores.reduce((sum, score) => sum + (score > detector.threshold), 0);
    all.push([`${number(flagged)}`, say("tile.flagged", { n: detector.scores.length })]);
  }
  if (model.n_components === null) {
    all.splice(1, 1, [number(model.n_features), say("tile.features")]);
  }
  const name = model.file ? `${model.name} · ${model.file}` : model.name;
  const what = data.name ? `${name} · ${data.name}` : name;
  return make(
    "div",
    { class: "intro" },
    make("p", { class: "what", text: what }),
    make("div", { class: "tiles" }, ...all.map(([figure, text]) => make("div", { class: "tile" }, make("strong", { text: figure }), make("span", { text })))),
  );
}

function notes(explorer) {
  const said = explorer.summary.notes.filter(([key]) => !key.startsWith("decoder"));
  return said.length === 0 ? null : make("ul", { class: "notes small" }, ...said.map(([key, values]) => make("li", { text: say(`note.${key}`, values) })));
}

async function start() {
  setWords(json("words"), navigator.languages);
  const whole = json("summary");
  const { details, decoder, ...rest } = whole;
  const summary = await revive(rest, read);
  const explorer = new Explorer({ ...summary, details: { shape: details?.shape ?? null }, decoder: decoder !== null });
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
  }
  window.diabolo = explorer;
  document.documentElement.setAttribute("data-ready", "");
  performance.mark("diabolo-ready");
}

start();
