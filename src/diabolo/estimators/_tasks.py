"""Tasks that need nothing of each other, such as the trainings of a sweep: one after the other, or by joblib.

How many run at once, and where, is joblib's to say: ``n_jobs``, or ``joblib.parallel_config`` around the
call, whose backends reach from threads of this process to clusters of Dask and Ray.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import pickle
import sys
import uuid
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from diabolo.errors import DiaboloError, ForkedProcessError, ParameterError
from diabolo.estimators._one_thread import on_one_thread
from diabolo.messages import setting
from diabolo.parameters.kinds import is_whole
from diabolo.training.forked import jax_is_running

__all__ = ["jobs_at_once", "tasks_done"]

_SENT_ONCE = 2000  # bytes, from which Dask scatters an argument, and does not send it with every task


def jobs_at_once(n_jobs: int | None) -> int:
    """Say how many tasks will run at once.

    Parameters
    ----------
    n_jobs : int or None
        As of joblib: -1 takes all processors, None 1 unless ``joblib.parallel_config`` says otherwise.

    Returns
    -------
    int

    Raises
    ------
    ParameterError
        It is no such number.

    Examples
    --------
    >>> jobs_at_once(None), jobs_at_once(2)
    (1, 2)
    """
    if n_jobs is not None and (not is_whole(n_jobs) or n_jobs == 0):
        raise ParameterError(
            f"{setting('n_jobs', n_jobs)} is not possible; expected a whole number other than 0, such as 2, "
            "-1 for all processors, or None for what joblib.parallel_config says, and else 1."
        )
    return int(_backend(n_jobs)[1])


def tasks_done(
    function: Callable[[Any, Any], Any],
    shared: Any,
    tasks: Sequence[Any],
    n_jobs: int | None = None,
    quiet: tuple[type[Warning], ...] = (Warning,),
) -> Iterator[tuple[int, Any]]:
    """Do tasks, and give the result of each as it is done.

    What decides a result stands in its task, so that it is the same wherever it is worked out. Threads of
    this process, the way unless ``joblib.parallel_config`` names another, have what they compile in common;
    the first task is done before the others begin, and compiles for all. Linear algebra has one thread in
    each task, also where there is one at a time. To other processes `shared` is sent
    once, whatever the number of tasks: Dask scatters it, Ray puts it into its store, and joblib's own
    processes map its arrays into their memory.

    Parameters
    ----------
    function : callable
        Of `shared` and a task; of a module, so that other processes find it.
    shared : object
        What all tasks need, such as the table. It is not changed.
    tasks : sequence
        What is different of each; small.
    n_jobs : int or None, default None
        As of `jobs_at_once`.
    quiet : tuple of subclasses of Warning, default all
        Warnings that the first task has told of already, and that are not told again.

    Yields
    ------
    number : int
        Which of the tasks, from 0.
    result : object
        What the function returned for it.

    Raises
    ------
    ForkedProcessError
        The backend forks this process, in which JAX is running.
    Exception
        What the function raised for the first task to fail; the others are given up.

    Examples
    --------
    >>> dict(tasks_done(pow, 2, [1, 5], n_jobs=2))
    {0: 2, 1: 32}
    """
    backend, n_at_once = _backend(n_jobs)
    is_shared = getattr(backend, "supports_sharedmem", False)
    if n_at_once > 1 and _forks(backend) and jax_is_running():
        raise ForkedProcessError(
            "joblib's backend 'multiprocessing' forks this process, and JAX, which is running in it, does "
            "not survive a fork: name 'threading' or 'loky' in joblib.parallel_config."
        )
    if not is_shared and (n_at_once > 1 or (_is_of_dask(backend) and not backend.nesting_level)):
        yield from _elsewhere(backend, function, shared, tasks, n_at_once, quiet)
        return
    for number, task in enumerate(tasks[: 1 if n_at_once > 1 else None]):
        with _said_before(quiet) if number else contextlib.nullcontext(), on_one_thread():
            result = function(shared, task)
        yield number, result
    if n_at_once == 1 or len(tasks) == 1:
        return
    from joblib import Parallel, delayed
    from sklearn import get_config

    parallel = Parallel(n_at_once, prefer="threads", return_as="generator_unordered")
    calls = (
        delayed(_configured)(function, shared, number, task, get_config())
        for number, task in enumerate(tasks)
        if number
    )
    # Filters of warnings belong to all threads, and each that sets its own puts back what another had set.
    with _said_before(quiet), on_one_thread():
        yield from parallel(calls)


def _backend(n_jobs: int | None) -> tuple[Any, int]:
    from joblib import Parallel
    from joblib.parallel import get_active_backend

    backend, _ = get_active_backend(prefer="threads")
    count = Parallel(n_jobs).n_jobs  # what was configured, where nothing is said here
    if count is None or backend.nesting_level:  # within a task of another call, which has shared the work out
        return backend, 1
    return backend, int(backend.effective_n_jobs(count))


def _forks(backend: Any) -> bool:
    if type(backend).__name__ != "MultiprocessingBackend":
        return False
    # As joblib finds it; Python's own default has been "forkserver" on Linux since 3.14.
    named = os.environ.get("JOBLIB_START_METHOD", "").strip() or None
    return multiprocessing.get_context(named).get_start_method() == "fork"


def _is_of_dask(backend: Any) -> bool:
    return type(backend).__name__ == "DaskDistributedBackend"


@contextlib.contextmanager
def _said_before(quiet: tuple[type[Warning], ...]) -> Iterator[None]:
    with warnings.catch_warnings():
        for each in quiet:
            warnings.simplefilter("ignore", each)
        yield


def _configured(
    function: Callable[[Any, Any], Any], shared: Any, number: int, task: Any, config: dict[str, Any]
) -> tuple[int, Any]:
    """Do a task under scikit-learn's settings of the thread that has asked for it."""
    from sklearn import config_context

    with config_context(**config):
        return number, function(shared, task)


class _Came(NamedTuple):
    """What came of a task in another process."""

    number: int
    result: Any
    problem: Exception | None
    told: list[warnings.WarningMessage]


def _elsewhere(
    backend: Any,
    function: Callable[[Any, Any], Any],
    shared: Any,
    tasks: Sequence[Any],
    n_at_once: int,
    quiet: tuple[type[Warning], ...],
) -> Iterator[tuple[int, Any]]:
    from joblib import Parallel, delayed
    from sklearn import get_config

    sent: Any = _Sent(shared)
    if _is_of_dask(backend):
        sent = _Packed(sent)
    elif type(backend).__module__.startswith("ray."):
        sent = _InStore(sys.modules["ray"].put(sent))
    calls = [
        delayed(_called)(sent, function, number, task, get_config()) for number, task in enumerate(tasks)
    ]
    has_told = False
    for came in _in_own_words(_as_done(Parallel, backend, calls, n_at_once), shared):
        for each in came.told:
            if not (has_told and issubclass(each.category, quiet)):
                warnings.warn_explicit(each.message, each.category, each.filename, each.lineno)
        has_told = True
        if came.problem is not None:
            raise came.problem
        yield came.number, came.result


def _as_done(parallel: Callable[..., Any], backend: Any, calls: list[Any], n_at_once: int) -> Iterator[_Came]:
    if backend.supports_return_generator:
        with warnings.catch_warnings():  # of tasks that are given up since one has failed
            warnings.filterwarnings("ignore", ".*still being processed by the workers", UserWarning)
            yield from parallel(n_at_once, return_as="generator_unordered")(calls)
        return
    with parallel(n_at_once) as workers:  # rounds, so that what is done is told before all is
        for start in range(0, len(calls), n_at_once):
            yield from workers(calls[start : start + n_at_once])


def _in_own_words(found: Iterator[_Came], shared: Any) -> Iterator[_Came]:
    """Raise what a table says that cannot be sent, where joblib's processes say something else."""
    try:
        yield from found
    except pickle.PicklingError as problem:
        try:
            pickle.dumps(shared, protocol=5, buffer_callback=lambda _: None)
        except DiaboloError as said:
            raise said from problem
        except Exception:
            pass  # joblib's processes pickle more than Python does by itself
        raise


class _Sent:
    """What all tasks need, as one thing that a backend sends once.

    Parameters
    ----------
    content : object
        It.
    """

    def __init__(self, content: Any) -> None:
        self.content, self.token = content, uuid.uuid4().hex


class _Packed:
    """The same, pickled: Dask would do so on a thread of its own, and wait forever where it cannot be done.

    Arrays are not copied by it.
    """

    def __init__(self, sent: _Sent) -> None:
        import cloudpickle

        self.token, self.buffers = sent.token, list[pickle.PickleBuffer]()
        self.data: bytes = cloudpickle.dumps(sent, protocol=5, buffer_callback=self.buffers.append)

    def __sizeof__(self) -> int:
        return _SENT_ONCE + len(self.data) + sum(memoryview(each).nbytes for each in self.buffers)

    def sent(self) -> _Sent:
        """Unpickle it."""
        unpickled: _Sent = pickle.loads(self.data, buffers=self.buffers)
        return unpickled


class _InStore:
    """The same in Ray's store, of which each worker maps it."""

    def __init__(self, reference: Any) -> None:
        self.reference = reference

    def sent(self) -> _Sent:
        """Take it out of the store."""
        taken: _Sent = sys.modules["ray"].get(self.reference)
        return taken


_HELD: dict[str, _Sent] = {}
"""What this worker was sent last, so that a table is opened, and text parsed, once for all of its tasks."""


def _called(
    sent: _Sent | _Packed | _InStore,
    function: Callable[[Any, Any], Any],
    number: int,
    task: Any,
    config: dict[str, Any],
) -> _Came:
    """Do a task in a worker; what goes wrong is returned, as some backends tell of it in their own words."""
    given = sent.sent() if isinstance(sent, _InStore) else sent
    held = _HELD.get(given.token)
    if held is None:
        held = given.sent() if isinstance(given, _Packed) else given
        _HELD.clear()
        _HELD[given.token] = held
    result, problem = None, None
    with warnings.catch_warnings(record=True) as told, on_one_thread():
        warnings.simplefilter("always")
        try:
            _, result = _configured(function, held.content, number, task, config)
        except Exception as raised:
            problem = raised
    return _Came(number, result, problem, told)
