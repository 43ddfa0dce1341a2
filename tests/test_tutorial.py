"""The tutorials run as they are typed, and what their texts say of a result is so."""

import ast
import inspect
import re
import shlex
from pathlib import Path

import matplotlib
import numpy as np
import pytest

import diabolo
from diabolo.cli import main
from diabolo.cli.demo import SETTINGS, neighbor_accuracy

TUTORIALS = Path(__file__).parents[1] / "docs" / "tutorials"
PAGE = (TUTORIALS / "map-of-digits.md").read_text("utf-8")
ANOMALIES = (TUTORIALS / "csv-to-anomalies.md").read_text("utf-8")
PYOD = (TUTORIALS / "coming-from-pyod.md").read_text("utf-8")
KERAS = (TUTORIALS / "coming-from-keras.md").read_text("utf-8")
IMAGES = (TUTORIALS / "images.md").read_text("utf-8")
WIDE = (TUTORIALS / "half-a-million-features.md").read_text("utf-8")
CELL = re.compile(r"```\{code-cell\} python\n(.*?)```", re.DOTALL)
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
    code = next(block for block in CELL.findall(PAGE) if "Autoencoder(" in block)
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


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Return a function that runs a tutorial's cells in an empty folder and returns what they defined."""
    monkeypatch.chdir(tmp_path)

    def run(page):
        names = {}
        for cell in CELL.findall(page):
            exec(cell, names)
        matplotlib.pyplot.close("all")
        return names

    return run


def type_at_the_prompt(page):
    """Run a tutorial's commands."""
    for line in re.search(r"```bash\n(.*?)```", page, re.DOTALL)[1].replace("\\\n", "").splitlines():
        main(shlex.split(line)[1:])


def test_the_cells_from_a_file_to_anomalies_run_and_find_what_the_text_says(run, capsys):
    names = run(ANOMALIES)
    # Line 123 of the file is the wine that has the most ash.
    wines = names["wines"]
    assert names["odd"] == int(wines["ash"].argmax()) == 121
    assert list(names["reasons"])[:2] == ["ash", "flavanoids"]
    assert names["rows"][121, 1] == wines["flavanoids"][121] == 5.08
    assert round(float(names["expected"][1]), 1) == 2.9
    assert "line 123" in capsys.readouterr().out
    normal = names["cultivar"] == "first"
    held = names["detector"].predict(names["table"])
    assert (held[normal] == -1).mean() <= 0.2  # the promise is of new rows; those held out are a fifth
    assert (held[~normal] == -1).mean() > 0.9


def test_the_prompt_finds_anomalies_as_the_tutorial_has_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {}
    exec(CELL.findall(ANOMALIES)[0], names)
    type_at_the_prompt(ANOMALIES)
    header = Path("scores.csv").read_text("utf-8").splitlines()[0]
    assert {"score", "anomaly", "reason"} <= set(header.split(",")), header


def test_the_script_from_pyod_runs_and_its_detectors_stand_as_the_text_says(run):
    names = run(PYOD)
    assert names["clf"].labels_.sum() == round(0.1 * len(names["X_train"]))
    forest, plain, _ = (np.mean(area) for area in names["areas"].values())
    assert plain > forest > 0.9
    assert names["ahead"].sum() > 5
    assert np.mean(names["called_benign"]) <= 0.12  # the promise is of a tenth, on the average
    assert np.mean(names["called_malignant"]) > 0.8
    assert names["network"].detector_.autoencoder.n_components == 4


def test_every_parameter_of_pyods_is_in_the_tutorials_table():
    from diabolo.pyod import AutoEncoder

    table = PYOD.partition("## What the parameters become")[2]
    said = {
        word
        for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
        for word in re.findall(r"`(\w+)", row)
    }
    assert said == set(AutoEncoder._get_param_names())


def test_the_network_of_the_keras_script_errs_as_it_does_there(run):
    names = run(KERAS)
    (said,) = re.findall(r"```text\n200 epochs\n(0\.\d+)\n```", KERAS)
    error = float(((names["rebuilt"] - names["test"]) ** 2).mean())
    assert error == pytest.approx(float(said), rel=0.1)
    linear, plain = (
        float(((again - names["test"]) ** 2).mean())
        for again in (
            names["pca"].inverse_transform(names["pca"].transform(names["test"])),
            names["plain"].reconstruct(names["test"]),
        )
    )
    assert plain < error < linear
    losses, taken = names["autoencoder"].history_["loss"], names["taken"].history_["loss"]
    assert taken[0] < 1.1 * losses[-1] < losses[0] / 5


def test_what_the_lines_of_keras_become_are_parameters_of_this_library():
    known = {*diabolo.Autoencoder.PARAMETERS, *inspect.signature(diabolo.Autoencoder.fit).parameters}
    rows = re.findall(r"^\| `.*? \| (.*) \|$", KERAS, re.MULTILINE)
    said = {name for row in rows for name in re.findall(r"\b(\w+)=", row)}
    assert len(said) > 10
    assert said <= known


@pytest.mark.slow
def test_images_on_few_numbers_and_cleaned_err_as_the_text_says(run, capsys):
    names = run(IMAGES)
    error, held_out = names["squared_error"], names["held_out"]
    linear = error(names["by_components"](8, names["training"], held_out), held_out)
    dense = names["dense"].score(names["flat"](held_out))
    assert error(names["rebuilt"], held_out) < -dense < 0.65 * linear
    right = names["right"]
    assert (
        error(names["cleaned"], right) < 0.4 * error(names["projected"], right) < error(names["noisy"], right)
    )
    assert names["linear"] < names["convolved"]  # where straight lines win
    shown = re.search(
        r"(0.\d+)  noisy\n(0.\d+)  \d+ principal components\n(0.\d+)  denoiser", capsys.readouterr().out
    )
    noisy, components, cleaned = map(float, shown.groups())
    assert cleaned < 0.75 * components < noisy
    type_at_the_prompt(IMAGES)
    assert np.load("rebuilt.npy").shape == (1497, 64)


@pytest.mark.slow
def test_half_a_million_features_say_of_age_what_the_text_says(run, capsys):
    names = run(WIDE)
    assert names["table"].shape == (200, 485_512)
    assert names["drifting"].mean() > 0.5
    mean, ridge, screened, components, wide = names["errors"].values()
    assert max(screened, ridge) < 6
    assert screened < wide < 10 < components < mean
    capsys.readouterr()
    type_at_the_prompt(WIDE)
    (found,) = re.findall(r"^held out prediction error +([\d.]+)$", capsys.readouterr().out, re.MULTILINE)
    assert float(found) == pytest.approx(screened, rel=1e-3)
    assert len(Path("codes-held-out.csv").read_text("utf-8").splitlines()) == 51
