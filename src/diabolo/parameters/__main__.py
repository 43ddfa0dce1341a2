"""``python -m diabolo.parameters``: the tables of docs/parameters.md, which ``make reference`` writes."""

from __future__ import annotations

from collections.abc import Mapping

from diabolo.messages import Message
from diabolo.parameters.detector import DetectorParameters
from diabolo.parameters.families import FAMILIES, AllParameters
from diabolo.parameters.named_settings import BOTTLENECKS, NOISES, OPTIMIZERS, SCHEDULES, Table
from diabolo.parameters.parameter import Parameter

__all__ = ["page"]

_START = """\
# Parameters

Written by `make reference` from the one table of them, `diabolo.parameters`. Between calls of `partial_fit`
those marked * may change.
"""


def page() -> str:
    """Write the page."""
    parts = [_START, "## Of the autoencoders\n", _parameters(AllParameters.PARAMETERS, with_kinds=True)]
    parts += ["## Of the detector\n", _parameters(DetectorParameters.PARAMETERS, with_kinds=False)]
    settings = {"optimizer": OPTIMIZERS, "learning_rate_schedule": SCHEDULES}
    for name, table in {**settings, "bottleneck": BOTTLENECKS, "noise": NOISES}.items():
        parts += [f"## Settings of `{name}`\n", _settings(table)]
    return "\n".join(parts)


def _parameters(table: Mapping[str, Parameter], *, with_kinds: bool) -> str:
    lines = ["| parameter | flag | what it is | what it may be | default |", "|---|---|---|---|---|"]
    for name, each in table.items():
        kinds = [kind for kind, family in FAMILIES.items() if name in family.PARAMETERS]
        takers = f" ({', '.join(kinds)})" if with_kinds and len(kinds) < len(FAMILIES) else ""
        others = [
            f"{kind} `{own.default!r}`"
            for kind, family in FAMILIES.items()
            if (own := family.PARAMETERS.get(name)) is not None and own.default != each.default
        ]
        more = f"; {', '.join(others)}" if with_kinds and others else ""
        cells = [
            f"`{name}`{'*' * each.heeded}",
            f"`{each.flag}`" if each.flag else "-",
            str(Message(each.help)) + takers,
            str(Message(each.kind.expected)),
            f"`{each.default!r}`{more}",
        ]
        lines.append(f"| {' | '.join(cell.replace('|', ' or ') for cell in cells)} |")
    return "\n".join([*lines, ""])


def _settings(table: Table) -> str:
    lines = ["| name | setting | what it may be | default |", "|---|---|---|---|"]
    for name, settings in table.items():
        for key, each in settings.items():
            lines.append(f"| `{name}` | `{key}` | {Message(each.kind.expected)} | `{each.default!r}` |")
        if not settings:
            lines.append(f"| `{name}` | - | | |")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    print(page(), end="")
