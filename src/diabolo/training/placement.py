"""Placement: which device holds the rows and the parameters, decided here and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from diabolo.errors import ParameterError
from diabolo.messages import setting

if TYPE_CHECKING:
    from jax.sharding import Sharding

__all__ = ["Placement", "choose_placement"]

# With fewer multiplications a row than this, a step's products are too small to be worth two threads.
SMALL_NETWORK = 65_536


@dataclass(frozen=True)
class Placement:
    """Where a fit's arrays live.

    Parameters
    ----------
    rows, parameters : jax.sharding.Sharding
        Of the table's rows, and of everything that each device needs whole.
    platform : str
        ``"cpu"``, ``"gpu"`` or ``"tpu"``.
    """

    rows: Sharding
    parameters: Sharding
    platform: str

    def put_rows(self, array: np.ndarray) -> Any:
        """Place a table; on the CPU an aligned float32 array is used where it lies."""
        return jax.device_put(array, self.rows, may_alias=True)

    def put_parameters(self, tree: Any, *, alias: bool = False) -> Any:
        """Place what every step reads whole; without ``alias`` even what lies there already is copied."""
        return jax.device_put(tree, self.parameters, may_alias=alias)

    def compiler_options(self, n_products: int) -> tuple[tuple[str, Any], ...]:
        """Return what XLA should know to compile an epoch with so many multiplications a row."""
        if self.platform == "cpu" and n_products < SMALL_NETWORK:
            return (("xla_cpu_multi_thread_eigen", False),)
        return ()


def choose_placement(device: str | None = None) -> Placement:
    """Find the device that a fit runs on.

    Parameters
    ----------
    device : str or None
        ``None`` for JAX's default; a platform such as ``"cpu"`` or ``"gpu"``; or one of its devices, such as
        ``"gpu:1"``.

    Returns
    -------
    Placement

    Raises
    ------
    ParameterError
        Where there is no such device.
    """
    if device is None:
        chosen = jax.config.jax_default_device or jax.devices()[0]  # type: ignore[attr-defined]
        if isinstance(chosen, str):
            chosen = jax.devices(chosen)[0]
    else:
        platform, _, number = device.partition(":")
        try:
            devices = dict(enumerate(jax.devices(platform))) if platform else {}
            chosen = devices[int(number) if number else 0]
        except (RuntimeError, KeyError, ValueError):
            present = ", ".join(f"{d.platform}:{d.id}" for d in jax.devices())
            raise ParameterError(
                f"{setting('device', device)} is not present on this machine; JAX sees {present} (and "
                "always 'cpu'). Use one of these, or None for JAX's default."
            ) from None
    sharding = jax.sharding.SingleDeviceSharding(chosen)
    return Placement(sharding, sharding, chosen.platform)
