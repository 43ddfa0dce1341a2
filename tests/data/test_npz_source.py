# ruff: noqa: E501 - error messages are shown whole, one a line
import zipfile

import numpy as np
import pytest

from diabolo.data.npz_source import NpzSource
from diabolo.errors import DataFileError

CELLS = np.arange(12.0).reshape(4, 3)


def error(path, **options):
    with pytest.raises(DataFileError) as caught:
        NpzSource(path, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value).replace(str(path), "FILE")


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("rows", ["first", "last"])
@pytest.mark.parametrize("resident", [2**26, 10])
def test_every_way_of_saving_and_unpacking_and_every_layout(
    tmp_path, monkeypatch, save, order, rows, resident
):
    monkeypatch.setattr("diabolo.data.npz_source.RESIDENT_BYTES", resident)
    path = tmp_path / "a.npz"
    save(
        path,
        before=np.arange(99),
        cells=np.asarray(CELLS if rows == "first" else CELLS.T, order=order),
        age=np.arange(4),
    )
    with NpzSource(path, target="age", rows=rows) as source:
        np.testing.assert_array_equal(source[:], CELLS)
        np.testing.assert_array_equal(source.read(slice(1, 3), slice(1, 2)), CELLS[1:3, 1:2])
        assert source.carried["age"].tolist() == [0, 1, 2, 3]


def test_what_is_wrong_is_said_in_one_sentence(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, u=CELLS, v=CELLS)
    assert (
        error(path)
        == "FILE has 2 datasets of two axes: name one with dataset=, or as FILE::u; it has 'u' of shape (4, 3), 'v' of shape (4, 3)."
    )
    held = path.read_bytes()
    path.write_bytes(held[:-30])
    assert error(path).startswith("FILE is cut short or damaged (")
    path.write_text("a,b")
    assert error(path) == "FILE is not an .npz file, it holds text: give it the name that fits."
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme", "")
    assert error(path) == "FILE is a zip archive without a NumPy array in it, so it is not an .npz file."
    np.savez(path, X=CELLS, kind=np.array([{}] * 4, object), allow_pickle=True)
    with NpzSource(path) as source:
        assert source.carried == {}
