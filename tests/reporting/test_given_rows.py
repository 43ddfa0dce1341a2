import numpy as np
import pandas
import polars
import pytest

import diabolo
from diabolo import Autoencoder
from diabolo.errors import InputError
from diabolo.reporting.given_rows import given_rows

RANDOM = np.random.default_rng(0)
ROWS = RANDOM.normal(size=(12, 3)).astype(np.float32)
KINDS = np.array(["a", "b"] * 6)
QUICK = {"max_epochs": 1, "random_state": 0}


@pytest.fixture(scope="module")
def named():
    return Autoencoder(1, **QUICK).fit(pandas.DataFrame(ROWS, columns=["u", "v", "w"]))


@pytest.fixture(scope="module")
def plain():
    return Autoencoder(1, **QUICK).fit(ROWS)


def taken(model, X, labels=None, columns=None):
    with given_rows(model, X, labels, columns) as given:
        return given, given.cells.read()


@pytest.mark.parametrize("frame_of", [pandas.DataFrame, polars.DataFrame])
def test_columns_of_a_frame_that_are_no_features_come_along(named, frame_of):
    frame = frame_of({"id": np.arange(12), "u": ROWS[:, 0], "kind": KINDS, "v": ROWS[:, 1], "w": ROWS[:, 2]})
    given, cells = taken(named, frame, "kind")
    np.testing.assert_array_equal(cells, ROWS)
    assert given.label_name == "kind"
    assert list(given.labels) == KINDS.tolist()
    assert list(given.columns) == ["id"]
    assert taken(named, frame)[0].labels is None


def test_a_frame_for_a_model_without_names(plain):
    frame = pandas.DataFrame(ROWS, columns=["u", "v", "w"]).assign(kind=KINDS)
    with pytest.warns(UserWarning, match="was fitted without feature names"):
        given, cells = taken(plain, frame, "kind")
    np.testing.assert_array_equal(cells, ROWS)
    assert list(given.labels) == KINDS.tolist()


def test_a_file_is_opened_its_target_is_the_label_and_it_is_closed(named, tmp_path):
    path = tmp_path / "rows.csv"
    pandas.DataFrame(ROWS, columns=["u", "v", "w"]).assign(kind=KINDS).to_csv(path, index=False)
    given, cells = taken(named, path, "kind")
    np.testing.assert_allclose(cells, ROWS, rtol=1e-6)
    assert list(given.labels) == KINDS.tolist()
    with pytest.raises(InputError, match="was closed"):
        given.cells.read()


def test_a_source_brings_its_target_and_what_it_carries(plain, tmp_path):
    path = tmp_path / "rows.npz"
    np.savez(path, X=ROWS, kind=KINDS, age=np.arange(12))
    with diabolo.open(path, target="kind") as source:
        given, _ = taken(plain, source)
        assert given.label_name == "kind"
        assert list(given.columns) == ["age"]
        given, _ = taken(plain, source, np.arange(12) % 3)
        assert given.label_name is None
        assert sorted(given.columns) == ["age", "kind"]
        given, _ = taken(plain, source, "age", {"more": [1] * 12})
        assert given.label_name == "age"
        assert sorted(given.columns) == ["kind", "more"]


def test_categories_of_a_file_are_read_as_such(tmp_path):
    frame = pandas.DataFrame({"size": RANDOM.normal(size=20), "kind": ["a", "b"] * 10})
    model = Autoencoder(1, categories=["kind"], **QUICK).fit(frame)
    frame.assign(label=["x"] * 20).to_csv(tmp_path / "rows.csv", index=False)
    given, cells = taken(model, tmp_path / "rows.csv", "label")
    assert cells.shape == (20, 3)
    assert list(given.labels) == ["x"] * 20


def test_images_are_laid_out(plain):
    model = Autoencoder(1, **QUICK).fit(RANDOM.random((9, 16)))
    given, cells = taken(model, RANDOM.random((5, 4, 4)))
    assert given.row_shape == (4, 4)
    assert cells.shape == (5, 16)


def test_windows_bring_what_their_series_carries(tmp_path):
    points = pandas.DataFrame(
        {"heat": RANDOM.normal(size=30), "is_odd": [1] * 28 + [-1, -1], "state": np.arange(30) // 10}
    )
    points.to_csv(tmp_path / "series.csv", index=False)
    with diabolo.open(tmp_path / "series.csv", target="is_odd", keep_columns=["state"]) as series:
        windows = diabolo.sliding_windows(series, 5, 5, timestamps=pandas.date_range("2024", periods=30))
        model = Autoencoder(1, **QUICK).fit(windows)
        given, cells = taken(model, windows)
    assert cells.shape == (6, 5)
    assert list(given.labels) == [1, 1, 1, 1, 1, -1]
    assert list(given.point_labels) == points["is_odd"].tolist()
    assert given.columns["state"].tolist() == [0, 0, 1, 1, 2, 2]
    assert str(given.columns["time"][0]).startswith("2024-01-05")


def test_labels_of_points_do_for_windows(plain):
    windows = diabolo.sliding_windows(RANDOM.normal(size=10), 3)
    given, _ = taken(plain, windows, np.arange(10))
    assert given.labels.tolist() == list(range(2, 10))
    given, _ = taken(plain, windows, np.arange(8))
    assert given.point_labels is None


@pytest.mark.parametrize(
    ("labels", "columns", "message"),
    [
        ([1, 2], None, "labels: 2 entries for 12 rows; give one a row"),
        (None, {"age": [1]}, "the column 'age': 1 entries for 12 rows"),
        (3, None, "labels: one value for 12 rows"),
        ("kind", None, "the rows have no column 'kind' for labels='kind': they carry none"),
    ],
)
def test_what_does_not_fit_is_said(plain, labels, columns, message):
    with pytest.raises(InputError) as caught:
        taken(plain, ROWS, labels, columns)
    assert message in str(caught.value)


def test_a_near_name_is_offered(named):
    frame = pandas.DataFrame(ROWS, columns=["u", "v", "w"]).assign(species=KINDS)
    with pytest.raises(InputError, match=r"they carry 'species'. Did you mean 'species'"):
        taken(named, frame, "specie")
