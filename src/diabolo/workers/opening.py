"""Workers opened by the name of their engine."""

from __future__ import annotations

from diabolo.errors import ParameterError
from diabolo.messages import setting
from diabolo.parameters.kinds import is_whole
from diabolo.workers.pool import Workers

__all__ = ["ENGINES", "check_workers", "open_workers"]

ENGINES = ("local", "dask", "ray")
"""What workers may be run by."""


def open_workers(engine: str = "local", workers: int | str = 1) -> Workers:
    """Start workers, or find those of a cluster.

    Parameters
    ----------
    engine : {"local", "dask", "ray"}, default "local"
        Processes of this machine, a Dask cluster, or Ray.
    workers : int or str, default 1
        How many processes of one thread to start on this machine; with "local", 1 is this process itself,
        which keeps its threads. With "dask" a scheduler's address, such as ``"tcp://host:8786"``, and with
        "ray" ``"auto"`` or an address such as ``"ray://host:10001"``, finds workers that are there: what
        they read and write, they must find under the same paths.

    Returns
    -------
    Workers
        For a ``with``: its `map` does tasks and returns their results in order.

    Raises
    ------
    ParameterError
        The engine is unknown or not installed, or it has no such workers.
    LostWorkerError
        Nobody answers at the address.

    See Also
    --------
    Workers, diabolo.screen

    Examples
    --------
    >>> with open_workers("local", 1) as workers:
    ...     list(workers.map(str, [1, 2]))
    ['1', '2']
    """
    check_workers(engine, workers)
    if engine == "dask":
        from diabolo.workers.on_dask import DaskWorkers

        return DaskWorkers(workers)
    if engine == "ray":
        from diabolo.workers.on_ray import RayWorkers

        return RayWorkers(workers)
    from diabolo.workers.local import LocalWorkers, ThisProcess

    return ThisProcess() if workers == 1 else LocalWorkers(int(workers))


def check_workers(engine: str, workers: int | str) -> None:
    """Refuse an engine that there is not, and workers that it cannot have; nobody is started.

    Parameters
    ----------
    engine, workers
        As of `open_workers`.

    Raises
    ------
    ParameterError
        As of `open_workers`.
    """
    if engine not in ENGINES:
        raise ParameterError(
            f"{setting('engine', engine)} is not possible; expected {', '.join(map(repr, ENGINES))}."
        )
    is_address = isinstance(workers, str) and engine != "local"
    if not is_address and (not is_whole(workers) or int(workers) < 1):
        addresses = "" if engine == "local" else ", or the address of a cluster"
        raise ParameterError(
            f"{setting('workers', workers)} is not possible; expected a whole number of processes, 1 or "
            f"more{addresses}."
        )
