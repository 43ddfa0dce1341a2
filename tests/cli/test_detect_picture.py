"""``diabolo detect score --plot``, of rows."""

import json

import matplotlib.pyplot as plt
import numpy as np
import pytest

from diabolo.cli import detect_picture
from diabolo.plotting import odd_rows


@pytest.fixture
def drawn(monkeypatch):
    """Note what is drawn."""
    from diabolo import plotting

    calls = {"plot_score_map": [], "plot_odd_row": []}
    for name, noted in calls.items():

        def noting(*given, _name=name, _noted=noted, **named):
            _noted.append((given, named))
            return getattr(odd_rows, _name)(*given, **named)

        monkeypatch.setattr(plotting, name, noting)
    return calls


def test_the_oddest_rows_are_drawn_without_labels(run, iris, tmp_path, drawn):
    path = tmp_path / "oddest.png"
    words = ["detect", "score", iris.model, iris.table, *iris.typed, "-o", tmp_path / "s.csv"]
    status, out, err = run(*words, "--plot", path)
    assert (status, err) == (0, "")
    assert f"picture written to {path}" in out.splitlines()
    assert plt.imread(path).std() > 0.05
    detector = iris.detector()
    scores = detector.anomaly_score(iris.rows)
    oddest = np.argsort(-scores, kind="stable")[:5]
    (((rows, drawn_scores), how),) = drawn["plot_score_map"]
    np.testing.assert_allclose(rows, iris.rows)
    np.testing.assert_allclose(drawn_scores, scores)
    assert [how["names"][row] for row in oddest] == [f'r{row}, "x"' for row in oddest]
    for row, (given, named) in zip(oddest[:4], drawn["plot_odd_row"], strict=True):
        top = [iris.names.index(name) for name in named["names"]]
        assert top == np.argsort(-detector.feature_contributions(iris.rows[[row]])[0], kind="stable").tolist()
        np.testing.assert_allclose(given[0], iris.rows[row, top])
        # What was expected is what the reasons say in words.
        expected = next(detector.explanation_blocks(iris.rows[[row]]))[2]
        np.testing.assert_allclose(given[1], expected[0, top])
        np.testing.assert_allclose(given[2], np.quantile(iris.rows[:, top], (0.05, 0.5, 0.95), axis=0))
        assert named["title"].startswith(f'r{row}, "x": score ')
    assert json.loads(run(*words, "--plot", path, "--json")[1])["picture"] == str(path)


def test_of_a_large_table_some_rows_are_drawn_the_oddest_among_them(run, iris, tmp_path, drawn, monkeypatch):
    monkeypatch.setattr(detect_picture, "_DRAWN_ROWS", 20)
    monkeypatch.setattr(detect_picture, "_DRAWN_COLUMNS", 3)
    words = [iris.table, *iris.typed, "-o", tmp_path / "s.csv", "--plot", tmp_path / "p.svg"]
    assert run("detect", "score", iris.model, *words)[0] == 0
    (((rows, scores), how),) = drawn["plot_score_map"]
    assert rows.shape[1] == 3
    assert 20 <= len(rows) == len(scores) <= 25
    assert sum(name != "" for name in how["names"]) == 5
    assert scores.max() == iris.detector().anomaly_score(iris.rows).max()


@pytest.mark.parametrize("columns", [["a"], ["a", "b"], ["a", "b", "c"]])
@pytest.mark.parametrize("gaps", [False, True])
def test_few_columns_two_rows_and_missing_cells(run, tmp_path, columns, gaps, drawn):
    random = np.random.default_rng(1)
    lines = [",".join(columns)]
    lines += [",".join(f"{cell:.4f}" for cell in row) for row in random.normal(size=(40, len(columns)))]
    if gaps:
        lines[3] = ",".join(["", *lines[3].split(",")[1:]]) if len(columns) > 1 else "NA"
    table, few, model = tmp_path / "t.csv", tmp_path / "few.csv", tmp_path / "m.diabolo"
    table.write_text("\n".join(lines))
    few.write_text("\n".join([lines[0], *lines[3:5]]))
    missing = ["--missing", "mean"] if gaps else []
    assert run("detect", "fit", table, "-o", model, "-q", *missing)[0] == 0
    for rows in (table, few):
        picture = tmp_path / "p.png"
        assert run("detect", "score", model, rows, "-o", tmp_path / "s.csv", "--plot", picture)[0] == 0
        assert picture.read_bytes().startswith(b"\x89PNG")
        picture.unlink()
    assert [len(named["names"]) for _, named in drawn["plot_odd_row"]] == [len(columns)] * 6
    assert drawn["plot_odd_row"][0][1]["title"].startswith("line ")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (
            "p.gif",
            "--plot p.gif ends in '.gif', and the suffix says what to write: .png, .pdf, .svg, .jpg, .jpeg.",
        ),
        ("nowhere/p.png", "nowhere/p.png cannot be written: there is no folder nowhere; make it first."),
    ],
)
def test_a_picture_that_cannot_be_written_stops_before_the_work(run, iris, tmp_path, name, said):
    status, _, err = run("detect", "score", iris.model, iris.table, "-o", tmp_path / "s.csv", "--plot", name)
    assert status in (1, 2)
    assert said in err
    assert not (tmp_path / "s.csv").exists()
