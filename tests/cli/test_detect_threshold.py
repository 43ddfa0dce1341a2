"""``diabolo detect threshold``."""

import json
import shutil

import numpy as np
import pytest

import diabolo
from diabolo.detection import THRESHOLDS


@pytest.fixture
def model(iris, tmp_path):
    """A copy of the detector, to be written over."""
    return shutil.copy(iris.model, tmp_path / "m.diabolo")


def test_the_lines_are_the_librarys(run, iris, model):
    before = model.read_bytes()
    status, out, err = run("detect", "threshold", model)
    assert (status, err) == (0, "")
    detector = iris.detector()
    assert out.startswith(f"line   {detector.threshold_:.6g}, quantile (q=0.95)\n")
    assert "of the 50 normal rows of the training" in out
    record = json.loads(run("detect", "threshold", model, "--json")[1])
    assert list(record["not_possible"]) == ["conformal"]
    assert "fit with a larger --held-out, or set --threshold-param level=0.09091." in out
    assert len(record["lines"]) == len(THRESHOLDS) - 1
    for line in record["lines"]:
        drawn = iris.detector().set_threshold(line["name"], **line["settings"])
        assert line["value"] == drawn.threshold_
        assert line["flags"] == np.mean(drawn.training_scores_ > drawn.threshold_)
        assert f"{line['value']:.6g}" in out
    assert model.read_bytes() == before


SETS = {
    "quantile": ["--threshold-param", "q=0.5"],
    "contamination": ["--threshold-param", "share=0.3"],
    "mean+std": ["--threshold-param", "k=2"],
    "median+mad": ["--threshold-param", "k=-1"],
    "conformal": ["--threshold-param", "level=0.2"],
    "best_f1": [],
    "precision": ["--threshold-param", "at-least=0.99"],
    "recall": ["--threshold-param", "at_least=0.5"],
    "false_alarm_rate": ["--threshold-param", "at_most=0.2"],
}


@pytest.mark.parametrize("name", THRESHOLDS)
def test_each_name_moves_the_line(run, iris, model, name):
    old = iris.detector().threshold_
    status, out, _ = run("detect", "threshold", model, "--set", name, *SETS[name])
    assert status == 0
    settings = dict(pair.split("=") for pair in SETS[name][1:])
    settings = {key.replace("-", "_"): float(value) for key, value in settings.items()}
    expected = iris.detector().set_threshold(name, **settings).threshold_
    moved = diabolo.load(model)
    assert moved.threshold_ == expected != old
    assert list(moved.feature_names_in_) == iris.names
    assert moved.threshold == name
    assert out.startswith(f"line    {expected:.6g}, {name}")
    assert f"before  {old:.6g}, quantile (q=0.95)\n" in out
    # What the file says of its line is what the next look says.
    assert json.loads(run("detect", "threshold", model, "--json")[1])["threshold"]["name"] == name


@pytest.mark.parametrize("typed", ["3.5", "-1e3"])
def test_a_number_to_another_file(run, iris, model, tmp_path, typed):
    before = model.read_bytes()
    other = tmp_path / "other.diabolo"
    status, out, _ = run("detect", "threshold", model, "--set", typed, "-o", other)
    assert status == 0
    assert model.read_bytes() == before
    assert diabolo.load(other).threshold_ == float(typed)
    assert "set after the fit\n" in out
    record = json.loads(run("detect", "threshold", other, "--json")[1])
    assert record["threshold"]["name"] is None


def test_the_models_own_contamination_holds(run, iris, tmp_path):
    model = tmp_path / "m.diabolo"
    run("detect", "fit", iris.table, *iris.typed, "--contamination", "0.2", "-o", model, "-q")
    drawn = diabolo.load(model).threshold_
    run("detect", "threshold", model, "--set", "3")
    assert run("detect", "threshold", model, "--set", "contamination")[0] == 0
    assert diabolo.load(model).threshold_ == drawn


def test_labels_of_a_file(run, iris, tmp_path):
    model = tmp_path / "m.diabolo"
    run("detect", "fit", iris.table, *iris.typed, "-o", model, "-q")
    status, out, _ = run("detect", "threshold", model)
    assert (
        out.count("best_f1, precision, recall, false_alarm_rate: with DATA --labels COLUMN --normal LABEL")
        == 1
    )
    status, _, err = run("detect", "threshold", model, "--set", "best_f1")
    assert status == 2
    assert err == (
        f"diabolo: --set best_f1 is drawn from rows with labels of both kinds, and {model} knows none; give "
        "DATA --labels COLUMN --normal LABEL.\n"
    )
    words = ["detect", "threshold", model, iris.table, *iris.typed, "--normal", "virginica"]
    assert "best_f1" in [line["name"] for line in json.loads(run(*words, "--json")[1])["lines"]]
    expected = diabolo.load(model)
    del expected.feature_names_in_
    labels = np.where(np.array(iris.labels) == "virginica", 1, -1)
    expected.set_threshold("best_f1", X=iris.rows, y=labels)
    assert run(*words, "--set", "best_f1")[0] == 0
    assert diabolo.load(model).threshold_ == expected.threshold_
    # The labeled rows are known from now on.
    assert run("detect", "threshold", model, "--set", "recall")[0] == 0


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ("--set quantle", 2, "--set quantle is not possible; expected a number, or one of mean+std,"),
        ("--set nan", 2, "--set nan is not possible; expected a number, or one of mean+std,"),
        ("--set f1", 2, "Did you mean 'best_f1'?"),
        ("--threshold 2", 2, "has no option --threshold; did you mean --set?"),
        (
            "--set 3 --threshold-param q=1",
            2,
            "--set 3 is the line itself and has no --threshold-param; leave",
        ),
        ("--set quantile --threshold-param q=2", 2, "--threshold-param q=2 is not possible for threshold 'q"),
        ("--set quantile --threshold-param q", 2, "give name=number, such as --threshold-param q=0.99."),
        (
            "--set mean+std --threshold-param q=2",
            2,
            "threshold 'mean+std' does not know 'q'; its settings: 'k'.",
        ),
        ("--threshold-param q=0.9", 2, "--threshold-param goes with a new line, so say which: --set NAME or"),
        ("-o x.diabolo", 2, "-o goes with a new line, so say which: --set NAME or --set NUMBER."),
        ("--labels species", 2, "--labels is about rows, so name their file: MODEL DATA --labels COLUMN."),
        ("--normal setosa", 2, "--normal is about rows, so name their file: MODEL DATA --labels COLUMN."),
        ("DATA", 2, "is looked at for its labels, so say which column holds them: --labels COLUMN."),
        ("--set 2 -o x.csv", 2, "-o x.csv would be a model under the name of another kind of file;"),
        (
            "--set conformal",
            1,
            "level 0.05 needs at least 19 held-out normal rows, but there are 10; fit with a",
        ),
        ("DATA --labels species --keep id --normal setsa", 1, "Did you mean 'setosa'?"),
    ],
)
def test_wrong_use(run, iris, model, words, status, said):
    before = model.read_bytes()
    words = [iris.table if word == "DATA" else word for word in words.split()]
    found, out, err = run("detect", "threshold", model, *words)
    assert (found, out) == (status, "")
    assert said in err
    assert model.read_bytes() == before


def test_an_autoencoder_or_a_table_is_refused(run, files):
    assert "is no detector but an Autoencoder; make one" in run("detect", "threshold", files.model)[2]
    status, _, err = run("detect", "threshold", files.table, "--set", "2")
    assert status == 1
    assert "the model comes first" in err
