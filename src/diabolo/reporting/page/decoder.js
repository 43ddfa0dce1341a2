// The decoder, worked out in the page: dense layers, one after the other.

/** Abramowitz and Stegun 7.1.26 is too coarse for 1e-4 of a large layer: a continued series and fraction. */
function erf(x) {
  const size = Math.abs(x);
  if (size > 6) {
    return Math.sign(x);
  }
  if (size < 2.5) {
    let term = size;
    let sum = size;
    for (let n = 1; n < 60 && Math.abs(term) > 1e-17 * sum; n++) {
      term *= (-size * size) / n;
      sum += term / (2 * n + 1);
    }
    return (Math.sign(x) * 2 * sum) / Math.sqrt(Math.PI);
  }
  let fraction = size;
  for (let n = 60; n > 0; n--) {
    fraction = size + n / 2 / fraction;
  }
  return Math.sign(x) * (1 - Math.exp(-size * size) / (fraction * Math.sqrt(Math.PI)));
}

const ACTIVATIONS = {
  linear: (x) => x,
  relu: (x) => Math.max(x, 0),
  leaky_relu: (x) => (x > 0 ? x : 0.01 * x),
  elu: (x) => (x > 0 ? x : Math.expm1(x)),
  gelu: (x) => 0.5 * x * (1 + erf(x / Math.SQRT2)),
  sinh: Math.sinh,
  tanh: Math.tanh,
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
};

/** The activations by name, for tests. */
export const ACTIVATION_NAMES = Object.keys(ACTIVATIONS);

/** Pass numbers through one dense layer. */
function pass(layer, numbers) {
  const width = layer.bias.length;
  const sums = Float64Array.from(layer.bias);
  for (let input = 0; input < numbers.length; input++) {
    const number = numbers[input];
    if (number !== 0) {
      const start = input * width;
      for (let output = 0; output < width; output++) {
        sums[output] += number * layer.weight[start + output];
      }
    }
  }
  const activate = ACTIVATIONS[layer.activation];
  for (let output = 0; output < width; output++) {
    sums[output] = activate(sums[output]);
  }
  return sums;
}

/** Decode one code: the row's features, in the rows' units. */
export function decode(decoder, code) {
  let numbers = code;
  for (const layer of decoder.layers) {
    numbers = pass(layer, numbers);
  }
  const row = new Float32Array(numbers.length);
  for (let feature = 0; feature < row.length; feature++) {
    row[feature] = numbers[feature] / decoder.factor[feature] + decoder.offset[feature];
  }
  return row;
}
