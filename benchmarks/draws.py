"""Time random numbers in a compiled loop, ours beside JAX's. ``python -m benchmarks.draws``."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from diabolo.core.randomness import draw_normal, draw_uniform, fold_in

SHAPES = ((8, 64), (32, 784), (256, 784))
STEPS, ROUNDS = 100, 7


def _loop(draw: Callable[[Any], Any], next_key: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    @jax.jit
    def loop(key: Any, total: Any) -> Any:
        return lax.fori_loop(0, STEPS, lambda step, total: total + draw(next_key(key, step)), total)

    return loop


def _contestants(shape: tuple[int, int]) -> dict[str, Any]:
    ours, theirs = jnp.array([1, 2], jnp.uint32), jax.random.key(0)
    return {
        "normal, diabolo": (_loop(lambda key: draw_normal(key, shape), fold_in), ours),
        "normal, jax": (_loop(lambda key: jax.random.normal(key, shape), jax.random.fold_in), theirs),
        "uniform, diabolo": (_loop(lambda key: draw_uniform(key, shape), fold_in), ours),
        "uniform, jax": (_loop(lambda key: jax.random.uniform(key, shape), jax.random.fold_in), theirs),
    }


def main() -> None:
    for shape in SHAPES:
        contestants = _contestants(shape)
        times: dict[str, list[float]] = {name: [] for name in contestants}
        for _ in range(ROUNDS + 1):
            for name, (loop, key) in contestants.items():
                started = time.perf_counter()
                jax.block_until_ready(loop(key, jnp.zeros(shape)))
                times[name].append((time.perf_counter() - started) / STEPS * 1e6)
        for name, taken in times.items():
            measured = np.array(taken[1:])
            spread = f"{measured.min():.1f} to {measured.max():.1f}"
            print(f"{shape!s:12} {name:18} {np.median(measured):8.1f} us ({spread})")


if __name__ == "__main__":
    main()
