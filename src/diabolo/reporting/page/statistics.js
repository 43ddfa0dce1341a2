// Figures that follow what a reader does: a line moved over scores, rows chosen with a lasso.

/** Count rows by what they are and what a line calls them; rows of unknown class are only counted as flagged. */
export function confusion(scores, truth, threshold) {
  const found = { truePositive: 0, falsePositive: 0, trueNegative: 0, falseNegative: 0, flagged: 0 };
  for (let row = 0; row < scores.length; row++) {
    const isFlagged = scores[row] > threshold;
    found.flagged += isFlagged;
    if (truth !== null && truth[row] === 1) {
      found[isFlagged ? "truePositive" : "falseNegative"] += 1;
    } else if (truth !== null && truth[row] === 0) {
      found[isFlagged ? "falsePositive" : "trueNegative"] += 1;
    }
  }
  return found;
}

/** Give accuracy, precision, recall and F1 about the anomalies; 0 where nothing was called one. */
export function measures({ truePositive, falsePositive, trueNegative, falseNegative }) {
  const ratio = (part, whole) => (whole === 0 ? 0 : part / whole);
  return {
    accuracy: ratio(truePositive + trueNegative, truePositive + falsePositive + trueNegative + falseNegative),
    precision: ratio(truePositive, truePositive + falsePositive),
    recall: ratio(truePositive, truePositive + falseNegative),
    f1: ratio(2 * truePositive, 2 * truePositive + falsePositive + falseNegative),
  };
}

/** Follow the line from above the highest score to the lowest: rates at every distinct score. */
export function curves(scores, truth) {
  const known = [...scores.keys()].filter((row) => truth[row] < 2);
  known.sort((one, other) => scores[other] - scores[one]);
  const nPositive = known.reduce((sum, row) => sum + truth[row], 0);
  const nNegative = known.length - nPositive;
  const points = [{ falseRate: 0, recall: 0, precision: 1 }];
  let [hits, misses, area, averagePrecision] = [0, 0, 0, 0];
  for (let place = 0; place < known.length; place++) {
    hits += truth[known[place]];
    misses += 1 - truth[known[place]];
    if (place + 1 < known.length && scores[known[place + 1]] === scores[known[place]]) {
      continue;
    }
    const before = points[points.length - 1];
    const point = {
      falseRate: misses / nNegative,
      recall: hits / nPositive,
      precision: hits / (hits + misses),
    };
    area += ((point.falseRate - before.falseRate) * (point.recall + before.recall)) / 2;
    averagePrecision += (point.recall - before.recall) * point.precision;
    points.push(point);
  }
  return { points, area, averagePrecision, nPositive, nNegative };
}

/** Thin a curve to at most so many points, its ends among them. */
export function thinned(points, most) {
  if (points.length <= most) {
    return points;
  }
  const step = (points.length - 1) / (most - 1);
  return Array.from({ length: most }, (_, place) => points[Math.round(place * step)]);
}

/** Say whether values are told apart better by their logarithms. */
export function wantsLogarithm(values) {
  const sorted = Float64Array.from(values).filter(Number.isFinite).sort();
  return sorted.length > 0 && sorted[0] > 0 && sorted[sorted.length - 1] > 20 * sorted[sorted.length >> 1];
}

/** Count values between edges at equal distances, of the values or of their logarithms; one list a group. */
export function histogram(values, groupOf, nGroups, nBins, isLogarithmic) {
  const turn = isLogarithmic ? Math.log : (value) => value;
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    const turned = turn(value);
    if (Number.isFinite(turned)) {
      low = Math.min(low, turned);
      high = Math.max(high, turned);
    }
  }
  if (!(high > low)) {
    [low, high] = Number.isFinite(low) ? [low - 0.5, low + 0.5] : [0, 1];
  }
  const counts = Array.from({ length: nGroups }, () => new Array(nBins).fill(0));
  values.forEach((value, row) => {
    const place = Math.floor(((turn(value) - low) / (high - low)) * nBins);
    if (Number.isFinite(place)) {
      counts[groupOf(row)][Math.min(Math.max(place, 0), nBins - 1)] += 1;
    }
  });
  return { low, high, counts, isLogarithmic };
}

/** Say in which columns chosen rows differ most from the others: by how many standard deviations of all rows. */
export function differences(nRows, width, rowAt, isChosen) {
  const [ones, others] = [0, 1].map(() => ({
    count: new Uint32Array(width),
    sum: new Float64Array(width),
    squares: new Float64Array(width),
  }));
  const first = nRows > 0 ? rowAt(0) : [];
  for (let row = 0; row < nRows; row++) {
    const numbers = rowAt(row);
    const group = isChosen(row) ? ones : others;
    for (let column = 0; column < width; column++) {
      if (!Number.isNaN(numbers[column])) {
        const number = numbers[column] - (Number.isNaN(first[column]) ? 0 : first[column]);
        group.count[column] += 1;
        group.sum[column] += number;
        group.squares[column] += number * number;
      }
    }
  }
  const found = [];
  for (let column = 0; column < width; column++) {
    const [nOnes, nOthers] = [ones.count[column], others.count[column]];
    const count = nOnes + nOthers;
    if (nOnes > 0 && nOthers > 0) {
      const mean = (ones.sum[column] + others.sum[column]) / count;
      const variance = (ones.squares[column] + others.squares[column]) / count - mean * mean;
      const start = Number.isNaN(first[column]) ? 0 : first[column];
      const [chosen, rest] = [ones.sum[column] / nOnes, others.sum[column] / nOthers];
      const apart = variance > 1e-12 * (mean * mean + 1e-300) ? (chosen - rest) / Math.sqrt(variance) : 0;
      found.push({ column, apart, chosen: chosen + start, rest: rest + start });
    }
  }
  return found.sort((one, other) => Math.abs(other.apart) - Math.abs(one.apart));
}

/** Round numbers for a scale: about so many from low to high. */
export function ticks(low, high, about) {
  const raw = (high - low) / Math.max(about, 1);
  if (!(raw > 0) || !Number.isFinite(raw)) {
    return [low];
  }
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((each) => each * power).find((each) => each >= raw * 0.999);
  const found = [];
  for (let place = Math.ceil(low / step - 1e-9); place * step <= high + 1e-9 * step; place++) {
    found.push(Number((place * step).toPrecision(12)));
  }
  return found;
}
