// The decoder, worked out in the page: its layers, one after the other.

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

/** Pass sums through the activation of their layer. */
function activated(layer, sums) {
  const activate = ACTIVATIONS[layer.activation];
  for (let output = 0; output < sums.length; output++) {
    sums[output] = activate(sums[output]);
  }
  return sums;
}

/** Every output is a sum of all inputs, weighted. */
function passDense(layer, numbers) {
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
  return activated(layer, sums);
}

/** Every pixel adds the kernel, times itself, to larger maps; what falls beside them is left out. */
function passConvolution(layer, numbers) {
  const { weight, bias } = layer;
  const [rows, columns] = layer.taps;
  const [innerHeight, innerWidth] = layer.inner;
  const [height, width] = layer.outer;
  const outputs = bias.length;
  const inputs = numbers.length / (innerHeight * innerWidth);
  const sums = new Float64Array(height * width * outputs);
  for (let place = 0; place < sums.length; place += outputs) {
    sums.set(bias, place);
  }
  for (let y = 0; y < innerHeight; y++) {
    for (let x = 0; x < innerWidth; x++) {
      const pixel = (y * innerWidth + x) * inputs;
      const top = layer.stride[0] * y - layer.before[0];
      const left = layer.stride[1] * x - layer.before[1];
      for (let row = Math.max(0, -top); row < Math.min(rows, height - top); row++) {
        for (let column = Math.max(0, -left); column < Math.min(columns, width - left); column++) {
          const target = ((top + row) * width + left + column) * outputs;
          let start = (row * columns + column) * inputs * outputs;
          for (let input = 0; input < inputs; input++) {
            const number = numbers[pixel + input];
            if (number !== 0) {
              for (let output = 0; output < outputs; output++) {
                sums[target + output] += number * weight[start + output];
              }
            }
            start += outputs;
          }
        }
      }
    }
  }
  return activated(layer, sums);
}

/** Of a picture the mean of every square, weighted; squares at the right and below may be cut. */
function passMeans(layer, numbers) {
  const [height, width, channels] = layer.shape;
  const { side, weight } = layer;
  const across = Math.ceil(width / side);
  const found = new Float64Array(Math.ceil(height / side) * across * channels);
  let place = 0;
  for (let y = 0; y < height; y++) {
    const down = Math.floor(y / side);
    const tall = Math.min(side, height - down * side);
    for (let x = 0; x < width; x++) {
      const right = Math.floor(x / side);
      const share = 1 / (tall * Math.min(side, width - right * side));
      for (let channel = 0; channel < channels; channel++, place++) {
        found[(down * across + right) * channels + channel] += share * weight[place] * numbers[place];
      }
    }
  }
  return found;
}

/** Some of the numbers. */
function passSome(layer, numbers) {
  return Float64Array.from(layer.index, (place) => numbers[place]);
}

const PASSES = { dense: passDense, convolution: passConvolution, means: passMeans, some: passSome };

/** Decode one code: the row's features, in the rows' units. */
export function decode(decoder, code) {
  let numbers = code;
  for (const layer of decoder.layers) {
    numbers = PASSES[layer.kind](layer, numbers);
  }
  const row = new Float32Array(numbers.length);
  for (let feature = 0; feature < row.length; feature++) {
    row[feature] = numbers[feature] / decoder.factor[feature] + decoder.offset[feature];
  }
  return row;
}
