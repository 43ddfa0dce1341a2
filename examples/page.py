"""The page that compares the examples' numbers with Keras's."""

from collections.abc import Iterator, Mapping, Sequence

from examples import EXAMPLES
from examples.references import KERAS

HEAD = """\
# What the examples reach

`make examples` writes this page. Diabolo's numbers are the mean and, over several seeds, their range. Keras's
are those of examples/references.py, from the same networks on the same data. A mean is "within" the range of
Keras's seeds, "better" or "worse"; a figure that Keras has without a range is compared at its digits.

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
        own = f"{mean:.{digits}f}"
        if len(values) > 1:
            own += f" ({min(values):.{digits}f} to {max(values):.{digits}f})"
        keras, verdict = ("", "") if reference is None else (str(reference), reference.verdict(mean))
        yield f"| {name} | {figure} | {own} | {keras} | {verdict} |\n"
