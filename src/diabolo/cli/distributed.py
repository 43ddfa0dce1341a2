"""Several processes at work on one table: the option that makes them a cluster, how they begin and end."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from typing import Any

from diabolo.cli.output import Output
from diabolo.cli.page import Option, Typed, WrongUse
from diabolo.parameters.kinds import Kind

__all__ = ["DISTRIBUTED", "joined", "leave"]

_PLACE = re.compile(r"(?P<address>[^,\s]+:\d+),(?P<number>[1-9]\d*),(?P<index>\d+)")


def _is_cluster(value: Any) -> bool:
    return value == "auto" or (isinstance(value, str) and _PLACE.fullmatch(value) is not None)


DISTRIBUTED = Option(
    "--distributed",
    "Work in several processes at once, each of which is started with this command and reads its share of "
    "the table. auto is for SLURM, Open MPI, Kubernetes and TPU pods; elsewhere say where process 0 is to be "
    "reached, how many there are and which this one is, from 0, such as 10.0.0.1:1234,4,0.",
    Kind(
        "auto, or HOST:PORT,NUMBER,INDEX such as 10.0.0.1:1234,4,0",
        _is_cluster,
        metavar="PLACE",
    ),
    "Several processes",
)


def joined(typed: Typed, output: Output) -> tuple[Output, bool]:
    """Join the cluster that was typed, if one was.

    Parameters
    ----------
    typed : Typed
        By a verb with this option.
    output : Output
        Where it says what it did.

    Returns
    -------
    output : Output
        Which says nothing, but in the first process.
    is_first : bool
        Whether this process is the one that writes files.

    Raises
    ------
    ClusterError
        The processes do not find each other.
    """
    if typed.distributed is None:
        return output, True
    if getattr(typed, "compare", False):
        raise WrongUse("--compare trains again in one process; leave it or --distributed out.")
    from diabolo.cluster.initialize import initialize_cluster

    place = _PLACE.fullmatch(typed.distributed)
    team = (
        initialize_cluster()
        if place is None
        else initialize_cluster(place["address"], int(place["number"]), int(place["index"]))
    )
    return output if team.is_first else replace(output, quiet=True, json=False), team.is_first


def leave(status: int) -> int:
    """Return the status of a command; after a failure in a cluster, end at once, and wait for no other."""
    if status and "diabolo.cluster.team" in sys.modules:
        from diabolo.cluster.loss import end_at_once
        from diabolo.cluster.team import current_team

        if current_team().n_processes > 1:
            end_at_once(status)
    return status
