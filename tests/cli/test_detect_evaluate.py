"""``diabolo detect evaluate``."""

import json

import matplotlib.pyplot as plt
import numpy as np
import pytest
from sklearn import metrics

from diabolo import plotting
from diabolo.cli import detect_evaluate
from diabolo.cli.detect_evaluate import PICTURES


def evaluated(run, iris, *words):
    status, out, _ = run("detect", "evaluate", iris.model, iris.table, *iris.typed, "--json", *words)
    assert status == 0
    return json.loads(out)


@pytest.mark.parametrize("normal", ["setosa", "virginica"])
@pytest.mark.parametrize("positive", ["anomaly", "normal"])
def test_the_figures_are_scikit_learns(run, iris, normal, positive):
    record = evaluated(run, iris, "--normal", normal, "--positive", positive)
    detector = iris.detector()
    scores = detector.anomaly_score(iris.rows)
    is_odd = np.array(iris.labels) != normal
    truth, called, rank = is_odd, scores > detector.threshold_, scores
    if positive == "normal":
        truth, called, rank = ~truth, ~called, -scores
    expected = {
        "accuracy": metrics.accuracy_score(truth, called),
        "precision": metrics.precision_score(truth, called, zero_division=0),
        "recall": metrics.recall_score(truth, called),
        "f1": metrics.f1_score(truth, called),
        "roc_auc": metrics.roc_auc_score(truth, rank),
        "average_precision": metrics.average_precision_score(truth, rank),
    }
    assert {name: record[name] for name in expected} == pytest.approx(expected)
    assert (record["positive"], record["normal"], record["labels"]) == (positive, normal, "species")
    assert record["flagged_anomalies"] == int((is_odd & (scores > detector.threshold_)).sum())


def test_the_text_says_which_class_is_positive(run, iris):
    words = ["detect", "evaluate", iris.model, iris.table, *iris.typed]
    status, out, err = run(*words)
    assert (status, err) == (0, "")
    assert f"rows            150 from {iris.table}: 50 normal, 100 anomalies\n" in out
    assert "positive class  anomaly: every label but 'setosa'\n" in out
    assert "precision (anomaly)" in out
    assert "called anomaly  called normal" in out
    out = run(*words, "--positive", "normal")[1]
    assert "positive class  normal: the label 'setosa'\n" in out
    assert "recall (normal)" in out


@pytest.mark.parametrize("picture", [None, *PICTURES.names])
def test_pictures(run, iris, tmp_path, picture, monkeypatch):
    seen = []
    monkeypatch.setattr(
        detect_evaluate, "save_picture", lambda draw, path, dpi: seen.append((draw(plotting), path, dpi))
    )
    path = tmp_path / "p.png"
    words = [] if picture is None else ["--picture", picture]
    record = evaluated(run, iris, "-o", path, "--dpi", "50", *words)
    assert record["picture"] == (picture or "histogram")
    (axes, where, dpi) = seen[0]
    assert (where, dpi) == (path, 50)
    expected = {
        "histogram": "score (higher is odder)",
        "precision-recall": "recall",
        "roc": "share of normal rows flagged",
        "threshold": "threshold (rows with higher scores are flagged)",
    }
    assert axes.get_xlabel() == expected[picture or "histogram"]
    legend = [text.get_text() for text in axes.get_legend().get_texts()]
    assert f"threshold {iris.detector().threshold_:.4g}" in legend
    plt.close(axes.figure)


def test_a_picture_is_written(run, iris, tmp_path):
    path = tmp_path / "p.png"
    words = ["detect", "evaluate", iris.model, iris.table, *iris.typed, "-o", path]
    status, out, _ = run(*words)
    assert status == 0
    assert out.endswith(f"\npicture written to {path}\n")
    assert path.read_bytes().startswith(b"\x89PNG")
    err = run(*words, "--picture", "roc", "--positive", "normal")[2]
    assert err == "note: the picture roc is about the anomalies, whatever --positive says\n"


def some_rows(iris, path, kinds, column="species"):
    head, *rest = iris.table.read_text().splitlines()
    kept = [line for line, label in zip(rest, iris.labels, strict=True) if label in kinds]
    path.write_text("\n".join([head.replace("species", column), *kept]) + "\n")
    return path


def test_rows_of_one_class(run, iris, tmp_path):
    table = some_rows(iris, tmp_path / "t.csv", ["setosa"])
    words = ["detect", "evaluate", iris.model, table, *iris.typed]
    status, out, err = run(*words, "--json")
    assert status == 0
    assert err == (
        "note: all 50 rows are normal by their labels, so only the accuracy and the counts say something; "
        "the other figures need anomalies\n"
    )
    assert json.loads(out)["roc_auc"] is None
    status, _, err = run(*words, "-o", tmp_path / "p.png", "--picture", "roc")
    assert status == 1
    assert err.endswith("all 50 rows are normal; a curve needs both kinds.\n")
    assert not (tmp_path / "p.png").exists()


def test_no_row_is_normal(run, iris, tmp_path):
    table = some_rows(iris, tmp_path / "t.csv", ["versicolor", "virginica"])
    status, _, err = run("detect", "evaluate", iris.model, table, *iris.typed)
    assert status == 1
    assert err == (
        f"diabolo: no label in the column 'species' of {table} equals 'setosa', the normal one when "
        f"{iris.model} was fitted; they are 'versicolor', 'virginica'. Say which is normal with --normal.\n"
    )


def test_which_label_is_normal_was_never_said(run, iris, tmp_path):
    model = tmp_path / "m.diabolo"
    run("detect", "fit", iris.table, *iris.typed, "-o", model, "-q")
    status, _, err = run("detect", "evaluate", model, iris.table, *iris.typed)
    assert status == 1
    assert err == (
        f"diabolo: which label of the column 'species' of {iris.table} is that of normal rows was not said; "
        "they are 'setosa', 'versicolor', 'virginica': say it, such as --normal setosa.\n"
    )


def test_the_labels_1_and_minus_1_need_no_saying(run, iris, tmp_path):
    model, table = tmp_path / "m.diabolo", tmp_path / "t.csv"
    run("detect", "fit", iris.table, *iris.typed, "-o", model, "-q")
    text = iris.table.read_text().replace("setosa", "1").replace("versicolor", "-1")
    table.write_text(text.replace("virginica", "-1.0"))
    status, out, _ = run("detect", "evaluate", model, table, *iris.typed, "--json")
    assert status == 0
    assert (json.loads(out)["n_normal"], json.loads(out)["n_anomalies"]) == (50, 100)


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (
            "",
            2,
            "--labels COLUMN is missing; the form is: diabolo detect evaluate MODEL DATA --labels COLUMN",
        ),
        ("--labels specis --keep id", 1, "has no column named 'specis'; it has"),
        (
            "--labels species",
            1,
            "along with --keep id, or leave it unread with --drop id; all of it: diabolo detect evaluate ",
        ),
        (
            "--labels species --keep id --positive odd",
            2,
            "--positive odd is not possible; expected one of 'anomaly',",
        ),
        ("--labels species --picture roc", 2, "--picture roc says what to draw, so say where: -o FILE.png."),
        ("--labels species -o p.csv", 2, "-o p.csv ends in '.csv', and the suffix says what to write: .png,"),
        (
            "--labels species --picture pr -o p.png",
            2,
            "--picture pr is not possible; expected one of 'histogram', 'precision-recall', 'roc', "
            "'threshold'. Did you mean 'precision-recall'?",
        ),
        (
            "--labels species --keep id --normal setsa",
            1,
            "equals --normal setsa; they are 'setosa', 'versicolor', 'virginica'. Did you mean 'setosa'?",
        ),
    ],
)
def test_wrong_use(run, iris, words, status, said):
    found, out, err = run("detect", "evaluate", iris.model, iris.table, *words.split())
    assert (found, out) == (status, "")
    assert said in err
