"""What other programs make of the inputs that the page's modules are given, by module."""

import base64
import math
import zlib

import numpy as np
from tests.reporting.conftest import transposed_convolution

from diabolo import ConvolutionalAutoencoder
from diabolo.estimators.inside import decoder_of
from diabolo.reporting.feature_view import FeatureView
from diabolo.reporting.row_kind import RowKind


def arrays():
    """Blocks by zlib, and numbers by NumPy."""
    random = np.random.default_rng(0)
    blocks, numbers = [], {}
    for name, kind in (("u8", "u1"), ("u16", "<u2"), ("i32", "<i4"), ("f32", "<f4"), ("f64", "<f8")):
        values = (
            random.normal(size=1000).astype(kind)
            if kind[-2] == "f"
            else random.integers(0, 255 if name == "u8" else 60_000, 1000).astype(kind)
        )
        numbers[name] = values.astype(float).tolist()
        blocks.append(base64.b64encode(zlib.compress(values.tobytes())).decode())
    return {"types": list(numbers), "blocks": blocks, "numbers": numbers}


def statistics():
    """Figures by scikit-learn and NumPy, of scores that are tied and classes that are not all known."""
    return {
        "detectors": [_detector(seed) for seed in range(6)],
        "histograms": [_histogram(seed) for seed in range(4)],
        "differences": [_differences(seed) for seed in range(4)],
    }


def _detector(seed):
    from sklearn import metrics

    random = np.random.default_rng(seed)
    truth = (random.uniform(size=200) < 0.2).astype(int)
    scores = random.normal(size=200) + truth
    if seed % 2:
        scores = scores.round(1)
    unknown = random.uniform(size=200) < 0.1
    known_truth, known_scores = truth[~unknown], scores[~unknown]
    lines = []
    for threshold in [*np.quantile(scores, [0.05, 0.5, 0.9]), scores.max(), scores.min() - 1, scores[7]]:
        called = known_scores > threshold
        (true_negative, false_positive), (false_negative, true_positive) = metrics.confusion_matrix(
            known_truth, called
        )
        lines.append(
            {
                "threshold": threshold,
                "table": {
                    "truePositive": int(true_positive),
                    "falsePositive": int(false_positive),
                    "trueNegative": int(true_negative),
                    "falseNegative": int(false_negative),
                    "flagged": int((scores > threshold).sum()),
                },
                "measures": {
                    "accuracy": metrics.accuracy_score(known_truth, called),
                    "precision": metrics.precision_score(known_truth, called, zero_division=0),
                    "recall": metrics.recall_score(known_truth, called),
                    "f1": metrics.f1_score(known_truth, called, zero_division=0),
                },
            }
        )
    false_rate, true_rate, _ = metrics.roc_curve(known_truth, known_scores, drop_intermediate=False)
    precision, recall, _ = metrics.precision_recall_curve(known_truth, known_scores)
    return {
        "scores": scores.tolist(),
        "truth": np.where(unknown, 255, truth).tolist(),
        "lines": lines,
        "falseRate": false_rate.tolist(),
        "trueRate": true_rate.tolist(),
        "precision": precision[::-1].tolist(),
        "recall": recall[::-1].tolist(),
        "area": metrics.roc_auc_score(known_truth, known_scores),
        "averagePrecision": metrics.average_precision_score(known_truth, known_scores),
        "nPositive": int(known_truth.sum()),
        "nNegative": int((1 - known_truth).sum()),
    }


def _histogram(seed):
    random = np.random.default_rng(seed)
    values, groups = random.lognormal(size=300), random.integers(0, 3, 300)
    is_logarithmic = bool(seed % 2)
    turned = np.log(values) if is_logarithmic else values
    edges = np.linspace(turned.min(), turned.max(), 21)
    return {
        "values": values.tolist(),
        "groups": groups.tolist(),
        "isLogarithmic": is_logarithmic,
        "low": edges[0],
        "high": edges[-1],
        "counts": [np.histogram(turned[groups == group], edges)[0].tolist() for group in range(3)],
    }


def _differences(seed):
    random = np.random.default_rng(seed)
    rows = random.normal(size=(120, 7)) * [1, 2, 1e-3, 50, 1, 1, 1] + [0, 5, 0, 1e6, 0, 0, 0]
    chosen = random.uniform(size=120) < 0.3
    rows[chosen, 3] += 80
    rows[random.uniform(size=rows.shape) < 0.05] = np.nan
    rows[0, 1] = np.nan
    rows[:, 5] = 0.1
    ones, others = np.nanmean(rows[chosen], axis=0), np.nanmean(rows[~chosen], axis=0)
    spread = np.nanstd(rows, axis=0)
    spread[5] = np.inf
    return {
        "rows": [[None if math.isnan(cell) else cell for cell in row] for row in rows.tolist()],
        "isChosen": chosen.tolist(),
        "chosen": ones.tolist(),
        "rest": others.tolist(),
        "apart": ((ones - others) / spread).tolist(),
    }


def geometry():
    """Points inside of polygons by matplotlib, which counts by the even-odd rule; the nearest of all."""
    from matplotlib.path import Path

    random = np.random.default_rng(0)
    points = random.uniform(size=(1500, 2))
    turn = 2 * np.pi * np.arange(40) / 40
    around = np.c_[np.cos(turn), np.sin(turn)]
    wild = 0.5 + around * random.uniform(0.1, 0.45, (40, 1))
    polygons = [
        [[0.1, 0.1], [0.9, 0.2], [0.5, 0.8]],
        (0.5 + 0.4 * around[::8][[0, 2, 4, 1, 3]]).tolist(),  # a star, its middle outside
        wild.tolist(),
        random.uniform(size=(9, 2)).tolist(),
    ]
    inside = [np.flatnonzero(Path([*each, each[0]]).contains_points(points)).tolist() for each in polygons]
    places = random.uniform(-0.1, 1.1, (300, 2))
    reach = np.array([0.02, 0.04])
    away = (((points - places[:, None]) / reach) ** 2).sum(-1)
    odd = away.copy()
    odd[:, ::2] = np.inf
    nearest = {
        name: np.where(each.min(1) < 1, each.argmin(1), -1).tolist()
        for name, each in (("all", away), ("odd", odd))
    }
    return {
        "xs": points[:, 0].tolist(),
        "ys": points[:, 1].tolist(),
        "polygons": polygons,
        "inside": inside,
        "places": places.tolist(),
        "reach": reach.tolist(),
        "nearest": nearest,
    }


def colors():
    """The map of matplotlib, and what the color-blind see (Machado, Oliveira and Fernandes, 2009)."""
    import matplotlib as mpl

    viridis = (mpl.colormaps["viridis"](np.linspace(0, 1, 256))[:, :3] * 255).round().astype(int)
    return {
        "viridis": viridis.tolist(),
        "visions": {
            "protanopia": [
                [0.152286, 1.052583, -0.204868],
                [0.114503, 0.786281, 0.099216],
                [-0.003882, -0.048116, 1.051998],
            ],
            "deuteranopia": [
                [0.367322, 0.860646, -0.227968],
                [0.280085, 0.672501, 0.047413],
                [-0.01182, 0.04294, 0.968881],
            ],
            "tritanopia": [
                [1.255528, -0.076749, -0.178779],
                [-0.078411, 0.930809, 0.147602],
                [0.004733, 0.691367, 0.3039],
            ],
        },
    }


def decoder():
    """Activations by SciPy in float64, dense layers by NumPy, convolutions by SciPy, networks by JAX."""
    from scipy import special

    inputs = np.concatenate([np.linspace(-12, 12, 481), [-800, -60, 60, 800, 1e-9, -1e-9]])
    with np.errstate(over="ignore"):
        exponential = np.exp(inputs)
    activations = {
        "linear": inputs,
        "relu": np.maximum(inputs, 0),
        "leaky_relu": np.where(inputs > 0, inputs, 0.01 * inputs),
        "elu": np.where(inputs > 0, inputs, np.expm1(np.minimum(inputs, 0))),
        "gelu": inputs * special.ndtr(inputs),
        "sinh": np.sinh(np.clip(inputs, -60, 60)),
        "tanh": np.tanh(inputs),
        "sigmoid": special.expit(inputs),
        "softplus": np.where(inputs > 40, inputs, np.log1p(np.minimum(exponential, 1e30))),
    }
    random = np.random.default_rng(0)
    layers, values = [], np.array([[0.0, 0.0], [1.5, -2.0], [0.0, 3.0]])
    codes = values.tolist()
    for width, name in ((16, "relu"), (32, "gelu"), (5, "sigmoid")):
        weight = random.normal(size=(values.shape[1], width)).astype("f4")
        bias = random.normal(size=width).astype("f4")
        layers.append(
            {"kind": "dense", "weight": weight.ravel().tolist(), "bias": bias.tolist(), "activation": name}
        )
        values = values @ weight.astype("f8") + bias
        values = {"relu": np.maximum(values, 0), "gelu": values * special.ndtr(values)}.get(
            name, special.expit(values)
        )
    offset, factor = random.normal(size=5) * 100, random.uniform(0.1, 3, 5)
    return {
        "convolutions": [_convolution(seed) for seed in range(24)],
        "networks": list(_convolutional_networks()),
        "inputs": inputs.tolist(),
        "activations": {name: numbers.tolist() for name, numbers in activations.items()},
        "decoder": {"layers": layers, "offset": offset.tolist(), "factor": factor.tolist()},
        "codes": codes,
        "rows": (values / factor + offset).tolist(),
    }


def _convolution(seed):
    """Transposed convolution of any shape, by SciPy in float64."""
    random = np.random.default_rng(seed)
    rows, columns, inputs, outputs = random.integers(1, 5, 4).tolist()
    inner, stride = random.integers(1, 7, 2), random.integers(1, 4, 2)
    before = [int(random.integers(0, taps)) for taps in (rows, columns)]
    most = stride * inner
    outer = [int(random.integers(max(size - 2, 1), size + 1)) for size in most]
    layer = {
        "kind": "convolution",
        "weight": random.normal(size=(rows, columns, inputs, outputs)).astype("f4"),
        "bias": random.normal(size=outputs).astype("f4"),
        "activation": "linear",
        "taps": [rows, columns],
        "inner": inner.tolist(),
        "outer": outer,
        "stride": stride.tolist(),
        "before": before,
    }
    code = random.normal(size=(1, inner.prod() * inputs))
    return {
        "layer": _listed(layer),
        "code": code[0].tolist(),
        "row": transposed_convolution(layer, code).ravel().tolist(),
    }


def _convolutional_networks():
    """What `inverse_transform` makes of codes, whole, pooled or thinned."""
    random = np.random.default_rng(0)
    odd = RowKind("image", (7, 5, 3))
    for name, kind, index, side, choices in (
        ("a Gaussian code", odd, None, 1, {"n_components": 3, "bottleneck": "gaussian", "scale": "minmax"}),
        ("maps, pooled", odd, None, 2,
         {"upsample": "transposed", "downsample": "stride", "scale": "standard"}),
        ("a signal, thinned", RowKind("series", (37, 1)), np.arange(0, 37, 2), 1,
         {"n_components": 4, "bottleneck": "topk", "bottleneck_params": {"k": 2}, "activation": "gelu"}),
    ):  # fmt: skip
        shape = (37,) if kind.kind == "series" else kind.shape
        rows = random.random((20, *shape)) * 200
        model = ConvolutionalAutoencoder(filters=(4, 3), max_epochs=1, random_state=0).set_params(**choices)
        codes = model.fit(rows).transform(rows)
        view = FeatureView(kind, int(np.prod(shape)), index, side)
        made = view.of(model.inverse_transform(codes).reshape(20, -1))
        decoder = view.decoder(decoder_of(model))
        decoder["layers"] = [_listed(layer) for layer in decoder["layers"]]
        yield {
            "name": name,
            "decoder": _listed(decoder),
            "codes": codes.tolist(),
            "rows": made.tolist(),
        }


def _listed(entries):
    return {
        name: each.ravel().tolist() if isinstance(each, np.ndarray) else each
        for name, each in entries.items()
    }


REFERENCES = {
    "arrays": arrays,
    "statistics": statistics,
    "geometry": geometry,
    "colors": colors,
    "decoder": decoder,
}
