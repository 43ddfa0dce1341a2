"""``diabolo rechunk``: a table rewritten so that its rows lie together."""

from __future__ import annotations

import time

from diabolo.cli.opening import open_rows
from diabolo.cli.options import DATA, KEEP, LABELS, READING, written_file
from diabolo.cli.output import Output, with_columns
from diabolo.cli.page import Option, Page, Typed, WrongUse
from diabolo.cli.written_files import Writes
from diabolo.data.formats import WRITTEN
from diabolo.parameters.kinds import whole

__all__ = ["PAGE"]

_MEMORY = "1GB"


def rechunk(typed: Typed, output: Output) -> None:
    """Rewrite a table so that its rows lie together.

    Training reads some rows at a time. A file that is stored by columns, or in blocks of many rows, is read
    many times over for that; rewritten once, it is read as fast as the disk gives it. The table is never in
    memory as a whole. The columns of --labels and --keep go along.

    Examples
    --------
    diabolo rechunk columns.h5 -o rows.h5
    diabolo rechunk table.csv --keep id,group -o rows.h5
    diabolo rechunk matrix.h5::beta --transposed -o rows.h5 --max-memory 2GB
    """
    from diabolo.data.memory import is_memory, memory_bytes, shown_bytes
    from diabolo.data.open_table import open_table
    from diabolo.data.rechunk import check_chunked
    from diabolo.data.rechunk import rechunk as rewrite

    started = time.perf_counter()
    data, path = typed.data, typed.path
    max_memory = _MEMORY if typed.max_memory is None else typed.max_memory
    if not is_memory(max_memory):
        raise WrongUse(f"--max-memory {max_memory!r} is not possible; give bytes, or such as 2GB.")
    check_chunked(path)
    if memory_bytes(max_memory) < memory_bytes(_MEMORY):
        typed.max_memory = None  # little for rows on their way is no reason to refuse a file
    source = open_rows(data, typed, output)
    rewrite(
        source,
        path,
        rows_per_chunk=typed.rows_per_chunk,
        max_memory=memory_bytes(max_memory),
        compression=typed.compression,
    )
    carried = list(source.carried)
    seconds = time.perf_counter() - started
    with open_table(path, max_memory=typed.max_memory) as source:
        n_rows, n_features = source.shape
        block, n_bytes = source.block, source.nbytes
    record = {
        "data": data,
        "rows": n_rows,
        "features": n_features,
        "chunk": block,
        "carried": carried,
        "seconds": seconds,
        "output": path,
    }
    text = (
        f"{n_rows:,} rows of {n_features:,} numbers ({shown_bytes(n_bytes)}) written to {path} in "
        f"{seconds:.1f} s, in chunks of {block[0]:,} x {block[1]:,}{with_columns(carried)}"
    )
    output.result(record, text)


PAGE = Page(
    rechunk,
    (
        DATA,
        written_file("Where to write: .h5 or .zarr; replaced if it exists.", Writes(WRITTEN)),
        Option("--rows-per-chunk", "Rows stored together; about a MiB's if not given.", whole()),
        Option("--max-memory SIZE", f"What the rows on their way may take. Default: {_MEMORY}."),
        Option("--compression NAME", "gzip or lzf (.h5), zstd or gzip (.zarr)."),
        LABELS,
        KEEP,
        *READING,
    ),
)
