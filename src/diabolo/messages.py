"""Messages that know which settings they name, so that every door says them in its own words.

What Python calls ``loss='huber'`` is typed as ``--loss huber``. A message is written once, with
:func:`setting` where it names one; whoever shows it says how a setting is written.
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import sys
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

__all__ = ["Message", "Named", "either", "setting", "typed_names", "typed_value", "warn_caller"]

# Private characters, which no message holds by itself.
_START, _BETWEEN, _END = "\ue000", "\ue001", "\ue002"
_MARK = re.compile(f"{_START}([^{_END}]*){_END}")
_NOTHING: Any = object()
# What lies between a call and its warning, decorators among it.
_OWN = (f"{Path(__file__).parent}{os.sep}", contextlib.__file__)


class Named(NamedTuple):
    """A setting as a message names it.

    Parameters
    ----------
    name : str
        What Python calls it; empty for words that merely differ from door to door.
    item : str
        The entry of a dictionary that is meant, such as ``"beta_1"`` of ``optimizer_params``; ``"*"`` for any
        of them, empty for none.
    value : str or None
        As it is typed; None where none is named.
    python : str
        All of it, as it is written in Python.
    """

    name: str
    item: str
    value: str | None
    python: str


class Message(str):
    """Text, and the settings that it names.

    Parameters
    ----------
    marked : str
        With the marks of :func:`setting` in it.

    Examples
    --------
    >>> message = Message(f"{setting('loss', 'huber')} is not possible.")
    >>> str(message)
    "loss='huber' is not possible."
    >>> message.said(lambda named: f"--{named.name} {named.value}")
    '--loss huber is not possible.'
    """

    marked: str

    def __new__(cls, marked: str = "") -> Message:
        """Keep the marks beside the text that Python shows."""
        marked = getattr(marked, "marked", marked)
        message = super().__new__(cls, _MARK.sub(lambda mark: _named(mark).python, marked))
        message.marked = marked
        return message

    def __reduce__(self) -> tuple[Any, ...]:
        return Message, (self.marked,)

    @property
    def settings(self) -> tuple[Named, ...]:
        """The settings named, in their order."""
        return tuple(named for mark in _MARK.finditer(self.marked) if (named := _named(mark)).name)

    def said(self, write: Callable[[Named], str]) -> str:
        """Say it in another door's words.

        Parameters
        ----------
        write : callable
            From a `Named` to what stands for it.

        Returns
        -------
        str
        """
        return _MARK.sub(lambda mark: write(_named(mark)), self.marked)


def setting(name: str, value: Any = _NOTHING, item: str = "") -> str:
    """Name a setting in a message.

    Parameters
    ----------
    name : str
        As Python calls it.
    value : object, optional
        What it is or should be.
    item : str, optional
        The entry of a dictionary that is meant; ``"*"`` for one or another.

    Returns
    -------
    str
        For a message; marked, so not for other use.
    """
    python = f"{name}[{item!r}]" if item not in ("", "*") else name
    if value is _NOTHING:
        return _marked(name, item, python)
    return _marked(name, item, f"{python}={value!r}", typed_value(value))


def either(python: str, typed: str) -> str:
    """Say something that is said otherwise where commands are typed.

    Parameters
    ----------
    python, typed : str
        The words for either door.

    Returns
    -------
    str
        For a message; marked, so not for other use.
    """
    return _marked("", "", python, typed)


def typed_value(value: Any) -> str:
    """Write a value as it is typed on a command line.

    Parameters
    ----------
    value : object
        Any.

    Returns
    -------
    str

    Examples
    --------
    >>> typed_value((128, 32)), typed_value(None), typed_value("kind of wine"), typed_value({"k": 5})
    ('128,32', 'none', "'kind of wine'", 'k=5')
    """
    if isinstance(value, (tuple, list)) and any(isinstance(each, str) for each in value):
        return shlex.quote(typed_names(value))
    if isinstance(value, (tuple, list)):
        return ",".join(map(typed_value, value)) or "none"
    if isinstance(value, dict):
        return " ".join(f"{name}={typed_value(item)}" for name, item in value.items())
    return shlex.quote(value) if isinstance(value, str) else "none" if value is None else repr(value)


def typed_names(names: Iterable[object]) -> str:
    """Write names with commas between, each quoted as in a CSV file where it would be read as another.

    Parameters
    ----------
    names : iterable of object
        Names or numbers of columns.

    Returns
    -------
    str
        One cell of a command line, which the shell may want quoted once more.

    Examples
    --------
    >>> print(typed_names(["id", "petals, long", 3]))
    id,"petals, long",3
    """
    return ",".join(map(_quoted, map(str, names)))


def _quoted(name: str) -> str:
    is_plain = name == name.strip() != "" and not any(mark in name for mark in ',"\r\n')
    return name if is_plain else '"' + name.replace('"', '""') + '"'


def _marked(*parts: str) -> str:
    inner = _BETWEEN.join(re.sub(f"[{_START}{_BETWEEN}{_END}]", "?", part) for part in parts)
    return f"{_START}{inner}{_END}"


def _named(mark: re.Match[str]) -> Named:
    name, item, python, *value = mark[1].split(_BETWEEN)
    return Named(name, item, value[0] if value else None, python)


def warn_caller(message: Warning) -> None:
    """Warn, and point to the line outside of Diabolo from which it was called.

    Parameters
    ----------
    message : Warning
        What to say.
    """
    frame, level = sys._getframe(), 1
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_OWN):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, stacklevel=level)
