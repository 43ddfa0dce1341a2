"""Fit one network to files and to the same rows in memory, turn by turn, and print the seconds of epochs."""

from __future__ import annotations

import json
import sys
from typing import Any

import h5py

import diabolo
from diabolo import Autoencoder


def main(asked: dict[str, Any]) -> dict[str, Any]:
    with h5py.File(next(iter(asked["files"].values()))) as file:
        X = file["data"][:]
    network = Autoencoder(
        asked["n_components"],
        hidden_layer_sizes=tuple(asked["hidden_layer_sizes"]),
        output_activation="sigmoid",
        initializer="glorot_uniform",
        batch_size=asked["batch_size"],
        max_epochs=asked["epochs"],
    )
    tables = {"memory": X, **{name: diabolo.open(path) for name, path in asked["files"].items()}}
    rounds = []
    for seed in range(asked["rounds"]):
        histories = {
            name: network.set_params(random_state=seed).fit(table).history_ for name, table in tables.items()
        }
        rounds.append(
            {name: {key: own[key] for key in ("seconds", "loss")} for name, own in histories.items()}
        )
    return {"rounds": rounds}


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))
