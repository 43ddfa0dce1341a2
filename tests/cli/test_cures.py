"""Commands that are printed in the place of one that cannot be done run as they stand."""

import shlex

import h5py
import numpy as np
import pandas as pd
import pytest

import diabolo

RANDOM = np.random.default_rng(1)
ROWS = (RANDOM.normal(size=(40, 2)) @ RANDOM.normal(size=(2, 4))).round(3)
QUICK = ["--hidden", "4", "--epochs", "2", "--components", "2", "-q"]
VERBS = [
    ["groups", "MODEL", "DATA", "--number", "2", "-o", "out.csv"],
    ["encode", "MODEL", "DATA", "-o", "out.csv"],
    ["reconstruct", "MODEL", "DATA", "-o", "out.csv"],
    ["inspect", "MODEL", "DATA", "--row", "3"],
    ["plot", "reconstructions", "MODEL", "DATA", "-o", "out.png"],
]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with rows under a name with a blank, whole and with a gap, and a model of the whole ones."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(rows, name):
    """Write rows, in some formats with an id of text and a note."""
    frame = pd.DataFrame(rows, columns=list("abcd"))
    if name.endswith(".npy"):
        np.save(name, rows)
        return []
    frame.insert(0, "my id", [f"p{n}" for n in range(len(rows))])
    if name.endswith(".parquet"):
        frame.to_parquet(name)
    else:
        frame.to_csv(name, index=False, sep=";" if ".csv.gz" in name else ",")
    return ["--keep", "my id"]


def with_gap():
    rows = ROWS.copy()
    rows[3, 1] = np.nan
    return rows


@pytest.mark.parametrize("words", VERBS, ids=lambda words: words[0])
def test_missing_cells_are_filled_first(run, folder, words):
    keep = written(ROWS, "whole.csv")
    written(with_gap(), "my gap.csv")
    assert run("fit", "whole.csv", "-o", "m.diabolo", *keep, *QUICK)[0] == 0

    def typed(data, model="m.diabolo"):
        return [{"MODEL": model, "DATA": data}.get(word, word) for word in words]

    status, _, err = run(*typed("my gap.csv"), *keep)
    assert status == 1
    assert "Fill it, or fit with --missing mean or --missing mask; to fill all of them, " in err
    line = err.rpartition("in a new file, type: ")[2]
    assert shlex.split(line) == shlex.split("diabolo clean 'my gap.csv' --keep 'my id' -o 'my gap-clean.csv'")
    assert run(*shlex.split(line)[1:])[0] == 0
    assert run(*typed("my gap-clean.csv"), *keep)[0] == 0
    assert run("fit", "whole.csv", "-o", "mean.diabolo", *keep, *QUICK, "--missing", "mean")[0] == 0
    assert run(*typed("my gap.csv", "mean.diabolo"), *keep)[0] == 0


@pytest.mark.parametrize(
    ("name", "clean"),
    [("gap.npy", "gap-clean.npy"), ("gap.parquet", "gap-clean.parquet"), ("gap.csv.gz", "gap-clean.csv")],
)
def test_in_a_file_of_the_same_kind(run, folder, name, clean):
    keep = written(ROWS, f"whole-{name}")
    written(with_gap(), name)
    assert run("fit", f"whole-{name}", "-o", "m.diabolo", *keep, *QUICK)[0] == 0
    _, _, err = run("encode", "m.diabolo", name, *keep, "-o", "codes.csv")
    line = shlex.split(err.rpartition("in a new file, type: ")[2])
    assert line[-1] == clean
    assert run(*line[1:])[0] == 0
    assert run("encode", "m.diabolo", clean, *keep, "-o", "codes.csv")[0] == 0


def test_a_table_with_categories_is_cleaned_first(run, folder):
    frame = pd.DataFrame(with_gap(), columns=list("abcd")).assign(kind=["x", "y"] * 20)
    frame.dropna().to_csv("whole.csv", index=False)
    frame.to_csv("gap.csv", index=False)
    assert run("fit", "whole.csv", "--categories", "kind", "-o", "m.diabolo", *QUICK)[0] == 0
    status, _, err = run("encode", "m.diabolo", "gap.csv", "-o", "codes.csv")
    assert status == 1
    line = shlex.split(err.rpartition("in a new file, type: ")[2])
    assert run(*line[1:])[0] == 0
    assert run("encode", "m.diabolo", line[-1], "-o", "codes.csv")[0] == 0


def test_where_no_line_would_do(run, folder, monkeypatch):
    """Of standard input, and where the verb itself can be told."""
    frame = pd.DataFrame(with_gap(), columns=list("abcd")).assign(kind=["x", "y"] * 20)
    frame.dropna().to_csv("whole.csv", index=False)
    frame.to_csv("gap.csv", index=False)
    assert run("detect", "fit", "whole.csv", "--keep", "kind", "-o", "d.diabolo", "-q")[0] == 0
    status, _, err = run("detect", "score", "d.diabolo", "gap.csv", "--keep", "kind", "-o", "s.csv")
    assert (status, err.endswith("or set --missing mean or --missing mask.\n")) == (1, True)


@pytest.mark.parametrize(
    ("data", "typed"),
    [
        ("by columns.h5", ["--dataset", "flat", "--labels", "site"]),
        ("by columns.h5::flat", ["--drop", "f0"]),
        ("by columns.h5", ["--dataset", "flipped", "--transposed", "--keep", "my id"]),
        ("by columns.h5", ["--dataset", "flat", "--keep", "my id", "--categories", "site"]),
        ("by columns.npy", []),
        ("by columns.npy", ["--labels", "-1"]),
    ],
)
def test_a_file_that_is_slow_to_read_is_rewritten(run, folder, monkeypatch, data, typed):
    rows = RANDOM.normal(size=(60, 30)).astype(np.float32)
    np.save("by columns.npy", np.asfortranarray(rows))
    with h5py.File("by columns.h5", "w") as file:
        file.create_dataset("flat", data=rows, chunks=(60, 1), compression="gzip")
        file.create_dataset("flipped", data=rows.T, chunks=(1, 60), compression="gzip")
        file["feature_names"] = [f"f{n}" for n in range(30)]
        file["my id"], file["site"] = [f"p{n}" for n in range(60)], ["x", "y"] * 30
    # As if memory and pages were smaller: two rows are read at a time.
    monkeypatch.setattr("diabolo.data.rechunk._CELLS", 60)
    quick = ["--hidden", "4", "--epochs", "1", "--components", "2", "-o", "m.diabolo"]
    status, _, err = run("fit", data, *typed, *quick)
    assert status == 0
    (note,) = (line for line in err.splitlines() if "stored in blocks" in line)
    line = shlex.split(note.partition("to rewrite it by rows once, type: ")[2])
    assert line[:2] + line[-2:] == ["diabolo", "rechunk", "-o", "by columns-rows.h5"]
    assert run(*line[1:])[0] == 0
    with diabolo.open("by columns-rows.h5") as source:
        np.testing.assert_array_equal(source[:], rows[:, :-1] if "-1" in typed else rows)
        assert set(source.carried) >= {name for name in ("my id", "site") if name in typed}


def test_a_verb_without_the_flag_does_not_name_it_as_its_own(run, folder):
    written(ROWS, "whole.csv")
    written(with_gap(), "gap.csv")
    keep = ["--keep", "my id"]
    assert run("detect", "fit", "whole.csv", "-o", "d.diabolo", "-q", *keep)[0] == 0
    status, _, err = run("inspect", "d.diabolo", "gap.csv", "--row", "3", *keep)
    assert status == 1
    assert (
        "Fill it, or fit with --missing mean or --missing mask; to fill all of them, in a new file, type: "
        in err
    )
    status, _, err = run("detect", "score", "d.diabolo", "gap.csv", "-o", "s.csv", *keep)
    assert (status, "Fill it, or set --missing mean or --missing mask" in err) == (1, True)
