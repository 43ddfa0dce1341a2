"""What is known of some rows of a table, against numpy over the scaled array."""

import numpy as np
import pytest

from diabolo import Autoencoder
from diabolo.data.scaling import scaler_of
from diabolo.errors import InputError
from diabolo.estimators import _rows
from diabolo.estimators._checked_rows import check_rows
from diabolo.estimators._rows import ScaledRows, TablePart, statistics_of

X = np.random.default_rng(0).normal(size=(40, 5)) * [1, 10, 0.1, 3, 7]
CHOSEN = np.array([2, 30, 7, 11])


def part_of(rows, chosen=CHOSEN, **more):
    checked = check_rows(Autoencoder(missing="mask"), rows, reset=True)
    scaler = scaler_of("standard", statistics_of(checked, np.arange(len(rows))))
    return TablePart(ScaledRows(checked, scaler, keeps_missing=True), chosen, **more)


def scaled():
    return (X - X.mean(axis=0)) / X.std(axis=0)


def test_the_range_is_that_of_the_chosen_rows_alone():
    cells = scaled()[CHOSEN]
    np.testing.assert_allclose(part_of(X).cell_range(), (cells.min(), cells.max()), rtol=1e-6)


def test_what_was_found_is_not_looked_for_again(monkeypatch):
    part = part_of(X)
    found = statistics_of(part.table.rows, CHOSEN)
    expected = part.cell_range()
    monkeypatch.setattr(_rows, "table_statistics", None)
    assert TablePart(part.table, CHOSEN, found=found).cell_range() == expected


def test_means_are_weighted_and_over_the_cells_that_are_there():
    rows, weights = X.copy(), np.random.default_rng(1).random(40)
    rows[7, 1] = np.nan
    part = part_of(rows, sample_weight=weights)
    scaler = part.table.scaler
    cells = ((rows - scaler.offset) * scaler.factor)[CHOSEN]
    expected = np.ma.average(np.ma.masked_invalid(cells), axis=0, weights=weights[CHOSEN])
    np.testing.assert_allclose(part.column_means(), expected, rtol=1e-5)


def test_equal_rows_become_one_of_their_weight():
    rows = np.r_[X[:3], X[:2]]
    part = part_of(rows, np.arange(5), found="kept").distinct()
    assert sorted(part.chosen.tolist()) == [0, 1, 2]
    assert part.sample_weight.tolist() == [2, 2, 1, 0, 0]
    assert part.found == "kept"


def test_the_first_cell_that_cannot_be_used_is_named_with_how_many_are_missing():
    rows = X.copy()
    rows[30, 1] = rows[11, 4] = np.nan
    checked = check_rows(Autoencoder(), rows, reset=True)
    with pytest.raises(InputError, match=r"row 11, column 4, .* 2 cells are missing in all\.$"):
        statistics_of(checked, CHOSEN)
    assert statistics_of(checked, CHOSEN[[0, 2]]).n_rows == 2
