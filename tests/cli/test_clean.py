"""``diabolo clean``."""

import csv
import json
import shlex

import numpy as np
import pytest

import diabolo
from diabolo import open as open_table

HEADER = ["sample", "crp", "group", "alb", "note", "age"]


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """Two factors' rows with gaps between text, a column of nothing, quotes and trailing zeros."""
    random = np.random.default_rng(0)
    rows = random.normal(size=(80, 1)) * [1.0, -2.0, 10.0] + random.normal(size=(80, 3)) * 0.2
    missing = random.random(rows.shape) < 0.15
    path = tmp_path_factory.mktemp("clean") / "table.csv"
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(HEADER)
        for number, (row, gaps) in enumerate(zip(rows, missing, strict=True)):
            crp, alb, age = ("" if gap else f"{cell:.2f}0" for cell, gap in zip(row, gaps, strict=True))
            writer.writerow([f"S{number}", crp, "a, b", alb or "NA", "", age])
    return path, rows, missing


@pytest.fixture(scope="module")
def model(table, tmp_path_factory):
    path = tmp_path_factory.mktemp("clean-model") / "m.diabolo"
    source = open_table(table[0], keep_columns=["sample", "group", "note"])
    autoencoder = diabolo.Autoencoder(1, missing="mask", max_epochs=2, random_state=0).fit(source)
    diabolo.save(autoencoder, path)
    return path


def cells_of(path, mark=","):
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.reader(handle, delimiter=mark))


def next_of(out):
    lines = [shlex.split(line) for line in out.partition("Next:\n")[2].splitlines() if line.strip()]
    return [words[words.index("diabolo") + 1 :] for words in lines]


def test_without_a_model_all_but_missing_cells_stays_as_it_is_written(run, table, tmp_path):
    path, rows, missing = table
    status, out, err = run("clean", path, "-o", tmp_path / "c.csv", "--report", tmp_path / "r.csv")
    assert status == 0
    assert f"note: {path} has no number at all in 'note', which is left as it is" in err
    assert "fitted an autoencoder with a code of 2; masked cells were filled 0." in out
    assert f"{missing.sum()} of 240 numbers filled" in out
    given, found = cells_of(path), cells_of(tmp_path / "c.csv")
    assert given[0] == found[0]
    places = [1, 3, 5]
    for old, new, gaps, row in zip(given[1:], found[1:], missing, rows, strict=True):
        changed = [place for place in range(6) if old[place] != new[place]]
        assert changed == [place for place, gap in zip(places, gaps, strict=True) if gap]
        if gaps.sum() == 1:
            place = int(np.argmax(gaps))
            assert float(new[places[place]]) == pytest.approx(row[place], abs=5 * [0.2, 0.4, 2][place])
    report = cells_of(tmp_path / "r.csv")
    assert report == [
        ["column", "missing", "odd"],
        *[[HEADER[place], str(count), "0"] for place, count in zip(places, missing.sum(axis=0), strict=True)],
    ]


def test_the_next_line_runs_as_printed(run, table, model, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    odd = tmp_path / "odd.diabolo"
    keep = ["--keep", "sample", "--keep", "group", "--keep", "note", "--missing", "mask"]
    assert run("detect", "fit", table[0], *keep, "-o", odd)[0] == 0
    for words in (
        [table[0], "-o", "new.csv"],
        [table[0], "-o", "new.tsv", "--labels", "group", "--delimiter", ","],
        [table[0], "-o", "new.parquet"],
        [table[0], "-o", "new.npy"],
        [table[0], model, "-o", "second.csv"],
        [table[0], odd, "--odd", "-o", "third.csv"],
    ):
        status, out, err = run("clean", *words)
        assert status == 0, err
        (typed,) = next_of(out)
        quick = ["-e", "1"] if typed[0] == "fit" else []
        status, _, err = run(*typed, *quick)
        assert status == 0, (typed, err)


def test_a_model_fills_as_its_impute_does(run, table, model, tmp_path):
    path, _, missing = table
    record = json.loads(run("clean", path, model, "-o", tmp_path / "c.npy", "--json")[1])
    source = open_table(path, keep_columns=["sample", "group", "note"])
    assert np.array_equal(np.load(tmp_path / "c.npy"), diabolo.load(model).impute(source))
    assert record["filled"] == missing.sum()
    assert record["counts"]["alb"] == {"missing": missing[:, 1].sum(), "odd": 0}
    assert record["components"] is None
    # Other verbs have the model first.
    assert run("clean", model, path, "-o", tmp_path / "d.npy")[0] == 0
    assert np.array_equal(np.load(tmp_path / "d.npy"), np.load(tmp_path / "c.npy"))


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".parquet", ".feather"])
def test_columns_keep_their_order_from_one_format_to_another(run, table, model, tmp_path, suffix):
    first, second = tmp_path / "first.parquet", tmp_path / f"second{suffix}"
    assert run("clean", table[0], model, "-o", first)[0] == 0
    assert open_table(first).column_order == tuple(HEADER)
    status, out, _ = run("clean", first, model, "-o", second)
    assert status == 0
    assert f"no cell of {first} is missing; the same table is written to {second}" in out
    found = open_table(second, keep_columns=["sample", "group", "note"])
    assert found.column_order == tuple(HEADER)
    assert found.carried["group"].tolist() == ["a, b"] * 80
    np.testing.assert_allclose(found[:], open_table(first)[:])


@pytest.mark.parametrize("suffix", [".npz", ".h5", ".zarr"])
def test_other_formats_hold_the_numbers_and_the_text(run, table, model, tmp_path, suffix):
    assert run("clean", table[0], model, "-o", tmp_path / f"c{suffix}")[0] == 0
    found = open_table(tmp_path / f"c{suffix}")
    assert found.carried["sample"][3] == "S3"
    assert found.feature_names == ("crp", "alb", "age")
    assert np.isfinite(found[:]).all()


def test_semicolons_and_decimal_commas_stay(run, table, model, tmp_path):
    path = tmp_path / "german.csv"
    cells = cells_of(table[0])
    lines = [";".join(cell.replace(".", ",") for cell in row) for row in cells]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert run("clean", path, model, "-o", tmp_path / "c.csv")[0] == 0
    found = cells_of(tmp_path / "c.csv", ";")
    plain = tmp_path / "plain.csv"
    assert run("clean", table[0], model, "-o", plain)[0] == 0
    expected = cells_of(plain)
    assert [[cell.replace(",", ".") for cell in row] for row in found] == [
        [cell.replace(",", ".") for cell in row] for row in expected
    ]


def test_rows_without_a_header(run, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("1,x,2\n2,y,\n3,z,6\n4,w,8\n")
    status, out, _ = run("clean", path, "-o", tmp_path / "c.csv")
    assert status == 0
    found = cells_of(tmp_path / "c.csv")
    assert [row[:2] for row in found] == [["1", "x"], ["2", "y"], ["3", "z"], ["4", "w"]]
    assert 2 <= float(found[1][2]) <= 8
    (typed,) = next_of(out)
    assert run(*typed, "-e", "1", "--missing", "mask")[0] == 0
    assert run("clean", path, tmp_path / "c-model.diabolo", "-o", tmp_path / "d.csv")[0] == 0
    assert [row[1] for row in cells_of(tmp_path / "d.csv")] == ["x", "y", "z", "w"]


def test_a_complete_table_is_written_as_it_is(run, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text('id,a,b\n"x,1",1.50,2\ny,2,003\n')
    status, out, _ = run("clean", path, "-o", tmp_path / "c.csv")
    assert status == 0
    assert f"no cell of {path} is missing; the same table is written to {tmp_path / 'c.csv'}" in out
    assert (tmp_path / "c.csv").read_text() == path.read_text()


def test_odd_cells_are_replaced_and_listed(run, tmp_path):
    random = np.random.default_rng(0)
    rows = random.normal(size=(200, 1)) * np.ones(5) + random.normal(size=(200, 5)) * 0.1
    np.savetxt(tmp_path / "good.csv", rows, "%.6f", ",", header="a,b,c,d,e", comments="")
    rows[7, 2] = 40
    rows[9, 3] = np.nan
    np.savetxt(tmp_path / "bad.csv", rows, "%.6f", ",", header="a,b,c,d,e", comments="")
    model = tmp_path / "odd.diabolo"
    assert run("detect", "fit", tmp_path / "good.csv", "-o", model)[0] == 0
    words = ["clean", tmp_path / "bad.csv", model, "-o", tmp_path / "c.csv"]
    status, out, _ = run(*words)
    assert status == 0
    assert "  odd\n" not in out
    assert float(cells_of(tmp_path / "c.csv")[8][2]) == 40
    status, out, _ = run(*words, "--odd")
    assert status == 0
    assert "c             0    1" in out
    assert "odd: line 9, column 'c' (number 2): 40 -> " in out
    found = open_table(tmp_path / "c.csv")[:]
    assert found[7, 2] == pytest.approx(rows[7, [0, 1, 3, 4]].mean(), abs=0.5)
    record = json.loads(run(*words, "--odd", "--odd-line", "1000", "--json")[1])
    assert record["counts"]["c"]["odd"] == 0


def test_what_cannot_be_is_one_sentence(run, table, model, tmp_path):
    path, out = table[0], tmp_path / "c.csv"

    def said(*words, status):
        found, _, err = run("clean", *words)
        assert found == status
        return err.splitlines()[-1]

    assert "--odd needs a detector, which knows what is odd; make one: " in said(
        path, model, "--odd", "-o", out, status=2
    )
    advice = said(path, "--odd", "-o", out, status=2)
    assert advice.endswith(f"detect fit {path} --keep sample,group,note --missing mask -o odd.diabolo")
    assert "--report r.txt ends in '.txt', and the suffix says what to write: .csv, .tsv." in said(
        path, "--report", "r.txt", "-o", out, status=2
    )
    assert said(path, model, "--odd-line", "4", "-o", out, status=2).endswith(
        "; add --odd to replace such cells."
    )
    bad = tmp_path / "bad.csv"
    bad.write_text("a,b,k\n1,2,x\n2,,y\n3,oops,z\n4,5,w\n")
    assert said(bad, "-o", out, status=1).endswith(
        f"{bad}, line 4, column 'b' (number 1): 'oops' is not a number; if it stands for a missing cell, say "
        "--na-values oops."
    )
    text = tmp_path / "text.csv"
    text.write_text("k,l\nx,y\nz,w\n")
    words = [text, "--header", "-o", out]
    assert said(*words, status=1).endswith("no column of numbers to fill; its columns are 'k', 'l'.")
    one = tmp_path / "one.csv"
    one.write_text("a,b,c\n1,2,\n")
    status, shown, _ = run("clean", one, "-o", out)
    assert (status, "Next" in shown) == (0, False)
    assert not list(tmp_path.glob("*.tmp"))


def test_a_model_that_learned_nothing_of_missing_cells(run, files, tmp_path):
    status, _, err = run("clean", files.table, files.model, "-o", tmp_path / "c.csv")
    assert status == 2
    assert "fit it with --missing mask or --missing mean" in err
    assert not (tmp_path / "c.csv").exists()


@pytest.fixture(scope="module")
def flats(tmp_path_factory):
    """Numbers and categories that follow from one number, with gaps, an id, and quotes."""
    random = np.random.default_rng(0)
    path = tmp_path_factory.mktemp("flats") / "flats.csv"
    age = random.uniform(0, 100, 150)
    heating = np.where(age > 50, "stove, old", "gas")
    truth = [[f"f{n}", f"{20 - age[n] / 10:.2f}0", heating[n], f"{age[n]:.2f}"] for n in range(150)]
    missing = random.random((150, 4)) < 0.15
    missing[:, 0] = False
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(["id", "rent", "heating", "age"])
        gaps = zip(truth, missing, strict=True)
        writer.writerows([["" if no else cell for cell, no in zip(*each, strict=True)] for each in gaps])
    return path, truth, missing


def check_filled(path, given, truth, missing):
    found = cells_of(path)
    assert found[0] == given[0]
    order = [given[0].index(name) for name in ("id", "rent", "heating", "age")]
    right = []
    for old, new, row, gaps in zip(given[1:], found[1:], truth, missing, strict=True):
        changed = [old[place] != new[place] for place in order]
        assert changed == gaps.tolist()
        if gaps[2]:
            assert new[order[2]] in ("gas", "stove, old")
            right.append(new[order[2]] == row[2])
    assert np.mean(right) > 0.8


def test_categories_are_filled_without_a_model(run, flats, tmp_path, monkeypatch):
    path, truth, missing = flats
    monkeypatch.chdir(tmp_path)
    status, out, _ = run("clean", path, "--categories", "heating", "-o", "c.csv", "--report", "r.csv")
    assert status == 0
    assert f"{missing.sum()} of 450 cells filled" in out
    assert "of masked categories were told (most frequent values: " in out
    check_filled(tmp_path / "c.csv", cells_of(path), truth, missing)
    counts = {row[0]: int(row[1]) for row in cells_of(tmp_path / "r.csv")[1:]}
    assert counts == dict(zip(["rent", "heating", "age"], missing[:, 1:].sum(axis=0), strict=True))
    (typed,) = next_of(out)
    assert run(*typed, "-e", "1")[0] == 0
    status, out, _ = run("clean", "c.csv", "--categories", "heating", "-o", "again.csv")
    assert (status, "no cell of c.csv is missing" in out) == (0, True)
    assert (tmp_path / "again.csv").read_text() == (tmp_path / "c.csv").read_text()


def test_a_model_with_categories_fills(run, flats, tmp_path, monkeypatch):
    path, truth, missing = flats
    monkeypatch.chdir(tmp_path)
    words = ["--categories", "heating", "--keep", "id", "--missing", "mask"]
    assert run("fit", path, *words, "-e", "2", "-o", "m.diabolo", "--quiet")[0] == 0
    status, out, _ = run("clean", path, "m.diabolo", "-o", "c.csv")
    assert status == 0
    check_filled(tmp_path / "c.csv", cells_of(path), truth, missing)
    assert run(*next_of(out)[0])[0] == 0
    # Columns stay where they are in the file, whatever order the model has them in.
    with (tmp_path / "turned.csv").open("w", newline="") as handle:
        csv.writer(handle, lineterminator="\n").writerows(row[::-1] for row in cells_of(path))
    assert run("clean", "turned.csv", "m.diabolo", "-o", "d.csv")[0] == 0
    check_filled(tmp_path / "d.csv", cells_of(tmp_path / "turned.csv"), truth, missing)
    assert run("clean", path, "m.diabolo", "-o", "c.parquet")[0] == 0
    assert run("clean", "c.parquet", "m.diabolo", "-o", "e.csv")[0] == 0
    plain, packed = cells_of(tmp_path / "c.csv"), cells_of(tmp_path / "e.csv")
    assert [row[2] for row in plain] == [row[2] for row in packed]
    status, _, err = run("clean", path, "m.diabolo", "--categories", "heating", "-o", "f.csv")
    assert status == 2
    assert "--categories is for a fit, and m.diabolo knows its own; leave it or the model out." in err
    odd = ["detect", "fit", path, "--categories", "heating", "--keep", "id", "--missing", "mask"]
    assert run(*odd, "-o", "o.diabolo")[0] == 0
    text = path.read_text().replace("f3,", "f3,").splitlines()
    text[5] = "f4,10.00,gas,90000"
    (tmp_path / "bad.csv").write_text("\n".join(text) + "\n")
    status, out, _ = run("clean", "bad.csv", "o.diabolo", "--odd", "-o", "g.csv")
    assert status == 0
    assert "odd: line 6, column 'age' (number 3): 90000 -> " in out


def test_columns_of_a_model_of_numbers_in_another_order(run, table, model, tmp_path):
    path, _, missing = table
    turned = tmp_path / "turned.csv"
    with turned.open("w", newline="") as handle:
        csv.writer(handle, lineterminator="\n").writerows(row[::-1] for row in cells_of(path))
    assert run("clean", turned, model, "-o", tmp_path / "c.csv")[0] == 0
    assert run("clean", path, model, "-o", tmp_path / "d.csv")[0] == 0
    assert [row[::-1] for row in cells_of(tmp_path / "c.csv")] == cells_of(tmp_path / "d.csv")
    assert missing.any()


def test_categories_of_an_array(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    random = np.random.default_rng(0)
    given = random.normal(size=(60, 1)) * [1.0, 2.0, 0.0]
    given[:, 2] = given[:, 0] > 0
    given[random.random(given.shape) < 0.1] = np.nan
    np.save("a.npy", given)
    status, out, _ = run("clean", "a.npy", "--categories=-1", "-o", "b.npy")
    assert status == 0
    found = np.load("b.npy")
    assert np.array_equal(found[~np.isnan(given)], given[~np.isnan(given)])
    assert set(found[:, 2]) == {0.0, 1.0}
    (typed,) = next_of(out)
    assert typed == ["fit", "b.npy", "--categories=-1", "-o", "b-model.diabolo"]
    assert run(*typed, "-e", "1")[0] == 0


def test_a_table_of_categories_alone(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    random = np.random.default_rng(0)
    sizes = np.where(random.random(60) > 0.5, "s", "m")
    rows = [[f"n{n}", "red" if size == "s" else "blue", size] for n, size in enumerate(sizes)]
    truth, rows[3][2], rows[7][1] = [list(row) for row in rows], "", ""
    lines = [["note", "colour", "size"], *rows]
    (tmp_path / "t.csv").write_text("".join(f"{','.join(line)}\n" for line in lines))
    status, _, err = run("clean", "t.csv", "-o", "c.csv")
    said = "diabolo: t.csv has no column of numbers to fill; its columns are"
    assert (status, err) == (
        1,
        f"{said} 0, 1, 2; if the first line holds the column names, say --header.\n",
    )
    status, _, err = run("clean", "t.csv", "--header", "-o", "c.csv")
    start = f"{said} 'note', 'colour', 'size'; to fill 'colour', 'size', which hold few values, type: "
    assert (status, err.startswith(start)) == (1, True)
    typed = shlex.split(err.removeprefix(start))
    typed = typed[typed.index("clean") :]
    assert typed == ["clean", "t.csv", "--header", "--categories", "colour,size", "-o", "c.csv"]
    status, out, _ = run(*typed)
    assert status == 0
    assert "2 of 120 cells filled" in out
    assert cells_of(tmp_path / "c.csv")[1:] == truth
    assert run(*next_of(out)[0], "-e", "1")[0] == 0
    trained = ["fit", "t.csv", "--keep", "note", "--categories", "colour,size", "--missing", "mask"]
    assert run(*trained, "-e", "300", "-o", "m.diabolo", "-q")[0] == 0
    assert run("clean", "t.csv", "m.diabolo", "-o", "d.csv")[0] == 0
    assert cells_of(tmp_path / "d.csv")[1:] == truth
