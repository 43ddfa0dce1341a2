"""``diabolo reconstruct``."""

import json

import numpy as np
import pytest

import diabolo
from diabolo import open as open_table


def test_rows_in_the_same_columns(run, files, tmp_path):
    rows = tmp_path / "rows.csv"
    status, out, _ = run("reconstruct", files.model, files.table, "--labels", "kind", "-o", rows)
    assert status == 0
    table = open_table(rows, target="kind")
    assert table.feature_names == ("w", "x", "y", "z")
    assert list(table.carried["kind"]) == files.labels
    assert out.startswith(
        f"30 rows of 4 numbers written to {rows}, with the column 'kind'\nmean squared error "
    )
    model = diabolo.load(files.model)
    del model.feature_names_in_
    worst = model.reconstruction_error(open_table(files.table, target="kind")[:]).argmax()
    assert out.endswith(f" in line {worst + 2} (kind {files.labels[worst]!r})\n")


def test_errors_are_the_estimators(run, files, tmp_path):
    rows = tmp_path / "rows.csv"
    words = ["reconstruct", files.model, files.table, "--labels", "kind", "-o", rows, "--errors", "--json"]
    record = json.loads(run(*words)[1])
    table = open_table(rows, target="kind")
    assert table.feature_names == ("w", "x", "y", "z", "reconstruction_error")
    model = diabolo.load(files.model)
    del model.feature_names_in_
    expected = model.reconstruction_error(open_table(files.table, target="kind")[:])
    assert table[:][:, -1] == pytest.approx(expected, rel=1e-5)
    assert record["mean_squared_error"] == pytest.approx(expected.mean())
    assert record["largest_error_row"] == expected.argmax()


def test_arrays(run, files, tmp_path):
    assert run("reconstruct", files.image_model, files.images, "--errors", "-o", tmp_path / "r.npy")[0] == 0
    assert np.load(tmp_path / "r.npy").shape == (12, 17)
    assert run("reconstruct", files.image_model, files.images, "-o", tmp_path / "r.csv")[0] == 0
    assert open_table(tmp_path / "r.csv").feature_names is None


@pytest.mark.parametrize("suffix", [".csv", ".npy", ".parquet"])
def test_time_stamps_keep_their_digits(run, tmp_path, suffix):
    random = np.random.default_rng(0)
    stamps = np.column_stack([1.7e9 + 60 * np.arange(100), random.normal(size=(100, 2))])
    np.save(tmp_path / "stamps.npy", stamps)
    model, rows, codes, back = (
        tmp_path / name for name in ("m.diabolo", f"r{suffix}", "c.npy", f"b{suffix}")
    )
    fit = ["fit", tmp_path / "stamps.npy", "--components", "3", "--scale", "standard", "--epochs", "1"]
    assert run(*fit, "-o", model, "--quiet")[0] == 0
    assert run("reconstruct", model, tmp_path / "stamps.npy", "-o", rows)[0] == 0
    assert run("encode", model, tmp_path / "stamps.npy", "-o", codes)[0] == 0
    assert run("decode", model, codes, "-o", back)[0] == 0
    expected = diabolo.load(model).reconstruct(stamps)
    for written in (rows, back):
        np.testing.assert_allclose(open_table(written)[:], expected, rtol=1e-11)
    if suffix == ".csv":
        assert max(len(cell) for line in rows.read_text().splitlines()[1:] for cell in line.split(",")) < 20
