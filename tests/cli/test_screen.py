"""``diabolo screen``."""

import csv
import json
import shlex

import h5py
import numpy as np
import pytest
from sklearn.feature_selection import f_regression

import diabolo
from diabolo.data.hold_out import HoldOut


@pytest.fixture(scope="module")
def p_values(wide):
    return f_regression(wide.rows.astype(np.float64), wide.age)[1]


def test_the_features_that_say_something_are_kept(run, wide, tmp_path, p_values):
    out = tmp_path / "few.h5"
    status, said, err = run("screen", wide.table, "--target", "age", "--fdr", "0.05", "-o", out)
    assert (status, err) == (0, "")
    # Benjamini and Hochberg, by hand.
    ordered = np.sort(p_values) * 6 / np.arange(1, 7)
    best = np.flatnonzero(p_values <= np.sort(p_values)[np.flatnonzero(ordered <= 0.05).max()])
    assert {1, 4} <= set(best.tolist()) != set(range(6))
    with diabolo.open(out) as source:
        np.testing.assert_array_equal(source[:], wide.rows[:, best])
        assert source.feature_names == tuple(wide.names[i] for i in best)
        np.testing.assert_array_equal(source.carried["age"], wide.age)
        assert source.carried["person"].tolist() == wide.person.tolist()
    assert f"{len(best)} kept of 6 (fdr 0.05)" in said
    with (tmp_path / "few-features.csv").open(newline="") as handle:
        table = list(csv.DictReader(handle))
    assert [row["feature"] for row in table] == wide.names
    found = [float(row["pvalue"]) for row in table]
    np.testing.assert_allclose(found, p_values, rtol=1e-5)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (["--top", "2"], [1, 4]),
        (["--top", "1"], [1]),
        (["--mi", "0.2"], [1]),
        (["--normalized-mi", "0.3", "--top", "2"], [1, 4]),
        (["--min-variance", "1.3"], None),
        (["--max-missing", "0"], [0, 1, 2, 3, 4, 5]),
    ],
)
def test_every_criterion_counts(run, wide, tmp_path, typed, kept):
    status, said, err = run(
        "screen", wide.table, "--target", "age", *typed, "-o", tmp_path / "a.npy", "--json"
    )
    assert status == 0
    assert "holds numbers only" in err
    if kept is None:
        kept = np.flatnonzero(wide.rows.astype(np.float64).var(axis=0) >= 1.3)
        assert 0 < len(kept) < 6
    np.testing.assert_array_equal(np.load(tmp_path / "a.npy"), wide.rows[:, kept])
    record = json.loads(said)
    assert (record["kept"], record["features"], record["rows"]) == (len(kept), 6, 40)
    assert record["best"][0]["feature"] == "site1" or typed[0] in ("--min-variance",)
    assert record["peak_memory"] > 0
    assert record["output"] == str(tmp_path / "a.npy")


def test_held_out_rows_are_written_but_never_looked_at(run, wide, tmp_path):
    typed = ["--target", "age", "--top", "3", "--hold-out", "10", "--hold-out-by", "person", "--seed", "5"]
    _, held_out = HoldOut(10, "person", seed=5).split(40, wide.person)
    age, rows = wide.age.copy(), wide.rows.copy()
    age[held_out], rows[held_out] = 0.0, 1e6 * rows[held_out]
    spoilt = wide.written(tmp_path / "spoilt.h5", age=age, data=rows)
    lists = []
    for table in (wide.table, spoilt):
        status, said, _ = run("screen", table, *typed, "-o", tmp_path / "out.h5", "--json")
        assert status == 0
        assert json.loads(said)["rows"] == 40 - len(held_out)
        lists.append((tmp_path / "out-features.csv").read_text())
        with diabolo.open(tmp_path / "out.h5") as source:
            assert len(source) == 40
    assert lists[0] == lists[1]
    run("screen", spoilt, *typed[:4], "-o", tmp_path / "out.h5", "--json")
    assert (tmp_path / "out-features.csv").read_text() != lists[0]


def test_the_next_command_fits_what_was_kept(run, wide, tmp_path):
    words = [
        "screen",
        wide.table,
        "--target",
        "age",
        "--top",
        "2",
        "--hold-out",
        "10",
        "--hold-out-by",
        "person",
    ]
    _, said, _ = run(*words, "-o", tmp_path / "few sites.h5", "--plot", tmp_path / "p.png")
    assert (tmp_path / "p.png").read_bytes().startswith(b"\x89PNG")
    command = shlex.split(said.splitlines()[-1])
    assert command[:2] == ["diabolo", "fit"]
    assert run(*command[1:], *wide.quick)[0] == 0
    model = diabolo.load(tmp_path / "few sites.diabolo")
    assert model.hold_out_ == HoldOut(10, "person")
    assert model.n_features_in_ == 2


def test_a_table_of_text_is_screened_too(run, wide, tmp_path):
    table = tmp_path / "t.csv"
    with table.open("w", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow([*[f"{name}, raw" for name in wide.names], "age"])
        writer.writerows([*row, age] for row, age in zip(wide.rows, wide.age, strict=True))
    status, _, _ = run("screen", table, "--target", "age", "--top", "2", "-o", tmp_path / "few.csv")
    assert status == 0
    with (tmp_path / "few.csv").open(newline="") as handle:
        rows = list(csv.reader(handle))
    assert rows[0] == ["site1, raw", "site4, raw", "age"]
    np.testing.assert_array_equal(np.float32([row[:2] for row in rows[1:]]), wide.rows[:, [1, 4]])


@pytest.mark.parametrize(
    ("typed", "status", "said"),
    [
        (["--rounds", "2"], 2, "--rounds trains a model anew after each round; say which: --by MODEL."),
        (["--by", "m.diabolo"], 2, "--by ranks features; say how many to keep: --top 1000."),
        (["--mi", "50"], 2, "passes mi 50; ask for less, such as a higher --fdr or a lower --mi."),
        (["--fdr", "2"], 2, "--fdr 2 is not possible; expected a number above 0 and at most 1."),
        (["--hold-out", "0"], 2, "--hold-out '0' is not possible; give a number of rows, a share above 0"),
        (["--hold-out-by", "person"], 2, "--hold-out-by says which rows to hold out, but not how many"),
        (["--hold-out", "5", "--hold-out-by", "persons"], 2, "carries no column 'persons' to hold out by"),
        (["--hold-out", "40"], 1, "takes all of the 40 rows"),
        (["--max-memory", "some"], 2, "'some'"),
        (["--top", "0"], 2, "top"),
        (["--top", "2", "--plot", "p.gif"], 2, "--plot p.gif ends in '.gif', and the suffix says what to"),
    ],
)
def test_what_cannot_be_asked(run, wide, tmp_path, typed, status, said):
    found, out, err = run("screen", wide.table, "--target", "age", *typed, "-o", tmp_path / "x.h5")
    assert (found, out) == (status, "")
    assert said in " ".join(err.split())
    assert list(tmp_path.iterdir()) == []


def test_a_target_that_is_not_there_is_looked_for(run, wide, tmp_path):
    status, _, err = run("screen", wide.table, "--target", "agee", "--top", "2", "-o", tmp_path / "x.h5")
    assert status != 0
    assert "'age'" in err
    assert list(tmp_path.iterdir()) == []


def test_a_target_with_gaps_is_refused(run, wide, tmp_path):
    age = wide.age.copy()
    age[7] = np.nan
    gaps = wide.written(tmp_path / "gaps.h5", age=age)
    status, out, err = run("screen", gaps, "--target", "age", "--top", "2", "-o", tmp_path / "x.h5")
    assert (status, out) == (1, "")
    assert "row 7" in err
    assert [path.name for path in tmp_path.iterdir()] == ["gaps.h5"]


def test_the_file_that_is_read_is_not_written_over(run, wide, tmp_path):
    status, _, err = run("screen", wide.table, "--target", "age", "--top", "2", "-o", wide.table)
    assert status == 2
    assert "is the file that is read" in err
    with h5py.File(wide.table) as file:
        assert file["data"].shape == (40, 6)
