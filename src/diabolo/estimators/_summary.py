"""A network as a table of text."""

from __future__ import annotations

from typing import Any

__all__ = ["summary_text"]


def summary_text(network: Any, output_activation: str) -> str:
    """Write a network's layers as a table.

    Parameters
    ----------
    network : DenseNetwork
        Any network that can list its layers.
    output_activation : str
        Of the last layer.

    Returns
    -------
    str
    """
    shapes = network.layer_shapes(output_activation)
    rows = [("layer", "shape", "activation", "parameters")]
    for shape in shapes:
        count = f"{shape.n_parameters:,}" + (" (matrix tied)" if shape.tied else "")
        rows.append((shape.name, f"{shape.inputs} -> {shape.outputs}", shape.activation, count))
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    lines.insert(1, "  ".join("-" * width for width in widths))
    total = sum(shape.n_parameters for shape in shapes)
    lines.append(f"{total:,} parameters, {total * 4 / 1e6:.2f} MB in float32")
    return "\n".join(lines)
