"""What views refuse and pass on; what they read is in tests/contracts/test_sources.py."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diabolo.data import views
from diabolo.data.array_source import ArraySource
from diabolo.errors import InputError

CELLS = np.arange(40.0).reshape(8, 5)


class Counted(ArraySource):
    """Notes which rectangles are read, and whether it was closed."""

    def __init__(self, array, **options):
        super().__init__(array, name="a.h5", **options)
        self.read_at, self.closed = [], False
        self.block, self.is_compressed, self.is_transposed = (4, 5), True, True

    def _read(self, rows, columns, out):
        self.read_at.append((rows, columns))
        super()._read(rows, columns, out)

    def close(self):
        self.closed = True


indices = st.lists(st.integers(0, 7), max_size=12)


@given(indices, st.lists(st.integers(0, 4), min_size=1, max_size=6), st.lists(st.integers(0, 11), max_size=5))
def test_views_of_views(rows, columns, further):
    further = [place % len(rows) for place in further] if rows else []
    view = ArraySource(CELLS).rows(rows).columns(columns).rows(further)
    np.testing.assert_array_equal(
        view[:], CELLS[rows][:, columns][further].reshape(len(further), len(columns))
    )
    assert [view.origin(row) for row in range(len(view))] == [rows[row] for row in further]


def test_marks_choose_as_numbers_do():
    source = ArraySource(CELLS)
    marks = np.arange(8) % 3 == 0
    np.testing.assert_array_equal(source.rows(marks)[:], CELLS[marks])
    np.testing.assert_array_equal(source.columns(marks[:5])[:], CELLS[:, marks[:5]])


def test_nothing_is_read_and_the_file_is_closed_through_it():
    parent = Counted(CELLS)
    view = parent.rows([1, 5]).columns([4, 0])
    assert parent.read_at == []
    assert (view.block, view.is_compressed, view.is_transposed) == ((4, 2), True, True)
    assert view.name == "a.h5"
    view.close()
    assert parent.closed


def test_chosen_columns_read_between_their_ends_some_rows_at_a_time(monkeypatch):
    monkeypatch.setattr(views, "_SPAN_CELLS", 9)
    parent = Counted(CELLS)
    np.testing.assert_array_equal(parent.columns([3, 1])[:], CELLS[:, [3, 1]])
    assert all(columns == slice(1, 4) for _, columns in parent.read_at)
    assert max(rows.stop - rows.start for rows, _ in parent.read_at) == 3


def test_what_goes_along():
    names, rows = list("abcde"), [f"r{i}" for i in range(8)]
    source = ArraySource(
        CELLS, feature_names=names, row_names=rows, carried={"age": np.arange(8)}, target_name="age"
    )
    some = source.rows([7, 0])
    assert (some.row_names, some.feature_names, some.target_name) == (("r7", "r0"), tuple(names), "age")
    assert some.carried["age"].tolist() == [7, 0]
    few = source.columns([4, 4, 0])
    assert (few.row_names, few.feature_names, few.target_name) == (tuple(rows), ("e", "e", "a"), "age")
    assert few.carried["age"].tolist() == list(range(8))


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ([8], "a.h5 has 8 rows, numbered from 0; there is no row 8."),
        ([0, -1], "a.h5 has 8 rows, numbered from 0; there is no row -1."),
        (np.ones(7, bool), "a.h5 has 8 rows; got marks of shape (7,)."),
        ([0.5], "a.h5: rows are chosen by a list of whole numbers or of marks."),
        ([[1]], "a.h5: rows are chosen by a list of whole numbers or of marks."),
        (["age"], "a.h5: rows are chosen by a list of whole numbers or of marks."),
    ],
)
def test_what_cannot_be_chosen(chosen, said):
    for source, choose in ((Counted(CELLS), "rows"), (Counted(CELLS.T), "columns")):
        with pytest.raises(InputError) as caught:
            getattr(source, choose)(chosen)
        what = choose[:-1]
        assert str(caught.value) == said.replace("rows", f"{what}s").replace("row ", f"{what} ")


def test_no_rows_are_a_table_without_rows():
    assert ArraySource(CELLS).rows([])[:].shape == (0, 5)
