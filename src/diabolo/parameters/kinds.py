"""What a parameter may be: a sentence for people, a test for programs, and how it is read when typed."""

from __future__ import annotations

import contextlib
import math
import numbers
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from diabolo.errors import nearest_name
from diabolo.messages import either
from diabolo.parameters.foreign_names import FOREIGN_NAMES

__all__ = [
    "ABOVE_0",
    "BOOLEAN",
    "MISSING",
    "NOT_NEGATIVE",
    "SEED",
    "SETTINGS",
    "SHARE",
    "Kind",
    "are_sizes",
    "is_number",
    "is_truth",
    "is_whole",
    "number",
    "number_in",
    "one_of",
    "sizes",
    "whole",
    "whole_number",
]


def is_truth(value: Any) -> bool:
    """Say whether a value is True or False, Python's or numpy's (which is not imported for this)."""
    return isinstance(value, bool) or type(value).__name__ in ("bool", "bool_")


def is_whole(value: Any) -> bool:
    """Say whether a value is a whole number, which a truth value is not."""
    return isinstance(value, numbers.Integral) and not is_truth(value)


def is_number(value: Any) -> bool:
    """Say whether a value is a finite number, which a truth value is not."""
    is_real = isinstance(value, numbers.Real) and not is_truth(value)
    return is_real and math.isfinite(float(value))


def number(text: str) -> Any:
    """Read a number that was typed; anything else stays text.

    Examples
    --------
    >>> number("3"), number("1e-3"), number("three")
    (3, 0.001, 'three')
    """
    for read in (int, float):
        with contextlib.suppress(ValueError):
            return read(text)
    return text


def whole_number(text: str) -> Any:
    """Read a number that was typed, one such as ``3.0`` as a whole one; anything else stays text."""
    value = number(text)
    return int(value) if is_number(value) and value == int(value) else value


@dataclass(frozen=True)
class Kind:
    """What a parameter may be.

    Parameters
    ----------
    expected : str
        For the message that refuses another value.
    holds : callable
        From a value to whether it may be.
    read : callable
        From what was typed to a value, which need not be one that may be.
    written : str
        The type, as a docstring has it.
    metavar : str
        What stands for a value on a help page.
    names : tuple of str
        The names among which one is chosen, if it is one of names.
    same : mapping of str to str
        Further names of the same values, which are as good.
    foreign : mapping of str to str
        What other libraries call a value, for the message.
    """

    expected: str
    holds: Callable[[Any], bool]
    read: Callable[[str], Any] = number
    written: str = "str"
    metavar: str = "X"
    names: tuple[str, ...] = ()
    same: Mapping[str, str] = field(default_factory=dict)
    foreign: Mapping[str, str] = field(default_factory=lambda: FOREIGN_NAMES)

    def or_none(self, what: str = "") -> Kind:
        """Let it be None, too."""
        return replace(
            self,
            expected=f"{self.expected}, or {either('None', 'none')}{what}",
            holds=lambda value: value is None or self.holds(value),
            read=lambda text: None if text.strip().lower() == "none" else self.read(text),
            written=f"{self.written} or None",
        )

    def or_auto(self, what: str = "") -> Kind:
        """Let it be "auto", too."""
        return replace(
            self,
            expected=f"{self.expected}, or {either(repr('auto'), 'auto')}{what}",
            holds=lambda value: (isinstance(value, str) and value == "auto") or self.holds(value),
            read=lambda text: "auto" if text.strip().lower() == "auto" else self.read(text),
            written=f'{self.written} or "auto"',
        )

    def or_own(self, what: str, holds: Callable[[Any], bool] = callable) -> Kind:
        """Let it be of the user's own code, too, which cannot be typed."""
        return replace(
            self,
            expected=f"{self.expected}{either(f', or {what}', '')}",
            holds=lambda value: self.holds(value) or holds(value),
            written=f"{self.written} or callable",
        )

    def hint(self, value: Any) -> str:
        """Say which value was probably meant."""
        return nearest_name(value, self.names, self.foreign) if self.names else ""

    def canonical(self, value: Any) -> Any:
        """Return a value under the name that it has here."""
        return self.same.get(value, value) if isinstance(value, str) else value


def one_of(
    *names: str, same: Mapping[str, str] | None = None, foreign: Mapping[str, str] = FOREIGN_NAMES
) -> Kind:
    """Ask for one of several names.

    Parameters
    ----------
    *names : str
        Those.
    same : mapping of str to str, optional
        Further names of the same things.
    foreign : mapping of str to str, optional
        What other libraries call them.

    Returns
    -------
    Kind
    """
    same = dict(same or {})
    return Kind(
        "one of " + ", ".join(map(repr, names)),
        lambda value: isinstance(value, str) and (value in names or value in same),
        str,
        "{" + ", ".join(f'"{name}"' for name in names) + "}",
        "NAME",
        names,
        same,
        foreign,
    )


def whole(least: int = 1) -> Kind:
    """Ask for a whole number, of at least so many."""
    return Kind(
        f"a whole number, {least} or more",
        lambda value: is_whole(value) and value >= least,
        whole_number,
        written="int",
        metavar="N",
    )


def number_in(range_: str, holds: Callable[[Any], bool]) -> Kind:
    """Ask for a finite number in a range, such as ``number_in("above 0", lambda value: value > 0)``."""
    return Kind(f"a number {range_}", lambda value: is_number(value) and holds(value), written="float")


def are_sizes(value: Any) -> bool:
    """Say whether a value is a list of whole numbers of 1 or more."""
    return isinstance(value, (tuple, list)) and all(is_whole(size) and size >= 1 for size in value)


def sizes(example: str, *, least: int = 1) -> Kind:
    """Ask for whole numbers of 1 or more, at least so many of them."""
    none = "" if least else either(", or () for none", ", or none")
    return Kind(
        f"{either('a tuple of whole numbers', 'whole numbers with commas between')}, each 1 or more, such "
        f"as {either(f'({example})', example.replace(' ', ''))}{none}",
        lambda value: are_sizes(value) and len(value) >= least,
        read_sizes,
        "tuple of int",
        "N,N",
    )


def read_sizes(text: str) -> Any:
    """Read whole numbers with commas between, or ``none``; anything else stays text."""
    if text.strip().lower() in ("", "none", "()", "[]"):
        return ()
    try:
        return tuple(int(part) for part in text.strip("()[] ").removesuffix(",").split(","))
    except ValueError:
        return text


ABOVE_0 = number_in("above 0", lambda value: value > 0)
SHARE = number_in("from 0 to below 1", lambda value: 0 <= value < 1)
NOT_NEGATIVE = Kind("a number, 0 or more", lambda value: is_number(value) and value >= 0, written="float")
SEED = Kind(
    f"a whole number from 0 to {2**32 - 1}{either(', a RandomState or None', '')}",
    lambda value: 0 <= value < 2**32 if is_whole(value) else value is None or hasattr(value, "randint"),
    whole_number,
    written="int, RandomState instance or None",
    metavar="N",
)
MISSING = one_of("error", "mean", "mask")
BOOLEAN = Kind("True or False", is_truth, written="bool", metavar="")
SETTINGS = Kind(
    "a dictionary", lambda value: isinstance(value, Mapping), written="dict of str to float", metavar="NAME=X"
).or_none()
