"""A team: the processes that work on one thing together; of one process, where nobody said otherwise."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import numpy as np

    Arrays = dict[str, np.ndarray]

__all__ = ["Team", "alone", "current_team", "join"]

_Value = TypeVar("_Value")


class Team:
    """Processes that do the same at the same time, each with its share of the rows; this is a team of one.

    Whatever is asked of a team is asked by all of its processes, in the same order.
    """

    n_processes: int = 1
    index: int = 0

    @property
    def is_first(self) -> bool:
        """Whether this process is the one that prints, and writes files."""
        return self.index == 0

    def share(self, count: int, block: int = 1) -> slice:
        """Say which of so many things this process is to do: whole blocks, as equally many as can be.

        Parameters
        ----------
        count : int
            How many there are.
        block : int, default 1
            How many belong together.

        Returns
        -------
        slice
            Those of all processes follow each other, and are all there is.

        Examples
        --------
        >>> Team().share(10)
        slice(0, 10, None)
        """
        n_blocks = -(-count // block)
        start, stop = (n_blocks * i // self.n_processes * block for i in (self.index, self.index + 1))
        return slice(min(start, count), min(stop, count))

    def gathered(self, arrays: Arrays) -> list[Arrays]:
        """Return what every process gives, in their order.

        Parameters
        ----------
        arrays : dict of str to ndarray
            Of numbers or text, of any shape.

        Returns
        -------
        list of dict
            One for each process.
        """
        return [arrays]

    def summed(self, array: np.ndarray) -> np.ndarray:
        """Return the sum of what all processes give, the same in each; an array of numbers, of one shape."""
        return array

    def joined(self, array: np.ndarray, axis: int = 0) -> np.ndarray:
        """Return what all processes give, one behind the other along an axis."""
        return array

    def decided(self, decide: Callable[[], _Value]) -> _Value:
        """Return what the first process decides, in what JSON knows; the others are not asked."""
        return decide()

    def computed(self, compute: Callable[[], Arrays]) -> Arrays:
        """Return the arrays that the first process computes; the others wait for them."""
        return compute()

    def alone(self) -> contextlib.AbstractContextManager[None]:
        """Do what is within in this process alone; see :func:`alone`."""
        return alone()

    @contextlib.contextmanager
    def held_together(self) -> Iterator[None]:
        """Say in a sentence where another process was lost meanwhile."""
        yield


_ONE = Team()
_joined: list[Team] = []
_apart: ContextVar[bool] = ContextVar("_apart", default=False)


def current_team() -> Team:
    """Return the team that this process belongs to."""
    return _joined[-1] if _joined and not _apart.get() else _ONE


def join(team: Team) -> None:
    """Belong to a team from now on."""
    _joined.append(team)


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Do what is within in this process alone, though it belongs to a cluster.

    Examples
    --------
    >>> from diabolo.cluster.team import alone, current_team
    >>> with alone():
    ...     current_team().n_processes
    1
    """
    token = _apart.set(True)
    try:
        yield
    finally:
        _apart.reset(token)
