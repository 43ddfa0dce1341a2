"""``diabolo decode``."""

import json

import numpy as np
import pytest

import diabolo
from diabolo import open as open_table


def test_rows_under_the_models_names(run, files, tmp_path):
    rows = tmp_path / "rows.csv"
    status, out, err = run("decode", files.model, files.codes, "--labels", "kind", "-o", rows)
    assert (status, err) == (0, "")
    assert out == f"30 rows of 4 numbers written to {rows}, with the column 'kind'\n"
    table = open_table(rows, target="kind")
    assert table.feature_names == ("w", "x", "y", "z")
    assert list(table.carried["kind"]) == files.labels
    codes = open_table(files.codes, target="kind")[:]
    np.testing.assert_allclose(table[:], diabolo.load(files.model).inverse_transform(codes), rtol=1e-11)


def test_encode_then_decode_is_reconstruct(run, files, tmp_path):
    run("encode", files.image_model, files.images, "-o", tmp_path / "codes.npy")
    run("decode", files.image_model, tmp_path / "codes.npy", "-o", tmp_path / "rows.npy")
    run("reconstruct", files.image_model, files.images, "-o", tmp_path / "again.npy")
    assert np.allclose(np.load(tmp_path / "rows.npy"), np.load(tmp_path / "again.npy"), atol=1e-5)


def test_codes_by_other_names(run, files, tmp_path):
    codes = tmp_path / "grid.csv"
    codes.write_text("across,up\n0,0\n0.5,1\n")
    words = ["decode", files.model, codes, "-o", tmp_path / "rows.npz", "--json"]
    status, out, _ = run(*words)
    assert status == 0
    assert json.loads(out)["rows"] == 2
    assert np.load(tmp_path / "rows.npz")["feature_names"].tolist() == ["w", "x", "y", "z"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "autoencoder0,autoencoder1,digit\n1,2,3\n",
            "has 3 columns and a code of the model has 2, so the column 'digit' is too many; type --keep",
        ),
        ("1,2,3\n", "has 3 columns and a code of the model has 2; if one of them is a label, say which with"),
        ("a,b,c\n1,2,3\n", "so the columns 'a', 'b', 'c' are too many"),
        ("1,2,3,4\n", "has 4 columns and a code of the model has 2; give the file that belongs to the model"),
        ("1\n2\n", "has 1 column and a code of the model has 2; give the file"),
    ],
)
def test_codes_of_another_width(run, files, tmp_path, text, said):
    codes = tmp_path / "codes.csv"
    codes.write_text(text)
    status, _, err = run("decode", files.model, codes, "-o", tmp_path / "rows.csv")
    assert status == 1
    assert said in err


def test_a_missing_cell_among_codes_is_named_where_it_stands(run, files, tmp_path):
    codes = tmp_path / "codes.csv"
    codes.write_text("code0,code1\n1,2\n3,\n")
    status, _, err = run("decode", files.model, codes, "-o", tmp_path / "rows.csv")
    assert status == 1
    assert err.endswith(
        f"diabolo: {codes} contains NaN: Autoencoder found it first in line 3, column 'code1' (number 1). "
        "Give codes without missing cells.\n"
    )
