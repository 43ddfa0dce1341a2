"""Take an export to a map, groups, outliers, a clean table and codes: ``python -m acceptance [FILE ...]``.

Without a file it takes two made ones. Nothing is edited by hand: commands are typed as a newcomer types them,
again with what their messages say, and every line that is printed to be typed next is run as it stands. Files
go to ``--out``, by default a new folder.
"""

from __future__ import annotations

import argparse
import csv
import shlex
import sys
import tempfile
from pathlib import Path

from acceptance.export import ODD, write_laboratory, write_survey
from acceptance.person import Person

_MOST_VALUES = 10


def walk(export: Path, folder: Path) -> dict[str, Path]:
    """Go the whole way with one export; return what was made.

    Parameters
    ----------
    export : Path
        A table as it comes.
    folder : Path
        Where files go, empty.

    Returns
    -------
    dict of str to Path

    Raises
    ------
    DeadEndError
        A message gave nothing to type, or a line that was printed does not run.
    AssertionError
        What was made is not whole.
    """
    person, name = Person(folder), str(export)
    fitted = person.does("fit", name, "-o", "model.diabolo")
    reading = _reading(fitted, name)
    person.runs_next(fitted)
    made = {each: folder / each for each in ("model-codes.csv", "groups.csv", "groups.png", "odd.png")}
    person.runs_next(
        person.does("groups", "model.diabolo", name, *reading, "-o", "groups.csv", "--plot", "groups.png")
    )
    detector = person.does("detect", "fit", name, *reading, "-o", "detector.diabolo")
    person.runs_next(detector)
    person.does(
        "detect", "score", "detector.diabolo", name, *reading, "-o", "scores.csv", "--plot", "odd.png"
    )
    person.runs_next(person.does("clean", name, *reading, "-o", "clean.csv", "--report", "filled.csv"))
    made |= {each: folder / each for each in ("scores.csv", "clean.csv", "filled.csv")}
    _with_categories(person, name, reading, made)
    _check(made)
    return made


def _reading(fitted: str, export: str) -> list[str]:
    """Take the options that say how the file is read from the line that is printed after a fit."""
    words = shlex.split(next(line for line in fitted.splitlines() if " encode " in line))
    return words[words.index(export) + 1 : words.index("-o")]


def _with_categories(person: Person, name: str, reading: list[str], made: dict[str, Path]) -> None:
    """Have columns of text with few values be features, and see them come back from the code."""
    rows = _rows(made["model-codes.csv"])
    told, lists = _without_lists(reading)
    carried = [name for each in lists for name in next(csv.reader([each]))]
    kinds = {column: {row[column] for row in rows} - {""} for column in carried}
    few = [column for column, values in kinds.items() if 1 < len(values) <= _MOST_VALUES]
    if not few:
        return
    others = _as_typed([column for column in carried if column not in few])
    told += ["--keep", others] if others else []
    person.does(
        "fit", name, *told, "--categories", _as_typed(few), "--missing", "mask", "-o", "mixed.diabolo"
    )
    person.does("reconstruct", "mixed.diabolo", name, *told, "-o", "rebuilt.csv")
    made["rebuilt.csv"] = person.folder / "rebuilt.csv"
    for row in _rows(made["rebuilt.csv"]):
        assert all(row[column] in kinds[column] for column in few), row


def _without_lists(reading: list[str]) -> tuple[list[str], list[str]]:
    """Take --keep and what follows it out of options."""
    told, lists, left = [], [], list(reading)
    while left:
        word = left.pop(0)
        if word == "--keep":
            lists.append(left.pop(0))
        else:
            told.append(word)
    return told, lists


def _as_typed(names: list[str]) -> str:
    """Write names with commas between, quoted as in CSV."""
    return ",".join(f'"{name}"' if "," in name else name for name in names)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        first = file.readline()
        file.seek(0)
        return list(csv.DictReader(file, delimiter=";" if first.count(";") > first.count(",") else ","))


def _check(made: dict[str, Path]) -> None:
    tables = {
        name: _rows(path) for name, path in made.items() if name.endswith(".csv") and name != "filled.csv"
    }
    n_rows = len(tables["clean.csv"])
    for name, rows in tables.items():
        assert len(rows) == n_rows, f"{name} has {len(rows)} rows, clean.csv {n_rows}"
    for row in tables["scores.csv"]:
        assert row["reason"], "a row without a reason"
    for column in (each["column"] for each in _rows(made["filled.csv"]) if int(each["missing"])):
        assert all(row[column].strip() for row in tables["clean.csv"]), f"{column} has missing cells left"
    for name in ("groups.png", "odd.png"):
        assert made[name].stat().st_size > 10_000, f"{name} is empty"


def main() -> None:
    """Walk with the files that were named, or with the made ones."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("exports", nargs="*", type=Path, help="tables as they come")
    parser.add_argument("--out", type=Path, help="a folder for what is made")
    asked = parser.parse_args()
    out = asked.out or Path(tempfile.mkdtemp(prefix="diabolo-acceptance-"))
    exports = [each.resolve() for each in asked.exports]
    if not exports:
        out.mkdir(parents=True, exist_ok=True)
        write_laboratory(out / "laboratory.csv")
        write_survey(out / "survey.csv")
        exports = [out.resolve() / "laboratory.csv", out.resolve() / "survey.csv"]
    for export in exports:
        folder = out.resolve() / f"from-{export.stem}"
        folder.mkdir(parents=True, exist_ok=True)
        made = walk(export, folder)
        if not asked.exports and export.stem == "laboratory":
            scores = sorted(_rows(made["scores.csv"]), key=lambda row: -float(row["score"]))
            oddest = {row["Proben-Nr"] for row in scores[:5]}
            assert oddest.issuperset(ODD), f"the oddest are {oddest}, and {ODD} cannot be"
    print(f"\nno dead end: {', '.join(each.name for each in exports)}; what was made is in {out}")


if __name__ == "__main__":
    sys.exit(main())
