"""``diabolo demo``, in a few epochs."""

import json
import shlex

import numpy as np
import pytest

import diabolo
from diabolo import open as open_table
from diabolo.cli import main
from diabolo.cli.demo import SETTINGS, neighbor_accuracy

REPORT = diabolo.report
PICTURES = ["map.png", "history.png", "reconstructions.png"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo") / "new" / "the demo"
    main(["demo", "--out", str(folder), "--epochs", "2", "--json"])
    return folder


def test_it_writes_six_files(folder):
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        ["report.html", "digits.diabolo", "codes.csv", *PICTURES]
    )
    for name in PICTURES:
        assert (folder / name).read_bytes().startswith(b"\x89PNG")
    codes = open_table(folder / "codes.csv", target="digit")
    assert codes.shape == (1797, 2)
    X, digits = diabolo.datasets.load_digits()
    assert list(map(int, codes.carried["digit"])) == digits.tolist()
    model = diabolo.load(folder / "digits.diabolo")
    assert model.feature_names_in_[9] == "pixel_1_1"
    del model.feature_names_in_
    assert np.array_equal(model.transform(X), codes[:].astype(np.float32))


def test_the_page_shows_every_digit_as_an_image_in_the_color_of_its_label(monkeypatch, tmp_path):
    seen = {}
    monkeypatch.setattr(
        diabolo, "report", lambda *given, **named: seen.update(named, made=REPORT(*given, **named))
    )
    main(["demo", "--out", str(tmp_path), "--epochs", "1", "--json"])
    summary = seen["made"].summary
    assert seen["path"] == tmp_path / "report.html"
    assert summary["kind"] == "image"
    assert summary["details"]["shape"] == [8, 8, 1]
    assert summary["data"]["n_points"] == 1797
    label = summary["points"]["columns"][0]
    assert (label["name"], label["role"], label["names"]) == ("digit", "label", list("0123456789"))
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == seen["made"].html


def test_what_it_says_and_that_it_works_as_typed(run, folder, monkeypatch):
    monkeypatch.chdir(folder.parent)
    status, out, err = run("demo", "--out", "the demo", "--epochs", "2")
    assert (status, err) == (0, "")
    assert "epoch 1/2  loss" in out
    assert "epoch 2/2  loss" in out
    assert "mean squared error" in out
    assert "labels told right" in out
    written = out.partition("Written:\n")[2].partition("\n\n")[0].splitlines()
    assert written[0].startswith("  the demo/report.html  ")
    for name in PICTURES:
        assert f"the demo/{name}" in out
    assert "\nOpen the demo/report.html in a browser, then type:\n" in out
    commands = [line.strip() for line in out.partition("then type:\n")[2].partition("\n\n")[0].splitlines()]
    assert len(commands) == 4
    for command in commands:
        program, *words = shlex.split(command)
        assert program == "diabolo"
        status, _, err = run(*words)
        assert (status, [line for line in err.splitlines() if not line.startswith("note:")]) == (0, [])


def test_json_is_all_that_is_on_stdout(run, folder):
    status, out, err = run("demo", "--out", folder, "--epochs", "2", "--json")
    record = json.loads(out)
    assert status == 0
    assert "epoch 1/2" in err
    assert len(record["files"]) == 6
    assert 0.1 < record["neighbor_accuracy"] < 1


def test_a_line_every_hundred_epochs():
    assert (SETTINGS["verbose"], SETTINGS["max_epochs"], SETTINGS["batch_size"]) == (100, 500, 8)


def test_a_folder_that_cannot_be(run, files):
    status, _, err = run("demo", "--out", files.table)
    assert status == 1
    assert "cannot be made a folder" in err


def test_neighbor_accuracy_by_hand():
    codes = np.array([[0.0], [1.0], [1.1], [9.0], [9.1], [9.3]])
    labels = np.array([0, 0, 0, 1, 1, 0])
    # The last is told 1 by its neighbors, and 3 and 4 see one of each: a tie, which the lower label wins.
    assert neighbor_accuracy(codes, labels, 2) == pytest.approx(3 / 6)
    assert neighbor_accuracy(codes, labels, 1) == pytest.approx(5 / 6)


def test_neighbor_accuracy_is_scikit_learns():
    from sklearn.model_selection import LeaveOneOut, cross_val_score
    from sklearn.neighbors import KNeighborsClassifier

    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 60)
    codes = rng.normal(size=(60, 2)) + labels[:, np.newaxis]
    expected = cross_val_score(KNeighborsClassifier(5), codes, labels, cv=LeaveOneOut()).mean()
    assert neighbor_accuracy(codes, labels, 5) == pytest.approx(expected)
