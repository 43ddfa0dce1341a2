"""Time the cross-entropy and its gradient, whole and term by term. ``python -m benchmarks.cross_entropy``."""

from __future__ import annotations

import time
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from diabolo.core.losses import cell_losses

SHAPE = (256, 784)
STEPS, ROUNDS = 50, 7


def _as_it_is(logit: Any, target: Any) -> Any:
    return jnp.sum(jnp.sum(cell_losses("binary_cross_entropy", logit, target, "sigmoid"), axis=1))


def _term_by_term(logit: Any, target: Any) -> Any:
    cells = jnp.maximum(logit, 0) - logit * target + jnp.log1p(jnp.exp(-jnp.abs(logit)))
    return jnp.sum(jnp.sum(cells, axis=1))


def _loop(loss: Any) -> Any:
    def step(_: Any, state: Any) -> Any:
        logit, target, total = state
        value, gradient = jax.value_and_grad(loss)(logit, target)
        return logit - 0.01 * gradient, target, total + value

    return jax.jit(lambda logit, target: lax.fori_loop(0, STEPS, step, (logit, target, 0.0)))


def main() -> None:
    random = np.random.default_rng(0)
    logit = jnp.asarray(random.normal(size=SHAPE), jnp.float32)
    target = jnp.asarray(random.random(SHAPE), jnp.float32)
    ways = {"as it is": _as_it_is, "term by term": _term_by_term}
    loops = {name: _loop(loss) for name, loss in ways.items()}
    times: dict[str, list[float]] = {name: [] for name in loops}
    for _ in range(ROUNDS + 1):
        for name, loop in loops.items():
            started = time.perf_counter()
            jax.block_until_ready(loop(logit, target))
            times[name].append((time.perf_counter() - started) / STEPS * 1e3)
    for name, taken in times.items():
        measured = np.array(taken[1:])
        print(f"{name:15} {np.median(measured):6.2f} ms ({measured.min():.2f} to {measured.max():.2f})")


if __name__ == "__main__":
    main()
