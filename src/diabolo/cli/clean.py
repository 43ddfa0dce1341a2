"""``diabolo clean``: a table with its missing cells filled, everything else as it was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diabolo.cli.categories import categories_of, named_in
from diabolo.cli.opening import OpenModel, open_model, open_rows, text_options, typed_again
from diabolo.cli.options import DATA, FILE, KEEP, LABELS, MEMORY, MODEL, QUIET, READING, ROWS_FILE
from diabolo.cli.output import (
    Output,
    command_line,
    listed,
    next_lines,
    with_columns,
    write_rows,
)
from diabolo.cli.page import Option, Page, Typed, WrongUse, switch
from diabolo.cli.parameter_options import autoencoder_options
from diabolo.cli.written_files import Writes
from diabolo.data.formats import format_of, is_table_file
from diabolo.errors import DataFileError
from diabolo.messages import setting, typed_names
from diabolo.parameters.kinds import ABOVE_0

if TYPE_CHECKING:
    import numpy as np
    from jaxtyping import Bool, Shaped

    from diabolo.data.categories import CategoryTable
    from diabolo.data.formats.csv_layout import CsvLayout
    from diabolo.data.source import Source
    from diabolo.evaluation import ImputerChoice

    Blocks = Iterator[tuple[int, Shaped[np.ndarray, "block features"], Bool[np.ndarray, "block features"]]]

__all__ = ["PAGE"]

_SHOWN, _ODD_SHOWN = 30, 10
_TEXT = (".csv", ".tsv")


def clean(typed: Typed, output: Output) -> None:
    """Fill the missing cells of a table, and leave everything else as it is.

    Each missing number is filled by what the row's other cells say of it. MODEL is an autoencoder that was
    fitted with --missing mask or mean, or a detector; without one an autoencoder is fitted to DATA, its code
    as wide as masked cells say, and it is said how far off it fills these.

    Columns of --categories, and those of the model, are filled by one of their values.

    Other columns of text stay, and so does the order of columns; from .csv to .csv all other cells stay as
    they are written. With a detector, --odd also replaces numbers that the rest of their row contradicts.

    Examples
    --------
    diabolo clean table.csv -o cleaned.csv
    diabolo clean flats.csv --categories heating,district -o cleaned.csv
    diabolo clean table.csv table.diabolo -o cleaned.csv --report filled.csv
    diabolo clean new.csv odd.diabolo --odd -o cleaned.csv
    """
    if typed.model is not None and is_table_file(typed.model) and not is_table_file(typed.data):
        typed.data, typed.model = typed.model, typed.data  # other verbs have the model first
    opened = None if typed.model is None else open_model(typed.model)
    if opened is not None and typed.chosen.get("categories") is not None:
        raise WrongUse(
            f"--categories is for a fit, and {typed.model} knows its own; leave it or the model out."
        )
    layout, keep = _laid_out(typed, opened, output)
    if typed.odd and (opened is None or not opened.is_detector):
        again = typed_again(typed, [str(name) for name in keep or ()])
        fit = command_line("detect", "fit", typed.data, *again, "--missing", "mask", "-o", "odd.diabolo")
        raise WrongUse(f"--odd needs a detector, which knows what is odd; make one: {fit}")
    if typed.odd_line is not None and not typed.odd:
        raise WrongUse(
            "--odd-line says how odd a cell must be to be replaced; add --odd to replace such cells."
        )
    if opened is None:
        source = open_rows(typed.data, typed, output, keep=keep, categories=categories_of(typed))
    else:
        source = opened.open_rows(typed.data, typed, output, keep=keep)
    estimator: Any = None if opened is None else opened.estimator
    choice: ImputerChoice | None = None
    if estimator is None and _has_gaps(source):
        from diabolo.evaluation import fit_imputer

        chosen = typed.chosen.get("categories")
        chosen = None if chosen is None else named_in(source, chosen)
        estimator, choice = fit_imputer(source, categories=chosen)
    filled = _Filled(source, estimator, (typed.odd_line or True) if typed.odd else False)
    if layout is not None and typed.path.suffix.lower() in _TEXT:
        from diabolo.data.formats.csv_copy import copy_with_cells
        from diabolo.data.formats.csv_survey import surveyed

        copy_with_cells(surveyed(layout), typed.path, filled.blocks(), filled.places_in(layout))
        carried = list(source.carried)
    else:
        dtype = source.dtype if source.dtype.kind == "f" else "float64"
        names = source.feature_names or (opened.numbers if opened is not None else None)
        blocks, texts = filled.parted()
        aside, order = {**texts, **source.carried}, source.column_order
        carried = write_rows(
            typed.path, blocks, source.shape, names, source, output, dtype, aside, column_order=order
        )
    if typed.report is not None:
        _write_report(filled, typed.report)
    text = "\n".join(_lines(filled, choice, typed, carried))
    record = _record(filled, choice, typed, carried)
    if len(source) > 1 or opened is not None:  # of one row nothing is learned
        text += next_lines(_next(typed, opened, layout, keep, source))
    output.result(record, text)


class _Filled:
    """A table as it is filled: its blocks, and then how many cells of each column were filled."""

    def __init__(self, source: Source, estimator: Any, odd: bool | float) -> None:
        import numpy as np

        self.source, self.estimator, self.odd = source, estimator, odd
        self.table: CategoryTable | None = getattr(estimator, "categories_", None)
        numbers = source.feature_names or tuple(f"column_{place}" for place in range(source.n_features))
        self.names = (*numbers, *source.category_cells)
        if self.table is not None:
            self.names = tuple(map(self.table.name_of, range(self.table.n_columns)))
        self.n_missing, self.n_odd = np.zeros((2, len(self.names)), np.int64)
        self.odd_cells: list[dict[str, Any]] = []

    def blocks(self) -> Blocks:
        """Fill rows some at a time: the first one's number, the cells, which of them are filled."""
        import numpy as np

        if self.estimator is None:
            for part, cells in self.source.blocks():
                yield part.start, cells, np.zeros(cells.shape, bool)
            return
        more = {"odd": self.odd} if self.odd else {}
        for start, block, missing, odd in self.estimator.impute_blocks(self.source, **more):
            self.n_missing += missing.sum(axis=0)
            self.n_odd += odd.sum(axis=0)
            if odd.any():
                given = self.source[start : start + len(block)]
                for row, column in np.argwhere(odd)[: _ODD_SHOWN - len(self.odd_cells)]:
                    # Only numbers are odd: of a table with categories, those that the source has.
                    own = int(column) if self.table is None else self.table.numbers.index(int(column))
                    own = int(column) if self.is_array else own
                    self.odd_cells.append(
                        {
                            "place": self.source.place(start + int(row), own),
                            "was": float(given[row, own]),
                            "is": float(block[row, column]),
                        }
                    )
            yield start, block, missing | odd

    @property
    def is_array(self) -> bool:
        """Whether categories are columns of the source's numbers, as in an array."""
        return self.table is not None and not self.source.category_cells

    def places_in(self, layout: CsvLayout) -> list[int]:
        """Say which of a file's columns the blocks' are."""
        if layout.names is None or self.source.feature_names is None:
            return list(layout.numeric)
        places = {layout.names[number]: number for number in layout.numeric} | dict(layout.carried)
        return [places[name] for name in self.names]

    def parted(self) -> tuple[Any, dict[str, Any]]:
        """Return blocks of numbers, and the categories' columns by name, which are not in them."""
        import numpy as np

        if self.table is None or self.is_array or self.estimator is None:
            blocks = ((start, block) for start, block, _ in self.blocks())
            if self.is_array:
                blocks = ((start, block.astype(np.float64)) for start, block in blocks)
            return blocks, dict(self.source.category_cells)
        rows = np.concatenate([block for _, block, _ in self.blocks()])
        pairs = zip(self.table.category_names, self.table.places, strict=True)
        texts = {name: rows[:, place].astype(str) for name, place in pairs}
        return [(0, rows[:, list(self.table.numbers)].astype(np.float64))], texts

    def counts(self) -> dict[str, dict[str, int]]:
        """Return the counts of each column by its name."""
        pairs = zip(self.names, self.n_missing.tolist(), self.n_odd.tolist(), strict=True)
        return {name: {"missing": missing, "odd": odd} for name, missing, odd in pairs}


def _laid_out(
    typed: Typed, opened: OpenModel | None, output: Output
) -> tuple[CsvLayout | None, tuple[Any, ...] | None]:
    """Find out how a text table is laid out, and which of its columns are no numbers and stay."""
    asked = tuple(typed.keep or ())
    categories = categories_of(typed) if opened is None else opened.categories
    is_text = isinstance(typed.data, Path) and typed.data.is_file() and format_of(typed.data).module == "csv"
    if not is_text:
        return None, asked or None
    from diabolo.data.formats.csv_copy import columns_without_numbers
    from diabolo.data.formats.csv_layout import find_layout

    told = {name: value for name, value in text_options(typed).items() if name != "sheet"}

    def layout_of(keep: Any) -> CsvLayout:
        return find_layout(
            typed.data,
            typed.labels,
            keep,
            typed.header,
            drop_columns=typed.drop,
            columns=typed.columns,
            categories=list(categories) or None,
            **told,
        )

    layout = layout_of(asked)
    text, empty = columns_without_numbers(layout)
    known = () if opened is None else opened.feature_names

    def named_of(numbers: list[int]) -> list[Any]:
        """Name columns that are none of the model's, which may have learned what belongs in them."""
        if layout.names is None:
            return numbers if opened is None else [number for number in numbers if number in text]
        return [name for name in map(layout.names.__getitem__, numbers) if name not in (known or ())]

    named, empty_ones = named_of(sorted([*text, *empty])), named_of(empty)
    if len(named) == len(layout.numeric) and not categories:
        names = listed([repr(name) for name in named], 5)
        cure = "." if opened is not None else _to_categories(typed, layout)
        raise DataFileError(f"{typed.data} has no column of numbers to fill; its columns are {names}{cure}")
    if empty_ones:
        names = listed([repr(name) for name in empty_ones], 5)
        output.note(f"{typed.data} has no number at all in {names}, which is left as it is")
    keep = (*asked, *named)
    return layout_of(keep), keep or None


def _to_categories(typed: Typed, layout: CsvLayout) -> str:
    """Say how columns of text are filled where they hold few values, and end a sentence with that."""
    from diabolo.data.formats.csv_copy import columns_of_few_values

    if layout.names is None:
        return f"; if the first line holds the column names, say {setting('header', True)}."
    few = [layout.names[number] for number in columns_of_few_values(layout) if number in layout.numeric]
    if not few:
        return "."
    again = typed_again(typed)
    line = command_line("clean", typed.data, *again, "--categories", typed_names(few), "-o", typed.path)
    hold = "holds" if len(few) == 1 else "hold"
    return f"; to fill {listed([repr(name) for name in few], 5)}, which {hold} few values, type: {line}"


def _has_gaps(source: Source) -> bool:
    import numpy as np

    from diabolo.data.categories import texts_of

    if any("" in texts_of(cells.tolist()) for cells in map(np.asarray, source.category_cells.values())):
        return True
    return source.dtype.kind == "f" and any(bool(np.isnan(cells).any()) for _, cells in source.blocks())


def _lines(filled: _Filled, choice: ImputerChoice | None, typed: Typed, carried: list[str]) -> list[str]:
    source, n_missing, n_odd = filled.source, int(filled.n_missing.sum()), int(filled.n_odd.sum())
    where = f"{typed.path}{with_columns(carried)}"
    lines = [] if choice is None else [f"fitted an autoencoder with {choice}"]
    if not n_missing + n_odd:
        what = "missing or odd" if filled.odd else "missing"
        return [
            *lines,
            f"no cell of {typed.data} is {what}; the same table is written to {where}",
        ]
    n_filled, n_cells = n_missing + n_odd, len(source) * len(filled.names)
    what = "numbers" if filled.table is None else "cells"
    lines.append(f"{n_filled:,} of {n_cells:,} {what} filled ({n_filled / n_cells:.1%})")
    counts = {name: each for name, each in filled.counts().items() if each["missing"] + each["odd"]}
    width = max(map(len, [*counts, "column"]))
    lines.append(f"{'column':<{width}}  missing{'  odd' if filled.odd else ''}")
    for name, each in list(counts.items())[:_SHOWN]:
        odd = f"  {each['odd']:>3}" if filled.odd else ""
        lines.append(f"{name:<{width}}  {each['missing']:>7}{odd}")
    if len(counts) > _SHOWN:
        lines.append(f"and {len(counts) - _SHOWN} more columns; --report FILE.csv has all")
    lines += [f"odd: {each['place']}: {each['was']:g} -> {each['is']:g}" for each in filled.odd_cells]
    if n_odd > len(filled.odd_cells):
        lines.append(f"and {n_odd - len(filled.odd_cells):,} more odd cells")
    return [*lines, f"{len(source):,} rows written to {where}"]


def _record(
    filled: _Filled, choice: ImputerChoice | None, typed: Typed, carried: list[str]
) -> dict[str, Any]:
    return {
        "data": typed.data,
        "model": typed.model,
        "rows": len(filled.source),
        "columns": list(filled.names),
        "carried": carried,
        "header_found": filled.source.header_found,
        "filled": int(filled.n_missing.sum() + filled.n_odd.sum()),
        "counts": filled.counts(),
        "odd_cells": filled.odd_cells,
        "components": None if choice is None else choice.n_components,
        "masked_error": None if choice is None else choice.errors.get(choice.n_components),
        "mean_error": None if choice is None else choice.mean_error,
        "accuracy": None if choice is None else choice.accuracy,
        "usual_accuracy": None if choice is None else choice.usual_accuracy,
        "output": typed.path,
        "report": typed.report,
    }


def _write_report(filled: _Filled, path: Path) -> None:
    import csv

    from diabolo.data.atomic import atomic_write
    from diabolo.data.destination import TEXT

    with atomic_write(path, TEXT, "t") as handle:
        writer = csv.writer(
            handle, delimiter="\t" if path.suffix.lower() == ".tsv" else ",", lineterminator="\n"
        )
        writer.writerow(["column", "missing", "odd"])
        writer.writerows([name, each["missing"], each["odd"]] for name, each in filled.counts().items())


def _next(typed: Typed, opened: OpenModel | None, layout: CsvLayout | None, keep: Any, source: Source) -> str:
    """Write what to type next on the file that was written."""
    path, suffix = typed.path, typed.path.suffix.lower()
    words: list[str] = []
    if suffix in _TEXT:
        if layout is not None:  # the same text, but for what was filled
            words = typed_again(_as_written(typed), [str(name) for name in keep or ()])
            # A number of --keep could be taken for a name in the first line.
            words += ["--no-header"] if layout.names is None and typed.header is None else []
        elif source.carried:
            words = ["--keep", typed_names(list(source.carried))]
    start, categories = path.stem, categories_of(typed)
    if opened is None:
        words += ["--categories", typed_names(list(categories))] if categories else []
        if (places := typed.chosen.get("categories")) and not categories and suffix == ".npy":
            words.append(f"--categories={typed_names([str(place) for place in places])}")
        return command_line("fit", path, *words, "-o", path.with_name(f"{start}-model.diabolo"))
    if opened.is_detector:
        written = path.with_name(f"{start}-scores.csv")
        return command_line("detect", "score", opened.path, path, *words, "-o", written)
    return command_line("encode", opened.path, path, *words, "-o", path.with_name(f"{start}-codes.csv"))


def _as_written(typed: Typed) -> Typed:
    """Leave out what was typed of the old file that is not so in the new one."""
    gone = {"encoding": None, "skip_lines": None, "skip_footer": None, "drop": None, "columns": None}
    if typed.path.suffix.lower() == ".tsv":
        gone["delimiter"] = None
    return Typed(**{**vars(typed), **gone})


_MODEL = replace(
    MODEL, is_required=False, help="An autoencoder or a detector; without, one is fitted to DATA."
)

PAGE = Page(
    clean,
    (
        DATA,
        _MODEL,
        ROWS_FILE,
        Option(
            "--report FILE",
            "Where to write how many cells of each column were filled: .csv or .tsv.",
            FILE,
            writes=Writes(_TEXT),
        ),
        switch("--odd", "Replace odd cells, too; MODEL is a detector."),
        Option(
            "--odd-line",
            "How odd: without an odd cell the squared residuals of its row, over typical ones, add up to "
            "more than this number squared less. Default: 5.",
            ABOVE_0,
        ),
        *autoencoder_options(["categories"]),
        LABELS,
        KEEP,
        *READING,
        MEMORY,
        QUIET,
    ),
)
