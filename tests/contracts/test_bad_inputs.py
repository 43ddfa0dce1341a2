"""Whatever cannot be used is refused at once, in one sentence of Diabolo's own, which docs/errors.md has."""

import functools
import itertools
import re

import matplotlib
import pytest
from tests.contracts.bad_inputs import ALL, BadInput, Workbench
from tests.contracts.bad_inputs.page import PAGE, row

from diabolo import errors

matplotlib.use("agg")

EVERY = [pytest.param(door, bad, id=f"{door}-{bad.title}") for door, inputs in ALL.items() for bad in inputs]
# Processor seconds, of which a wait for other processes has none: no fit, no file is behind them.
_AT_ONCE = 5
# What only Python calls so: setting=value, but not the NAME=X of a flag.
_PYTHON = re.compile(r"(?<![-\w ])\b[a-z]\w*_\w+=|\bfit\(|None\b|self\b")
# Lines that scikit-learn's own checks hold an estimator to.
_LINES = "The feature names should match those that were passed during fit.\n"
# What other packages' lowest versions say, and what the page has.
_IN_NEW_WORDS = [("MetadataIncompleteBuffer", "incomplete metadata, file not fully covered")]


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    return Workbench(tmp_path_factory.mktemp("bad"))


@pytest.fixture(scope="module")
def lines():
    return PAGE.read_text().splitlines()


@pytest.mark.parametrize(("door", "bad"), EVERY)
def test_it_is_refused_in_the_sentence_of_the_page(bench, lines, door, bad):
    said = bench.hand_in(bad)
    if door == "Commands":
        assert said.kind in ("1", "2"), said
        assert not _PYTHON.search(said.sentence), said.sentence
    else:
        assert issubclass(getattr(errors, said.kind), errors.DiaboloError), said
        assert not re.search(r"(?<!\w)--\w", said.sentence), said.sentence
    assert said.seconds < _AT_ONCE
    assert "\n" not in said.sentence or said.sentence.startswith(_LINES)
    assert not re.search(
        r"unexpected [A-Z]|Traceback|0x[0-9a-f]{6}|[\ue000-\ue002]| object at ", said.sentence
    )
    assert str(bench.folder) not in said.sentence
    written = functools.reduce(lambda line, words: line.replace(*words), _IN_NEW_WORDS, row(bad, said))
    assert written in lines, f"make errors writes: {written}"


def test_the_page_has_these_inputs_and_no_others(lines):
    titles = [line.split(" | ")[0].removeprefix("| ") for line in lines if line.startswith("| ")]
    inputs = list(itertools.chain.from_iterable(ALL.values()))
    assert [title for title in titles if title != "what is wrong"] == [bad.title for bad in inputs]
    assert len(inputs) == len({bad.title for bad in inputs}) >= 150
    assert f"each of these {len(inputs)} inputs" in "\n".join(lines)
    assert min(map(len, ALL.values())) >= 30


def test_what_is_accepted_is_told_from_what_is_refused(bench):

    assert (
        bench.hand_in(BadInput("a good table", lambda it: it.model.transform(it.frame()))).kind == "nothing"
    )
    assert bench.hand_in(BadInput("a good command", "inspect small.diabolo")).kind == "0"
    with pytest.raises(AssertionError, match="a file was written"):
        bench.hand_in(BadInput("a good output", "plot history small.diabolo -o history.png"))
    (bench.folder / "history.png").unlink()
    with pytest.raises(ZeroDivisionError):
        bench.hand_in(BadInput("a foreign exception", lambda it: 1 / 0))
