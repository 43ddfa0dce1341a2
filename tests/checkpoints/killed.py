"""Fit in processes that are killed at random moments; say whether the bits are those of a whole fit.

Run as ``python killed.py SCENARIO KILLS SEED FOLDER``. Each fit is a child forked before JAX has begun, so
that it begins at once.
"""

import json
import os
import random
import shutil
import signal
import sys
import time
import warnings
from pathlib import Path

import numpy as np

import diabolo
from diabolo.evaluation import latent_sweep

RANDOM = np.random.default_rng(0)
X = (RANDOM.normal(size=(300, 3)) @ RANDOM.normal(size=(3, 8)) + 0.3 * RANDOM.normal(size=(300, 8))).astype(
    "f4"
)
WIDE = RANDOM.normal(size=(40, 4)) @ RANDOM.normal(size=(4, 600)) + 0.3 * RANDOM.normal(size=(40, 600))
# As often as can be, so that moments within a write are hit, too.
EVERY = "0s"


def parts(fitted, rows):
    """All numbers of a model, and what it makes of rows."""
    import jax

    histories = [fitted.history_, *fitted.pretrain_history_]
    figures = [[(name, column) for name, column in each.items() if name != "seconds"] for each in histories]
    leaves = [np.asarray(leaf).tobytes().hex() for leaf in jax.tree.leaves(fitted.network_.network)]
    return [leaves, repr(figures), fitted.best_epoch_, fitted.transform(rows).tobytes().hex()]


def saved(fitted, folder):
    """Write a model, and read it again."""
    diabolo.save(fitted, folder / "model.diabolo")
    return diabolo.load(folder / "model.diabolo")


def dense(folder, checkpoint):
    return parts(saved(diabolo.Autoencoder(2, random_state=0).fit(X, checkpoint=checkpoint), folder), X)


def convolutional(folder, checkpoint):
    images = X.reshape(300, 4, 2)
    made = diabolo.ConvolutionalAutoencoder(filters=(4,), max_epochs=8, early_stopping=True, random_state=0)
    return parts(saved(made.fit(images, checkpoint=checkpoint), folder), images)


def detector(folder, checkpoint):
    made = diabolo.AutoencoderDetector("deep", n_members=4, cv=2, random_state=0)
    made = saved(made.fit(X, checkpoint=checkpoint), folder)
    numbers = [parts(member, X)[0] for member in made.members_ if hasattr(member, "network_")]
    return [numbers, made.training_scores_.tobytes().hex(), made.anomaly_score(X).tobytes().hex()]


def disk(folder, checkpoint):
    """Rows that are streamed, some at a time, so that an epoch has many chunks."""
    from diabolo.training import placement

    placement._RESIDENT_BYTES = 0
    placement._CHUNK_BYTES = 2**11
    made = diabolo.Autoencoder(
        2, initializer="glorot_uniform", noise=0.1, max_epochs=8, batch_size=8, random_state=0
    )
    with diabolo.open(_file(folder, "long", X)) as table:
        return parts(saved(made.fit(table, checkpoint=checkpoint), folder), X)


def wide(folder, checkpoint):
    """Few rows of many features: trained in the space that they span."""
    with diabolo.open(_file(folder, "wide", WIDE)) as table:
        made = diabolo.Autoencoder(3, random_state=0).fit(table, checkpoint=checkpoint)
        return parts(saved(made, folder), WIDE)


def sweep(folder, checkpoint):
    base = diabolo.Autoencoder(max_epochs=20)
    path = None if checkpoint is None else folder / "runs.jsonl"
    found = latent_sweep(X, X[:, 0], (1, 2), autoencoder=base, seeds=(0, 1), path=path, checkpoint=checkpoint)
    return [[value for name, value in run.items() if name != "seconds"] for run in found.runs]


def _file(folder, name, rows):
    import h5py

    path = folder / f"{name}.h5"
    if not path.exists():
        with h5py.File(folder / f"{name}.part", "w") as file:
            file["data"] = rows
        (folder / f"{name}.part").replace(path)
    return path


SCENARIOS = {each.__name__: each for each in (dense, convolutional, detector, disk, wide, sweep)}


def child(scenario, folder, kept_in, seconds=None):
    """Fit in a child, and kill it after some time; return what it found, or None where it was killed."""
    result = folder / "result.json"
    result.unlink(missing_ok=True)
    pid = os.fork()
    if not pid:
        status = 1
        try:
            checkpoint = None if kept_in is None else diabolo.Checkpoint(kept_in, every=EVERY)
            result.write_text(json.dumps(SCENARIOS[scenario](folder, checkpoint)))
            status = 0
        finally:
            os._exit(status)
    end = None if seconds is None else time.monotonic() + seconds
    while not (ended := os.waitpid(pid, os.WNOHANG))[0]:
        if end is not None and time.monotonic() >= end:
            os.kill(pid, signal.SIGKILL)
            ended = os.waitpid(pid, 0)
            break
        time.sleep(0.002)
    status = os.waitstatus_to_exitcode(ended[1])
    assert status in (0, -signal.SIGKILL), f"{scenario} ended with {status}"
    if status:
        model = folder / "model.diabolo"
        if model.exists():  # what stands under its name is whole
            diabolo.persistence.describe(model)
        return None
    return json.loads(result.read_text())


def main(scenario, n_kills, seed, folder):
    chance, kept_in = random.Random(seed), folder / "kept"
    child(scenario, folder, None)  # compiles
    started = time.monotonic()
    whole = child(scenario, folder, None)
    seconds = time.monotonic() - started
    n_killed, n_equal, n_fits = 0, 0, 0
    while n_killed < n_kills:
        n_fits += 1
        for name in ("kept", "runs.jsonl", "model.diabolo"):
            path = folder / name
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        for attempt in range(chance.randint(1, 3)):
            if n_killed == n_kills:
                break
            started = time.monotonic()
            if child(scenario, folder, kept_in, chance.uniform(0.1, 1.0) * seconds) is not None:
                if attempt == 0:  # the machine is quicker now than it was
                    seconds = min(seconds, time.monotonic() - started)
                break
            n_killed += 1
        n_equal += child(scenario, folder, kept_in) == whole
    print(json.dumps({"killed": n_killed, "fits": n_fits, "equal": n_equal}))


if __name__ == "__main__":
    import diabolo.persistence

    warnings.simplefilter("ignore")
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
