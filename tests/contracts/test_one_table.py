"""One table of float64 cells gives one model, bit for bit, in whatever it comes: in Python, at the prompt."""

import gzip
import io

import h5py
import jax
import numpy as np
import pandas
import polars
import pyarrow
import pytest
import scipy.sparse
import zarr

import diabolo
from diabolo.cli import main

NAMES = ["seconds", "share", "count", "tiny"]
N_ROWS = 40
FIT = {"hidden_layer_sizes": (6,), "max_epochs": 3, "random_state": 0, "batch_size": 16}
TYPED = ["--hidden", "6", "--epochs", "3", "--batch-size", "16", "--quiet"]


def cells():
    """A column of seconds since 1970, which float32 would take for a constant, and others of other sizes."""
    random = np.random.default_rng(11)
    seconds = 1.7e9 + np.arange(float(N_ROWS))
    count = np.floor(random.exponential(1.0, N_ROWS))  # zeros among them, for the sparse ones
    return np.column_stack([seconds, random.uniform(size=N_ROWS), count, random.normal(size=N_ROWS) * 1e-7])


CELLS = cells()
LABEL = np.array([("cat", "dog", "emu")[n % 3] for n in range(N_ROWS)])


def frame():
    return pandas.DataFrame(CELLS, columns=NAMES)


def text(mark):
    """Write the table as repr writes numbers, which is enough digits for all bits."""
    lines = [mark.join([*NAMES, "kind"])]
    lines += [mark.join([*map(repr, row), label]) for row, label in zip(CELLS.tolist(), LABEL, strict=True)]
    return "\n".join(lines) + "\n"


def hdf5(path, **options):
    with h5py.File(path, "w") as file:
        file.create_dataset("data", data=CELLS, **options)
        file["kind"], file["feature_names"] = LABEL.tolist(), NAMES


def h5ad(path, is_sparse):
    with h5py.File(path, "w") as file:
        if is_sparse:
            rows = scipy.sparse.csr_array(CELLS)
            group = file.create_group("X")
            group.attrs["encoding-type"], group.attrs["shape"] = "csr_matrix", CELLS.shape
            group["data"], group["indices"], group["indptr"] = rows.data, rows.indices, rows.indptr
        else:
            file["X"] = CELLS
        obs, var = file.create_group("obs"), file.create_group("var")
        obs.attrs["_index"] = var.attrs["_index"] = "_index"
        obs["_index"], var["_index"] = [f"r{n}" for n in range(N_ROWS)], NAMES
        obs["kind"] = LABEL.tolist()


def zarr_store(path):
    group = zarr.open_group(path, mode="w")
    group.create_array("data", data=CELLS, chunks=(7, 3))
    for name, values in {"kind": LABEL.tolist(), "feature_names": NAMES}.items():
        group.create_array(name, shape=(len(values),), dtype=str)[:] = np.array(values, object)


def arrow():
    return pyarrow.table({name: CELLS[:, n] for n, name in enumerate(NAMES)})


def parquet(path):
    from pyarrow import parquet

    parquet.write_table(arrow().append_column("kind", pyarrow.array(LABEL.tolist())), path, row_group_size=9)


def feather(path):
    from pyarrow import feather

    feather.write_feather(arrow().append_column("kind", pyarrow.array(LABEL.tolist())), path, chunksize=9)


NAMED = {"X": CELLS, "kind": LABEL, "feature_names": np.array(NAMES)}
FILES = {
    "a.csv": lambda path: path.write_text(text(",")),
    "semicolons.csv": lambda path: path.write_text(text(";").replace(".", ",")),
    "windows.csv": lambda path: path.write_bytes(b"\xef\xbb\xbf" + text(",").replace("\n", "\r\n").encode()),
    "a.csv.gz": lambda path: path.write_bytes(gzip.compress(text(",").encode())),
    "a.csv.zst": lambda path: path.write_bytes(pyarrow.compress(text(",").encode(), "zstd", asbytes=True)),
    "a.tsv": lambda path: path.write_text(text("\t")),
    "a.npy": lambda path: np.save(path, CELLS),
    "fortran.npy": lambda path: np.save(path, np.asfortranarray(CELLS)),
    "big-endian.npy": lambda path: np.save(path, CELLS.astype(">f8")),
    "a.npz": lambda path: np.savez(path, **NAMED),
    "packed.npz": lambda path: np.savez_compressed(path, **NAMED),
    "a.h5": hdf5,
    "chunked.h5": lambda path: hdf5(path, chunks=(7, 3)),
    "packed.h5": lambda path: hdf5(path, chunks=(7, 3), compression="gzip"),
    "a.zarr": zarr_store,
    "a.parquet": parquet,
    "a.feather": feather,
    "dense.h5ad": lambda path: h5ad(path, is_sparse=False),
    "sparse.h5ad": lambda path: h5ad(path, is_sparse=True),
}
NAMELESS = ("a.npy", "fortran.npy", "big-endian.npy")

MEMORY = {
    "Fortran": lambda: np.asfortranarray(CELLS),
    "big-endian": lambda: CELLS.astype(">f8"),
    "list": CELLS.tolist,
    "opened": lambda: diabolo.open(CELLS),
    "view": lambda: diabolo.open(np.vstack([CELLS[::-1], CELLS])).rows(np.arange(N_ROWS, 2 * N_ROWS)),
    "sparse": lambda: scipy.sparse.csr_array(CELLS),
    "csc": lambda: scipy.sparse.csc_matrix(CELLS),
    "pandas": frame,
    "pandas by columns": lambda: pandas.DataFrame({name: CELLS[:, n] for n, name in enumerate(NAMES)}),
    "pandas, mixed": lambda: frame().astype({"count": "int16"}),
    "pandas, nullable": lambda: frame().astype("Float64").astype({"count": "Int64"}),
    "pandas, Arrow": lambda: frame().astype("double[pyarrow]").astype({"count": "int32[pyarrow]"}),
    "polars": lambda: polars.DataFrame(CELLS, schema=NAMES),
    "polars, mixed": lambda: polars.DataFrame(CELLS, schema=NAMES).cast({"count": polars.UInt8}),
    "pyarrow": arrow,
    "pyarrow, in batches": lambda: pyarrow.Table.from_batches(arrow().to_batches(max_chunksize=9)),
    "opened frame": lambda: diabolo.open(frame()),
    "two halves": lambda: diabolo.data.open_table.JoinedSource(
        [diabolo.open(CELLS[:9]), diabolo.open(CELLS[9:])]
    ),
}
WITHOUT_NAMES = ("Fortran", "big-endian", "list", "opened", "view", "sparse", "csc", "two halves")


def leaves(network):
    return [np.asarray(leaf) for leaf in jax.tree_util.tree_leaves(network)]


def content(estimator):
    """Everything that a fit leaves and that a model file holds, as bytes."""
    importance = estimator._importance_sample
    parts = [*leaves(estimator.network_), estimator.scaler_.offset, estimator.scaler_.factor]
    parts += [importance.sums, importance.spread]
    return [part.tobytes() for part in parts], estimator.history_["loss"], estimator.output_activation_


@pytest.fixture(scope="module", params=["standard", "minmax", None])
def scale(request):
    return request.param


@pytest.fixture(scope="module")
def expected(scale):
    """The model of the array."""
    return diabolo.Autoencoder(scale=scale, **FIT).fit(CELLS)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("tables")


def made(folder, name):
    path = folder / name
    if not path.exists():
        FILES[name](path)
    return path


@pytest.mark.parametrize("name", FILES)
def test_a_file_gives_the_model_of_its_array(folder, expected, scale, name):
    nameless = name in NAMELESS
    with diabolo.open(made(folder, name), **({} if nameless else {"target": "kind"})) as source:
        fitted = diabolo.Autoencoder(scale=scale, **FIT).fit(source)
        assert content(fitted) == content(expected)
        assert fitted.transform(source).tobytes() == expected.transform(CELLS).tobytes()
        assert fitted.reconstruction_error(source).tobytes() == expected.reconstruction_error(CELLS).tobytes()
        assert source.feature_names == (None if nameless else tuple(NAMES))
    if not nameless:
        assert fitted.feature_names_in_.tolist() == NAMES
        assert source.carried["kind"].tolist() == LABEL.tolist()


@pytest.mark.parametrize("name", MEMORY)
def test_a_table_in_memory_gives_the_model_of_its_array(expected, scale, name):
    table = MEMORY[name]()
    fitted = diabolo.Autoencoder(scale=scale, **FIT).fit(table)
    assert content(fitted) == content(expected)
    assert fitted.transform(table).tobytes() == expected.transform(CELLS).tobytes()
    names = getattr(fitted, "feature_names_in_", None)
    assert (None if names is None else names.tolist()) == (None if name in WITHOUT_NAMES else NAMES)


@pytest.mark.parametrize("name", FILES)
def test_the_command_line_gives_the_model_of_the_array(folder, tmp_path, name, capsys):
    labels = ["--labels", "kind"] if name not in NAMELESS else []
    model, codes = tmp_path / "m.diabolo", tmp_path / "codes.npy"
    main(["fit", str(made(folder, name)), *labels, "-o", str(model), "--scale", "standard", *TYPED])
    main(["encode", str(model), str(made(folder, name)), *labels, "-o", str(codes)])
    expected = diabolo.Autoencoder(scale="standard", **FIT).fit(CELLS)
    fitted = diabolo.load(model)
    assert content(fitted) == content(expected)
    assert np.load(codes).tobytes() == expected.transform(CELLS).tobytes()


@pytest.mark.parametrize(
    "name", [name for name in FILES if name not in ("a.npy", "fortran.npy", "big-endian.npy")]
)
def test_a_detector_scores_rows_alike(folder, name):
    expected = diabolo.AutoencoderDetector(random_state=0).fit(CELLS)
    with diabolo.open(made(folder, name), target="kind") as source:
        fitted = diabolo.AutoencoderDetector(random_state=0).fit(source)
        assert fitted.anomaly_score(source).tobytes() == expected.anomaly_score(CELLS).tobytes()
        assert fitted.threshold_ == expected.threshold_


GAPS = CELLS.copy()
GAPS[3, 1] = GAPS[17, 0] = GAPS[18, 0] = np.nan
WITH_GAPS = {
    "csv": lambda path: diabolo.open(
        _written(path, pandas.DataFrame(GAPS, columns=NAMES).to_csv(index=False))
    ),
    "npy": lambda path: diabolo.open(_saved(path, GAPS)),
    "parquet": lambda path: diabolo.open(_parquet_of(path, pandas.DataFrame(GAPS, columns=NAMES))),
    "pandas": lambda path: pandas.DataFrame(GAPS, columns=NAMES),
    "pandas, nullable": lambda path: pandas.DataFrame(GAPS, columns=NAMES).astype("Float64"),
    "pandas, Arrow": lambda path: pandas.DataFrame(GAPS, columns=NAMES).astype("double[pyarrow]"),
    "polars": lambda path: polars.DataFrame(GAPS, schema=NAMES, nan_to_null=True),
    "pyarrow": lambda path: pyarrow.Table.from_pandas(pandas.DataFrame(GAPS, columns=NAMES)),
}


def _written(path, said):
    path.with_suffix(".csv").write_text(said)
    return path.with_suffix(".csv")


def _saved(path, array):
    np.save(path.with_suffix(".npy"), array)
    return path.with_suffix(".npy")


def _parquet_of(path, table):
    held = io.BytesIO()
    table.to_parquet(held)
    path.with_suffix(".parquet").write_bytes(held.getvalue())
    return path.with_suffix(".parquet")


@pytest.mark.parametrize("missing", ["mean", "mask"])
@pytest.mark.parametrize("name", WITH_GAPS)
def test_missing_cells_are_missing_in_whatever_they_come(tmp_path, name, missing):
    settings = {"scale": "standard", "missing": missing, **FIT}
    expected = diabolo.Autoencoder(**settings).fit(GAPS)
    table = WITH_GAPS[name](tmp_path / "gaps")
    fitted = diabolo.Autoencoder(**settings).fit(table)
    assert content(fitted) == content(expected)
    assert fitted.transform(table).tobytes() == expected.transform(GAPS).tobytes()
