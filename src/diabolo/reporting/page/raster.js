// Points drawn into pixels by hand: a hundred thousand of them in a few milliseconds.

/** Make the stamp of a point: how much of each pixel of a square it covers, 0 to 256. */
export function stamp(radius, isRing) {
  const reach = Math.ceil(radius + 0.5);
  const side = 2 * reach + 1;
  const cover = new Uint16Array(side * side);
  const inner = isRing ? radius * 0.5 : -1;
  for (let y = -reach; y <= reach; y++) {
    for (let x = -reach; x <= reach; x++) {
      const away = Math.hypot(x, y);
      const outside = Math.min(Math.max(radius + 0.5 - away, 0), 1);
      const hole = inner < 0 ? 0 : Math.min(Math.max(inner + 0.5 - away, 0), 1);
      cover[(y + reach) * side + x + reach] = Math.round(256 * outside * (1 - hole));
    }
  }
  return { reach, side, cover };
}

/** Fill pixels (RGBA) with one color. */
export function fill(pixels, color) {
  const whole = new Uint32Array(pixels.buffer);
  const little = (255 << 24) | (color[2] << 16) | (color[1] << 8) | color[0];
  whole.fill(little >>> 0);
}

/** Draw one point of a color and an opacity (0 to 256) into pixels of so many columns and rows. */
export function drawPoint(pixels, width, height, x, y, shape, color, opacity) {
  const { reach, side, cover } = shape;
  const left = Math.round(x) - reach;
  const top = Math.round(y) - reach;
  if (left >= width || top >= height || left + side <= 0 || top + side <= 0) {
    return;
  }
  const [red, green, blue] = color;
  const firstColumn = Math.max(0, -left);
  const lastColumn = Math.min(side, width - left);
  const lastRow = Math.min(side, height - top);
  for (let row = Math.max(0, -top); row < lastRow; row++) {
    let place = ((top + row) * width + left + firstColumn) * 4;
    for (let column = firstColumn; column < lastColumn; column++, place += 4) {
      const share = (cover[row * side + column] * opacity) >> 8;
      if (share > 0) {
        pixels[place] += ((red - pixels[place]) * share) >> 8;
        pixels[place + 1] += ((green - pixels[place + 1]) * share) >> 8;
        pixels[place + 2] += ((blue - pixels[place + 2]) * share) >> 8;
      }
    }
  }
}
