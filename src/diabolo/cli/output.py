"""What goes where: results on stdout, as text or as JSON, or in files; progress and notes on stderr.

Files are written whole or not at all.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import shlex
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from diabolo.cli.parameter_options import in_flags
from diabolo.cli.streams import SeveralFiles, is_stream, standard_output

if TYPE_CHECKING:
    import numpy as np
    from jaxtyping import Shaped

    from diabolo.data.source import Source

__all__ = [
    "Output",
    "command_line",
    "epochs_text",
    "heading",
    "listed",
    "next_lines",
    "pairs_text",
    "plain_values",
    "print_error",
    "print_json",
    "print_note",
    "save_picture",
    "with_columns",
    "write_rows",
]


@dataclass(frozen=True)
class Output:
    """Where a verb says what it did.

    Parameters
    ----------
    verb : str, default ""
        What was typed after ``diabolo``, with which a JSON object begins.
    json : bool, default False
        Whether the result is one JSON object instead of text.
    quiet : bool, default False
        Whether to leave out the notes, and the result where it is text.
    words : mapping of str to str, optional
        The verb's flags by the names of what they set, for notes.
    is_aside : bool, default False
        Whether the result is said on stderr, as stdout is for the rows.

    Examples
    --------
    >>> Output(json=True).result({"rows": 3, "loss": float("nan")}, "3 rows")
    {"rows": 3, "loss": null}
    """

    verb: str = ""
    json: bool = False
    quiet: bool = False
    words: Mapping[str, str] | None = None
    is_aside: bool = False

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
        where = sys.stderr if self.is_aside else sys.stdout
        if self.json:
            print_json({"verb": self.verb, **record} if self.verb else record, where)
        elif not self.quiet:
            print(text, file=where)


def print_json(record: Mapping[str, Any], where: TextIO | None = None) -> None:
    """Print one JSON object on one line; what is not a finite number becomes null."""
    print(json.dumps(plain_values(record), allow_nan=False), file=where)


def print_note(text: str, words: Mapping[str, str] | None = None) -> None:
    """Print a line on stderr, settings said as flags."""
    print(f"note: {in_flags(text, words)}", file=sys.stderr)


def print_error(sentence: str) -> None:
    """Print the one sentence of a failure on stderr."""
    print(f"{_colored('diabolo:', '1;31', sys.stderr)} {sentence}", file=sys.stderr)


def epochs_text(n_epochs: int, best: int) -> str:
    """Say how many epochs there were and which is left."""
    if best == 0:
        return f"{n_epochs}, none better than the start, which is kept"
    return f"{n_epochs}, the best {best}" if best != n_epochs else f"{n_epochs}"


def heading(text: str) -> str:
    """Make a heading bold where stdout is a terminal that wants colors."""
    return _colored(text, "1", sys.stdout)


def next_lines(*commands: str) -> str:
    """Write commands to type next, under a heading, after a blank line.

    One that reads standard input is left out, as what came there is gone.
    """
    lines = [f"  {command}" for command in commands if "-" not in shlex.split(command)]
    return "\n".join(["", "", heading("Next:"), *lines]) if lines else ""


def listed(names: Sequence[str], most: int) -> str:
    """Name so many of some things, and say how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def with_columns(names: Sequence[str]) -> str:
    """Say at the end of a sentence which columns were carried along, if any were."""
    return f", with the column{'s' if names[1:] else ''} {', '.join(map(repr, names))}" if names else ""


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


def plain_values(value: Any) -> Any:
    """Turn numpy's values, tuples and paths into what JSON knows."""
    if isinstance(value, Mapping):
        return {str(name): plain_values(item) for name, item in value.items()}
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, SeveralFiles):
        value = value.words
    if isinstance(value, (list, tuple)):
        return [plain_values(item) for item in value]
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
    each = (word for given in words for word in (given.words if isinstance(given, SeveralFiles) else [given]))
    return " ".join([_program(), *(shlex.quote(str(word)) for word in each)])


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


def write_rows(
    path: Path,
    blocks: Iterable[tuple[int, Shaped[np.ndarray, "block n_columns"]]],
    shape: tuple[int, int],
    names: Sequence[str] | None,
    source: Source,
    output: Output,
    dtype: Any = "float32",
    carried: Mapping[str, Any] | None = None,
    column_order: Sequence[str] | None = None,
) -> list[str]:
    """Write rows, some at a time, their names and the carried columns, if the format can hold them.

    An .npy file is one array of numbers, so a label column is left out of it, and that is said: ``--labels``
    is also how one says that a column is not to be encoded, so it is no reason to stop.

    Parameters
    ----------
    path : Path
        Where, of a known suffix.
    blocks : iterable of (int, ndarray of shape (block, n_columns))
        The first row of each block, and its numbers.
    shape : (int, int)
        Rows and columns of them all.
    names : sequence of str, or None
        Their columns' names; None writes no header.
    source : Source
        Where the rows came from, with what it carries.
    output : Output
        Where it is said that a column was left out.
    dtype : dtype, default float32
        Of the cells in the file.
    carried : mapping of str to array-like, optional
        The columns to carry, in the place of those of the source.
    column_order : sequence of str, optional
        Names of the columns in their order, where the format is a table of columns.

    Returns
    -------
    list of str
        The names of the columns carried.
    """
    from diabolo.data.sink import open_sink

    if is_stream(path):
        with standard_output() as place:
            return write_rows(place, blocks, shape, names, source, output, dtype, carried)
    suffix = path.suffix.lower()
    columns = dict(source.carried if carried is None else carried)
    if suffix in (".csv", ".tsv"):  # as they stood in a text table
        columns |= {name: text for name, text in source.written_as.items() if name in columns}
    row_names = source.row_names
    if suffix == ".npy":
        gone = [*columns, *([] if row_names is None else ["row_names"])]
        if gone:
            are, them = ("is", "it") if len(gone) == 1 else ("are", "them")
            listed = ", ".join(map(repr, gone[:-1])) + " and " * (len(gone) > 1) + repr(gone[-1])
            output.note(f"{path} holds numbers only, so {listed} {are} left out; .csv and .npz carry {them}")
        columns, row_names, names = {}, None, None
    with open_sink(
        path,
        *shape,
        dtype=dtype,
        column_names=names,
        row_names=row_names,
        carried=columns,
        column_order=column_order,
    ) as sink:
        for start, block in blocks:
            sink.write(start, block)
    return list(columns)


def save_picture(draw: Callable[[Any], Any], path: Path | None, dpi: int = 150) -> None:
    """Draw on a new figure, without a screen, and write it; nothing where no picture is wanted.

    Parameters
    ----------
    draw : callable
        Opens a figure with what it is given, `diabolo.plotting`, and gives back its Axes.
    path : Path or None
        Where; its suffix says the format.
    dpi : int, default 150
        Dots per inch.
    """
    if path is None:
        return
    import matplotlib

    matplotlib.use("agg")  # no window, whatever the environment says
    from matplotlib import pyplot as plt

    from diabolo import plotting
    from diabolo.data.atomic import atomic_write
    from diabolo.data.destination import PICTURES

    before = set(plt.get_fignums())
    try:
        figure = draw(plotting).figure
        suffix = path.suffix.lower()
        with atomic_write(path, PICTURES[suffix]) as handle:
            figure.savefig(handle, format=suffix[1:], dpi=dpi)
    finally:
        for number in set(plt.get_fignums()) - before:
            plt.close(number)
