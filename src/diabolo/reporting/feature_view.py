"""Which features of a row stand on the page: all, some, or pixels that are means of several."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.data.source import Source
from diabolo.estimators.inside import Decoder, DecoderLayer, DenseLayer
from diabolo.reporting.row_kind import RowKind

if TYPE_CHECKING:
    from jaxtyping import Float, Int

__all__ = ["FeatureView", "feature_views"]

# No image is pooled to fewer pixels a side, no series thinned to fewer points, no table cut to fewer columns.
_LEAST_SIDE, _LEAST_LENGTH, _LEAST_FEATURES, _MOST_FEATURES = 8, 64, 64, 2_000


@dataclass(frozen=True)
class FeatureView:
    """Features as the page has them.

    Parameters
    ----------
    kind : RowKind
        Of a whole row.
    n_features : int
        Of a whole row.
    index : int array or None
        Which features are kept; None keeps all.
    side : int, default 1
        Pixels of a side that become one.
    """

    kind: RowKind
    n_features: int
    index: Int[np.ndarray, " kept"] | None = None
    side: int = 1

    @property
    def shape(self) -> tuple[int, ...] | None:
        """Of a row on the page."""
        shape = self.kind.shape
        if shape is None or (self.index is None and self.side == 1):
            return shape
        if self.kind.kind == "series":
            return (self.width // shape[1], shape[1])
        return (*(-(-each // self.side) for each in shape[:2]), shape[2])

    @property
    def width(self) -> int:
        """Numbers of a row on the page."""
        if self.index is not None:
            return len(self.index)
        if self.side == 1:
            return self.n_features
        return math.prod(self.shape or ())

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left out."""
        return self.index is None and self.side == 1

    def read(self, cells: Source, rows: Int[np.ndarray, " rows"]) -> Float[np.ndarray, "rows width"]:
        """Read rows of a table whose first columns are the features."""
        if self.index is not None:
            return cells.columns(self.index).read(rows).astype(np.float64)
        return self.of(cells.read(rows, slice(0, self.n_features)))

    def of(self, rows: Float[np.ndarray, "rows features"]) -> Float[np.ndarray, "rows width"]:
        """Take what is kept of whole rows."""
        if self.index is not None:
            return np.asarray(rows[:, self.index], np.float64)
        whole = np.asarray(rows, np.float64)
        if self.side == 1:
            return whole
        height, width, channels = self.kind.shape or (1, 1, 1)
        tops, lefts = np.arange(0, height, self.side), np.arange(0, width, self.side)
        images = whole.reshape(-1, height, width, channels)
        sums = np.add.reduceat(np.add.reduceat(images, tops, axis=1), lefts, axis=2)
        counts = np.outer(np.diff(tops, append=height), np.diff(lefts, append=width))
        pooled: Float[np.ndarray, "rows width"] = (sums / counts[:, :, None]).reshape(len(whole), -1)
        return pooled

    def decoder_bytes(self, decoder: Decoder) -> int:
        """Say how much the decoder's numbers take, cut to what is kept."""
        *before, last = decoder.layers
        count = sum(each.n_numbers for each in before)
        if self._is_in(last):
            return 4 * (count + (len(last.weight) + 1) * self.width)
        added = self.n_features if self.index is None else len(self.index)
        return 4 * (count + last.n_numbers + (0 if self.is_whole else added))

    def _is_in(self, last: DecoderLayer) -> bool:
        """Say whether a decoder's last layer itself can give what is kept, without one more."""
        return isinstance(last, DenseLayer) and (self.side == 1 or last.activation == "linear")

    def decoder(self, decoder: Decoder) -> dict[str, Any]:
        """Describe the decoder, cut to what is kept, as reporting/README.md has it but for its ranges."""
        *before, last = decoder.layers
        offset, factor = decoder.offset, decoder.factor
        added: list[dict[str, Any]] = []
        if self.index is not None:
            if self._is_in(last):
                last = DenseLayer(last.weight[:, self.index], last.bias[self.index], last.activation)
            else:
                added = [{"kind": "some", "index": self.index.astype(np.int32)}]
            offset, factor = offset[self.index], factor[self.index]
        elif self.side > 1:
            if self._is_in(last):
                (bias,) = self.of((last.bias / factor)[None])
                last = DenseLayer(self.of(last.weight / factor), bias, last.activation)
            else:
                shape = list(self.kind.shape or ())
                added = [{"kind": "means", "shape": shape, "side": self.side, "weight": _narrow(1 / factor)}]
            (offset,) = self.of(offset[None])
            factor = np.ones(self.width)
        layers = [*map(_described, (*before, last)), *added]
        return {"layers": layers, "offset": _narrow(offset), "factor": _narrow(factor)}


def _described(layer: DecoderLayer) -> dict[str, Any]:
    """Describe a layer as reporting/README.md has it."""
    numbers = {
        "weight": _narrow(layer.weight),
        "bias": _narrow(layer.bias),
        "activation": layer.activation,
    }
    if isinstance(layer, DenseLayer):
        return {"kind": "dense", **numbers}
    return {
        "kind": "convolution",
        **numbers,
        "taps": list(layer.weight.shape[:2]),
        "inner": list(layer.inner),
        "outer": list(layer.outer),
        "stride": list(layer.stride),
        "before": list(layer.before),
    }


def _narrow(numbers: Any) -> Float[np.ndarray, "*shape"]:
    return np.ascontiguousarray(numbers, np.float32)


def feature_views(
    kind: RowKind, n_features: int, weight: Float[np.ndarray, " features"]
) -> list[FeatureView]:
    """List views of rows, each smaller than the one before.

    Parameters
    ----------
    kind : RowKind
        How a row is drawn.
    n_features : int
        Numbers of a row.
    weight : array of shape (features,)
        How much each varies, in the network's units; a table keeps those that vary most.

    Returns
    -------
    list of FeatureView
        At least one.
    """
    shape = kind.shape
    if kind.kind == "image":
        views, side = [FeatureView(kind, n_features)], 2
        while min(-(-each // side) for each in (shape or (1, 1))[:2]) >= _LEAST_SIDE:
            views.append(FeatureView(kind, n_features, side=side))
            side *= 2
        return views
    if kind.kind == "series":
        length, channels = shape or (n_features, 1)
        views, step = [FeatureView(kind, n_features)], 2
        while -(-length // step) >= _LEAST_LENGTH:
            points = np.arange(0, length, step)
            index = (points[:, None] * channels + np.arange(channels)).reshape(-1)
            views.append(FeatureView(kind, n_features, index))
            step *= 2
        return views
    order = np.argsort(-weight, kind="stable")
    views, count = [], _MOST_FEATURES
    if n_features <= _MOST_FEATURES:
        views.append(FeatureView(kind, n_features))
        count = n_features * 3 // 4
    while count >= _LEAST_FEATURES:
        views.append(FeatureView(kind, n_features, np.sort(order[:count])))
        count = count * 3 // 4
    return views
