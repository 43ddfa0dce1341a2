"""Workers of a Dask cluster: one made here, or one that a scheduler has elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from diabolo.errors import LostWorkerError, ParameterError
from diabolo.messages import setting
from diabolo.workers.pool import Task, Workers, lost, run_task

__all__ = ["DaskWorkers"]

_SECONDS_TO_ANSWER = 10


class DaskWorkers(Workers):
    """Workers of a Dask cluster; the tasks of one that is killed are done by others.

    Parameters
    ----------
    where : int or str
        How many processes of one thread to start on this machine, or a scheduler's address. Workers
        elsewhere keep the threads that they were given.

    Raises
    ------
    ParameterError
        The package is not installed.
    LostWorkerError
        Nobody answers at the address, or there are no workers.
    """

    def __init__(self, where: int | str) -> None:
        try:
            from distributed import Client, LocalCluster
        except ImportError as problem:
            raise ParameterError(
                f"{setting('engine', 'dask')} takes the package distributed, which is not installed: "
                'pip install "diabolo[dask]".'
            ) from problem
        self._cluster: Any = None
        self._is_here = isinstance(where, int)
        if isinstance(where, int):
            # Memory is not shared out: a worker that holds a wide model may take more than its part.
            self._cluster = LocalCluster(
                n_workers=where,
                threads_per_worker=1,
                processes=True,
                dashboard_address=":0",
                memory_limit=0,
                silence_logs=50,
            )
        try:
            self._client = Client(self._cluster or where, timeout=_SECONDS_TO_ANSWER)
        except (OSError, ValueError) as problem:
            raise LostWorkerError(
                f"no scheduler of Dask answers at {where}: start one with 'dask scheduler', and workers with "
                "'dask worker ADDRESS', or correct the address."
            ) from problem
        count = sum(self._client.nthreads().values())
        if not count:
            self.close()
            raise LostWorkerError(f"{where} has no workers: start some with 'dask worker {where}'.")
        super().__init__(count)

    def _hand_out(self, function: Callable[[Any], Any], item: Any) -> Any:
        from distributed.protocol.pickle import dumps

        # As bytes: the scheduler would unpack anything else on its way, and open the tables that are in it.
        task = Task(function, item, is_alone=self._is_here)
        return self._client.submit(_run_packed, dumps(task), pure=False)

    def _first_done(self, tasks: list[Any]) -> Any:
        from distributed import wait

        done = wait(tasks, return_when="FIRST_COMPLETED").done
        return next(task for task in tasks if task in done)

    def _result(self, task: Any) -> Any:
        from distributed import CancelledError, KilledWorker

        try:
            return task.result()
        except (KilledWorker, CancelledError) as problem:
            raise lost("every worker of Dask that was given a task") from problem

    def _give_up(self, task: Any) -> None:
        task.cancel()

    def _joblib_backend(self) -> tuple[str, dict[str, Any]]:
        return "dask", {"client": self._client}

    def close(self, *, at_once: bool = False) -> None:
        """Leave the cluster; one that was made here ends."""
        self._client.close()
        if self._cluster is not None:
            self._cluster.close()


def _run_packed(task: bytes) -> Any:
    from distributed.protocol.pickle import loads

    return run_task(loads(task))
