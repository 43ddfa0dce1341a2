"""The options that every verb takes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["Debug", "Detector", "Json", "Model"]

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
