"""``diabolo encode``, ``decode`` and ``reconstruct``: rows to codes, codes to rows, and what comes back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diabolo.cli.categories import parted
from diabolo.cli.many_files import write_parts
from diabolo.cli.opening import OpenModel, carried_again, kept_with, open_autoencoder, open_codes
from diabolo.cli.options import (
    DATA,
    FILE,
    KEEP,
    LABELS,
    MEMORY,
    MODEL,
    PARTS_FILE,
    READING,
    ROWS_FILE,
    WORKERS,
    rows_file,
)
from diabolo.cli.output import Output, command_line, next_lines, with_columns, write_rows
from diabolo.cli.page import Option, Page, Typed, WrongUse, switch
from diabolo.cli.reasons import which_row
from diabolo.cli.row_blocks import block_results, is_by_workers
from diabolo.cli.streams import FolderOfParts, is_stream

if TYPE_CHECKING:
    import numpy as np

    from diabolo.data.source import Source

__all__ = ["ERROR_COLUMN", "PAGES"]

ERROR_COLUMN = "reconstruction_error"


def encode(typed: Typed, output: Output) -> None:
    """Encode rows: write the code of each.

    The columns of the output are the code's numbers and then the label and further columns, untouched. An
    .npy file cannot hold these, so they are left out of one, with a note. A file that is larger than memory
    is read as it is needed.

    Examples
    --------
    diabolo encode iris.diabolo iris.csv --labels species -o codes.csv
    diabolo encode digits.diabolo digits.npy -o codes.npy
    diabolo encode wide.diabolo wide.h5 --split -o codes.csv
    diabolo encode m.diabolo 'parts/*.parquet' -o codes/ --engine dask --workers 2
    """
    if typed.split and is_stream(typed.path):
        raise WrongUse("--split writes two files, so -o - is not possible; name a file.")
    if not isinstance(typed.path, FolderOfParts):
        _encode(_opened(typed), typed, output)
        return
    if typed.split:
        raise WrongUse(
            f"--split writes two files, and -o {typed.path} a part for each file; give one of them."
        )
    parts = write_parts(_opened, _encode, typed, output, "encoding")
    first = parts.records[0]
    record = {**parts.record(typed), "columns": first["columns"], "carried": first["carried"]}
    output.result(record, parts.said(f"codes of {len(first['columns'])} numbers", typed))


def _opened(typed: Typed) -> OpenModel:
    return open_autoencoder(typed.model)


def _encode(opened: OpenModel, typed: Typed, output: Output) -> None:
    if typed.split and is_by_workers(typed):
        raise WrongUse("--split parts the rows in this process; leave --engine and --workers out.")
    held = getattr(opened.estimator, "hold_out_", None)
    by = held.groups if typed.split and held is not None else None
    source = opened.open_rows(typed.data, typed, output, keep=kept_with(typed, by))
    parts = _parts(opened, source, typed.path) if typed.split else [(typed.path, source)]
    names, carried, lines = opened.code_names, [], []
    for place, part in parts:
        codes = _codes(opened, part, typed, output)
        carried = write_rows(place, codes, (len(part), len(names)), names, part, output)
        lines.append(_written(part, len(names), place, carried, "codes"))
    first = parts[0][0]
    shown = carried_again(carried, typed, source)
    shown += ["--components", "0,1"] if len(names) > 3 else []
    command = command_line("plot", "codes", first, *shown, "-o", first.with_suffix(".png"))
    places: Any = [place for place, _ in parts] if typed.split else typed.path
    record = _record(typed, source, len(source), names, carried)
    output.result({**record, "output": places}, "\n".join(lines) + next_lines(command))


def _codes(opened: OpenModel, part: Source, typed: Typed, output: Output) -> Iterator[tuple[int, np.ndarray]]:
    if is_by_workers(typed):
        return block_results(part, _opened, _codes_of, typed, output, "encoding")
    return opened.estimator.blocks(part, "transform")


def _codes_of(opened: OpenModel, rows: Source, typed: Typed) -> np.ndarray:
    return opened.estimator.transform(rows)


def _parts(opened: OpenModel, source: Source, path: Path) -> list[tuple[Path, Source]]:
    """Split the rows as they were split when the model was fitted."""
    held = getattr(opened.estimator, "hold_out_", None)
    if held is None:
        raise WrongUse(
            f"--split parts the rows as the fit did, but {opened.path} was fitted without --hold-out; fit it "
            "with --hold-out 0.2, or leave --split out."
        )
    return list(zip(_part_paths(path), held.apply(source), strict=True))


def _part_paths(path: Path) -> list[Path]:
    return [path.with_name(f"{path.stem}-{part}{path.suffix}") for part in ("train", "held-out")]


def decode(typed: Typed, output: Output) -> None:
    """Decode codes: write the row that each stands for.

    The columns of the output are those that the model was trained on, in the same units, and then the label
    column, untouched. Any codes will do, those of 'diabolo encode' or points between them.

    Examples
    --------
    diabolo decode iris.diabolo codes.csv --labels species -o rows.csv
    diabolo decode digits.diabolo codes.npy -o rows.npy
    """
    import numpy as np

    from diabolo.data.checked_source import CheckedSource

    opened = open_autoencoder(typed.model)
    source = open_codes(typed.data, typed, output, opened.code_names)
    kind = type(opened.estimator).__name__
    CheckedSource(source, kind, allows_missing=False, advice="Give codes without missing cells.").look()
    # A model of images that was trained on images gives images; of categories, text comes.
    rows, names, texts = parted(opened, opened.estimator.inverse_transform(np.asarray(source)))
    aside, dtype = {**texts, **source.carried}, rows.dtype
    blocks = [(0, _legible(rows, typed.path))]
    carried = write_rows(typed.path, blocks, rows.shape, names, source, output, dtype, aside)
    columns = opened.feature_names or rows.shape[1]
    record = _record(typed, source, len(rows), columns, carried)
    output.result({**record, "output": typed.path}, _written(rows, rows.shape[1], typed.path, carried))


def reconstruct(typed: Typed, output: Output) -> None:
    """Encode rows and decode them again: write what comes back.

    The columns of the output are those of DATA, in the same units, and then the label column, untouched.
    Of a model with categories numbers come first and then categories, as text. With --errors a column
    'reconstruction_error' follows the numbers: each row's mean squared difference from what comes back, large
    where a row is unlike those that the model was trained on; of a model with categories it is of scaled
    columns.

    Examples
    --------
    diabolo reconstruct iris.diabolo iris.csv --labels species -o rows.csv
    diabolo reconstruct iris.diabolo new.csv --errors -o rows.csv
    diabolo reconstruct m.diabolo parts/ --errors -o rows/ --workers 2
    """
    if not isinstance(typed.path, FolderOfParts):
        _reconstruct(_opened(typed), typed, output)
        return
    parts = write_parts(_opened, _reconstruct, typed, output, "reconstructing")
    known = [record for record in parts.records if record["mean_squared_error"] is not None]
    n_rows = sum(record["rows"] for record in known)
    error = (
        sum(record["mean_squared_error"] * record["rows"] for record in known) / n_rows if n_rows else None
    )
    record = {**parts.record(typed), "carried": parts.records[0]["carried"], "mean_squared_error": error}
    text = parts.said("rows", typed)
    output.result(record, text if error is None else f"{text}\nmean squared error {error:.6g}")


def _reconstruct(opened: OpenModel, typed: Typed, output: Output) -> None:
    source = opened.open_rows(typed.data, typed, output)
    import numpy as np

    from diabolo.data.scaling import unscaled_dtype

    n_rows, n_features = source.shape
    row_errors = np.empty(n_rows)

    if hasattr(opened.estimator, "categories_"):
        if is_by_workers(typed):
            raise WrongUse(
                f"{typed.model} has categories, whose rows are rebuilt at once for one file; for --workers "
                f"write parts: -o {typed.path.stem}/."
            )
        row_errors[:] = opened.estimator.reconstruction_error(source)
        numbers, number_names, texts = parted(opened, opened.estimator.reconstruct(source))
        if typed.errors:
            numbers = np.column_stack([numbers, row_errors.astype(np.float32)])
            number_names = [*(number_names or ()), ERROR_COLUMN]
        aside, (shape, dtype) = {**texts, **source.carried}, (numbers.shape, numbers.dtype)
        blocks = [(0, _legible(numbers, typed.path))]
        carried = write_rows(typed.path, blocks, shape, number_names, source, output, dtype, aside)
        _report_errors(typed, source, row_errors, shape[1], opened.feature_names, carried, output)
        return

    def here() -> Iterator[tuple[int, tuple[np.ndarray, np.ndarray]]]:
        for start, block in opened.estimator.blocks(source, "reconstruct"):
            yield start, (block, _errors_of(source[start : start + len(block)], block))

    by_block = (
        block_results(source, _opened, _rebuilt, typed, output, "reconstructing")
        if is_by_workers(typed)
        else here()
    )

    def rebuilt() -> Iterator[tuple[int, np.ndarray]]:
        for start, (block, errors) in by_block:
            own = row_errors[start : start + len(block)]
            own[:] = errors
            rows = np.column_stack([block, own.astype(np.float32)]) if typed.errors else block
            yield start, _legible(rows, typed.path)

    names = source.feature_names or opened.feature_names
    if typed.errors and names is not None:
        names = (*names, ERROR_COLUMN)
    width = n_features + typed.errors
    dtype = unscaled_dtype(source.dtype)
    carried = write_rows(typed.path, rebuilt(), (n_rows, width), names, source, output, dtype)
    _report_errors(typed, source, row_errors, width, names, carried, output)


def _rebuilt(opened: OpenModel, rows: Source, typed: Typed) -> tuple[np.ndarray, np.ndarray]:
    block = opened.estimator.reconstruct(rows)
    return block, _errors_of(rows[:], block)


def _errors_of(given: np.ndarray, block: np.ndarray) -> np.ndarray:
    import numpy as np

    from diabolo.data.cells import row_means

    return row_means((given.astype(np.float64) - block) ** 2)


def _legible(rows: np.ndarray, path: Path) -> np.ndarray:
    """Round numbers that are written as text to twelve digits: a network's output has no more to say."""
    import numpy as np

    if rows.dtype != np.float64 or not (is_stream(path) or path.suffix.lower() in (".csv", ".tsv")):
        return rows
    with np.errstate(all="ignore"):
        digits = 11 - np.floor(np.log10(np.abs(rows)))
        scale = 10.0 ** np.abs(digits)
        rounded = np.where(digits < 0, np.rint(rows / scale) * scale, np.rint(rows * scale) / scale)
    return np.where(np.isfinite(rounded) & (scale < np.inf), rounded, rows)


def _report_errors(
    typed: Typed,
    source: Source,
    row_errors: np.ndarray,
    width: int,
    names: Any,
    carried: list[str],
    output: Output,
) -> None:
    import numpy as np

    from diabolo.data.cells import mean_of_known

    error = mean_of_known(row_errors)  # a row without any cell has none
    worst = int(np.argmax(np.nan_to_num(row_errors, nan=-1.0)))
    text = _written(source, width, typed.path, carried)
    text += (
        f"\nmean squared error {error:.6g}, the largest {row_errors[worst]:.6g} in {which_row(source, worst)}"
    )
    figures = {
        "mean_squared_error": error,
        "largest_error": float(row_errors[worst]),
        "largest_error_row": worst,
    }
    record = _record(typed, source, len(row_errors), names or width, carried)
    output.result({**record, **figures, "output": typed.path}, text)


def _written(rows: Any, width: int, path: Path, carried: list[str], what: str = "rows") -> str:
    of = f" of {width} numbers" if width or not carried else ""
    return f"{len(rows):,} {what}{of} written to {path}{with_columns(carried)}"


def _record(typed: Typed, source: Source, rows: int, columns: Any, carried: list[str]) -> dict[str, Any]:
    start = {"model": typed.model, "data": typed.data, "rows": rows, "columns": columns, "carried": carried}
    return {**start, "header_found": source.header_found}


_SPLIT = switch(
    "--split",
    "Write two files, FILE-train and FILE-held-out, parted as the fit's --hold-out parted the rows.",
)
_CODES_FILE = rows_file(
    lambda typed: _part_paths(typed.path) if typed.split else [typed.path], may_be_parts=True
)
_ERRORS = switch("--errors", f"Add the column '{ERROR_COLUMN}'.")
_CODES = Option(
    "CODES",
    "Codes: a file of any kind that rows may have.",
    FILE,
    name="data",
    is_required=True,
    takes_several=True,
)

_FIRST = ("engine", "workers", "drop", "columns", "header", "delimiter", "decimal")

PAGES = {
    "encode": Page(
        encode,
        (MODEL, DATA, _CODES_FILE, _SPLIT, *WORKERS, LABELS, KEEP, *READING, MEMORY),
        ("split", "labels", "keep", *_FIRST),
    ),
    "decode": Page(decode, (MODEL, _CODES, ROWS_FILE, LABELS, KEEP, *READING, MEMORY)),
    "reconstruct": Page(
        reconstruct,
        (MODEL, DATA, PARTS_FILE, _ERRORS, *WORKERS, LABELS, KEEP, *READING, MEMORY),
        ("errors", "labels", "keep", *_FIRST),
    ),
}
