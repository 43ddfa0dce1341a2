"""Write model files of every kind that a version of Diabolo knows, and the numbers that it gives.

Run with the version that is to be frozen on the path; README.md beside this file says with which it was:

    PYTHONPATH=TREE/src python tests/persistence/frozen/freeze.py tests/persistence/frozen/FOLDER
"""

import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

import diabolo

HERE = Path(__file__).parent
X = np.load(HERE / "rows.npy")
FRAME = pd.DataFrame(X[:, :4], columns=["heat", "flow", "load, left", "ü"])
NAMES = np.array(["red", "green", "blue"])[np.arange(len(X)) % 3]
GAPS = np.where(np.arange(X.size).reshape(X.shape) % 11 == 0, np.nan, X)
MIXED = FRAME.assign(color=NAMES, size=np.array(["s", "m"])[np.arange(len(X)) % 2])
WIDE = np.tile(X[:12], (1, 2))
IS_ODD = np.arange(len(X)) % 8 == 0
QUICK = {"max_epochs": 2, "batch_size": 8, "random_state": 0}
SMALL = {**QUICK, "hidden_layer_sizes": (6,)}
IMAGES = {**QUICK, "image_shape": (4, 4), "filters": (2, 3)}
N_ASKED = 4
ASKED = (
    *("transform", "reconstruct", "predict", "predict_proba", "reconstruction_error", "impute"),
    *("anomaly_score", "anomaly_pvalue", "decision_function", "feature_contributions"),
)


def own_network():
    """Return an encoder and a decoder of somebody's own: pytrees, and their code."""
    import jax

    @jax.tree_util.register_pytree_node_class
    class Line:
        def __init__(self, weight):
            self.weight = weight

        def __call__(self, row):
            return row @ self.weight

        def tree_flatten(self):
            return (self.weight,), None

        @classmethod
        def tree_unflatten(cls, _, parts):
            return cls(*parts)

    random = np.random.default_rng(4)
    shapes = (16, 3), (3, 16)
    parts = [Line(random.normal(size=shape).astype(np.float32) / 4) for shape in shapes]
    return dict(zip(("encoder", "decoder"), parts, strict=True))


def kinds():
    """Yield each kind's name, how it is made, and what it is fitted on."""
    made = lambda name: getattr(diabolo, name)  # noqa: E731 - a version may lack it, which is found out later
    plain = lambda name, *given, **more: lambda: made(name)(*given, **more)  # noqa: E731
    detector = lambda **more: plain("AutoencoderDetector", random_state=0, **more)  # noqa: E731
    deep = lambda **more: lambda: made("Autoencoder")(2, **{**SMALL, **more})  # noqa: E731
    yield "dense", plain("Autoencoder", 3, **SMALL), (X,)
    yield "deep", plain("Autoencoder", 2, **{**SMALL, "hidden_layer_sizes": (8, 5)}, activation="tanh"), (X,)
    yield "tied", plain("Autoencoder", 3, tied_weights=True, scale="minmax", **SMALL), (X,)
    yield "named", plain("Autoencoder", 2, scale="standard", **SMALL), (FRAME,)
    yield "binary", plain("Autoencoder", 3, loss="binary_cross_entropy", optimizer="sgd", **SMALL), (X,)
    yield "by default", plain("Autoencoder", hidden_layer_sizes=(6,), max_epochs=2, random_state=0), (X,)
    yield "denoising", plain("DenoisingAutoencoder", 3, noise=0.3, **SMALL), (X,)
    yield (
        "masking",
        plain("DenoisingAutoencoder", 3, noise={"kind": "masking", "fraction": 0.25}, **SMALL),
        (X,),
    )
    yield "pretrained", plain("Autoencoder", 3, pretrain="layerwise", pretrain_epochs=2, **SMALL), (X,)
    yield "sparse", plain("SparseAutoencoder", 20, sparsity="topk", k=4, **QUICK), (X,)
    yield "kl", plain("SparseAutoencoder", 5, weight_decay=1e-3, **QUICK), (X,)
    yield "variational", plain("VariationalAutoencoder", 3, beta=0.5, **SMALL), (X,)
    yield "guided by classes", plain("Autoencoder", 3, supervision_weight=1.0, **SMALL), (X, NAMES)
    yield (
        "guided by numbers",
        plain("Autoencoder", 3, supervision_weight=1.0, **SMALL),
        (X, X[:, 0] - X[:, 1]),
    )
    yield "contractive", plain("Autoencoder", 3, penalty={"contractive": 0.1}, **SMALL), (X,)
    yield "maps", plain("ConvolutionalAutoencoder", **IMAGES), (X,)
    more = {"downsample": "stride", "upsample": "transposed", "bottleneck": "gaussian", **IMAGES}
    yield "strided", plain("ConvolutionalAutoencoder", 3, **more), (X,)
    yield "mask", plain("Autoencoder", 3, missing="mask", **SMALL), (GAPS,)
    yield "mean", plain("Autoencoder", 3, missing="mean", **SMALL), (GAPS,)
    yield "wide", plain("Autoencoder", 3, **SMALL), (WIDE,)
    yield "categories", plain("Autoencoder", 3, categories=["color", "size"], **SMALL), (MIXED,)
    yield "own parts", lambda: made("Autoencoder")(3, **own_network(), **QUICK), (X,)
    yield "detector", detector(), (X,)
    yield "detector, named", detector(contamination=0.1), (FRAME,)
    yield "detector, labels", detector(normal_label="red", threshold="best_f1"), (X, NAMES)
    yield "detector, known anomalies", detector(normal_label=0), (X, IS_ODD.astype(int))
    yield "detector, deep", detector_of(deep()), (X,)
    yield "detector, members", detector_of(deep(noise=0.1), n_members=2), (X,)
    yield "detector, images", detector_of(plain("ConvolutionalAutoencoder", **IMAGES)), (X,)
    yield "detector, held out", detector(held_out_fraction=0.25, threshold="quantile"), (X,)
    yield "detector, folds", detector(cv=3), (X,)
    yield "detector, missing", detector(missing="mask"), (GAPS,)
    if hasattr(diabolo, "sliding_windows"):
        yield "detector, series", detector(), (diabolo.sliding_windows(X[:, :2], 4),)
    yield "detector, categories", detector(categories=["color", "size"]), (MIXED,)
    for kind in ("squared_error", "mahalanobis"):
        yield f"detector by {kind}", detector(score_kind=kind), (X,)


def detector_of(autoencoder, **more):
    """Make a detector of an autoencoder, when it is wanted."""
    return lambda: diabolo.AutoencoderDetector(autoencoder(), random_state=0, **more)


def file_name(kind):
    """Return what the file of a kind is called."""
    return f"{kind.replace(', ', '-').replace(' ', '-')}.diabolo"


def asked_about(given):
    """Return a few rows near those of a fit, so that no rank among their scores is a tie."""
    rows = given[:N_ASKED]
    if isinstance(rows, pd.DataFrame):
        return rows.assign(**{name: rows[name] + 0.013 for name in FRAME})
    return rows + np.float32(0.013)


def answers(model, rows):
    """Ask a model everything that it answers about rows."""
    found = {}
    for name in ASKED:
        if not hasattr(model, name):
            continue
        try:
            answer = np.asarray(getattr(model, name)(rows))
        except diabolo.errors.DiaboloError:
            continue  # no p-values without rows to compare with, and the like
        found[name] = answer.astype(str) if answer.dtype == object else answer
    return found


def main(folder):
    """Write all kinds, and say which this version does not know."""
    folder.mkdir(exist_ok=True)
    expected = {}
    warnings.simplefilter("ignore")
    for name, make, given in kinds():
        try:
            model = make().fit(*given)
            diabolo.save(model, folder / file_name(name))
        except (TypeError, AttributeError, ValueError, diabolo.errors.DiaboloError) as problem:
            print(f"not {name}: {type(problem).__name__}: {str(problem)[:100]}")
            continue
        for asked, answer in answers(model, asked_about(given[0])).items():
            expected[f"{name}/{asked}"] = answer
    np.savez_compressed(folder / "expected.npz", **expected)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
