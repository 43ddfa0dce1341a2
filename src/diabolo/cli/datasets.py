"""``diabolo datasets``: which data sets there are and where, and fetching them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from diabolo.cli.options import FILE
from diabolo.cli.output import Output, heading, pairs_text
from diabolo.cli.page import Option, Page, Typed, WrongUse
from diabolo.errors import nearest_name

if TYPE_CHECKING:
    from diabolo.datasets.catalog import Dataset

__all__ = ["EXAMPLES", "HELP", "PAGES"]

HELP = "List the data sets that Diabolo can load, and fetch them."
EXAMPLES = """\
Examples:
  diabolo datasets list
  diabolo datasets get mnist
"""


def list_datasets(typed: Typed, output: Output) -> None:
    """List the data sets, and where they lie on this machine.

    With their rows and columns, what a download takes, the license and whom to cite.

    Examples
    --------
    diabolo datasets list
    diabolo datasets list --json
    """
    from diabolo.datasets.catalog import CATALOG

    records = [_record(dataset) for dataset in CATALOG.values()]
    output.result({"datasets": records}, "\n\n".join(_text(record) for record in records))


def get_dataset(typed: Typed, output: Output) -> None:
    """Make sure that a data set is on this machine, check its files, and print where they are.

    They are looked for in the folder that DIABOLO_DATA names, in /usr/share/datasets and in the user's
    cache, and downloaded only if they are in none.

    Examples
    --------
    diabolo datasets get mnist
    diabolo datasets get fashion-mnist --into data/fashion-mnist
    """
    from diabolo.datasets.catalog import CATALOG
    from diabolo.datasets.files import collect_files, obtain_files
    from diabolo.datasets.idx import read_idx

    # Python's function is called load_fashion_mnist.
    dataset, into = CATALOG.get(typed.name.replace("_", "-")), typed.into
    if dataset is None:
        hint = nearest_name(typed.name, CATALOG)
        raise WrongUse(f"there is no data set {typed.name!r}; there is {', '.join(CATALOG)}.{hint}")
    if dataset.comes_with is not None:
        paths = _carried()
        if into is not None:
            raise WrongUse(
                f"{dataset.name} comes with {dataset.comes_with}, so there is nothing to put into {into}; "
                "leave --into out."
            )
    else:
        files = dataset.files
        paths = obtain_files(dataset, files) if into is None else collect_files(dataset, files, into)
        for file, path in zip(files, paths, strict=True):
            read_idx(path, sha256=file.sha256)
    output.result({"name": dataset.name, "files": paths}, "\n".join(map(str, paths)))


def _carried() -> list[Path]:
    from diabolo.datasets.digits import digits_file

    path = digits_file()
    return [] if path is None else [path]


def _record(dataset: Dataset) -> dict[str, Any]:
    from diabolo.datasets.files import find_file

    found = [find_file(dataset, file) for file in dataset.files]
    paths = [path for path in found if path is not None] if dataset.comes_with is None else _carried()
    missing = [file.name for file, path in zip(dataset.files, found, strict=True) if path is None]
    return {
        "name": dataset.name,
        "rows": dataset.rows,
        "columns": dataset.columns,
        "here": bool(paths) and not missing,
        "files": paths,
        "missing": missing,
        "download_bytes": sum(file.download_bytes for file in dataset.files),
        "comes_with": dataset.comes_with,
        "debian_package": dataset.debian_package,
        "addresses": dataset.addresses,
        "license": dataset.license,
        "citation": dataset.citation,
    }


def _text(record: dict[str, Any]) -> str:
    splits = record["rows"].items()
    rows = " + ".join(f"{count:,}" + (f" {split}" if len(splits) > 1 else "") for split, count in splits)
    folders = ", ".join(dict.fromkeys(str(path.parent) for path in record["files"]))
    where = folders or "not here"
    if folders and record["missing"]:
        where = f"{folders}, without {', '.join(record['missing'])}"
    if record["comes_with"]:
        download = f"nothing, it comes with {record['comes_with']}"
    else:
        download = f"{record['download_bytes'] / 1e6:.1f} MB"
    if record["debian_package"]:
        download += f", or Debian's {record['debian_package']}"
    pairs = [
        ("rows", rows),
        ("columns", f"{record['columns']}"),
        ("where", where),
        ("download", download),
        ("license", record["license"]),
        ("cite", record["citation"]),
    ]
    lines = pairs_text(pairs).splitlines()
    return "\n".join([heading(record["name"]), *(f"  {line}" for line in lines)])


_NAME = Option("NAME", "The data set, as 'diabolo datasets list' calls it.", is_required=True)
_INTO = Option(
    "--into DIR",
    "Put the files here. Without: they stay where they are, or are downloaded to the user's cache.",
    FILE,
)
PAGES = {
    "list": Page(list_datasets, ()),
    "get": Page(get_dataset, (_NAME, _INTO)),
}
