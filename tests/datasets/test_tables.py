"""Sets as tables, held against scikit-learn's own loaders."""

import numpy as np
import pytest
import sklearn.datasets

from diabolo.datasets.catalog import CATALOG
from diabolo.datasets.tables import table_of


@pytest.mark.parametrize("name", ["iris", "wine", "breast-cancer"])
def test_a_small_set_is_scikit_learns(name):
    expected = getattr(sklearn.datasets, f"load_{name.replace('-', '_')}")()
    dataset, table = CATALOG[name], table_of(CATALOG[name])
    np.testing.assert_array_equal(table.X, expected.data)
    assert table.X.shape == (dataset.rows["all"], dataset.columns)
    assert [*table.carried] == [dataset.label]
    named = dict(enumerate(expected.target_names.tolist()))
    assert table.carried[dataset.label].tolist() == [named[each] for each in expected.target.tolist()]


def test_columns_of_the_digits_are_named_by_their_place():
    table = table_of(CATALOG["digits"])
    digits = sklearn.datasets.load_digits()
    column = table.names.index("pixel_3_5")
    np.testing.assert_array_equal(table.X[:, column] * 16, digits.images[:, 3, 5])
    np.testing.assert_array_equal(table.carried["digit"], digits.target)


def test_the_beats_say_their_part(data_folder):
    table = table_of(CATALOG["ecg5000"])
    held = np.load(data_folder / "ecg5000.npz")
    np.testing.assert_array_equal(table.carried["class"], held["y"])
    np.testing.assert_array_equal(table.carried["split"] == "test", held["split"] == 1)
    assert len(table.names) == 140
