"""What the commands say of files that would take too much memory or lead to others, and that it helps."""

import h5py
import numpy as np
import pytest

CELLS = np.random.default_rng(0).normal(size=(40, 5))


@pytest.fixture
def linked(tmp_path):
    """A file whose cells lie in another."""
    CELLS.tofile(tmp_path / "cells")
    with h5py.File(tmp_path / "linked.h5", "w") as file:
        file.create_dataset("data", CELLS.shape, "f8", external=[(str(tmp_path / "cells"), 0, CELLS.nbytes)])
        file["label"] = np.arange(40)
    return tmp_path / "linked.h5"


@pytest.fixture
def labeled(tmp_path):
    """A file with a column beside its rows."""
    with h5py.File(tmp_path / "labeled.h5", "w") as file:
        file["data"] = CELLS
        file["label"] = np.arange(40)
    return tmp_path / "labeled.h5"


@pytest.fixture
def models(run, tmp_path):
    np.save(tmp_path / "cells.npy", CELLS)
    made = {"fit": ["--hidden", "4", "-e", "1"], "detect fit": ["--kind", "linear"]}
    for name, words in made.items():
        status, _, err = run(*name.split(), tmp_path / "cells.npy", "-o", tmp_path / name[:3], *words, "-q")
        assert status == 0, err
    return tmp_path / "fit", tmp_path / "det"


def commands(models, table, folder):
    model, detector = models
    rows = folder / "rows.h5"
    return [
        ["fit", table, "-o", folder / "m", "--hidden", "4", "-e", "1"],
        ["detect", "fit", table, "-o", folder / "m", "--kind", "linear"],
        ["encode", model, table, "-o", rows],
        ["reconstruct", model, table, "-o", rows],
        ["clean", table, "-o", rows],
        ["inspect", model, table, "--row", "0"],
        ["groups", model, table, "-o", rows],
        ["rechunk", table, "-o", rows],
        ["screen", table, "--target", "label", "--min-variance", "0", "-o", rows],
        ["plot", "codes", model, table, "-o", folder / "p.png"],
        ["plot", "reconstructions", model, table, "--image-shape", "none", "-o", folder / "p.png"],
        ["detect", "score", detector, table, "-o", rows],
    ]


def test_files_are_followed_where_it_is_typed(run, models, linked, tmp_path):
    for words in commands(models, linked, tmp_path):
        status, _, err = run(*words)
        assert status == 1, words
        assert err.endswith(
            f"{linked}: the dataset '/data' has its cells in '{tmp_path / 'cells'}', and other files are "
            "read only where that is asked for: name that file itself, or add --follow-links if you trust "
            "who made this one.\n"
        ), words
        status, _, err = run(*words, "--follow-links")
        assert status == 0, err


def test_memory_is_allowed_where_it_is_typed(run, models, labeled, tmp_path, monkeypatch):
    from diabolo.data import allowance

    monkeypatch.setattr(allowance, "_LEAST", 100)
    monkeypatch.setattr(allowance, "_INFLATION", 0)
    for words in commands(models, labeled, tmp_path):
        status, _, err = run(*words)
        assert status == 1, words
        assert (
            f"{labeled} is damaged, or packed beyond all measure: the dataset '/label' would take 0.0 MB"
            in err
        )
        assert err.endswith("bytes; to allow it, add --max-memory 1GB.\n")
        # Of the whole process, which has run other tests.
        status, _, err = run(*words, "--max-memory", "8GB")
        assert status == 0, err


def test_little_memory_is_kept_to(run, models, labeled, tmp_path):
    for words in commands(models, labeled, tmp_path):
        status, _, err = run(*words, "--max-memory", "300")
        if words[0] == "rechunk":  # which says so of the rows on their way
            assert status == 0, err
            continue
        assert status == 1, words
        assert (
            f"{labeled}: the dataset '/label' would take 0.0 MB of memory, and --max-memory allows 0.0 MB; "
            "leave out what is not needed; to allow it, add --max-memory 1GB."
        ) in err, words


def test_an_amount_that_is_none(run, models, labeled, tmp_path):
    status, _, err = run("encode", models[0], labeled, "-o", tmp_path / "rows.h5", "--max-memory", "much")
    assert status == 2
    assert "--max-memory must be a number of bytes or a text such as '500MB' or '2GB'; got 'much'." in err


def test_what_is_typed_next_reads_the_file_as_well(run, linked, tmp_path):
    words = ["fit", linked, "-o", tmp_path / "m", "--hidden", "4", "-e", "1", "--follow-links"]
    status, out, err = run(*words, "--max-memory", "9GB")
    assert status == 0, err
    assert f"{linked} --follow-links --max-memory 9GB" in out
