"""Fit with checkpoints in a cluster; one process kills itself when some were written."""

import os
import signal
import sys
import threading
import time
from pathlib import Path

import numpy as np

import diabolo


def kill_when_kept(folder):
    """End this process, as the system does, once there are checkpoints of a network."""
    while len(list(Path(folder).glob("checkpoint.network.*"))) < 2:
        time.sleep(0.005)
    os.kill(os.getpid(), signal.SIGKILL)


def main(address, n_processes, index, folder, victim, device, out):
    """Fit, and write the history down."""
    if int(n_processes) > 1:
        diabolo.initialize_cluster(address, int(n_processes), int(index))
    if index == victim:
        threading.Thread(target=kill_when_kept, args=[folder], daemon=True).start()
    X = np.random.default_rng(0).normal(size=(500, 20)).astype(np.float32)
    settings = {"activation": "tanh", "max_epochs": 150, "random_state": 0, "device": "all"}
    settings["device"] = "all" if device == "all" else None
    model = diabolo.Autoencoder(4, hidden_layer_sizes=(16,), batch_size=100, **settings)
    model.fit(X, checkpoint=None if folder == "none" else diabolo.Checkpoint(folder, every="5-epochs"))
    np.savez(f"{out}-{index}.npz", loss=model.history_["loss"], codes=model.transform(X))


if __name__ == "__main__":
    main(*sys.argv[1:])
