import sys

import numpy as np
import pytest
import zarr

from diabolo.data.zarr_source import ZarrSource
from diabolo.errors import DataFileError, ParameterError

CELLS = np.arange(12.0).reshape(4, 3)


def error(path, kind=DataFileError, **options):
    with pytest.raises(kind) as caught:
        ZarrSource(path, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value).replace(str(path), "STORE")


@pytest.mark.parametrize("version", [2, 3])
def test_both_versions_of_the_format_and_both_directions(tmp_path, version):
    path = tmp_path / "a.zarr"
    group = zarr.open_group(path, mode="w", zarr_format=version)
    group.create_array("deep/cells", data=CELLS, chunks=(2, 2))
    group.create_array("deep/age", data=np.arange(4))
    with ZarrSource(path, target="age") as source:
        np.testing.assert_array_equal(source[:], CELLS)
        assert source.block == (2, 2)
        assert source.carried["age"].tolist() == [0, 1, 2, 3]
    with ZarrSource(path, rows="last") as source:
        np.testing.assert_array_equal(source[:], CELLS.T)


def test_a_store_of_one_array(tmp_path):
    zarr.create_array(tmp_path / "a.zarr", data=CELLS)
    np.testing.assert_array_equal(ZarrSource(tmp_path / "a.zarr")[:], CELLS)


def test_what_is_wrong_is_said_in_one_sentence(tmp_path):
    path = tmp_path / "a.zarr"
    path.mkdir()
    assert error(path) == "STORE is not a Zarr store: the folder has no zarr.json, .zgroup or .zarray in it."
    group = zarr.open_group(path, mode="w")
    group.create_array("beta", data=CELLS)
    assert (
        error(path, dataset="bete")
        == "STORE has no dataset 'bete'; of two axes it has 'beta' of shape (4, 3). Did you mean 'beta'?"
    )
    (path / "zarr.json").write_text("{")
    assert error(path).startswith("STORE is cut short or damaged (")
    (tmp_path / "b.zarr").write_text("text")
    assert error(tmp_path / "b.zarr") == "STORE is not a Zarr store: it must be a folder, as zarr writes it."
    assert error(tmp_path / "c.zarr").startswith("STORE does not exist.")


def test_without_zarr(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "zarr", None)
    assert (
        error(tmp_path, ParameterError)
        == 'STORE needs the package zarr, which is not installed: pip install "diabolo[zarr]".'
    )
