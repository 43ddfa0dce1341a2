"""The options that every verb takes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

__all__ = ["Debug", "Detector", "Json", "Model", "typed_file"]

Json = Annotated[
    bool,
    typer.Option(
        "--json",
        help='Print the result as one JSON object; an error is also {"error": ..., "status": ...}.',
        rich_help_panel="Other",
    ),
]
Debug = Annotated[
    bool,
    typer.Option("--debug", help="Show the traceback of an error.", rich_help_panel="Other"),
]
Model = Annotated[
    Path,
    typer.Argument(metavar="MODEL", help="The model file that 'diabolo fit' wrote.", show_default=False),
]
Detector = Annotated[
    Path,
    typer.Argument(
        metavar="MODEL", help="The model file that 'diabolo detect fit' wrote.", show_default=False
    ),
]


def typed_file(text: str) -> Any:
    """Take what was typed for a path, or for an address such as ``s3://bucket/rows.csv``.

    Examples
    --------
    >>> typed_file("rows.csv").suffix, str(typed_file("s3://bucket/rows.csv"))
    ('.csv', 's3://bucket/rows.csv')
    """
    from diabolo.data.location import RemoteFile, is_remote

    return RemoteFile(text) if is_remote(text) else Path(text)
