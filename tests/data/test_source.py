"""What sources and their views refuse and pass on; what they read is in tests/contracts/test_sources.py."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diabolo.data import source as source_module
from diabolo.data.array_source import ArraySource
from diabolo.data.source import Source
from diabolo.errors import DataFileError, InputError

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
    monkeypatch.setattr(source_module, "_PICKED_CELLS", 9)
    parent = Counted(CELLS)
    np.testing.assert_array_equal(parent.columns([3, 1])[:], CELLS[:, [3, 1]])
    assert all(columns == slice(1, 4) for _, columns in parent.read_at)
    assert max(rows.stop - rows.start for rows, _ in parent.read_at) == 3


def test_columns_in_memory_that_are_far_apart_are_read_one_by_one():
    cells = np.asfortranarray(np.arange(300.0).reshape(3, 100))
    parent = Counted(cells)
    np.testing.assert_array_equal(parent.columns([90, 2])[1:], cells[1:, [90, 2]])
    assert [columns for _, columns in parent.read_at] == [slice(90, 91), slice(2, 3)]


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("chosen", [[4, 5, 6], [6, 5, 4], [0, 2, 40], [0, 2, 3, 39], [7]])
def test_chosen_columns_in_memory_are_read_at_once(order, chosen):
    """Of rows in any order as well; a run of neighbors is read straight to its place."""
    cells = np.asarray(np.arange(2050.0).reshape(50, 41), order=order)
    view, rows = ArraySource(cells).columns(chosen), np.array([30, 2, 2, 49, 0])
    np.testing.assert_array_equal(view[:], cells[:, chosen])
    np.testing.assert_array_equal(view[rows], cells[rows][:, chosen])
    np.testing.assert_array_equal(view.read(slice(3, 9), slice(1, None)), cells[3:9, chosen[1:]])
    if len(chosen) > 1:
        parent = Counted(cells)
        parent.columns(chosen)[rows]
        assert len(parent.read_at) <= len(chosen)


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


class Loaded(Source):
    """Says how a rectangle is read, and nothing else."""

    def __init__(self, block=(4, 5), swaps_axes=False, problem=None, path="a.h5"):
        super().__init__("a.h5::data", CELLS.shape, "f8", block=block, path=path)
        self.swaps_axes, self.problem, self.loaded = swaps_axes, problem, []

    def _load(self, rows, columns):
        self.loaded.append((rows, columns))
        if self.problem is not None:
            raise self.problem
        return (CELLS.T if self.swaps_axes else CELLS)[rows, columns]


def test_a_format_needs_to_say_only_how_a_rectangle_is_read():
    for source in (Loaded(), Loaded(swaps_axes=True)):
        np.testing.assert_array_equal(source[:], CELLS)
        np.testing.assert_array_equal(source[[6, 0, 6]], CELLS[[6, 0, 6]])
        np.testing.assert_array_equal(source.read(slice(3, 5), slice(1, 4)), CELLS[3:5, 1:4])
        out = source.read(out=np.empty((8, 5), np.float32, order="F"))
        np.testing.assert_array_equal(out, CELLS.astype("f4"))
    with pytest.raises(NotImplementedError):
        Source("a", (1, 1), "f4")[:]


def test_what_a_library_unpacks_comes_in_whole_blocks(monkeypatch):
    monkeypatch.setattr(source_module, "_LOADED_CELLS", 5)
    source = Loaded((3, 5))
    np.testing.assert_array_equal(source.read(slice(1, 8)), CELLS[1:])
    assert [rows for rows, _ in source.loaded] == [slice(1, 3), slice(3, 6), slice(6, 8)]
    source = Loaded((8, 2), swaps_axes=True)
    np.testing.assert_array_equal(source[:], CELLS)
    assert [features for features, _ in source.loaded] == [slice(0, 2), slice(2, 4), slice(4, 5)]


@pytest.mark.parametrize(
    "problem",
    [KeyError("x"), OSError(5, "Input/output error"), RecursionError("x"), SystemError("x"), StopIteration()],
)
def test_whatever_a_library_raises_is_told_as_damage_in_one_sentence(problem):
    for read in (
        lambda source: source[:],
        lambda source: source.rows([1, 0])[:],
        lambda source: source[[1, 0], 2],
    ):
        with pytest.raises(DataFileError) as caught:
            read(Loaded(problem=problem))
        assert type(caught.value) is DataFileError
        assert str(caught.value).startswith("a.h5 is cut short or damaged (")
        assert str(caught.value).endswith("): make or copy it anew.")
        assert caught.value.__cause__ is problem


@pytest.mark.parametrize("problem", [MemoryError(), InputError("said well"), KeyboardInterrupt()])
def test_some_errors_are_no_damage(problem):
    with pytest.raises(type(problem)) as caught:
        Loaded(problem=problem)[:]
    assert caught.value is problem
    odd = KeyError("a fault of ours")
    with pytest.raises(KeyError) as caught:
        Loaded(problem=odd, path=None)[:]
    assert caught.value is odd


def test_a_place_names_row_and_column_of_the_file():
    source = ArraySource(CELLS, feature_names=list("abcde"))
    assert source.place(2, 3) == "row 2, column 3 ('d'), both counted from 0"
    view = source.columns([4, 3]).rows([7, 2])
    assert view.place(1, 1) == "row 2, column 3 ('d'), both counted from 0"
    assert view.origin(0) == 7
    assert ArraySource(CELLS).place(0, 1) == "row 0, column 1, both counted from 0"
    source.locate = lambda row, column: f"line {row + 2}, column {column}"
    assert view.place(1, 1) == "line 4, column 3"


def test_what_cannot_be_read():
    source = ArraySource(CELLS, name="a.h5")
    with pytest.raises(InputError, match=r"^a\.h5: columns are read as a range with step 1; got step 2\.$"):
        source.read(columns=slice(0, 4, 2))
    with pytest.raises(InputError, match=r"^a\.h5 has 8 rows, numbered from 0; row -1 was asked\.$"):
        source.read(np.array([-1]))
    with pytest.raises(IndexError, match=r"^a\.h5 has 8 rows; row 8 was asked\.$"):
        source[8]
    source.close()
    for read in (source.read, lambda: source.rows([0])[:], lambda: np.asarray(source), lambda: source[0]):
        with pytest.raises(
            InputError, match=r"^a\.h5 was closed and cannot be read any more: open it anew\.$"
        ):
            read()


def test_steps_and_marks_choose_rows():
    source = Loaded()
    np.testing.assert_array_equal(source[::-3], CELLS[::-3])
    np.testing.assert_array_equal(source[np.arange(8) % 2 == 1], CELLS[1::2])
    assert source.read(slice(5, 2)).shape == (0, 5)
    assert source.read(columns=slice(3, 1)).shape == (8, 0)
    np.testing.assert_array_equal(source.peek(slice(2, 4)), CELLS[2:4])


def test_what_carried_numbers_were_written_as_goes_along():
    source = ArraySource(CELLS, carried={"price": np.arange(8) / 2})
    source.written_as = {"price": np.array([f"{number:.2f}" for number in np.arange(8) / 2])}
    assert source.rows([3, 1]).written_as["price"].tolist() == ["1.50", "0.50"]
    assert source.columns([0]).written_as["price"][3] == "1.50"
