"""The Typer app: the verbs put together, and one place where everything that goes wrong ends."""

from __future__ import annotations

import contextlib
import functools
import os
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

import typer
from typer.main import get_command

from diabolo.cli import (
    datasets,
    decode,
    demo,
    detect,
    encode,
    fit,
    inspect,
    plot,
    rechunk,
    reconstruct,
    screen,
    sweep,
)
from diabolo.cli.common_options import Debug, Json
from diabolo.cli.failures import Failure, explain
from diabolo.cli.flag_words import in_flags
from diabolo.cli.help_pages import Command, Group
from diabolo.cli.output import print_error, print_json, print_note
from diabolo.errors import DiaboloWarning

__all__ = ["run"]

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


def _print_versions(asked: bool) -> None:
    if not asked:
        return
    import platform
    from importlib.metadata import PackageNotFoundError, version

    import diabolo

    found = [f"Python {platform.python_version()}"]
    for package in ("jax", "numpy", "scikit-learn"):
        with contextlib.suppress(PackageNotFoundError):
            found.append(f"{package} {version(package)}")
    print(f"diabolo {diabolo.__version__} ({', '.join(found)})")
    raise typer.Exit


def _before_the_verb(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Show the versions and leave.", callback=_print_versions, is_eager=True
        ),
    ] = False,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Take the options that may stand before the verb; `run` has looked for --json and --debug itself."""


@functools.cache
def _command() -> Any:
    """Put the verbs together."""
    app = typer.Typer(
        cls=Group,
        callback=_before_the_verb,
        help=_HELP,
        epilog=_EXAMPLES,
        add_completion=False,
        rich_markup_mode=None,
        options_metavar="[options]",
        subcommand_metavar="VERB ...",
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    for verb in (demo, fit, encode, decode, reconstruct, inspect, screen, sweep, rechunk):
        name = verb.__name__.rpartition(".")[2]
        add: Any = app.command(name, cls=Command, help=verb.HELP, epilog=verb.EXAMPLES)
        add(getattr(verb, name))
    _add_group(app, "plot", plot, plot.PICTURES, "WHAT ...")
    _add_group(app, "detect", detect, detect.VERBS, "VERB ...")
    _add_group(app, "datasets", datasets, datasets.VERBS, "VERB ...")
    return get_command(app)


def _add_group(app: Any, name: str, module: Any, functions: Mapping[str, Any], metavar: str) -> None:
    group = typer.Typer(
        cls=Group, help=module.HELP, epilog=module.EXAMPLES, options_metavar="", subcommand_metavar=metavar
    )
    for each, function in functions.items():
        page = module.PAGES[each]
        add: Any = group.command(each, cls=Command, help=page.help, epilog=page.examples)
        add(function)
    app.add_typer(group, name=name)


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
    given = list(sys.argv[1:] if arguments is None else arguments)
    # Looked for by hand: both must hold for a command line that cannot be parsed, too.
    flags = given[: given.index("--")] if "--" in given else given
    as_json, debug = "--json" in flags, "--debug" in flags
    _print_anything()
    try:
        with _warnings_as_notes():
            command = _command()
            with command.make_context("diabolo", given, obj={"json": as_json}) as context:
                command.invoke(context)
        sys.stdout.flush()
        return 0
    except typer.Exit as leaving:
        return int(leaving.exit_code)
    except BrokenPipeError:
        _forget_stdout()
        return 141  # as a program stopped by SIGPIPE
    except (KeyboardInterrupt, typer.Abort):
        print("stopped", file=sys.stderr)
        return 130
    except Exception as problem:
        failure = explain(problem)
        if debug:
            import traceback

            traceback.print_exception(problem)
        return _report(failure, as_json)


def _report(failure: Failure, as_json: bool) -> int:
    print_error(failure.sentence)
    try:
        if as_json:
            print_json({"error": failure.sentence, "status": failure.status})
        sys.stdout.flush()
    except BrokenPipeError:
        _forget_stdout()
    return failure.status


def _print_anything() -> None:
    """Let a terminal that lacks a character get its number instead of an error."""
    if getattr(sys.stdout, "errors", None) == "strict" and hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")


def _forget_stdout() -> None:
    """Let the interpreter's last flush go nowhere, since the reader of the pipe has left."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextlib.contextmanager
def _warnings_as_notes() -> Iterator[None]:
    """Print Diabolo's own warnings as one line each; others stay as they are."""
    with warnings.catch_warnings():
        warnings.simplefilter("always", DiaboloWarning)
        usual = warnings.showwarning

        def show(message: Any, category: Any, *place: Any, **more: Any) -> None:
            if issubclass(category, DiaboloWarning):
                print_note(in_flags(str(message)))
            else:
                usual(message, category, *place, **more)

        warnings.showwarning = show
        yield
