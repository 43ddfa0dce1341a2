"""What a step of training takes of memory, asked of the compiler."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np

from diabolo.core.objectives import Objective
from diabolo.training.plan import evaluation_batch_size, widest

__all__ = ["step_bytes"]


def step_bytes(network: Any, objective: Objective, n_features: int, n_rows: int, n_components: int) -> int:
    """Compile the gradient of a batch, and say what it needs beside what it is handed.

    Parameters
    ----------
    network : Network
        With arrays, or with shapes in their place.
    objective : Objective
        What is minimized; what its numbers are does not matter.
    n_features, n_rows : int
        Of a batch.
    n_components : int
        Width of the code.

    Returns
    -------
    int
        Bytes; 0 where the compiler does not say. As many as the larger batches need in which rows are
        measured, at a step's price a row.
    """

    def of_size(*shape: int) -> Any:
        return jax.ShapeDtypeStruct(shape, np.float32)

    shapes = jax.tree.map(lambda leaf: jax.ShapeDtypeStruct(leaf.shape, leaf.dtype), network)
    memory = objective.initial_memory(n_components)
    key = jax.ShapeDtypeStruct((2,), np.uint32)
    step = jax.jit(jax.value_and_grad(objective.training_terms, has_aux=True))
    lowered = step.lower(shapes, of_size(n_rows, n_features), of_size(n_rows), key, memory, 1.0)
    found = lowered.compile().memory_analysis()
    taken = 0 if found is None else int(found.temp_size_in_bytes + found.output_size_in_bytes)
    return taken * max(evaluation_batch_size(widest(network)), n_rows) // n_rows
