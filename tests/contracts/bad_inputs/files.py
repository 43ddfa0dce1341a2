"""Files that are missing, damaged or of another kind, read and written from Python."""

import gzip
import io
import json
import struct
import zipfile

import h5py
import numpy as np
import pyarrow as pa
import pyarrow.parquet
from tests.contracts.bad_inputs.bad_input import BadInput
from tests.data.formats.spreadsheet import write_xlsx

import diabolo


def read(name, **options):
    """Open a table and read all of it."""
    with diabolo.open(name, **options) as source:
        return source.read()


def fitted(name):
    """Fit an autoencoder to a table."""
    with diabolo.open(name) as source:
        return diabolo.Autoencoder(random_state=0).fit(source)


def npy(array):
    """Write an array to bytes."""
    handle = io.BytesIO()
    np.save(handle, array)
    return handle.getvalue()


def npy_header(text):
    """Write a header of NumPy with any text in it, and a few cells."""
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode() + bytes(64)


def hdf5(**parts):
    """Make what writes a file of HDF5."""

    def write(path):
        with h5py.File(path, "w") as file:
            for name, values in parts.items():
                file[name] = values

    return write


def parquet(**columns):
    """Make what writes a file of Parquet."""
    return lambda path: pyarrow.parquet.write_table(pa.table(columns), path)


def half(write):
    """Make what writes the first half of a file."""

    def cut(path):
        write(path)
        content = path.read_bytes()
        path.write_bytes(content[: len(content) // 2])

    return cut


def excel(*rows):
    return lambda path: write_xlsx(path, {"June": rows})


def archive(**members):
    """Make an archive of files."""
    handle = io.BytesIO()
    with zipfile.ZipFile(handle, "w") as file:
        for name, content in members.items():
            file.writestr(f"{name}.npy", content)
    return handle.getvalue()


NAMES = [
    BadInput("a file that is not there", lambda it: diabolo.open("tabel.csv")),
    BadInput("a file in a folder that is not there", lambda it: diabolo.open("data/table.csv")),
    BadInput("a folder as a file", lambda it: diabolo.open("parts"), {"parts": None}),
    BadInput("a folder called as a table", lambda it: diabolo.open("parts.csv"), {"parts.csv": None}),
    BadInput("a suffix that is not read", lambda it: diabolo.open("table.docx"), {"table.docx": "x"}),
    BadInput("a file without a suffix", lambda it: diabolo.open("table"), {"table": "1,2\n"}),
    BadInput(
        "a table that Python pickled", lambda it: diabolo.open("frame.pkl"), {"frame.pkl": b"\x80\x04."}
    ),
    BadInput("a pattern that no file matches", lambda it: diabolo.open("part-*.csv")),
    BadInput(
        "parts of different columns",
        lambda it: diabolo.open("part-*.csv"),
        {"part-1.csv": "a,b\n1,2\n", "part-2.csv": "a\n1\n"},
    ),
    BadInput(
        "parts with columns of other names",
        lambda it: diabolo.open("part-*.csv"),
        {"part-1.csv": "a,b\n1,2\n", "part-2.csv": "a,c\n1,2\n"},
    ),
    BadInput("an address of a kind that there is not", lambda it: diabolo.open("floppy://a/table.csv")),
    BadInput("an address whose package is absent", lambda it: diabolo.open("gs://bucket/table.csv")),
    BadInput("an address where nothing is", lambda it: diabolo.open("memory://nowhere/table.csv")),
    BadInput(
        "a pattern of files of a server of the web",
        lambda it: diabolo.open("https://example.org/part-*.csv"),
    ),
    BadInput(
        "options of a store for a file here",
        lambda it: diabolo.open("table.csv", storage_options={"anon": True}),
    ),
    BadInput("a model opened as a table", lambda it: diabolo.open("small.diabolo")),
    BadInput(
        "a picture opened as a table", lambda it: diabolo.open("map.png"), {"map.png": b"\x89PNG\r\n\x1a\n"}
    ),
]

TEXT = [
    BadInput("an empty text table", lambda it: diabolo.open("t.csv"), {"t.csv": ""}),
    BadInput("blank lines alone", lambda it: diabolo.open("t.csv"), {"t.csv": "\n\n\n"}),
    BadInput("a header and no rows", lambda it: diabolo.open("t.csv"), {"t.csv": "a,b\n"}),
    BadInput("a row of a cell too few", lambda it: read("t.csv"), {"t.csv": "a,b,c\n1,2,3\n4,5\n6,7,8\n"}),
    BadInput("a row of a cell too many", lambda it: read("t.csv"), {"t.csv": "a,b\n1,2\n3,4,5\n6,7\n"}),
    BadInput("a word among numbers", lambda it: read("t.csv"), {"t.csv": "a,b\n1,2\n3,4\n5,high\n7,8\n"}),
    BadInput(
        "words among numbers",
        lambda it: read("t.csv"),
        {"t.csv": "a,b\n1,2\n3,low\n5,high\n7,8\n9,9\n"},
    ),
    BadInput(
        "inf in a text table",
        lambda it: fitted("t.csv"),
        {"t.csv": "a,b\n1,2\n3,inf\n5,6\n"},
    ),
    BadInput(
        "a number too large for any type",
        lambda it: fitted("t.csv"),
        {"t.csv": "a,b\n1,2\n3,1e999\n5,6\n"},
    ),
    BadInput("a detection limit", lambda it: read("t.csv"), {"t.csv": "a,b\n1,2\n<0.5,4\n5,6\n"}),
    BadInput(
        "numbers written in two ways", lambda it: read("t.csv"), {"t.csv": "a;b\n1,234.5;2\n5.678,25;3\n"}
    ),
    BadInput("two units in one column", lambda it: read("t.csv"), {"t.csv": "a,b\n1 mg,2\n3 kg,4\n5 mg,6\n"}),
    BadInput("a date among numbers", lambda it: read("t.csv"), {"t.csv": "a,b\n1,2\n2026-03-01,4\n5,6\n"}),
    BadInput("a quote that is not closed", lambda it: read("t.csv"), {"t.csv": 'a,b\n1,2\n"3,4\n5,6\n'}),
    BadInput("a blank line among rows of one cell", lambda it: read("t.csv"), {"t.csv": "a\n1\n\n2\n"}),
    BadInput(
        "bytes that are no UTF-8",
        lambda it: read("t.csv"),
        {"t.csv": "größe,b\n1,2\n".encode("latin-1")},
    ),
    BadInput("a text table with bytes of 0", lambda it: read("t.csv"), {"t.csv": b"a,b\n1,\x00\n3,4\n"}),
    BadInput(
        "a spreadsheet called .csv",
        lambda it: read("t.csv"),
        {"t.csv": lambda path: excel(["a"], [1])(path)},
    ),
    BadInput(
        "a page of the web called .csv",
        lambda it: read("t.csv"),
        {"t.csv": "<!DOCTYPE html>\n<html><body>Log in</body></html>\n"},
    ),
    BadInput(
        "JSON called .csv",
        lambda it: read("t.csv"),
        {"t.csv": json.dumps([{"a": 1, "b": 2}, {"a": 3, "b": 4}])},
    ),
    BadInput(
        "a text table of text alone",
        lambda it: read("t.csv"),
        {"t.csv": "name,city\nAnn,Rome\nBob,Oslo\n"},
    ),
    BadInput("a packed table that is none", lambda it: read("t.csv.gz"), {"t.csv.gz": "a,b\n1,2\n"}),
    BadInput(
        "a packed table that breaks off",
        lambda it: read("t.csv.gz"),
        {"t.csv.gz": gzip.compress(b"a,b\n" + b"1,2\n" * 999)[:-20]},
    ),
    BadInput(
        "a packed table of another way of packing",
        lambda it: read("t.csv.zst"),
        {"t.csv.zst": gzip.compress(b"a\n1\n")},
    ),
]

ARRAYS = [
    BadInput("an empty .npy file", lambda it: read("a.npy"), {"a.npy": b""}),
    BadInput("an .npy file that breaks off", lambda it: read("a.npy"), {"a.npy": npy(np.ones((9, 3)))[:-40]}),
    BadInput("text called .npy", lambda it: read("a.npy"), {"a.npy": "1,2\n3,4\n"}),
    BadInput("an array of one axis in a file", lambda it: read("a.npy"), {"a.npy": npy(np.ones(5))}),
    BadInput("an array of no axis in a file", lambda it: read("a.npy"), {"a.npy": npy(np.float64(3))}),
    BadInput("an array without rows in a file", lambda it: read("a.npy"), {"a.npy": npy(np.ones((0, 3)))}),
    BadInput("an array of text in a file", lambda it: read("a.npy"), {"a.npy": npy(np.full((2, 2), "x"))}),
    BadInput(
        "an array of Python objects",
        lambda it: read("a.npy"),
        {"a.npy": npy(np.array([[{}, 1]], object))},
    ),
    BadInput("complex numbers in a file", lambda it: read("a.npy"), {"a.npy": npy(np.ones((2, 2), complex))}),
    BadInput(
        "a header that claims more than the file",
        lambda it: read("a.npy"),
        {"a.npy": npy_header("{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000, 1000)}\n")},
    ),
    BadInput(
        "a header of a negative shape",
        lambda it: read("a.npy"),
        {"a.npy": npy_header("{'descr': '<f8', 'fortran_order': False, 'shape': (-1, 3)}\n")},
    ),
    BadInput(
        "a header that is no dictionary",
        lambda it: read("a.npy"),
        {"a.npy": npy_header("__import__('os').system('true')\n")},
    ),
    BadInput("an archive without an array", lambda it: read("a.npz"), {"a.npz": archive()}),
    BadInput(
        "an archive of two tables",
        lambda it: read("a.npz"),
        {"a.npz": archive(first=npy(np.ones((3, 2))), second=npy(np.ones((3, 2))))},
    ),
    BadInput(
        "an archive that breaks off",
        lambda it: read("a.npz"),
        {"a.npz": archive(X=npy(np.ones((9, 9))))[:-30]},
    ),
    BadInput("an archive with a damaged array", lambda it: read("a.npz"), {"a.npz": archive(X=b"no array")}),
    BadInput(
        "labels of an archive that are too few",
        lambda it: read("a.npz", target="y"),
        {"a.npz": archive(X=npy(np.ones((3, 2))), y=npy(np.ones(2)))},
    ),
    BadInput("an HDF5 file that is empty", lambda it: read("a.h5"), {"a.h5": b""}),
    BadInput(
        "an HDF5 file that breaks off",
        lambda it: read("a.h5"),
        {"a.h5": half(hdf5(data=np.ones((99, 99))))},
    ),
    BadInput("an HDF5 file without a table", lambda it: read("a.h5"), {"a.h5": hdf5(names=["a", "b"])}),
    BadInput(
        "an HDF5 file of two tables",
        lambda it: read("a.h5"),
        {"a.h5": hdf5(first=np.ones((3, 2)), second=np.ones((3, 2)))},
    ),
    BadInput(
        "a dataset that the file lacks",
        lambda it: read("a.h5::cells"),
        {"a.h5": hdf5(data=np.ones((3, 2)))},
    ),
    BadInput("a dataset of text", lambda it: read("a.h5::data"), {"a.h5": hdf5(data=[["a", "b"]])}),
    BadInput(
        "a group in the place of a dataset",
        lambda it: read("a.h5::inner"),
        {"a.h5": hdf5(**{"inner/data": np.ones((3, 2))})},
    ),
    BadInput("a Zarr store that is an empty folder", lambda it: read("a.zarr"), {"a.zarr": None}),
    BadInput("an .h5ad file without X", lambda it: read("a.h5ad"), {"a.h5ad": hdf5(obs=np.ones(3))}),
]

COLUMNS = [
    BadInput("an empty Parquet file", lambda it: read("t.parquet"), {"t.parquet": b""}),
    BadInput(
        "a Parquet file that breaks off",
        lambda it: read("t.parquet"),
        {"t.parquet": half(parquet(a=[1.0] * 99))},
    ),
    BadInput(
        "a Parquet file of text alone",
        lambda it: read("t.parquet"),
        {"t.parquet": parquet(name=["x", "y"])},
    ),
    BadInput(
        "a Parquet file without rows",
        lambda it: read("t.parquet"),
        {"t.parquet": parquet(a=pa.array([], pa.float64()))},
    ),
    BadInput("a Parquet file without columns", lambda it: read("t.parquet"), {"t.parquet": parquet()}),
    BadInput(
        "a target that a Parquet file lacks",
        lambda it: read("t.parquet", target="b"),
        {"t.parquet": parquet(a=[1.0])},
    ),
    BadInput("a CSV called .parquet", lambda it: read("t.parquet"), {"t.parquet": "a,b\n1,2\n"}),
    BadInput("a CSV called .feather", lambda it: read("t.feather"), {"t.feather": "a,b\n1,2\n"}),
    BadInput("a CSV called .xlsx", lambda it: read("t.xlsx"), {"t.xlsx": "a,b\n1,2\n"}),
    BadInput(
        "a sheet that is not there",
        lambda it: read("t.xlsx", sheet="July"),
        {"t.xlsx": excel(["a", "b"], [1, 2])},
    ),
    BadInput(
        "a sheet by a number beyond the last",
        lambda it: read("t.xlsx", sheet=3),
        {"t.xlsx": excel(["a", "b"], [1, 2])},
    ),
    BadInput("an empty sheet", lambda it: read("t.xlsx"), {"t.xlsx": excel()}),
    BadInput(
        "a word in a sheet's column of numbers",
        lambda it: read("t.xlsx"),
        {"t.xlsx": excel(["a", "b"], [1, 2], [3, "high"], [5, 6])},
    ),
    BadInput("an old .xls file", lambda it: read("t.xls"), {"t.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"}),
]

MODELS = [
    BadInput("a model that is not there", lambda it: diabolo.load("smal.diabolo")),
    BadInput("a folder loaded as a model", lambda it: diabolo.load("models"), {"models": None}),
    BadInput("an empty file loaded as a model", lambda it: diabolo.load("m.diabolo"), {"m.diabolo": b""}),
    BadInput("a table loaded as a model", lambda it: diabolo.load("table.csv")),
    BadInput(
        "a model that breaks off",
        lambda it: diabolo.load("m.diabolo"),
        {"m.diabolo": lambda path: path.write_bytes(path.with_name("small.diabolo").read_bytes()[:-100])},
    ),
    BadInput(
        "a model with one bit turned",
        lambda it: diabolo.load("m.diabolo"),
        {"m.diabolo": lambda path: path.write_bytes(_turned(path.with_name("small.diabolo").read_bytes()))},
    ),
    BadInput("a pickle loaded as a model", lambda it: diabolo.load("m.pkl"), {"m.pkl": b"\x80\x04K\x01."}),
    BadInput("a number loaded as a model", lambda it: diabolo.load(3)),
    BadInput(
        "a model saved that was not fitted", lambda it: diabolo.save(diabolo.Autoencoder(), "m.diabolo")
    ),
    BadInput("a table saved as a model", lambda it: diabolo.save(it.X, "m.diabolo")),
    BadInput(
        "a model saved into a folder that is not there", lambda it: diabolo.save(it.model, "models/m.diabolo")
    ),
    BadInput("a model saved over a table", lambda it: diabolo.save(it.model, "table.csv")),
    BadInput("a model saved over a folder", lambda it: diabolo.save(it.model, "models"), {"models": None}),
    BadInput(
        "parts of one's own for a model that has none",
        lambda it: diabolo.load("small.diabolo", encoder=abs, decoder=abs),
    ),
]


def _turned(content):
    return content[:-9] + bytes([content[-9] ^ 1]) + content[-8:]


FILES = [*NAMES, *TEXT, *ARRAYS, *COLUMNS, *MODELS]
