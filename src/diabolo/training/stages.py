"""Stages of a fit: what may be kept of each while it lasts, so that another process can go on from there.

Here nothing is kept; `diabolo.checkpoints` keeps them in a folder.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Snapshot", "Stage", "Stages", "named", "taken"]


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

    def decided(self, name: str, decide: Callable[[], Any]) -> Any:
        """Return what was decided, in what JSON knows, by the process that began the fit."""
        return decide()

    def computed(self, name: str, compute: Callable[[], dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
        """Return arrays that take long to compute."""
        return compute()

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


def named(arrays: dict[str, np.ndarray], start: str) -> dict[str, np.ndarray]:
    """Return the arrays whose names begin so, under what follows."""
    return {name[len(start) :]: part for name, part in arrays.items() if name.startswith(start)}
