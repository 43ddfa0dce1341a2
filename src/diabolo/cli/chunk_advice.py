"""The note that a file would be read faster after ``diabolo rechunk``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diabolo.cli.output import Output

if TYPE_CHECKING:
    from diabolo.data.table import Table

__all__ = ["advise"]


def advise(table: Table, output: Output) -> None:
    """Say so where a table is stored in a way that makes its rows slow to read."""
    if not hasattr(table.rows, "block"):
        return
    from diabolo.data.chunking import advice

    said = advice(table.rows)
    if said is not None:
        output.note(said)
