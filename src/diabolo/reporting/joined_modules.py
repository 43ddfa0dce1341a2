"""The page's modules as one script: joined in the order in which they import each other."""

from __future__ import annotations

import re
from collections.abc import Mapping

from diabolo.errors import DiaboloError

__all__ = ["PageError", "joined_script"]

_IMPORT = re.compile(r"^import \{([^}]*)\} from \"\./([\w-]+\.js)\";[ \t]*$", re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async function|function|const|let|class)\b)", re.MULTILINE)
_TOP = re.compile(
    r"^(export )?(?:async function|function|const|let|class)\s*\*?\s*([A-Za-z_$][\w$]*)", re.MULTILINE
)
_UNREADABLE = re.compile(r"^(?:import|export)\b.*$", re.MULTILINE)


class PageError(DiaboloError):
    """The page's own files cannot be put together."""


def joined_script(modules: Mapping[str, str]) -> str:
    r"""Join modules to one script, each after those that it imports.

    Parameters
    ----------
    modules : mapping of str to str
        File name to its text. An import is a line ``import { a, b } from "./name.js";``, an export a line
        that begins with ``export function``, ``export const`` or ``export class``.

    Returns
    -------
    str
        Without imports and exports.

    Raises
    ------
    PageError
        A module imports what is not there, two import each other or have one name at their tops, or a
        module would end the element that it stands in.

    Examples
    --------
    >>> print(joined_script({
    ...     "main.js": 'import { two } from "./sums.js";\nconsole.log(two());',
    ...     "sums.js": "export function two() {\n  return 2;\n}",
    ... }))
    function two() {
      return 2;
    }
    console.log(two());
    """
    imports = {name: _imports_of(name, text) for name, text in modules.items()}
    owners: dict[str, str] = {}
    exported: dict[str, set[str]] = {}
    for name in sorted(modules):
        found = _TOP.findall(modules[name])
        exported[name] = {own for mark, own in found if mark}
        for _, own in found:
            if own in owners:
                raise PageError(
                    f"{name}: {own} is at the top of {owners[own]}, too; give one of them another name."
                )
            owners[own] = name
    for name, found in imports.items():
        for other, wanted in found:
            if other not in modules:
                raise PageError(f"{name} imports from {other}, which is not there.")
            if missing := sorted(wanted - exported[other]):
                raise PageError(f"{name} imports {', '.join(missing)}, which {other} does not export.")
    parts = [_bare(name, modules[name]) for name in _ordered(imports)]
    return "\n".join(part.strip("\n") for part in parts)


def _imports_of(name: str, text: str) -> list[tuple[str, set[str]]]:
    """Return from which files a module imports which names."""
    found = []
    for names, other in _IMPORT.findall(text):
        wanted = {each.strip() for each in names.split(",") if each.strip()}
        if renamed := [each for each in wanted if not re.fullmatch(r"[\w$]+", each)]:
            raise PageError(f"{name} imports {renamed[0]!r}; a name is imported as it is.")
        found.append((other, wanted))
    return found


def _ordered(imports: Mapping[str, list[tuple[str, set[str]]]]) -> list[str]:
    """Put modules behind those that they import."""
    order: list[str] = []

    def add(name: str, trail: tuple[str, ...]) -> None:
        if name in trail:
            circle = " -> ".join([*trail[trail.index(name) :], name])
            raise PageError(f"modules import each other in a circle: {circle}.")
        if name not in order:
            for other, _ in imports[name]:
                add(other, (*trail, name))
            order.append(name)

    for name in sorted(imports):
        add(name, ())
    return order


def _bare(name: str, text: str) -> str:
    """Take imports and exports off a module."""
    for mark in ("</script", "<!--"):
        if mark in text.lower():
            raise PageError(f"{name} holds {mark!r}, which ends a script on a page; write it in two parts.")
    bare = _EXPORT.sub("", _IMPORT.sub("", text))
    if left := _UNREADABLE.search(bare):
        raise PageError(
            f"{name}: cannot read {left[0].strip()!r}; expected an import of names in braces from "
            '"./name.js" on one line, or export before function, const or class.'
        )
    return bare
