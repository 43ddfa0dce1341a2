"""``diabolo rechunk``: a table rewritten so that its rows lie together."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from diabolo.cli.common_options import Debug, Json
from diabolo.cli.data_options import Data, Dataset, Transposed
from diabolo.cli.output import Output
from diabolo.cli.wrong_use import WrongUse

__all__ = ["EXAMPLES", "HELP", "rechunk"]

HELP = """Rewrite a table so that its rows lie together.

Training reads some rows at a time. A file that is stored by columns, or in blocks of many rows, is read many
times over for that; rewritten once, it is read as fast as the disk gives it. The table is never in memory as
a whole.
"""
EXAMPLES = """\
Examples:
  diabolo rechunk columns.h5 -o rows.h5
  diabolo rechunk matrix.h5::beta --transposed -o rows.h5 --max-memory 2GB
"""

OutputFile = Annotated[
    Path,
    typer.Option(
        "-o", "--output", metavar="FILE", help="Where to write: .h5 or .zarr; replaced if it exists."
    ),
]
RowsPerChunk = Annotated[
    int | None,
    typer.Option(
        "--rows-per-chunk", metavar="N", help="Rows stored together; about a MiB's if not given.", min=1
    ),
]
MaxMemory = Annotated[
    str, typer.Option("--max-memory", metavar="SIZE", help="What the rows on their way may take.")
]
Compression = Annotated[
    str | None,
    typer.Option("--compression", metavar="NAME", help="gzip or lzf (.h5), zstd or gzip (.zarr)."),
]


def rechunk(
    context: typer.Context,
    data: Data,
    path: OutputFile,
    dataset: Dataset = None,
    transposed: Transposed = False,
    rows_per_chunk: RowsPerChunk = None,
    max_memory: MaxMemory = "1GB",
    compression: Compression = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Rewrite a table by rows."""
    from diabolo.data.memory import is_memory, memory_bytes, shown_bytes
    from diabolo.data.open_table import open_table
    from diabolo.data.rechunk import rechunk as rewrite

    started = time.perf_counter()
    output = Output(json=context.obj["json"])
    if not is_memory(max_memory):
        raise WrongUse(f"--max-memory {max_memory!r} is not possible; give bytes, or such as 2GB.")
    rewrite(
        data,
        path,
        rows_per_chunk=rows_per_chunk,
        max_memory=memory_bytes(max_memory),
        dataset=dataset,
        rows="last" if transposed else "first",
        compression=compression,
    )
    seconds = time.perf_counter() - started
    with open_table(path) as source:
        n_rows, n_features = source.shape
        block, n_bytes = source.block, source.nbytes
    record = {
        "verb": "rechunk",
        "data": data,
        "rows": n_rows,
        "features": n_features,
        "chunk": block,
        "seconds": seconds,
        "output": path,
    }
    text = (
        f"{n_rows:,} rows of {n_features:,} numbers ({shown_bytes(n_bytes)}) written to {path} in "
        f"{seconds:.1f} s, in chunks of {block[0]:,} x {block[1]:,}"
    )
    output.result(record, text)
