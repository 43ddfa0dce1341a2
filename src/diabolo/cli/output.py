"""What goes where: results on stdout, as text or as JSON; progress and notes on stderr."""

from __future__ import annotations

import contextlib
import json
import math
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TextIO

__all__ = ["Output", "heading", "pairs_text", "print_error", "print_json", "print_note"]


class Output:
    """Where a verb says what it did.

    Parameters
    ----------
    json : bool, default False
        Whether the result is one JSON object instead of text.
    quiet : bool, default False
        Whether to leave out the notes, and the result where it is text.

    Examples
    --------
    >>> Output(json=True).result({"rows": 3, "loss": float("nan")}, "3 rows")
    {"rows": 3, "loss": null}
    """

    def __init__(self, *, json: bool = False, quiet: bool = False) -> None:
        self.json, self.quiet = json, quiet

    def note(self, text: str) -> None:
        """Say something on the side."""
        if not self.quiet:
            print_note(text)

    @contextlib.contextmanager
    def progress(self, what: str) -> Iterator[Callable[[float], None]]:
        """Show on a terminal how far a work is; what is yielded is told of the share that is done."""
        if self.quiet or not sys.stderr.isatty():
            yield lambda share: None
            return
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

        columns = (TextColumn(what), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(what, total=1.0)
            yield lambda share: bar.update(task, completed=share)

    def result(self, record: Mapping[str, Any], text: str) -> None:
        """Print what came out, for programs or for people."""
        if self.json:
            print_json(record)
        elif not self.quiet:
            print(text)


def print_json(record: Mapping[str, Any]) -> None:
    """Print one JSON object on one line; what is not a finite number becomes null."""
    print(json.dumps(_plain(record), allow_nan=False))


def print_note(text: str) -> None:
    """Print a line on stderr."""
    print(f"note: {text}", file=sys.stderr)


def print_error(sentence: str) -> None:
    """Print the one sentence of a failure on stderr."""
    print(f"{_colored('diabolo:', '1;31', sys.stderr)} {sentence}", file=sys.stderr)


def heading(text: str) -> str:
    """Make a heading bold where stdout is a terminal that wants colors."""
    return _colored(text, "1", sys.stdout)


def pairs_text(pairs: Iterable[tuple[str, str]]) -> str:
    """Lay names and values out in two columns.

    Parameters
    ----------
    pairs : iterable of (str, str)
        In the order of the lines.

    Returns
    -------
    str
        One line a pair.

    Examples
    --------
    >>> print(pairs_text([("rows", "150"), ("features", "4")]))
    rows      150
    features  4
    """
    pairs = list(pairs)
    width = max((len(name) for name, _ in pairs), default=0)
    return "\n".join(f"{name:<{width}}  {value}".rstrip() for name, value in pairs)


def _colored(text: str, code: str, stream: TextIO) -> str:
    wanted = stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return f"\x1b[{code}m{text}\x1b[0m" if wanted else text


def _plain(value: Any) -> Any:
    """Turn numpy's values, tuples and paths into what JSON knows."""
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, (bool, int, str)) else str(value)
