"""Fit one detector of so many networks on the digits and print the seconds of its fit."""

from __future__ import annotations

import json
import sys
import time

import numpy as np
from sklearn.datasets import load_digits

from diabolo import Autoencoder, AutoencoderDetector

if __name__ == "__main__":
    asked = json.loads(sys.argv[1])
    X = load_digits().data.astype(np.float32) / 16
    network = Autoencoder(
        2,
        hidden_layer_sizes=(32,),
        activation="sigmoid",
        code_activation="sigmoid",
        output_activation="sigmoid",
        initializer="glorot_uniform",
        batch_size=8,
        max_epochs=asked["epochs"],
    )
    detector = AutoencoderDetector(network, n_members=asked["members"], random_state=asked["seed"])
    started = time.perf_counter()
    detector.fit(X)
    print(json.dumps({"seconds": time.perf_counter() - started}))
