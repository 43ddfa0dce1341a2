import decimal
import sys
import threading
import tracemalloc

import numpy as np
import pyarrow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diabolo.data.arrow_source import (
    CARRIED_MARK,
    arrow_layout,
    arrow_numbers,
    arrow_source,
    carried_cells,
    feature_type,
    import_pyarrow,
    number_type,
)
from diabolo.data.formats import arrow as module
from diabolo.data.formats.arrow import ArrowBatches
from diabolo.errors import DataFileError, InputError, InputTypeError, ParameterError

CELLS = np.random.default_rng(0).integers(-40, 50, (31, 6)).astype(float)
GAPS = np.where(CELLS % 7 == 0, np.nan, CELLS)
KINDS = ["int16", "double", "float", "int64", "halffloat", "decimal"]
COUNTS = [0, 7, 1, 0, 20, 3]
DECIMALS = pyarrow.array([decimal.Decimal("1.5"), None])


def table(cells):
    columns = {}
    for i, kind in enumerate(KINDS):
        # pyarrow 17 makes half floats of NumPy's alone.
        number = np.float16 if kind == "halffloat" else int
        values = [None if np.isnan(cell) else number(cell) for cell in cells[:, i]]
        columns[f"c{i}"] = pyarrow.array(values, pyarrow.decimal128(9, 1) if kind == "decimal" else kind)
    return pyarrow.table({**columns, "kind": ["x"] * len(cells)})


def batches(whole, *, as_table=False, loads=None, **options):
    ends = np.cumsum([0, *COUNTS])

    def load(batch, names):
        if loads is not None:
            loads.append((batch, *names))
        part = whole.slice(ends[batch], COUNTS[batch]).select(names).combine_chunks()
        return part if as_table or not part.num_rows else part.to_batches()[0]

    return ArrowBatches(
        "a.parquet", whole.schema, COUNTS, load, lambda name: whole[name].null_count, **options
    )


class Stream:
    """What other libraries hand out: no table, but a stream of one."""

    def __init__(self, whole):
        self.whole = whole

    def __arrow_c_stream__(self, requested_schema=None):
        return self.whole.__arrow_c_stream__(requested_schema)


def opened(whole):
    return arrow_source(whole, keep_columns=["kind"])


# Sources of the same cells, and these cells.
SOURCES = {
    "batches": (lambda: batches(table(CELLS)), CELLS),
    "batches with gaps": (lambda: batches(table(GAPS)), GAPS),
    "batches as tables": (lambda: batches(table(GAPS), as_table=True), GAPS),
    "table": (lambda: opened(table(CELLS)), CELLS),
    "table with gaps": (lambda: opened(table(GAPS)), GAPS),
    "table in chunks": (
        lambda: opened(pyarrow.concat_tables([table(CELLS[:9]), table(CELLS[9:12]), table(CELLS[12:])])),
        CELLS,
    ),
    "a part of a table": (lambda: opened(table(np.vstack([CELLS, CELLS])).slice(31)), CELLS),
    "record batch": (lambda: opened(table(GAPS).to_batches()[0]), GAPS),
    "stream": (lambda: opened(Stream(table(GAPS))), GAPS),
    "an estimator's": (lambda: arrow_source(table(GAPS).drop("kind"), owner="PCA"), GAPS),
}


@pytest.mark.parametrize("made", SOURCES)
@pytest.mark.parametrize("kept", [0, 2**20])
@settings(max_examples=25)
@given(st.integers(0, 31), st.integers(0, 31), st.integers(0, 6), st.integers(0, 6))
def test_rectangles(made, kept, top, bottom, left, right):
    make, expected = SOURCES[made]
    part = slice(top, bottom), slice(left, right)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_KEPT_CELLS", kept)
        np.testing.assert_array_equal(make().read(*part), expected[part])


@pytest.mark.parametrize("made", SOURCES)
@settings(max_examples=25)
@given(st.lists(st.integers(0, 30)), st.integers(0, 6))
def test_rows_in_any_order(made, rows, left):
    make, expected = SOURCES[made]
    chosen = np.array(rows, int)
    np.testing.assert_array_equal(make().read(chosen, slice(left, None)), expected[chosen, left:])


def test_a_small_batch_is_kept_and_a_large_one_is_not(monkeypatch):
    loads = []
    source = batches(table(CELLS), loads=loads)
    loads.clear()  # the carried column
    source[8:12], source[12:20]
    assert loads == [(4, *source.feature_names)]
    monkeypatch.setattr(module, "_KEPT_CELLS", 7)
    loads.clear()
    source[20:22], source[:3], source[3:5]
    assert [batch for batch, *_ in loads] == [1, 1]  # the one that was kept was still there


def test_one_thread_at_a_time_loads():
    whole, inside = table(CELLS), threading.Lock()

    def load(batch, names):
        assert inside.acquire(blocking=False)
        try:
            return whole.slice(batch, 1).select(names)
        finally:
            inside.release()

    source = ArrowBatches("here", whole.schema, [1] * 31, load, lambda _: 0)
    found = {}
    threads = [threading.Thread(target=lambda i=i: found.update({i: source[i:]})) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for i in range(8):
        np.testing.assert_array_equal(found[i], CELLS[i:])


def test_what_is_carried():
    whole = pyarrow.table(
        {
            "row_names": [f"r{i}" for i in range(31)],
            "a": CELLS[:, 0],
            "shade": pyarrow.array([("r", None, "g")[i % 3] for i in range(31)]).dictionary_encode(),
            "age": pyarrow.array([None if i == 30 else i for i in range(31)]),
        }
    )
    for source in (batches(whole, target="age"), arrow_source(whole, target="age", keep_columns=["shade"])):
        assert source.feature_names == ("a",)
        assert source.row_names == tuple(f"r{i}" for i in range(31))
        assert list(source.carried) == ["shade", "age"]
        assert source.carried["shade"].tolist() == [("r", "", "g")[i % 3] for i in range(31)]
        np.testing.assert_array_equal(source.carried["age"], [*range(30), np.nan])
        assert source.target_name == "age"
    assert list(arrow_source(whole, keep_columns=["row_names", "shade"]).carried) == ["row_names", "shade"]


def test_the_file_is_let_go():
    released = []
    source = batches(table(CELLS), release=lambda: released.append(True))
    assert (source.block, source.in_memory, source.is_compressed) == ((20, 1), False, True)
    with source:
        source[:3]
    assert released == [True]
    with pytest.raises(InputError, match=r"^a\.parquet was closed and cannot be read any more"):
        source[:3]


def test_a_damaged_file(tmp_path):
    def load(batch, names):
        raise OSError("Corrupt snappy compressed data.")

    schema = pyarrow.schema([("a", "double")])
    source = ArrowBatches("a.parquet", schema, [3], load, lambda _: 0, path=tmp_path / "a.parquet")
    with pytest.raises(DataFileError, match=r"a\.parquet is cut short or damaged \(Corrupt snappy"):
        source[:]


def test_columns_of_one_chunk_are_not_copied():
    cells = np.arange(200_000.0)
    source = arrow_source(pyarrow.table({"a": cells, "b": cells}))
    out = np.empty((1000, 2))
    tracemalloc.start()
    pool = pyarrow.total_allocated_bytes()
    for start in range(0, 200_000, 1000):
        source.read(slice(start, start + 1000), out=out)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < cells.nbytes / 4
    assert pyarrow.total_allocated_bytes() == pool
    assert source.in_memory


def test_an_estimator_takes_all_columns():
    whole = pyarrow.table(
        {
            "a": [1, 2],
            "text": ["1.5", None],
            "shade": pyarrow.array(["3", "4"]).dictionary_encode(),
            "none": pyarrow.nulls(2),
        }
    )
    source = arrow_source(whole, owner="PCA", name="Input X")
    np.testing.assert_array_equal(source[:], [[1, 1.5, 3, np.nan], [2, np.nan, 4, np.nan]])
    assert (source.name, source.carried) == ("Input X", {})


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"a": [1, 2], "b": ["1", "x"]}, "text in column 1 ('b', 'x' in row 1)"),
        ({"a": pyarrow.array([1]).cast("timestamp[s]"), "b": [2]}, "dates in column 0 ('a')"),
    ],
)  # fmt: skip
def test_what_is_refused_by_an_estimator_and_where_it_is_opened(columns, said):
    with pytest.raises(InputError) as caught:
        arrow_source(pyarrow.table(columns), owner="PCA")
    assert str(caught.value).startswith(f"X holds {said}. PCA needs numbers: drop that column, ")
    with pytest.raises(InputError) as caught:
        arrow_source(pyarrow.table(columns))
    assert str(caught.value).startswith(f"the Arrow table holds {said}. Features are numbers: carry that")


def test_names_that_stand_over_two_columns():
    twice = pyarrow.Table.from_arrays([pyarrow.array([1]), pyarrow.array([2])], names=["a", "a"])
    for owner in (None, "PCA"):
        with pytest.raises(
            InputError, match=r"^the Arrow table: the name 'a' stands over two columns, 0 and 1"
        ):
            arrow_source(twice, owner=owner)


def test_a_stream_of_no_table():
    with pytest.raises(
        InputTypeError, match=r"^a ChunkedArray is no table: give a path, an array or a data frame\.$"
    ):
        arrow_source(pyarrow.chunked_array([[1]]))


def test_without_pyarrow(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    said = 'FILE needs the package pyarrow, which is not installed: pip install "diabolo[parquet]".'
    with pytest.raises(ParameterError) as caught:
        import_pyarrow("FILE")
    assert str(caught.value) == said


def layout(fields, target=None, keep=None, n_rows=3):
    schema = pyarrow.schema(fields)
    found = arrow_layout(schema, n_rows, target, keep, "here", DataFileError)
    return [field.name for field in found.features], found.carried, found.row_names, found.target_name


def test_features_and_what_is_carried():
    marked = pyarrow.field("group", "int8", metadata={CARRIED_MARK: b"1"})
    fields = [("a", "double"), ("day", "date32"), marked, ("b", "bool"), ("row_names", "string")]
    fields = [field if isinstance(field, pyarrow.Field) else pyarrow.field(*field) for field in fields]
    assert layout(fields) == (["a", "b"], ["day", "group"], "row_names", None)
    assert layout(fields, "b", ["day"]) == (["a"], ["day", "group", "b"], "row_names", "b")
    assert layout(fields, 0, [-1]) == (["b"], ["a", "day", "group", "row_names"], None, "a")
    assert layout(fields, "row_names") == (["a", "b"], ["day", "group", "row_names"], None, "row_names")


def test_row_names_that_are_numbers_are_a_feature():
    assert layout([("row_names", "int8")]) == (["row_names"], [], None, None)


@pytest.mark.parametrize(
    ("fields", "options", "said"),
    [
        ([("a", "int8"), ("a", "int8")], {}, "here: the name 'a' stands over two columns, 0 and 1"),
        (
            [("age", "int8"), ("b", "int8")],
            {"target": "agee"},
            "here has no column named 'agee'; it has 'age', 'b'.",
        ),
        (
            [("a", "string")],
            {},
            "here has 3 rows and 0 numeric columns, and a table needs at least one of each; it",
        ),
        ([("a", "int8")], {"n_rows": 0}, "here has 0 rows and 1 numeric column, and a table needs"),
    ],
)
def test_what_is_no_table(fields, options, said):
    with pytest.raises(InputError) as caught:
        layout(fields, **options)
    assert str(caught.value).startswith(said)


@pytest.mark.parametrize(
    ("kind", "dtype", "with_gaps"),
    [
        ("bool", "?", "f4"),
        ("int8", "i1", "f4"),
        ("uint16", "u2", "f4"),
        ("int32", "i4", "f8"),
        ("uint64", "u8", "f8"),
        ("halffloat", "f2", "f2"),
        ("float", "f4", "f4"),
        ("double", "f8", "f8"),
    ],
)
def test_types_of_numbers(kind, dtype, with_gaps):
    field = pyarrow.field("a", kind)
    assert number_type(field.type) == dtype
    assert feature_type(field, lambda _: 0) == dtype
    assert feature_type(field, lambda _: 1) == with_gaps
    assert feature_type(pyarrow.field("a", kind, nullable=False), lambda _: 1) == dtype


def test_types_of_other_cells():
    assert number_type(pyarrow.decimal128(5, 2)) == "f8"
    assert feature_type(pyarrow.field("a", pyarrow.decimal128(5, 2)), lambda _: 0) == "f8"
    for kind in ("string", "date32", "timestamp[us]", "binary", "null"):
        assert number_type(pyarrow.type_for_alias(kind)) is None


@pytest.mark.parametrize("chunked", [False, True])
def test_cells_of_numbers(chunked):
    for column, expected in [
        (pyarrow.array([True, None]), [1, np.nan]),
        (pyarrow.array([True, False]), [True, False]),
        (pyarrow.array([1, None], pyarrow.int8()), [1, np.nan]),
        (pyarrow.array([np.float16(1.5), None]), [1.5, np.nan]),
        (DECIMALS, [1.5, np.nan]),
    ]:
        found = arrow_numbers(pyarrow.chunked_array([column]) if chunked else column)
        assert found.dtype.kind in "buif"
        np.testing.assert_array_equal(found, expected)


def test_cells_that_are_carried():
    for column, expected in [
        (pyarrow.array(["a", None]), ["a", ""]),
        (pyarrow.array(["a", None]).dictionary_encode(), ["a", ""]),
        (pyarrow.array([7, 8, None]).dictionary_encode(), [7, 8, np.nan]),
        (pyarrow.array([0, None]).cast("timestamp[s]"), ["1970-01-01 00:00:00", ""]),
        (DECIMALS, [1.5, np.nan]),
        (pyarrow.array([1, 2]), [1, 2]),
    ]:
        np.testing.assert_array_equal(carried_cells(column), expected)
    assert carried_cells(pyarrow.array([True, False])).dtype == bool
