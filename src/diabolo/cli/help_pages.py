"""Help pages and mistyped verbs.

Typer's own pages draw boxes with rich, whose import takes longer than all else that ``diabolo --help`` does;
these group the options in the same way and need nothing.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from typer.core import TyperCommand, TyperGroup

from diabolo.cli.wrong_use import WrongUse
from diabolo.errors import nearest_name

__all__ = ["Command", "Group", "Page"]

_LAST = "Other"
_FOREIGN_VERBS = {
    "train": "fit",
    "learn": "fit",
    "transform": "encode",
    "compress": "encode",
    "inverse_transform": "decode",
    "decompress": "decode",
    "predict": "reconstruct",
    "denoise": "reconstruct",
    "summary": "inspect",
    "info": "inspect",
    "show": "inspect",
    "describe": "inspect",
    "draw": "plot",
    "map": "codes",
    "loss": "history",
    "images": "reconstructions",
    "data": "datasets",
    "ls": "list",
    "download": "get",
    "fetch": "get",
    "anomaly": "detect",
    "anomalies": "detect",
    "outliers": "detect",
    "detector": "detect",
    "score": "detect",
    "evaluate": "detect",
    "threshold": "detect",
}
# In 'diabolo detect' some of these words stand for other verbs.
_FOREIGN_DETECT_VERBS = {
    "predict": "score",
    "detect": "score",
    "apply": "score",
    "test": "evaluate",
    "report": "evaluate",
    "measure": "evaluate",
    "metrics": "evaluate",
    "line": "threshold",
    "set": "threshold",
    "show": "threshold",
}


@dataclass(frozen=True)
class Page:
    """The text of a help page.

    Parameters
    ----------
    help, examples : str
        What stands over the options, and under them.
    """

    help: str
    examples: str


class Command(TyperCommand):
    """A verb, with its options grouped and its examples kept in their lines."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Write the arguments first, then what must be given, as people type it."""
        arguments, needed = [], []
        for parameter in self.get_params(ctx):
            name = parameter.metavar or parameter.name.upper()
            if parameter.param_type_name == "argument":
                arguments.append(name if parameter.required else f"[{name}]")
            elif parameter.required:
                needed.append(f"{parameter.opts[0]} {name}")
        return [*arguments, *needed, "[options]"]

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse, and let every error know which verb it is about."""
        with _errors_of(ctx):
            return super().parse_args(ctx, args)

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the arguments and the options, group by group."""
        _write_parameters(self, ctx, formatter)

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write the examples."""
        _write_lines(self.epilog, formatter)


class Group(TyperGroup):
    """Several verbs."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Show the page where nothing is typed."""
        if not args:
            print(ctx.get_help(), file=sys.stderr)
            ctx.exit(2)
        with _errors_of(ctx):
            return super().parse_args(ctx, args)

    def get_help_option(self, ctx: Any) -> Any:
        """Keep Typer from coercing the value of --help where it is not typed: that imports pydantic."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.default = False
        return option

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find a verb, or say which was probably meant."""
        verb = args[0]
        if self.get_command(ctx, verb) is None and not verb.startswith("-"):
            known = self.list_commands(ctx)
            words = [*_FOREIGN_VERBS.items(), *_FOREIGN_DETECT_VERBS.items()]
            foreign = {word: name for word, name in words if name in known}
            flag = f"--{verb}" if verb in ("help", "version") else None
            hint = f" Did you mean {flag}?" if flag else nearest_name(verb, known, foreign)
            raise WrongUse(f"{ctx.command_path} has no {verb!r}; it has {', '.join(known)}.{hint}")
        return super().resolve_command(ctx, args)

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the verbs, then the options."""
        self.format_commands(ctx, formatter)
        _write_parameters(self, ctx, formatter)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the verbs, each with the first sentence of its page."""
        verbs = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section("Verbs"):
            formatter.write_dl([(name, (verb.help or "").partition("\n")[0]) for name, verb in verbs if verb])

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write the examples."""
        _write_lines(self.epilog, formatter)


@contextlib.contextmanager
def _errors_of(ctx: Any) -> Iterator[None]:
    """Tell the parser's errors where they come from, since not all of them know."""
    try:
        yield
    except Exception as problem:
        if getattr(problem, "ctx", ctx) is None:
            problem.ctx = ctx  # type: ignore[attr-defined]
        raise


def _write_parameters(command: Any, ctx: Any, formatter: Any) -> None:
    groups: dict[str, list[tuple[str, str]]] = {}
    for parameter in command.get_params(ctx):
        if getattr(parameter, "hidden", False):
            continue
        if parameter.param_type_name == "argument":
            group, left = "Arguments", parameter.metavar or parameter.name.upper()
        else:
            is_help = parameter.name == "help"
            group = _LAST if is_help else getattr(parameter, "rich_help_panel", None) or "Options"
            left = ", ".join(sorted(parameter.opts, key=len))
            if parameter.secondary_opts:
                left += f" / {', '.join(parameter.secondary_opts)}"
            if not parameter.is_flag and not parameter.count:
                left += f" {parameter.metavar or 'VALUE'}"
        groups.setdefault(group, []).append((left, getattr(parameter, "help", "") or ""))
    # Every group in the same two columns.
    for name in sorted(groups, key=lambda name: {"Arguments": 0, "Options": 1, _LAST: 3}.get(name, 2)):
        with formatter.section(name):
            formatter.write_dl(groups[name], col_max=30)


def _write_lines(text: str | None, formatter: Any) -> None:
    if text:
        formatter.write_paragraph()
        formatter.write(text.rstrip("\n") + "\n")
