"""The note that a file would be read faster after ``diabolo rechunk``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diabolo.cli.output import Output

if TYPE_CHECKING:
    from diabolo.data.source import Source

__all__ = ["advise"]


def advise(source: Source, output: Output) -> None:
    """Say so where a table is stored in a way that makes its rows slow to read."""
    from diabolo.data.rechunk import advice

    said = advice(source)
    if said is not None:
        output.note(said)
