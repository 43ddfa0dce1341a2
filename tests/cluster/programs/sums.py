"""Compile an epoch over several devices; write down what each step sums over them, multiplies and holds."""

import json
import re
import sys
from pathlib import Path

import numpy as np

import diabolo
from diabolo.core import wide_network
from diabolo.training import engine

FITS = {
    "rows": ((64, 200), {"n_components": 4, "hidden_layer_sizes": (512, 16), "batch_size": 32}),
    "features": ((64, 16_500), {"n_components": 4, "hidden_layer_sizes": (128,), "batch_size": 32}),
}
EXCHANGE = re.compile(
    r"= (.*?) (all-reduce|all-gather|all-to-all|reduce-scatter|collective-permute)(?:-start)?\("
)


def exchanged(text):
    """Find what a compiled program exchanges: of each such operation its name and the sizes of its arrays."""
    found = []
    for shapes, name in EXCHANGE.findall(text):
        sizes = [
            int(np.prod([int(size) for size in each.split(",") if size]))
            for each in re.findall(r"f32\[([\d,]*)\]", shapes)
        ]
        found.append([name, sizes])
    return found


def main(address, n_processes, index, out):
    """Train one epoch each, and write what its program does."""
    if int(n_processes) > 1:
        diabolo.initialize_cluster(address, int(n_processes), int(index))
    # In one block, as operations within a loop are counted once.
    wide_network._BLOCK_CELLS = 2**30
    usual_epoch, found = engine.compiled_epoch, {}

    def watched(options):
        run = usual_epoch(options)

        def noted(*arguments):
            lowered = run.lower(*arguments)
            compiled = lowered.compile()
            memory = compiled.memory_analysis()
            found[name] = {
                "sums": exchanged(compiled.as_text()),
                "operations": lowered.cost_analysis()["flops"],
                "given": memory.argument_size_in_bytes,
                "beside": memory.temp_size_in_bytes,
            }
            return run(*arguments)

        return noted

    engine.compiled_epoch = watched
    for name, (shape, settings) in FITS.items():  # noqa: B007, read by `noted`
        rows = np.random.default_rng(0).random(shape, dtype=np.float32)
        usual = {"max_epochs": 1, "initializer": "glorot_uniform", "random_state": 0, "device": "all"}
        diabolo.Autoencoder(**usual, **settings).fit(rows)
    if index == "0":
        Path(out).write_text(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
