"""Workers of Ray: started here, or those of a cluster."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from typing import Any

from diabolo.errors import LostWorkerError, ParameterError
from diabolo.messages import setting
from diabolo.workers.pool import Task, Workers, lost, run_task

__all__ = ["RayWorkers"]

_RETRIES = 3
# What tasks return lies there until it is read, a few blocks of rows a worker.
_STORE_BYTES = 2**29


class RayWorkers(Workers):
    """Workers of Ray; the task of one that is killed is done again.

    Parameters
    ----------
    where : int or str
        How many workers to start on this machine, or an address: "auto", or one such as
        ``"ray://host:10001"``. Where Ray was started in this process already, its workers are used.

    Raises
    ------
    ParameterError
        The package is not installed.
    LostWorkerError
        Nobody answers at the address.
    """

    def __init__(self, where: int | str) -> None:
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
        try:
            import ray
        except ImportError as problem:
            raise ParameterError(
                f"{setting('engine', 'ray')} takes the package ray, which is not installed: "
                'pip install "diabolo[ray]".'
            ) from problem
        self._ray, self._is_ours = ray, not ray.is_initialized()
        with warnings.catch_warnings():
            # Ray starts its programs by a fork, at which JAX warns; none of them goes on as this process.
            warnings.filterwarnings("ignore", "os.fork", RuntimeWarning)
            # What is raised then says it in a sentence.
            warnings.filterwarnings("ignore", "Ray Client connection timed out", UserWarning)
            self._begin(where)
        super().__init__(max(int(ray.cluster_resources().get("CPU", 1)), 1))
        self._remote = ray.remote(max_retries=_RETRIES)(run_task)

    def _begin(self, where: int | str) -> None:
        ray = self._ray
        try:
            if self._is_ours and isinstance(where, int):
                ray.init(
                    num_cpus=where,
                    object_store_memory=_STORE_BYTES,
                    include_dashboard=False,
                    log_to_driver=False,
                    logging_level="error",
                )
            elif self._is_ours:
                ray.init(where, log_to_driver=False, logging_level="error")
        except (OSError, ValueError) as problem:
            raise LostWorkerError(
                f"no cluster of Ray answers at {where}: start one with 'ray start --head', or correct the "
                "address."
            ) from problem

    def _hand_out(self, function: Callable[[Any], Any], item: Any) -> Any:
        return self._remote.remote(Task(function, item))

    def _first_done(self, tasks: list[Any]) -> Any:
        return self._ray.wait(tasks, num_returns=1)[0][0]

    def _result(self, task: Any) -> Any:
        raised = self._ray.exceptions
        try:
            return self._ray.get(task)
        except raised.RayTaskError as problem:
            cause = problem.cause
            raise cause from None
        except raised.RayError as problem:
            raise lost(f"a worker of Ray, and {_RETRIES} that were given its task after it, ") from problem

    def _give_up(self, task: Any) -> None:
        self._ray.cancel(task, force=True)

    def _joblib_backend(self) -> tuple[str, dict[str, Any]]:
        from ray.util.joblib import register_ray

        register_ray()
        return "ray", {}

    def close(self, *, at_once: bool = False) -> None:
        """Leave Ray; what was started here ends."""
        if self._is_ours:
            self._ray.shutdown()
