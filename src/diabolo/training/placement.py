"""Placement: which device holds the rows and the parameters, and how rows get there, decided here alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec, SingleDeviceSharding

from diabolo.cluster.team import alone, current_team
from diabolo.core.wide_network import wide_ends
from diabolo.errors import ParameterError
from diabolo.messages import either, setting
from diabolo.training.device_memory import room_on
from diabolo.training.plan import SMALL_BATCH_BYTES, bucket
from diabolo.training.pooled_rows import RowsPooled
from diabolo.training.rows import RowsOnDevice, RowsStreamed, Table, aligned_rows, slots_of
from diabolo.training.shards import ONE_SHARD, Shards
from diabolo.training.whole_table import dealt_rows, held_rows, read_whole

if TYPE_CHECKING:
    from jax.sharding import Sharding
    from jaxtyping import Float, Int

__all__ = [
    "Buffers",
    "PlacedRows",
    "Placement",
    "choose_placement",
    "chunk_rows_of",
    "fit_placement",
    "is_resident",
    "own_placement",
    "place_rows",
    "planned_buffers",
]


PlacedRows = RowsOnDevice | RowsStreamed | RowsPooled

# Of the devices.
_ROWS, _FEATURES = "rows", "features"
# With fewer multiplications a row than this, a step's products are too small to be worth two threads.
SMALL_NETWORK = 65_536
_RESIDENT_BYTES = 2**26
# Fewer multiplications in a step take less time than its gradients take from one process to another.
_LEAST_SPREAD = 2**26
# Of a network that does not say what it takes for a row.
_MANY = 2**31
# Tables up to this size share compiled programs.
_SHARED_SHAPE_BYTES = 2**22
_CHUNK_BYTES = 2**24
# Two chunks take turns, and the device puts the rows of one in the order of its batches.
_CHUNKS = 3
# Of fewer batches than this a chunk is not worth being copied: the pool is what the device gets.
_FEW_BATCHES = 8


@dataclass(frozen=True)
class Placement:
    """Where a fit's arrays live.

    Parameters
    ----------
    rows, parameters : jax.sharding.Sharding
        Of the table's rows, and of everything that each device needs whole.
    platform : str
        ``"cpu"``, ``"gpu"`` or ``"tpu"``.
    mesh : jax.sharding.Mesh or None
        The devices among which rows are dealt out, or features; None for one device.
    shards, columns : Shards
        Among how many rows are dealt out, and features; and which are this process's.
    """

    rows: Sharding
    parameters: Sharding
    platform: str
    mesh: Mesh | None = None
    shards: Shards = ONE_SHARD
    columns: Shards = ONE_SHARD

    def put_rows(self, array: np.ndarray) -> Any:
        """Place a table, or this process's part; on one CPU an aligned float32 array is used as it is."""
        if self.mesh is None:
            return jax.device_put(array, self.rows, may_alias=True)
        if self.columns.count > 1:
            return self._from_own(array, self.rows, 1, self.columns)
        return self._from_own(array, self.rows, 0, self.shards)

    def put_columns(self, array: np.ndarray) -> Any:
        """Place what stands beside the rows of each batch, (batches, devices x width), by its columns."""
        if self.mesh is None or self.shards.count == 1:
            return array
        width = array.shape[1] // self.shards.count
        first = self.shards.first * width
        own = array[:, first : first + self.shards.n_own * width]
        return self._from_own(own, NamedSharding(self.mesh, PartitionSpec(None, _ROWS)), 1, self.shards)

    def _from_own(self, array: np.ndarray, sharding: Sharding, axis: int, among: Shards) -> Any:
        shape = list(array.shape)
        shape[axis] = shape[axis] // among.n_own * among.count
        return jax.make_array_from_process_local_data(sharding, array, tuple(shape))

    def put_parameters(self, tree: Any, *, alias: bool = False) -> Any:
        """Place what every step reads whole; without ``alias`` even what lies there already is copied."""
        if self.mesh is None:
            return jax.device_put(tree, self.parameters, may_alias=alias)

        def put(leaf: Any) -> Any:
            return jax.make_array_from_process_local_data(self.parameters, np.asarray(leaf), np.shape(leaf))

        return jax.tree.map(put, tree)

    def put_result(self, tree: Any) -> Any:
        """Place what is trained where this process uses it: on one device of its own."""
        if self.mesh is None:
            return jax.device_put(tree, self.parameters, may_alias=True)
        own = self.mesh.devices.flat[max(self.shards.first, self.columns.first)]
        return jax.device_put(tree, SingleDeviceSharding(own), may_alias=True)

    def rows_room(self) -> int | None:
        """Say how many bytes of rows the devices have room for; None where they do not tell, as CPUs."""
        room = None if self.platform == "cpu" else room_on(self.rows.addressable_devices)
        return None if room is None else room * max(self.shards.count, self.columns.count)

    def compiler_options(self, n_products: int) -> tuple[tuple[str, Any], ...]:
        """Return what XLA should know to compile an epoch with so many multiplications a row."""
        if self.platform == "cpu" and n_products < SMALL_NETWORK:
            return (("xla_cpu_multi_thread_eigen", False),)
        return ()


def choose_placement(device: str | None = None) -> Placement:
    """Find the device that a fit runs on, or the devices.

    Parameters
    ----------
    device : str or None
        ``None`` for JAX's default, and in a cluster all devices of all processes; ``"all"`` for all devices
        of a machine; a platform such as ``"cpu"`` or ``"gpu"``; or one of its devices, such as ``"gpu:1"``.
        Processes of a cluster use such a device each.

    Returns
    -------
    Placement

    Raises
    ------
    ParameterError
        Where there is no such device.
    """
    team = current_team()
    if device == "all" or (device is None and team.n_processes > 1):
        return _placement_on(jax.devices() if team.n_processes > 1 else jax.local_devices())
    if device is None:
        chosen = jax.config.jax_default_device or jax.local_devices()[0]  # type: ignore[attr-defined]
        if isinstance(chosen, str):
            chosen = jax.local_devices(backend=chosen)[0]
        return _placement_on([chosen])
    platform, _, number = device.partition(":")
    try:
        everywhere = jax.devices(platform) if platform else []
        # Of this process or, in a cluster, the same one of each.
        members = range(team.n_processes) if team.n_processes > 1 else [jax.process_index()]
        by_process = [
            dict(enumerate(each for each in everywhere if each.process_index == member)) for member in members
        ]
        return _placement_on([own[int(number) if number else 0] for own in by_process])
    except (RuntimeError, KeyError, ValueError):
        present = ", ".join(f"{d.platform}:{i}" for i, d in enumerate(jax.local_devices()))
        raise ParameterError(
            f"{setting('device', device)} is not present on this machine; JAX sees {present} (and "
            f"always 'cpu'). Use one of these, or {either('None', 'leave it out')} for JAX's default."
        ) from None


def own_placement(device: str | None) -> Placement:
    """Find the device on which this process alone passes rows; parameters as `choose_placement`."""
    with alone():
        return choose_placement(None if device == "all" else device)


def fit_placement(
    device: str | None, network: Any, objective: Any, batch_size: int, n_bytes: int
) -> Placement:
    """Find the devices that a fit runs on, where it is known what is trained.

    Several devices have some rows of each batch, and exchange gradients; of a network that is wide at its
    ends they have some features of each row, and exchange what the first layer sums up and the last one
    leaves. Where a step takes less time than that and the table is small, each process of a cluster does all
    of it by itself, unless ``"all"`` devices are asked for.

    Parameters
    ----------
    device
        As of `choose_placement`.
    network : Network
        What is trained.
    objective : Objective
        What is minimized.
    batch_size : int
        Rows of a step.
    n_bytes : int
        Of the table, as it is trained on.

    Returns
    -------
    Placement
    """
    placement = choose_placement(device)
    if placement.mesh is None:
        return placement
    if wide_ends(network, objective) is not None:
        return _by_features(placement)
    n_products = getattr(network, "n_products", _MANY)
    is_small = n_products * batch_size < _LEAST_SPREAD and n_bytes <= _RESIDENT_BYTES
    return own_placement(None) if device is None and is_small else placement


def _placement_on(devices: Sequence[Any]) -> Placement:
    if len(devices) == 1:
        sharding = SingleDeviceSharding(devices[0])
        return Placement(sharding, sharding, devices[0].platform)
    devices = sorted(devices, key=lambda each: (each.process_index, each.id))
    here = [number for number, each in enumerate(devices) if each.process_index == jax.process_index()]
    mesh, among = Mesh(np.array(devices), (_ROWS,)), Shards(len(devices), here[0], len(here))
    rows, whole = (NamedSharding(mesh, spec) for spec in (PartitionSpec(_ROWS), PartitionSpec()))
    return Placement(rows, whole, devices[0].platform, mesh, among)


def _by_features(placement: Placement) -> Placement:
    """Return a placement on the same devices in which each has some of the features, of all rows."""
    assert placement.mesh is not None
    mesh = Mesh(placement.mesh.devices, (_FEATURES,))
    rows, whole = (NamedSharding(mesh, spec) for spec in (PartitionSpec(None, _FEATURES), PartitionSpec()))
    return Placement(rows, whole, placement.platform, mesh, ONE_SHARD, placement.shards)


def place_rows(
    table: Table,
    chosen: Int[np.ndarray, " chosen"],
    sample_weight: Float[np.ndarray, " rows"] | None,
    batch_size: int,
    placement: Placement,
) -> PlacedRows:
    """Make a source of chosen rows: on the device where that is cheap, streamed to it where not.

    A fit to a table in memory takes no more memory than the user's array once again, one to a table on disk
    what ``buffer_bytes`` allows; where it may be held whole, an accelerator that has room for it holds it.

    Parameters
    ----------
    table : Table
        Where the rows are.
    chosen : int array
        Which.
    sample_weight : array of shape (rows,) or None
        A weight for every row of the table.
    batch_size : int
        Rows of a batch.
    placement : Placement
        Where they go.

    Returns
    -------
    PlacedRows
    """
    n_rows, width, place, shards = table.n_rows, table.n_columns, placement.put_rows, placement.shards
    n_bytes = 4 * n_rows * table.n_all
    plan = None
    if table.held_bytes is None:
        plan = planned_buffers(table.buffer_bytes, n_rows, 4 * table.n_all, batch_size)
    # An epoch of small batches puts all rows in order beforehand.
    copies = 2 if shards.count == 1 and 4 * batch_size * width < SMALL_BATCH_BYTES else 1
    fits = _fits(copies * n_bytes, placement)
    is_read_once = plan is not None and plan.n_pools == 1
    if is_resident(n_bytes, table.held_bytes, placement.platform, fits, is_read_once):
        # Small tables get rows of zeros at the end, so that nearly equal ones share a compiled program.
        small = n_bytes <= _SHARED_SHAPE_BYTES
        if shards.count > 1:
            deal = shards.dealt(shards.by_block(dealt_rows(table))(np.arange(n_rows)))
            most = int(deal.place.max()) + 1
            rows = aligned_rows(shards.n_own * (bucket(most) if small else most), width)
            rows[:] = 0.0
            for own, slot in zip(deal.own, slots_of(rows, shards), strict=True):
                table.gather(own, slot[: len(own)])
            return RowsOnDevice(place(rows), chosen, sample_weight, deal)
        rows = aligned_rows(bucket(n_rows) if small else n_rows, width)
        read_whole(table, rows[:n_rows])
        rows[n_rows:] = 0.0
        return RowsOnDevice(place(rows), chosen, sample_weight)
    # No more than there is to visit, in whole batches.
    most = max(-(-len(chosen) // batch_size) * batch_size, 1)
    if plan is None:
        chunk_rows = min(chunk_rows_of(4 * table.n_all, n_rows, batch_size), most)
        owners = shards.by_batch(batch_size)
        return RowsStreamed(
            table.gather, width, chunk_rows, place, chosen, sample_weight, shards=shards, owners=owners
        )
    if plan.n_pools == 1:  # it is read once
        take, owners = held_rows(table, shards)
        return RowsStreamed(
            take, width, plan.chunk_rows, place, chosen, sample_weight, shards=shards, owners=owners
        )
    pool_rows, chunk_rows = min(plan.pool_rows, most), min(plan.chunk_rows, most)
    block_rows = table.block_rows
    if not chunk_rows:
        return RowsStreamed(table.gather, width, pool_rows, place, chosen, sample_weight, block_rows, shards)
    return RowsPooled(
        table.gather, width, pool_rows, chunk_rows, place, chosen, sample_weight, block_rows, shards
    )


def is_resident(
    n_bytes: int,
    held_bytes: int | None,
    platform: str,
    fits: bool | None = None,
    is_read_once: bool = False,
) -> bool:
    """Say whether a whole table goes to the device: another one's memory, or at half the price at most.

    Parameters
    ----------
    n_bytes : int
        What its rows take there.
    held_bytes : int or None
        What they take in memory, and may take once again; None for a table on disk.
    platform : str
        Of the device.
    fits : bool or None
        Whether there is room for them; None where the device does not tell.
    is_read_once : bool
        Whether a table on disk may be held in memory whole.

    Returns
    -------
    bool
    """
    if platform == "cpu":
        return n_bytes <= _RESIDENT_BYTES or (held_bytes is not None and 2 * n_bytes <= held_bytes)
    if fits is None:
        return n_bytes <= _RESIDENT_BYTES or held_bytes is not None
    return fits and (n_bytes <= _RESIDENT_BYTES or held_bytes is not None or is_read_once)


def _fits(n_bytes: int, placement: Placement) -> bool | None:
    """Say whether so many bytes of rows fit into the devices, the same in all processes of a cluster."""
    room, team = placement.rows_room(), current_team()
    fits = None if room is None else n_bytes <= room
    if team.n_processes == 1 or placement.platform == "cpu" or placement.mesh is None:
        return fits
    answers = team.gathered({"fits": np.array(-1 if fits is None else int(fits))})
    least = min(int(each["fits"]) for each in answers)
    return None if least < 0 else bool(least)


@dataclass(frozen=True)
class Buffers:
    """Where rows of a table on disk wait.

    Parameters
    ----------
    pool_rows : int
        Rows that are in memory together, and shuffled together.
    n_pools : int
        1 where that is the whole table, which is then read once; 2 where they take turns.
    chunk_rows : int
        Rows of a pool that go to the device together; 0 where a pool goes as it is.
    row_bytes : int
        Of a row.
    """

    pool_rows: int
    n_pools: int
    chunk_rows: int
    row_bytes: int

    @property
    def nbytes(self) -> int:
        """Bytes that they take."""
        return (self.n_pools * self.pool_rows + _CHUNKS * self.chunk_rows) * self.row_bytes


def chunk_rows_of(row_bytes: int, n_rows: int, batch_size: int, chunk_bytes: int = _CHUNK_BYTES) -> int:
    """Say how many rows go to the device together: whole batches, but no more than there is.

    Parameters
    ----------
    row_bytes : int
        Of a row.
    n_rows, batch_size : int
        Of the table, and of a batch.
    chunk_bytes : int, default 16 MiB
        About how much.

    Returns
    -------
    int
        All rows, or a multiple of the batch size.

    Examples
    --------
    >>> chunk_rows_of(2**14, 10_000, 100), chunk_rows_of(2**14, 500, 100)
    (1000, 500)
    """
    room = chunk_bytes // row_bytes
    return n_rows if room >= n_rows else min(max(room // batch_size, 1) * batch_size, n_rows)


def planned_buffers(room: int, n_rows: int, row_bytes: int, batch_size: int) -> Buffers:
    """Make the most of some memory: the whole table if it fits, else two pools that are as large as can be.

    Parameters
    ----------
    room : int
        Bytes there are; more is taken only where a batch would not fit.
    n_rows, row_bytes, batch_size : int
        Of the table, of a row, and of a batch.

    Returns
    -------
    Buffers

    Examples
    --------
    >>> planned_buffers(2**30, 1_000_000, 400, 64)
    Buffers(pool_rows=1000000, n_pools=1, chunk_rows=41920, row_bytes=400)
    >>> planned_buffers(2**29, 2_000, 2**21, 64)
    Buffers(pool_rows=128, n_pools=2, chunk_rows=0, row_bytes=2097152)
    """
    chunk_rows = chunk_rows_of(row_bytes, n_rows, batch_size, min(_CHUNK_BYTES, room // _FEW_BATCHES))
    whole = Buffers(n_rows, 1, chunk_rows, row_bytes)
    if whole.nbytes <= room:
        return whole
    if chunk_rows < _FEW_BATCHES * batch_size:
        chunk_rows = 0
    left = room // row_bytes - _CHUNKS * chunk_rows
    return Buffers(min(max(left // 2 // batch_size, 1) * batch_size, n_rows), 2, chunk_rows, row_bytes)
