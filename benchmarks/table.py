"""A table of aligned columns."""

from __future__ import annotations

from collections.abc import Sequence


def draw_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Align the columns; those of numbers are set to the right, but never the first, which names the rows."""
    columns = list(zip(header, *rows, strict=True))
    widths = [max(map(len, column)) for column in columns]
    to_right = [
        i > 0 and all(not cell or cell[0].isdigit() for cell in column[1:])
        for i, column in enumerate(columns)
    ]

    def line(cells: Sequence[str]) -> str:
        placed = (
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(cells, widths, to_right, strict=True)
        )
        return "  ".join(placed).rstrip()

    rule = "  ".join("-" * width for width in widths)
    return "\n".join([line(header), rule, *map(line, rows)])
