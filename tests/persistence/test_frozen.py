"""Files that earlier versions wrote load, and give the numbers that these versions gave: frozen/README.md."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

import diabolo
from diabolo.persistence import describe
from diabolo.persistence.model_record import FORMAT_VERSION

FROZEN = Path(__file__).parent / "frozen"
FILES = sorted(FROZEN.glob("*/*.diabolo"))
FOLDERS = sorted(path for path in FROZEN.iterdir() if (path / "expected.npz").exists())


@pytest.fixture(scope="module")
def freeze():
    """The program that wrote the files: it knows what each was fitted on."""
    spec = importlib.util.spec_from_file_location("freeze", FROZEN / "freeze.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def given(freeze):
    return {freeze.file_name(name): rows[0] for name, _, rows in freeze.kinds()}


@pytest.fixture(scope="module")
def expected():
    return {folder.name: dict(np.load(folder / "expected.npz")) for folder in FOLDERS}


def test_there_are_files_of_every_format_version():
    versions = {int(folder.name.partition("-")[0]) for folder in FOLDERS}
    assert versions == set(range(1, FORMAT_VERSION + 1))
    for path in FILES:
        assert describe(path)["format_version"] == int(path.parent.name.partition("-")[0])
    assert sum(path.stat().st_size for path in FROZEN.rglob("*") if path.is_file()) < 1_500_000


def test_there_is_a_file_of_every_kind_in_the_format_of_today(given):
    newest = {path.name for path in FILES if path.parent.name == str(FORMAT_VERSION)}
    assert newest == set(given)
    estimators = {describe(FROZEN / str(FORMAT_VERSION) / name)["estimator"] for name in newest}
    public = {name for name in diabolo.__all__ if name.endswith(("Autoencoder", "Detector"))}
    assert estimators == public


@pytest.mark.parametrize("path", FILES, ids=[f"{path.parent.name}-{path.stem}" for path in FILES])
def test_it_loads_and_gives_the_numbers_that_its_time_gave(freeze, given, expected, path):
    own = freeze.own_network() if path.stem == "own-parts" else {}
    model = diabolo.load(path, **own)
    rows = freeze.asked_about(given[path.name])
    if isinstance(rows, np.ndarray):  # windows of a series have names, and an array none
        vars(model).pop("feature_names_in_", None)
    found = freeze.answers(model, rows)
    known = {
        key.partition("/")[2]: answer
        for key, answer in expected[path.parent.name].items()
        if freeze.file_name(key.partition("/")[0]) == path.name
    }
    assert {"transform", "anomaly_score"} & set(known)
    for name, answer in known.items():
        if answer.dtype.kind == "U":  # numbers in it, too, with as many digits as they had
            for cell, expected_cell in zip(found[name].ravel(), answer.ravel(), strict=True):
                is_number = expected_cell.replace(".", "").lstrip("-").isdigit()
                near = pytest.approx(float(expected_cell), rel=1e-5) if is_number else expected_cell
                assert (float(cell) if is_number else cell) == near
        else:
            np.testing.assert_allclose(found[name], answer, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_an_old_file_is_written_anew_in_the_format_of_today(folder, freeze, given, expected, tmp_path):
    name = "dense.diabolo"
    diabolo.save(diabolo.load(folder / name), tmp_path / name)
    assert describe(tmp_path / name)["format_version"] == FORMAT_VERSION
    codes = diabolo.load(tmp_path / name).transform(freeze.asked_about(given[name]))
    np.testing.assert_allclose(codes, expected[folder.name]["dense/transform"], rtol=1e-5, atol=1e-5)
