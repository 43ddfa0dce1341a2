"""``diabolo plot``."""

import json

import matplotlib.pyplot as plt
import numpy as np
import pytest

SIGNATURES = {".png": b"\x89PNG", ".pdf": b"%PDF", ".svg": b"<?xml", ".jpg": b"\xff\xd8"}


@pytest.mark.parametrize("suffix", SIGNATURES)
def test_history(run, files, tmp_path, suffix):
    picture = tmp_path / f"h{suffix}"
    words = ["plot", "history", files.model, "-o", picture, "--metric", "mean_absolute_error", "--log"]
    status, out, err = run(*words, "--dpi", "50")
    assert (status, out, err) == (0, f"2 epochs drawn to {picture}\n", "")
    assert picture.read_bytes().startswith(SIGNATURES[suffix])
    assert plt.get_fignums() == []


def test_codes_of_a_model(run, files, tmp_path):
    picture = tmp_path / "c.png"
    words = ["plot", "codes", files.model, files.table, "--labels", "kind", "-o", picture, "--dpi", "50"]
    assert run(*words) == (0, f"30 codes drawn to {picture}\n", "")
    assert picture.read_bytes().startswith(SIGNATURES[".png"])


def test_codes_of_a_file(run, files, tmp_path):
    picture = tmp_path / "c.png"
    words = ["plot", "codes", files.codes, "--labels", "kind", "-o", picture, "--components", "1"]
    status, out, _ = run(*words, "--json")
    assert status == 0
    assert json.loads(out) == {"verb": "plot codes", "rows": 30, "output": str(picture)}


def test_components_that_are_not_there(run, files, tmp_path):
    words = ["plot", "codes", files.codes, "--labels", "kind", "-o", tmp_path / "c.png"]
    status, _, err = run(*words, "--components", "0,2")
    assert status == 2
    assert "codes have 2 components, numbered 0 to 1, so" in err
    assert list(tmp_path.iterdir()) == []
    assert plt.get_fignums() == []


def test_many_components_must_be_chosen(run, tmp_path):
    np.save(tmp_path / "codes.npy", np.zeros((3, 5)))
    status, _, err = run("plot", "codes", tmp_path / "codes.npy", "-o", tmp_path / "c.png")
    assert status == 2
    assert "say which to draw, such as --components 0,1." in err


def test_an_unknown_metric(run, files, tmp_path):
    status, _, err = run("plot", "history", files.model, "-o", tmp_path / "h.png", "--metric", "los")
    assert status == 2
    assert "--metric must be 'loss' or 'mean_absolute_error', got 'los'. Did you mean 'loss'?" in err


@pytest.mark.parametrize("shape", [[], ["--image-shape", "2,8"], ["--image-shape", "none"]])
def test_reconstructions(run, files, tmp_path, shape):
    picture = tmp_path / "r.png"
    words = ["plot", "reconstructions", files.image_model, files.images, "-o", picture, "-n", "3", *shape]
    assert run(*words) == (0, f"3 rows and their reconstructions drawn to {picture}\n", "")
    assert picture.read_bytes().startswith(SIGNATURES[".png"])


def test_an_image_that_does_not_fit(run, files, tmp_path):
    words = ["plot", "reconstructions", files.image_model, files.images, "-o", tmp_path / "r.png"]
    status, _, err = run(*words, "--image-shape", "3,3")
    assert status == 2
    assert "--image-shape 3,3 does not fit rows of shape (16,)" in err


@pytest.mark.parametrize(
    ("texts", "values", "classes"),
    [
        (["0", "12", "-3"], [0, 12, -3], ["-3", "0", "12"]),
        (["0.5", "1e3"], [0.5, 1000.0], None),
        (["1", "2.5"], [1.0, 2.5], None),
        (["007", "012"], ["007", "012"], ["007", "012"]),
        (["a", "1"], ["a", "1"], ["1", "a"]),
        (["1", "", "2"], [1, None, 2], ["1", "2"]),
        (["a", "", "b"], ["a", "", "b"], ["a", "b"]),
    ],
)
def test_labels_become_what_they_stand_for(tmp_path, texts, values, classes):
    from diabolo import open as open_table
    from diabolo.plotting.labels import Classes, read_labels

    path = tmp_path / "codes.csv"
    path.write_text("code,digit\n" + "".join(f"{n},{text}\n" for n, text in enumerate(texts)))
    found = open_table(path, target="digit").carried["digit"]
    assert [None if value != value else value for value in found.tolist()] == values
    read = read_labels(found, len(texts))
    assert (read.names if isinstance(read, Classes) else None) == classes
    assert read.missing.tolist() == [text == "" for text in texts]


def test_many_numeric_labels_are_a_color_scale(run, files, tmp_path):
    table = tmp_path / "codes.csv"
    table.write_text("a,b,price\n" + "".join(f"{n},{n % 7},{n * 10}\n" for n in range(40)))
    assert run("plot", "codes", table, "--labels", "price", "-o", tmp_path / "c.png")[0] == 0
