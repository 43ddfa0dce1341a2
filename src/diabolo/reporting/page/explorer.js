// What the parts of the page share: the data, and what the reader has chosen.

import { missingOf, rowOf } from "./arrays.js";
import { classColor, MOST_CLASSES, missingColor, numberColor } from "./colors.js";
import { decode } from "./decoder.js";
import { wantsLogarithm } from "./statistics.js";
import { number, say } from "./words.js";

const MARGIN = 0.04;
const LAST = 65534;

/** The data and the choices; parts of the page listen for changes of the choices. */
export class Explorer {
  constructor(summary) {
    this.summary = summary;
    this.details = null;
    this.decoder = null;
    this.listeners = {};
    const pair = summary.points.pairs[0];
    this.choice = {
      theme: "light",
      axes: pair ? [pair.x, pair.y] : [0, 0],
      color: 0,
      hidden: new Map(),
      mode: "look",
      view: { x: 0, y: 0, scale: 1 },
      pinned: -1,
      code: null,
      selected: null,
      threshold: summary.detector?.threshold ?? null,
    };
    this.nPoints = summary.points.row.length;
    this.places = new Map();
  }

  /** Call a function whenever something of a name changes. */
  on(name, listener) {
    this.listeners[name] ??= [];
    this.listeners[name].push(listener);
  }

  /** Forget who listens; the page is about to be built anew. */
  forget() {
    this.listeners = {};
  }

  /** Change choices and tell those who listen for that name. */
  change(name, choices) {
    Object.assign(this.choice, choices);
    for (const listener of this.listeners[name] ?? []) {
      listener();
    }
  }

  /** The places of all points along an axis, 0 to 1; a missing one lies outside. */
  placesAlong(axis) {
    if (!this.places.has(axis)) {
      const { values } = this.summary.points.axes[axis].values;
      const found = new Float32Array(values.length);
      for (let point = 0; point < values.length; point++) {
        found[point] = values[point] > LAST ? -9 : MARGIN + (1 - 2 * MARGIN) * (values[point] / LAST);
      }
      this.places.set(axis, found);
    }
    return this.places.get(axis);
  }

  /** The number that a place along an axis, 0 to 1, stands for. */
  numberAt(axis, place) {
    const { least, step } = this.summary.points.axes[axis].values;
    return least + step * LAST * ((place - MARGIN) / (1 - 2 * MARGIN));
  }

  /** The place along an axis of a number. */
  placeOf(axis, value) {
    const { least, step } = this.summary.points.axes[axis].values;
    return MARGIN + (1 - 2 * MARGIN) * (step > 0 ? (value - least) / (step * LAST) : 0.5);
  }

  /** The column that colors the points. */
  get colorColumn() {
    return this.summary.points.columns[this.choice.color];
  }

  /** Classes of a column: the most frequent ones with a name and a count, then the others as one. */
  classesOf(column) {
    column.classes ??= countedClasses(column);
    return column.classes;
  }

  /** A number from 0 to 255 for each point, and the color that each stands for. */
  shades() {
    const { theme } = this.choice;
    const column = this.colorColumn;
    const shades = new Uint8Array(this.nPoints);
    if (column === undefined) {
      return { shades, palette: [classColor(0, theme)], isRing: () => false };
    }
    if (column.kind === "classes") {
      const { classes, groupOf } = this.classesOf(column);
      for (let point = 0; point < shades.length; point++) {
        shades[point] = groupOf[column.values[point]] ?? 255;
      }
      const palette = classes.map((each, place) =>
        each.isOthers ? missingColor(theme) : classColor(place, theme),
      );
      palette[255] = missingColor(theme);
      return { shades, palette, isRing: (shade) => shade >= 10 && shade < MOST_CLASSES };
    }
    const scale = this.scaleOf(column);
    for (let point = 0; point < shades.length; point++) {
      const share = scale.shareOf(column.values[point]);
      shades[point] = Number.isNaN(share) ? 255 : Math.round(254 * Math.min(Math.max(share, 0), 1));
    }
    const palette = Array.from({ length: 255 }, (_, shade) => numberColor(shade / 254, theme));
    palette[255] = missingColor(theme);
    return { shades, palette, isRing: () => false };
  }

  /** How a column of numbers is spread over the colors: between its quantiles of 1 and 99 percent. */
  scaleOf(column) {
    if (column.scale === undefined) {
      const sorted = Float64Array.from(column.values).filter(Number.isFinite).sort();
      const isLogarithmic = wantsLogarithm(sorted);
      const turn = isLogarithmic ? Math.log : (value) => value;
      const at = (share) => sorted[Math.round(share * (sorted.length - 1))] ?? 0;
      const [low, high] = [at(0.01), at(0.99)];
      const span = turn(high) - turn(low);
      const shareOf = (value) =>
        span > 0 ? (turn(value) - turn(low)) / span : Number.isNaN(value) ? value : 0.5;
      const numberOf = (share) => (isLogarithmic ? Math.exp(turn(low) + share * span) : low + share * span);
      column.scale = { low, high, isLogarithmic, shareOf, numberOf };
    }
    return column.scale;
  }

  /** Say whether a point is switched on in the legend. */
  isShown(point) {
    const column = this.colorColumn;
    const hidden = this.choice.hidden.get(this.choice.color);
    if (column?.kind !== "classes" || hidden === undefined || hidden.size === 0) {
      return true;
    }
    return !hidden.has(this.classesOf(column).groupOf[column.values[point]] ?? -1);
  }

  /** What a column says of a point, as text; empty where it is missing. */
  textOf(column, point) {
    const value = column.values[point];
    if (column.kind === "classes") {
      return value === missingOf(column.values) ? "" : column.names[value];
    }
    return column.kind === "numbers" ? (Number.isNaN(value) ? "" : number(value)) : (value ?? "");
  }

  /** What a column is called. */
  nameOf(column) {
    return ["error", "score", "prediction"].includes(column.role)
      ? say(`column.${column.role}`)
      : column.name;
  }

  /** What an axis is called. */
  axisName(axis) {
    const { kind, name, number: place, share } = axis;
    if (kind === "principal") {
      return say("axis.principal", { number: place + 1, share: Math.round(100 * share) });
    }
    return kind === "component"
      ? name
      : kind === "tsne"
        ? say("axis.tsne", { number: place + 1 })
        : say(`column.${kind}`);
  }

  /** Take the rows that can be looked at. */
  setDetails(details, decoder) {
    this.details = details;
    this.decoder = decoder;
    this.detailOf = new Int32Array(this.nPoints).fill(-1);
    details.point.forEach((point, row) => {
      this.detailOf[point] = row;
    });
    this.nFeatures = details.names?.length ?? details.index?.length ?? this.summary.model.n_features;
    if (details.values) {
      const count = details.point.length;
      this.nFeatures = count > 0 ? (details.values.values ?? details.values).length / count : this.nFeatures;
    }
  }

  /** What a feature is called. */
  featureName(feature, list = this.details) {
    return list.names?.[feature] ?? `x${list.index?.[feature] ?? feature}`;
  }

  /** The code of a point, or null. */
  codeOf(point) {
    const row = this.detailOf?.[point] ?? -1;
    const code = this.details?.code;
    if (row < 0 || !code) {
      return null;
    }
    const { length } = ArrayBuffer.isView(code) ? code : code.values;
    return rowOf(code, row, length / this.details.point.length);
  }

  /** A row with what was made of it; null where it is not in the page. */
  rowOf(point) {
    const row = this.detailOf?.[point] ?? -1;
    if (row < 0) {
      return null;
    }
    const { details } = this;
    const values = rowOf(details.values, row, this.nFeatures);
    let rebuilt = null;
    if (details.rebuilt) {
      rebuilt = rowOf(details.rebuilt, row, this.nFeatures);
    } else if (this.decoder) {
      const code = this.codeOf(point);
      rebuilt = code === null ? null : decode(this.decoder, code);
    }
    const categories = (details.categories ?? []).map((each) => ({
      name: each.name,
      value: each.names[each.values[row]] ?? "",
      rebuilt: each.names[each.rebuilt[row]] ?? "",
    }));
    return { values, rebuilt, categories, reasons: this.reasonsOf(row) };
  }

  /** Why a row is odd, or where it is rebuilt worst: the most first. */
  reasonsOf(row) {
    const { reasons } = this.details;
    if (!reasons) {
      return [];
    }
    const width = reasons.which.length / this.details.point.length;
    const found = [];
    for (let place = row * width; place < (row + 1) * width; place++) {
      if (reasons.which[place] >= 0) {
        const [value, expected] = [reasons.value[place], reasons.expected[place]];
        found.push({
          feature: reasons.feature[reasons.which[place]],
          added: reasons.added[place],
          value,
          expected,
        });
      }
    }
    return found;
  }

  /** What to call a row: its number, and its label where there is one. */
  titleOf(point) {
    const label = this.summary.points.columns.find((column) => column.role === "label");
    const text = label ? this.textOf(label, point) : "";
    const row = this.summary.points.row[point];
    return text === ""
      ? say("row.title", { row })
      : say("row.labeled", { row, name: label.name, label: text });
  }
}

function countedClasses(column) {
  const missing = missingOf(column.values);
  const counts = new Array(column.names.length).fill(0);
  let nMissing = 0;
  for (const value of column.values) {
    if (value === missing) {
      nMissing += 1;
    } else {
      counts[value] += 1;
    }
  }
  const order = counts.map((_, place) => place);
  const isMany = order.length > MOST_CLASSES;
  if (isMany) {
    order.sort((one, other) => counts[other] - counts[one]);
  }
  const own = isMany ? order.slice(0, MOST_CLASSES - 1) : order;
  const classes = own.map((place) => ({ name: column.names[place], count: counts[place], isOthers: false }));
  const groupOf = {};
  own.forEach((place, group) => {
    groupOf[place] = group;
  });
  if (isMany) {
    const rest = order.slice(own.length);
    classes.push({
      name: null,
      count: rest.reduce((sum, place) => sum + counts[place], 0),
      isOthers: true,
      nClasses: rest.length,
    });
    for (const place of rest) {
      groupOf[place] = own.length;
    }
  }
  return { classes, groupOf, nMissing };
}
