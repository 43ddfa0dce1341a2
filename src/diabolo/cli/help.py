"""``diabolo help``: the page of a verb, by its name."""

from __future__ import annotations

from collections.abc import Iterable

from diabolo.cli.output import Output
from diabolo.cli.page import Option, Page, Typed, switch

__all__ = ["PAGE"]


def show_help(typed: Typed, output: Output) -> None:
    """Explain the program, a group of verbs, or a verb.

    Examples
    --------
    diabolo help
    diabolo help fit
    diabolo help detect score
    diabolo help fit --all
    """
    from diabolo.cli.app import help_text

    names = [name for name in (typed.verb, typed.name) if name is not None]
    text = help_text(names, shows_all=typed.all)
    output.result({"of": names, "help": text}, text)


def _verbs() -> Iterable[str]:
    from diabolo.cli.app import VERBS

    return VERBS


def _inner_verbs() -> Iterable[str]:
    from diabolo.cli.app import VERBS, pages

    groups = [found for verb in VERBS if isinstance(found := pages(verb), dict)]
    return dict.fromkeys(name for found in groups for name in found)


PAGE = Page(
    show_help,
    (
        Option("VERB", "The verb, or the group of verbs; without, the program.", offers=_verbs),
        Option("NAME", "Which verb of a group, such as score of detect.", offers=_inner_verbs),
        switch("--all", "Show every option, as --help-all does."),
    ),
)
