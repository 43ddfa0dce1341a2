"""Help pages as a terminal shows them: of a verb, with all of its options or the first; of several verbs."""

from __future__ import annotations

import argparse
import shutil
import sys
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from diabolo.cli.page import Option, Page, fill

__all__ = ["group_page", "verb_page"]

# From Python 3.14 on argparse colors its part of a page, which the rest would not match.
_PLAIN: dict[str, Any] = {"color": False} if sys.version_info >= (3, 14) else {}

_WIDEST = 100
"""Wider lines are hard to read, however wide the terminal is."""


def verb_page(page: Page, path: str, *, shows_all: bool) -> str:
    """Write a verb's page.

    Parameters
    ----------
    page : Page
        The verb, with what every verb takes.
    path : str
        The program and the verb.
    shows_all : bool
        Whether a verb of many options shows all of them, with all examples.

    Returns
    -------
    str
        No line wider than the terminal.
    """
    is_short = page.is_long and not shows_all
    options = [option for option in page.options if page.is_long or option.name != "help_all"]
    parser = argparse.ArgumentParser(
        prog=path,
        usage=page.usage(path),
        description=page.help,
        formatter_class=_FirstForm if is_short else _Form,
        add_help=False,
        **_PLAIN,
    )
    if is_short:
        title = f"Options, the {len(page.first_options)} that are needed most"
        options = [*page.arguments, *(replace(option, group=title) for option in page.first_options)]
    fill(parser, options)
    examples = page.examples[:1] if is_short else page.examples
    lines = [parser.format_help().rstrip(), "", "Examples:" if examples[1:] else "Example:"]
    lines += [piece for line in examples for piece in _in_width(f"  {line}")]
    if is_short:
        lines += ["", f"All {len(page.visible_flags)} options: {path} --help-all"]
    return "\n".join(lines)


def group_page(
    path: str, verbs: Mapping[str, str], about: str, options: Sequence[Option], examples: str
) -> str:
    """Write the page of several verbs.

    Parameters
    ----------
    path : str
        What is typed before them.
    verbs : mapping of str to str
        What each says of itself, its first line the shortest.
    about, examples : str
        What stands over the verbs and under the options.
    options : sequence of Option
        What may be typed before a verb; none but the help's, if empty.

    Returns
    -------
    str
    """
    lines = [f"usage: {path} {'[options] ' if options else ''}VERB ...", "", about, "", "Verbs:"]
    lines += [_entry(verb, said.partition("\n")[0]) for verb, said in verbs.items()]
    lines += ["", "Options:"]
    shown = [(", ".join(option.flags), option.help) for option in options if option.name != "help_all"]
    lines += [_entry(*each) for each in shown or [("-h, --help", "Show this page.")]]
    pieces = [piece for line in examples.rstrip("\n").splitlines() for piece in _in_width(line)]
    return "\n".join([*lines, "", *pieces])


def _entry(name: str, said: str) -> str:
    start, indent = f"  {name:<15} ", " " * 18
    return textwrap.fill(
        said, _width(), initial_indent=start, subsequent_indent=indent, break_on_hyphens=False
    )


def _width() -> int:
    return min(shutil.get_terminal_size().columns, _WIDEST) - 2


def _in_width(line: str) -> Iterator[str]:
    r"""Break a command that is too wide as a shell takes it, with a ``\``: before an option, else a word."""
    if line.startswith("  diabolo "):
        while len(line) > _width():
            before = [line.rfind(mark, len("      "), _width() - 2) for mark in (" -", " ")]
            cut = next((place for place in before if place > 0), -1)
            if cut < 0:
                break
            yield f"{line[:cut]} \\"
            line = f"      {line[cut + 1 :]}"
    yield line


class _Form(argparse.RawDescriptionHelpFormatter):
    """Paragraphs wrapped, no flag cut at its hyphens, each option's value named once."""

    help_position = 32

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=self.help_position, width=_width())

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return "\n\n".join(textwrap.fill(part, width, break_on_hyphens=False) for part in text.split("\n\n"))

    def _split_lines(self, text: str, width: int) -> list[str]:
        return textwrap.wrap(text, width, break_on_hyphens=False)

    def _format_action_invocation(self, action: argparse.Action) -> str:
        if not action.option_strings or action.nargs == 0:
            return super()._format_action_invocation(action)
        return f"{', '.join(action.option_strings)} {action.metavar}"


class _FirstForm(_Form):
    """The same with more room for what is said of an option: the longest flags are not among the first."""

    help_position = 26
