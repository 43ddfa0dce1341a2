"""The program: which verb is meant, and one place where everything that goes wrong ends.

The exit status is 0 for success and 1 for a failure: a file, the data, the training. 2 is wrong use: a
command line that cannot be meant, whatever the files hold.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from diabolo.cli.checkpointing import Terminated
from diabolo.cli.cures import cleaned_first, with_text_columns
from diabolo.cli.distributed import leave
from diabolo.cli.options import COMMON, VERSION
from diabolo.cli.output import Output, print_error, print_json, print_note
from diabolo.cli.page import Page, Typed, WrongUse
from diabolo.cli.parameter_options import in_flags
from diabolo.cli.streams import is_stream
from diabolo.cli.written_files import check_written_files
from diabolo.data.formats import is_table_file
from diabolo.errors import (
    DiaboloError,
    DiaboloWarning,
    InputError,
    ParameterError,
    TextColumnsError,
    nearest_name,
)
from diabolo.parameters.families import FAMILIES

__all__ = ["VERBS", "Failure", "explain", "help_text", "pages", "run", "said_of"]

VERBS = (
    "demo",
    "fit",
    "encode",
    "decode",
    "reconstruct",
    "clean",
    "inspect",
    "groups",
    "screen",
    "sweep",
    "rechunk",
    "report",
    "export",
    "plot",
    "detect",
    "datasets",
    "completion",
    "help",
)
"""Each is a page, or a group of pages, of the room of its name; three share one."""

_ROOMS = {"encode": "coding", "decode": "coding", "reconstruct": "coding"}
_HELP_FLAGS = ("--help", "-h", "--help-all")
_HELP = "Train autoencoders on tables of numbers, and put them to work."
_EXAMPLES = """\
Start here:
  diabolo demo
  diabolo fit iris.csv --labels species --scale minmax -o iris.diabolo
  diabolo encode iris.diabolo iris.csv --labels species -o codes.csv
  diabolo report iris.diabolo iris.csv --labels species -o report.html
  diabolo detect fit iris.csv --labels species --normal setosa -o odd.diabolo

Data are .csv, .tsv, .npy, .npz, .h5, .zarr, .parquet or .h5ad files; binary
ones are read as they are needed and may be larger than memory.
'diabolo help VERB' explains a verb. Exit status: 0, 1 for a failure, 2 for
wrong use.
"""
# What people type for a verb; the same word may stand for another in 'diabolo detect'.
_FOREIGN_VERBS = {
    "fit": "train learn",
    "encode": "transform compress",
    "decode": "inverse_transform decompress",
    "reconstruct": "predict denoise",
    "clean": "impute fill",
    "inspect": "summary info show describe",
    "groups": "cluster clusters segment kmeans hdbscan",
    "report": "explore explorer page html dashboard",
    "export": "onnx to_onnx stablehlo deploy convert",
    "plot": "draw",
    "codes": "map",
    "history": "loss",
    "reconstructions": "images",
    "datasets": "data",
    "list": "ls",
    "get": "download fetch",
    "detect": "anomaly anomalies outliers detector score evaluate threshold",
    "score": "predict detect apply",
    "evaluate": "test report measure metrics",
    "threshold": "line set show",
}


def pages(verb: str) -> Page | dict[str, Page]:
    """Return a verb's page, or those of a group of verbs by name."""
    room = importlib.import_module(f"diabolo.cli.{_ROOMS.get(verb, verb)}")
    found: Page | dict[str, Page] = (
        room.PAGES[verb] if verb in _ROOMS else getattr(room, "PAGE", None) or room.PAGES
    )
    return found


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command and say how it went.

    Parameters
    ----------
    arguments : sequence of str, optional
        By default the process's own.

    Returns
    -------
    int
        The exit status.
    """
    typed = tuple(sys.argv[1:] if arguments is None else arguments)
    words = list(typed)
    # Looked for by hand: both must hold for a command line that cannot be parsed, too.
    flags = words[: words.index("--")] if "--" in words else words
    as_json, debug = "--json" in flags, "--debug" in flags
    _print_anything()
    said: dict[str, str] = {}
    try:
        with _warnings_as_notes(said):
            status = _run(words, as_json, said)
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        _forget_stdout()
        return 141  # as a program stopped by SIGPIPE
    except KeyboardInterrupt as interrupt:
        print("stopped", file=sys.stderr)
        return leave(143 if isinstance(interrupt, Terminated) else 130)
    except Exception as problem:
        failure = explain(problem, said, typed)
        if debug:
            import traceback

            traceback.print_exception(problem)
        return leave(_report(failure.status, failure.sentence, as_json))


def _run(words: list[str], as_json: bool, said: dict[str, str]) -> int:
    """Find the verb, read what was typed for it, and do it; put its flags into ``said``."""
    path = "diabolo"
    while words and words[0].startswith("-"):
        word = words.pop(0)
        if word == "--":
            break
        if word in _HELP_FLAGS:  # 'diabolo --help fit' is of fit
            return _show(help_text([each for each in words if not each.startswith("-")]))
        if word == "--version":
            return _show(_versions())
        if word not in ("--json", "--debug"):
            raise WrongUse(f"{path} has no option {word}; '{path} --help' lists what it has.")
    if not words:
        if as_json:
            raise WrongUse("the verb is missing; the form is: diabolo [options] VERB ...")
        print(help_text([]), file=sys.stderr)
        return 2
    names = [_known(path, words.pop(0), VERBS)]
    found, path = pages(names[0]), f"{path} {names[0]}"
    if isinstance(found, dict):
        if not words or words[0] in _HELP_FLAGS:
            return _show(help_text(names)) if words else print(help_text(names), file=sys.stderr) or 2
        if words[0].startswith("-") and words[0] != "--":
            raise WrongUse(f"{path} has no option {words[0]}; '{path} --help' lists what it has.")
        names.append(_known(path, words.pop(0), found))
        found, path = found[names[1]], f"{path} {names[1]}"
    cut = words[: words.index("--")] if "--" in words else words
    if set(_HELP_FLAGS) & set(cut):
        return _show(help_text(names, shows_all="--help-all" in cut))
    page = replace(found, options=(*found.options, *COMMON))
    typed = page.typed(path, words)
    said.update(_words(page, typed))
    check_written_files(page.options, typed)
    quiet, name = getattr(typed, "quiet", False), path.removeprefix("diabolo ")
    is_aside = is_stream(getattr(typed, "path", None))
    try:
        page.run(typed, Output(name, json=as_json, quiet=quiet, words=said, is_aside=is_aside))
    except InputError as problem:
        cured = cleaned_first(problem, typed, said)
        if cured is problem:
            raise
        raise cured from problem
    return 0


class Failure(NamedTuple):
    """How a command ended.

    Parameters
    ----------
    status : int
        The exit status.
    sentence : str
        What, where, what to do.
    """

    status: int
    sentence: str


def explain(
    problem: Exception, words: Mapping[str, str] | None = None, command: Sequence[str] = ()
) -> Failure:
    """Turn an exception into an exit status and one sentence.

    Parameters
    ----------
    problem : Exception
        Anything that a command may raise.
    words : mapping of str to str, optional
        The verb's flags by the names of what they set.
    command : sequence of str, optional
        What was typed after the program's name, for a sentence that says it as it would do.

    Returns
    -------
    Failure

    Examples
    --------
    >>> explain(KeyError("x"))
    Failure(status=1, sentence="unexpected KeyError: 'x'; type the command again with --debug to see where.")
    """
    if isinstance(problem, WrongUse):
        return Failure(2, str(problem))
    if isinstance(problem, TextColumnsError) and command:
        said = in_flags(problem.message, words)
        cure, *others = with_text_columns(problem, words or {}, command) or [""]
        # Each command ends its line, to be copied from there.
        return Failure(1, "\nor ".join([f"{said[:-1]}; {cure}" if cure else said, *others]))
    if isinstance(problem, DiaboloError):
        return Failure(2 if isinstance(problem, ParameterError) else 1, in_flags(problem.message, words))
    if isinstance(problem, MemoryError):
        return Failure(1, f"the memory does not suffice ({problem}); try with fewer rows or columns.")
    said = " ".join(str(problem).split()).rstrip(".") or "no message"
    kind = type(problem).__name__
    return Failure(1, f"unexpected {kind}: {said}; type the command again with --debug to see where.")


def help_text(names: Sequence[str], *, shows_all: bool = False) -> str:
    """Write the page of the program, of a group of verbs, or of a verb.

    Parameters
    ----------
    names : sequence of str
        None of them, the group's or the verb's, or the group's and the verb's.
    shows_all : bool, default False
        Whether a verb of many options shows all of them.

    Returns
    -------
    str

    Raises
    ------
    WrongUse
        There is no such verb.
    """
    from diabolo.cli.help_page import group_page, verb_page

    path = "diabolo"
    found: Page | dict[str, Page] | tuple[str, ...] = VERBS
    for name in names:
        if isinstance(found, Page):
            raise WrongUse(f"{path} is a verb of its own, so there is no place for {name!r}.")
        verb = _known(path, name, found)
        found = found[verb] if isinstance(found, dict) else pages(verb)
        path = f"{path} {verb}"
    if isinstance(found, Page):
        return verb_page(replace(found, options=(*found.options, *COMMON)), path, shows_all=shows_all)
    if isinstance(found, tuple):
        verbs = {verb: said_of(verb) for verb in VERBS}
        return group_page(path, verbs, _HELP, (VERSION, *COMMON), _EXAMPLES)
    room = importlib.import_module(f"diabolo.cli.{names[0]}")
    return group_page(path, {name: page.help for name, page in found.items()}, room.HELP, (), room.EXAMPLES)


def said_of(verb: str) -> str:
    """Return what a verb, or a group of verbs, says of itself; its first line stands by itself."""
    found = pages(verb)
    return found.help if isinstance(found, Page) else importlib.import_module(f"diabolo.cli.{verb}").HELP


def _words(page: Page, typed: Typed) -> dict[str, str]:
    """Say what this verb calls what messages name."""
    words = {option.name: option.flag for option in page.options if option.flag}
    if getattr(typed, "compare", False) or getattr(typed, "length", None) or _lacks_categories(typed):
        words.pop("categories", None)
    if getattr(typed, "target", None) is None:
        words["target"] = "--labels"
    asked = {getattr(typed, "hold_out_by", None): "--hold-out-by"}
    asked |= dict.fromkeys(getattr(typed, "keep", None) or (), "--keep")
    for name, flag in asked.items():  # numbers stand in messages as numbers
        words |= {f"keep_columns={name!r}": flag, f"keep_columns={name}": flag}
    return words


def _lacks_categories(typed: Typed) -> bool:
    kind = getattr(typed, "kind", None)
    return kind in FAMILIES and "categories" not in FAMILIES[kind].PARAMETERS


def _known(path: str, verb: str, known: Sequence[str] | Mapping[str, Any]) -> str:
    if verb in known:
        return verb
    those = ((name, words) for name, words in _FOREIGN_VERBS.items() if name in known)
    foreign = {word: name for name, words in those for word in words.split()}
    flag = f"--{verb}" if verb in ("help", "version") else None
    hint = f" Did you mean {flag}?" if flag else nearest_name(verb, known, foreign)
    if is_table_file(Path(verb)):
        first = "fit" if "fit" in known else next(iter(known))
        hint = f" The verb comes before the file, as in '{path} {first} {verb}'."
    raise WrongUse(f"{path} has no {verb!r}; it has {', '.join(known)}.{hint}")


def _versions() -> str:
    import platform
    from importlib.metadata import PackageNotFoundError, version

    import diabolo

    found = [f"Python {platform.python_version()}"]
    for package in ("jax", "numpy", "scikit-learn"):
        with contextlib.suppress(PackageNotFoundError):
            found.append(f"{package} {version(package)}")
    return f"diabolo {diabolo.__version__} ({', '.join(found)})"


def _show(text: str) -> int:
    print(text)
    return 0


def _report(status: int, sentence: str, as_json: bool) -> int:
    print_error(sentence)
    try:
        if as_json:
            print_json({"error": sentence, "status": status})
        sys.stdout.flush()
    except BrokenPipeError:
        _forget_stdout()
    return status


def _print_anything() -> None:
    """Let a terminal that lacks a character get its number instead of an error."""
    if getattr(sys.stdout, "errors", None) == "strict" and hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")


def _forget_stdout() -> None:
    """Let the interpreter's last flush go nowhere, since the reader of the pipe has left."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextlib.contextmanager
def _warnings_as_notes(words: Mapping[str, str]) -> Iterator[None]:
    """Print Diabolo's own warnings as one line each; others stay as they are."""
    with warnings.catch_warnings():
        warnings.simplefilter("always", DiaboloWarning)
        usual = warnings.showwarning

        def show(message: Any, category: Any, *place: Any, **more: Any) -> None:
            if issubclass(category, DiaboloWarning):
                print_note(message.message, words)
            else:
                usual(message, category, *place, **more)

        warnings.showwarning = show
        yield
