"""``diabolo datasets``: which data sets there are and where, and fetching them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from diabolo.cli.options import FILE, written_file
from diabolo.cli.output import (
    Output,
    command_line,
    heading,
    next_lines,
    pairs_text,
    write_rows,
)
from diabolo.cli.page import Option, Page, Typed, WrongUse
from diabolo.cli.written_files import Writes
from diabolo.data.formats import WRITTEN
from diabolo.errors import nearest_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from diabolo.datasets.catalog import Dataset

__all__ = ["EXAMPLES", "HELP", "PAGES"]

HELP = "List data sets to try things on, and get them, as files or as one table."
EXAMPLES = """\
Examples:
  diabolo datasets list
  diabolo datasets get iris -o iris.csv
  diabolo datasets get mnist
"""


def list_datasets(typed: Typed, output: Output) -> None:
    """List the data sets that the examples use, and where they lie on this machine.

    With their rows and columns, how to get them, the license and whom to cite.

    Examples
    --------
    diabolo datasets list
    diabolo datasets list --json
    """
    from diabolo.datasets.catalog import CATALOG

    records = [_record(dataset) for dataset in CATALOG.values()]
    output.result({"datasets": records}, "\n\n".join(_text(record) for record in records))


def get_dataset(typed: Typed, output: Output) -> None:
    """Get a data set: write it as a table, or check its files and print where they are.

    They are looked for in the folder that DIABOLO_DATA names, in /usr/share/datasets and in the user's
    cache, and downloaded only if they are in none. Some come with packages and need no network.

    Examples
    --------
    diabolo datasets get iris -o iris.csv
    diabolo datasets get mnist
    diabolo datasets get fashion-mnist --into data/fashion-mnist
    """
    from diabolo.datasets.catalog import CATALOG

    # Python's function is called load_fashion_mnist.
    dataset = CATALOG.get(typed.name.lower().replace("_", "-"))
    if dataset is None:
        hint = nearest_name(typed.name, CATALOG)
        raise WrongUse(f"there is no data set {typed.name!r}; there is {', '.join(CATALOG)}.{hint}")
    if typed.into is not None and typed.path is not None:
        raise WrongUse("--into is a folder for files, -o a file for one table; give one of them.")
    if typed.path is not None:
        _write_table(dataset, typed.path, output)
        return
    paths = _files(dataset, typed.into)
    output.result({"name": dataset.name, "files": paths}, "\n".join(map(str, paths)))


def _files(dataset: Dataset, into: Path | None) -> list[Path]:
    """Find, fetch or copy the files of a data set, and check what they hold."""
    from diabolo.datasets.ecg5000 import load_ecg5000, write_ecg5000
    from diabolo.datasets.files import collect_files, find_own, obtain_files, required_files
    from diabolo.datasets.idx import read_idx

    if not dataset.is_fetched:
        if into is not None:
            where = f"comes with {dataset.comes_with}" if dataset.comes_with else "is not fetched"
            table = f"; as a table: -o {dataset.name}.csv" if dataset.label else ""
            raise WrongUse(
                f"{dataset.name} {where}, so there is nothing to put into {into}; leave --into out{table}."
            )
        return required_files(dataset)
    if dataset.name == "ecg5000":
        if into is not None:
            return [write_ecg5000(into)]
        load_ecg5000()
        return find_own(dataset)
    files = dataset.files
    paths = obtain_files(dataset, files) if into is None else collect_files(dataset, files, into)
    for file, path in zip(files, paths, strict=True):
        read_idx(path, sha256=file.sha256)
    return paths


def _write_table(dataset: Dataset, path: Path, output: Output) -> None:
    """Write all rows of a data set, its labels beside them."""
    from diabolo.data.array_source import ArraySource
    from diabolo.datasets.files import required_files
    from diabolo.datasets.tables import table_of

    if not dataset.label:
        places = ", ".join(map(str, required_files(dataset)))
        raise WrongUse(f"{dataset.name} is not written as a table; its own files can be read: {places}.")
    table = table_of(dataset)
    (n_rows, n_columns), whole = table.X.shape, [(0, table.X)]
    source = ArraySource(table.X)
    carried = write_rows(
        path, whole, table.X.shape, table.names, source, output, table.X.dtype, table.carried
    )
    flags = ["--labels", "--keep"]
    left_out = [word for pair in zip(flags, carried, strict=False) for word in pair]
    model = path.with_suffix(".diabolo")
    record = {"name": dataset.name, "output": path, "rows": n_rows, "columns": n_columns, "labels": carried}
    beside = f", beside them {' and '.join(map(repr, carried))}" if carried else ""
    text = f"{n_rows:,} rows of {n_columns:,} numbers to {path}{beside}"
    output.result(record, text + next_lines(command_line("fit", path, *left_out, "-o", model)))


def _record(dataset: Dataset) -> dict[str, Any]:
    from diabolo.datasets.files import files_here

    paths, missing = files_here(dataset)
    table = "" if dataset.is_fetched else f" -o {dataset.name}.csv"
    return {
        "name": dataset.name,
        "rows": dataset.rows,
        "columns": dataset.columns,
        "labels": dataset.label or None,
        "here": not missing,
        "files": paths,
        "missing": missing,
        "download_bytes": dataset.download_bytes or sum(file.download_bytes for file in dataset.files),
        "comes_with": dataset.comes_with,
        "debian_package": dataset.debian_package,
        "addresses": dataset.addresses,
        "command": dataset.command or f"diabolo datasets get {dataset.name}" + table,
        "license": dataset.license,
        "citation": dataset.citation,
    }


def _text(record: dict[str, Any]) -> str:
    splits = record["rows"].items()
    rows = " + ".join(f"{count:,}" + (f" {split}" if split != "all" else "") for split, count in splits)
    folders = ", ".join(dict.fromkeys(str(path.parent) for path in record["files"]))
    where = folders or "not here"
    if folders and record["missing"]:
        where = f"{folders}, without {', '.join(record['missing'])}"
    size = f" ({record['download_bytes'] / 1e6:.1f} MB)" if record["download_bytes"] else ""
    ways = [f"{record['command']}{size}"]
    if record["debian_package"]:
        ways.append(f"apt-get install {record['debian_package']}, on Debian")
    if record["comes_with"] and not size:
        where = f"comes with {record['comes_with']}"
    pairs = [
        ("rows", rows),
        ("columns", f"{record['columns']:,}"),
        ("where", where),
        *zip(("get", "or"), ways, strict=False),
        ("license", record["license"]),
        ("cite", record["citation"]),
    ]
    lines = pairs_text(pairs).splitlines()
    return "\n".join([heading(record["name"]), *(f"  {line}" for line in lines)])


def _names() -> Iterable[str]:
    from diabolo.datasets.catalog import CATALOG

    return CATALOG


_NAME = Option("NAME", "The data set, as 'diabolo datasets list' calls it.", is_required=True, offers=_names)
_INTO = Option(
    "--into DIR",
    "Put the files here. Without: they stay where they are, or are downloaded to the user's cache.",
    FILE,
    writes=Writes(is_folder=True, files=lambda typed: []),
)
_TABLE = written_file(
    f"Write all rows as one table, labels beside them: {', '.join(WRITTEN)}; replaced if it exists.",
    Writes(WRITTEN, may_stream=True),
    "TABLE",
    is_required=False,
)
PAGES = {
    "list": Page(list_datasets, ()),
    "get": Page(get_dataset, (_NAME, _TABLE, _INTO)),
}
