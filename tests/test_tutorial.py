"""The tutorial shows what the demo prints, and its program is the demo's."""

import ast
import re
from pathlib import Path

import numpy as np
import pytest

from diabolo.cli import main
from diabolo.cli.demo import SETTINGS, neighbor_accuracy

PAGE = (Path(__file__).parents[1] / "docs" / "tutorials" / "map-of-digits.md").read_text("utf-8")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    """The demo's lines, as it runs here, in full."""
    import contextlib
    import io

    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        main(["demo", "--out", str(tmp_path_factory.mktemp("demo"))])
    return said.getvalue().splitlines()


def steady(line):
    """Leave out of a line what no two runs have alike: how fast it was."""
    return re.sub(r"  [\d,]+ rows/s$|(?<=^seconds) .*", "", line)


def test_what_the_tutorial_shows_is_what_the_demo_prints(printed):
    shown = re.search(r"```text\n(.*?)```", PAGE, re.DOTALL)[1].splitlines()
    for ours, theirs in zip(shown, printed[: len(shown)], strict=True):
        assert _NUMBER.sub("#", steady(ours)) == _NUMBER.sub("#", steady(theirs))
        # The same seed gives the same bits on one machine; another one rounds otherwise.
        numbers = [[float(each) for each in _NUMBER.findall(steady(line))] for line in (ours, theirs)]
        np.testing.assert_allclose(*numbers, rtol=0.03, err_msg=theirs)


def test_the_tutorials_program_has_the_demos_settings():
    code = next(
        block for block in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL) if "Autoencoder(" in block
    )
    call = next(
        node
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Autoencoder"
    )
    assert {word.arg: ast.literal_eval(word.value) for word in call.keywords} == SETTINGS


def test_the_principal_components_beside_it(digits):
    from sklearn.decomposition import PCA

    X, y = digits
    pca = PCA(2).fit(X)
    codes = pca.transform(X)
    error, told = re.search(
        r"mean squared error\s+of (0\.\d+), and .*?tells (\d+)%", PAGE, re.DOTALL
    ).groups()
    assert float(error) == round(float(((pca.inverse_transform(codes) - X) ** 2).mean()), 3)
    assert float(told) == round(100 * neighbor_accuracy(codes, y, 5))
