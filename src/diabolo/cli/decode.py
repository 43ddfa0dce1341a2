"""``diabolo decode``: codes to rows."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from diabolo.cli.columns import check_codes
from diabolo.cli.common_options import Debug, Json, Model, typed_file
from diabolo.cli.data_options import (
    DataOptions,
    Dataset,
    Decimal,
    Delimiter,
    Header,
    Labels,
    Transposed,
    open_rows,
)
from diabolo.cli.destination import check_data_output
from diabolo.cli.model_argument import open_autoencoder
from diabolo.cli.output import Output
from diabolo.cli.rows_output import OutputRows, write_rows

__all__ = ["EXAMPLES", "HELP", "decode"]

HELP = """Decode codes: write the row that each stands for.

The columns of the output are those that the model was trained on, in the same units, and then the label
column, untouched. Any codes will do, those of 'diabolo encode' or points between them.
"""
EXAMPLES = """\
Examples:
  diabolo decode iris.diabolo codes.csv --labels species -o rows.csv
  diabolo decode digits.diabolo codes.npy -o rows.npy
"""

Codes = Annotated[
    Path,
    typer.Argument(
        parser=typed_file,
        metavar="CODES",
        help="Codes: a file of any kind that rows may have.",
        show_default=False,
    ),
]


def decode(
    context: typer.Context,
    model: Model,
    codes: Codes,
    path: OutputRows,
    labels: Labels = None,
    header: Header = None,
    delimiter: Delimiter = None,
    decimal: Decimal = None,
    dataset: Dataset = None,
    transposed: Transposed = False,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Write the row that each code of a file stands for."""
    import numpy as np

    output = Output(json=context.obj["json"])
    check_data_output(path, model, codes)
    opened = open_autoencoder(model)
    names = opened.code_names
    source = open_rows(
        codes,
        DataOptions(labels, header, delimiter, dataset, transposed=transposed, decimal=decimal),
        output,
        names,
    )
    check_codes(codes, source, names)
    rows = opened.estimator.inverse_transform(np.asarray(source))
    rows = rows.reshape(len(rows), -1)  # a model of images that was trained on images gives images
    carried = write_rows(path, [(0, rows)], rows.shape, opened.feature_names, source, output)
    text = f"{len(rows):,} rows of {rows.shape[1]} numbers written to {path}"
    if carried:
        text += f", with the column {carried[0]!r}"
    record = {
        "verb": "decode",
        "model": model,
        "data": codes,
        "rows": len(rows),
        "columns": opened.feature_names or rows.shape[1],
        "carried": carried,
        "header_found": source.header_found,
        "output": path,
    }
    output.result(record, text)
