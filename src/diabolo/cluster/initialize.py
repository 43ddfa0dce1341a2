"""Start this process as one of a cluster."""

from __future__ import annotations

import contextlib
import os
import sys
import warnings
from collections.abc import Iterator

import jax

from diabolo.cluster.loss import leave_quickly, speak_before_abort
from diabolo.cluster.processes import Processes
from diabolo.cluster.team import Team, current_team, join
from diabolo.errors import ClusterError, DiaboloWarning
from diabolo.messages import either

__all__ = ["initialize_cluster"]

# A process that is silent for so long is lost.
_SILENCE_SECONDS = 30


def initialize_cluster(
    coordinator_address: str | None = None,
    num_processes: int | None = None,
    process_id: int | None = None,
    *,
    initialization_timeout: int = 300,
) -> Team:
    """Join the processes that run this program into one: every fit from here on is one fit of them all.

    Call it first, in every process, before anything is computed. All processes run the same program on the
    same data: each reads its share of the rows and trains on it, and all end with the same model, which is
    that of one process to rounding. Files and messages are the first one's.

    Parameters
    ----------
    coordinator_address : str, optional
        Host and port of process 0, such as ``"10.0.0.1:1234"``. It and the other two are found by
        themselves under SLURM, Open MPI, Kubernetes and on TPU pods.
    num_processes : int, optional
        How many there are.
    process_id : int, optional
        Which of them this one is, from 0.
    initialization_timeout : int, default 300
        Seconds to wait for the others.

    Returns
    -------
    Team
        With ``n_processes``, ``index`` and ``is_first``.

    Raises
    ------
    ClusterError
        Where nothing says who the others are, where JAX has computed already, or where the others do not
        come.

    See Also
    --------
    Checkpoint, diabolo.workers.open_workers

    Examples
    --------
    A team of one needs nobody:

    >>> import diabolo
    >>> diabolo.initialize_cluster(num_processes=1).n_processes
    1
    """
    if num_processes == 1:
        return current_team()
    if current_team().n_processes > 1:
        raise ClusterError("initialize_cluster was called before; a process joins one cluster, and once.")
    if not jax.distributed.is_initialized():
        _connect(coordinator_address, num_processes, process_id, initialization_timeout)
    with _quiet():
        jax.devices()
        team = Processes()
        team.decided(lambda: None)
    speak_before_abort()
    leave_quickly()
    if not team.is_first:
        warnings.simplefilter("ignore", DiaboloWarning)
    join(team)
    return team


def _connect(
    coordinator_address: str | None, num_processes: int | None, process_id: int | None, timeout: int
) -> None:
    apart = (
        f"the cluster did not come together within {timeout} seconds. Start every process within this time, "
        "each with an index of its own, and see that they reach "
        f"{coordinator_address or 'the first one'}."
    )
    speak_before_abort(ClusterError(apart))
    try:
        jax.distributed.initialize(
            coordinator_address,
            num_processes,
            process_id,
            initialization_timeout=timeout,
            heartbeat_timeout_seconds=_SILENCE_SECONDS,
            shutdown_timeout_seconds=_SILENCE_SECONDS,
        )
    except (ValueError, TypeError):
        place = either(
            "coordinator_address='HOST:PORT', num_processes and process_id",
            "--distributed HOST:PORT,NUMBER,INDEX",
        )
        raise ClusterError(
            "nothing says which processes belong to the cluster. It is found out under SLURM, Open MPI, "
            f"Kubernetes and on TPU pods; elsewhere give {place}."
        ) from None
    except RuntimeError as problem:
        if "before any JAX" in str(problem):
            raise ClusterError(
                "initialize_cluster came too late: JAX has computed in this process already. Call it first."
            ) from None
        raise ClusterError(f"{apart} What JAX says: {str(problem).splitlines()[0]}") from None


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Send what a library of C prints to the standard output, on which results go, to the standard error."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
