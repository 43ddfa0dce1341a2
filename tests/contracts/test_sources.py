"""Whatever a table comes from, it reads the same cells in the same ways as the array it was made of."""

import pickle
import threading

import cloudpickle
import h5py
import numpy as np
import pandas
import polars
import pyarrow
import pytest
import zarr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import feather, parquet

from diabolo import open as open_table
from diabolo.data import disk_cells
from diabolo.data.array_source import ArraySource
from diabolo.data.formats import numpy as numpy_format
from diabolo.data.open_table import JoinedSource
from diabolo.errors import DiaboloError, InputError

N_ROWS, N_FEATURES = 37, 11
CELLS = np.random.default_rng(3).normal(size=(N_ROWS, N_FEATURES)).astype(np.float32)
FEATURES = tuple(f"site{i}" for i in range(N_FEATURES))
ROWS = tuple(f"row{i}" for i in range(N_ROWS))
AGE = np.arange(N_ROWS) * 0.5
KIND = np.array([("cat", "dög")[i % 2] for i in range(N_ROWS)])


def hdf5(path, *, rows="first", **options):
    with h5py.File(path, "w") as file:
        stored = CELLS if rows == "first" else CELLS.T
        file.create_dataset("data", data=stored, **options)
        file["age"], file["kind"] = AGE, KIND.tolist()
        file["feature_names"], file["row_names"] = FEATURES, ROWS
    return open_table(path, rows=rows, target="age")


def h5ad(path, sparse):
    with h5py.File(path, "w") as file:
        if sparse:
            # Every cell is stored, in two pieces a row would be the same; zeros are left out in its own test.
            group = file.create_group("X")
            group.attrs["encoding-type"], group.attrs["shape"] = "csr_matrix", CELLS.shape
            group["data"] = CELLS.ravel()
            group["indices"] = np.tile(np.arange(N_FEATURES, dtype=np.int32), N_ROWS)
            group["indptr"] = np.arange(0, CELLS.size + 1, N_FEATURES, dtype=np.int32)
        else:
            file["X"] = CELLS
        obs, var = file.create_group("obs"), file.create_group("var")
        obs.attrs["_index"] = var.attrs["_index"] = "_index"
        obs["_index"], var["_index"] = ROWS, FEATURES
        obs["age"] = AGE
        kind = obs.create_group("kind")
        kind["categories"], kind["codes"] = ["cat", "dög"], np.arange(N_ROWS, dtype=np.int8) % 2
    return open_table(path, target="age")


def zarr_store(path, **options):
    group = zarr.open_group(path, mode="w")
    group.create_array("data", data=CELLS, **options)
    group.create_array("age", data=AGE)
    for name, values in {"kind": KIND, "feature_names": FEATURES, "row_names": ROWS}.items():
        array = group.create_array(name, shape=(len(values),), dtype=str)
        array[:] = np.array(values, object)
    return open_table(path, target="age")


def arrow_file(path):
    columns = {name: CELLS[:, i] for i, name in enumerate(FEATURES)}
    table = pyarrow.table({**columns, "age": AGE, "kind": KIND.tolist(), "row_names": ROWS})
    parquet.write_table(table, path, row_group_size=8)
    return open_table(path, target="age")


def feather_file(path):
    columns = {name: CELLS[:, i] for i, name in enumerate(FEATURES)}
    table = pyarrow.table({**columns, "age": AGE, "kind": KIND.tolist(), "row_names": ROWS})
    feather.write_feather(table, str(path), chunksize=8)
    return open_table(path, target="age")


def npz(path, save):
    save(path, X=CELLS, age=AGE, kind=KIND, feature_names=FEATURES, row_names=ROWS)
    return open_table(path, target="age")


def npy(path, array, **options):
    np.save(path, array)
    return open_table(path, **options)


def csv(path, decimal="."):
    # A text table is read as float64, so all digits of the float32 are written.
    frame = pandas.DataFrame(CELLS.astype(np.float64), columns=list(FEATURES))
    frame.insert(0, "row_names", ROWS)
    frame["age"], frame["kind"] = AGE, KIND
    frame.to_csv(path, index=False, decimal=decimal, sep="," if decimal == "." else ";")
    return open_table(path, target="age", keep_columns=["kind"])


def unpacked_to_disk(make):
    """Open a file that cannot be read in part, as if it were a large one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(disk_cells, "RESIDENT_BYTES", 0)
        patch.setattr(numpy_format, "RESIDENT_BYTES", 0)
        return make()


def pandas_frame():
    frame = pandas.DataFrame(CELLS, columns=list(FEATURES), index=list(ROWS))
    return open_table(frame.assign(age=AGE, kind=KIND), target="age", keep_columns=["kind"])


def polars_frame():
    columns = [polars.Series(name, CELLS[:, i]) for i, name in enumerate(FEATURES)]
    return open_table(
        polars.DataFrame([*columns, polars.Series("age", AGE), polars.Series("kind", KIND.tolist())]),
        target="age",
        keep_columns=["kind"],
    )


def joined_files(folder):
    for number, part in enumerate((CELLS[:20], CELLS[20:])):
        with h5py.File(folder / f"part{number}.h5", "w") as file:
            file["data"] = part
            some = slice(20 * number, 20 * number + len(part))
            file["age"], file["kind"] = AGE[some], KIND[some].tolist()
            file["feature_names"], file["row_names"] = FEATURES, ROWS[some]
    return open_table(folder / "part*.h5", target="age")


def whole(rows=slice(None), features=slice(None)):
    return ArraySource(
        CELLS[rows, features],
        feature_names=FEATURES[features],
        row_names=ROWS[rows],
        carried={"age": AGE[rows], "kind": KIND[rows]},
        target_name="age",
    )


def scrambled():
    order = np.random.default_rng(5).permutation(N_ROWS)
    back = np.argsort(order)
    parent = ArraySource(
        CELLS[order],
        feature_names=FEATURES,
        row_names=[ROWS[i] for i in order],
        carried={"age": AGE[order], "kind": KIND[order]},
        target_name="age",
    )
    return parent.rows(back)


def flipped():
    parent = ArraySource(
        CELLS[:, ::-1],
        feature_names=FEATURES[::-1],
        row_names=ROWS,
        carried={"age": AGE, "kind": KIND},
        target_name="age",
    )
    return parent.columns(np.arange(N_FEATURES)[::-1])


# What the format cannot hold is missing from it, and nothing else.
NAMELESS = {"npy", "npy Fortran", "npy features x rows", "array"}
MAKERS = {
    "array": lambda folder: open_table(CELLS),
    "array with names": lambda folder: whole(),
    "npy": lambda folder: npy(folder / "a.npy", CELLS),
    "npy Fortran": lambda folder: npy(folder / "a.npy", np.asfortranarray(CELLS)),
    "npy features x rows": lambda folder: npy(folder / "a.npy", CELLS.T, rows="last"),
    "npz": lambda folder: npz(folder / "a.npz", np.savez),
    "npz compressed": lambda folder: npz(folder / "a.npz", np.savez_compressed),
    "npz unpacked to disk": lambda folder: unpacked_to_disk(
        lambda: npz(folder / "a.npz", np.savez_compressed)
    ),
    "hdf5": lambda folder: hdf5(folder / "a.h5"),
    "hdf5 features x rows": lambda folder: hdf5(folder / "a.h5", rows="last"),
    "hdf5 row chunks": lambda folder: hdf5(folder / "a.h5", chunks=(8, N_FEATURES)),
    "hdf5 small chunks": lambda folder: hdf5(folder / "a.h5", chunks=(8, 4)),
    "hdf5 column chunks": lambda folder: hdf5(folder / "a.h5", chunks=(N_ROWS, 1)),
    "hdf5 features x rows in chunks": lambda folder: hdf5(folder / "a.h5", rows="last", chunks=(4, 8)),
    "hdf5 gzip": lambda folder: hdf5(folder / "a.h5", chunks=(8, 4), compression="gzip"),
    "hdf5 gzip features x rows": lambda folder: hdf5(folder / "a.h5", rows="last", compression="gzip"),
    "zarr": lambda folder: zarr_store(folder / "a.zarr", chunks=(8, 4)),
    "zarr one chunk": lambda folder: zarr_store(folder / "a.zarr", chunks=CELLS.shape, compressors=None),
    "parquet": lambda folder: arrow_file(folder / "a.parquet"),
    "feather": lambda folder: feather_file(folder / "a.feather"),
    "h5ad": lambda folder: h5ad(folder / "a.h5ad", sparse=False),
    "h5ad sparse": lambda folder: h5ad(folder / "a.h5ad", sparse=True),
    "csv": lambda folder: csv(folder / "a.csv"),
    "csv of semicolons": lambda folder: csv(folder / "a.csv", decimal=","),
    "csv packed": lambda folder: csv(folder / "a.csv.gz"),
    "csv unpacked to disk": lambda folder: unpacked_to_disk(lambda: csv(folder / "a.csv")),
    "pandas": lambda folder: pandas_frame(),
    "polars": lambda folder: polars_frame(),
    "chosen rows": lambda folder: scrambled(),
    "chosen columns": lambda folder: flipped(),
    "joined files": lambda folder: joined_files(folder),
    "joined": lambda folder: JoinedSource([whole(slice(0, 5)), whole(slice(5, 6)), whole(slice(6, N_ROWS))]),
}
rows = st.integers(-N_ROWS - 3, N_ROWS + 3) | st.none()
features = st.integers(-N_FEATURES - 3, N_FEATURES + 3) | st.none()
EXAMPLES = settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(params=MAKERS)
def name(request):
    return request.param


@pytest.fixture
def source(name, tmp_path):
    with MAKERS[name](tmp_path) as made:
        yield made


def test_shape_type_and_size(source, name):
    dtype = np.dtype(np.float64 if name.startswith("csv") else np.float32)
    assert source.shape == (N_ROWS, N_FEATURES) == (source.n_rows, source.n_features)
    assert (source.ndim, len(source)) == (2, N_ROWS)
    assert source.dtype == dtype
    assert source.nbytes == CELLS.size * dtype.itemsize
    assert f"37 x 11, {dtype}" in repr(source)
    assert all(1 <= size <= length for size, length in zip(source.block, source.shape, strict=True))


def test_names_and_carried_columns(source, name):
    if name in NAMELESS:
        assert (source.feature_names, source.row_names, source.carried) == (None, None, {})
        return
    assert source.feature_names == FEATURES
    assert source.row_names == (None if name == "polars" else ROWS)
    assert set(source.carried) == {"age", "kind"}
    np.testing.assert_array_equal(source.carried["age"], AGE)
    assert source.carried["kind"].tolist() == KIND.tolist()
    assert source.target_name in ("age", None if name.startswith("joined") else "age")


def test_everything_at_once(source):
    np.testing.assert_array_equal(source[:], CELLS)
    np.testing.assert_array_equal(np.asarray(source), CELLS)
    np.testing.assert_array_equal(np.asarray(source, np.float64), CELLS.astype(np.float64))
    np.testing.assert_array_equal(source[-1], CELLS[-1])
    np.testing.assert_array_equal(source[:, 2:9:3], CELLS[:, 2:9:3])
    np.testing.assert_array_equal(source[[5, 2, 30], [-1, 0]], CELLS[[5, 2, 30]][:, [-1, 0]])
    np.testing.assert_array_equal(source[4:9, -2], CELLS[4:9, -2])
    assert source[3, 4] == CELLS[3, 4]
    with pytest.raises(InputError, match=r"has two axes; 3 indices were given\.$"):
        source[1, 2, 3]


@EXAMPLES
@given(st.slices(N_ROWS), st.tuples(features, features))
def test_any_slice(source, rows, ends):
    columns = slice(*ends)
    np.testing.assert_array_equal(source.read(rows, columns), CELLS[rows, columns])


@EXAMPLES
@given(st.lists(st.integers(0, N_ROWS - 1), max_size=50), st.tuples(features, features))
def test_any_rows_in_any_order_repeated_or_not(source, chosen, ends):
    columns = slice(*ends)
    index = np.array(chosen, np.int64)
    np.testing.assert_array_equal(source.read(index, columns), CELLS[index, columns])
    np.testing.assert_array_equal(source.rows(chosen)[:], CELLS[index])


@EXAMPLES
@given(st.lists(st.integers(0, N_FEATURES - 1), min_size=1, max_size=15))
def test_any_columns_in_any_order(source, chosen):
    view = source.columns(chosen)
    np.testing.assert_array_equal(view[:], CELLS[:, chosen])
    assert view.target_name == source.target_name
    if source.feature_names is not None:
        assert view.feature_names == tuple(FEATURES[i] for i in chosen)


@pytest.mark.parametrize("dtype", [np.float64, np.float16, np.int32])
@pytest.mark.parametrize("order", ["C", "F"])
def test_out_of_another_type_and_layout(source, dtype, order):
    out = np.zeros((9, 4), dtype, order=order)
    assert source.read(slice(20, 29), slice(3, 7), out) is out
    np.testing.assert_array_equal(out, CELLS[20:29, 3:7].astype(dtype))


def test_out_inside_a_larger_array(source):
    around = np.full((12, 20), 9, np.float32)
    source.read(slice(0, 10), slice(None), around[1:11, 4:15])
    np.testing.assert_array_equal(around[1:11, 4:15], CELLS[:10])
    around[1:11, 4:15] = 9
    assert (around == 9).all()


@pytest.mark.parametrize("cells", [1, 50, 10**6])
def test_blocks_in_turn_are_the_whole_table(source, cells):
    found = np.full(CELLS.shape, np.nan)
    for where, values in source.blocks(cells):
        found[where] = values
    np.testing.assert_array_equal(found, CELLS)


def test_blocks_that_span_far_too_many_rows_are_read_in_parts(source):
    """Memory holds what was asked for, give or take a block of the file."""
    for cells in (1, N_FEATURES, 4 * N_FEATURES, 10**6):
        at_once = source.rows_at_once(cells)
        assert at_once * N_FEATURES <= 4 * max(cells, N_FEATURES)
        assert at_once % source.block[0] == 0 or at_once < source.block[0]


def test_several_threads_at_once(source):
    orders = [np.random.default_rng(seed).permutation(N_ROWS) for seed in range(4)]
    wrong = []

    def check(order):
        for _ in range(5):
            wrong.extend([order] * (not np.array_equal(source.read(order), CELLS[order])))

    threads = [threading.Thread(target=check, args=(order,)) for order in orders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_rows_that_are_not_there(source):
    with pytest.raises(DiaboloError, match="has 37 rows, numbered from 0; row 37 was asked"):
        source.read(np.array([0, N_ROWS]))


@pytest.mark.parametrize("dumps", [pickle.dumps, cloudpickle.dumps])
def test_another_process_gets_the_same_table(source, name, dumps):
    """What goes there twice, unopened on its way, is still the same; a file is none of it."""
    for sent in (source, pickle.loads(dumps(source))):
        found = pickle.loads(dumps(sent))
        assert isinstance(found, type(source))
        with found:
            test_shape_type_and_size(found, name)
            test_names_and_carried_columns(found, name)
            test_everything_at_once(found)
    if source.path is not None:
        assert len(dumps(source)) < 600


@EXAMPLES
@given(st.lists(st.integers(0, N_ROWS - 1), max_size=9), st.lists(st.integers(0, N_FEATURES - 1), max_size=5))
def test_another_process_gets_the_same_part_of_a_table(source, rows, columns):
    view = source.columns(columns).rows(rows)
    with pickle.loads(pickle.dumps(view)) as found:
        np.testing.assert_array_equal(found[:], CELLS[rows][:, columns])
        assert (found.feature_names, found.row_names) == (view.feature_names, view.row_names)
        assert {each: values.tolist() for each, values in found.carried.items()} == {
            each: values.tolist() for each, values in view.carried.items()
        }


def test_a_table_that_was_closed_is_not_sent(name, tmp_path):
    source = MAKERS[name](tmp_path)
    source.close()
    with pytest.raises(InputError, match=r"was closed, so it cannot go to another process: open it anew\.$"):
        pickle.dumps(source)


IN_MEMORY = ("array", "pandas", "polars", "chosen", "joined")


@pytest.mark.parametrize("made", [name for name in MAKERS if not name.startswith(IN_MEMORY)])
def test_a_closed_file_says_so(made, tmp_path):
    source = MAKERS[made](tmp_path)
    source.close()
    source.close()
    with pytest.raises(DiaboloError, match="was closed and cannot be read any more: open it anew"):
        source.read(slice(0, 2))
