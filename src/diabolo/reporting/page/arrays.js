// Arrays of the dictionary: blocks of base64 and deflate made typed arrays, and packed numbers made numbers.

const TYPES = { u8: Uint8Array, u16: Uint16Array, i32: Int32Array, f32: Float32Array, f64: Float64Array };

/** Turn base64 of deflated bytes into the bytes. */
export async function inflate(text) {
  const packed = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).arrayBuffer();
}

/** Say whether a value stands for a block. */
function isBlock(value) {
  return value !== null && typeof value === "object" && typeof value.block === "number" && value.type in TYPES;
}

/** Replace every block in a value by its typed array; `read` gives the text of a block. */
export async function revive(value, read) {
  if (isBlock(value)) {
    return new TYPES[value.type](await inflate(read(value.block)));
  }
  if (Array.isArray(value)) {
    const hasBlocks = value.some((each) => each !== null && typeof each === "object");
    return hasBlocks ? Promise.all(value.map((each) => revive(each, read))) : value;
  }
  if (value !== null && typeof value === "object") {
    const names = Object.keys(value);
    const values = await Promise.all(names.map((name) => revive(value[name], read)));
    return Object.fromEntries(names.map((name, place) => [name, values[place]]));
  }
  return value;
}

/** The value that stands for a missing one. */
export function missingOf(values) {
  return values instanceof Uint8Array ? 255 : 65535;
}

/** Unpack some of packed numbers: `count` of them from `start`, the first of a row of columns; NaN is missing. */
export function unpack(packed, start = 0, count = undefined) {
  const isPlain = ArrayBuffer.isView(packed);
  const values = isPlain ? packed : packed.values;
  const end = count === undefined ? values.length : start + count;
  const found = new Float32Array(end - start);
  if (isPlain) {
    found.set(values.subarray(start, end));
    return found;
  }
  const missing = missingOf(values);
  const isListed = typeof packed.least !== "number";
  for (let place = start; place < end; place++) {
    const column = place - start;
    const least = isListed ? packed.least[column] : packed.least;
    const step = isListed ? packed.step[column] : packed.step;
    found[column] = values[place] === missing ? Number.NaN : least + step * values[place];
  }
  return found;
}

/** Unpack one row of a table with so many columns. */
export function rowOf(packed, row, width) {
  return unpack(packed, row * width, width);
}
