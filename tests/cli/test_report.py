"""``diabolo report``, against what ``diabolo.report`` makes of the same rows."""

import json
import shlex
from dataclasses import dataclass, field

import numpy as np
import pytest

import diabolo
from diabolo.cli import main

QUICK = ("--hidden", "4", "--epochs", "1", "--quiet")
REPORT = diabolo.report


@dataclass
class Spy:
    """What a verb asked `diabolo.report` for, and what it got."""

    asked: dict = field(default_factory=dict)
    made: object = None

    def __call__(self, model, X, labels=None, **named):
        self.asked = {"model": model, "X": X, "labels": labels, **named}
        self.made = REPORT(model, X, labels, **named)
        return self.made

    def column(self, name):
        return next(each for each in self.made.summary["points"]["columns"] if each["name"] == name)

    @property
    def columns(self):
        return {each["name"]: each["role"] for each in self.made.summary["points"]["columns"]}


@pytest.fixture
def spy(monkeypatch):
    spy = Spy()
    monkeypatch.setattr(diabolo, "report", spy)
    return spy


def classes_of(column):
    """Give the classes of a column, None where one is missing."""
    missing = np.iinfo(column["values"].dtype).max
    return [None if value == missing else column["names"][value] for value in column["values"].tolist()]


def test_a_page_of_a_table(run, files, tmp_path, spy):
    path = tmp_path / "report.html"
    words = ["report", files.model, files.table, "--labels", "kind", "-o", path]
    status, out, err = run(*words)
    assert (status, err) == (0, "")
    size = path.stat().st_size
    assert out == (
        f"30 rows, all of them on the map, colored by kind; {size / 1e3:.0f} kB written to {path}\n\n"
        f"Open it in a browser: {path.as_uri()}\n"
    )
    assert path.read_text(encoding="utf-8") == spy.made.html
    assert spy.made.html.lower().startswith("<!doctype html>")
    assert classes_of(spy.column("kind")) == files.labels
    assert spy.made.summary["model"]["file"] == str(files.model)
    assert spy.made.summary["data"]["name"] == str(files.table)
    record = json.loads(run(*words, "--json")[1])
    assert record == {
        "verb": "report",
        "model": str(files.model),
        "data": str(files.table),
        "rows": 30,
        "points": 30,
        "labels": "kind",
        "bytes": size,
        "notes": [],
        "output": str(path),
    }


def test_the_page_is_that_of_python(run, files, tmp_path):
    path = tmp_path / "report.htm"
    run("report", files.model, files.table, "--labels", "kind", "-o", path)
    model = diabolo.load(files.model)
    del model.feature_names_in_
    table = diabolo.open(files.table, target="kind")
    made = diabolo.report(model, table, model_name=str(files.model), data_name=str(files.table))
    assert path.read_text(encoding="utf-8") == made.html


def test_a_page_on_standard_output(run, files, spy, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    status, out, err = run("report", files.model, files.table, "--labels", "kind", "-o", "-")
    assert status == 0
    assert out == spy.made.html
    assert err.startswith("30 rows, all of them on the map, colored by kind; ")
    assert err.endswith(" kB written to standard output\n")
    assert list(tmp_path.iterdir()) == []


def test_what_is_typed_of_the_page_reaches_it(run, files, tmp_path, spy):
    words = ["report", files.image_model, files.images, "-o", tmp_path / "r.html"]
    run(*words)
    summary = spy.made.summary
    assert summary["kind"] == "image"
    assert summary["details"]["shape"] == [4, 4, 1]
    assert spy.asked["title"] is None
    first = summary["points"]["pairs"][0]

    status, out, err = run(
        *words, "--image-shape", "2,8", "--title", "Sixteen pixels", "--components", "1,0", "--max-points", 7
    )
    summary = spy.made.summary
    assert (status, summary["details"]["shape"], summary["title"]) == (0, [2, 8, 1], "Sixteen pixels")
    assert summary["points"]["pairs"][0] != first
    assert len(summary["points"]["row"]) == 7
    assert out.startswith("12 rows, 7 of them on the map; ")
    assert "note: the map shows 7 of 12 rows, drawn at random\n" in err

    run(*words, "--image-shape", "none")
    assert spy.made.summary["kind"] != "image"
    run(*words, "--projection", "principal")
    assert spy.asked["projection"] == "principal"


def test_kept_columns_are_colors_and_the_label_comes_first(run, iris, tmp_path, spy):
    model, path = tmp_path / "iris.diabolo", tmp_path / "iris.html"
    run("fit", iris.table, *iris.typed, "-o", model, *QUICK)
    assert run("report", model, iris.table, *iris.typed, "-o", path)[0] == 0
    columns = spy.columns
    assert next(iter(columns)) == "species"
    assert (columns["species"], columns["id"]) == ("label", "carried")
    assert spy.made.summary["features"]["names"] == iris.names


def test_a_detector_is_held_against_its_labels(run, iris, tmp_path, spy):
    path = tmp_path / "odd.html"
    words = ["report", iris.model, iris.table, *iris.typed, "-o", path]
    assert run(*words)[0] == 0  # the model knows that setosas are normal
    detector, is_odd = spy.made.summary["detector"], np.array(iris.labels) != "setosa"
    np.testing.assert_allclose(detector["scores"], iris.detector().anomaly_score(iris.rows), rtol=1e-9)
    assert detector["truth"].tolist() == is_odd.astype(int).tolist()
    assert detector["threshold"] == iris.detector().threshold_
    assert classes_of(spy.column("species")) == iris.labels
    assert run(*words, "--normal", "virginica")[0] == 0
    assert spy.made.summary["detector"]["truth"].tolist() == [
        int(label != "virginica") for label in iris.labels
    ]


def test_a_label_that_is_a_number_is_found_as_it_is_typed(run, iris, tmp_path, spy):
    table = tmp_path / "t.csv"
    state = [float(label != "setosa") for label in iris.labels]
    lines = [",".join([*map(str, row), f"{odd:.1f}"]) for row, odd in zip(iris.rows, state, strict=True)]
    table.write_text("a,b,c,d,odd\n" + "\n".join(lines) + "\n")
    model = tmp_path / "m.diabolo"
    run("detect", "fit", table, "--labels", "odd", "--normal", "0", "-o", model, "-q")
    words = ["report", model, table, "--labels", "odd", "-o", tmp_path / "r.html"]
    assert run(*words, "--normal", "0")[0] == 0
    assert spy.made.summary["detector"]["truth"].tolist() == state


@pytest.fixture(scope="module")
def pump(tmp_path_factory):
    """Write a series of two channels, odd at points 40 to 42, and fit a detector of windows of 5."""
    folder = tmp_path_factory.mktemp("pump")
    random, time = np.random.default_rng(2), np.arange(80)
    cells = np.column_stack([np.sin(time / 3), np.cos(time / 4)]) + 0.05 * random.normal(size=(80, 2))
    is_odd = (time >= 40) & (time < 43)
    cells[is_odd] += 4
    lines = [f"{n},{a:.4f},{b:.4f},{int(odd)}" for n, (a, b), odd in zip(time, cells, is_odd, strict=True)]
    table, model = folder / "pump.csv", folder / "pump.diabolo"
    table.write_text("minute,flow,pressure,odd\n" + "\n".join(lines) + "\n")
    typed = ["--time", "minute", "--labels", "odd"]
    main(["detect", "fit", str(table), "--window", "5", *typed, "--normal", "0", "-o", str(model), "-q"])
    return model, table, typed, is_odd


def test_windows_of_a_series_are_the_rows(run, pump, tmp_path, spy):
    model, table, typed, is_odd = pump
    status, out, _ = run("report", model, table, *typed, "--normal", "0", "-o", tmp_path / "pump.html")
    assert status == 0
    assert out.startswith("76 rows, all of them on the map, colored by odd; ")
    summary = spy.made.summary
    assert (summary["kind"], summary["details"]["shape"]) == ("series", [5, 2])
    # A window is an anomaly where one of its points is.
    holds_odd = np.lib.stride_tricks.sliding_window_view(is_odd, 5).any(axis=1)
    assert summary["detector"]["truth"].tolist() == holds_odd.astype(int).tolist()
    assert spy.columns["minute"] == "carried"


def test_what_other_verbs_found_stands_beside(run, files, tmp_path, spy):
    sweep, screened = tmp_path / "sweep.csv", tmp_path / "kept.csv"
    quick = ["--seeds", "1", "--hidden", "4", "--epochs", "1"]
    run("sweep", files.table, "--keep", "kind", "--components", "1,2", "-o", sweep, *quick)
    run("screen", files.table, "--target", "kind", "--top", "3", "-o", screened)
    words = ["report", files.model, files.table, "--labels", "kind", "-o", tmp_path / "r.html"]
    status, _, err = run(*words, "--sweep", sweep, "--screening", screened)
    assert (status, err) == (0, "")
    sizes = spy.made.summary["sweep"]["columns"].index("n_components")
    assert [row[sizes] for row in spy.made.summary["sweep"]["rows"]] == [1, 2]
    assert (spy.made.summary["screening"]["n_features"], spy.made.summary["screening"]["n_kept"]) == (4, 3)


def test_missing_cells_of_a_detector(run, iris, tmp_path, spy):
    table = tmp_path / "gap.csv"
    lines = iris.table.read_text(encoding="utf-8").splitlines()
    lines[1] = lines[1].replace(",5.1,", ",,")
    table.write_text("\n".join(lines) + "\n")
    words = ["report", iris.model, table, *iris.typed, "-o", tmp_path / "r.html"]
    status, _, err = run(*words)
    assert status == 1
    assert "--missing" in err
    assert run(*words, "--missing", "mean")[0] == 0
    assert np.isfinite(spy.made.summary["detector"]["scores"]).all()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("MODEL TABLE -o r.png", "-o r.png ends in '.png', and the suffix says what to write: .html, .htm."),
        ("MODEL TABLE -o report", "-o report has no suffix, and the suffix says what to write: .html, .htm."),
        (
            "MODEL TABLE --labels kind --normal a -o r.html",
            "--normal is about the rows of a detector, and MODEL is none; leave it out.",
        ),
        (
            "MODEL TABLE --labels kind --missing mean -o r.html",
            "--missing is about the rows of a detector, and MODEL is none; leave it out.",
        ),
        (
            "ODD IRIS --keep id,species --normal setosa -o r.html",
            "--normal is a label of the column that --labels names; type both.",
        ),
        ("ODD IRIS --labels species --keep id --time id -o r.html", "--time is about a series, and ODD is"),
        (
            "MODEL TABLE --labels kind --projection umap -o r.html",
            "--projection umap is not possible; expected",
        ),
        (
            "MODEL TABLE --labels kind --components a,b -o r.html",
            "--components a,b is not possible; expected",
        ),
        ("MODEL TABLE --labels kind --components 0,5 -o r.html", "--components 0,5"),
        ("MODEL TABLE --labels kind --image-shape 3,3 -o r.html", "--image-shape 3,3 does not fit"),
    ],
)
def test_wrong_use(run, files, iris, tmp_path, monkeypatch, words, said):
    monkeypatch.chdir(tmp_path)
    named = {"MODEL": files.model, "TABLE": files.table, "ODD": iris.model, "IRIS": iris.table}
    status, out, err = run("report", *(named.get(word, word) for word in words.split()))
    assert (status, out) == (2, "")
    for name, path in named.items():
        err = err.replace(str(path), name)
    assert said in err
    assert list(tmp_path.iterdir()) == []


def test_a_page_replaces_pages_alone(run, files, tmp_path):
    path = tmp_path / "r.html"
    words = ["report", files.model, files.table, "--labels", "kind", "-o", path]
    path.write_text("do not lose this")
    status, _, err = run(*words)
    assert status == 1
    assert "a file that holds text stands there, and a page replaces none of another kind" in err
    path.write_text("<!DOCTYPE html>\n<html></html>")
    assert run(*words)[0] == 0
    assert run(*words)[0] == 0


def test_a_model_is_not_called_a_page(run, files, tmp_path):
    status, _, err = run("fit", files.array, "-o", tmp_path / "m.html", *QUICK)
    assert status == 2
    assert "m.html would be a model under the name of another kind of file; call it m.diabolo." in err


@pytest.mark.parametrize("name", ["my report.html", "Größe.html"])
def test_the_address_opens_whatever_it_is_called(run, files, tmp_path, name):
    from urllib.parse import unquote, urlparse

    _, out, _ = run("report", files.model, files.table, "--labels", "kind", "-o", tmp_path / name)
    address = out.rpartition("Open it in a browser: ")[2].strip()
    assert unquote(urlparse(address).path) == str(tmp_path / name)


def test_a_table_of_one_row(run, files, tmp_path):
    table = tmp_path / "one.csv"
    table.write_text("".join(files.table.read_text(encoding="utf-8").splitlines(keepends=True)[:2]))
    status, out, _ = run("report", files.model, table, "--labels", "kind", "-o", tmp_path / "r.html")
    assert status == 0
    assert out.startswith("1 row on the map, colored by kind; ")


def test_columns_of_an_array_have_the_names_that_the_model_knows(run, files, tmp_path, spy):
    assert run("report", files.model, files.array, "-o", tmp_path / "r.html")[0] == 0
    assert spy.made.summary["features"]["names"] == ["w", "x", "y", "z"]


def test_another_word_for_it(run):
    assert "Did you mean 'report'?" in run("explore", *shlex.split("m.diabolo x.csv"))[2]
