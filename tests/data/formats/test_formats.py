# ruff: noqa: E501 - error messages are shown whole, one a line
"""The registry of formats, and what each of them heeds."""

import importlib
import subprocess
import sys

import numpy as np
import pytest

from diabolo import open as open_table
from diabolo.data.formats import FORMATS, READ, WRITTEN, format_of, is_table_file
from diabolo.data.sink import open_sink
from diabolo.errors import DataFileError, ParameterError

OPTIONS = {"dataset": "x", "rows": "last", "header": True, "delimiter": ";", "decimal": ","}
REFUSED = [
    (suffix, option)
    for each in FORMATS
    for suffix in (*each.suffixes, *each.only_read)
    for option in OPTIONS
    if option not in each.heeds
]
ALL_READ = ", ".join(READ)
ALL_WRITTEN = ", ".join(WRITTEN)


@pytest.mark.parametrize(("suffix", "option"), REFUSED)
def test_an_option_that_a_format_does_not_heed_is_refused(tmp_path, suffix, option):
    path = tmp_path / f"t{suffix}"
    path.write_text("1\n")
    with pytest.raises(ParameterError) as caught:
        open_table(path, **{option: OPTIONS[option]})
    assert str(caught.value).startswith(f"{option}={OPTIONS[option]!r} means nothing to {path}: leave it out")
    read = "read_excel" if suffix == ".xlsx" else "read_csv"
    is_text = ".csv" in suffix or ".tsv" in suffix or suffix == ".xlsx"
    assert (f"pandas.{read}('{path}'" in str(caught.value)) is (option == "rows" and is_text)


@pytest.mark.parametrize(
    ("suffix", "options"),
    [
        (".csv", {"header", "delimiter", "decimal"}),
        (".tsv.gz", {"header", "delimiter", "decimal"}),
        (".npy", {"rows"}),
        (".npz", {"dataset", "rows"}),
        (".h5", {"dataset", "rows"}),
        (".zarr", {"dataset", "rows"}),
        (".parquet", set()),
        (".h5ad", {"dataset"}),
    ],
)
def test_what_each_format_heeds(suffix, options):
    assert set(OPTIONS) - {option for each, option in REFUSED if each == suffix} == options


@pytest.mark.parametrize("suffix", [each for each in READ if not format_of(f"a{each}").has_columns])
@pytest.mark.parametrize("option", ["target", "keep_columns"])
def test_arrays_are_named_by_text(tmp_path, suffix, option):
    path = tmp_path / f"t{suffix}"
    path.write_text("1\n")
    with pytest.raises(ParameterError) as caught:
        open_table(path, **{option: -1 if option == "target" else ["a", -1]})
    assert str(caught.value) == f"{path}: {option} names columns of such a file by text; got -1."


def test_suffixes_in_any_case_and_the_longest_first():
    assert format_of("a/t.CSV.Gz").module == "csv"
    assert format_of("a/t.x.TSV").module == "csv"
    assert format_of("s3://bucket/t.zarr/").module == "zarr"
    assert format_of("t.HDF").module == "hdf5"
    assert not is_table_file("t.gz")
    assert is_table_file("a.b/t.tsv.bz2")
    assert not is_table_file("csv")
    assert len(set(READ)) == len(READ)
    assert set(WRITTEN) < set(READ)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("t.cvs", "FILE has the suffix '.cvs', and the format is chosen by the suffix: it must be one of ALL. Did you mean '.csv'?"),
        ("t.ods", "FILE has the suffix '.ods', and the format is chosen by the suffix: it must be one of ALL."),
        ("table", "FILE has a name without a suffix, and the format is chosen by the suffix: it must be one of ALL."),
        ("t.zip", "FILE has the suffix '.zip', and the format is chosen by the suffix: it must be one of ALL."),
    ],
)  # fmt: skip
def test_unknown_suffix(tmp_path, name, said):
    path = tmp_path / name
    with pytest.raises(DataFileError) as caught, open_sink(path, 1, 1):
        pass
    assert str(caught.value) == said.replace("FILE", str(path)).replace("ALL", ALL_WRITTEN)
    path.write_text("1\n")
    with pytest.raises(DataFileError) as caught:
        open_table(path)
    assert str(caught.value) == said.replace("FILE", str(path)).replace("ALL", ALL_READ)


@pytest.mark.parametrize("suffix", [".csv.gz", ".tsv.bz2", ".h5ad"])
def test_what_is_read_and_not_written(tmp_path, suffix):
    with pytest.raises(DataFileError, match="the format is chosen by the suffix: it must be one of"):  # noqa: SIM117
        with open_sink(tmp_path / f"t{suffix}", 1, 1):
            pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", [*WRITTEN, ".NPZ", ".Csv"])
def test_every_suffix_writes_and_reads_in_any_case(tmp_path, suffix):
    rows = np.float32([[0.1, -2], [3, 4e30]])
    path = tmp_path / f"t{suffix}"
    with open_sink(str(path), 2, 2) as sink:
        sink.write(0, rows)
    with open_table(str(path)) as source:
        np.testing.assert_array_equal(source[:].astype(np.float32), rows)


def test_a_format_is_imported_when_a_file_of_it_is_opened(tmp_path):
    np.save(tmp_path / "a.npy", np.eye(2))
    code = (
        "import sys, diabolo; diabolo.open(sys.argv[1])[:]\n"
        "print(sorted({name.partition('.')[0] for name in sys.modules} "
        "& {'h5py', 'zarr', 'pyarrow', 'pandas', 'polars', 'jax', 'sklearn', 'scipy', 'fsspec', 'anndata'}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "a.npy")], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("suffix", [".npy", ".npz", ".h5", ".zarr", ".parquet", ".feather", ".csv"])
def test_what_goes_wrong_while_a_file_is_opened_is_told_in_one_sentence(suffix, tmp_path, monkeypatch):
    path = tmp_path / f"a{suffix}"
    path.mkdir() if suffix == ".zarr" else path.write_bytes(b"1")

    def told(problem):
        def refuse(*_, **__):
            raise problem

        for each in FORMATS:
            if suffix in each.suffixes:
                monkeypatch.setattr(
                    importlib.import_module(f"diabolo.data.formats.{each.module}"), each.reader, refuse
                )
        with pytest.raises(DataFileError) as caught:
            open_table(path)
        return str(caught.value).replace(str(path), "FILE")

    assert (
        told(ValueError("no such thing."))
        == "FILE is cut short or damaged (no such thing): make or copy it anew."
    )
    assert told(OSError("truncated")) == "FILE is cut short or damaged (truncated): make or copy it anew."
    refused = "FILE cannot be read (Permission denied): give yourself permission to read it."
    assert told(PermissionError(13, "Permission denied")) == refused
    with pytest.raises(MemoryError):
        told(MemoryError())  # is no fault of the file
