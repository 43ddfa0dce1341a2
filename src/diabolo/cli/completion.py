"""``diabolo completion``: what lets a shell complete commands."""

from __future__ import annotations

import argparse
from typing import Any

from diabolo.cli.options import COMMON
from diabolo.cli.output import Output
from diabolo.cli.page import Option, Page, Typed, fill
from diabolo.parameters.kinds import one_of

__all__ = ["PAGE", "whole_parser"]


def completion(typed: Typed, output: Output) -> None:
    """Print a script that lets the shell complete verbs, options, names and files.

    Put it where the shell looks for such scripts, and start a new shell.

    Examples
    --------
    diabolo completion bash > ~/.local/share/bash-completion/completions/diabolo
    diabolo completion zsh > ~/.zfunc/_diabolo   # a folder in $fpath
    """
    import shtab

    script = shtab.complete(whole_parser(), typed.shell)
    output.result({"shell": typed.shell, "script": script}, script)


def whole_parser() -> argparse.ArgumentParser:
    """Make one parser of all verbs with their options, for tools that read such parsers."""
    from diabolo.cli.app import VERBS, pages

    parser = argparse.ArgumentParser(prog="diabolo", add_help=False)
    verbs = parser.add_subparsers()

    def add(verbs: Any, name: str, page: Page) -> None:
        inner = verbs.add_parser(name, help=page.help.partition("\n")[0].rstrip("."), add_help=False)
        fill(inner, (*page.options, *COMMON), offers_names=True)

    for verb in VERBS:
        found = pages(verb)
        if isinstance(found, Page):
            add(verbs, verb, found)
            continue
        inner = verbs.add_parser(verb, help=f"one of {', '.join(found)}", add_help=False).add_subparsers()
        for name, page in found.items():
            add(inner, name, page)
    return parser


PAGE = Page(
    completion,
    (Option("SHELL", "bash, zsh, fish or tcsh.", one_of("bash", "zsh", "fish", "tcsh"), is_required=True),),
)
