"""docs/errors.md, and what it says of an input."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tests.contracts.bad_inputs.bad_input import BadInput, Said

PAGE = Path(__file__).parents[3] / "docs" / "errors.md"

_BEGINNING = """\
# What is said of what cannot be used

Written by `make errors` from tests/contracts/bad_inputs, which hands in
each of these {n} inputs and holds Diabolo to every sentence here.

Errors of Python are those of `diabolo.errors` ([reference](reference.md#diaboloerrors)): `InputError` and
`ParameterError` are ValueErrors, too, `InputTypeError` is a TypeError. A command prints one sentence on
standard error and ends with status 1 where a file, the data or the training failed, and with 2 where it
cannot be meant, whatever the files hold; nothing is written then.

`X` is a table of 30 rows and 4 columns; `y` has a colour for each row, `age` a number. There are 12 `images`
of 4 x 4 pixels, and a `series` of 60 points of 2 channels. `table.csv` has `X` in its columns w, x, y and z,
and `kind` and `age` beside them. `small.diabolo` is an autoencoder of these rows, `odd.diabolo` a detector,
`pump.diabolo` a detector of windows of 5 points. `model`, `masked` (fitted with missing cells), `pictures`,
`detector` and `watch` (without names of columns) are models of the same rows or images. `with_cell(X, v)` is
`X` with a cell v, `frame(w=v)` a data frame of it with a column w of v.
"""
_ABOUT = {
    "Estimators": "Rows, targets, weights and parameters, of estimators and of the functions beside them.",
    "Sources": "Tables in memory, options of `diabolo.open`, and series.",
    "Files": "Files that are read and models that are loaded and saved, from Python.",
    "Commands": "What is typed at the prompt.",
}


def page(doors: Mapping[str, Sequence[tuple[BadInput, Said]]]) -> str:
    """Write the page."""
    n = sum(map(len, doors.values()))
    return "\n".join(
        [_BEGINNING.format(n=n), *(line for door in doors for line in _table(door, doors[door]))]
    )


def _table(door: str, said: Sequence[tuple[BadInput, Said]]) -> Iterator[str]:
    how = "status" if door == "Commands" else "error"
    yield from (f"## {door}\n", f"{_ABOUT[door]}\n")
    yield from (f"| what is wrong | what is given | {how} | what is said |", "|---|---|---|---|")
    yield from (row(*each) for each in said)
    yield ""


def row(bad: BadInput, said: Said) -> str:
    """Write the line of an input."""
    sentence = "".join(f"\\{c}" if c in "\\*`<" else c for c in " ".join(said.sentence.split()))
    cells = (bad.title, f"`{bad.given}`", said.kind, sentence)
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
