"""Rows of other libraries; what is not installed is stood in for by classes of its modules' names."""

import subprocess
import sys
from types import SimpleNamespace

import dask.array
import jax.numpy as jnp
import numpy as np
import polars as pl
import pytest

import diabolo
from diabolo.data.foreign_tables import form_of, taken
from diabolo.errors import DiaboloWarning, InputTypeError

ROWS = np.arange(12, dtype=np.float32).reshape(6, 2) % 5
LAZY = r"is a lazy frame of Polars', which is collected for each call: collect it once, X\.collect\(\), or"


def made(module, name, **content):
    """Make an object of a class of another library's."""
    return type(name, (), {"__module__": module, **content})()


class OnDevice:
    """A tensor of PyTorch's that must lose its gradient and its device first, in that order."""

    def __init__(
        self, cells, dtype="torch.float32", layout="torch.strided", is_detached=False, is_here=False
    ):
        self.cells, self.layout, self.state = cells, layout, (is_detached, is_here)
        self.shape = cells.shape
        self.dtype = type("dtype", (), {"itemsize": cells.itemsize, "__str__": lambda _: dtype})()

    def detach(self):
        return OnDevice(self.cells, str(self.dtype), self.layout, True, self.state[1])

    def cpu(self):
        assert self.state[0]
        return OnDevice(self.cells, str(self.dtype), self.layout, True, True)

    def float(self):
        return OnDevice(self.cells.astype(np.float32), "torch.float32", self.layout, *self.state)

    def __array__(self, dtype=None, copy=None):
        if self.state != (True, True):
            raise RuntimeError("Can't call numpy() on Tensor that requires grad.")
        if str(self.dtype) == "torch.bfloat16":
            raise TypeError("Got unsupported ScalarType BFloat16")
        return self.cells


OnDevice.__module__, OnDevice.__name__ = "torch", "Tensor"


@pytest.mark.parametrize("dtype", ["torch.float32", "torch.float64", "torch.int64"])
def test_a_tensor_of_torch_without_its_gradient_and_device(dtype):
    cells = ROWS.astype(dtype.removeprefix("torch."))
    found = taken(OnDevice(cells, dtype))
    assert found.dtype == cells.dtype
    np.testing.assert_array_equal(found, cells)


def test_narrow_floats_become_float32():
    narrow = jnp.asarray(ROWS, "bfloat16")
    for given in (OnDevice(ROWS.astype(np.float16), "torch.bfloat16"), narrow, np.asarray(narrow)):
        found = taken(given)
        assert found.dtype == np.float32
        np.testing.assert_array_equal(found, ROWS)  # small whole numbers are exact in 8 bits


@pytest.mark.parametrize(
    "given",
    [
        jnp.asarray(ROWS),
        made("tensorflow.python.framework.ops", "EagerTensor", numpy=lambda _: ROWS),
        made("cupy", "ndarray", get=lambda _: ROWS),
        made("xarray.core.dataarray", "DataArray", chunks=None, ndim=2, dims=("r", "c"), coords={},
             to_numpy=lambda _: ROWS),
    ],
)  # fmt: skip
def test_what_becomes_an_array(given):
    np.testing.assert_array_equal(taken(given), ROWS)


def test_names_along_the_columns_of_xarray_stay():
    frame = object()
    names = SimpleNamespace(dtype=np.dtype("U1"))
    more = {"chunks": None, "ndim": 2, "dims": ("r", "c"), "to_numpy": None, "to_pandas": lambda _: frame}
    assert taken(made("xarray.core.dataarray", "DataArray", coords={"c": names}, **more)) is frame


def test_all_else_goes_through():
    for given in (ROWS, [[1, 2]], None, pl.DataFrame(ROWS), "a.npy"):
        assert taken(given) is given
        assert form_of(given) is given


HERE = "give rows that are in memory,"
PARTS = "A fitted model goes over its parts where they are:"
REFUSED = {
    "dask array": (
        dask.array.from_array(ROWS),
        f"an array of Dask's; {HERE} X.compute(), or a file, X.to_zarr('rows.zarr') and "
        "diabolo.open('rows.zarr'). A fitted model goes over its parts where they are: X.map_blocks, as "
        "docs/how-to/dask.md shows.",
    ),
    "dask frame": (
        made("dask.dataframe.dask_expr._collection", "DataFrame", columns=["a"]),
        f"a data frame of Dask's; {HERE} X.compute(), or files, X.to_parquet('rows', "
        f"write_index=False) and diabolo.open('rows/*.parquet'). {PARTS} "
        "X.map_partitions, as docs/how-to/dask.md shows.",
    ),
    "dask bag": (
        made("dask.bag.core", "Bag"),
        f"a Bag of Dask's; {HERE} X.compute().",
    ),
    "spark": (
        made("pyspark.sql.classic.dataframe", "DataFrame"),
        f"a data frame of Spark's; {HERE} X.toPandas(), or files, X.write.parquet('rows') "
        f"and diabolo.open('rows/*.parquet'). {PARTS} X.mapInPandas, "
        "as docs/how-to/spark.md shows.",
    ),
    "ray": (
        made("ray.data.dataset", "Dataset"),
        f"a data set of Ray's; {HERE} X.to_pandas(), or files, X.write_parquet('rows') "
        f"and diabolo.open('rows/*.parquet'). {PARTS} X.map_batches, "
        "as docs/how-to/ray.md shows.",
    ),
    "sparse torch": (
        OnDevice(ROWS, layout="torch.sparse_coo"),
        f"a sparse tensor of PyTorch's; {HERE} X.to_dense(), or a sparse table of SciPy's.",
    ),
    "loader": (
        made("torch.utils.data.dataloader", "DataLoader"),
        f"a DataLoader of PyTorch's; {HERE} the tensor that it draws from. Tensors that "
        "are drawn go one after the other to partial_fit.",
    ),
    "sparse tensorflow": (
        made("tensorflow.python.framework.sparse_tensor", "SparseTensor"),
        f"a SparseTensor of TensorFlow's; {HERE} tensorflow.sparse.to_dense(X).",
    ),
    "ragged": (
        made("tensorflow.python.ops.ragged.ragged_tensor", "RaggedTensor", numpy=None),
        f"a RaggedTensor of TensorFlow's; {HERE} X.to_tensor().",
    ),
    "tf.data": (
        made("tensorflow.python.data.ops.dataset_ops", "DatasetV2"),
        f"a data set of TensorFlow's; {HERE} numpy.stack(list(X.as_numpy_iterator())). "
        "Batches go one after the other to partial_fit.",
    ),
    "symbolic": (
        made("tensorflow.python.framework.ops", "SymbolicTensor"),
        f"a tensor of TensorFlow's without values; {HERE} of a tensor outside of "
        "tf.function.",
    ),
    "xarray set": (
        made("xarray.core.dataset", "Dataset"),
        f"a Dataset of xarray's; {HERE} X.to_dataframe(), or X.to_dataarray().T.",
    ),
    "xarray chunks": (
        made("xarray.core.dataarray", "DataArray", to_numpy=None, chunks=((3, 3), (2,))),
        f"an array of xarray's in chunks; {HERE} X.compute().",
    ),
    "cudf": (
        made("cudf.core.dataframe", "DataFrame"),
        f"a data frame of cuDF's; {HERE} X.to_pandas(), or an Arrow table, X.to_arrow().",
    ),
    "modin": (
        made("modin.pandas.dataframe", "DataFrame"),
        f"a data frame of Modin's; {HERE} X.modin.to_pandas().",
    ),
    "hugging face": (
        made("datasets.arrow_dataset", "Dataset"),
        f"a data set of Hugging Face's; {HERE} X.to_pandas(), or an Arrow table, "
        "X.with_format('arrow')[:].",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_elsewhere_is_refused_with_what_to_type(kind):
    given, said = REFUSED[kind]
    with pytest.raises(InputTypeError) as caught:
        taken(given, "Autoencoder")
    assert str(caught.value) == f"Autoencoder: X is {said}"
    with pytest.raises(InputTypeError) as caught:
        diabolo.open(given)
    assert str(caught.value) == f"The table is {said}"


def test_through_every_door():
    model = diabolo.Autoencoder(1, max_epochs=1, random_state=0).fit(ROWS)
    detector = diabolo.AutoencoderDetector(random_state=0).fit(ROWS)
    tensor, chunks = OnDevice(ROWS), dask.array.from_array(ROWS)
    doors = [
        model.transform, model.reconstruct, model.reconstruction_error, model.score, detector.anomaly_score,
        detector.predict, detector.feature_contributions, detector.reconstruct,
        lambda X: diabolo.Autoencoder(1, max_epochs=1, random_state=0).fit(X).transform(ROWS),
        lambda X: model.fit(ROWS, X_validation=X).history_["validation_loss"],
        lambda X: diabolo.open(X)[:],
        lambda X: diabolo.sliding_windows(X, 2)[:],
    ]  # fmt: skip
    for door in doors:
        np.testing.assert_array_equal(door(tensor), door(ROWS))
        with pytest.raises(InputTypeError, match="an array of Dask's; give rows that are in memory"):
            door(chunks)
    codes = model.transform(ROWS)
    np.testing.assert_array_equal(model.inverse_transform(OnDevice(codes)), model.inverse_transform(codes))


def test_images_of_torch():
    images = np.random.default_rng(0).random((8, 4, 4)).astype(np.float32)
    model = diabolo.ConvolutionalAutoencoder(2, filters=(2,), max_epochs=1, random_state=0, scale=None)
    tensor = OnDevice(images)
    rebuilt = model.fit(tensor).reconstruct(tensor)
    assert rebuilt.shape == images.shape
    np.testing.assert_array_equal(rebuilt, model.reconstruct(images))


def test_a_lazy_frame_is_collected_and_it_is_said():
    frame = pl.DataFrame(ROWS, schema=["a", "b"])
    model = diabolo.Autoencoder(1, max_epochs=1, random_state=0, missing="mean").fit(frame)
    with pytest.warns(DiaboloWarning, match=f"^Autoencoder: X {LAZY}"):
        codes = model.transform(frame.lazy())
    np.testing.assert_array_equal(codes, model.transform(frame))
    with pytest.warns(DiaboloWarning, match=f"^Autoencoder: X {LAZY}"):
        again = diabolo.Autoencoder(1, max_epochs=1, random_state=0).fit(
            frame.lazy().with_columns(pl.all() * 1)
        )
    assert again.feature_names_in_.tolist() == ["a", "b"]
    with pytest.warns(DiaboloWarning, match=f"^The table {LAZY}"):
        assert diabolo.open(frame.lazy(), target="b").feature_names == ("a",)
    with pytest.warns(DiaboloWarning, match=LAZY):
        assert model.impute(frame.lazy()).equals(frame)


def test_categories_of_a_lazy_frame_come_back_as_a_frame():
    frame = pl.DataFrame({"a": ROWS[:, 0], "kind": ["x", "y", "x"] * 2})
    model = diabolo.Autoencoder(1, max_epochs=1, random_state=0, categories=["kind"]).fit(frame)
    with pytest.warns(DiaboloWarning, match=LAZY):
        assert model.reconstruct(frame.lazy()).equals(model.reconstruct(frame))


def test_no_library_is_imported_to_find_out():
    program = (
        "import sys; from diabolo.data.foreign_tables import taken; taken([[1]]); "
        "print({'torch', 'tensorflow', 'dask', 'polars', 'pandas', 'xarray', 'jax'} & set(sys.modules))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=True
    )
    assert ran.stdout.strip() == "set()"
