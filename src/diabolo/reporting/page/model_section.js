// The model: its layers as the hourglass they form, its settings, and the versions that made it.

import { draw, drawing, make, tableOf } from "./elements.js";
import { number, say } from "./words.js";

/** Make the section of the model. */
export function modelSection(explorer, width) {
  const { model } = explorer.summary;
  const changed = model.parameters.filter(([, , isChanged]) => isChanged);
  const usual = model.parameters.filter(([, , isChanged]) => !isChanged);
  const two = (list) => list.map(([name, text]) => [name, text]);
  const header = [say("model.parameter"), say("model.value")];
  const layers = model.layers.map((layer) => [
    layer.name,
    `${layer.inputs} → ${layer.outputs}`,
    layer.activation,
    number(layer.n_parameters),
  ]);
  const layerHeader = ["model.layer", "model.shape", "model.activation", "model.parameters"].map((key) =>
    say(key),
  );
  const rest = make(
    "details",
    {},
    make("summary", { text: say("model.defaults", { n: usual.length }) }),
    tableOf(say("model.settings"), header, two(usual)),
  );
  return make(
    "section",
    { id: "model", "aria-labelledby": "model-title" },
    make("h2", { id: "model-title", text: say("model.title") }),
    make(
      "div",
      { class: "columns" },
      layers.length > 0
        ? make(
            "div",
            { class: "card" },
            make("h3", { text: say("model.layers") }),
            hourglass(model, width),
            tableOf(say("model.layers"), layerHeader, layers),
          )
        : null,
      make(
        "div",
        { class: "card" },
        make("h3", { text: say("model.settings") }),
        changed.length > 0
          ? tableOf(say("model.settings"), header, two(changed))
          : make("p", { class: "small", text: say("model.allDefaults") }),
        usual.length > 0 ? rest : null,
        make("h3", { text: say("model.versions") }),
        tableOf(say("model.versions"), [say("model.package"), say("model.version")], model.versions),
      ),
    ),
  );
}

/** Draw the layers as they narrow and widen: heights go with the logarithm of the width. */
function hourglass(model, width) {
  const sizes = [model.layers[0].n_inputs, ...model.layers.map((layer) => layer.n_outputs)];
  const height = 170;
  const most = Math.log2(1 + Math.max(...sizes));
  const tall = (size) => Math.max(6, (Math.log2(1 + size) / most) * (height - 40));
  const step = width / model.layers.length;
  const middle = (height - 20) / 2;
  const svg = drawing(width, height, say("model.hourglass", { sizes: sizes.join("–") }));
  model.layers.forEach((layer, place) => {
    const [left, right] = [place * step + 2, (place + 1) * step - 2];
    const [before, after] = [tall(sizes[place]) / 2, tall(sizes[place + 1]) / 2];
    const corners = [
      [left, middle - before],
      [right, middle - after],
      [right, middle + after],
      [left, middle + before],
    ];
    svg.append(
      draw(
        "polygon",
        {
          points: corners.map((corner) => corner.join(",")).join(" "),
          class: layer.name === "code" ? "layer waist" : "layer",
        },
        draw("title", { text: layer.name }),
      ),
    );
  });
  sizes.forEach((size, place) => {
    const anchor = place === 0 ? "start" : place === sizes.length - 1 ? "end" : "middle";
    svg.append(
      draw("text", {
        x: Math.min(Math.max(place * step, 1), width - 1),
        y: height - 4,
        "text-anchor": anchor,
        text: number(size),
      }),
    );
  });
  return svg;
}
