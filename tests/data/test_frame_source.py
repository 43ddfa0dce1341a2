# ruff: noqa: E501 - error messages are shown whole, one a line
import datetime
import decimal
import tracemalloc

import numpy as np
import pandas
import polars
import pyarrow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diabolo.data import frame_source as frame_source_module
from diabolo.data.array_source import ArraySource, ColumnsSource
from diabolo.data.frame_source import carried_values, frame_source
from diabolo.errors import InputError

CELLS = np.random.default_rng(0).integers(-40, 50, (31, 9)).astype(float)
NAMES = [f"c{i}" for i in range(9)]
COLUMNS = dict(zip(NAMES, CELLS.T, strict=True))
GAPS = np.where(CELLS % 7 == 0, np.nan, CELLS)


def nullable(kinds):
    columns = {}
    for i, name in enumerate(NAMES):
        cells = [None if np.isnan(cell) else int(cell) for cell in GAPS[:, i]]
        columns[name] = pandas.array(cells, dtype=kinds[i % len(kinds)])
    return pandas.DataFrame(columns)


def alternating():
    frame = pandas.DataFrame(CELLS, columns=NAMES)
    for i in (7, 4, 1):
        frame.insert(i, f"text{i}", "x")
    return frame


def in_chunks():
    frame = polars.DataFrame(COLUMNS)
    return polars.concat([frame[:10], frame[10:20], frame[20:]], rechunk=False)


# Frames of the same cells, and these cells: a number, or NaN where one is missing.
FRAMES = {
    "pandas of an array": (pandas.DataFrame(CELLS, columns=NAMES), CELLS),
    "pandas of an array, not copied": (pandas.DataFrame(CELLS, columns=NAMES, copy=False), CELLS),
    "pandas of columns": (pandas.DataFrame(COLUMNS), CELLS),
    "pandas of columns, not copied": (pandas.DataFrame(COLUMNS, copy=False), CELLS),
    "pandas, some rows backwards": (pandas.DataFrame(np.repeat(CELLS, 2, 0), columns=NAMES)[::-2][::-1], CELLS),
    "pandas of several types": (pandas.DataFrame(COLUMNS).astype({"c1": "i1", "c2": "f4", "c8": "i8"}), CELLS),
    "pandas, text between": (alternating(), CELLS),
    "pandas, big-endian": (pandas.DataFrame(CELLS.astype(">f4"), columns=NAMES), CELLS),
    "pandas, sparse": (pandas.DataFrame(COLUMNS).astype(pandas.SparseDtype("f8", 0.0)), CELLS),
    "pandas, sparse integers": (pandas.DataFrame(COLUMNS).astype(pandas.SparseDtype("i4", 0)), CELLS),
    "pandas, nullable": (nullable(["Int64", "Float32", "Int8"]), GAPS),
    "pandas, Arrow": (nullable(["int16[pyarrow]", "double[pyarrow]", "halffloat[pyarrow]"]), GAPS),
    "pandas, nullable and whole": (pandas.DataFrame(COLUMNS).astype("Int64"), CELLS),
    "polars of an array": (polars.DataFrame(CELLS, schema=NAMES), CELLS),
    "polars of columns": (polars.DataFrame(COLUMNS), CELLS),
    "polars in chunks": (in_chunks(), CELLS),
    "polars of several types": (
        polars.DataFrame(COLUMNS).cast({"c1": polars.Int8, "c3": polars.Float32, "c4": polars.Int128}),
        CELLS,
    ),
    "polars, nulls": (
        polars.DataFrame(dict(zip(NAMES, GAPS.T, strict=True)), nan_to_null=True).cast(
            {"c0": polars.Int8, "c1": polars.Float32, "c2": polars.Decimal(10, 2)}
        ),
        GAPS,
    ),
}  # fmt: skip


def opened(frame, **options):
    return frame_source(
        frame, keep_columns=[name for name in frame.columns if name.startswith("text")], **options
    )


@pytest.mark.parametrize("made", FRAMES)
@settings(max_examples=30)
@given(st.integers(0, 31), st.integers(0, 31), st.integers(0, 9), st.integers(0, 9))
def test_rectangles(made, top, bottom, left, right):
    frame, expected = FRAMES[made]
    part = slice(top, bottom), slice(left, right)
    np.testing.assert_array_equal(opened(frame).read(*part), expected[part])


@pytest.mark.parametrize("made", FRAMES)
@settings(max_examples=30)
@given(st.lists(st.integers(0, 30)), st.integers(0, 9), st.integers(0, 9))
def test_rows_in_any_order(made, rows, left, right):
    frame, expected = FRAMES[made]
    chosen, columns = np.array(rows, int), slice(left, right)
    out = np.empty((len(rows), max(right - left, 0)), np.float32)
    np.testing.assert_array_equal(
        opened(frame).read(chosen, columns, out), expected[chosen, columns].astype(np.float32)
    )


@pytest.mark.parametrize("made", [name for name in FRAMES if "text" not in name])
def test_an_estimator_takes_the_same_cells(made):
    frame, expected = FRAMES[made]
    source = frame_source(frame, owner="PCA", name="Input X")
    np.testing.assert_array_equal(source[:], expected)
    assert (source.name, source.feature_names) == ("Input X", tuple(NAMES))
    assert (source.in_memory, source.row_names, source.carried) == (True, None, {})


@pytest.mark.parametrize("library", [pandas, polars])
def test_numbers_are_features_and_the_rest_is_carried(library):
    frame = library.DataFrame({"a": [1, 2], "b": [0.5, float("nan")], "kind": ["x", "y"], "age": [30, 40]})
    for target in ("age", 3, -1):
        source = frame_source(frame, target=target, keep_columns=["kind"])
        np.testing.assert_array_equal(source[:], [[1, 0.5], [2, np.nan]])
        assert source.feature_names == ("a", "b")
        assert source.row_names is None
        assert source.target_name == "age"
        carried = {name: values.tolist() for name, values in source.carried.items()}
        assert carried == {"kind": ["x", "y"], "age": [30, 40]}
    assert list(frame_source(frame, target="age", keep_columns=["a", "kind"]).carried) == ["a", "kind", "age"]


@pytest.mark.parametrize("make", [lambda frame: frame, polars.from_pandas])
def test_a_target_of_text(make):
    source = frame_source(make(pandas.DataFrame({"a": [1.5, 2], "kind": ["x", None]})), target="kind")
    assert source.feature_names == ("a",)
    assert source.carried["kind"].tolist() == ["x", ""]


def test_an_index_that_is_no_plain_count_names_the_rows():
    frame = pandas.DataFrame({0: [1.0, 2.0], 1: [3, 4]}, index=["r", 7])
    source = frame_source(frame)
    assert (source.row_names, source.feature_names) == (("r", "7"), ("0", "1"))
    assert frame_source(frame.reset_index(drop=True)[1:]).row_names is None


@pytest.mark.parametrize(
    ("column", "dtype"),
    [
        (np.int16([1, 2]), "i2"),
        (np.float16([1, 2]), "f2"),
        ([True, False], "?"),
        (pandas.array([1, 2], dtype="Int32"), "i4"),
        (pandas.array([1, None], dtype="Int8"), "f8"),
        (pandas.array([True, None], dtype="boolean"), "f8"),
        (pandas.array([True, False], dtype="boolean"), "?"),
        (pandas.array([1.5, None], dtype="Float32"), "f4"),
        (pandas.array([True, None], dtype="bool[pyarrow]"), "f8"),
        (pandas.array([1.5, None], dtype="float[pyarrow]"), "f4"),
        (pandas.array([decimal.Decimal(2), None], dtype=pandas.ArrowDtype(pyarrow.decimal128(5, 2))), "f8"),
        (polars.Series([1, 2], dtype=polars.UInt8), "u1"),
        (polars.Series([1, None], dtype=polars.UInt8), "f8"),
        (polars.Series([True, None]), "f8"),
        (polars.Series([True, False]), "?"),
        (polars.Series([1.5, None], dtype=polars.Float32), "f4"),
        (polars.Series([decimal.Decimal("1.5"), None]), "f8"),
        (polars.Series([2, None], dtype=polars.Int128), "f8"),
        # Older polars has no such numbers.
        *([(polars.Series([1.5, None], dtype=polars.Float16), "f2")] if hasattr(polars, "Float16") else []),
    ],
)
def test_the_type_holds_every_cell(column, dtype):
    library = polars if isinstance(column, polars.Series) else pandas
    source = frame_source(library.DataFrame({"a": column}))
    expected = [[np.nan if cell is None or cell is pandas.NA else float(cell)] for cell in column]
    assert source.dtype == dtype
    assert source[:].dtype == dtype
    np.testing.assert_array_equal(source[:], expected)
    np.testing.assert_array_equal(source[[1, 0]], expected[::-1])


def test_columns_of_every_kind_are_carried():
    day = datetime.datetime(2020, 1, 2)
    for column, expected in [
        (pandas.Series(["u", None], dtype="category"), ["u", ""]),
        (pandas.Series([day, pandas.NaT]).astype("datetime64[ns]"), ["2020-01-02 00:00:00", ""]),
        (pandas.Series(["u", 1.5], dtype=object), ["u", "1.5"]),
        (pandas.Series([1990, 2000], dtype="category"), [1990, 2000]),
        (pandas.Series([1, None], dtype="Int64"), [1, np.nan]),
        (polars.Series(["u", None], dtype=polars.Categorical), ["u", ""]),
        (polars.Series([day, None]), ["2020-01-02 00:00:00", ""]),
        (polars.Series([True, None]), [1, np.nan]),
        (polars.Series([[1], None]), ["[1]", ""]),
    ]:
        np.testing.assert_array_equal(carried_values(column), expected)


def test_what_reads_as_a_number_is_one_for_an_estimator():
    frame = pandas.DataFrame(
        {
            "a": [1, 2],
            "text": ["1.5", None],
            "objects": pandas.Series([3, "4"], dtype=object),
            "category": pandas.Categorical(["5", "6"]),
            "none": pandas.Series([None, None], dtype=object),
        }
    )
    expected = [[1, 1.5, 3, 5, np.nan], [2, np.nan, 4, 6, np.nan]]
    np.testing.assert_array_equal(frame_source(frame, owner="PCA")[:], expected)
    frame["objects"] = [3, 4]
    np.testing.assert_array_equal(frame_source(polars.from_pandas(frame), owner="PCA")[:], expected)


@pytest.mark.parametrize("library", [pandas, polars])
@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"a": [1.0] * 4, "b": ["1", None, "2", "abc"]}, "text in column 1 ('b', 'abc' in row 3)"),
        ({"a": ["x"], "b": ["y"], "c": [1]}, "text in columns 0 ('a', 'x' in row 0) and 1 ('b', 'y' in row 0)"),
        ({"a": [1], "b": [datetime.datetime(2020, 1, 2)]}, "dates in column 1 ('b')"),
        ({"t": ["x"], "a": [1], "d": [datetime.date(2020, 1, 2)], "u": [datetime.timedelta(1)]}, "text in column 0 ('t', 'x' in row 0), dates in column 2 ('d'WHEN) and lengths of time in column 3 ('u')"),
    ],
)  # fmt: skip
def test_what_is_refused_by_an_estimator_and_where_it_is_opened(library, columns, said):
    """One rule, and one message of all such columns."""
    frame = library.DataFrame(columns)
    # pandas has no type of its own for days.
    said = said.replace("WHEN", ", 2020-01-02 in row 0" if library is pandas else "")
    with pytest.raises(InputError) as caught:
        frame_source(frame, owner="Autoencoder", name="Input X")
    assert str(caught.value).startswith(f"X holds {said}. Autoencoder needs numbers: drop th")
    with pytest.raises(InputError) as caught:
        frame_source(frame)
    assert str(caught.value).startswith(f"the data frame holds {said}. Features are numbers: carry th")
    kept = [name for name in columns if name != "a"] if "c" not in columns else ["a", "b"]
    assert f"keep_columns={kept}" in str(caught.value)
    assert list(frame_source(frame, keep_columns=kept).carried) == kept


def test_complex_columns_are_refused():
    with pytest.raises(
        InputError, match=r"^Complex data not supported: PCA got X of dtype complex128 in column 0 \('a'\)"
    ):
        frame_source(pandas.DataFrame({"a": [1j]}), owner="PCA")


def test_what_is_wrong_is_said_in_one_sentence():
    with pytest.raises(
        InputError, match=r"^the data frame has no column named 'agee'; it has 'age'\. Did you mean 'age'\?$"
    ):
        frame_source(pandas.DataFrame({"age": [1]}), target="agee")
    with pytest.raises(InputError, match=r"^the data frame has no numeric column; its columns are 'kind'\.$"):
        frame_source(pandas.DataFrame({"kind": ["x"]}))
    twice = pandas.DataFrame([[1, 2, 3]], columns=["1", "b", 1])
    for owner in (None, "PCA"):
        with pytest.raises(
            InputError, match=r"^Input X: the name '1' stands over two columns, 0 and 2 \(counted from 0\)"
        ):
            frame_source(twice, owner=owner, name="Input X")


@pytest.mark.parametrize("library", [pandas, polars])
def test_no_rows_and_no_columns(library):
    assert frame_source(library.DataFrame({"a": np.empty(0), "b": np.empty(0)}), owner="PCA")[:].shape == (
        0,
        2,
    )
    assert frame_source(library.DataFrame(), owner="PCA").shape == (0, 0)


# Before pandas 3 some columns of a frame are a copy; they are then read one by one.
SELECTS_VIEWS = int(pandas.__version__.split(".")[0]) >= 3


def test_one_block_is_looked_at_as_it_lies():
    frame = pandas.DataFrame(COLUMNS)
    source = frame_source(frame)
    assert isinstance(source, ArraySource)
    assert np.shares_memory(source.peek(slice(3, 5)), frame["c4"].to_numpy())


@pytest.mark.skipif(not SELECTS_VIEWS, reason="before pandas 3 some columns of a frame are a copy")
def test_a_block_beside_others_is_looked_at_as_it_lies():
    frame = pandas.DataFrame(COLUMNS).assign(kind="x")
    source = frame_source(frame, keep_columns=["kind"])
    assert isinstance(source, ArraySource)
    assert np.shares_memory(source.peek(slice(3, 5)), frame["c4"].to_numpy())


@pytest.mark.parametrize("library", [pandas, polars])
@pytest.mark.parametrize("several_types", [False, True])
def test_reading_in_blocks_copies_no_whole(library, several_types):
    frame = library.DataFrame({f"c{i}": np.full(200_000, i, np.float64) for i in range(20)})
    if several_types:
        frame = frame.astype({"c0": "f4"}) if library is pandas else frame.cast({"c0": polars.Float32})
    n_bytes = 200_000 * 20 * 8
    out = np.empty((10_000, 20))
    rows = np.random.default_rng(0).permutation(200_000)[:10_000]
    tracemalloc.start()
    source = frame_source(frame, owner="PCA")
    for start in range(0, 200_000, 10_000):
        source.read(slice(start, start + 10_000), out=out)
    source.read(rows, out=out)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    np.testing.assert_array_equal(out, np.tile(np.arange(20), (10_000, 1)))
    assert peak < n_bytes / 4


def test_cells_of_numbers_are_never_objects(monkeypatch):
    frame, expected = FRAMES["pandas, nullable"]
    source = frame_source(frame)
    assert isinstance(source, ColumnsSource)
    concatenated = []
    real = np.concatenate

    def concatenate(arrays, **options):
        concatenated.extend(array.dtype.kind for array in arrays)
        return real(arrays, **options)

    monkeypatch.setattr(np, "concatenate", concatenate)
    np.testing.assert_array_equal(source[:], expected)
    assert set(concatenated) == {"f"}


@pytest.mark.parametrize("many", [1, 1000])
def test_columns_of_one_type_are_taken_in_their_order_together_or_one_by_one(many, monkeypatch):
    """Whatever order pandas keeps them in; types that only look alike are told apart."""
    monkeypatch.setattr(frame_source_module, "_MANY_COLUMNS", many)
    random = np.random.default_rng(0)
    frame = pandas.DataFrame(
        {f"c{i}": random.normal(size=40).astype(("f4", "f8", "i8", "?")[i % 4]) for i in range(60)}
    )
    frame["late"] = random.normal(size=40)
    frame.insert(3, "early", random.normal(size=40).astype(np.float32))
    frame["nullable"] = pandas.array(np.arange(40), dtype="Int64")
    frame = frame[list(reversed(frame.columns))]
    for part in (frame, frame.copy(), frame.iloc[::2], frame.iloc[5:20, 3:40]):
        source = frame_source(part, owner="Autoencoder")
        expected = np.stack([part.iloc[:, i].to_numpy(float) for i in range(part.shape[1])], axis=1)
        np.testing.assert_array_equal(source[:], expected)
        np.testing.assert_array_equal(source.read([3, 0, 2], slice(2, 9)), expected[[3, 0, 2], 2:9])
        np.testing.assert_array_equal(source.peek(slice(1, 9), slice(2, 30)), expected[1:9, 2:30])


def test_thousands_of_columns_are_views_of_the_frame():
    frame = pandas.DataFrame(
        {f"c{i}": np.full(1000, i, np.float32 if i % 3 == 0 else np.float64) for i in range(3000)}
    )
    for target in (None, "c1501"):
        tracemalloc.start()
        source = frame_source(frame, target=target)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert len(source._blocks) == (2 if SELECTS_VIEWS else 0)
        assert peak < frame.memory_usage().sum() / (4 if SELECTS_VIEWS else 3)
        kept = [i for i in range(3000) if f"c{i}" != target]
        np.testing.assert_array_equal(source[-1], kept)
        np.testing.assert_array_equal(source.read(slice(2, 4), slice(1490, 1510)), [kept[1490:1510]] * 2)
