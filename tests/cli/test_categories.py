"""Columns that are categories, at the prompt."""

import csv
import json
import shlex

import numpy as np
import pytest
from tests.data.formats.spreadsheet import write_xlsx

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
def test_a_number_finds_the_column_s_name(run, table, tmp_path, verb):
    path, named = tmp_path / "x.diabolo", tmp_path / "y.diabolo"
    for number, name, written in (("2,-1", "colour,flag", path), ("colour,flag", "2,-1", named)):
        words = [*verb, table, "--keep", "id", "--categories", number, "-o", written, "--quiet"]
        assert run(*words, *(["--epochs", "2"] if verb == ["fit"] else []))[0] == 0, name
    assert diabolo.load(path).categories_ == diabolo.load(named).categories_


@pytest.mark.parametrize("verb", [["fit"], ["detect", "fit"]])
def test_without_names_there_is_nothing_to_find_in_the_next_file(run, tmp_path, verb):
    bare = tmp_path / "bare.csv"
    bare.write_text("1,red\n2,blue\n3,red\n4,blue\n")
    words = [*verb, bare, "--categories", "1", "--no-header", "-o", tmp_path / "x.diabolo", "--quiet"]
    status, _, err = run(*words)
    assert status == 1
    assert f"{bare} has no column names, and --categories 1 must be found in other files, too:" in err


@pytest.fixture(scope="module")
def words_alone(tmp_path_factory):
    """A table without a number, of which the third column follows from the first."""
    path = tmp_path_factory.mktemp("words") / "words.csv"
    random = np.random.default_rng(2)
    rows = [(a, b, "warm" if a == "red" else "cold") for a, b in random.choice(["red", "blue"], (30, 2))]
    path.write_text("\n".join(map(",".join, [("first", "second", "third"), *rows])) + "\n")
    return path


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".xlsx"])
def test_a_table_of_categories_alone(run, words_alone, tmp_path, suffix):
    import pandas

    frame, path = pandas.read_csv(words_alone), tmp_path / f"rows{suffix}"
    if suffix == ".xlsx":
        pytest.importorskip("python_calamine")
        write_xlsx(path, {"rows": [list(frame), *frame.to_numpy().tolist()]})
    else:
        path.write_text(words_alone.read_text()) if suffix == ".csv" else frame.to_parquet(path)
    names, model, codes = "first,second,third", tmp_path / "m.diabolo", tmp_path / "codes.csv"
    words = ["--components", "2", "--epochs", "60", "--learning-rate", "0.01", "-o", model]
    status, out, err = run("fit", path, "--categories", names, *words)
    assert status == 0, err
    assert out.splitlines()[0].split() == ["rows", "30", "from", str(path)]
    assert run("encode", model, path, "-o", codes)[0] == 0
    expected = diabolo.load(model).transform(frame)
    given = [[float(cell) for cell in row.values()] for row in read(codes)]
    np.testing.assert_allclose(given, expected, rtol=1e-5)
    rebuilt, decoded = tmp_path / "rebuilt.csv", tmp_path / "decoded.csv"
    status, out, _ = run("reconstruct", model, path, "-o", rebuilt)
    assert status == 0
    assert out.startswith(f"30 rows written to {rebuilt}, with the columns ")
    assert run("decode", model, codes, "-o", decoded)[0] == 0
    assert read(rebuilt) == read(decoded)
    assert [row["third"] for row in read(rebuilt)] == frame["third"].tolist()
    assert run("reconstruct", model, path, "-o", tmp_path / "rebuilt.parquet")[0] == 0
    again = pandas.read_parquet(tmp_path / "rebuilt.parquet")
    assert again[sorted(again)].to_numpy().tolist() == [
        [row[name] for name in sorted(row)] for row in read(rebuilt)
    ]


def test_a_detector_of_categories_alone(run, words_alone, tmp_path):
    model, scores = tmp_path / "d.diabolo", tmp_path / "scores.csv"
    status, out, _ = run("detect", "fit", words_alone, "--categories", "first,second,third", "-o", model)
    assert status == 0
    assert out.splitlines()[0].split(maxsplit=1) == ["rows", f"30 of 3 categories from {words_alone}"]
    odd = words_alone.with_name("odd.csv")
    lines = words_alone.read_text().splitlines()
    odd.write_text("\n".join([*lines, "red,blue,cold"]) + "\n")
    assert run("detect", "score", model, odd, "-o", scores)[0] == 0
    found = [float(row["score"]) for row in read(scores)]
    assert np.argmax(found) == 30


def test_several_files_of_categories(run, words_alone, tmp_path):
    model, codes = tmp_path / "m.diabolo", tmp_path / "codes.csv"
    words = [words_alone, words_alone, "--categories", "first,second,third", "-o", model, *QUICK]
    assert run("fit", *words, "--components", "2")[0] == 0
    assert run("encode", model, words_alone, words_alone, "-o", codes)[0] == 0
    assert len(read(codes)) == 60


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


@pytest.mark.parametrize("verb", [["encode"], ["reconstruct"], ["groups"], ["detect", "score"]])
@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".parquet"])
def test_all_columns_that_the_model_does_not_know_are_named(run, table, model, tmp_path, verb, suffix):
    """Those of numbers, too, and the line that is printed runs; a Parquet file carries text by itself."""
    import pandas

    frame = pandas.read_csv(table, dtype={"flag": str}).assign(extra=1.5)[
        ["id", "colour", "extra", "size", "mass", "flag"]
    ]
    path = tmp_path / f"new{suffix}"
    if suffix == ".xlsx":
        pytest.importorskip("python_calamine")
        write_xlsx(path, {"rows": [list(frame), *frame.to_numpy().tolist()]})
    else:
        frame.to_csv(path, index=False) if suffix == ".csv" else frame.to_parquet(path)
    if verb == ["detect", "score"]:
        model = tmp_path / "d.diabolo"
        words = ["detect", "fit", table, "--keep", "id", "--categories", "colour,flag", "-o", model, "-q"]
        assert run(*words)[0] == 0
    words = [*verb, model, path, "-o", tmp_path / "out.csv"]
    status, _, err = run(*words)
    assert status == 1
    extra, keep = "the column 'id' of text, and the column 'extra',", "id,extra"
    if suffix == ".parquet":
        extra, keep = "the column 'extra'", "extra"
    assert f"{path} has {extra} that the model was not trained on; type --keep {keep} to " in err
    if suffix != ".parquet":
        line = err.rpartition("all of it: diabolo ")[2]
        assert run(*shlex.split(line))[0] == 0
    else:
        assert run(*words, "--keep", keep)[0] == 0
    assert {"id", "extra"} <= set(read(tmp_path / "out.csv")[0])


def test_and_those_beside_categories_alone(run, words_alone, tmp_path):
    model, wide = tmp_path / "m.diabolo", tmp_path / "wide.csv"
    words = ["fit", words_alone, "--categories", "first,second,third", "--components", "2", "-o", model]
    assert run(*words, *QUICK)[0] == 0
    lines = words_alone.read_text().splitlines()
    wide.write_text(
        "\n".join([lines[0] + ",id,x", *(f"{line},p{n},{n}" for n, line in enumerate(lines[1:]))])
    )
    status, _, err = run("encode", model, wide, "-o", tmp_path / "c.csv")
    assert status == 1
    assert "has the column 'id' of text, and the column 'x', that the model was not trained on; " in err
    assert run(*shlex.split(err.rpartition("all of it: diabolo ")[2]))[0] == 0


@pytest.mark.parametrize("verb", ["encode", "reconstruct", "groups"])
@pytest.mark.parametrize("flag", ["--keep", "--drop", "--labels"])
@pytest.mark.parametrize("column", ["colour", "2"])
def test_a_category_of_the_model_cannot_be_taken_away(run, table, model, tmp_path, verb, flag, column):
    status, _, err = run(
        verb,
        model,
        table,
        "--keep" if flag != "--keep" else "--drop",
        "id",
        flag,
        column,
        "-o",
        tmp_path / "c.csv",
    )
    assert status == 1
    assert err.endswith(
        f"diabolo: {table} lacks the column 'colour' that the model was trained on, since {flag} takes it "
        f"out of the features; leave it out of {flag}.\n"
    )
