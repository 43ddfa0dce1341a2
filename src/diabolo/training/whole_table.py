"""A table that is read once and whole, by this process or by all of a cluster, each its part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.cluster.team import current_team
from diabolo.training.rows import Table
from diabolo.training.shards import Shards

if TYPE_CHECKING:
    from jaxtyping import Float32, Int

__all__ = ["dealt_rows", "held_rows", "read_whole"]


def read_whole(table: Table, out: Float32[np.ndarray, "rows columns"]) -> None:
    """Read all rows; of a table on disk each process of a cluster reads some, and all get all."""
    team = current_team()
    if team.n_processes == 1 or table.held_bytes is not None or table.n_all != table.n_columns:
        table.gather(slice(0, len(out)), out)
        return
    own = team.share(len(out), table.block_rows)
    table.gather(own, out[own])
    np.concatenate([arrays["rows"] for arrays in team.gathered({"rows": out[own]})], out=out)


def dealt_rows(table: Table) -> int:
    """Say how many neighboring rows go to a device together, where each has the same ones always."""
    return 1 if table.held_bytes is not None else table.block_rows


def held_rows(table: Table, shards: Shards) -> tuple[Any, Any]:
    """Read a table, or the rows of this process; return what takes rows from them, and who has which."""
    if shards.count == 1:
        rows = np.empty((table.n_rows, table.n_columns), np.float32)
        table.gather(slice(0, table.n_rows), rows)
        places = None
    else:
        owners = shards.by_block(dealt_rows(table))
        deal = shards.dealt(owners(np.arange(table.n_rows)))
        own = np.sort(np.concatenate(deal.own))
        rows = np.empty((len(own), table.n_columns), np.float32)
        table.gather(own, rows)
        places = np.zeros(table.n_rows, np.int64)
        places[own] = np.arange(len(own))

    def take(part: Int[np.ndarray, " part"], out: Float32[np.ndarray, "part columns"]) -> None:
        np.take(rows, part if places is None else places[part], axis=0, out=out, mode="clip")

    return take, None if places is None else owners
