// The map with what steers it: axes, colors, modes, and the legend.

import { css, numberColor } from "./colors.js";
import { make } from "./elements.js";
import { WHOLE } from "./geometry.js";
import { scaleText, shadeColor } from "./map_view.js";
import { number, say } from "./words.js";

/** Make the map's section; `beside` are the cards to its right, `below` the one under it. */
export function mapSection(explorer, map, beside, below) {
  const legend = make("div", { class: "legend", role: "group", "aria-label": say("legend.words") });
  const fillLegend = () => legend.replaceChildren(...legendOf(explorer, map));
  explorer.on("color", fillLegend);
  explorer.on("hidden", fillLegend);
  explorer.on("axes", fillLegend);
  const names = make("p", { class: "axes small" });
  const fillNames = () => {
    const [x, y] = explorer.choice.axes.map((axis) => explorer.axisName(explorer.summary.points.axes[axis]));
    names.textContent = say("map.axes", { x, y });
  };
  explorer.on("axes", fillNames);
  fillNames();
  fillLegend();
  return make(
    "section",
    { id: "map", "aria-labelledby": "map-title" },
    make("h2", { id: "map-title", text: say("map.title") }),
    make(
      "div",
      { class: "split" },
      make(
        "div",
        { class: "wide" },
        toolbar(explorer, map),
        map.element,
        names,
        legend,
        make("p", { id: "map-keys", class: "small", text: say("map.keys") }),
        below,
      ),
      make("div", { class: "beside" }, ...beside),
    ),
  );
}

function toolbar(explorer, map) {
  const { axes, columns } = explorer.summary.points;
  const modes = ["look", "lasso", ...(explorer.summary.decoder ? ["decode"] : [])];
  const buttons = modes.map((mode) => {
    const button = make("button", {
      type: "button",
      text: say(`mode.${mode}`),
      title: say(`mode.${mode}.words`),
    });
    const mark = () => button.setAttribute("aria-pressed", String(explorer.choice.mode === mode));
    button.addEventListener("click", () => {
      if (mode === "decode") {
        takeComponents(explorer);
      }
      explorer.change("mode", { mode });
    });
    explorer.on("mode", mark);
    mark();
    return button;
  });
  explorer.on("mode", () => map.element.setAttribute("data-mode", explorer.choice.mode));
  map.element.setAttribute("data-mode", explorer.choice.mode);
  const zooms = [
    ["+", "map.zoomIn", () => map.zoom(1.5)],
    ["−", "map.zoomOut", () => map.zoom(1 / 1.5)],
    ["⤢", "map.whole", () => map.show(WHOLE)],
  ].map(([text, key, onclick]) =>
    make("button", { type: "button", text, "aria-label": say(key), title: say(key), onclick }),
  );
  const inView = make("button", {
    type: "button",
    text: say("map.selectView"),
    onclick: () => map.selectInView(),
  });
  const drawn = columns.map((column, place) => [column, place]).filter(([column]) => column.kind !== "text");
  const chooseColor = choice(
    "map.color",
    drawn.map(([column, place]) => [place, explorer.nameOf(column)]),
    explorer.choice.color,
    (color) => explorer.change("color", { color }),
  );
  const named = axes.map((axis, place) => [place, explorer.axisName(axis)]);
  const chooseAxis = (side) => {
    const label = choice(side === 0 ? "map.x" : "map.y", named, explorer.choice.axes[side], (axis) => {
      const chosen = [...explorer.choice.axes];
      chosen[side] = axis;
      explorer.change("axes", { axes: chosen, view: WHOLE });
    });
    explorer.on("axes", () => {
      label.querySelector("select").value = String(explorer.choice.axes[side]);
    });
    return label;
  };
  return make(
    "div",
    { class: "tools", role: "group", "aria-label": say("map.tools") },
    make("span", { class: "buttons" }, ...buttons),
    make("span", { class: "buttons" }, ...zooms, inView),
    drawn.length > 1 ? chooseColor : null,
    ...(axes.length > 2 ? [chooseAxis(0), chooseAxis(1)] : []),
  );
}

/** Decoding moves components of the code: have two of them as axes. */
function takeComponents(explorer) {
  const { axes } = explorer.summary.points;
  const isComponent = (axis) => axes[axis].kind === "component";
  const components = [...axes.keys()].filter(isComponent);
  if (!explorer.choice.axes.some(isComponent) && components.length >= 2) {
    explorer.change("axes", { axes: components.slice(0, 2), view: WHOLE });
  }
}

/** Make a list to choose from. */
export function choice(key, named, chosen, onChoice) {
  const options = named.map(([value, text]) => make("option", { value, text, selected: value === chosen }));
  const select = make("select", { onchange: () => onChoice(Number(select.value)) }, ...options);
  return make("label", { class: "choice" }, make("span", { text: say(key) }), select);
}

function legendOf(explorer, map) {
  const column = explorer.colorColumn;
  if (column === undefined) {
    return [];
  }
  const title = make("strong", { text: explorer.nameOf(column) });
  if (column.kind === "numbers") {
    return [title, colorBar(explorer, column)];
  }
  const { color } = explorer.choice;
  const hidden = explorer.choice.hidden.get(color) ?? new Set();
  const painted = map.painted ?? explorer.shades();
  const { classes, nMissing } = explorer.classesOf(column);
  const entries = classes.map((each, place) => [
    place,
    each.isOthers ? say("legend.others", { n: each.nClasses }) : each.name,
    each.count,
  ]);
  if (nMissing > 0) {
    entries.push([-1, say("legend.missing"), nMissing]);
  }
  const set = (next, place) => {
    const all = new Map(explorer.choice.hidden);
    all.set(color, next);
    explorer.change("hidden", { hidden: all });
    // The legend is made anew: the keyboard stays where it was.
    document.querySelector(`.legend [data-class="${place}"]`)?.focus();
  };
  const buttons = entries.map(([place, name, count]) => {
    const toggle = () => {
      const next = new Set(hidden);
      if (!next.delete(place)) {
        next.add(place);
      }
      set(next, place);
    };
    const swatch = make("span", {
      class: painted.isRing(place) ? "swatch ring" : "swatch",
      style: { color: shadeColor(painted, place) },
    });
    return make(
      "button",
      {
        type: "button",
        class: "class",
        "data-class": place,
        "aria-pressed": String(!hidden.has(place)),
        onclick: toggle,
      },
      swatch,
      make("span", { text: name }),
      make("span", { class: "count", text: number(count) }),
    );
  });
  const isWhole = hidden.size === 0;
  const every = make("button", {
    type: "button",
    class: "class",
    "data-class": "every",
    text: say(isWhole ? "legend.none" : "legend.all"),
    onclick: () => set(isWhole ? new Set(entries.map(([place]) => place)) : new Set(), "every"),
  });
  return [title, ...buttons, ...(entries.length > 1 ? [every] : [])];
}

function colorBar(explorer, column) {
  const { theme } = explorer.choice;
  const stops = Array.from({ length: 9 }, (_, place) => css(numberColor(place / 8, theme))).join(", ");
  const scale = explorer.scaleOf(column);
  const texts = scaleText(scale);
  return make(
    "span",
    { class: "bar", role: "img", "aria-label": say("legend.scale", { low: texts[0], high: texts[2] }) },
    make("span", { class: "stops", style: { background: `linear-gradient(to right, ${stops})` } }),
    make("span", { class: "ends" }, ...texts.map((text) => make("span", { text }))),
  );
}
