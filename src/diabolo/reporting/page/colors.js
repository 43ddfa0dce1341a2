// Colors that people with any color vision tell apart, on light and on dark ground.

// M. A. Petroff, Accessible color sequences for data visualization, 2021: ten colors; the dark ones are the same
// hues, lighter where they would sink into the ground.
const CLASSES = {
  light: [
    "#4495df",
    "#c98500",
    "#a20400",
    "#7f9092",
    "#832db6",
    "#a16856",
    "#c14400",
    "#978a43",
    "#5d6169",
    "#007692",
  ],
  dark: [
    "#5aa9f0",
    "#ffb53b",
    "#ff6a4d",
    "#b4c2c3",
    "#b981e0",
    "#cf9382",
    "#ff8a3d",
    "#cfc487",
    "#8e94a3",
    "#a4e4e7",
  ],
};
const MISSING = { light: "#c9ccd1", dark: "#4a505c" };

// Viridis of matplotlib (N. Smith and S. van der Walt), from least to most.
const VIRIDIS = [
  "#440154",
  "#482475",
  "#414487",
  "#355f8d",
  "#2a788e",
  "#21918c",
  "#22a884",
  "#44bf70",
  "#7ad151",
  "#bddf26",
  "#fde725",
].map(parts);

// Blue over white to red, for differences (C. Brewer's RdBu, ends trimmed).
const BLUE_RED = ["#2166ac", "#67a9cf", "#d1e5f0", "#f7f7f7", "#fddbc7", "#ef8a62", "#b2182b"].map(parts);

/** How many classes have a color; after them every color comes again as a ring. */
export const MOST_CLASSES = 20;

/** Split a color into red, green and blue of 0 to 255. */
export function parts(color) {
  return [1, 3, 5].map((start) => Number.parseInt(color.slice(start, start + 2), 16));
}

function mixed(stops, share) {
  const place = Math.min(Math.max(share, 0), 1) * (stops.length - 1);
  const below = Math.min(Math.floor(place), stops.length - 2);
  return stops[below].map((part, channel) =>
    Math.round(part + (stops[below + 1][channel] - part) * (place - below)),
  );
}

/** The color of a class, as red, green and blue. */
export function classColor(number, theme) {
  const colors = CLASSES[theme];
  return parts(colors[number % colors.length]);
}

/** The color of what has no class or number. */
export function missingColor(theme) {
  return parts(MISSING[theme]);
}

/** The color of a number from 0 to 1: the most stands out, and the least is seen (3:1), on either ground. */
export function numberColor(share, theme) {
  return mixed(VIRIDIS, theme === "light" ? 0.59 * (1 - share) : 0.35 + 0.65 * share);
}

/** The color of a difference from -1 to 1. */
export function differenceColor(share) {
  return mixed(BLUE_RED, (share + 1) / 2);
}

/** Write a color for CSS. */
export function css([red, green, blue]) {
  return `rgb(${red}, ${green}, ${blue})`;
}

/** The contrast of two colors, 1 to 21 (WCAG 2.2). */
export function contrast(one, other) {
  const luminance = (color) => {
    const [red, green, blue] = color.map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [light, dark] = [luminance(one), luminance(other)].sort((first, second) => second - first);
  return (light + 0.05) / (dark + 0.05);
}
