# ruff: noqa: E501 - error messages are shown whole, one a line
"""Rows held out by ``diabolo fit``: nothing is learned from them."""

import json

import numpy as np
import pandas as pd
import pytest

import diabolo
from diabolo.data.hold_out import HoldOut


@pytest.fixture
def model(tmp_path):
    return tmp_path / "m.diabolo"


def test_people_are_held_out_of_everything(run, wide, tmp_path, model):
    """Whatever stands in their rows, the model is the same but for what is measured."""
    held = HoldOut(10, "person")
    training, held_out = held.split(40, wide.person)
    assert not set(wide.person[training]) & set(wide.person[held_out])
    rows, age = wide.rows.copy(), wide.age.copy()
    rows[held_out], age[held_out] = 50 * rows[held_out], -1000.0
    spoilt = wide.written(tmp_path / "spoilt.h5", data=rows, age=age)
    words = [*wide.typed, "-o", model, *wide.quick, "--scale", "standard"]
    found = []
    for table in (wide.table, spoilt):
        assert run("fit", table, *words)[0] == 0
        found.append(diabolo.load(model))
        del found[-1].feature_names_in_
    one, other = found
    assert one.hold_out_ == held
    np.testing.assert_array_equal(one.transform(wide.rows), other.transform(wide.rows))
    np.testing.assert_array_equal(one.scaler_.offset, other.scaler_.offset)
    np.testing.assert_allclose(one.scaler_.offset, wide.rows[training].mean(axis=0, dtype=float), rtol=1e-9)
    assert one.history_["loss"] == other.history_["loss"]


def test_what_is_said_of_held_out_rows_is_measured_on_them(run, wide, model):
    words = [*wide.typed, "-o", model, "--hidden", "4", "--epochs", "2"]
    figures = json.loads(run("fit", wide.table, *words, "--json")[1])["held_out"]
    loaded = diabolo.load(model)
    del loaded.feature_names_in_
    _, held_out = loaded.hold_out_.split(40, wide.person)
    assert figures["held_out_rows"] == len(held_out)
    rows = wide.rows[held_out]
    error = np.abs(loaded.reconstruct(rows).astype(float) - rows).mean()
    assert figures["held_out_absolute_error"] == pytest.approx(error, rel=1e-5)
    miss = np.abs(loaded.predict(rows) - wide.age[held_out]).mean()
    assert figures["held_out_prediction_error"] == pytest.approx(miss, rel=1e-5)
    said = " ".join(run("fit", wide.table, *words)[1].split())
    assert f"held out rows {len(held_out)}" in said
    assert f"held out prediction error {miss:.6g}"[:30] in said
    assert f"{40 - len(held_out)} of 6 numbers" in said


def test_classes_are_counted(run, wide, tmp_path, model):
    kind = np.where(wide.age > 50, "old", "young")
    table = wide.written(tmp_path / "kinds.h5", kind=kind.tolist())
    words = ["--target", "kind", "--supervision-weight", "1", "--hold-out", "0.25", "-o", model, "--json"]
    figures = json.loads(run("fit", table, *words, "--hidden", "4", "--epochs", "2")[1])["held_out"]
    loaded = diabolo.load(model)
    del loaded.feature_names_in_
    _, held_out = HoldOut(0.25).split(40)
    assert figures["held_out_rows"] == 10 == len(held_out)
    assert figures["held_out_accuracy"] == np.mean(loaded.predict(wide.rows[held_out]) == kind[held_out])


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (["--hold-out", "8"], HoldOut(8)),
        (["--hold-out", "0.2"], HoldOut(0.2)),
        (["--hold-out", "8", "--hold-out-ordered"], HoldOut(8, shuffle=False)),
        (["--hold-out", "8", "--seed", "3"], HoldOut(8, seed=3)),
        (["--hold-out", "8", "--hold-out-by", "person"], HoldOut(8, "person")),
        (["--hold-out", "ROWS"], HoldOut((3, 1, 39))),
    ],
)
def test_how_they_are_chosen_is_in_the_model(run, wide, tmp_path, model, typed, expected):
    (tmp_path / "rows.txt").write_text("3\n1\n\n39\n")
    typed = [str(tmp_path / "rows.txt") if word == "ROWS" else word for word in typed]
    words = ["fit", wide.table, *typed, "-o", model, "--hidden", "4", "--epochs", "1"]
    figures = json.loads(run(*words, "--json")[1])
    assert diabolo.load(model).hold_out_ == expected
    groups = wide.person if expected.groups else None
    assert figures["held_out"]["held_out_rows"] == len(expected.split(40, groups)[1])
    assert figures["rows"] == 40 - figures["held_out"]["held_out_rows"]


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_in_a_table_of_columns_the_one_to_hold_out_by_is_no_feature(run, wide, tmp_path, model, suffix):
    """Though it holds numbers; further columns of that kind are named with --keep."""
    frame = pd.DataFrame(wide.rows, columns=wide.names)
    frame = frame.assign(age=wide.age, person=np.arange(40) // 3, plate=np.arange(40) % 7)
    table = tmp_path / f"wide{suffix}"
    frame.to_csv(table, index=False) if suffix == ".csv" else frame.to_parquet(table)
    held = HoldOut(10, "person")
    _, held_out = held.split(40, frame["person"])
    words = [*wide.typed, "--keep", "plate"]
    assert run("fit", table, *words, "-o", model, *wide.quick)[0] == 0
    loaded = diabolo.load(model)
    assert (loaded.hold_out_, loaded.n_features_in_) == (held, 6)
    codes = tmp_path / "codes.csv"
    carried = ["--labels", "age", "--keep", "plate"]
    status, _, err = run("encode", model, table, *carried, "--split", "-o", codes)
    assert status == 0, err
    written = pd.read_csv(tmp_path / "codes-held-out.csv")
    assert written.columns[-3] == "age"
    assert set(written.columns[-2:]) == {"plate", "person"}
    for name in ("age", "plate", "person"):
        np.testing.assert_allclose(written[name], frame[name].to_numpy()[held_out])
    screened = tmp_path / "screened.csv"
    choice = ["--target", "age", "--top", "2", "--hold-out", "10", "--hold-out-by", "person"]
    assert run("screen", table, *choice, "--keep", "plate", "-o", screened)[0] == 0
    kept = pd.read_csv(screened).columns.tolist()
    assert len(kept) == 5
    assert {"age", "plate", "person"} < set(kept)
    swept = tmp_path / "swept.csv"
    sizes = ["--target", "age", "--components", "2", "--seeds", "1", "--hold-out-by", "person", "-e", "1"]
    assert run("sweep", table, *sizes, "--keep", "plate", "-o", swept)[0] == 0
    assert pd.read_csv(swept)["n_features"].tolist() == [6]
    status, _, err = run("encode", model, table, "--labels", "age", "-o", codes)
    assert status == 1
    assert "type --keep person,plate to carry them along" in " ".join(err.split())


def test_without_it_nothing_is_said(run, wide, model):
    record = json.loads(run("fit", wide.table, "-o", model, "--hidden", "4", "-e", "1", "--json")[1])
    assert record["held_out"] is None
    assert not hasattr(diabolo.load(model), "hold_out_")


@pytest.mark.parametrize(
    ("typed", "status", "said"),
    [
        (["--hold-out", "many"], 2, "--hold-out 'many' is not possible; give a number of rows, a share above 0 and below 1, or a file with a row number on each line."),
        (["--hold-out", "-3"], 2, "--hold-out '-3' is not possible"),
        (["--hold-out", "1.5"], 2, "--hold-out '1.5' is not possible"),
        (["--hold-out", "nan"], 2, "--hold-out 'nan' is not possible"),
        (["--hold-out-ordered"], 2, "--hold-out-ordered says which rows to hold out, but not how many; add --hold-out 0.2."),
        (["--hold-out-by", "person"], 2, "--hold-out-by says which rows to hold out, but not how many; add --hold-out 0.2."),
        (["--hold-out", "ROWS"], 2, "a line is no row number"),
        (["--hold-out", "3", "--hold-out-by", "persn"], 2, "carries no column 'persn' to hold out by; it carries 'age', 'person'. Did you mean 'person'?"),
        (["--hold-out", "40"], 1, "takes all of the 40 rows, and none is left to train on; hold out fewer."),
    ],
)  # fmt: skip
def test_what_cannot_be_held_out(run, wide, tmp_path, model, typed, status, said):
    (tmp_path / "rows.txt").write_text("3\nfour\n")
    typed = [str(tmp_path / "rows.txt") if word == "ROWS" else word for word in typed]
    found, out, err = run("fit", wide.table, *typed, "-o", model)
    assert (found, out) == (status, "")
    assert said in " ".join(err.split())
    assert not model.exists()
