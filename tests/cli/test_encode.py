"""``diabolo encode``."""

import csv
import json

import numpy as np
import pytest

import diabolo
from diabolo import open as open_table


def table_with(files, path, names, columns):
    """Write a table like the session's with other columns."""
    with files.table.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.reader(handle))[1:]
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        if names:
            writer.writerow(names)
        writer.writerows([[row[column] for column in columns] for row in rows])
    return path


def test_codes_are_the_estimators(run, files, tmp_path):
    codes = tmp_path / "codes.csv"
    status, out, err = run("encode", files.model, files.table, "--labels", "kind", "-o", codes)
    assert (status, err) == (0, "")
    assert out.startswith(f"30 codes of 2 numbers written to {codes}, with the column 'kind'\n")
    table = open_table(codes, target="kind")
    assert table.feature_names == ("autoencoder0", "autoencoder1")
    rows = open_table(files.table, target="kind")[:]
    model = diabolo.load(files.model)
    del model.feature_names_in_
    assert np.array_equal(table[:].astype(np.float32), model.transform(rows))


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".npz"])
def test_labels_are_carried_byte_for_byte(run, files, tmp_path, suffix):
    codes = tmp_path / f"codes{suffix}"
    assert run("encode", files.model, files.table, "--labels", "kind", "-o", codes)[0] == 0
    if suffix == ".npz":
        found = np.load(codes)["kind"].tolist()
    else:
        mark = "\t" if suffix == ".tsv" else ","
        with codes.open(encoding="utf-8", newline="") as handle:
            found = [row[-1] for row in csv.reader(handle, delimiter=mark)][1:]
    assert found == files.labels


def test_labels_of_an_archive(run, files, tmp_path):
    codes = tmp_path / "codes.csv"
    status, _, err = run("encode", files.model, files.archive, "--labels", "kind", "-o", codes)
    assert status == 0
    assert "has no column names, so its columns were taken in the order of the training data" in err
    assert list(open_table(codes, target="kind").carried["kind"]) == files.labels


def test_an_array_cannot_carry_labels_and_says_so(run, files, tmp_path):
    codes = tmp_path / "codes.npy"
    status, _, err = run("encode", files.model, files.table, "--labels", "kind", "-o", codes)
    assert status == 0
    assert err == f"note: {codes} holds numbers only, so 'kind' is left out; .csv and .npz carry it\n"
    assert np.load(codes).shape == (30, 2)


def test_json(run, files, tmp_path):
    words = ["encode", files.model, files.table, "--labels", "kind", "-o", tmp_path / "c.csv", "--json"]
    record = json.loads(run(*words)[1])
    assert record["rows"] == 30
    assert record["columns"] == ["autoencoder0", "autoencoder1"]
    assert record["carried"] == ["kind"]
    assert record["header_found"] is True


@pytest.mark.parametrize(
    ("names", "columns", "said"),
    [
        (
            ["w", "x", "y", "z", "my id"],
            [0, 1, 2, 3, 0],
            "has the column 'my id' that the model was not trained on; type --keep 'my id' to carry",
        ),
        (
            ["w", "x", "y", "z", "a", "b"],
            [0, 1, 2, 3, 0, 0],
            "has the columns 'a', 'b' that the model was not trained on; type --keep a,b to carry",
        ),
        (["w", "x", "y"], [0, 1, 2], "lacks the column 'z' that the model was trained on;"),
        (
            ["w", "x", "y", "q"],
            [0, 1, 2, 3],
            "lacks the column 'z' that the model was trained on and has the column 'q' instead;",
        ),
        (
            None,
            [0, 1, 2, 3, 0],
            "has 5 columns and the model was trained on 4; if one of them is a label, say which",
        ),
        (
            None,
            [0, 1],
            "has 2 columns and the model was trained on 4; give the file that belongs to the model",
        ),
    ],
)
def test_columns_that_differ_from_the_models(run, files, tmp_path, names, columns, said):
    table = table_with(files, tmp_path / "t.csv", names, columns)
    status, out, err = run("encode", files.model, table, "-o", tmp_path / "c.csv")
    assert (status, out) == (1, "")
    assert f"diabolo: {table} " in err
    assert said in err
    assert not (tmp_path / "c.csv").exists()


def test_the_label_column_forgotten(run, files, tmp_path):
    table = tmp_path / "t.csv"
    table.write_text("w,x,y,z,kind\n1,2,3,4,ant\n1,2,3,4,bee\n")
    status, _, err = run("encode", files.model, table, "-o", tmp_path / "c.csv")
    assert status == 1
    assert "carry it along with --keep kind, or leave it unread with --drop kind; all of it" in err


def test_a_label_column_by_its_number(run, files, tmp_path):
    table = table_with(files, tmp_path / "t.csv", None, [4, 0, 1, 2, 3])
    assert run("encode", files.model, table, "--labels", "0", "-o", tmp_path / "c.csv")[0] == 0
    assert open_table(tmp_path / "c.csv", target="label").carried["label"].tolist() == files.labels


def test_the_next_command(run, files, tmp_path):
    codes = tmp_path / "c.csv"
    _, out, _ = run("encode", files.model, files.table, "--labels", "kind", "-o", codes)
    command = out.splitlines()[-1].split()
    assert command[0] == "diabolo"
    assert run(*command[1:])[0] == 0
    assert (tmp_path / "c.png").read_bytes().startswith(b"\x89PNG")
