"""Columns that are categories, at the prompt."""

import csv
import json

import numpy as np
import pytest

import diabolo

QUICK = ["--hidden", "6", "--epochs", "2", "--quiet"]


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    folder = tmp_path_factory.mktemp("categories")
    random = np.random.default_rng(0)
    rows = [["id", "size", "colour", "mass", "flag"]]
    for n in range(40):
        z = random.normal()
        rows.append([f"s{n}", round(z, 3), "red" if z > 0 else "blue", round(10 * z, 3), int(z > 0.3)])
    with (folder / "rows.csv").open("w", newline="") as handle:
        csv.writer(handle).writerows(rows)
    return folder / "rows.csv"


@pytest.fixture(scope="module")
def model(table):
    from diabolo.cli import main

    path = table.with_name("m.diabolo")
    words = ["fit", table, "--keep", "id", "--categories", "colour,flag", "-o", path, *QUICK]
    main([str(word) for word in words])
    return path


def read(path):
    with path.open(newline="") as handle:
        return list(csv.DictReader(handle))


def test_fit_says_what_the_categories_are(run, table, tmp_path):
    path = tmp_path / "m.diabolo"
    words = ["fit", table, "--keep", "id", "--categories", "colour,flag", "-o", path, *QUICK[:-1]]
    status, out, _ = run(*words)
    assert status == 0
    assert "40 of 2 numbers from" in out
    assert "categories   colour (2), flag (2)" in out
    assert f"encode {path} {table} --keep id -o" in out
    record = json.loads(run(*words, "--json")[1])
    assert (record["features"], record["categories"]) == (4, {"colour": 2, "flag": 2})
    assert record["labels"] == "id"


def test_the_model_is_the_one_of_python(run, table, model):
    rows = diabolo.open(table, keep_columns=["id", "colour", "flag"])
    expected = diabolo.Autoencoder(
        categories=["colour", "flag"], hidden_layer_sizes=(6,), max_epochs=2, random_state=0
    ).fit(rows)
    loaded = diabolo.load(model)
    np.testing.assert_array_equal(loaded.transform(rows), expected.transform(rows))


def test_codes(run, table, model, tmp_path):
    assert run("encode", model, table, "--keep", "id", "-o", tmp_path / "c.csv")[0] == 0
    assert list(read(tmp_path / "c.csv")[0]) == ["autoencoder0", "autoencoder1", "id"]
    assert run("decode", model, tmp_path / "c.csv", "--labels", "id", "-o", tmp_path / "d.csv")[0] == 0
    rows = read(tmp_path / "d.csv")
    assert list(rows[0]) == ["size", "mass", "colour", "flag", "id"]
    assert {row["colour"] for row in rows} <= {"red", "blue"}


def test_rows_come_back_with_text(run, table, model, tmp_path):
    words = ["reconstruct", model, table, "--keep", "id", "--errors", "-o", tmp_path / "r.csv"]
    record = json.loads(run(*words, "--json")[1])
    rows = read(tmp_path / "r.csv")
    assert list(rows[0]) == ["size", "mass", "reconstruction_error", "colour", "flag", "id"]
    assert {row["flag"] for row in rows} <= {"0", "1"}
    assert [row["id"] for row in rows] == [f"s{n}" for n in range(40)]
    loaded, source = diabolo.load(model), diabolo.open(table, keep_columns=["id", "colour", "flag"])
    expected = loaded.reconstruction_error(source)
    np.testing.assert_allclose([float(row["reconstruction_error"]) for row in rows], expected, rtol=1e-5)
    assert record["mean_squared_error"] == pytest.approx(expected.mean())
    assert [row["colour"] for row in rows] == loaded.reconstruct(source)[:, 2].tolist()


def test_a_detector(run, table, tmp_path):
    path, scores = tmp_path / "d.diabolo", tmp_path / "s.csv"
    words = ["detect", "fit", table, "--keep", "id", "--categories", "colour,flag", "-o", path]
    status, out, _ = run(*words)
    assert status == 0
    assert "40 of 2 numbers and 2 categories from" in out
    assert run("detect", "score", path, table, "--keep", "id", "--top", "4", "-o", scores)[0] == 0
    row = read(scores)[0]
    assert {row[f"top_{n}"] for n in (1, 2, 3, 4)} == {"size", "mass", "colour", "flag"}
    shown = run("inspect", path, table, "--row", "0", "--keep", "id")[1]
    assert next(line.split()[:2] for line in shown.splitlines() if line.startswith("colour")) == [
        "colour",
        "red",
    ]


def test_an_unknown_value(run, table, model, tmp_path):
    new = tmp_path / "new.csv"
    new.write_text(table.read_text().replace("red", "pink"))
    status, _, err = run("encode", model, new, "--keep", "id", "-o", tmp_path / "c.csv")
    assert status == 1
    assert "in the column 'colour' that no row of the fit had: 'pink', in " in err
    assert "known are 'blue', 'red'. Mend it, or fit with --handle-unknown ignore." in err


def test_an_unknown_value_that_is_ignored(run, table, tmp_path):
    new, scores = tmp_path / "new.csv", tmp_path / "s.csv"
    new.write_text(table.read_text().replace("red", "pink"))
    words = ["--keep", "id", "--categories", "colour,flag", "--handle-unknown", "ignore", "-o"]
    for verb, use in ((["fit"], ["encode"]), (["detect", "fit"], ["detect", "score"])):
        model = tmp_path / f"{len(verb)}.diabolo"
        assert run(*verb, table, *words, model, *(QUICK if verb == ["fit"] else []))[0] == 0
        assert run(*use, model, new, "--keep", "id", "-o", scores)[0] == 0
    assert any(row["top_1"] == "colour" for row in read(scores))


def test_columns_of_an_array_by_their_numbers(run, tmp_path):
    random = np.random.default_rng(1)
    np.save(tmp_path / "a.npy", np.column_stack([random.normal(size=(30, 2)), random.integers(0, 3, 30)]))
    model = tmp_path / "m.diabolo"
    words = ["fit", tmp_path / "a.npy", "--categories=-1", "--components", "1", "-o", model, *QUICK]
    assert run(*words)[0] == 0
    assert run("reconstruct", model, tmp_path / "a.npy", "-o", tmp_path / "r.csv")[0] == 0
    assert {row["x2"] for row in read(tmp_path / "r.csv")} <= {"0", "1", "2"}


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (
            ["--categories", "auto"],
            2,
            "--categories auto is not possible for a file, whose text may be ids, too;",
        ),
        (
            ["--categories", "color,flag"],
            1,
            "has no column named 'color'; it has 'id', 'size', 'colour', 'mass'",
        ),
        (
            ["--categories", "colour", "--compare"],
            2,
            "--compare measures columns of numbers beside linear methods",
        ),
        (
            ["--categories", "colour", "--kind", "convolutional"],
            2,
            "--categories means nothing to --kind convol",
        ),
        (
            ["--categories", "colour", "--loss", "binary_cross_entropy"],
            2,
            "takes all columns for numbers from 0 to 1",
        ),
    ],
)
def test_what_cannot_be(run, table, tmp_path, words, status, said):
    found, _, err = run("fit", table, "--keep", "id", *words, "-o", tmp_path / "x.diabolo", "--quiet")
    assert (found, said in err) == (status, True), err


@pytest.mark.parametrize("verb", [["fit"], ["detect", "fit"]])
def test_numbers_are_no_names(run, table, tmp_path, verb):
    bare = tmp_path / "bare.csv"
    bare.write_text("1,red\n2,blue\n3,red\n4,blue\n")
    for path, number, keep in ((bare, "1", ["--no-header"]), (table, "2", ["--keep", "id"])):
        words = [*verb, path, "--categories", number, *keep, "-o", tmp_path / "x.diabolo", "--quiet"]
        status, _, err = run(*words)
        assert status == 1
        assert (
            f"{path} has no column named '{number}', and categories are found by names, in the next file"
            in err
        )


def test_a_table_of_columns(run, table, model, tmp_path):
    """Where columns are carried in the file's order, and others of text beside them."""
    import pandas

    rows = pandas.read_csv(table, dtype={"flag": str})
    rows[["colour", "id", "size", "mass", "flag"]].to_parquet(tmp_path / "rows.parquet")
    words = ["--categories", "flag,colour", *QUICK, "-o", tmp_path / "p.diabolo"]
    assert run("fit", tmp_path / "rows.parquet", *words)[0] == 0
    assert diabolo.load(tmp_path / "p.diabolo").categories_.category_names == ("flag", "colour")
    assert run("encode", model, tmp_path / "rows.parquet", "-o", tmp_path / "c.csv")[0] == 0
    assert run("encode", model, table, "--keep", "id", "-o", tmp_path / "d.csv")[0] == 0
    assert read(tmp_path / "c.csv") == read(tmp_path / "d.csv")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["plot", "reconstructions", "MODEL", "TABLE", "-o", "p.png"],
            "a picture of reconstructions",
        ),
        (["inspect", "MODEL", "TABLE", "--row", "1"], "one row beside what comes back"),
        (["sweep", "TABLE", "--like", "MODEL", "-o", "s.csv"], "a sweep"),
    ],
)
def test_verbs_of_numbers(run, table, model, tmp_path, words, said):
    places = {"MODEL": model, "TABLE": table, "p.png": tmp_path / "p.png", "s.csv": tmp_path / "s.csv"}
    flag = "--labels" if words[0] == "plot" else "--keep"
    status, _, err = run(*(places.get(word, word) for word in words), flag, "id")
    assert status == 2
    assert f"{said} is of columns of numbers, and the Autoencoder has --categories " in err
    assert "; leave these columns out, or give them as numbers." in err


def test_groups_are_found_among_codes_of_categories_too(run, table, model, tmp_path):
    status, out, _ = run("groups", model, table, "--keep", "id", "--number", "2", "-o", tmp_path / "g.csv")
    assert status == 0
    assert "mass" in out
    rows = read(tmp_path / "g.csv")
    assert [row["id"] for row in rows] == [f"s{n}" for n in range(40)]
    assert {row["group"] for row in rows} == {"0", "1"}


def test_what_takes_numbers_alone_says_so(run, table, model, tmp_path):
    detector = tmp_path / "d.diabolo"
    assert run("detect", "fit", table, "--keep", "id", "--categories", "colour,flag", "-o", detector)[0] == 0
    words = ["detect", "score", detector, table, "--keep", "id", "-o", tmp_path / "s.csv"]
    status, _, err = run(*words, "--plot", tmp_path / "s.png")
    assert status == 2
    assert f"--plot draws rows of numbers, and {detector} has categories, too; leave --plot out." in err
    assert run(*words)[0] == 0
    reasons = [row["reason"] for row in read(tmp_path / "s.csv")]
    assert any("colour red (expected" in reason or "colour blue (expected" in reason for reason in reasons)
