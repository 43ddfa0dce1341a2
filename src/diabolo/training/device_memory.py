"""Memory of accelerators: what they have room for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

__all__ = ["room_on"]

# What a step takes beside what lies there already, of all that the device has: its batch, its activations and
# the compiler's workspace.
_SHARE_OF_STEP = 1 / 8


def room_on(devices: Iterable[Any]) -> int | None:
    """Say how many bytes fit into the fullest of some devices, beside what they hold and what a step takes.

    A step takes gradients, which are as large as the parameters at the most, and these lie there already.

    Parameters
    ----------
    devices : iterable of jax.Device
        Of this process.

    Returns
    -------
    int or None
        None where one of them does not tell how much memory it has.
    """
    rooms = []
    for device in devices:
        found = device.memory_stats() or {}
        if "bytes_limit" not in found:
            return None
        limit, taken = int(found["bytes_limit"]), int(found.get("bytes_in_use", 0))
        rooms.append(limit - taken - max(taken, int(limit * _SHARE_OF_STEP)))
    return max(min(rooms, default=0), 0)
