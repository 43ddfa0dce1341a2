"""The page that compares the examples' numbers with Keras's."""

from collections.abc import Iterator, Mapping, Sequence

from examples import EXAMPLES
from examples.references import KERAS

HEAD = """\
# What the examples reach

`make examples` writes this page. Diabolo's numbers are the mean and, over several seeds, their range. Keras's
are those of examples/references.py, from the same networks on the same data. A mean is "within" the range of
Keras's seeds, "better" or "worse" (or "differs", where neither side is better); a figure that Keras has
without a range is compared at its digits.

Epochs, batches and all else are Keras's, but for this. On Fashion-MNIST the step size falls along a cosine,
in fashion_denoising from 0.003; with a constant 0.001, 784-64-784 reaches 0.00884 (0.00880 to 0.00888, six
seeds), and with a cosine from 0.001 the denoiser 0.00723 (one seed). Denoisers meet new noise at each step,
where Keras's have one noisy copy of the data. The sparse networks train by Adam on batches of 100 for 2,000
epochs, where the reference takes 400 steps of L-BFGS on all rows.

series_anomalies scores every point by windows of 48, learned from the series itself, without labels; the
forest gets the same windows. The first series comes with the package aeon, NAB's from its repository.

methylation_age holds codes of untouched defaults against linear methods, which have no counterpart in Keras:
five splits, 70% of the people fitted, every row on the same ones. All of them fit age in years, where
Horvath's clock fits its logarithm below 20. The error is the mean absolute one. A code's "ridge" is fitted to
the code, its "head" is the guided network's own prediction.

| example | figure | Diabolo | Keras | verdict |
|---|---|---|---|---|
"""


def written_page(results: Mapping[str, Mapping[str, Sequence[float]]]) -> str:
    """Write the page in Markdown, an example after the other, each number in a line."""
    lines = (line for name in EXAMPLES if name in results for line in _lines(name, results[name]))
    return HEAD + "".join(lines)


def _lines(name: str, numbers: Mapping[str, Sequence[float]]) -> Iterator[str]:
    for figure, values in numbers.items():
        reference = KERAS.get(name, {}).get(figure)
        # Digits as in the reference, so that the two can be read against each other.
        digits = 3 if reference is None else len((reference.least or reference.mean).partition(".")[2])
        mean = sum(values) / len(values)
        own = f"{mean:z.{digits}f}"
        if len(values) > 1:
            own += f" ({min(values):z.{digits}f} to {max(values):z.{digits}f})"
        keras, verdict = ("", "") if reference is None else (str(reference), reference.verdict(mean))
        yield f"| {name} | {figure} | {own} | {keras} | {verdict} |\n"
