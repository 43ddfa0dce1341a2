"""Lists of a fixed size as features, decimals as numbers, and columns that are left out by name."""

import datetime
import warnings
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pyarrow import feather, parquet
from tests.conftest import absent

import diabolo
from diabolo.data.fixed_lists import is_fixed_list, items_of, widened
from diabolo.errors import DataFileError, DiaboloWarning, UnfitColumnsError

VECTORS = np.arange(24, dtype=np.float32).reshape(8, 3) % 7
TABLE = pa.table(
    {
        "a": np.linspace(0, 1, 8),
        "v": pa.array(VECTORS.tolist(), pa.list_(pa.float32(), 3)),
        "b": np.linspace(1, 0, 8),
    }
)
CELLS = np.column_stack([TABLE["a"].to_numpy(), VECTORS, TABLE["b"].to_numpy()])
NAMES = ("a", "v[0]", "v[1]", "v[2]", "b")


FORMS = {
    "pandas": lambda table: table.to_pandas(types_mapper=pd.ArrowDtype),
    "polars": pl.from_arrow,
    "arrow": lambda table: table,
}
KINDS = [*FORMS, "parquet", "feather"]


def written(table, folder, kind):
    path = folder / f"t.{kind}"
    if kind == "parquet":
        try:
            parquet.write_table(table, path, row_group_size=3)
        except pa.ArrowNotImplementedError as problem:  # of PyArrow 17: missing lists of a fixed size
            absent(f"PyArrow {pa.__version__} cannot write it: {problem}")
    else:
        feather.write_feather(table, path, chunksize=3)
    return path


def opened(kind, folder, table=TABLE, **options):
    given = FORMS[kind](table) if kind in FORMS else written(table, folder, kind)
    return diabolo.open(given, **options)


@pytest.mark.parametrize("kind", KINDS)
def test_each_place_is_a_feature(kind, tmp_path):
    source = opened(kind, tmp_path)
    assert source.feature_names == NAMES
    np.testing.assert_array_equal(source[:], CELLS)
    np.testing.assert_array_equal(source.read(slice(2, 7), slice(2, 4)), CELLS[2:7, 2:4])
    np.testing.assert_array_equal(source.read(np.array([7, 0, 4])), CELLS[[7, 0, 4]])


@pytest.mark.parametrize("kind", KINDS)
def test_columns_are_chosen_by_what_they_are_in_the_table(kind, tmp_path):
    assert opened(kind, tmp_path, columns=["v"]).feature_names == ("v[0]", "v[1]", "v[2]")
    assert opened(kind, tmp_path, columns=[1, "b"]).feature_names == ("v[0]", "v[1]", "v[2]", "b")
    assert opened(kind, tmp_path, drop_columns=["v"], target=-1).feature_names == ("a",)
    carrying = opened(kind, tmp_path, keep_columns=[1], target="b")
    assert (carrying.feature_names, list(carrying.carried)) == (("a",), ["v", "b"])
    assert carrying.carried["v"][0] == "[0.0, 1.0, 2.0]"


@pytest.mark.parametrize("kind", KINDS)
def test_missing_lists_and_lists_of_lists(kind, tmp_path):
    pairs = pa.array([[[1, 2], [3, 4]], None, [[5, 6], [7, None]]], pa.list_(pa.list_(pa.int16(), 2), 2))
    source = opened(kind, tmp_path, pa.table({"p": pairs, "i": pa.array([1, 2, 3], pa.int8())}))
    assert source.feature_names == ("p[0][0]", "p[0][1]", "p[1][0]", "p[1][1]", "i")
    nan = np.nan
    np.testing.assert_array_equal(source[:], [[1, 2, 3, 4, 1], [nan, nan, nan, nan, 2], [5, 6, 7, nan, 3]])


@settings(max_examples=25)
@given(
    hnp.arrays(
        st.sampled_from(["f4", "f8", "i4", "u1"]),
        st.tuples(st.integers(1, 7), st.integers(1, 4)),
        elements=st.integers(0, 9),
    ),
    st.integers(1, 4),
)
def test_any_shape_against_the_array(cells, size):
    column = pa.FixedSizeListArray.from_arrays(pa.array(cells.ravel()), cells.shape[1])
    table = pa.Table.from_batches(pa.table({"v": column}).to_batches(max_chunksize=size))
    for each in (table, pl.from_arrow(table), table.to_pandas(types_mapper=pd.ArrowDtype)):
        np.testing.assert_array_equal(diabolo.open(each)[:], cells)


@pytest.mark.parametrize("kind", FORMS)
def test_estimators_know_them_by_name(kind):
    X = {
        "pandas": TABLE.to_pandas(types_mapper=pd.ArrowDtype),
        "polars": pl.from_arrow(TABLE),
        "arrow": TABLE,
    }[kind]
    model = diabolo.Autoencoder(2, max_epochs=1, random_state=0, missing="mean").fit(X)
    assert tuple(model.feature_names_in_) == NAMES
    codes = model.transform(X)
    np.testing.assert_allclose(codes, model.transform(diabolo.open(X)), rtol=1e-6)
    if kind != "arrow":
        assert tuple(model.set_output(transform="pandas").reconstruct(X).columns) == NAMES
        assert tuple(model.impute(X).columns) == NAMES


def test_the_frame_is_left_as_it_is():
    for frame in (TABLE.to_pandas(types_mapper=pd.ArrowDtype), pl.from_arrow(TABLE), TABLE):
        before = list(frame.columns) if frame is not TABLE else frame.column_names
        assert widened(frame) is not frame
        assert widened(frame, ["v"]) is frame
        assert before == (list(frame.columns) if frame is not TABLE else frame.column_names)
    plain = TABLE.select(["a", "b"])
    assert widened(plain) is plain
    assert widened(TABLE.replace_schema_metadata({"k": "w"})).schema.metadata == {b"k": b"w"}


def test_which_types_are_lists_of_a_fixed_size():
    kinds = [pa.list_(pa.int8(), 2), pl.Array(pl.Int8, 2), pd.ArrowDtype(pa.list_(pa.int8(), 2))]
    for kind in kinds:
        assert is_fixed_list(kind)
        assert [each[:2] for each in items_of("v", kind)] == [("v[0]", (0,)), ("v[1]", (1,))]
    assert not any(map(is_fixed_list, [pa.list_(pa.int8()), pl.List(pl.Int8), np.dtype("f4"), pa.string()]))


def test_a_name_that_is_there_already_is_refused(tmp_path):
    table = TABLE.append_column("v[1]", TABLE["a"])
    with pytest.raises(DataFileError, match=r"'v\[1\]'"):
        opened("parquet", tmp_path, table)


@pytest.mark.parametrize("kind", [*KINDS, "object"])
def test_decimals_are_numbers(kind, tmp_path):
    numbers = [Decimal("1.25"), None, Decimal("-3.50")]
    table = pa.table({"d": pa.array(numbers, pa.decimal128(8, 2)), "a": [1.0, 2.0, 3.0]})
    frame = pd.DataFrame({"d": numbers, "a": [1.0, 2.0, 3.0]})
    source = diabolo.open(frame) if kind == "object" else opened(kind, tmp_path, table)
    assert source.feature_names == ("d", "a")
    np.testing.assert_array_equal(source[:], [[1.25, 1], [np.nan, 2], [-3.5, 3]])


@pytest.mark.parametrize("kind", ["parquet", "feather"])
def test_what_is_left_out_of_a_file_is_named_when_it_is_learned_from(kind, tmp_path):
    more = {
        "when": [datetime.date(2020, 1, 1)] * 8,
        "words": [["x"] * (i % 3) for i in range(8)],
        "note": ["x"] * 8,
        "clock": [datetime.time(12)] * 8,
    }
    table = TABLE
    for name, cells in more.items():
        table = table.append_column(name, pa.array(cells))
    model = diabolo.Autoencoder(2, max_epochs=1, random_state=0)
    source = opened(kind, tmp_path, table)
    assert source.left_out == ("'when' (dates)", "'words' (lists)", "'clock' (times of day)")
    said = (
        f"{source.name}: no features are made of 'when' (dates), 'words' (lists), 'clock' (times of day). "
        "Make numbers of what is to be learned; keep_columns or drop_columns of diabolo.open names the "
        "others."
    )
    for learner in (model, diabolo.AutoencoderDetector(model, random_state=0)):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            learner.fit(source)
        assert [str(each.message) for each in caught if each.category is DiaboloWarning] == [said]
        if learner is model:
            model.transform(source)  # says nothing
    for options in ({"keep_columns": ["when", -1], "drop_columns": ["words"]}, {"columns": ["v"]}):
        assert opened(kind, tmp_path, table, **options).left_out == ()
    asked = opened(kind, tmp_path, table, keep_columns=["when"], target="clock")
    assert asked.left_out == ("'words' (lists)",)
    assert asked.rows(np.arange(4)).left_out == ("'words' (lists)",)
    path = written(table, tmp_path, kind)
    assert diabolo.open([path, path]).left_out == source.left_out


@pytest.mark.parametrize("cell", [[1.0, 2.0], (1.0, 2.0), np.ones(2)])
def test_lists_of_python_are_named_with_what_to_do(cell):
    frame = pd.DataFrame({"a": [1.0, 2.0], "v": [cell, cell]})
    with pytest.raises(UnfitColumnsError) as caught:
        diabolo.Autoencoder(1).fit(frame)
    assert str(caught.value).startswith("X holds lists in column 1 ('v', ")
    cure = " Lists of one length are features once they are columns: numpy.stack(X['v'])."
    assert str(caught.value).endswith(cure)
    frame["when"] = pd.Timestamp("2020-01-01")
    with pytest.raises(
        UnfitColumnsError, match=r"lists in column 1 \('v'.* and dates in column 2 \('when'\)\. "
    ):
        diabolo.Autoencoder(1).fit(frame)
