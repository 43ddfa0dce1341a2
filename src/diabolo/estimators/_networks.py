"""From choices to a network: dense, convolutional or the user's own, with a head where it is guided.

And from a network to its code's width, and to a table of text.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from diabolo.core.convolutional_network import convolutional_network
from diabolo.core.networks import LayerShape, dense_network
from diabolo.core.own_network import PartShape, network_widths
from diabolo.core.randomness import random_for
from diabolo.core.supervision import guided_network
from diabolo.core.training_pass import state_of
from diabolo.estimators._category_rows import table_of
from diabolo.estimators._choices import Choices
from diabolo.estimators._own_networks import new_own_network
from diabolo.training.forked import keep_on_host
from diabolo.training.packing import layout_of
from diabolo.training.trained_network import TrainedNetwork

__all__ = [
    "code_width",
    "network_shape",
    "new_network",
    "placed_network",
    "put_network",
    "summary_text",
]


def _layers(
    choices: Choices, n_features: int, image_shape: tuple[int, int, int] | None
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Say what layers of Diabolo's own are made of, by position and by name."""
    shared = {name: getattr(choices, name) for name in ("activation", "code_activation", "width_factor")}
    if image_shape is None:
        assert choices.n_components is not None
        sizes = (n_features, *choices.hidden_layer_sizes, int(choices.n_components))
        return (sizes,), {"tied_weights": bool(choices.tied_weights), **shared}
    size = choices.kernel_size
    # On a signal, a kernel as high as it is wide would mostly meet the padding.
    square = tuple(1 if side == 1 else size for side in image_shape[:2])
    kernel_size = tuple(size) if isinstance(size, (tuple, list)) else square
    own = {name: getattr(choices, name) for name in ("n_components", "downsample", "upsample")}
    return (image_shape, choices.filters), {"kernel_size": kernel_size, **own, **shared}


def new_network(
    choices: Choices, n_features: int, image_shape: tuple[int, int, int] | None, n_outputs: int, seed: int
) -> Any:
    """Make a network with initial weights.

    Parameters
    ----------
    choices : Choices
        Checked.
    n_features : int
        Columns.
    image_shape : tuple of (height, width, channels) or None
        Of a row, where rows are images.
    n_outputs : int
        What a head predicts: numbers or classes; 0 for none.
    seed : int
        Of the initial weights.

    Returns
    -------
    Network
    """
    random = random_for(seed, "weights")
    if choices.encoder is not None:
        key = int(random.integers(2**31))
        network: Any = new_own_network(choices, n_features, image_shape, key)
    else:
        make: Any = dense_network if image_shape is None else convolutional_network
        given, named = _layers(choices, n_features, image_shape)
        network = make(*given, **named, initializer=choices.initializer, random=random)
    if not n_outputs:
        return network
    n_components = code_width(choices, network, n_features)
    return guided_network(network, n_components, n_outputs, choices.initializer, random)


def network_shape(
    choices: Choices,
    n_features: int,
    image_shape: tuple[int, int, int] | None,
    n_components: int,
    n_outputs: int,
) -> Any:
    """Describe the network that :func:`new_network` makes, with shapes in the place of arrays.

    Parameters
    ----------
    choices, n_features, image_shape, n_outputs
        As there; not with an encoder of the user's own.
    n_components : int
        Width of the code.

    Returns
    -------
    Network
    """
    drawn: dict[str, Any] = {"initializer": choices.initializer, "random": None}
    make: Any = dense_network if image_shape is None else convolutional_network
    given, named = _layers(choices, n_features, image_shape)
    network = make(*given, **named, **drawn)
    return guided_network(network, n_components, n_outputs, **drawn) if n_outputs else network


def code_width(choices: Choices, network: Any, n_features: int) -> int:
    """Find how wide a network's code is.

    Parameters
    ----------
    choices : Choices
        Checked.
    network : Network
        Of any kind.
    n_features : int
        Columns.

    Returns
    -------
    int
    """
    return network_widths(network, n_features, choices.width_factor)[0][0] // choices.width_factor


def put_network(estimator: Any, network: Any) -> None:
    """Leave a trained network on an estimator whose other fitted attributes are there."""
    table = table_of(estimator)
    estimator.network_ = TrainedNetwork(
        network,
        estimator.bottleneck_,
        estimator.output_activation_,
        int(estimator.n_features_in_) if table is None else table.n_cells,
        int(estimator.n_components_),
    )
    keep_on_host(network)
    n_carried = sum(int(np.size(part)) for part in state_of(network))
    estimator.n_parameters_ = layout_of(network).n_parameters - n_carried


def placed_network(estimator: Any) -> Any:
    """Return an estimator's network where JAX computes: one from a file stays in memory until its first use.

    Parameters
    ----------
    estimator : estimator
        Fitted; its network is on the device afterwards.

    Returns
    -------
    Network
    """
    trained = estimator.network_
    if trained.waits_on_host:
        estimator.network_ = trained = trained.placed(estimator.device)
    return trained.network


def summary_text(estimator: Any) -> str:
    """Describe a fitted estimator: its network's layers as a table, and what else its fit found.

    Parameters
    ----------
    estimator : estimator
        Fitted.

    Returns
    -------
    str
        Of a part of the user's own the arrays follow, by their paths in it.
    """
    where = "" if estimator.trained_on_ == "features" else ", trained on the scores of few rows"
    start_loss = estimator.start_loss_
    loss = "" if math.isnan(start_loss) else f", where held-out rows lose {start_loss:.4g}"
    lines = [*_layer_lines(estimator.network_.layer_shapes()), f"starts at {estimator.start_}{where}{loss}"]
    n_labeled = getattr(estimator, "n_labeled_rows_", None)
    if n_labeled is not None:
        lines.append(f"guided by the target of {n_labeled:,} rows")
    if (table := table_of(estimator)) is not None:
        pairs = sorted(zip(table.places, table.category_names, table.values, strict=True))
        lines.append("categories: " + ", ".join(f"{name} ({len(values)})" for _, name, values in pairs))
    compared = getattr(estimator, "comparison_", None)
    return "\n".join([*lines, *(() if compared is None else compared.sentences)])


def _layer_lines(shapes: Sequence[LayerShape]) -> list[str]:
    rows = [("layer", "shape", "activation", "parameters")]
    for shape in shapes:
        count = f"{shape.n_parameters:,}" + (" (matrix tied)" if shape.tied else "")
        rows.append((shape.name, f"{shape.inputs} -> {shape.outputs}", shape.activation, count))
        if isinstance(shape, PartShape):
            rows += [
                (f"  {path}", "x".join(map(str, size)) or "number", "", f"{math.prod(size):,}")
                for path, size in shape.arrays
            ]
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    lines.insert(1, "  ".join("-" * width for width in widths))
    total = sum(shape.n_parameters for shape in shapes)
    lines.append(f"{total:,} parameters, {total * 4 / 1e6:.2f} MB in float32")
    return lines
