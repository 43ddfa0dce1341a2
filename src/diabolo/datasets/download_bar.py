"""A bar that shows a download's progress on a terminal."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator

__all__ = ["download_bar"]


@contextlib.contextmanager
def download_bar(name: str, n_bytes: int) -> Iterator[Callable[[int], None]]:
    """Draw a bar while a file comes, if the error stream is a terminal.

    Parameters
    ----------
    name : str
        What is shown beside the bar.
    n_bytes : int
        How long the file is said to be.

    Yields
    ------
    callable
        To be told how many bytes have come since it was last told.
    """
    if not sys.stderr.isatty():
        yield lambda count: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(name, total=n_bytes)
        yield lambda count: bar.advance(task, count)
