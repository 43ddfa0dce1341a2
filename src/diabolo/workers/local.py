"""Workers on this machine: processes, or this process itself where one is enough."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from diabolo.errors import LostWorkerError
from diabolo.workers.pool import Task, Workers, lost, run_task

__all__ = ["LocalWorkers", "ThisProcess"]


class ThisProcess(Workers):
    """No workers: tasks are done where they are handed out, one after the other."""

    def __init__(self) -> None:
        super().__init__(1)

    def _hand_out(self, function: Callable[[Any], Any], item: Any) -> Any:
        return lambda: function(item)

    def _first_done(self, tasks: list[Any]) -> Any:
        return tasks[0]

    def _result(self, task: Any) -> Any:
        return task()

    def _give_up(self, task: Any) -> None:
        pass  # it was not begun

    def _joblib_backend(self) -> tuple[str, dict[str, Any]]:
        return "threading", {}

    def close(self, *, at_once: bool = False) -> None:
        """Do nothing: nobody was started."""


class LocalWorkers(Workers):
    """Processes of this machine, each computing on one thread.

    They are started anew, never forked: JAX does not survive a fork.

    Parameters
    ----------
    count : int
        How many.
    """

    def __init__(self, count: int) -> None:
        from joblib.externals.loky import ProcessPoolExecutor

        super().__init__(count)
        # None is let go of while it waits for work: it would have to load its model again.
        self._pool = ProcessPoolExecutor(count, timeout=None)

    def _hand_out(self, function: Callable[[Any], Any], item: Any) -> Any:
        from joblib.externals.loky.process_executor import BrokenProcessPool, ShutdownExecutorError

        try:
            return self._pool.submit(run_task, Task(function, item))
        except (BrokenProcessPool, ShutdownExecutorError) as problem:
            raise lost("a worker process") from problem

    def _first_done(self, tasks: list[Any]) -> Any:
        from concurrent.futures import FIRST_COMPLETED, wait

        done, _ = wait(tasks, return_when=FIRST_COMPLETED)
        return next(task for task in tasks if task in done)

    def _result(self, task: Any) -> Any:
        from joblib.externals.loky.process_executor import BrokenProcessPool, TerminatedWorkerError

        try:
            return task.result()
        except TerminatedWorkerError as problem:
            raise lost("a worker process") from problem
        except BrokenProcessPool as problem:
            cause = str(problem.__cause__).rstrip('."\n ').splitlines()[-1:]
            raise LostWorkerError(
                f"a task could not be taken up by a worker process ({cause[0] if cause else problem}): what "
                "it is made of must be found in modules that workers can import."
            ) from problem

    def _give_up(self, task: Any) -> None:
        task.cancel()

    def _joblib_backend(self) -> tuple[str, dict[str, Any]]:
        return "loky", {}  # which starts processes of its own

    def close(self, *, at_once: bool = False) -> None:
        """Let the processes end."""
        self._pool.shutdown(wait=True, kill_workers=at_once)
