# ruff: noqa: E501 - error messages are shown whole, one a line
"""A table's columns held against those of a model: by their names, in whatever order."""

import csv

import h5py
import numpy as np
import pandas as pd
import pytest


@pytest.fixture
def frame(files):
    return pd.read_csv(files.table, dtype={"kind": str})


def written(frame, path):
    frame.to_csv(path, index=False, quoting=csv.QUOTE_MINIMAL) if path.suffix == ".csv" else frame.to_parquet(
        path
    )
    return path


NOTE = "has the model's columns in another order; they were taken by their names"


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
@pytest.mark.parametrize("verb", ["encode", "reconstruct"])
def test_columns_are_taken_by_their_names(run, files, frame, tmp_path, suffix, verb):
    table = written(frame[["z", "kind", "w", "y", "x"]], tmp_path / f"t{suffix}")
    words = ["--labels", "kind", "-o"]
    assert run(verb, files.model, files.table, *words, tmp_path / "a.csv")[0] == 0
    status, _, err = run(verb, files.model, table, *words, tmp_path / "b.csv")
    assert status == 0
    assert f"note: {table} {NOTE}\n" in err
    assert (tmp_path / "a.csv").read_text() == (tmp_path / "b.csv").read_text()


def test_so_are_those_of_codes(run, files, tmp_path):
    codes = pd.read_csv(files.codes, dtype={"kind": str})
    table = written(codes[["kind", "autoencoder1", "autoencoder0"]], tmp_path / "codes.csv")
    assert run("decode", files.model, files.codes, "--labels", "kind", "-o", tmp_path / "a.csv")[0] == 0
    status, _, err = run("decode", files.model, table, "--labels", "kind", "-o", tmp_path / "b.csv")
    assert (status, f"note: {table} {NOTE}\n" in err) == (0, True)
    assert (tmp_path / "a.csv").read_text() == (tmp_path / "b.csv").read_text()


def test_so_are_those_of_a_detector(run, iris, tmp_path):
    frame = pd.read_csv(iris.table)
    table = written(frame[frame.columns[::-1]], tmp_path / "t.csv")
    for place, out in ((iris.table, "a.csv"), (table, "b.csv")):
        status, _, err = run("detect", "score", iris.model, place, *iris.typed, "-o", tmp_path / out)
        assert status == 0
        assert (NOTE in err) == (place == table)
    assert (tmp_path / "a.csv").read_text() == (tmp_path / "b.csv").read_text()
    evaluated = [
        run("detect", "evaluate", iris.model, place, *iris.typed)[1] for place in (iris.table, table)
    ]
    assert evaluated[0] == evaluated[1].replace(str(table), str(iris.table))


def test_so_are_the_channels_of_a_series(run, tmp_path):
    random = np.random.default_rng(0)
    rows = pd.DataFrame(random.normal(size=(80, 2)).cumsum(axis=0).round(3), columns=["heat", "flow"])
    tables = [
        written(rows[list(names)], tmp_path / f"{names[0]}.csv")
        for names in (["heat", "flow"], ["flow", "heat"])
    ]
    model = tmp_path / "m.diabolo"
    assert run("detect", "fit", tables[0], "--window", "8", "-o", model, "-q")[0] == 0
    for table, out in zip(tables, ("a.csv", "b.csv"), strict=True):
        assert run("detect", "score", model, table, "-o", tmp_path / out)[0] == 0
    assert (tmp_path / "a.csv").read_text() == (tmp_path / "b.csv").read_text()


def test_so_are_those_of_an_array_with_names(run, wide, tmp_path):
    turned = wide.written(tmp_path / "t.h5", data=wide.rows[:, ::-1], feature_names=wide.names[::-1])
    for table, out in ((wide.table, "a.npy"), (turned, "b.npy")):
        assert run("encode", wide.model, table, "-o", tmp_path / out)[0] == 0
    np.testing.assert_array_equal(np.load(tmp_path / "a.npy"), np.load(tmp_path / "b.npy"))


@pytest.mark.parametrize(
    ("change", "typed", "said"),
    [
        (
            {"my id": "s", "n": 1, "a, b": 2.5},
            ["--labels", "kind"],
            "has the column 'my id' of text, and the columns 'n', 'a, b', that the model was not trained on; type "
            """--keep 'my id,n,"a, b"' to carry them along, or --drop 'my id,n,"a, b"' to leave them unread; all """
            "of it: diabolo encode ",
        ),
        (
            {"n": 1},
            ["--labels", "kind"],
            "has the column 'n' that the model was not trained on; type --keep n to carry it along, or --drop n to "
            "leave it unread.\n",
        ),
        (
            {"w": "s"},
            ["--labels", "kind"],
            "has text in the column 'w', where the model was trained on numbers;",
        ),
        (
            {},
            ["--labels", "kind", "--keep", "w,z"],
            "lacks the columns 'w', 'z' that the model was trained on, since they are carried along; leave them out "
            "of --keep and --labels.\n",
        ),
        (
            {},
            ["--columns", "w,x"],
            "lacks the columns 'y', 'z' that the model was trained on; give the rows the columns of the training "
            "data, under the same names.\n",
        ),
    ],
)
def test_what_is_said_of_other_columns(run, files, frame, tmp_path, change, typed, said):
    table = written(frame.assign(**change), tmp_path / "t.csv")
    status, out, err = run("encode", files.model, table, *typed, "-o", tmp_path / "c.csv")
    assert (status, out) == (1, "")
    assert said in err


def test_all_columns_that_are_missing_are_named(run, wide, tmp_path):
    table = tmp_path / "t.csv"
    table.write_text("site3,q\n1,2\n3,4\n")
    _, _, err = run("encode", wide.model, table, "-o", tmp_path / "c.csv")
    assert (
        "lacks the columns 'site0', 'site1', 'site2', 'site4', 'site5' that the model was trained on and "
        in err
    )
    assert "has the column 'q' instead" in err


def test_what_the_sentence_says_works(run, files, frame, tmp_path):
    table = written(frame.assign(**{"my id": "s", "a, b": 2.5}), tmp_path / "t.csv")
    words = ["encode", files.model, table, "--labels", "kind", "-o", tmp_path / "c.csv"]
    assert run(*words, "--keep", 'my id,"a, b"')[0] == 0
    assert run(*words, "--drop", "my id", "--keep", '"a, b"')[0] == 0
    assert run(*words, "--drop", "my id", "--drop", '"a, b"')[0] == 0
    assert pd.read_csv(tmp_path / "c.csv").columns.tolist() == ["autoencoder0", "autoencoder1", "kind"]


def test_a_name_with_a_comma_that_was_not_quoted(run, files, frame, tmp_path):
    table = written(frame.assign(**{"a, b": 2.5}), tmp_path / "t.csv")
    words = ["encode", files.model, table, "--labels", "kind", "-o", tmp_path / "c.csv"]
    status, _, err = run(*words, "--keep", "a, b")
    assert (status, err.endswith("""Did you mean --keep '"a, b"'?\n""")) == (1, True)


def test_features_of_an_array_can_only_be_dropped(run, wide, tmp_path):
    rows, names = np.column_stack([wide.rows, wide.age]), [*wide.names, "extra"]
    table = wide.written(tmp_path / "t.h5", data=rows, feature_names=names)
    words = ["encode", wide.model, table, "-o", tmp_path / "c.csv"]
    status, _, err = run(*words)
    assert status == 1
    assert (
        "has the column 'extra' that the model was not trained on; type --drop extra to leave it unread."
        in err
    )
    assert run(*words, "--drop", "extra")[0] == 0


def test_too_many_to_be_typed(run, wide, tmp_path):
    with h5py.File(tmp_path / "t.h5", "w") as file:
        file["data"], file["feature_names"] = np.ones((3, 60)), [*wide.names, *(f"n{n}" for n in range(54))]
    _, _, err = run("encode", wide.model, tmp_path / "t.h5", "-o", tmp_path / "c.csv")
    assert "'n4' and 49 more that the model was not trained on; take them out of the file." in err
