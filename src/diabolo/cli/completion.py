"""``diabolo completion``: what lets a shell complete commands."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from diabolo.cli.options import COMMON, VERSION
from diabolo.cli.output import Output
from diabolo.cli.page import Option, Page, Typed, fill
from diabolo.parameters.kinds import one_of

__all__ = ["PAGE", "whole_parser"]


def completion(typed: Typed, output: Output) -> None:
    """Print a script that lets the shell complete verbs, options, names and files.

    Have the shell read it when it starts, or put it where the shell looks for such scripts.

    Examples
    --------
    eval "$(diabolo completion bash)"                      # in ~/.bashrc
    diabolo completion zsh > ~/.zfunc/_diabolo             # a folder in $fpath
    diabolo completion fish > ~/.config/fish/completions/diabolo.fish
    """
    import shtab

    script = shtab.complete(whole_parser(), typed.shell)
    output.result({"shell": typed.shell, "script": script}, script)


def whole_parser() -> argparse.ArgumentParser:
    """Make one parser of all verbs with their options, for tools that read such parsers."""
    from diabolo.cli.app import VERBS, pages, said_of

    parser = argparse.ArgumentParser(prog="diabolo", add_help=False)
    _fill(parser, (VERSION, *COMMON))
    verbs = parser.add_subparsers()
    for verb in VERBS:
        found = pages(verb)
        inner = _added(verbs, verb, said_of(verb))
        if isinstance(found, Page):
            _fill(inner, (*found.options, *COMMON))
            continue
        _fill(inner, COMMON[-2:])
        others = inner.add_subparsers()
        for name, page in found.items():
            _fill(_added(others, name, page.help), (*page.options, *COMMON))
    return parser


def _added(verbs: Any, name: str, said: str) -> argparse.ArgumentParser:
    first = said.partition("\n")[0].rstrip(".")
    added: argparse.ArgumentParser = verbs.add_parser(name, help=first, add_help=False)
    return added


def _fill(parser: argparse.ArgumentParser, options: Sequence[Option]) -> None:
    import shtab

    fill(parser, options, files=shtab.FILE)


PAGE = Page(
    completion,
    (Option("SHELL", "bash, zsh, fish or tcsh.", one_of("bash", "zsh", "fish", "tcsh"), is_required=True),),
)
