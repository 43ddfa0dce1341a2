"""One result of many rows: blocks of them worked on by workers, and put together here in their order."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from diabolo.cli.many_files import KeptOutput, Opens, kept_model, model_key, of_one
from diabolo.cli.opening import OpenModel
from diabolo.cli.output import Output
from diabolo.cli.page import Typed, WrongUse
from diabolo.cli.streams import SeveralFiles, files_in, is_stream

if TYPE_CHECKING:
    from diabolo.data.source import Source

__all__ = ["block_results", "is_by_workers"]

# Of a block, as it comes in and as it goes out; a worker holds one, and so does whoever puts them together.
_CELLS = 2**21
# Of one large file so many for each worker at least, so that the last ones end together.
_BLOCKS_A_WORKER = 4

Works = Callable[[OpenModel, "Source", Typed], Any]


class _Block(NamedTuple):
    """Rows to be worked on: all that a worker must know."""

    opens: Opens
    works: Works
    model: str
    typed: Typed
    start: int
    stop: int


@dataclass(frozen=True)
class _File:
    """A file as it is opened, in a key that goes by its name."""

    typed: Typed = field(compare=False)
    opened: OpenModel = field(compare=False)
    name: str


@functools.lru_cache(maxsize=1)
def _open_rows(file: _File) -> Source:
    return file.opened.open_rows(file.typed.data, file.typed, KeptOutput())


def _worked_on(block: _Block) -> Any:
    """Do a block, in a worker, which keeps the model and the last file open."""
    import numpy as np

    opened = kept_model(block.opens, block.model, block.typed)
    source = _open_rows(_File(block.typed, opened, f"{block.model} {block.typed.data}"))
    return block.works(opened, source.rows(np.arange(block.start, block.stop)), block.typed)


def is_by_workers(typed: Typed) -> bool:
    """Say whether something else than this process was asked for.

    Raises
    ------
    WrongUse
        It was, and the rows come from standard input, where no worker finds them.
    """
    if typed.engine == "local" and typed.workers == 1:
        return False
    if is_stream(typed.data):
        raise WrongUse("--workers read files, and no worker finds what comes on standard input; name a file.")
    return True


def block_results(
    source: Source, opens: Opens, works: Works, typed: Typed, output: Output, what: str
) -> Iterator[tuple[int, Any]]:
    """Have workers go through the rows of some files, and give what came out in the order of the rows.

    Parameters
    ----------
    source : Source
        All rows, as they were opened of what was typed.
    opens : callable
        Opens the model of what was typed, in each worker once.
    works : callable
        What to do with some rows: of the model, the rows and what was typed.
    typed : Typed
        What was typed.
    output : Output
        Where the bar is.
    what : str
        What is being done, for the bar.

    Yields
    ------
    start : int
        The first row of a block.
    result : object
        What `works` returned.
    """
    from diabolo.workers import open_workers

    with (
        output.progress(what) as progress,
        open_workers(typed.engine, typed.workers) as workers,
    ):
        blocks = _blocks(source, opens, works, typed, workers.count)
        start = 0
        for block, result in zip(blocks, workers.map(_worked_on, blocks), strict=True):
            yield start, result
            start += block.stop - block.start
            progress(start / source.n_rows)


def _blocks(source: Source, opens: Opens, works: Works, typed: Typed, count: int) -> list[_Block]:
    given: Any = typed.data.paths if isinstance(typed.data, SeveralFiles) else (typed.data,)
    files, heights = files_in(given), _heights(source)
    key, step = model_key(typed.model), max(source.rows_at_once(_CELLS), 1)
    if len(files) == 1:
        step = min(step, max(-(-source.n_rows // (_BLOCKS_A_WORKER * count)), 1))
    found = []
    for file, height in zip(files, heights, strict=True):
        one = of_one(typed, file, Path(typed.path))
        starts = range(0, height, step)
        found += [_Block(opens, works, key, one, start, min(start + step, height)) for start in starts]
    return found


def _heights(source: Any) -> list[int]:
    """Say how many rows each of the files has that a table was made of."""
    while hasattr(source, "parent"):
        source = source.parent
    parts = getattr(source, "parts", None)
    return [source.n_rows] if parts is None else [height for part in parts for height in _heights(part)]
