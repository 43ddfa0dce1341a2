"""A server as gunicorn or celery make one: a parent that has models, workers forked from it that answer.

    python prefork.py FOLDER fitted|loaded|pickled N_WORKERS N_REQUESTS [SECONDS]

``fitted`` fits every kind of model, and leaves files and pickles in the folder; the others read these.
Workers answer requests of one row, and one of many, and end as any process does. Shown is, as JSON: how each
worker ended and how long all took, whether JAX runs in the parent before it forks and how many threads
loading started, for each kind how far answers were from the parent's own, and what other tries came to.
"""

import json
import os
import pickle
import signal
import sys
import time
from pathlib import Path

import numpy as np

import diabolo
from diabolo import Autoencoder, AutoencoderDetector, ConvolutionalAutoencoder
from diabolo.errors import ForkedProcessError
from diabolo.training import forked

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(80, 8))
IMAGES = X.reshape(80, 4, 2)
TABLE = np.column_stack([X.astype(object), RANDOM.choice(["u", "v", "w"], 80)])
MANY = 40


class Affine:
    """A part of one's own: what it holds, JAX sees."""

    def __init__(self, weight, bias):
        self.weight, self.bias = weight, bias

    def __call__(self, row):
        import jax

        return jax.nn.silu(row @ self.weight + self.bias)


def own_part(key, shape):
    import jax

    return Affine(0.3 * jax.random.normal(key, shape), jax.numpy.zeros(shape[1]))


def small(kind, *args, **more):
    return getattr(diabolo, kind)(*args, max_epochs=2, random_state=0, **more)


KINDS = {
    "linear start": lambda: small("Autoencoder", 2).fit(X),
    "dense": lambda: small("Autoencoder", 2, hidden_layer_sizes=(6,), activation="gelu").fit(X),
    "tied": lambda: small("Autoencoder", 2, hidden_layer_sizes=(6,), tied_weights=True).fit(X),
    "denoising": lambda: small("DenoisingAutoencoder", 2, noise=0.1).fit(X),
    "sparse": lambda: small("SparseAutoencoder", 12).fit(X),
    "variational": lambda: small("VariationalAutoencoder", 2).fit(X),
    "convolutional": lambda: ConvolutionalAutoencoder(max_epochs=1, random_state=0).fit(IMAGES),
    "guided": lambda: small("Autoencoder", 2, supervision_weight=1.0).fit(X, X[:, 0] > 0),
    "categories": lambda: small("Autoencoder", 2, categories=[8]).fit(TABLE),
    "linear detector": lambda: AutoencoderDetector(random_state=0).fit(X),
    "deep detector": lambda: AutoencoderDetector(
        Autoencoder(2, max_epochs=2), n_members=2, random_state=0
    ).fit(X),
    "own network": lambda: small("Autoencoder", 2, encoder=own_part, decoder=own_part).fit(X),
}
ROWS = {"convolutional": IMAGES, "categories": TABLE}
METHODS = (
    "transform",
    "reconstruct",
    "reconstruction_error",
    "score",
    "anomaly_score",
    "score_samples",
    "predict",
)


def answers(kind, model, number):
    """Answer a request: of one row, and the first of many."""
    rows = ROWS.get(kind, X)
    rows = rows[:MANY] if number == 0 else rows[number % len(rows) :][:1]
    found = [np.asarray(getattr(model, name)(rows)) for name in METHODS if hasattr(model, name)]
    if hasattr(model, "n_components_"):
        found.append(np.asarray(model.inverse_transform(model.transform(rows))))
    return found


def said(function):
    """What a function that may not work here says, and how many seconds that takes."""
    start = time.monotonic()
    try:
        function()
    except ForkedProcessError as problem:
        return str(problem), time.monotonic() - start
    return "it works", time.monotonic() - start


def work(models, n_requests, path):
    """Answer all requests, and write answers down."""
    found = {kind: [answers(kind, model, n) for n in range(n_requests)] for kind, model in models.items()}
    tries = {
        "fit": lambda: Autoencoder(2, max_epochs=1).fit(X),
        "partial_fit": lambda: models["dense"].partial_fit(X),
        "network": lambda: models["dense"].network_.encode(X[0]),
        "importances": lambda: models["guided"].feature_importances_,
        "add_noise": lambda: diabolo.add_noise(X, random_state=0),
        "solved": lambda: AutoencoderDetector(random_state=0).fit(X),
        "load": lambda: diabolo.load(path.parent / "convolutional.diabolo").transform(IMAGES),
        "load own": lambda: diabolo.load(
            path.parent / "own network.diabolo", encoder=own_part, decoder=own_part
        ),
        "save": lambda: diabolo.save(models["tied"], path.with_suffix(".diabolo")),
    }
    with path.open("wb") as handle:
        pickle.dump((found, {name: said(function) for name, function in tries.items()}), handle)


def apart(found, expected):
    """Say how far answers are from those expected, over the largest of each; inf where they are others."""
    most = 0.0
    for one, other in zip(found, expected, strict=True):
        for a, b in zip(one, other, strict=True):
            if a.shape != b.shape:
                return np.inf
            if a.dtype == object:  # numbers, and text behind them
                most = most if (a[:, 8:] == b[:, 8:]).all() else np.inf
                a, b = a[:, :8].astype(float), b[:, :8].astype(float)
            if a.dtype.kind == "f":
                most = max(most, float(np.abs(a - b).max() / max(np.abs(b).max(), 1e-30)))
            elif (a != b).any():
                return np.inf
    return most


def n_threads():
    return len(list(Path("/proc/self/task").iterdir())) if Path("/proc/self/task").exists() else 0


def models_of(folder, how):
    if how == "fitted":
        models = {kind: make() for kind, make in KINDS.items()}
        for kind, model in models.items():
            diabolo.save(model, folder / f"{kind}.diabolo")
        with (folder / "models.pickle").open("wb") as handle:
            pickle.dump({kind: model for kind, model in models.items() if kind != "own network"}, handle)
        return models
    if how == "pickled":
        with (folder / "models.pickle").open("rb") as handle:
            return pickle.load(handle)
    # A network of one's own is made by one's own code, which starts JAX.
    return {kind: diabolo.load(folder / f"{kind}.diabolo") for kind in KINDS if kind != "own network"}


def main(folder, how, n_workers, n_requests, seconds=120):
    import jax

    jax.tree_util.register_pytree_node(Affine, lambda a: ((a.weight, a.bias), None), lambda _, c: Affine(*c))
    folder = Path(folder)
    before = n_threads()
    models = models_of(folder, how)
    report = {"threads": n_threads() - before, "runs": bool(forked._running())}
    deadline, workers = time.monotonic() + float(seconds), {}
    for number in range(int(n_workers)):
        pid = os.fork()
        if not pid:
            work(models, int(n_requests), folder / f"{how}-{number}.pickle")
            sys.exit(0)
        workers[pid] = number
    start, ended = time.monotonic(), {}
    while len(ended) < len(workers):
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid:
            ended[workers[pid]] = os.waitstatus_to_exitcode(status)
        elif time.monotonic() > deadline:
            for pid in workers:
                if workers[pid] not in ended:
                    os.kill(pid, signal.SIGKILL)
                    os.waitpid(pid, 0)
                    ended[workers[pid]] = "hung"
        else:
            time.sleep(0.01)
    report |= {"ended": list(ended.values()), "seconds": round(time.monotonic() - start, 2), "apart": {}}
    for number in range(int(n_workers)):
        path = folder / f"{how}-{number}.pickle"
        if not path.exists():
            continue
        with path.open("rb") as handle:
            found, report["said"] = pickle.load(handle)
        for kind, model in models.items():
            expected = [answers(kind, model, n) for n in range(int(n_requests))]
            report["apart"][kind] = max(report["apart"].get(kind, 0.0), apart(found[kind], expected))
    print(json.dumps(report))


if __name__ == "__main__":
    main(*sys.argv[1:])
