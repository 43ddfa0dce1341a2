"""Few rows of many features, trained on in the space that they span: the way there, and back to features."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from diabolo.cluster.team import current_team
from diabolo.core.layers import Dense
from diabolo.core.supervision import GuidedNetwork
from diabolo.data.array_source import ArraySource
from diabolo.data.checked_source import CheckedSource
from diabolo.data.memory import memory_bytes
from diabolo.data.scaling import Scaler
from diabolo.estimators._choices import Choices
from diabolo.estimators._one_thread import small_on_one_thread
from diabolo.estimators._rows import ScaledRows, TablePart
from diabolo.linear.evidence_ridge import HELD_CELLS
from diabolo.linear.row_space import RowSpace, block_rows, feature_band, row_space
from diabolo.training.compilation import compiler_bytes
from diabolo.training.process_memory import resident_bytes
from diabolo.training.stages import Stages

if TYPE_CHECKING:
    from jaxtyping import Float32, Float64, Int

    Chosen = Int[np.ndarray, " chosen"]
    Targets = Float32[np.ndarray, "rows targets"] | None

__all__ = ["LEAST_FEATURES", "Beyond", "TurnedRows", "is_turned", "turned_bytes", "turned_rows"]

LEAST_FEATURES = 256
"""Of fewer features nothing is won by it."""

# The products of all rows with each other are decomposed whole: some seconds.
_MOST_ROWS = 4096
_CACHED_CELLS = 2**19
# Features that are written at a time: what is read stays in the cache until it is turned.
_BAND = 2048
# Columns whose angle is less than float32's rounding point the same way: one less their cosine.
_SAME = 1e-13
# How far from right angles the rounding of float64 leaves axes that are weak beside others.
_SLACK = 1e-4


def is_turned(choices: Choices, n_rows: int, n_features: int) -> bool:
    """Say whether a network is trained on rows' scores in the space that they span, and not on features.

    A squared error is the same in both. What treats features one by one is not: other losses and outputs,
    noise, cells that are left out, penalties of weights; nor is a matrix that is used both ways. It takes
    blocks of rows that a limit on memory may not allow.

    Parameters
    ----------
    choices : Choices
        Checked.
    n_rows, n_features : int
        Rows to train on and to measure; of the table.

    Returns
    -------
    bool
    """
    return (
        2 <= n_rows <= _MOST_ROWS
        and n_features > max(n_rows, LEAST_FEATURES)
        and choices.starts_linear
        and choices.loss == "squared_error"
        and choices.output_activation in ("auto", "linear")
        and choices.noise is None
        and choices.categories is None
        and choices.missing != "mask"
        and not choices.tied_weights
        and not any(weight > 0 for weight in (choices.penalty or {}).values())
        and (
            choices.max_memory is None
            or turned_bytes(choices, n_rows, n_features) <= memory_bytes(choices.max_memory)
        )
    )


def turned_bytes(choices: Choices, n_rows: int, n_features: int) -> int:
    """Work out what training on scores takes of memory, at the most; parameters as of `is_turned`.

    Returns
    -------
    int
        Of the whole process.
    """
    block = 4 * n_features * block_rows(n_rows, n_features)
    width = [*choices.hidden_layer_sizes, choices.n_components or 1][0]
    matrix = 4 * n_features * int(width)
    # One pass makes the first and the last matrix, side by side; they lie apart before it is let go.
    ends = 4 * matrix + block // 4
    evidence = 0
    if choices.is_guided:
        evidence = 4 * min(HELD_CELLS, n_rows * n_features) + block + 12 * 8 * n_features
    parts = max(2 * block, ends, evidence) + 6 * 8 * n_rows**2 + 6 * 8 * n_features
    return resident_bytes() + compiler_bytes() + parts


class Beyond(NamedTuple):
    """What a prediction takes from features outside the space that the rows span.

    No row that is trained on has any of it, so that training leaves it as it is; other rows have.

    Parameters
    ----------
    features : int array of shape (kept,)
        The features that the prediction uses.
    coefficients : float64 array of shape (kept, targets)
        Theirs, in scaled units.
    coordinates : float64 array of shape (axes, targets)
        The part of the prediction that is within the space.
    along : float64 array of shape (targets, components)
        How much of the prediction each number of the code has.
    """

    features: Int[np.ndarray, " kept"]
    coefficients: Float64[np.ndarray, "kept targets"]
    coordinates: Float64[np.ndarray, "axes targets"]
    along: Float64[np.ndarray, "targets components"]


@dataclass(frozen=True)
class TurnedRows:
    """Rows as their scores along the axes of the space that they span.

    Scores are scaled by one factor, so that the mean square over axes is that over features and a loss is the
    same number.

    Parameters
    ----------
    features : TablePart
        The rows as they are, scaled.
    space : RowSpace
        Of all rows that are trained on or measured.
    counted : int array
        Which rows of the table these are.
    mean : float64 array of shape (features,)
        Where the axes begin, in scaled units.
    """

    features: TablePart
    space: RowSpace
    counted: Chosen
    mean: Float64[np.ndarray, " features"]

    @property
    def factor(self) -> float:
        """What scores are multiplied by."""
        return float(np.sqrt(self.space.n_axes / len(self.mean)))

    def part(self, chosen: Chosen, targets: Targets) -> TablePart:
        """Return some rows of the table as a part of a small table of scores."""
        rows, n_axes = self.features.table.rows, self.space.n_axes
        scores = np.zeros((len(rows), n_axes), np.float32)
        scores[self.counted] = self.space.scores * self.factor
        source = CheckedSource(ArraySource(scores, name=rows.name), rows.owner, False)
        table = ScaledRows(source, Scaler(None, np.zeros(n_axes), np.ones(n_axes)), targets)
        return TablePart(table, chosen, self.features.sample_weight)

    def read(self, part: slice, out: Float32[np.ndarray, "rows features"]) -> None:
        """Read some of the rows, scaled and about the mean."""
        _read_about(self.features, self.counted[part], self.mean, out)

    @small_on_one_thread
    def in_features(self, network: Any, beyond: Beyond | None = None) -> Any:
        """Turn a network of scores into the one of features that gives the same: a pass over the rows.

        Parameters
        ----------
        network : DenseNetwork or GuidedNetwork
            Trained on scores.
        beyond : Beyond, optional
            What its start took from outside of their space.

        Returns
        -------
        DenseNetwork or GuidedNetwork
            With the same layers in between.
        """
        if isinstance(network, GuidedNetwork):
            return replace(network, network=self.in_features(network.network, beyond))
        team, ends = current_team(), self._ends(network, beyond)
        axes = {"first.weight": 0, "last.weight": 1, "last.bias": 0}
        ends |= {name: team.joined(ends[name], axis) for name, axis in axes.items()}
        encoder, decoder = (Dense(ends[f"{end}.weight"], ends[f"{end}.bias"]) for end in ("first", "last"))
        return replace(
            network,
            encoder=(encoder, *network.encoder[1:]),
            decoder=(*network.decoder[:-1], decoder),
        )

    def _ends(self, network: Any, beyond: Beyond | None) -> dict[str, np.ndarray]:
        """Work out the outermost layers, of the features of this process."""
        own = _own_features(len(self.counted), len(self.mean))
        features, mean = _of_features(self.features, own), self.mean[own]
        first, last = network.encoder[0], network.decoder[-1]
        into = np.asarray(first.weight, np.float64) * self.factor
        out = np.vstack([last.weight, np.asarray(last.bias)[None]]).astype(np.float64).T / self.factor
        within = np.zeros((len(into), 0)) if beyond is None else beyond.coordinates
        n_into, n_out = into.shape[1], into.shape[1] + out.shape[1]
        # Of a network that is at its start most columns are multiples of others, or nothing: lifted once.
        kept, place, times = _distinct(np.hstack([into, out, within]))

        def read(part: slice, out: Float32[np.ndarray, "rows own"]) -> None:
            _read_about(features, self.counted[part], mean, out)

        lifted = self.space.lifted(read, len(mean), kept)
        if beyond is not None:
            outside = -(lifted[:, place[n_out:]] * times[n_out:]).astype(np.float64)
            is_own = (own.start <= beyond.features) & (beyond.features < own.stop)
            outside[beyond.features[is_own] - own.start] += beyond.coefficients[is_own]
            moved = (outside @ beyond.along).astype(np.float32)
        weight = np.empty((len(mean), n_into), np.float32)
        back = np.empty((n_out - n_into, len(mean)), np.float32)
        band = lifted[:0]
        for left in range(0, len(lifted), _BAND):
            band = lifted[left : left + _BAND]
            np.multiply(band[:, place[:n_into]], times[:n_into], out=weight[left : left + _BAND])
            np.multiply(
                band.T[place[n_into:n_out]], times[n_into:n_out, None], out=back[:, left : left + _BAND]
            )
        del lifted, band
        if beyond is not None:
            carried = moved.shape[1]
            weight[:, :carried] += moved
            if len(network.encoder) > 1:
                weight[:, carried : 2 * carried] -= moved
        bias = np.asarray(first.bias, np.float64) - current_team().summed(_product(mean, weight))
        return {
            "first.weight": weight,
            "first.bias": bias.astype(np.float32),
            "last.weight": back[:-1],
            "last.bias": (mean + back[-1]).astype(np.float32),
        }


def _own_features(n_rows: int, n_features: int) -> slice:
    """Say which features this process reads, of all rows."""
    return current_team().share(n_features, feature_band(n_rows, n_features))


def _of_features(features: TablePart, own: slice) -> TablePart:
    """Return rows with some of their features."""
    if own == slice(0, features.table.rows.n_features):
        return features
    return replace(features, table=features.table.columns(own))


def _distinct(
    matrix: Float64[np.ndarray, "axes width"],
) -> tuple[Float64[np.ndarray, "axes kept"], Int[np.ndarray, " width"], Float32[np.ndarray, " width"]]:
    """Find columns of which all are multiples; say of which each is one, and how many times."""
    norms = np.sqrt(np.einsum("ij,ij->j", matrix, matrix))
    unit = matrix / np.where(norms > 0, norms, 1.0)
    is_same = np.abs(unit.T @ unit) > 1.0 - _SAME
    first = np.where(norms > 0, is_same.argmax(axis=0), 0)
    kept, place = np.unique(first, return_inverse=True)
    times = np.einsum("ij,ij->j", unit[:, first], matrix)
    return unit[:, kept], place.reshape(-1), times.astype(np.float32)


@small_on_one_thread
def turned_rows(
    features: TablePart,
    counted: Chosen,
    mean: Float64[np.ndarray, " features"],
    stages: Stages | None = None,
) -> TurnedRows:
    """Find the space that rows span.

    Parameters
    ----------
    features : TablePart
        A part of the table, scaled.
    counted : int array
        Rows that are trained on or measured.
    mean : array of shape (features,)
        Of scaled rows, about.
    stages : Stages, optional
        Of the fit, where the space is kept: of a wide table it takes as long as reading it several times.

    Returns
    -------
    TurnedRows
    """

    def compute() -> dict[str, np.ndarray]:
        own = _own_features(len(counted), len(mean))
        some, origin = _of_features(features, own), mean[own]

        def read(part: slice, out: Float32[np.ndarray, "rows own"]) -> None:
            _read_about(some, counted[part], origin, out)

        return vars(row_space(read, len(counted), len(origin), summed=current_team().summed, n_all=len(mean)))

    def check(found: dict[str, np.ndarray]) -> None:
        shapes = {part.shape for part in found.values()}
        if found.keys() != RowSpace.__dataclass_fields__.keys() or len(shapes) != 1:
            raise ValueError("it has no space of rows")
        (shape,) = shapes
        if len(shape) != 2 or shape[0] != len(counted) or shape[1] > min(len(counted), len(mean)):
            raise ValueError("its space is of other rows")
        with np.errstate(all="ignore"):  # of what is no such number
            products = found["scores"].T @ found["sides"]
        # Along an axis, which is a sum of rows, that axis alone lies.
        if any(part.dtype != np.float64 for part in found.values()) or not np.allclose(
            products, np.eye(shape[1]), atol=_SLACK
        ):
            raise ValueError("its space is none")

    space = RowSpace(**(stages or Stages()).computed("row-space", compute, check))
    return TurnedRows(features, space, counted, mean)


def _read_about(
    features: TablePart,
    rows: Chosen,
    mean: Float64[np.ndarray, " features"],
    out: Float32[np.ndarray, "rows features"],
) -> None:
    """Read rows, scaled, about their mean, where missing cells are too."""
    if not out.size:
        return
    table, scaler = features.table, features.table.scaler
    source, factor = table.rows.parent, scaler.factor[0]
    if source.in_memory or source.dtype != np.float32 or (scaler.factor != factor).any():
        table.read(rows, out)
        out -= mean.astype(np.float32)
        return
    # One factor for all columns: no cell needs to become float64 on the way.
    origin = (scaler.offset + mean / factor).astype(np.float32)
    source.read(rows, out=out)
    step = max(_CACHED_CELLS // len(mean), 1)
    for start in range(0, len(out), step):
        some = out[start : start + step]
        some -= origin
        if table.rows.allows_missing:
            np.copyto(some, 0.0, where=np.isnan(some))
        some *= np.float32(factor)


def _product(
    mean: Float64[np.ndarray, " features"], weight: Float32[np.ndarray, "features width"]
) -> Float64[np.ndarray, " width"]:
    """Multiply in float64, without a copy of the whole matrix; nothing where the mean is 0."""
    total, step = np.zeros(weight.shape[1]), 2**16
    if mean.any():
        for start in range(0, len(mean), step):
            total += mean[start : start + step] @ weight[start : start + step].astype(np.float64)
    return total
