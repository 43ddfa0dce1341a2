import io
import zipfile

import numpy as np
import pytest

from diabolo.datasets import ecg5000, load_ecg5000
from diabolo.errors import DataFileError, ParameterError


@pytest.fixture
def elsewhere(monkeypatch, tmp_path):
    """A machine without the beats, whose downloads fail unless a test says otherwise."""

    def refuse(url, name, most):
        raise ecg5000.DownloadError("no connection")

    monkeypatch.setenv("DIABOLO_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("DIABOLO_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(ecg5000, "fetch_bytes", refuse)
    (tmp_path / "data").mkdir()
    return tmp_path


def texts(X, y):
    def lines(rows, labels):
        return "".join(
            f"  {label:.7e}  " + "  ".join(f"{cell:.9e}" for cell in row) + "\n"
            for row, label in zip(rows, labels, strict=True)
        ).encode()

    return {"ECG5000_TRAIN.txt": lines(X[:500], y[:500]), "ECG5000_TEST.txt": lines(X[500:], y[500:])}


def test_the_beats_are_those_that_the_archive_describes(data_folder):
    X, y = load_ecg5000()
    assert X.shape == (5000, 140)
    assert X.dtype == np.float32
    # The counts of the archive's page, in the order of the classes.
    assert np.bincount(y).tolist() == [0, 2919, 1767, 96, 194, 24]
    np.testing.assert_allclose(X.mean(axis=1), 0, atol=1e-5)


def test_train_and_test_are_the_parts_of_all(data_folder):
    X, y = load_ecg5000("all")
    train, test = load_ecg5000("train"), load_ecg5000("test")
    assert len(train[0]) == 500
    np.testing.assert_array_equal(np.concatenate([train[0], test[0]]), X)
    np.testing.assert_array_equal(np.concatenate([train[1], test[1]]), y)


def test_the_tutorials_rows_are_those_that_the_data_folder_marks(data_folder):
    held = np.load(data_folder / "ecg5000.npz")
    X, y = load_ecg5000("tutorial")
    np.testing.assert_array_equal(X, held["X"][held["tf_csv"]])
    np.testing.assert_array_equal(y, held["y"][held["tf_csv"]])


def test_another_split_is_refused():
    with pytest.raises(ParameterError, match=r"split='training' is not possible; expected one of 'all'"):
        load_ecg5000("training")


def test_the_archives_own_texts_are_read(data_folder, elsewhere):
    held = np.load(data_folder / "ecg5000.npz")
    folder = elsewhere / "data" / "ecg5000"
    folder.mkdir()
    for name, content in texts(held["X"], held["y"]).items():
        (folder / name).write_bytes(content)
    X, y = load_ecg5000()
    np.testing.assert_array_equal(X, held["X"])
    np.testing.assert_array_equal(y, held["y"])


def test_a_download_is_kept_and_not_fetched_again(data_folder, elsewhere, monkeypatch):
    held = np.load(data_folder / "ecg5000.npz")
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        for name, content in texts(held["X"], held["y"]).items():
            file.writestr(name, content)
    asked = []
    monkeypatch.setattr(
        ecg5000, "fetch_bytes", lambda url, name, most: asked.append(url) or archive.getvalue()
    )
    first, second = load_ecg5000(), load_ecg5000()
    assert asked == [ecg5000.ADDRESS]
    np.testing.assert_array_equal(first[0], held["X"])
    np.testing.assert_array_equal(second[0], held["X"])
    np.testing.assert_array_equal(second[1], held["y"])


def test_what_is_nowhere_says_where_to_put_it(elsewhere):
    with pytest.raises(
        DataFileError, match=r"not on this machine, and the download failed \(https://.*Put ECG"
    ):
        load_ecg5000()


def test_without_a_cache_nothing_is_fetched(elsewhere, monkeypatch):
    monkeypatch.setenv("DIABOLO_CACHE_DIR", "off")
    with pytest.raises(DataFileError, match="there is no cache to download it to"):
        load_ecg5000()


def test_an_archive_that_is_none_is_refused(elsewhere, monkeypatch):
    monkeypatch.setattr(ecg5000, "fetch_bytes", lambda url, name, most: b"<html>log in</html>")
    with pytest.raises(DataFileError, match=r"what came is not the archive"):
        load_ecg5000()


@pytest.mark.parametrize(
    "arrays",
    [{"X": np.zeros((5000, 140), np.float32), "y": np.ones(5000)}, {"X": np.zeros((3, 4)), "y": np.ones(3)}],
    ids=["other cells", "other shape"],
)
def test_other_rows_under_the_name_are_refused(elsewhere, arrays):
    np.savez(elsewhere / "data" / "ecg5000.npz", **arrays)
    with pytest.raises(DataFileError, match=r"ecg5000.npz does not hold ECG5000: expected 5000 x 140"):
        load_ecg5000()


def test_a_damaged_file_is_refused(elsewhere):
    (elsewhere / "data" / "ecg5000.npz").write_bytes(b"PK\x03\x04 no more")
    with pytest.raises(DataFileError, match=r"is not ECG5000: expected an .npz file with X and y"):
        load_ecg5000()


def test_texts_that_hold_no_numbers_are_refused(elsewhere):
    for name in ("ECG5000_TRAIN.txt", "ECG5000_TEST.txt"):
        (elsewhere / "data" / name).write_text("one two\n")
    with pytest.raises(DataFileError, match="does not hold ECG5000"):
        load_ecg5000()
