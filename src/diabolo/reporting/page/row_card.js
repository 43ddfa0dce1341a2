// The pinned row with its reconstruction, and the decoder that answers to a code.

import { decode } from "./decoder.js";
import { make, tableOf } from "./elements.js";
import { decodedRow, wholeRow } from "./row_drawing.js";
import { number, say } from "./words.js";

const MOST_SLIDERS = 12;

/** Make the card of the pinned row. */
export function rowCard(explorer) {
  const body = make("div", {});
  const show = () => body.replaceChildren(...pinnedParts(explorer));
  explorer.on("pinned", show);
  explorer.on("details", show);
  show();
  return make("article", { class: "card", id: "row" }, make("h3", { text: say("row.card") }), body);
}

function pinnedParts(explorer) {
  const { pinned } = explorer.choice;
  if (pinned < 0) {
    return [make("p", { class: "small", text: say("row.none") })];
  }
  const heading = make("p", { class: "pinned" }, make("strong", { text: explorer.titleOf(pinned) }));
  const row = explorer.rowOf(pinned);
  const parts = [heading];
  if (row === null) {
    parts.push(make("p", { class: "small", text: say(explorer.details ? "row.absent" : "row.loading") }));
  } else {
    parts.push(wholeRow(explorer, row));
  }
  const facts = explorer.summary.points.columns
    .filter((column) => column.role !== "label")
    .map((column) => [explorer.nameOf(column), explorer.textOf(column, pinned)]);
  if (facts.length > 0) {
    parts.push(factList(facts));
  }
  if (row && row.reasons.length > 0) {
    const isDetector = explorer.summary.detector !== null;
    parts.push(make("h4", { text: say(isDetector ? "row.reasons" : "row.worst") }));
    const header = [
      say("row.feature"),
      say("row.value"),
      say("row.expected"),
      say(isDetector ? "row.added" : "row.share"),
    ];
    const cell = (value) => (typeof value === "number" ? number(value) : (value ?? "–"));
    parts.push(
      tableOf(
        say("row.reasons"),
        header,
        row.reasons.map((each) => [
          each.feature,
          cell(each.value),
          cell(each.expected),
          number(each.added, 3),
        ]),
      ),
    );
  }
  return parts;
}

/** List facts as names and texts. */
export function factList(facts) {
  return make(
    "dl",
    { class: "facts" },
    ...facts.flatMap(([name, text]) => [make("dt", { text: name }), make("dd", { text })]),
  );
}

/** Make the card of the decoder: what it makes of the place on the map, or of what the sliders say. */
export function decoderCard(explorer) {
  if (!explorer.summary.decoder) {
    const note = explorer.summary.notes.find(([key]) => key.startsWith("decoder"));
    return note
      ? make(
          "article",
          { class: "card" },
          make("h3", { text: say("decoder.title") }),
          make("p", { class: "small", text: say(`note.${note[0]}`, note[1]) }),
        )
      : null;
  }
  const answer = make("div", { class: "answer", "data-testid": "answer" });
  const sliders = make("div", { class: "sliders" });
  const inputs = [];

  const codeNow = () => explorer.choice.code ?? explorer.codeOf(explorer.choice.pinned) ?? middleOf(explorer);
  const show = () => {
    if (explorer.decoder) {
      const code = codeNow();
      inputs.forEach(({ input, output }, place) => {
        input.value = String(code[place]);
        output.textContent = number(code[place], 3);
      });
      answer.replaceChildren(decodedRow(explorer, decode(explorer.decoder, code)));
    }
  };
  const fillSliders = () => {
    if (!explorer.decoder || inputs.length > 0) {
      return;
    }
    const { low, high } = explorer.decoder.ranges;
    const labels = Array.from(low, (least, place) => {
      const output = make("output", {});
      const span = high[place] - least || 1;
      const oninput = () => {
        const code = Float32Array.from(codeNow());
        code[place] = Number(input.value);
        explorer.change("code", { code });
      };
      const name = say("decoder.component", { number: place });
      const input = make("input", {
        type: "range",
        min: least - 0.15 * span,
        max: high[place] + 0.15 * span,
        step: "any",
        "aria-label": name,
        oninput,
      });
      inputs.push({ input, output });
      return make("label", { class: "slider" }, make("span", { text: name }), input, output);
    });
    sliders.replaceChildren(...labels.slice(0, MOST_SLIDERS));
    if (labels.length > MOST_SLIDERS) {
      const rest = labels.slice(MOST_SLIDERS);
      sliders.append(
        make("details", {}, make("summary", { text: say("decoder.more", { n: rest.length }) }), ...rest),
      );
    }
  };

  connect(explorer, codeNow);
  explorer.on("code", show);
  explorer.on("pinned", () => explorer.change("code", { code: null }));
  explorer.on("details", () => {
    fillSliders();
    show();
  });
  fillSliders();
  show();
  const back = make("button", {
    type: "button",
    text: say("decoder.back"),
    onclick: () => explorer.change("code", { code: null }),
  });
  return make(
    "article",
    { class: "card", id: "decoder" },
    make("h3", { text: say("decoder.title") }),
    make("p", {
      class: "small",
      text: say(explorer.summary.model.n_components === 2 ? "decoder.two" : "decoder.many"),
    }),
    answer,
    sliders,
    back,
  );
}

/** Let the map ask the decoder, where an axis is a component of the code. */
function connect(explorer, codeNow) {
  const components = () =>
    explorer.choice.axes
      .map((axis) => explorer.summary.points.axes[axis])
      .map((axis) => (axis.kind === "component" ? axis.number : -1));
  explorer.decodeFrom = (x, y) => {
    const [first, second] = components();
    if (!explorer.decoder || (first < 0 && second < 0)) {
      return;
    }
    const code = Float32Array.from(codeNow());
    if (first >= 0) {
      code[first] = explorer.numberAt(explorer.choice.axes[0], x);
    }
    if (second >= 0) {
      code[second] = explorer.numberAt(explorer.choice.axes[1], y);
    }
    explorer.change("code", { code });
  };
  explorer.decodedPlace = () => {
    const [first, second] = components();
    const { code, axes } = explorer.choice;
    if (code === null || (first < 0 && second < 0)) {
      return null;
    }
    // Along an axis that is no component the answer has no place of its own.
    return [first, second].map((component, side) =>
      component < 0 ? 0.5 : explorer.placeOf(axes[side], code[component]),
    );
  };
}

/** The middle of the codes' ranges. */
function middleOf(explorer) {
  const { low, high } = explorer.decoder.ranges;
  return low.map((least, place) => (least + high[place]) / 2);
}
