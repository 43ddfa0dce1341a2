// Elements of the page, made one by one: text stays text.

const SVG = "http://www.w3.org/2000/svg";

function filled(element, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (name === "text") {
      element.textContent = value;
    } else if (name.startsWith("on")) {
      element.addEventListener(name.slice(2), value);
    } else if (name === "style") {
      Object.assign(element.style, value);
    } else if (value === true) {
      element.setAttribute(name, "");
    } else if (value !== false && value !== null && value !== undefined) {
      element.setAttribute(name, String(value));
    }
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** Make an element of the page; `text` is its text, `onclick` and the like its listeners. */
export function make(tag, properties = {}, ...children) {
  return filled(document.createElement(tag), properties, children);
}

/** Make an element of a drawing. */
export function draw(tag, properties = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), properties, children);
}

/** Make a drawing of so many units, with what it shows in words. */
export function drawing(width, height, words, ...children) {
  const properties = {
    viewBox: `0 0 ${width} ${height}`,
    role: "img",
    "aria-label": words,
    class: "drawing",
  };
  return draw("svg", { ...properties, style: { maxWidth: `${width}px` } }, ...children);
}

/** Make a table with a header; cells are texts or elements, numbers stand to the right. */
export function tableOf(caption, header, rows) {
  const isNumber = header.map((_, column) => rows.length > 0 && rows.every((row) => isNumeral(row[column])));
  const side = (column) => (isNumber[column] ? "number" : null);
  const inCell = (cell) => (cell instanceof Node ? cell : document.createTextNode(cell ?? ""));
  return make(
    "div",
    { class: "scrolls", tabindex: 0, role: "region", "aria-label": caption },
    make(
      "table",
      {},
      make("caption", { class: "unseen", text: caption }),
      make(
        "thead",
        {},
        make(
          "tr",
          {},
          ...header.map((text, column) =>
            text === "" ? make("td", {}) : make("th", { scope: "col", class: side(column) }, inCell(text)),
          ),
        ),
      ),
      make(
        "tbody",
        {},
        ...rows.map((row) =>
          make("tr", {}, ...row.map((cell, column) => make("td", { class: side(column) }, inCell(cell)))),
        ),
      ),
    ),
  );
}

function isNumeral(cell) {
  const text = cell instanceof Node ? cell.textContent : (cell ?? "");
  return /^[-+−]?[\d.,  %∞–]*(e[-+]?\d+)?$/i.test(text);
}
