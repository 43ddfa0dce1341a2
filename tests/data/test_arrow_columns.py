import decimal

import numpy as np
import pyarrow
import pytest

from diabolo.data.arrow_columns import (
    CARRIED_MARK,
    arrow_layout,
    arrow_numbers,
    carried_cells,
    feature_type,
    number_type,
)
from diabolo.errors import DataFileError, InputError

DECIMALS = pyarrow.array([decimal.Decimal("1.5"), None])


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
        ([("a", "int8")], {"n_rows": 0}, "here has 0 rows and 1 numeric columns, and a table needs"),
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
