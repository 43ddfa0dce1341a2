"""``diabolo detect fit``."""

import inspect
import json
import shlex

import numpy as np
import pytest

import diabolo
from diabolo.detection import THRESHOLDS
from diabolo.detection.scores import SCORES
from diabolo.parameters.detector import DETECTORS, DetectorParameters

DETECTOR_FLAGS = {name: each.flag for name, each in DetectorParameters.PARAMETERS.items()}


def fitted(run, path, table, *words):
    """Fit on the iris and load the model, its names taken off."""
    status, _, err = run("detect", "fit", table, "--keep", "id", "-o", path, *words)
    assert status == 0, err
    model = diabolo.load(path)
    assert list(vars(model).pop("feature_names_in_")) == ["sepal length", "sepal width", "petals, long", "p"]
    return model


def test_every_parameter_has_a_flag():
    parameters = set(inspect.signature(diabolo.AutoencoderDetector).parameters)
    assert set(DETECTOR_FLAGS) == parameters
    assert [name for name, flag in DETECTOR_FLAGS.items() if flag is None] == ["callbacks"]


def test_the_names_shown_are_the_librarys(run):
    page = " ".join(run("detect", "fit", "--help-all")[1].split())
    settings = [name for kind in THRESHOLDS.values() for name in vars(kind())]
    weights = [name for known in SCORES.values() for name in known]
    for name in (*DETECTORS.names, *SCORES, *THRESHOLDS, *settings, *weights):
        assert name in page


def test_it_is_the_librarys_detector(run, iris, tmp_path):
    words = ["--labels", "species", "--normal", "setosa"]
    model = fitted(run, tmp_path / "m.diabolo", iris.table, *words)
    expected = diabolo.AutoencoderDetector(normal_label="setosa", random_state=0)
    expected.fit(iris.rows, np.array(iris.labels))
    assert model.get_params() == expected.get_params()
    assert model.threshold_ == expected.threshold_
    assert np.array_equal(model.held_out_scores_, expected.held_out_scores_)
    assert np.array_equal(model.anomaly_score(iris.rows), expected.anomaly_score(iris.rows))


def test_the_report(run, iris, tmp_path):
    path = tmp_path / "m.diabolo"
    words = ["detect", "fit", iris.table, "--labels", "species", "--normal", "setosa", "--keep", "id"]
    status, out, err = run(*words, "-o", path)
    assert (status, err) == (
        0,
        f"note: the first line of {iris.table} was taken as column names; if it is a row, say --no-header\n",
    )
    assert f"rows          150 of 4 numbers from {iris.table}, columns 'species', 'id' left out\n" in out
    assert "learned from  40 rows labeled 'setosa'\n" in out
    assert "held out      10 rows, for p-values\n" in out
    assert "folds         5, each scored without it, for the threshold\n" in out
    model = diabolo.load(path)
    del model.feature_names_in_
    normal = np.array(iris.labels) == "setosa"
    n = (model.training_scores_ > model.threshold_).sum()
    others = (model.predict(iris.rows) == -1)[~normal].sum()
    assert f"flagged       {n} of 50 normal rows ({n / 50:.1%}), {others} of 100 others" in out
    assert f"threshold     {model.threshold_:.6g}, quantile (q=0.95)\n" in out
    for command in out.partition("Next:\n")[2].splitlines():
        assert run(*shlex.split(command)[1:])[0] == 0
    record = json.loads(run(*words, "-o", path, "--json")[1])
    assert record["learned_from"] == 40
    assert record["held_out"] == len(model.held_out_scores_) == 10
    assert record["threshold"] == {
        "name": "quantile",
        "settings": {"q": 0.95},
        "value": model.threshold_,
        "flags": n / 50,
    }
    assert (record["flagged"], record["flagged_others"]) == (n, others)
    assert (record["labels"], record["normal"]) == ("species", "setosa")


def test_quiet(run, iris, tmp_path):
    words = ["detect", "fit", iris.table, "--labels", "species", "--keep", "id", "-q"]
    assert run(*words, "-o", tmp_path / "m.diabolo") == (0, "", "")


def test_labels_without_a_normal_one_are_left_out(run, iris, tmp_path):
    path = tmp_path / "m.diabolo"
    status, out, err = run("detect", "fit", iris.table, "--labels", "species", "--keep", "id", "-o", path)
    assert status == 0
    assert err.splitlines()[-1] == (
        "note: the column 'species' is left out and nothing is learned from it; to learn from normal rows "
        "only, say which label is theirs: --normal LABEL"
    )
    assert "held out" not in out
    assert "folds         5, each scored without it, for the threshold and p-values\n" in out
    assert len(diabolo.load(path).training_scores_) == 150


PARAMETERS = {
    "autoencoder": (["--kind", "deep"], "deep"),
    "n_members": (["--kind", "deep", "--members", "2"], 2),
    "score_kind": (["--score", "squared_error"], "squared_error"),
    "score_params": (["--score-param", "code-weight=0.5"], {"code_weight": 0.5}),
    "threshold": (["--threshold", "mean+std"], "mean+std"),
    "threshold_params": (["--threshold-param", "q=0.5"], {"q": 0.5}),
    "contamination": (["--contamination", "0.2"], 0.2),
    "held_out_fraction": (["--held-out", "0.4"], 0.4),
    "normal_label": (["--labels", "species", "--normal", "virginica"], "virginica"),
    "cv": (["--folds", "7"], 7),
    "random_state": (["--held-out", "0.2", "--seed", "5"], 5),
}


@pytest.mark.parametrize("name", PARAMETERS)
def test_each_option_moves_the_result(run, iris, tmp_path, name):
    flags, value = PARAMETERS[name]
    base = [] if name == "normal_label" else ["--labels", "species"]
    base += ["--kind", "deep"] if name == "n_members" else []
    base += ["--held-out", "0.2"] if name == "random_state" else []
    flags = flags if name not in ("n_members", "random_state") else flags[2:]
    plain = fitted(run, tmp_path / "a.diabolo", iris.table, *(base or ["--labels", "species"]))
    moved = fitted(run, tmp_path / "b.diabolo", iris.table, *base, *flags)
    assert getattr(moved, name) == value
    assert moved.threshold_ != plain.threshold_ or len(moved.held_out_scores_) != len(plain.held_out_scores_)


def test_too_little_memory_is_refused_and_enough_is_not(run, iris, tmp_path):
    words = ["detect", "fit", iris.table, "--labels", "species", "--keep", "id", "-o", tmp_path / "m.diabolo"]
    status, _, err = run(*words, "--max-memory", "20MB")
    assert status == 2
    assert "--max-memory 20MB is too little for this fit, which takes " in err
    assert run(*words, "--max-memory", "8GB")[0] == 0
    assert diabolo.load(tmp_path / "m.diabolo").max_memory == "8GB"


def test_every_flag_is_tried():
    # The last two in test_categories.py.
    elsewhere = {"unknown", "missing", "max_memory", "categories", "handle_unknown"}
    assert {*PARAMETERS, *elsewhere} == {name for name, flag in DETECTOR_FLAGS.items() if flag}


@pytest.mark.parametrize(("unknown", "used"), [("use", 20), ("leave", 0)])
def test_of_rows_without_a_label_nothing_is_known(run, tmp_path, unknown, used):
    random, table, path = np.random.default_rng(0), tmp_path / "t.csv", tmp_path / "m.diabolo"
    X = np.append(random.normal(size=(60, 3)), random.normal(size=(10, 3)) + 9, axis=0)
    cells = ["fine"] * 40 + [""] * 20 + ["bad"] * 5 + [" "] * 5
    lines = [",".join([*map(str, row), cell]) for row, cell in zip(X.tolist(), cells, strict=True)]
    table.write_text("\n".join(["a,b,c,state", *lines]) + "\n")
    words = [
        "detect",
        "fit",
        table,
        "--labels",
        "state",
        "--normal",
        "fine",
        "--unknown",
        unknown,
        "-o",
        path,
    ]
    status, out, err = run(*words)
    assert status == 0, err
    assert "40 rows labeled 'fine'" not in out  # a fifth is held out
    more = " and 25 without a label\n" if used else "; left out, 25 without a label\n"
    assert f"learned from  32 rows labeled 'fine'{more}" in out
    status, out, err = run("detect", "evaluate", path, table, "--labels", "state")
    assert (status, "note: 25 rows have no label and are left out\n" in err) == (0, True)
    assert "40 normal, 5 anomalies" in out
    record = json.loads(run("detect", "evaluate", path, table, "--labels", "state", "--json")[1])
    assert (record["n_anomalies"], record["n_normal"], record["unlabeled"]) == (5, 40, 25)
    assert run("detect", "threshold", path, table, "--labels", "state", "--set", "best_f1")[0] == 0
    states = np.array([cell.strip() or None for cell in cells], object)
    expected = diabolo.AutoencoderDetector(normal_label="fine", unknown=unknown, random_state=0).fit(
        X, states
    )
    np.testing.assert_allclose(diabolo.load(path).training_scores_, expected.training_scores_, rtol=1e-12)


def test_anomalies_alone_may_be_marked(run, tmp_path):
    random, table, path = np.random.default_rng(0), tmp_path / "t.csv", tmp_path / "m.diabolo"
    X = random.normal(size=(50, 3))
    lines = [",".join([*map(str, row), "-1" if n < 5 else ""]) for n, row in enumerate(X.tolist())]
    table.write_text("\n".join(["a,b,c,state", *lines]) + "\n")
    assert run("detect", "fit", table, "--labels", "state", "-o", path)[0] == 0


@pytest.mark.parametrize(
    ("cells", "normal", "kept"),
    [
        (["1", "1.0", "0", "+1"], "1", 1),
        (["1", "1.0", "0", "01"], "1.00", 1),
        (["good", " good ", "bad", "good"], "good", "good"),
        (["1", "1", "fault", "1.0"], "1", "1"),
    ],
)
def test_text_and_numbers_are_the_same_label(run, tmp_path, cells, normal, kept):
    table = tmp_path / "t.csv"
    lines = [f"{n % 7},{n * n % 5},{cells[n % 4]}" for n in range(40)]
    table.write_text("a,b,kind\n" + "\n".join(lines) + "\n")
    words = ["detect", "fit", table, "--labels", "kind", "--normal", normal, "-o", tmp_path / "m.diabolo"]
    record = json.loads(run(*words, "--json")[1])
    assert record["normal_rows"] == 30
    assert record["normal"] == kept
    assert diabolo.load(tmp_path / "m.diabolo").normal_label == kept


def test_a_table_whose_labels_are_an_array(run, iris, tmp_path):
    archive = tmp_path / "t.npz"
    np.savez(archive, data=iris.rows, y=np.array(iris.labels) == "setosa", other=np.ones((2, 2)))
    words = ["detect", "fit", archive, "--labels", "y", "--normal", "True", "--dataset", "data", "--json"]
    status, out, _ = run(*words, "-o", tmp_path / "m.diabolo")
    assert status == 0
    assert json.loads(out)["normal_rows"] == 50


def test_a_table_without_names(run, iris, tmp_path):
    table = tmp_path / "t.csv"
    lines = [";".join(map(str, row)) for row in iris.rows]
    table.write_text("\n".join(lines) + "\n")
    words = ["detect", "fit", table, "--delimiter", ";", "--no-header", "-o", tmp_path / "m.diabolo"]
    assert run(*words)[0] == 0
    assert not hasattr(diabolo.load(tmp_path / "m.diabolo"), "feature_names_in_")


ONE_LABEL = "drawn from rows with labels of both kinds; give --labels COLUMN --normal LABEL."


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ("--kind pca", 2, "--kind pca is not possible; expected 'linear' or 'deep'. Did you mean 'linear'?"),
        ("--members 2", 2, "--members 2 would be alike, since --kind linear is solved exactly;"),
        ("--members 0", 2, "--members 0 is not possible; expected a whole number, 1 or more."),
        ("--score residual", 2, "--score residual is not possible; expected one of 'calibrated', 'maha"),
        ("--score-param foo=1", 2, "--score 'calibrated' does not know 'foo'; its settings:"),
        ("--score-param code_weight=-1", 2, "--score-param code_weight=-1 is not possible; expected"),
        ("--score-param code_weight", 2, "give name=number, such as --score-param code_weight=0.5."),
        ("--threshold mad", 2, "--threshold mad is not possible; expected one of"),
        ("--threshold best_f1", 2, f"--threshold best_f1 is {ONE_LABEL}"),
        ("--threshold-param q=2", 2, "--threshold-param q=2 is not possible for threshold 'quantile';"),
        ("--threshold-param k=2", 2, "threshold 'quantile' does not know 'k'; its settings: 'q'."),
        ("--threshold mean+std --threshold-param k=nan", 2, "--threshold-param k=nan is not possible for"),
        ("--contamination 0.7", 2, "--contamination 0.7 is not possible; expected a number above 0 and at"),
        ("--held-out 1", 2, "--held-out 1 is not possible; expected a number from 0 to below 1, or none."),
        ("--seed -1", 2, "--seed -1 is not possible; expected a whole number from 0 to 4294967295."),
        ("--normal setosa", 2, "--normal setosa is a label, so say which column holds the labels: --labels"),
        ("--normals setosa", 2, "has no option --normals; did you mean --normal?"),
        ("--n-members 3", 2, "did you mean --members?"),
        ("--labels species --normal setsa --keep id", 1,
         "no label in the column 'species' of TABLE equals --normal setsa; they are 'setosa', 'versicolor', "
         "'virginica'. Did you mean 'setosa'?"),
        ("--labels specie --keep id", 1, "has no column named 'specie'; it has"),
        ("--labels species", 1, "TABLE has text in the column 'id' (line 2: 'r0, \"x\"'), and features are "
         "numbers: carry it along with --keep id, or leave it unread with --drop id; all of it: "),
        ("--labels species --keep idd", 1, "TABLE has no column named 'idd'; it has"),
        ("--labels species --keep species", 2, "--keep species is --labels already; leave it out."),
        ("--labels species --keep id --normal setosa --threshold conformal --threshold-param level=0.01", 1,
         "threshold 'conformal' at level 0.01 needs at least 99 held-out normal rows, but there are 10; fit "
         "with a larger --held-out, or set --threshold-param level=0.09091."),
        ("--labels species --keep id --threshold conformal --held-out 0", 1,
         "needs at least 19 held-out normal rows, but there are 0; fit with a larger --held-out."),
    ],
)  # fmt: skip
def test_wrong_use(run, iris, tmp_path, words, status, said):
    found, out, err = run("detect", "fit", iris.table, "-o", tmp_path / "m.diabolo", *words.split())
    assert (found, out) == (status, "")
    assert said.replace("TABLE", str(iris.table)) in err.splitlines()[-1]
    assert not (tmp_path / "m.diabolo").exists()


@pytest.mark.parametrize(
    ("text", "words", "said"),
    [
        ("a,b\n1,2\n", "", "t.csv has one row, and learning needs two or more; give more rows."),
        ("a,kind\n1,ok\n2,bad\n3,bad\n", "--labels kind --normal ok",
         "1 of the 3 rows are normal by their labels; at least 2 are needed to learn what normal is."),
        ("a,kind\n1,\n2,\n3,\n", "--labels kind --normal ok",
         "t.csv has no label in the column 'kind'; label some rows."),
        ("a,kind\n1,ok\n2,\n3,\n", "--labels kind --normal ok --unknown leave",
         "1 of the 3 rows are normal by their labels, and nothing is known of 2 (--unknown leave); at least "
         "2 are needed to learn what normal is."),
        ("a,kind\n1,ok\n2,ok\n3,ok\n", "--labels kind --normal ok --threshold best_f1",
         "threshold 'best_f1' needs rows with labels of both kinds, but all 3 are normal."),
        ("a,b\n1,\n2,3\n", "", "AutoencoderDetector found it first in line 2, column 'b' (number 1). Fill"),
        ("a,b\n1,2\n3,x\n", "", "t.csv, line 3, column 'b' (number 1): 'x' is not a number; if it"),
    ],
)  # fmt: skip
def test_ugly_data(run, tmp_path, text, words, said):
    table = tmp_path / "t.csv"
    table.write_text(text)
    status, out, err = run("detect", "fit", table, *words.split(), "-o", tmp_path / "m.diabolo")
    assert (status, out) == (1, "")
    assert said in err.splitlines()[-1]
    assert not (tmp_path / "m.diabolo").exists()


def test_the_level_that_is_advised_is_possible(run, iris, tmp_path):
    words = ["detect", "fit", iris.table, "--labels", "species", "--keep", "id", "--normal", "setosa"]
    words += ["-o", tmp_path / "m.diabolo", "--threshold", "conformal", "--threshold-param"]
    for fraction in ("0.24", "0.12"):
        err = run(*words, "level=0.001", "--held-out", fraction)[2]
        level = err.rpartition("--threshold-param ")[2].rstrip(".\n")
        assert run(*words, level, "--held-out", fraction)[0] == 0


def test_the_output_is_looked_at_first(run, tmp_path):
    status, _, err = run("detect", "fit", "never.csv", "-o", tmp_path / "no" / "m.diabolo")
    assert status == 1
    assert err.endswith("there is no folder " + str(tmp_path / "no") + "; make it first.\n")
    assert "call it m.diabolo." in run("detect", "fit", "never.csv", "-o", "m.csv")[2]
