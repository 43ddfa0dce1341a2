"""``diabolo encode``: rows to codes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from diabolo.cli.columns import check_columns
from diabolo.cli.common_options import Debug, Json, Model
from diabolo.cli.data_options import (
    Data,
    DataOptions,
    Dataset,
    Decimal,
    Delimiter,
    Header,
    Keep,
    Labels,
    Transposed,
    open_rows,
)
from diabolo.cli.destination import check_data_output
from diabolo.cli.hold_out_options import kept_columns
from diabolo.cli.model_argument import OpenModel, open_autoencoder
from diabolo.cli.output import Output, heading
from diabolo.cli.program import command_line
from diabolo.cli.rows_output import OutputRows, write_rows
from diabolo.cli.wrong_use import WrongUse

if TYPE_CHECKING:
    from diabolo.data.source import Source

__all__ = ["EXAMPLES", "HELP", "encode"]

HELP = """Encode rows: write the code of each.

The columns of the output are the code's numbers and then the label and further columns, untouched. An .npy
file cannot hold these, so they are left out of one, with a note. A file that is larger than memory is read as
it is needed.
"""
EXAMPLES = """\
Examples:
  diabolo encode iris.diabolo iris.csv --labels species -o codes.csv
  diabolo encode digits.diabolo digits.npy -o codes.npy
  diabolo encode wide.diabolo wide.h5 --split -o codes.csv
"""


Split = Annotated[
    bool,
    typer.Option(
        "--split",
        help="Write two files, FILE-train and FILE-held-out, parted as the fit's --hold-out parted the rows.",
        show_default=False,
    ),
]


def encode(
    context: typer.Context,
    model: Model,
    data: Data,
    path: OutputRows,
    split: Split = False,
    labels: Labels = None,
    keep: Keep = None,
    header: Header = None,
    delimiter: Delimiter = None,
    decimal: Decimal = None,
    dataset: Dataset = None,
    transposed: Transposed = False,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Write the code of each row of a file."""
    output = Output(json=context.obj["json"])
    check_data_output(path, model, data)
    opened = open_autoencoder(model)
    by = getattr(getattr(opened.estimator, "hold_out_", None), "groups", None) if split else None
    reading = DataOptions(
        labels, header, delimiter, dataset, kept_columns(keep, by, labels, data), transposed, decimal=decimal
    )
    source = open_rows(data, reading, output, opened.feature_names)
    check_columns(data, source, opened.feature_names, opened.estimator.n_features_in_, output, flag="--keep")
    parts = _parts(opened, source, path) if split else [(path, source)]
    for place, _ in parts:
        check_data_output(place, model, data)
    carried, *_ = [_write(opened, part, place, output) for place, part in parts]
    names = opened.code_names
    lines = []
    for place, part in parts:
        line = f"{len(part):,} codes of {len(names)} numbers written to {place}"
        more = [repr(name) for name in carried]
        lines.append(line + (f", with the column{'s' if more[1:] else ''} {', '.join(more)}" if more else ""))
    record = {
        "verb": "encode",
        "model": model,
        "data": data,
        "rows": len(source),
        "columns": names,
        "carried": carried,
        "header_found": source.header_found,
        "output": [place for place, _ in parts] if split else path,
    }
    shown = ["--labels", carried[0]] if carried else []
    shown += ["--components", "0,1"] if len(names) > 3 else []
    first = parts[0][0]
    command = command_line("plot", "codes", first, *shown, "-o", first.with_suffix(".png"))
    lines += ["", heading("Next:"), f"  {command}"]
    output.result(record, "\n".join(lines))


def _write(opened: OpenModel, source: Source, path: Path, output: Output) -> list[str]:
    names = opened.code_names
    codes = opened.estimator.blocks(source, "transform")
    return write_rows(path, codes, (len(source), len(names)), names, source, output)


def _parts(opened: OpenModel, source: Source, path: Path) -> list[tuple[Path, Source]]:
    """Split the rows as they were split when the model was fitted."""
    held = getattr(opened.estimator, "hold_out_", None)
    if held is None:
        raise WrongUse(
            f"--split parts the rows as the fit did, but {opened.path} was fitted without --hold-out; fit it "
            "with --hold-out 0.2, or leave --split out."
        )
    training, held_out = held.apply(source)
    return [
        (path.with_name(f"{path.stem}-train{path.suffix}"), training),
        (path.with_name(f"{path.stem}-held-out{path.suffix}"), held_out),
    ]
