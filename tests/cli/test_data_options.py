"""``diabolo fit`` on tables of every kind, whole and damaged."""

import csv
import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import zarr

import diabolo

GUIDED = ["--target", "age", "--supervision-weight", "1"]


@pytest.fixture
def model(tmp_path):
    return tmp_path / "m.diabolo"


def in_memory(wide, **settings):
    parameters = {"hidden_layer_sizes": (4,), "max_epochs": 2, "random_state": 0, **settings}
    return diabolo.Autoencoder(**parameters)


def written(wide, folder, suffix):
    """Write the rows in another format, the ages where the format has a place for them."""
    path = folder / f"wide{suffix}"
    frame = pd.DataFrame(wide.rows, columns=wide.names).assign(age=wide.age)
    if suffix == ".zarr":
        group = zarr.open_group(path, mode="w")
        group.create_array("data", data=wide.rows)
        group.create_array("age", data=wide.age)
    elif suffix == ".parquet":
        frame.to_parquet(path)
    elif suffix == ".csv":
        frame.to_csv(path, index=False)
    elif suffix == ".npz":
        np.savez(path, X=wide.rows, age=wide.age)
    else:
        wide.written(path)
    return path


@pytest.mark.parametrize("suffix", [".h5", ".zarr", ".parquet", ".npz", ".csv"])
def test_whatever_the_file_the_model_is_that_of_the_rows(run, wide, tmp_path, model, suffix):
    path = written(wide, tmp_path, suffix)
    status, out, _ = run("fit", path, *GUIDED, "-o", model, "--hidden", "4", "--epochs", "2")
    assert status == 0
    assert f"40 of 6 numbers from {path}, column 'age' to be predicted" in out
    loaded = diabolo.load(model)
    if suffix in (".h5", ".parquet", ".csv"):
        assert loaded.feature_names_in_.tolist() == wide.names
        del loaded.feature_names_in_
    expected = in_memory(wide, supervision_weight=1.0).fit(wide.rows, wide.age)
    np.testing.assert_allclose(loaded.transform(wide.rows), expected.transform(wide.rows), atol=1e-5)
    np.testing.assert_allclose(loaded.predict(wide.rows), expected.predict(wide.rows), rtol=1e-4)


def test_several_files_as_one_and_features_first(run, wide, tmp_path, model):
    for part, rows in enumerate(np.split(wide.rows, 4)):
        np.save(tmp_path / f"part-{part}.npy", rows)
    np.save(tmp_path / "flipped.npy", wide.rows.T)
    words = ["-o", model, "--hidden", "4", "--epochs", "2", "-q"]
    expected = in_memory(wide).fit(wide.rows).transform(wide.rows)
    assert run("fit", f"{tmp_path}/part-*.npy", *words)[0] == 0
    np.testing.assert_allclose(diabolo.load(model).transform(wide.rows), expected, atol=1e-6)
    assert run("fit", tmp_path / "flipped.npy", "--transposed", *words)[0] == 0
    np.testing.assert_allclose(diabolo.load(model).transform(wide.rows), expected, atol=1e-6)


# What a file may be like


def said_of(run, table, model, *typed):
    status, out, err = run("fit", table, *typed, "-o", model, "--hidden", "4", "-e", "1")
    assert (status != 0, out) == (True, "")
    lines = [line for line in err.splitlines() if not line.startswith("memory: ")]
    assert len(lines) == 1, err
    assert not model.exists()
    return lines[0]


def test_a_dataset_of_another_name(run, wide, tmp_path, model):
    named = wide.written(tmp_path / "a.h5", data=None, beta=wide.rows, mvalues=wide.rows + 1)
    assert "it has 'beta' of shape (40, 6), 'mvalues' of shape (40, 6)." in said_of(run, named, model)
    said = said_of(run, named, model, "--dataset", "betas")
    assert "'betas'" in said
    assert "'beta'" in said
    assert run("fit", named, "--dataset", "beta", "-o", model, "--hidden", "4", "-e", "1")[0] == 0
    assert run("fit", f"{named}::mvalues", "-o", model, "--hidden", "4", "-e", "1")[0] == 0


def test_a_file_cut_short(run, wide, tmp_path, model):
    whole = wide.table.read_bytes()
    for share in (0.3, 0.9):
        cut = tmp_path / "cut.h5"
        cut.write_bytes(whole[: int(share * len(whole))])
        said = said_of(run, cut, model, "--target", "age", "--supervision-weight", "1")
        assert str(cut) in said
        assert "unexpected" not in said


def test_row_counts_that_differ(run, wide, tmp_path, model):
    short = wide.written(tmp_path / "short.h5", age=wide.age[:-1])
    said = said_of(run, short, model, *GUIDED)
    assert "39" in said
    assert "40" in said


@pytest.mark.parametrize("suffix", [".h5", ".zarr", ".parquet", ".npz", ".csv"])
def test_a_target_with_gaps(run, wide, tmp_path, model, suffix):
    age = wide.age.copy()
    age[[7, 8, 20]] = np.nan
    path = written(replace(wide, age=age), tmp_path, suffix)
    if suffix == ".h5":
        wide.written(path, age=age)
    words = ["fit", path, *GUIDED, "-o", model, "--hidden", "4", "--epochs", "2"]
    status, out, _ = run(*words)
    assert status == 0
    assert "labeled 37 of 40 rows" in [" ".join(line.split()) for line in out.splitlines()]
    assert json.loads(run(*words, "--json")[1])["labeled_rows"] == 37
    assert json.loads(run("inspect", model, "--json")[1])["labeled_rows"] == 37
    assert "guided by the target of 37 rows" in run("inspect", model)[1]
    loaded = diabolo.load(model)
    vars(loaded).pop("feature_names_in_", None)
    expected = in_memory(wide, supervision_weight=1.0).fit(wide.rows, age)
    np.testing.assert_allclose(loaded.predict(wide.rows), expected.predict(wide.rows), rtol=1e-4)


def test_classes_with_gaps(run, wide, tmp_path, model):
    kind = np.where(wide.age > 50, "old", "young").astype(object)
    kind[[3, 30]] = None
    frame = pd.DataFrame(wide.rows, columns=wide.names).assign(kind=kind)
    frame.to_csv(tmp_path / "t.csv", index=False)
    words = [
        "--target",
        "kind",
        "--supervision-weight",
        "1",
        "-o",
        model,
        "--hidden",
        "4",
        "-e",
        "2",
        "--json",
    ]
    (tmp_path / "rows.txt").write_text("3 8 9")
    words += ["--hold-out", tmp_path / "rows.txt"]
    figures = json.loads(run("fit", tmp_path / "t.csv", *words)[1])
    assert (figures["rows"], figures["labeled_rows"]) == (37, 36)
    loaded = diabolo.load(model)
    assert loaded.classes_.tolist() == ["old", "young"]
    del loaded.feature_names_in_
    right = (loaded.predict(wide.rows[8:10]) == kind[8:10]).mean()
    assert figures["held_out"]["held_out_accuracy"] == right
    assert figures["held_out"]["held_out_labeled_rows"] == 2


def test_a_target_of_gaps_alone(run, wide, tmp_path, model):
    gaps = wide.written(tmp_path / "gaps.h5", age=np.full(40, np.nan))
    said = said_of(run, gaps, model, *GUIDED)
    assert "has nothing to predict in any of the 40 rows that are read: the column 'age' is empty; " in said
    # Screening looks at whole columns alone.
    age = wide.age.copy()
    age[7] = np.nan
    gaps = wide.written(tmp_path / "gaps.h5", age=age)
    status, _, said = run("screen", gaps, "--target", "age", "-o", tmp_path / "kept.h5")
    assert status != 0
    assert "has nothing to predict in row 7 of the column 'age'; leave such rows out." in said


def test_held_out_rows_with_gaps(run, wide, tmp_path, model):
    age = wide.age.copy()
    age[7] = np.nan
    gaps = wide.written(tmp_path / "gaps.h5", age=age)
    # Among the rows held out it is not predicted, and is not measured.
    (tmp_path / "rows.txt").write_text("7 8 9")
    words = ["fit", gaps, *GUIDED, "--hold-out", tmp_path / "rows.txt", "-o", model, "--hidden", "4"]
    figures = json.loads(run(*words, "-e", "1", "--json")[1])
    assert figures["labeled_rows"] == 37
    figures = figures["held_out"]
    loaded = diabolo.load(model)
    del loaded.feature_names_in_
    expected = np.abs(loaded.predict(wide.rows[8:10]) - age[8:10]).mean()
    assert figures["held_out_prediction_error"] == pytest.approx(expected, rel=1e-5)
    assert (figures["held_out_rows"], figures["held_out_labeled_rows"]) == (3, 2)


@pytest.mark.parametrize("missing", [None, "mean", "mask"])
def test_missing_cells(run, wide, tmp_path, model, missing):
    rows = wide.rows.copy()
    rows[5, 2] = rows[6, 3] = np.nan
    rows[7] = np.nan
    gaps = wide.written(tmp_path / "gaps.h5", data=rows)
    if missing is None:
        said = said_of(run, gaps, model)
        assert "row 5, column 2 ('site2'), both counted from 0." in said
        assert "--missing mean" in said
        assert "8 cells are missing in all." in said
        return
    (tmp_path / "rows.txt").write_text("6 7")
    words = ["fit", gaps, "--missing", missing, "--hold-out", tmp_path / "rows.txt", "-o", model, "--json"]
    figures = json.loads(run(*words, "--hidden", "4", "-e", "1")[1])
    assert np.isfinite(figures["loss"])
    assert figures["held_out"]["held_out_rows"] == 2
    assert np.isfinite(figures["held_out"]["held_out_absolute_error"])
    np.testing.assert_allclose(
        diabolo.load(model).scaler_.fill,
        np.nanmean(np.delete(rows, [6, 7], 0), axis=0, dtype=float),
        rtol=1e-6,
    )
    for verb in ("encode", "reconstruct"):
        status, out, err = run(verb, model, gaps, "-o", tmp_path / "out.h5", "--json")
        assert status == 0, err
        with diabolo.open(tmp_path / "out.h5") as source:
            assert np.isfinite(source[:]).all()
    record = json.loads(out)
    assert np.isfinite(record["mean_squared_error"])
    assert np.isfinite(record["largest_error"])


def test_integers(run, wide, tmp_path, model):
    whole = np.rint(wide.rows * 10).astype(np.int16)
    table = wide.written(tmp_path / "whole.h5", data=whole)
    assert run("fit", table, "-o", model, "--hidden", "4", "--epochs", "2", "-q")[0] == 0
    loaded = diabolo.load(model)
    del loaded.feature_names_in_
    expected = in_memory(wide).fit(whole)
    np.testing.assert_allclose(loaded.transform(whole), expected.transform(whole), atol=1e-5)


def test_a_quoted_comma(run, wide, tmp_path, model):
    table = tmp_path / "t.csv"
    names = ['length, "mm"', "b\nc", *wide.names[2:]]
    with table.open("w", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow([*names, "who"])
        writer.writerows([*row, f"{who}, jr"] for row, who in zip(wide.rows, wide.person, strict=True))
    words = ["--labels", "who", "-o", model, "--hidden", "4", "--epochs", "1", "-q"]
    status, _, err = run("fit", table, *words, "--hold-out", "9", "--hold-out-by", "who")
    assert status == 0, err
    assert diabolo.load(model).feature_names_in_.tolist() == names
    assert run("encode", model, table, "--labels", "who", "--split", "-o", tmp_path / "c.csv")[0] == 0
    found = []
    for part in ("train", "held-out"):
        with (tmp_path / f"c-{part}.csv").open(newline="") as handle:
            found.append([row[-1] for row in csv.reader(handle)][1:])
    assert sorted(found[0] + found[1]) == sorted(f"{who}, jr" for who in wide.person)
    assert not set(found[0]) & set(found[1])


def test_too_little_memory_is_said_before_the_work(run, wide, model):
    said = said_of(run, wide.table, model, "--max-memory", "1MB")
    assert "--max-memory" in said
    assert "is too little for this fit" in said
    assert said.endswith("; screen the features first, or allow more.")


def test_the_plan_is_shown(run, wide, model):
    words = [
        "fit",
        wide.table,
        "-o",
        model,
        "--hidden",
        "4",
        "-e",
        "1",
        "--max-memory",
        "8GB",
        "--verbose",
        "1",
    ]
    status, out, err = run(*words)
    assert status == 0
    assert err.startswith("memory: ")
    assert "of 8.00 GB allowed (this process " in err
    assert "memory: " not in out
    assert "peak memory" in out


def test_a_badly_chunked_file_is_advised_against(run, wide, tmp_path, model, monkeypatch):
    import h5py

    from diabolo.data import rechunk as chunking

    with h5py.File(tmp_path / "columns.h5", "w") as file:
        file.create_dataset("data", data=wide.rows, chunks=(40, 1), compression="gzip")
    monkeypatch.setattr(chunking, "_CELLS", 6)
    _, _, err = run("fit", tmp_path / "columns.h5", "-o", model, "--hidden", "4", "-e", "1")
    assert f"diabolo rechunk {tmp_path / 'columns.h5'} -o {tmp_path / 'columns-rows.h5'}\n" in err
    assert "blocks of 40 rows x 1 columns" in err
