"""``diabolo detect score``."""

import csv
import json
import shlex

import numpy as np
import pytest

import diabolo
from diabolo.estimators import _detector_scoring
from diabolo.estimators._detector_reasons import Reasons

COLUMNS = ["score", "p_value", "anomaly"]
TOP = [name for place in (1, 2, 3) for name in (f"top_{place}", f"top_{place}_contribution")]


def table_of(path, delimiter=","):
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle, delimiter=delimiter))


def column(lines, name):
    return np.array([float(line[name]) for line in lines])


@pytest.mark.parametrize("suffix", [".csv", ".tsv"])
def test_the_columns_are_the_detectors(run, iris, tmp_path, suffix):
    path = tmp_path / f"s{suffix}"
    status, out, err = run("detect", "score", iris.model, iris.table, *iris.typed, "-o", path)
    assert (status, err) == (0, "")
    lines = table_of(path, "\t" if suffix == ".tsv" else ",")
    assert list(lines[0]) == [*COLUMNS, "reason", *TOP, "species", "id"]
    detector = iris.detector()
    np.testing.assert_allclose(column(lines, "score"), detector.anomaly_score(iris.rows), rtol=1e-6)
    np.testing.assert_allclose(column(lines, "p_value"), detector.anomaly_pvalue(iris.rows), rtol=1e-6)
    assert [line["anomaly"] for line in lines] == [
        "1" if sign == -1 else "0" for sign in detector.predict(iris.rows)
    ]
    assert [line["species"] for line in lines] == iris.labels
    assert [line["id"] for line in lines] == [f'r{n}, "x"' for n in range(150)]
    for number in (0, 77, 149):
        explained = list(detector.explain(iris.rows[number], n_features=3).items())
        for place, (name, added) in enumerate(explained, 1):
            assert lines[number][f"top_{place}"] == iris.names[int(name.removeprefix("x"))]
            assert float(lines[number][f"top_{place}_contribution"]) == pytest.approx(added, rel=1e-6)
    n_flagged = int((detector.threshold_ < detector.anomaly_score(iris.rows[:])).sum())
    assert out.startswith(
        f"150 scores written to {path}, with the columns 'species', 'id'\n{n_flagged} above"
    )


def test_rows_are_scored_a_block_at_a_time(run, iris, tmp_path, monkeypatch):
    """What every feature adds to every row is never there as a whole."""
    words = ["detect", "score", iris.model, iris.table, *iris.typed]
    assert run(*words, "-o", tmp_path / "at-once.csv")[0] == 0
    monkeypatch.setattr(_detector_scoring, "_BLOCK_CELLS", 7 * len(iris.names))
    monkeypatch.delattr(Reasons, "feature_contributions")
    assert run(*words, "-o", tmp_path / "in-blocks.csv")[0] == 0
    assert (tmp_path / "in-blocks.csv").read_text() == (tmp_path / "at-once.csv").read_text()


def test_json_and_the_next_command(run, iris, tmp_path):
    words = ["detect", "score", iris.model, iris.table, *iris.typed, "-o", tmp_path / "s.csv"]
    record = json.loads(run(*words, "--json")[1])
    detector = iris.detector()
    scores = detector.anomaly_score(iris.rows)
    assert record["rows"] == 150
    assert record["anomalies"] == int((scores > detector.threshold_).sum())
    assert record["threshold"] == detector.threshold_
    assert record["carried"] == ["species", "id"]
    assert [row["row"] for row in record["oddest"]] == np.argsort(-scores, kind="stable")[:5].tolist()
    assert record["oddest"][0]["score"] == scores.max()
    inspected, evaluated = (shlex.split(line)[1:] for line in run(*words)[1].splitlines()[-2:])
    assert inspected[0] == "inspect"
    assert inspected[-2:] == ["--line", str(scores.argmax() + 2)]
    assert run(*inspected)[1].splitlines()[1].startswith(f"score    {scores.max():.6g}, ")
    assert evaluated[:2] == ["detect", "evaluate"]
    assert run(*evaluated)[0] == 0


def test_the_oddest_rows_are_named_and_explained(run, tmp_path):
    """By the line of the file and what is carried; each feature with its value and what was expected."""
    random = np.random.default_rng(2)
    rows = (
        random.normal(size=(80, 2)) @ random.normal(size=(2, 4)) + 0.1 * random.normal(size=(80, 4))
    ).round(3)
    rows[41, 2] = 38.7
    table, model, path = tmp_path / "t.csv", tmp_path / "m.diabolo", tmp_path / "s.csv"
    lines = [f'"p\n{n}",{n % 3},{",".join(map(str, row))}' for n, row in enumerate(rows)]
    table.write_text("sample,site,a,b,CRP,d\n" + "\n".join(lines) + "\n")
    kept = ["--keep", "sample,site"]
    assert run("detect", "fit", table, *kept, "-o", model, "-q")[0] == 0
    _, out, _ = run("detect", "score", model, table, *kept, "--top", "2", "-o", path)
    title, head, first = out.splitlines()[3:6]
    assert title == f"The oddest rows, by their line in {table}"
    assert head.split() == ["line", "score", "p_value", "sample", "site", "what", "adds", "most"]
    line, *_, sample, number, site, feature, value, _, _ = first.partition(", high)")[0].split()
    # Each row takes two lines of the file, and the header one.
    assert (line, sample, number, site, feature, value) == (str(2 + 2 * 41), "p", "41", "2", "CRP", "38.7")
    written = table_of(path)
    assert written[41]["reason"].startswith(f"CRP 38.7 (expected {np.median(rows[:, 2]):.1f}, high), ")
    assert written[41]["reason"].count("expected") == 2
    detector = diabolo.load(model)
    del detector.feature_names_in_
    expected = np.concatenate([block[2] for block in detector.explanation_blocks(rows)])
    names = ["a", "b", "CRP", "d"]
    for number, row in enumerate(written):
        for place, said in zip((1, 2), row["reason"].split("), "), strict=True):
            column = names.index(row[f"top_{place}"])
            high = "high" if rows[number, column] > expected[number, column] else "low"
            assert said.startswith(f"{names[column]} {rows[number, column]:g} (expected ")
            assert said.rstrip(")").endswith(f", {high}")
    record = json.loads(run("detect", "score", model, table, *kept, "-o", path, "--json")[1])["oddest"][0]
    assert (record["row"], record["line"], record["carried"]) == (41, 84, {"sample": "p\n41", "site": 2})
    assert record["reasons"][0] == {
        "feature": "CRP",
        "value": 38.7,
        "expected": pytest.approx(expected[41, 2]),
        "direction": "high",
    }


def test_rows_without_lines_are_numbered_as_inspect_takes_them(run, iris, tmp_path):
    np.save(tmp_path / "rows.npy", iris.rows)
    assert run("detect", "fit", tmp_path / "rows.npy", "-o", tmp_path / "m.diabolo", "-q")[0] == 0
    _, out, _ = run(
        "detect", "score", tmp_path / "m.diabolo", tmp_path / "rows.npy", "-o", tmp_path / "s.csv"
    )
    lines = out.splitlines()
    assert lines[3] == "The oddest rows, numbered from 0, as by inspect --row"
    command = shlex.split(lines[-1])
    assert command[-1] == lines[5].split()[0]
    assert run(*command[1:])[1].startswith(f"Row {command[-1]}\n")


def test_a_missing_cell_is_no_reason(run, iris, tmp_path):
    lines = iris.table.read_text().splitlines()
    (tmp_path / "t.csv").write_text("\n".join([lines[0], lines[1].replace(",3.5,", ",,")]) + "\n")
    words = [
        "detect",
        "score",
        iris.model,
        tmp_path / "t.csv",
        *iris.typed,
        "--missing",
        "mean",
        "--top",
        "4",
    ]
    assert run(*words, "-o", tmp_path / "s.csv")[0] == 0
    (row,) = table_of(tmp_path / "s.csv")
    assert row["reason"].count("expected") == 3
    assert "sepal width" not in row["reason"]


@pytest.mark.parametrize(("top", "expected"), [("0", 0), ("1", 1), ("4", 4), ("99", 4)])
def test_how_many_features_are_named(run, iris, tmp_path, top, expected):
    words = ["detect", "score", iris.model, iris.table, *iris.typed, "-o", tmp_path / "s.csv"]
    assert run(*words, "--top", top)[0] == 0
    lines = table_of(tmp_path / "s.csv")
    assert sum(name.endswith("_contribution") for name in lines[0]) == expected
    if expected == 4:
        added = sum(column(lines, f"top_{place}_contribution") for place in range(1, 5))
        np.testing.assert_allclose(added, column(lines, "score"), rtol=1e-5)
    assert run(*words, "--top", "-1")[0] == 2


def test_rows_that_folds_left_out_make_p_values(run, iris, tmp_path):
    model, path = tmp_path / "m.diabolo", tmp_path / "s.csv"
    assert run("detect", "fit", iris.table, *iris.typed, "-o", model, "-q")[0] == 0
    assert run("detect", "score", model, iris.table, *iris.typed, "-o", path)[0] == 0
    detector = diabolo.load(model)
    written = [float(row["p_value"]) for row in table_of(path)]
    del detector.feature_names_in_  # they would be missed in an array
    np.testing.assert_allclose(written, detector.anomaly_pvalue(iris.rows), rtol=1e-6)


def test_without_rows_to_compare_with_there_are_no_p_values(run, iris, tmp_path):
    model = tmp_path / "m.diabolo"
    assert run("detect", "fit", iris.table, *iris.typed, "-o", model, "-q", "--folds", "0")[0] == 0
    status, _, err = run("detect", "score", model, iris.table, *iris.typed, "-o", tmp_path / "s.csv")
    assert status == 0
    assert err == (
        f"note: there are no p-values, since {model} has no rows to compare with, held out or left out in "
        "turn; for them fit it again without --folds 0\n"
    )
    assert list(table_of(tmp_path / "s.csv")[0])[:4] == ["score", "anomaly", "reason", "top_1"]


def test_an_array_holds_the_numbers(run, iris, tmp_path):
    path = tmp_path / "s.npy"
    status, out, err = run("detect", "score", iris.model, iris.table, *iris.typed, "-o", path, "--top", "1")
    assert status == 0
    assert err == (
        f"note: {path} holds numbers only, so 'reason', 'top_1', 'species' and 'id' are left out; .csv and "
        ".npz carry them\n"
    )
    assert out.startswith(f"150 scores written to {path}\n")
    found, detector = np.load(path), iris.detector()
    expected = [
        detector.anomaly_score(iris.rows),
        detector.anomaly_pvalue(iris.rows),
        detector.predict(iris.rows) == -1,
        detector.feature_contributions(iris.rows).max(axis=1),
    ]
    np.testing.assert_allclose(found, np.column_stack(expected), rtol=1e-6)


def test_an_archive_holds_all(run, iris, tmp_path):
    path = tmp_path / "s.npz"
    words = ["detect", "score", iris.model, iris.table, *iris.typed, "-o", path, "--top", "1"]
    assert run(*words)[::2] == (0, "")
    found = np.load(path)
    assert found["feature_names"].tolist() == [*COLUMNS, "top_1_contribution"]
    assert found["X"].shape == (150, 4)
    order = iris.detector().feature_contributions(iris.rows).argmax(axis=1)
    assert found["top_1"].tolist() == [iris.names[n] for n in order]
    assert found["species"].tolist() == iris.labels


def test_columns_called_as_ours_get_another_name(run, iris, tmp_path):
    table = tmp_path / "t.csv"
    head, *rest = iris.table.read_text().splitlines()
    table.write_text(
        "\n".join([head.replace("species", "anomaly").replace("id,", "score,", 1), *rest]) + "\n"
    )
    words = ["detect", "score", iris.model, table, "--labels", "anomaly", "--keep", "score"]
    status, _, err = run(*words, "-o", tmp_path / "s.csv")
    assert status == 0
    assert (
        f"note: {table} has a column 'anomaly' of its own, which is written as 'data_anomaly' here\n" in err
    )
    lines = table_of(tmp_path / "s.csv")
    assert list(lines[0])[-2:] == ["data_anomaly", "data_score"]
    assert [line["data_anomaly"] for line in lines] == iris.labels


def test_features_without_names(run, iris, tmp_path):
    np.save(tmp_path / "t.npy", iris.rows)
    assert run("detect", "fit", tmp_path / "t.npy", "-o", tmp_path / "m.diabolo", "-q")[0] == 0
    words = ["detect", "score", tmp_path / "m.diabolo", tmp_path / "t.npy", "-o", tmp_path / "s.csv"]
    assert run(*words)[0] == 0
    assert {line["top_1"] for line in table_of(tmp_path / "s.csv")} <= {"x0", "x1", "x2", "x3"}


def test_one_row(run, iris, tmp_path):
    table = tmp_path / "t.csv"
    table.write_text("\n".join(iris.table.read_text().splitlines()[:2]) + "\n")
    status, out, _ = run("detect", "score", iris.model, table, *iris.typed, "-o", tmp_path / "s.csv")
    assert status == 0
    assert out.startswith("1 score written to ")
    assert len(table_of(tmp_path / "s.csv")) == 1


@pytest.mark.parametrize("suffix", [".csv", ".npy"])
def test_a_row_beyond_all_bounds(run, iris, tmp_path, suffix):
    table, path = tmp_path / "t.csv", tmp_path / f"s{suffix}"
    head, first, *_ = iris.table.read_text().splitlines()
    table.write_text(f"{head}\n{first}\nx,1e38,-1e38,1e38,1e38,setosa\n")
    words = ["detect", "score", iris.model, table, *iris.typed, "-o", path, "--top", "1"]
    assert run(*words)[0] == 0
    most = np.finfo(np.float32).max
    found = np.load(path)[:, 0] if suffix == ".npy" else column(table_of(path), "score")
    assert found[1] == pytest.approx(most, rel=1e-6)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "carry them along with --keep id,species, or leave them unread with --drop id,species; all of"),
        (["--labels", "species"], "carry it along with --keep id, or leave it unread with --drop id; all of"),
        (
            ["--labels", "species", "--keep", "id", "--keep", "p"],
            "it is carried along; leave it out of --keep and --labels.",
        ),
    ],
)
def test_columns_that_are_no_features(run, iris, tmp_path, words, said):
    status, _, err = run("detect", "score", iris.model, iris.table, *words, "-o", tmp_path / "s.csv")
    assert status == 1
    assert said in err
    assert not (tmp_path / "s.csv").exists()


def test_numbers_that_are_no_features(run, iris, tmp_path):
    table = tmp_path / "t.csv"
    lines = [f"{n},{','.join(map(str, row))},{n},0" for n, row in enumerate(iris.rows)]
    table.write_text('n,sepal length,sepal width,"petals, long",p,m,kind\n' + "\n".join(lines) + "\n")
    words = ["detect", "score", iris.model, table, "-o", tmp_path / "s.csv", "--labels", "kind"]
    status, _, err = run(*words)
    assert status == 1
    assert "has the columns 'n', 'm' that the model was not trained on; type --keep n,m to carry" in err
    assert run(*words, "--keep", "n", "--keep", "m")[0] == 0


def test_an_autoencoder_is_refused(run, files, tmp_path):
    for words in (["score", "-o", tmp_path / "s.csv"], ["evaluate", "--labels", "kind"]):
        status, out, err = run("detect", *words, files.model, files.table)
        assert (status, out) == (1, "")
        assert err == (
            f"diabolo: {files.model} is no detector but an Autoencoder; make one with diabolo detect "
            f"fit DATA -o MODEL, or see how well this model rebuilds rows: diabolo reconstruct {files.model} "
            "DATA --errors -o rows.csv.\n"
        )


@pytest.mark.parametrize(
    "words",
    [
        ["encode", "MODEL", "DATA", "-o", "c.csv"],
        ["decode", "MODEL", "DATA", "-o", "c.csv"],
        ["reconstruct", "MODEL", "DATA", "-o", "c.csv"],
        ["plot", "codes", "MODEL", "DATA", "-o", "c.png"],
        ["plot", "history", "MODEL", "-o", "c.png"],
        ["plot", "reconstructions", "MODEL", "DATA", "-o", "c.png"],
    ],
)
def test_other_verbs_refuse_a_detector(run, iris, tmp_path, monkeypatch, words):
    monkeypatch.chdir(tmp_path)
    named = {"MODEL": iris.model, "DATA": iris.table}
    status, out, err = run(*[named.get(word, word) for word in words])
    assert (status, out) == (1, "")
    assert err == (
        f"diabolo: {iris.model} is a detector, which scores rows and gives no codes; type: diabolo detect "
        f"score {iris.model} DATA -o scores.csv.\n"
    )


def test_the_output_is_looked_at_first(run, tmp_path):
    words = ["detect", "score", "never.diabolo", "never.csv", "-o"]
    assert "there is no folder" in run(*words, tmp_path / "no" / "s.csv")[2]
    assert "the suffix says what to write: .csv, .tsv, .npy, .npz, .h5," in run(*words, "s.xlsx")[2]


def test_the_ecg(run, tmp_path, data_folder):
    """Real heartbeats, their labels numbers: the scores are those of the library."""
    archive = data_folder / "ecg5000.npz"
    model = tmp_path / "ecg.diabolo"
    words = [archive, "--dataset", "X", "--labels", "y"]
    assert run("detect", "fit", *words, "--normal", "1.0", "-o", model, "-q")[0] == 0
    status, out, _ = run("detect", "evaluate", model, *words, "--json")
    assert status == 0
    data = np.load(archive)
    is_normal = data["y"] == 1
    expected = diabolo.AutoencoderDetector(normal_label=1, random_state=0).fit(data["X"], data["y"])
    from sklearn.metrics import roc_auc_score

    auc = roc_auc_score(~is_normal, expected.anomaly_score(data["X"]))
    assert json.loads(out)["roc_auc"] == pytest.approx(auc, rel=1e-9)
    assert auc > 0.9


def test_missing_cells(run, tmp_path):
    random = np.random.default_rng(0)
    X = random.normal(size=(80, 4))
    gappy = np.where(random.random(X.shape) < 0.1, np.nan, X)
    whole, gaps = tmp_path / "whole.csv", tmp_path / "gaps.csv"
    for path, rows in ((whole, X), (gaps, gappy)):
        lines = [",".join("" if np.isnan(cell) else str(cell) for cell in row) for row in rows]
        path.write_text("\n".join(["a,b,c,d", *lines]) + "\n")
    plain, told, scores = (tmp_path / name for name in ("plain.diabolo", "told.diabolo", "scores.csv"))
    assert run("detect", "fit", whole, "-o", plain)[0] == 0
    assert run("detect", "fit", gaps, "-o", told, "--missing", "mask")[0] == 0
    status, _, err = run("detect", "score", plain, gaps, "-o", scores)
    assert (status, "set --missing mean or --missing mask" in err) == (1, True)
    for model, missing, words in ((plain, "mean", ["--missing", "mean"]), (told, "mask", [])):
        assert run("detect", "score", model, gaps, "-o", scores, *words)[0] == 0
        detector = diabolo.load(model).set_missing(missing)
        del detector.feature_names_in_
        written = [float(row["score"]) for row in table_of(scores)]
        np.testing.assert_allclose(written, detector.anomaly_score(gappy), rtol=1e-6)
    assert run("detect", "evaluate", told, gaps, "--labels", "a", "--missing", "nan")[0] == 2
