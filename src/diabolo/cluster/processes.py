"""A team of several processes, which JAX connects: they exchange arrays over what it computes with."""

from __future__ import annotations

import contextlib
import functools
import json
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from diabolo.cluster.arrays import aligned_array, packed, unpacked
from diabolo.cluster.loss import lost_process
from diabolo.cluster.team import Team
from diabolo.errors import ClusterError, DiaboloError

if TYPE_CHECKING:
    from jaxtyping import UInt8

__all__ = ["Processes"]

_Value = TypeVar("_Value")
# Messages are padded to so many sizes a doubling, so that a few compiled programs carry all.
_SIZES_A_DOUBLING = 4
_OF_DEVICES = re.compile(
    "(ABORTED|CANCELLED|DEADLINE_EXCEEDED|FAILED_PRECONDITION|INTERNAL|UNAVAILABLE|UNKNOWN): "
)
# What each process sends of a large array at a time.
_BAND_BYTES = 2**23


class Processes(Team):
    """The processes that JAX has connected, as one team.

    Attributes
    ----------
    n_processes, index : int
        How many there are, and which of them this is, from 0.
    """

    def __init__(self) -> None:
        self.n_processes, self.index = jax.process_count(), jax.process_index()
        first: dict[int, Any] = {}
        for device in jax.devices():
            first.setdefault(device.process_index, device)
        devices = np.array([first[number] for number in range(self.n_processes)])
        mesh = Mesh(devices, ("processes",))
        self._apart = NamedSharding(mesh, PartitionSpec("processes"))
        self._whole = NamedSharding(mesh, PartitionSpec())

    def gathered(self, arrays: dict[str, np.ndarray]) -> list[dict[str, np.ndarray]]:
        """Return what every process gives, in their order."""
        data = packed(arrays)
        sizes = self._gathered(np.array([len(data)], np.uint64).view(np.uint8)).view(np.uint64).ravel()
        buffer = np.zeros(_padded(int(sizes.max())), np.uint8)
        buffer[: len(data)] = data
        everything = self._gathered(buffer)
        return [unpacked(row[: int(size)]) for row, size in zip(everything, sizes, strict=True)]

    def summed(self, array: np.ndarray) -> np.ndarray:
        """Return the sum of what all processes give, the same in each."""
        array = np.asarray(array)
        with self.held_together(), jax.enable_x64(True):
            whole = jax.make_array_from_process_local_data(
                self._apart, array[None], (self.n_processes, *array.shape)
            )
            return np.asarray(_summed(self._whole)(whole).addressable_data(0))

    def joined(self, array: np.ndarray, axis: int = 0, *, by_first: bool = False) -> np.ndarray:
        """Return what all processes give, one behind the other along an axis; a band of them at a time."""
        own = np.moveaxis(array, axis, 0)
        counts = [int(arrays["count"]) for arrays in self.gathered({"count": np.array(len(own))})]
        starts = np.cumsum([0, *counts])
        shape = list(array.shape)
        shape[axis] = int(starts[-1])
        if by_first and not self.is_first:
            out = np.broadcast_to(np.zeros((), array.dtype), shape)
        else:
            out = aligned_array(tuple(shape), array.dtype)
        whole, row_bytes = np.moveaxis(out, axis, 0), max(own[:1].nbytes, array.itemsize)
        step = min(max(_BAND_BYTES // row_bytes, 1), max(counts))
        band = np.zeros((step, *own.shape[1:]), array.dtype)
        for start in range(0, max(counts), step):
            some = own[start : start + step]
            band[: len(some)] = some
            bands = self._gathered(band.view(np.uint8).reshape(-1)).view(array.dtype)
            for count, first, part in zip(counts, starts, bands if out.flags.writeable else (), strict=False):
                n_there = min(max(count - start, 0), step)
                whole[first + start : first + start + n_there] = part.reshape(band.shape)[:n_there]
        return out

    def decided(self, decide: Callable[[], _Value]) -> _Value:
        """Return what the first process decides, in what JSON knows."""
        text = self.computed(lambda: {"": np.array(json.dumps(decide()))})[""]
        value: _Value = json.loads(str(text))
        return value

    def computed(self, compute: Callable[[], dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
        """Return the arrays that the first process computes; the others wait for them.

        Raises
        ------
        Exception
            In the first process, what ended the computation; in the others a ClusterError that says the same.
        """
        failure: Exception | None = None
        data = np.zeros(0, np.uint8)
        said = ""
        if self.is_first:
            try:
                data = packed(compute())
            except Exception as problem:
                failure = problem
                said = problem.message.marked if isinstance(problem, DiaboloError) else repr(problem)
                data = packed({"": np.array(said)})
        head = np.array([len(data), failure is not None], np.uint64)
        size, has_failed = self._from_first(head.view(np.uint32)).view(np.uint64)
        buffer = np.zeros(_padded(int(size)), np.uint8)
        buffer[: len(data)] = data
        found = unpacked(self._from_first(buffer.view(np.uint32)).view(np.uint8)[: int(size)])
        if failure is not None:
            raise failure
        if has_failed:
            raise ClusterError(f"process 0 could not go on: {found['']}")
        return found

    @contextlib.contextmanager
    def held_together(self) -> Iterator[None]:
        """Say in a sentence where another process was lost meanwhile."""
        try:
            yield
        except (jax.errors.JaxRuntimeError, ValueError) as problem:
            # What comes to light as an array is read is a ValueError with the words of the other.
            if not _OF_DEVICES.match(str(problem)):
                raise
            raise lost_process(str(problem)) from problem

    def _from_first(self, numbers: np.ndarray) -> np.ndarray:
        """Send whole numbers from the first process: the others add nothing to them."""
        return self.summed(numbers if self.is_first else np.zeros_like(numbers))

    def _gathered(self, row: UInt8[np.ndarray, " bytes"]) -> UInt8[np.ndarray, "processes bytes"]:
        with self.held_together():
            whole = jax.make_array_from_process_local_data(
                self._apart, row[None], (self.n_processes, len(row))
            )
            return np.asarray(_as_it_is(self._whole)(whole).addressable_data(0))


@functools.cache
def _summed(sharding: NamedSharding) -> Any:
    return jax.jit(lambda rows: jnp.sum(rows, axis=0, dtype=rows.dtype), out_shardings=sharding)


@functools.cache
def _as_it_is(sharding: NamedSharding) -> Any:
    return jax.jit(lambda rows: rows, out_shardings=sharding)


def _padded(size: int) -> int:
    """Round a number of bytes up, to whole words of eight.

    Examples
    --------
    >>> _padded(1), _padded(1000), _padded(1025)
    (64, 1024, 1280)
    """
    least = max(size, 64)
    quarter = max((1 << (least - 1).bit_length()) // (2 * _SIZES_A_DOUBLING), 8)
    return -(-least // quarter) * quarter
