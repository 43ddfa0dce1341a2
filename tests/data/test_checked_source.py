# ruff: noqa: E501 - error messages are shown whole, one a line
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import diabolo
from diabolo.data.array_source import ArraySource
from diabolo.data.checked_source import CheckedSource, unfit_cell
from diabolo.errors import InputError

CELLS = np.arange(24.0).reshape(6, 4)


def spoilt(value, row=3, column=2, **options):
    cells = CELLS.copy()
    cells[row, column] = value
    return ArraySource(cells, name="ages.h5", **options)


def checked(value, allows_missing=False, **options):
    return CheckedSource(spoilt(value, **options), "fit", allows_missing)


def test_what_is_good_passes_through_with_all_that_it_has():
    parent = ArraySource(
        CELLS, feature_names=list("abcd"), row_names=list("uvwxyz"), carried={"age": CELLS[:, 0]}, target_name="age"
    )  # fmt: skip
    source = CheckedSource(parent, "fit", False)
    np.testing.assert_array_equal(source[:], CELLS)
    for name in ("name", "shape", "dtype", "feature_names", "row_names", "target_name", "block"):
        assert getattr(source, name) == getattr(parent, name)
    np.testing.assert_array_equal(source.carried["age"], CELLS[:, 0])


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (np.nan, "NaN: fit found it first in row 3, column 2, both counted from 0. Fill or drop missing cells first."),
        (np.inf, "infinity: fit found it first in row 3, column 2, both counted from 0. Replace or drop such cells first."),
        (-np.inf, "infinity: fit found it first in row 3, column 2, both counted from 0. Replace or drop such cells first."),
        (1e39, "1e+39, too large for float32: fit found it first in row 3, column 2, both counted from 0. Divide that column first."),
    ],
)  # fmt: skip
@pytest.mark.parametrize("out", [None, np.float32, np.float64])
def test_a_cell_that_cannot_be_used_is_named(value, said, out):
    target = None if out is None else np.empty((6, 4), out)
    with pytest.raises(InputError) as caught:
        checked(value).read(out=target)
    assert str(caught.value) == f"ages.h5 contains {said}"


@given(st.integers(0, 5), st.integers(0, 3), st.slices(6), st.lists(st.integers(0, 5), max_size=8))
def test_only_what_is_read_is_looked_at(row, column, rows, chosen):
    source = CheckedSource(spoilt(np.nan, row, column), "fit", False)
    wanted = CELLS.copy()
    wanted[row, column] = np.nan
    for index in (rows, np.array(chosen, int)):
        if row in np.arange(6)[index]:
            with pytest.raises(InputError, match=f"row {row}, column {column}"):
                source.read(index)
            # Beside that column all is well.
            if column:
                np.testing.assert_array_equal(source.read(index, slice(0, column)), CELLS[index, :column])
        else:
            np.testing.assert_array_equal(source.read(index), wanted[index])


def test_missing_cells_may_be_allowed_and_nothing_else():
    assert np.isnan(checked(np.nan, allows_missing=True)[:]).sum() == 1
    for value in (np.inf, 1e39):
        with pytest.raises(InputError, match="row 3, column 2"):
            checked(value, allows_missing=True)[:]


def test_the_column_is_named_and_the_place_is_the_files():
    parent = spoilt(np.nan, feature_names=list("abcd"))
    view = CheckedSource(parent.rows([5, 3, 1]).columns([3, 2]), "fit", False, "Do something.")
    assert view.origin(1) == 3
    with pytest.raises(InputError) as caught:
        view[:]
    assert str(caught.value) == (
        "ages.h5 contains NaN: fit found it first in row 3, column 2 ('c'), both counted from 0. Do something."
    )
    said = str(unfit_cell("screen", parent, 3, 2))
    assert said.startswith("ages.h5 contains NaN: screen found it first in row 3, column 2 ('c')")


def test_large_finite_cells_whose_sum_is_not_finite_pass():
    cells = np.full((3, 2), 3e38, np.float32)
    np.testing.assert_array_equal(CheckedSource(ArraySource(cells), "fit", False)[:], cells)


def test_integers_are_never_looked_at():
    cells = np.array([[2**60, 1]])
    np.testing.assert_array_equal(CheckedSource(ArraySource(cells), "fit", False)[:], cells)


def test_rows_are_peeked_at_and_looked_through_without_a_copy():
    parent = ArraySource(CELLS)
    assert np.shares_memory(CheckedSource(parent, "fit", False).peek(slice(2, 4)), CELLS)
    good = CheckedSource(spoilt(np.nan, 3, 2), "fit", False)
    assert good.in_memory
    good.look(np.array([0, 1, 5]))
    np.testing.assert_array_equal(good.peek(slice(4, 6)), CELLS[4:])
    for looking in (good.look, lambda: good.look(np.array([1, 3])), lambda: good.peek(slice(2, 5))):
        with pytest.raises(InputError, match="row 3, column 2"):
            looking()


def test_closing_it_closes_the_file():
    closed = []

    class Closable(ArraySource):
        def close(self):
            closed.append(True)

    CheckedSource(Closable(CELLS), "fit", False).close()
    assert closed == [True]


def test_a_cell_of_a_text_table_is_named_by_its_line(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('kind,a\n"x\ny",1\nz,\n')
    source = CheckedSource(diabolo.open(path, target="kind"), "fit", False)
    with pytest.raises(InputError) as caught:
        source[:]
    assert str(caught.value) == (
        f"{path} contains NaN: fit found it first in line 4, column 'a' (number 1). "
        "Fill or drop missing cells first."
    )
    assert source.place(0, 0) == "line 2, column 'a' (number 1)"


@pytest.mark.parametrize("kind", ["f2", "f4", "f8", "g"])
@pytest.mark.parametrize("bad", [np.inf, -np.inf, np.nan])
def test_what_cannot_be_used_is_found_in_cells_of_every_width(kind, bad):
    cells = np.ones((4, 3), kind)
    cells[2, 1] = bad
    source = CheckedSource(ArraySource(cells), "PCA", allows_missing=False)
    what = "NaN" if np.isnan(bad) else "infinity"
    with pytest.raises(InputError, match=rf"contains {what}: PCA found it first in row 2, column 1"):
        source.look()
