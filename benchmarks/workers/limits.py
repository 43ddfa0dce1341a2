"""Measure what two threads of this machine can do at most: bytes moved and products computed a second."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.threads import THREADS

REPEATS = 7


def best(call: Callable[[], Any]) -> float:
    """Return the fewest seconds of some calls, after one that is not counted."""
    call()
    seconds = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - started)
    return min(seconds)


def bandwidth(n_bytes: int) -> dict[str, float]:
    """Copy an array, and rewrite one in its place, a part by each thread; what is read and written counts."""
    source, target = (np.ones((THREADS, n_bytes // 4 // THREADS), np.float32) for _ in range(2))

    def together(work: Callable[[int], Any]) -> None:
        list(pool.map(work, range(THREADS)))

    with ThreadPoolExecutor(THREADS) as pool:
        copied = best(lambda: together(lambda i: np.copyto(target[i], source[i])))
        rewritten = best(lambda: together(lambda i: np.negative(target[i], out=target[i])))
    return {"copy": 2 * source.nbytes / copied, "in place": 2 * source.nbytes / rewritten}


def products(size: int) -> dict[str, float]:
    """Multiply square matrices, by numpy and by JAX; operations a second."""
    a = np.random.default_rng(0).random((size, size), np.float32)
    ours, multiply = jnp.asarray(a), jax.jit(jnp.matmul)
    return {
        "numpy": 2 * size**3 / best(lambda: a @ a),
        "jax": 2 * size**3 / best(lambda: multiply(ours, ours).block_until_ready()),
    }


if __name__ == "__main__":
    asked = json.loads(sys.argv[1])
    found = {"bytes": bandwidth(asked["bytes"]), "operations": products(asked["size"])}
    print(json.dumps(found))
