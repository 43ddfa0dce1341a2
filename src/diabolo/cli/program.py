"""Commands to type next, in the form in which this one was typed."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path

__all__ = ["command_line"]


def command_line(*words: object) -> str:
    """Write a command so that it works when it is typed here.

    Parameters
    ----------
    *words : object
        What follows the program's name; each is quoted where the shell wants it.

    Returns
    -------
    str
        Such as ``"diabolo inspect 'my model.diabolo'"``, or with ``.venv/bin/diabolo`` where the program is
        not on the path.

    Examples
    --------
    >>> command_line("inspect", "my model.diabolo").endswith(" inspect 'my model.diabolo'")
    True
    """
    return " ".join([_program(), *(shlex.quote(str(word)) for word in words)])


def _program() -> str:
    started = Path(sys.argv[0])
    if started.name == "__main__.py" and started.parent.name in ("diabolo", "cli"):
        module = "diabolo" if started.parent.name == "diabolo" else "diabolo.cli"
        return f"{_findable(sys.executable, 'python')} -m {module}"
    if started.stem == "diabolo":
        return _findable(sys.argv[0], "diabolo")
    return "diabolo"


def _findable(path: str, name: str) -> str:
    """Shorten a program's path to its name where the shell finds the same one."""
    found = shutil.which(name)
    # Not realpath: the python of a virtual environment is a link to one without its packages.
    if found and os.path.abspath(found) == os.path.abspath(path):  # noqa: PTH100
        return name
    return shlex.quote(path)
