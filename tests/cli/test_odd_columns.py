# ruff: noqa: E501 - notes are shown whole, one a line
"""Columns of numbers that are probably ids or classes are named before something is learned from them."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import datasets

import diabolo
from diabolo.cli import odd_columns as odd_columns_module
from diabolo.cli.odd_columns import OddColumns, odd_columns

N = 60
NUMBER = np.arange(N)
DRAWN = np.random.default_rng(1)
DAYS = pd.date_range("2024-01-15", periods=N, freq="9D").strftime("%Y%m%d").astype(int).to_numpy()
DECIMALS = np.random.default_rng(5).normal(size=(N, 6)).round(3)


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ([NUMBER + 1], OddColumns(counting=(6,))),
        ([NUMBER[::-1]], OddColumns(distinct=(6,))),
        ([NUMBER**2], OddColumns(distinct=(6,))),
        ([NUMBER * 7 % 61 + 4_000_000], OddColumns(distinct=(6,))),
        ([NUMBER % 2], OddColumns(classes=(6,))),
        ([NUMBER % 12], OddColumns(classes=(6,))),
        ([NUMBER + 1, NUMBER % 3, NUMBER**2], OddColumns((6,), (8,), (7,))),
        # Of different numbers only what ids are is one: as many as rows, rising, or drawn of one length.
        ([DRAWN.integers(10**7, 10**8, N)], OddColumns(distinct=(6,))),
        ([DRAWN.permutation(N) + 10_001], OddColumns(distinct=(6,))),
        ([np.sort(DRAWN.choice(9999, N, replace=False))], OddColumns(distinct=(6,))),
        ([np.rint(np.exp(DRAWN.normal(11.5, 1, N)))], OddColumns()),
        ([np.rint(np.exp(DRAWN.normal(13, 0.4, N)))], OddColumns()),
        ([DRAWN.poisson(250_000, N)], OddColumns()),
        ([DRAWN.integers(0, 10**6, N)], OddColumns()),
        ([np.rint(DRAWN.normal(101_325, 400, N))], OddColumns()),
        ([DRAWN.integers(10**7, 10**8, N) - 10**8], OddColumns()),
        # Days of the calendar, and what has no such day in it.
        ([DAYS], OddColumns(dates=(6,))),
        ([DAYS[::-1]], OddColumns(dates=(6,))),
        ([np.where(NUMBER % 9 == 0, np.nan, DAYS)], OddColumns(dates=(6,))),
        ([DRAWN.permutation(N) + 20_240_001], OddColumns(distinct=(6,))),
        ([np.where(NUMBER == 3, 20_240_230, DAYS)[::-1]], OddColumns()),
        ([np.full(N, 20_240_501)], OddColumns()),
        # Too many values for classes, and shared by rows; nearly all rows alike; a few missing; many missing.
        ([NUMBER % 13], OddColumns()),
        ([NUMBER > 57], OddColumns()),
        ([np.where(NUMBER % 9 == 0, np.nan, NUMBER % 3)], OddColumns(classes=(6,))),
        ([np.where(NUMBER % 3 == 0, np.nan, NUMBER % 2)], OddColumns()),
        # Whole numbers are nothing special where many columns hold them.
        ([NUMBER % 2, NUMBER % 3, NUMBER % 4, NUMBER % 5], OddColumns()),
        ([NUMBER**2, NUMBER**2 + 1, NUMBER**2 + 2, NUMBER**2 + 3], OddColumns()),
        ([np.full(N, 3)], OddColumns()),
        ([np.full(N, np.nan)], OddColumns(empty=(6,))),
        # Nines alone, far from all others; not where they may be one of them, or where there are few others.
        ([np.where(NUMBER % 20 == 0, 9999, NUMBER / 7)], OddColumns(stand_ins=((6, 9999),))),
        ([np.where(NUMBER == 0, -99, NUMBER / 7)], OddColumns(stand_ins=((6, -99),))),
        ([np.where(NUMBER == 0, 99, NUMBER + 0.5)], OddColumns()),
        ([np.where(NUMBER == 0, 999, 0.5)], OddColumns()),
        ([np.where(NUMBER == 0, 9998, NUMBER / 7)], OddColumns()),
    ],
)
def test_among_decimals(columns, expected):
    cells = np.column_stack([DECIMALS, *columns])
    assert odd_columns(cells) == expected
    if (cells[:, 6:].astype(np.float32) == cells[:, 6:]).all():
        assert odd_columns(cells.astype(np.float32)) == expected


@pytest.mark.parametrize("name", ["iris", "wine", "digits", "breast_cancer"])
def test_tables_of_measurements(name):
    """Those that come with scikit-learn: measurements alone, and then beside a number of the row."""
    rows, target = getattr(datasets, f"load_{name}")(return_X_y=True)
    assert odd_columns(rows) == OddColumns()
    numbers = np.random.default_rng(0).permutation(len(rows))
    classes = () if name == "digits" else (rows.shape[1],)
    found = odd_columns(np.column_stack([rows, target, numbers, np.arange(len(rows)) + 17]))
    assert found == OddColumns((rows.shape[1] + 2,), (rows.shape[1] + 1,), classes)


@given(st.integers(0, 2**16), st.sampled_from([2, 5, 256, 100_000]), st.integers(10, 80), st.integers(2, 12))
def test_tables_of_pixels_of_counts_and_of_yes_and_no(seed, high, n_rows, n_columns):
    cells = np.random.default_rng(seed).integers(0, high, (n_rows, n_columns))
    assert odd_columns(cells) == OddColumns()


@pytest.mark.parametrize("kind", [bool, np.int8, np.uint16, np.float16])
def test_any_type_of_number(kind):
    assert odd_columns((NUMBER[:, None] % [2, 3, 5]).astype(kind)) == OddColumns()


def test_few_rows_say_nothing():
    assert odd_columns(np.column_stack([NUMBER, DECIMALS])[:9]) == OddColumns()
    assert odd_columns(np.column_stack([NUMBER[::-1], DECIMALS])[:19]) == OddColumns()
    assert odd_columns(np.ones((1, 3))) == OddColumns()


@pytest.mark.parametrize(
    "name", ["id", "record_id", "SampleID", "Patient Nr.", "sampleId", "MRN", "sample_no"]
)
def test_whole_numbers_under_the_name_of_an_id_are_one(name):
    cells = np.column_stack([DECIMALS, NUMBER // 2])
    names = [*"abcdef", name]
    assert odd_columns(cells, names) == OddColumns(named=(6,))
    assert odd_columns(cells + 0.5, names) == OddColumns()
    assert odd_columns(cells, [*"abcdef", "dose"]) == OddColumns()


@pytest.mark.parametrize("name", ["acid", "NO", "fluid", "PAID", "valid", "Nrf2", "ideal"])
def test_other_names_are_none_of_ids(name):
    assert odd_columns(np.column_stack([DECIMALS, NUMBER // 2]), [*"abcdef", name]) == OddColumns()


def test_numbers_for_missing_cells_and_empty_columns_are_named(run, tmp_path):
    frame = pd.DataFrame(DECIMALS, columns=list("abcdef"), copy=True)
    frame.loc[[3, 9], "b"], frame.loc[5, "c"], frame["e"], frame["record_id"] = 9999, -99, np.nan, NUMBER // 2
    frame.to_csv(tmp_path / "t.csv", index=False)
    frame.to_parquet(tmp_path / "t.parquet")
    words = ["-o", tmp_path / "m.diabolo", "-e", "1", "--missing", "mean", "--scale", "standard"]
    said = "note: 'b', 'c' hold -99 and 9999, far from all other numbers; if they stand for a missing cell, "
    _, _, err = run("fit", tmp_path / "t.parquet", *words)
    assert f"{said}make such cells NaN first\n" in err
    status, _, err = run("fit", tmp_path / "t.csv", *words)
    assert status == 0
    assert f"{said}type --na-values -99,9999\n" in err
    assert (
        "note: 'e' has no number at all; to carry it along instead of learning from it, type --keep e\n"
        in err
    )
    assert "note: 'record_id' has the name of an id over whole numbers, so it looks like an id; to" in err
    status, out, err = run(
        "fit", tmp_path / "t.csv", *words, "--na-values", "-99,9999", "--keep", "e,record_id"
    )
    assert (status, "far from" in err, "no number" in err) == (0, False, False)
    assert "t.csv --na-values -99,9999 --keep e,record_id -o" in out


@pytest.fixture
def table(tmp_path):
    frame = pd.DataFrame(DECIMALS, columns=list("abcdef")).assign(age=NUMBER * 1.5)
    frame.insert(0, "my id", NUMBER + 1)
    frame["plate"], frame["sex"], frame["stage"] = NUMBER**2, NUMBER % 2, NUMBER % 4
    frame.to_csv(tmp_path / "t.csv", index=False)
    return tmp_path / "t.csv"


IDS = (
    "note: 'my id' counts up from row to row and 'plate' holds another whole number in each row, so they look like "
    "ids; to carry them along instead of learning from them, type --keep 'my id,plate'\n"
)
CLASSES = (
    "note: 'sex', 'stage' hold few different whole numbers among columns of decimals; if they name classes or "
    "groups, to carry them along instead of learning from them, type --keep sex,stage\n"
)


@pytest.mark.parametrize(
    "words",
    [
        ["fit", "TABLE", "-o", "m.diabolo", "-k", "1", "-e", "1", "--scale", "standard"],
        ["detect", "fit", "TABLE", "-o", "m.diabolo"],
        ["screen", "TABLE", "--target", "age", "--top", "3", "-o", "kept.csv"],
        ["sweep", "TABLE", "--components", "2", "--seeds", "1", "-e", "1", "--anew", "-o", "s.csv"],
    ],
)
def test_verbs_that_learn_say_so(run, table, tmp_path, monkeypatch, words):
    monkeypatch.chdir(tmp_path)
    words = [str(table) if word == "TABLE" else word for word in words]
    status, _, err = run(*words)
    assert status == 0
    assert IDS in err
    assert CLASSES in err
    status, _, err = run(*words, "--keep", "my id,plate", "--drop", "sex")
    assert status == 0
    assert "look" not in err
    assert (
        "note: 'stage' holds few different whole numbers among columns of decimals; if it names a class or"
        in err
    )
    assert "type --keep stage\n" in err
    kept = run(*words, "--keep", "my id,plate,sex,stage")
    assert (kept[0], "whole number" in kept[2]) == (0, False)
    if words[0] in ("fit", "detect"):
        assert run(*words, "-q")[2] == ""
        assert diabolo.load(tmp_path / "m.diabolo").n_features_in_ == 11


@pytest.mark.parametrize(
    ("order", "typed", "said"),
    [
        ([NUMBER + 1, *DECIMALS.T], [], "note: 0 counts up from row to row, so it looks like an id; "),
        ([*DECIMALS.T[:2], NUMBER + 1, *DECIMALS.T], ["--keep", "0", "--labels", "-1"], "type --keep 2\n"),
    ],
)
def test_a_table_without_names_has_numbers(run, tmp_path, order, typed, said):
    np.savetxt(tmp_path / "t.csv", np.column_stack(order), delimiter=",", fmt="%g")
    words = ["fit", tmp_path / "t.csv", "-o", tmp_path / "m.diabolo", "-e", "1"]
    _, _, err = run(*words, *typed)
    assert said in err
    cure = err.partition("type --keep ")[2].split()[0]
    status, _, err = run(*words, *typed, "--keep", cure)
    assert (status, "looks like" in err) == (0, False)


def test_a_feature_of_an_array_can_be_dropped(run, wide, tmp_path):
    rows = np.column_stack([wide.rows, np.arange(40)])
    table = wide.written(tmp_path / "t.h5", data=rows, feature_names=[*wide.names, "n"])
    words = ["fit", table, "-o", tmp_path / "m.diabolo", "-e", "1"]
    assert (
        "'n' counts up from row to row, so it looks like an id; to leave it out, type --drop n\n"
        in run(*words)[2]
    )
    status, _, err = run(*words, "--drop", "n")
    assert (status, err.count("looks like")) == (0, 0)


def test_a_column_that_counts_points_may_be_their_time(run, tmp_path):
    pd.DataFrame({"hour": NUMBER, "heat": DECIMALS[:, 0]}).to_csv(tmp_path / "t.csv", index=False)
    words = ["detect", "fit", tmp_path / "t.csv", "--window", "6", "-o", tmp_path / "m.diabolo"]
    assert "type --keep hour, or --time hour if it says when a point was taken\n" in run(*words)[2]
    assert "hour" not in run(*words, "--time", "hour")[2]


def test_the_first_rows_are_looked_at(run, table, tmp_path, monkeypatch):
    monkeypatch.setattr(odd_columns_module, "_ROWS", 40)
    _, _, err = run("fit", table, "-o", tmp_path / "m.diabolo", "-k", "1", "-e", "1")
    assert "in each row in the first 40 rows, so they look like ids;" in err


def test_what_has_a_role_is_not_named(run, table, tmp_path):
    """Categories by their numbers in an array, in the file's count; and columns typed as features."""
    np.save(tmp_path / "t.npy", np.column_stack([NUMBER + 1, DECIMALS, NUMBER % 3, NUMBER % 2]))
    words = ["fit", tmp_path / "t.npy", "-o", tmp_path / "m.diabolo", "-e", "1", "-k", "1"]
    _, _, err = run(*words)
    assert "note: 0 counts up" in err
    assert "note: 7, 8 hold few different" in err
    for typed in (["--categories", "7,8"], ["--categories=-2", "--labels=-1"], ["--categories=-1,7"]):
        status, _, err = run(*words, "--keep", "0", *typed)
        assert (status, "note: " in err) == (0, False), err
    status, _, err = run(*words, "--categories", "7")
    assert "note: 8 holds few different" in err
    assert "note: 7" not in err
    words = ["fit", table, "-o", tmp_path / "m.diabolo", "-e", "1", "-k", "1", "--columns", "a,b,my id,sex"]
    assert "look" not in run(*words)[2]


@pytest.mark.parametrize("verb", [["fit"], ["detect", "fit"]])
def test_categories_of_an_array_are_counted_in_the_file(run, tmp_path, verb):
    np.save(tmp_path / "t.npy", np.column_stack([NUMBER**2, DECIMALS, NUMBER % 3]))
    words = [*verb, tmp_path / "t.npy", "-o", tmp_path / "m.diabolo", "-q", "--keep", "0"]
    for number in ("7", "-1"):
        assert run(*words, f"--categories={number}")[0] == 0
        assert diabolo.load(tmp_path / "m.diabolo").categories_.places == (6,)
    for number, said in (("0", "is a column of"), ("8", "has 8 columns, numbered 0 to 7, so --categories 8")):
        status, _, err = run(*words, "--categories", number)
        assert (status, said in err) == (1, True), err


def test_dates_written_as_numbers_are_named(run, table, tmp_path):
    frame = pd.read_csv(table).drop(columns=["my id", "plate", "sex", "stage"]).assign(day=DAYS[::-1])
    frame.to_csv(tmp_path / "d.csv", index=False)
    words = ["fit", tmp_path / "d.csv", "-o", tmp_path / "m.diabolo", "-e", "1", "--scale", "standard"]
    said = (
        "note: each number in 'day' reads as a date, such as 20240501; to carry it along instead of learning "
        "from it, type --keep day\n"
    )
    assert said in run(*words)[2]
    status, _, err = run(*words, "--keep", "day")
    assert (status, "as a date" in err) == (0, False)
    words = ["detect", "fit", tmp_path / "d.csv", "--window", "6", "-o", tmp_path / "m.diabolo"]
    assert "type --keep day, or --time day if it says when a point was taken\n" in run(*words)[2]


def test_codes_that_begin_with_0_are_named_once(run, tmp_path):
    frame = pd.DataFrame(DECIMALS, columns=list("abcdef")).assign(zip=NUMBER[::-1] // 2 * 37 + 123)
    frame["zip"] = frame["zip"].map("{:05d}".format)
    frame.to_csv(tmp_path / "z.csv", index=False)
    words = ["fit", tmp_path / "z.csv", "-o", tmp_path / "m.diabolo", "-e", "1", "--scale", "standard"]
    said = "begin with 0, such as '01196' in line 2, as codes do; to carry it along as text, say --keep zip\n"
    assert said in run(*words)[2]
    assert (
        "as codes do"
        not in run("encode", tmp_path / "m.diabolo", tmp_path / "z.csv", "-o", tmp_path / "c.csv")[2]
    )
    for typed in (["--keep", "zip"], ["--drop", "zip"], ["--columns", "a,b,zip"]):
        status, _, err = run(*words, *typed)
        assert (status, "as codes do" in err) == (0, False)
