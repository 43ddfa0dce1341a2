"""Where a network starts that starts at the linear answer for its training rows, and for their target."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from diabolo.cluster.team import current_team
from diabolo.core.layers import Dense
from diabolo.core.linear_start import LinearSolution
from diabolo.estimators._guide import N_GROUPS, Guide
from diabolo.estimators._one_thread import small_on_one_thread
from diabolo.estimators._row_space import Beyond, TurnedRows
from diabolo.estimators._rows import TablePart, n_columns, own_rows
from diabolo.estimators._targets import TargetCoding
from diabolo.linear.covariates import Covariates, principal_covariates
from diabolo.linear.principal_axes import EXACT_CELLS, principal_axes
from diabolo.linear.ridge import Moments, joined, moments_of
from diabolo.training.stages import named

if TYPE_CHECKING:
    from jaxtyping import Bool, Float, Float64, Int

    Mean = Float64[np.ndarray, " features"]
    Block = Float[np.ndarray, "block features"]
    Numbers = Float64[np.ndarray, "rows numbers"]
    Axes = Float64[np.ndarray, "features axes"]
    Known = Bool[np.ndarray, " rows"]

__all__ = ["GuidedStart", "guided_start", "principal_solution", "start_bytes"]

_BLOCK_CELLS, _EXACT_CELLS = 2**21, 2**20
# Of a number of the code that varies less than this share of the first there is only rounding.
_LEAST_SHARE = 1e-5
# Features of which all products with each other are held; of more, so many leading axes stand for them.
_MOST_FEATURES, _AXES = 2048, 512
# Of such products, what an eigendecomposition takes on the way.
_MORE_COPIES = 10
# A head for classes is fitted on at most so many rows.
_MOST_CODES = 20_000
# A code that is to predict should, whatever the units of its weight: where its own is less than one of these,
# the prediction enters with this weight if that costs no more than this share of all variance.
_HIGHER_WEIGHTS, _GIVEN_AWAY = (1.0, 0.3, 0.1, 0.03), 0.02


class GuidedStart(NamedTuple):
    """A linear code that predicts a target, and the head that does.

    Parameters
    ----------
    solution : LinearSolution
        The code.
    head : Dense
        From codes to predictions.
    beyond : Beyond or None
        What the prediction takes from features outside the space that the training rows span.
    """

    solution: LinearSolution
    head: Dense
    beyond: Beyond | None = None


def start_bytes(n_rows: int, n_features: int, n_components: int, *, is_guided: bool) -> int:
    """Say what finding the linear answer takes beside the rows, at the most.

    Parameters
    ----------
    n_rows, n_features : int
        Of the table.
    n_components : int
        Width of the code.
    is_guided : bool
        Whether it predicts a target.

    Returns
    -------
    int
        Bytes: of all products of features, or of rows, with each other, as they are decomposed; guided, of
        each group of the rows and of all but each. Where both are many, of leading axes.
    """
    is_narrow = n_features <= min(n_rows, _MOST_FEATURES) or (is_guided and n_features <= _MOST_FEATURES)
    copies, numbers = _MORE_COPIES + (2 * N_GROUPS if is_guided else 0), 2 * _BLOCK_CELLS
    if is_narrow:
        return 8 * (numbers + copies * n_features**2)
    if n_rows <= _MOST_FEATURES and n_rows * n_features <= EXACT_CELLS:
        numbers += _MORE_COPIES * n_rows**2 + 2 * n_rows * n_features
    else:
        numbers += 2 * n_features * ((_AXES if is_guided else n_components) + 10)
    return 8 * (numbers + (copies * _AXES**2 if is_guided else 0))


@small_on_one_thread
def principal_solution(part: TablePart, n_components: int, *, is_tied: bool) -> LinearSolution:
    """Find the linear autoencoder of the least squared error: principal components.

    Parameters
    ----------
    part : TablePart
        The training rows.
    n_components : int
        Width of the code.
    is_tied : bool
        Whether the decoder must be the encoder transposed.

    Returns
    -------
    LinearSolution
        Of no more components than there are axes along which rows vary. Tied, the code is in the rows'
        units, else each of its numbers has a variance of 1.
    """
    mean = part.column_means()
    axes, values = _axes(part, mean, n_components)
    if is_tied:
        return LinearSolution(mean, axes, axes.T)
    deviation = values / np.sqrt(max(part.total_weight, 1e-30))
    return LinearSolution(mean, axes / deviation, (axes * deviation).T)


@small_on_one_thread
def guided_start(
    part: TablePart,
    target: TargetCoding,
    weight: float,
    n_components: int,
    guide: Guide,
    *,
    is_tied: bool,
    turned: TurnedRows | None = None,
) -> GuidedStart:
    """Find the linear code of the least error of rows and of what it predicts: principal covariates.

    The prediction that guides it is a ridge, whose strength, and whether features count by what each says of
    the target alone, are cross-validated.

    Parameters
    ----------
    part : TablePart
        The training rows, with their targets.
    target : TargetCoding
        How these are written.
    weight : float
        Of the supervised loss.
    n_components : int
        Width of the code.
    guide : Guide
        What is known of the ridge from another fold of the rows.
    is_tied : bool
        Whether the decoder must be the encoder transposed; then the code is the principal components'.
    turned : TurnedRows, optional
        Where the rows are scores, those that they are of.

    Returns
    -------
    GuidedStart

    References
    ----------
    S. de Jong and H. A. L. Kiers, Principal covariates regression: part I. Theory, Chemometrics and
    Intelligent Laboratory Systems 14, 1992.
    """
    assert part.table.targets is not None
    mean, n_features = part.column_means(), part.table.rows.n_features
    Y, known = _numbers(part, target)
    axes: Axes | None = None
    if n_features > _MOST_FEATURES and turned is None:
        axes = _axes(part, mean, _AXES)[0].astype(np.float64)
    groups, rest = _moments(part, mean, Y, known, guide, axes)
    labeled, whole = joined(groups), joined([*groups, *rest])
    coefficients = guide.coefficients(groups, are_scores=turned is not None)
    beyond = None if turned is None else _by_feature(guide, turned, part.chosen, Y, known)
    if beyond is not None and turned is not None:
        coefficients = beyond.coordinates / turned.factor
    covariance = whole.xx / whole.weight
    if is_tied:
        encoder = np.linalg.eigh(covariance)[1][:, ::-1][:, :n_components]
        decoder, along = encoder.T, None
        among = encoder.T @ covariance
        head = np.linalg.pinv(among @ encoder) @ (among @ coefficients)
    else:
        # A target's share of the loss beside that of a feature's.
        share = n_columns(part.table.rows) / (Y.shape[1] if target.classes is None else 1.0)
        found = _covariates(covariance, coefficients, weight, share, n_components)
        encoder, decoder, head, along = found
    center = mean + whole.x_mean if axes is None else mean + axes @ whole.x_mean
    if axes is not None:
        encoder, decoder = axes @ encoder, decoder @ axes.T
    solution = LinearSolution(center, encoder, decoder)
    if beyond is not None:
        beyond = None if along is None else beyond._replace(along=along)
    if target.classes is None:
        bias = labeled.y_mean + (whole.x_mean - labeled.x_mean) @ coefficients
        return GuidedStart(solution, _head(head, bias, n_components), beyond)
    slopes, places = _class_head(part, solution, target, known)
    return GuidedStart(solution, _head(slopes, places, n_components), beyond)


def _by_feature(
    guide: Guide, turned: TurnedRows, chosen: Int[np.ndarray, " chosen"], Y: Numbers, known: Known
) -> Beyond | None:
    """Have the first process fit the ridge on the features behind scores."""

    def compute() -> dict[str, np.ndarray]:
        found = guide.by_feature(turned, chosen, Y, known)
        return {} if found is None else found._asdict()

    found = current_team().computed(compute)
    return Beyond(**found) if found else None


def _head(
    slopes: Float64[np.ndarray, "width outputs"], bias: Float64[np.ndarray, " outputs"], n_components: int
) -> Dense:
    """Make a head that leaves out what the code has beyond the linear one."""
    weight = np.zeros((n_components, slopes.shape[1]), np.float32)
    weight[: len(slopes)] = slopes
    return Dense(weight, bias.astype(np.float32))


def _covariates(
    covariance: Float64[np.ndarray, "features features"],
    coefficients: Float64[np.ndarray, "features targets"],
    weight: float,
    share: float,
    n_components: int,
) -> Covariates:
    """Find principal covariates, giving the prediction more weight than it has where that costs little."""
    asked = principal_covariates(covariance, coefficients, weight * share, n_components)
    least = (asked.decoder**2).sum() - _GIVEN_AWAY * np.trace(covariance)
    for higher in _HIGHER_WEIGHTS:
        if higher > weight:
            found = principal_covariates(covariance, coefficients, higher * share, n_components)
            if (found.decoder**2).sum() >= least:
                return found
    return asked


def _axes(part: TablePart, mean: Mean, n_axes: int) -> tuple[Axes, Float64[np.ndarray, " axes"]]:
    """Find the leading principal axes along which rows vary by more than rounding."""
    n_rows, n_features = len(part.chosen), len(mean)
    width = min(n_axes, n_rows, n_features)
    own = own_rows(part.table.rows, part.chosen)
    first = int(np.searchsorted(part.chosen, own[0])) if len(own) else 0
    axes, values = principal_axes(
        lambda: _weighted(part, mean), n_rows, n_features, width, summed=current_team().summed, first=first
    )
    axes, values = axes[:, :width], values[:width]
    kept = values > _LEAST_SHARE * max(values[0], np.finfo(np.float32).tiny)
    return axes[:, kept], values[kept]


def _numbers(part: TablePart, target: TargetCoding) -> tuple[Numbers, Bool[np.ndarray, " rows"]]:
    """Write all rows' targets as numbers whose squared error can be summed up, and say which are known."""
    assert part.table.targets is not None
    columns, known = target.parted(part.table.targets)
    columns = columns.astype(np.float64)
    if target.classes is None:
        return columns, known
    is_class = (columns == np.arange(len(target.classes))).astype(np.float64)
    own = part.chosen[known[part.chosen]]
    variance = is_class[own].var(axis=0).sum()
    return is_class / np.sqrt(variance if variance > 0 else 1.0), known


def _moments(
    part: TablePart,
    mean: Mean,
    Y: Numbers,
    known: Bool[np.ndarray, " rows"],
    guide: Guide,
    axes: Axes | None,
) -> tuple[list[Moments], list[Moments]]:
    """Sum up the rows of each group whose target is known, and the others."""
    found: dict[int, Moments] = {}
    group = np.where(known, guide.group(guide.label), -1)
    for rows, block in _blocks(part, mean):
        cells = block if axes is None else block @ axes
        weights = None if part.sample_weight is None else part.sample_weight[rows].astype(np.float64)
        for number in np.unique(group[rows]):
            some = group[rows] == number
            targets = np.zeros((int(some.sum()), Y.shape[1])) if number < 0 else Y[rows[some]]
            moments = moments_of(cells[some], targets, None if weights is None else weights[some])
            # At once, as each has all products of features with each other.
            found[int(number)] = joined([found[int(number)], moments]) if number in found else moments
    if current_team().n_processes > 1:
        found = _of_all(found)
    rest = [found.pop(-1)] if -1 in found else []
    return list(found.values()), rest


def _of_all(found: dict[int, Moments]) -> dict[int, Moments]:
    """Join the sums of all processes, group by group."""
    own = {
        f"{group}.{name}": np.asarray(part) for group, m in found.items() for name, part in vars(m).items()
    }
    everything: dict[int, list[Moments]] = {}
    for arrays in current_team().gathered(own):
        for group in dict.fromkeys(int(name.partition(".")[0]) for name in arrays):
            parts = named(arrays, f"{group}.")
            everything.setdefault(group, []).append(Moments(float(parts.pop("weight")), **parts))
    return {group: joined(everything[group]) for group in sorted(everything)}


def _class_head(
    part: TablePart, solution: LinearSolution, target: TargetCoding, known: Bool[np.ndarray, " rows"]
) -> tuple[Float64[np.ndarray, "width classes"], Float64[np.ndarray, " classes"]]:
    """Fit a logistic regression on the codes of training rows."""
    from sklearn.linear_model import LogisticRegression

    assert part.table.targets is not None
    assert target.classes is not None
    n_classes, width = len(target.classes), solution.encoder.shape[1]
    labeled = part.chosen[known[part.chosen]]
    some = labeled[np.linspace(0, len(labeled) - 1, min(len(labeled), _MOST_CODES)).astype(np.int64)]
    few = replace(part, chosen=some)
    none = np.zeros((0, width), np.float32)
    own = np.concatenate([none, *(block @ solution.encoder for _, block in _blocks(few, solution.mean))])
    codes = np.concatenate([arrays["codes"] for arrays in current_team().gathered({"codes": own})])
    position = part.table.targets[some, 0].astype(np.int64)
    weights = None if part.sample_weight is None else part.sample_weight[some]
    weight, bias = np.zeros((width, n_classes)), np.zeros(n_classes)
    present = np.unique(position)
    if len(present) > 1 and width:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of few rows a class, and of few steps: it is a start
            fitted = LogisticRegression(max_iter=1000).fit(codes, position, weights)
        slopes, places = fitted.coef_.T, fitted.intercept_
        if slopes.shape[1] == 1:  # of two classes the second's logit alone is given
            slopes, places = np.hstack([-slopes, slopes]) / 2, np.array([-places[0], places[0]]) / 2
        # A class that no row here has is as unlikely as one row among all of them.
        weight[:, present], bias[:] = slopes, -np.log(len(some))
        bias[present] = places
    return weight, bias


def _blocks(part: TablePart, mean: Mean) -> Iterator[tuple[Int[np.ndarray, " block"], Block]]:
    """Read rows about a mean, with their numbers, each process its own; what is missing is at that mean."""
    # A network that is told of missing cells sees the same in their place.
    table, n_features = replace(part.table, keeps_missing=False), len(mean)
    own = own_rows(table.rows, part.chosen)
    step = max(min(_BLOCK_CELLS // max(n_features, 1), len(own)), 1)
    buffer, offset = np.empty((step, n_features), np.float32), mean.astype(np.float32)
    for start in range(0, len(own), step):
        rows = own[start : start + step]
        block = buffer[: len(rows)]
        table.read(rows, block)
        block -= offset
        yield rows, block


def _weighted(part: TablePart, mean: Mean) -> Iterator[Block]:
    """Read rows about a mean, each times the root of its weight."""
    weights = part.sample_weight
    # Of a small table a weight is to be what a repetition is, to the last digits.
    is_exact = weights is not None and len(part.chosen) * len(mean) <= _EXACT_CELLS
    for rows, block in _blocks(part, mean):
        if weights is None:
            yield block
        elif is_exact:
            yield block * np.sqrt(weights[rows].astype(np.float64))[:, None]
        else:
            block *= np.sqrt(weights[rows]).astype(np.float32)[:, None]
            yield block
