"""``diabolo encode``: rows to codes."""

from __future__ import annotations

import typer

from diabolo.cli.columns import check_columns
from diabolo.cli.common_options import Debug, Json, Model
from diabolo.cli.data_options import Array, Data, DataOptions, Delimiter, Header, Labels, read_rows
from diabolo.cli.destination import check_data_output
from diabolo.cli.model_argument import open_autoencoder
from diabolo.cli.output import Output, heading
from diabolo.cli.program import command_line
from diabolo.cli.rows_output import OutputRows, write_rows

__all__ = ["EXAMPLES", "HELP", "encode"]

HELP = """Encode rows: write the code of each.

The columns of the output are the code's numbers and then the label column, untouched. An .npy file cannot
hold a label column, so it is left out of one, with a note.
"""
EXAMPLES = """\
Examples:
  diabolo encode iris.diabolo iris.csv --labels species -o codes.csv
  diabolo encode digits.diabolo digits.npy -o codes.npy
"""


def encode(
    context: typer.Context,
    model: Model,
    data: Data,
    path: OutputRows,
    labels: Labels = None,
    header: Header = None,
    delimiter: Delimiter = None,
    array: Array = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Write the code of each row of a file."""
    output = Output(json=context.obj["json"])
    check_data_output(path, model, data)
    opened = open_autoencoder(model)
    reading = DataOptions(labels, header, delimiter, array)
    table = read_rows(data, reading, output, opened.feature_names)
    check_columns(table, opened.feature_names, opened.estimator.n_features_in_, output)
    names = opened.code_names
    carried = write_rows(path, opened.estimator.transform(table.rows), names, table, output)
    n_rows = len(table.rows)
    text = f"{n_rows:,} codes of {len(names)} numbers written to {path}"
    if carried:
        text += f", with the column {carried[0]!r}"
    record = {
        "verb": "encode",
        "model": model,
        "data": data,
        "rows": n_rows,
        "columns": names,
        "carried": carried,
        "header_found": table.header_found,
        "output": path,
    }
    more = ["--labels", carried[0]] if carried else []
    more += ["--components", "0,1"] if len(names) > 3 else []
    picture = path.with_suffix(".png")
    text += f"\n\n{heading('Next:')}\n  {command_line('plot', 'codes', path, *more, '-o', picture)}"
    output.result(record, text)
