"""What a page leaves out, said at the prompt in the page's own words."""

import ast
from pathlib import Path

import numpy as np
import pytest

import diabolo
from diabolo import reporting
from diabolo.reporting.notes import note_sentences

# A note is taken where a summary is made: self.note("key", name=..., ...).
CALLS = [
    (call.args[0].value, [word.arg for word in call.keywords])
    for path in Path(reporting.__file__).parent.glob("*.py")
    for call in ast.walk(ast.parse(path.read_text("utf-8")))
    if isinstance(call, ast.Call)
    and isinstance(call.func, ast.Attribute)
    and call.func.attr == "note"
    and isinstance(call.args[0], ast.Constant)
]
DECODERS = [(f"decoder_{why}", []) for why in ("own_network", "categories")]


def test_every_note_has_words_that_its_figures_fill():
    assert len(CALLS) >= 3
    for key, names in [*CALLS, *DECODERS]:
        (said,) = note_sentences({"notes": [[key, dict.fromkeys(names, 12345)]]})
        assert "{" not in said
        assert said.endswith(".")


def test_a_sampled_map_says_so(rows):
    model = diabolo.Autoencoder(2, hidden_layer_sizes=(4,), max_epochs=1, random_state=0).fit(rows)
    made = diabolo.report(model, rows, max_points=20)
    assert "The map shows 20 of 60 rows, drawn at random." in note_sentences(made.summary)
    assert note_sentences(diabolo.report(model, rows).summary) == []


@pytest.mark.parametrize(("value", "said"), [(1234567, "1,234,567"), (np.str_("a {b}"), "a {b}")])
def test_figures_are_written_for_people(value, said):
    assert said in note_sentences({"notes": [["column_left_out", {"name": value}]]})[0]
