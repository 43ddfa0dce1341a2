"""What workers of every kind offer: tasks handed out, a few at a time, and their results, in order or not."""

from __future__ import annotations

import abc
import contextlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from diabolo.errors import LostWorkerError
from diabolo.workers.one_thread import stay_on_one_thread

if TYPE_CHECKING:
    from typing import Self

__all__ = ["Done", "Task", "Workers", "lost", "run_task"]

# Tasks handed out for each worker: one that it works on, and one that waits, so that it need not.
_HANDED_OUT = 2


class Done(NamedTuple):
    """A task that came to its end.

    Parameters
    ----------
    number : int
        Which, counted from 0.
    result : object
        What the function returned.
    problem : Exception or None
        What it raised instead.
    """

    number: int
    result: Any
    problem: Exception | None = None


class Workers(abc.ABC):
    """Processes that work on tasks; use them in a ``with``.

    An engine says how a task is handed out (``_hand_out``), which of several is done (``_first_done``) and
    what came of it (``_result``); the order of tasks and results is the same for all, and is decided here.

    Parameters
    ----------
    count : int
        How many tasks are worked on at once.

    See Also
    --------
    open_workers

    Examples
    --------
    >>> from diabolo.workers import open_workers
    >>> with open_workers() as workers:
    ...     list(workers.map(abs, [-1, -2])), [done.number for done in workers.completed(abs, [-1, -2])]
    ([1, 2], [0, 1])
    """

    def __init__(self, count: int) -> None:
        self.count = count

    @abc.abstractmethod
    def _hand_out(self, function: Callable[[Any], Any], item: Any) -> Any:
        """Have a task done; what is returned stands for it."""

    @abc.abstractmethod
    def _first_done(self, tasks: list[Any]) -> Any:
        """Wait until one of some tasks is done, and say which."""

    @abc.abstractmethod
    def _result(self, task: Any) -> Any:
        """Return what came of a task, or raise what it raised."""

    @abc.abstractmethod
    def _give_up(self, task: Any) -> None:
        """Take a task back that nobody waits for any more."""

    @abc.abstractmethod
    def _joblib_backend(self) -> tuple[str, dict[str, Any]]:
        """Name the backend of joblib that these workers are, with what else it is told."""

    @abc.abstractmethod
    def close(self, *, at_once: bool = False) -> None:
        """Let the workers go; ``at_once``, whatever they are doing."""

    def completed(self, function: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Done]:
        """Do tasks, and tell of each as it is done, in whatever order.

        Parameters
        ----------
        function : callable
            Of one item; of a module that workers can import.
        items : iterable
            Read as workers become free.

        Yields
        ------
        Done
            An error of a task is in it; the others go on.

        Raises
        ------
        LostWorkerError
            Workers ended without a word, and none is left to do it again.
        """
        yield from self._through(function, items, keep_order=False)

    def map(self, function: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
        """Do tasks, and return their results in order, as an executor of ``concurrent.futures`` does.

        Only so many results are held as workers are busy with: a slow task holds up those far behind it.

        Parameters
        ----------
        function, items
            As of `completed`.

        Yields
        ------
        object
            The results, in the order of the items.

        Raises
        ------
        Exception
            What a task raised.
        LostWorkerError
            As of `completed`.
        """
        for done in self._through(function, items, keep_order=True):
            if done.problem is not None:
                raise done.problem
            yield done.result

    def _through(
        self, function: Callable[[Any], Any], items: Iterable[Any], keep_order: bool
    ) -> Iterator[Done]:
        left, given, next_one = iter(items), 0, 0
        tasks: dict[int, Any] = {}
        waiting: dict[int, Done] = {}
        try:
            while True:
                while len(tasks) + len(waiting) < _HANDED_OUT * self.count:
                    try:
                        item = next(left)
                    except StopIteration:
                        break
                    tasks[given] = self._hand_out(function, item)
                    given += 1
                if not tasks:
                    return
                first = self._first_done(list(tasks.values()))
                number = next(number for number, task in tasks.items() if task is first)
                done = self._done(number, tasks.pop(number))
                if not keep_order:
                    yield done
                    continue
                waiting[number] = done
                while next_one in waiting:
                    yield waiting.pop(next_one)
                    next_one += 1
        finally:
            for task in tasks.values():
                self._give_up(task)

    def _done(self, number: int, task: Any) -> Done:
        try:
            return Done(number, self._result(task))
        except LostWorkerError:
            raise
        except Exception as problem:
            return Done(number, None, problem)

    @contextlib.contextmanager
    def for_joblib(self) -> Iterator[None]:
        """Have them do what goes through joblib in a ``with``: sweeps, searches, folds.

        They keep the threads that their processes have, as the last bits of a wide network's training go by
        how many these are.

        Examples
        --------
        >>> from joblib import Parallel, delayed
        >>> from diabolo.workers import open_workers
        >>> with open_workers() as workers, workers.for_joblib():
        ...     Parallel()(delayed(abs)(number) for number in [-1, -2])
        [1, 2]
        """
        from joblib import parallel_config

        name, told = self._joblib_backend()
        with parallel_config(name, n_jobs=self.count, **told):
            yield

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self.close(at_once=kind is not None)


@dataclass(frozen=True)
class Task:
    """What a worker is handed.

    Parameters
    ----------
    function : callable
        What to do.
    item : object
        With what.
    is_alone : bool
        Whether the worker has one core for itself.
    """

    function: Callable[[Any], Any]
    item: Any
    is_alone: bool = True


def run_task(task: Task) -> Any:
    """Do a task, in a worker."""
    if task.is_alone:
        stay_on_one_thread()
    return task.function(task.item)


def lost(what: str) -> LostWorkerError:
    """Make the error for workers that ended without a word."""
    return LostWorkerError(
        f"{what} ended without a word: it was killed, or the memory did not suffice. What is done is kept: "
        "do the same again to go on from there, with fewer workers if memory ran out."
    )
