"""The program: which verb is meant, and one place where everything that goes wrong ends.

The exit status is 0 for success and 1 for a failure: a file, the data, the training. 2 is wrong use: a
command line that cannot be meant, whatever the files hold.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
import textwrap
import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from diabolo.cli.options import COMMON
from diabolo.cli.output import Output, print_error, print_json, print_note
from diabolo.cli.page import Page, Typed, WrongUse
from diabolo.cli.parameter_options import in_flags
from diabolo.errors import DiaboloError, DiaboloWarning, ParameterError, nearest_name

__all__ = ["VERBS", "Failure", "explain", "pages", "run"]

VERBS = (
    "demo",
    "fit",
    "encode",
    "decode",
    "reconstruct",
    "clean",
    "inspect",
    "screen",
    "sweep",
    "rechunk",
    "plot",
    "detect",
    "datasets",
    "completion",
)
"""Each is a page, or a group of pages, of the room of its name; three share one."""

_ROOMS = {"encode": "coding", "decode": "coding", "reconstruct": "coding"}
_HELP = "Train autoencoders on tables of numbers, and put them to work."
_EXAMPLES = """\
Start here:
  diabolo demo
  diabolo fit iris.csv --labels species --scale minmax -o iris.diabolo
  diabolo encode iris.diabolo iris.csv --labels species -o codes.csv
  diabolo plot codes codes.csv --labels species -o codes.png
  diabolo detect fit iris.csv --labels species --normal setosa -o odd.diabolo

Data are .csv, .tsv, .npy, .npz, .h5, .zarr, .parquet or .h5ad files; binary
ones are read as they are needed and may be larger than memory.
'diabolo VERB --help' explains a verb. Exit status: 0, 1 for a failure, 2 for
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
    words = list(sys.argv[1:] if arguments is None else arguments)
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
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130
    except Exception as problem:
        failure = explain(problem, said)
        if debug:
            import traceback

            traceback.print_exception(problem)
        return _report(failure.status, failure.sentence, as_json)


def _run(words: list[str], as_json: bool, said: dict[str, str]) -> int:
    """Find the verb, read what was typed for it, and do it; put its flags into ``said``."""
    path = "diabolo"
    while words and words[0].startswith("-"):
        word = words.pop(0)
        if word == "--":
            break
        if word in ("--help", "-h"):
            return _show(_group_page(path, VERBS, _HELP, _EXAMPLES))
        if word == "--version":
            return _show(_versions())
        if word not in ("--json", "--debug"):
            raise WrongUse(f"{path} has no option {word}; '{path} --help' lists what it has.")
    if not words:
        if as_json:
            raise WrongUse("the verb is missing; the form is: diabolo [options] VERB ...")
        print(_group_page(path, VERBS, _HELP, _EXAMPLES), file=sys.stderr)
        return 2
    verb = _known(path, words.pop(0), VERBS)
    found, path = pages(verb), f"{path} {verb}"
    if isinstance(found, dict):
        room = importlib.import_module(f"diabolo.cli.{verb}")
        if not words or words[0] in ("--help", "-h"):
            text = _group_page(path, found, room.HELP, room.EXAMPLES)
            return _show(text) if words else print(text, file=sys.stderr) or 2
        if words[0].startswith("-") and words[0] != "--":
            raise WrongUse(f"{path} has no option {words[0]}; '{path} --help' lists what it has.")
        name = _known(path, words.pop(0), found)
        found, path = found[name], f"{path} {name}"
    page = Page(found.run, (*found.options, *COMMON))
    cut = words[: words.index("--")] if "--" in words else words
    if {"--help", "-h"} & set(cut):
        return _show(page.parser(path).format_help().rstrip())
    typed = page.typed(path, words)
    said.update(_words(page, typed))
    quiet, name = getattr(typed, "quiet", False), path.removeprefix("diabolo ")
    page.run(typed, Output(name, json=as_json, quiet=quiet, words=said))
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


def explain(problem: Exception, words: Mapping[str, str] | None = None) -> Failure:
    """Turn an exception into an exit status and one sentence.

    Parameters
    ----------
    problem : Exception
        Anything that a command may raise.
    words : mapping of str to str, optional
        The verb's flags by the names of what they set.

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
    if isinstance(problem, DiaboloError):
        return Failure(2 if isinstance(problem, ParameterError) else 1, in_flags(problem.message, words))
    if isinstance(problem, MemoryError):
        return Failure(1, f"the memory does not suffice ({problem}); try with fewer rows or columns.")
    said = " ".join(str(problem).split()).rstrip(".") or "no message"
    kind = type(problem).__name__
    return Failure(1, f"unexpected {kind}: {said}; type the command again with --debug to see where.")


def _words(page: Page, typed: Typed) -> dict[str, str]:
    """Say what this verb calls what messages name."""
    words = {option.name: option.flag for option in page.options if option.flag}
    if getattr(typed, "target", None) is None:
        words["target"] = "--labels"
    # The first column to carry is the label's as a rule, so that is the flag to advise.
    can_label = "labels" in words and typed.labels is None and getattr(typed, "target", None) is None
    words["keep_columns"] = "--labels" if can_label or "keep" not in words else "--keep"
    asked = {getattr(typed, "hold_out_by", None): "--hold-out-by"}
    asked |= dict.fromkeys(getattr(typed, "keep", None) or (), "--keep")
    for name, flag in asked.items():  # numbers stand in messages as numbers
        words |= {f"keep_columns={name!r}": flag, f"keep_columns={name}": flag}
    return words


def _known(path: str, verb: str, known: Sequence[str] | Mapping[str, Any]) -> str:
    if verb in known:
        return verb
    those = ((name, words) for name, words in _FOREIGN_VERBS.items() if name in known)
    foreign = {word: name for name, words in those for word in words.split()}
    flag = f"--{verb}" if verb in ("help", "version") else None
    hint = f" Did you mean {flag}?" if flag else nearest_name(verb, known, foreign)
    raise WrongUse(f"{path} has no {verb!r}; it has {', '.join(known)}.{hint}")


def _group_page(path: str, verbs: Sequence[str] | Mapping[str, Page], about: str, examples: str) -> str:
    is_top = path == "diabolo"
    lines = [f"usage: {path} {'[options] ' * is_top}VERB ...", "", about, "", "Verbs:"]
    for verb in verbs:
        page = verbs[verb] if isinstance(verbs, Mapping) else pages(verb)
        text = importlib.import_module(f"diabolo.cli.{verb}").HELP if isinstance(page, dict) else page.help
        first = text.partition("\n")[0]
        lines.append(
            textwrap.fill(f"{verb:<15} {first}", 78, initial_indent="  ", subsequent_indent=" " * 18)
        )
    lines += ["", "Options:"]
    if is_top:
        lines += ["  --version       Show the versions and leave."]
    for option in COMMON if is_top else COMMON[-1:]:
        start = f"  {', '.join(option.flags):<16}"
        lines.append(textwrap.fill(option.help, 78, initial_indent=start, subsequent_indent=" " * 18))
    return "\n".join([*lines, "", examples.rstrip("\n")])


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
