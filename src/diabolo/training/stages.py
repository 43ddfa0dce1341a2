"""Stages of a fit: what may be kept of each while it lasts, so that another process can go on from there.

Here nothing is kept; `diabolo.checkpoints` keeps them in a folder.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import UnionType
from typing import Any, NamedTuple, TypeVar, Union, get_args, get_origin, get_type_hints

import numpy as np

__all__ = [
    "MOST_COUNT",
    "Snapshot",
    "Stage",
    "Stages",
    "named",
    "plain",
    "share",
    "taken",
    "taken_weights",
    "whole",
]

_Kind = TypeVar("_Kind")

# Of a network in float32: the square of a larger number leaves the type.
_LARGEST = 1e18
MOST_COUNT = 2**32 - 1
"""Steps, epochs and batches that a record may count."""


class Snapshot(NamedTuple):
    """A moment of a stage.

    Parameters
    ----------
    arrays : dict of str to ndarray
        By name.
    record : dict
        Everything else, in what JSON knows.
    is_finished : bool, default False
        Whether it is the stage's result.
    """

    arrays: dict[str, np.ndarray]
    record: dict[str, Any]
    is_finished: bool = False


class Stage:
    """One loop of training; of this one nothing is kept."""

    def found(self, restore: Callable[[Snapshot], None]) -> bool:
        """Restore the newest moment that was kept, if there is one, and say whether there was."""
        return False

    @property
    def is_finished(self) -> bool:
        """Whether its result was kept."""
        return False

    def is_due(self, n_epochs: int | None) -> bool:
        """Say whether a moment should be kept: after so many epochs, or within one (None)."""
        return False

    def keep(self, take: Callable[[], Snapshot]) -> None:
        """Keep a moment, which is taken only where something is kept."""


class Stages:
    """The stages of a fit, and of the fits that it is made of; of these nothing is kept."""

    def part(self, name: str) -> Stages:
        """Return those of a fit within this one."""
        return self

    def stage(self, name: str) -> Stage:
        """Return one of them."""
        return Stage()

    def decided(self, name: str, decide: Callable[[], Any], is_possible: Callable[[Any], bool]) -> Any:
        """Return what was decided, in what JSON knows, by the process that began the fit, if it can be so."""
        return decide()

    def computed(
        self,
        name: str,
        compute: Callable[[], dict[str, np.ndarray]],
        check: Callable[[dict[str, np.ndarray]], None],
    ) -> dict[str, np.ndarray]:
        """Return arrays that take long to compute; a ValueError of the check refuses those that were kept.

        Of a cluster all processes compute.
        """
        return compute()

    def has(self, name: str) -> bool:
        """Say whether arrays of that name were computed and kept."""
        return False

    def same(self, name: str, describe: Callable[[], dict[str, Any]]) -> None:
        """Refuse to go on with something else than the fit was begun with."""


def taken(arrays: dict[str, np.ndarray], name: str, like: Any) -> np.ndarray:
    """Return an array if it has the shape and the type of another."""
    found = arrays[name]
    if found.shape != like.shape or found.dtype != like.dtype:
        raise ValueError(
            f"{name!r} is {found.dtype} of shape {found.shape}, where {like.dtype} of shape "
            f"{tuple(like.shape)} is expected"
        )
    return found


def taken_weights(arrays: dict[str, np.ndarray], name: str, like: Any) -> np.ndarray:
    """Return an array of a network; the squares of its numbers are numbers, too, unless it was made so."""
    found = taken(arrays, name, like)
    if found.size and not -_LARGEST <= found.min() <= found.max() <= _LARGEST:  # NaN is neither
        is_usual, was_usual = (abs(part) <= _LARGEST for part in (found, np.asarray(like)))
        if (was_usual & ~is_usual).any():
            raise ValueError(f"{name!r} has numbers that are not finite, or beyond all measure")
    return found


def whole(record: Mapping[str, Any], name: str, most: int = MOST_COUNT) -> int:
    """Return a number of a record that counts something: from 0 to what is possible."""
    found = record[name]
    if type(found) is not int or not 0 <= found <= most:
        raise ValueError(f"its {name} is no whole number from 0 to {most}")
    return found


def share(record: Mapping[str, Any], name: str) -> float:
    """Return a number of a record that is a part of a whole."""
    found = record[name]
    if type(found) is not float or not 0 < found <= 1:
        raise ValueError(f"its {name} is no number above 0 and up to 1")
    return found


def plain(kind: type[_Kind], record: Any) -> _Kind:
    """Put a dataclass of numbers together, of which each must be of the type that stands there.

    Parameters
    ----------
    kind : type
        Of fields that are int, float, None or a mapping of str to float.
    record : dict
        As ``dataclasses.asdict`` gives it.

    Returns
    -------
    object

    Raises
    ------
    ValueError
        It is not that of one.
    """
    types = get_type_hints(kind)
    if not isinstance(record, dict) or record.keys() != types.keys():
        raise ValueError(f"it has no {kind.__name__}")
    for name, value in record.items():
        if not _fits(value, types[name]):
            raise ValueError(f"{name} of its {kind.__name__} is none")
    return kind(**record)


def _fits(value: Any, kind: Any) -> bool:
    if get_origin(kind) in (Union, UnionType):
        return any(_fits(value, each) for each in get_args(kind))
    if get_origin(kind) is Mapping:
        return isinstance(value, dict) and all(_fits(each, float) for each in value.values())
    if kind is int:
        return type(value) is int and abs(value) < 2**63
    if kind is float:
        return type(value) is float or _fits(value, int)
    return value is None and kind is type(None)


def named(arrays: dict[str, np.ndarray], start: str) -> dict[str, np.ndarray]:
    """Return the arrays whose names begin so, under what follows."""
    return {name[len(start) :]: part for name, part in arrays.items() if name.startswith(start)}
