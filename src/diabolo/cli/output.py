"""What goes where: results on stdout, as text or as JSON; progress and notes on stderr."""

from __future__ import annotations

import contextlib
import json
import math
import os
import shlex
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

from diabolo.cli.parameter_options import in_flags

__all__ = [
    "Output",
    "command_line",
    "heading",
    "next_lines",
    "pairs_text",
    "print_error",
    "print_json",
    "print_note",
]


class Output:
    """Where a verb says what it did.

    Parameters
    ----------
    json : bool, default False
        Whether the result is one JSON object instead of text.
    quiet : bool, default False
        Whether to leave out the notes, and the result where it is text.
    words : mapping of str to str, optional
        The verb's flags by the names of what they set, for notes.

    Examples
    --------
    >>> Output(json=True).result({"rows": 3, "loss": float("nan")}, "3 rows")
    {"rows": 3, "loss": null}
    """

    def __init__(
        self, *, json: bool = False, quiet: bool = False, words: Mapping[str, str] | None = None
    ) -> None:
        self.json, self.quiet, self.words = json, quiet, words

    def note(self, text: str) -> None:
        """Say something on the side."""
        if not self.quiet:
            print_note(text, self.words)

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


def print_note(text: str, words: Mapping[str, str] | None = None) -> None:
    """Print a line on stderr, settings said as flags."""
    print(f"note: {in_flags(text, words)}", file=sys.stderr)


def print_error(sentence: str) -> None:
    """Print the one sentence of a failure on stderr."""
    print(f"{_colored('diabolo:', '1;31', sys.stderr)} {sentence}", file=sys.stderr)


def heading(text: str) -> str:
    """Make a heading bold where stdout is a terminal that wants colors."""
    return _colored(text, "1", sys.stdout)


def next_lines(*commands: str) -> str:
    """Write commands to type next, under a heading, after a blank line."""
    return "\n".join(["", "", heading("Next:"), *(f"  {command}" for command in commands)])


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


def command_line(*words: object) -> str:
    """Write a command so that it works when it is typed here.

    Parameters
    ----------
    *words : object
        What follows the program's name; each is quoted where the shell wants it.

    Returns
    -------
    str
        Such as ``"diabolo inspect 'my model.diabolo'"``, or with ``.venv/bin/diabolo`` where the program is
        not on the path.

    Examples
    --------
    >>> command_line("inspect", "my model.diabolo").endswith(" inspect 'my model.diabolo'")
    True
    """
    return " ".join([_program(), *(shlex.quote(str(word)) for word in words)])


def _program() -> str:
    started = Path(sys.argv[0])
    if started.name == "__main__.py" and started.parent.name in ("diabolo", "cli"):
        module = "diabolo" if started.parent.name == "diabolo" else "diabolo.cli"
        return f"{_findable(sys.executable, 'python')} -m {module}"
    if started.stem == "diabolo":
        return _findable(sys.argv[0], "diabolo")
    return "diabolo"


def _findable(path: str, name: str) -> str:
    """Shorten a program's path to its name where the shell finds the same one."""
    found = shutil.which(name)
    # Not realpath: the python of a virtual environment is a link to one without its packages.
    if found and os.path.abspath(found) == os.path.abspath(path):  # noqa: PTH100
        return name
    return shlex.quote(path)
