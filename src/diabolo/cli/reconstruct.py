"""``diabolo reconstruct``: rows as the model gives them back."""

from __future__ import annotations

from collections.abc import Iterator
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
from diabolo.cli.model_argument import open_autoencoder
from diabolo.cli.output import Output
from diabolo.cli.rows_output import OutputRows, write_rows

if TYPE_CHECKING:
    import numpy as np

__all__ = ["ERROR_COLUMN", "EXAMPLES", "HELP", "reconstruct"]

ERROR_COLUMN = "reconstruction_error"

HELP = """Encode rows and decode them again: write what comes back.

The columns of the output are those of DATA, in the same units, and then the label column, untouched.
With --errors a column 'reconstruction_error' follows the numbers: each row's mean squared difference from
what comes back, large where a row is unlike those that the model was trained on.
"""
EXAMPLES = """\
Examples:
  diabolo reconstruct iris.diabolo iris.csv --labels species -o rows.csv
  diabolo reconstruct iris.diabolo new.csv --errors -o rows.csv
"""

Errors = Annotated[
    bool, typer.Option("--errors", help="Add the column 'reconstruction_error'.", show_default=False)
]


def reconstruct(
    context: typer.Context,
    model: Model,
    data: Data,
    path: OutputRows,
    errors: Errors = False,
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
    """Write what the model gives back for each row of a file."""
    output = Output(json=context.obj["json"])
    check_data_output(path, model, data)
    opened = open_autoencoder(model)
    reading = DataOptions(labels, header, delimiter, dataset, keep or (), transposed, decimal=decimal)
    source = open_rows(data, reading, output, opened.feature_names)
    check_columns(data, source, opened.feature_names, opened.estimator.n_features_in_, output, flag="--keep")
    import numpy as np

    from diabolo.estimators._base import mean_of_known, row_means

    n_rows, n_features = source.shape
    row_errors = np.empty(n_rows)

    def rebuilt() -> Iterator[tuple[int, np.ndarray]]:
        for start, block in opened.estimator.blocks(source, "reconstruct"):
            given = source[start : start + len(block)]
            own = row_errors[start : start + len(block)]
            own[:] = row_means((given.astype(np.float64) - block) ** 2)
            yield start, np.column_stack([block, own.astype(np.float32)]) if errors else block

    names = source.feature_names or opened.feature_names
    if errors and names is not None:
        names = (*names, ERROR_COLUMN)
    width = n_features + errors
    carried = write_rows(path, rebuilt(), (n_rows, width), names, source, output)
    error = mean_of_known(row_errors)  # a row without any cell has none
    worst = int(np.argmax(np.nan_to_num(row_errors, nan=-1.0)))
    text = f"{n_rows:,} rows of {width} numbers written to {path}"
    if carried:
        text += f", with the column {carried[0]!r}"
    text += f"\nmean squared error {error:.6g}, the largest {row_errors[worst]:.6g} in row {worst}"
    record = {
        "verb": "reconstruct",
        "model": model,
        "data": data,
        "rows": n_rows,
        "columns": names or width,
        "carried": carried,
        "header_found": source.header_found,
        "mean_squared_error": error,
        "largest_error": float(row_errors[worst]),
        "largest_error_row": worst,
        "output": path,
    }
    output.result(record, text)
