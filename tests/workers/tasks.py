"""Tasks for workers, in a module that they can import."""

import os
import time

import numpy as np


def squared(number):
    return number * number


def refuse_three(number):
    if number == 3:
        raise ValueError("three is not possible")
    return number


def later_first(number):
    time.sleep(0.3 if number == 0 else 0)
    return number


def cores_of_a_product(size):
    """Say how many cores a compiled product and one of NumPy take, by time of the process over time."""
    import jax

    product = jax.jit(lambda x: x @ x)
    rows = np.ones((size, size), np.float32)
    found = []
    for work in (lambda: product(rows).block_until_ready(), lambda: rows @ rows):
        work()
        start, used = time.perf_counter(), time.process_time()
        for _ in range(8):
            work()
        found.append((time.process_time() - used) / (time.perf_counter() - start))
    return found


def cores_of_rows_passed(path):
    """Say how many cores encoding takes, of rows in a file."""
    import diabolo

    random = np.random.default_rng(0)
    rows = random.normal(size=(20_000, 400)).astype(np.float32)
    np.save(path, rows)
    model = diabolo.Autoencoder(8, hidden_layer_sizes=(64,), max_epochs=1, random_state=0, verbose=0)
    model.fit(rows[:500])
    table = diabolo.open(path)
    model.transform(table)
    start, used = time.perf_counter(), time.process_time()
    for _ in range(6):
        model.transform(table)
    return (time.process_time() - used) / (time.perf_counter() - start)


def end_at_once(number):
    os._exit(1)
