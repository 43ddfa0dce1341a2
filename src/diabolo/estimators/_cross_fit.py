"""Rows scored by what was learned without them: each fold of the rows by a detector of the others."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.cluster.team import alone, current_team
from diabolo.core.randomness import random_for
from diabolo.data.checked_source import CheckedSource
from diabolo.data.source import Source
from diabolo.detection.known_anomalies import LEAST_ANOMALIES, LabelGain, weigh_by_anomalies
from diabolo.estimators._advice import ADVICE_OF_ROWS, advice_given
from diabolo.estimators._callbacks import Following
from diabolo.estimators._detector_scoring import (
    Learned,
    Networks,
    calibrated,
    residuals_of,
    scores_of,
    solved,
    some_of,
    trained,
)
from diabolo.estimators._one_thread import on_one_thread
from diabolo.estimators._rows import read_together
from diabolo.estimators._tasks import jobs_at_once, tasks_done
from diabolo.training.stages import Stages

if TYPE_CHECKING:
    from jaxtyping import Float, Int

    from diabolo.data.window_layout import WindowLayout

    Rows = Int[np.ndarray, " rows"]
    Part = Callable[[Rows], Any]

__all__ = ["CrossFit", "cross_fit", "learn", "learned_at_most", "n_folds_of", "scored"]

# Of few rows a fifth is left out in turn; what is learned from two thirds of many is the same as of all.
_FEW_ROWS, _FOLDS_OF_FEW, _FOLDS_OF_MANY = 1_000, 5, 3
# The linear networks of a fold need no more rows: of more they would be the same.
_MOST_ROWS = 20_000
# Of sparse rows so many cells are learned from, those that are zero included.
_MOST_SPARSE_CELLS = 2**24
# Where folds of time leave less than this share of the windows to learn from, rows are too few for them.
_LEAST_LEFT = 1 / 3
# What is learned from less than about two thirds of the windows is not the same as of all: there are more
# folds then.
_ENOUGH_LEFT, _MOST_FOLDS = 0.65, 10


@dataclass(frozen=True)
class CrossFit:
    """Rows scored by what was learned without them.

    Parameters
    ----------
    folds : list of Learned
        What was learned without each fold; none where rows are too few, or it is not wanted.
    number : int array of shape (n_rows,)
        Which fold each row is of.
    learned : Learned
        What was learned from all rows.
    """

    folds: list[Learned]
    number: Int[np.ndarray, " n_rows"]
    learned: Learned

    def scores(self, detector: Any, part: Part, chosen: Rows) -> Float[np.ndarray, " n_rows"]:
        """Score the rows, each by what was learned without it.

        Parameters
        ----------
        detector, part, chosen
            As of :func:`cross_fit`.

        Returns
        -------
        array of shape (n_rows,)
            Where there are no folds, by what was learned from the rows themselves.
        """
        if not self.folds:
            return scored(detector, part, chosen, self.learned)
        scores = np.empty(len(chosen))
        for fold, without in enumerate(self.folds):
            own = self.number == fold
            scores[own] = scored(detector, part, chosen[own], without)
        return scores


def n_folds_of(detector: Any, n_rows: int) -> int:
    """Say in how many folds rows are scored.

    Parameters
    ----------
    detector : AutoencoderDetector
        Its ``cv`` counts.
    n_rows : int
        How many there are to learn from.

    Returns
    -------
    int
        0 where rows are scored by what was learned from them.
    """
    usual = _FOLDS_OF_FEW if n_rows <= _FEW_ROWS else _FOLDS_OF_MANY
    folds = min(usual if detector.cv == "auto" else int(detector.cv), n_rows)
    # Something is to be learned from the others: two rows at the least.
    return folds if folds >= 2 and n_rows - -(-n_rows // folds) >= 2 else 0


def learned_at_most(detector: Any, rows: CheckedSource) -> int:
    """Say of how many rows of a table copies are made to learn from, at the most.

    Parameters
    ----------
    detector : AutoencoderDetector
        Checked.
    rows : CheckedSource
        The table.

    Returns
    -------
    int
    """
    if not isinstance(detector.autoencoder, str):
        return len(rows)
    if rows.windows is not None:
        return min(len(rows), rows.windows.enough(is_linear=detector.autoencoder == "linear"))
    return min(len(rows), _most_dense(rows)) if rows.in_memory and rows.is_compressed else len(rows)


def _most_dense(rows: Source) -> int:
    """Say how many sparse rows can be dense."""
    return max(_MOST_SPARSE_CELLS // rows.n_features, 2)


def cross_fit(
    detector: Any,
    part: Part,
    chosen: Rows,
    seed: int,
    windows: WindowLayout | None = None,
    stages: Stages | None = None,
    told: Following | None = None,
) -> CrossFit:
    """Learn from all of some rows, and from all but each fold of them.

    Folds are drawn at random. Those of windows of a series are stretches of time, and what is learned
    without one is learned from windows that share no point with it.

    Parameters
    ----------
    detector : AutoencoderDetector
        Checked, its parameters kept.
    part : callable
        From numbers of rows to these rows.
    chosen : int array of shape (n_rows,)
        Those to learn from.
    seed : int
        Of all random numbers.
    windows : WindowLayout, optional
        Where in a series the rows lie.
    stages : Stages, optional
        Where moments of the training are kept.
    told : Following, optional
        Who follows it.

    Returns
    -------
    CrossFit

    References
    ----------
    M. Stone, Cross-validatory choice and assessment of statistical predictions, Journal of the Royal
    Statistical Society B 36, 1974.
    """
    if windows is None:
        number, others = _random_folds(detector, chosen, seed)
        seen = functools.partial(_dense, detector, part)
    else:
        number, others = _folds_in_time(detector, chosen, windows)
        seen = functools.partial(_seen, detector, part, windows)
    held = [chosen[number == fold] for fold in range(len(others))]
    if detector.autoencoder == "linear":
        learned = solved(detector, seen(chosen), seed)
        folds = [solved(detector, seen(some), seed) for some in others]
    else:
        told = told or Following(detector, "fit")
        networks, *apart = _trained(detector, seen, [chosen, *others], seed, stages or Stages(), told)
        left_out = _left_out(detector, apart, [part(fold) for fold in held], seed) if apart else None
        learned = calibrated(detector, networks, seen(chosen), seed, left_out)
        folds = [
            calibrated(detector, each, seen(some), seed, left_out)
            for each, some in zip(apart, others, strict=True)
        ]
    return CrossFit(folds, number, learned)


def _trained(
    detector: Any, seen: Part, parts: list[Rows], seed: int, stages: Stages, told: Following
) -> list[Networks]:
    """Train on all rows, then on all but each fold."""
    # A checkpoint is of one fit after the other, and so is what callbacks are told.
    if jobs_at_once(None) == 1 or type(stages) is not Stages or told.follows:
        found = []
        if len(parts) > 1:
            told.begin(len(parts))
        for number, some in enumerate(parts):
            with advice_given(number > 0), on_one_thread():  # of the folds, too
                kept = stages.part(f"fold-{number - 1}" if number else "all")
                own = (
                    told.part(f"without fold {number}" if number else "all rows") if len(parts) > 1 else told
                )
                found.append(trained(detector, seen(some), seed, kept, own))
            if own is not told:
                own.end()
        return found
    done = dict(tasks_done(_trained_on, (detector, seen, seed), parts, quiet=ADVICE_OF_ROWS))
    return [done[number] for number in range(len(parts))]


def _trained_on(shared: tuple[Any, Part, int], rows: Rows) -> Networks:
    detector, seen, seed = shared
    return trained(detector, seen(rows), seed)


def _random_folds(detector: Any, chosen: Rows, seed: int) -> tuple[Rows, list[Rows]]:
    """Draw the fold of each row, and say which rows to learn from without each fold.

    These are equally many, so that one compiled program fits all.
    """
    n_folds = n_folds_of(detector, len(chosen))
    order = random_for(seed, "folds").permutation(len(chosen))
    number = np.empty(len(chosen), np.int64)
    number[order] = np.arange(len(chosen)) % max(n_folds, 1)
    least = len(chosen) - np.bincount(number).max()
    if detector.autoencoder == "linear":
        least = min(least, _MOST_ROWS)
    return number, [chosen[np.sort(order[number[order] != fold][:least])] for fold in range(n_folds)]


def _folds_in_time(detector: Any, chosen: Rows, windows: WindowLayout) -> tuple[Rows, list[Rows]]:
    """Cut windows into stretches of time; without each, equally many are learned from, too."""
    n_folds, at_borders = n_folds_of(detector, len(chosen)), 2 * ((windows.length - 1) // windows.step)
    if detector.cv == "auto":
        more = (n for n in (_FOLDS_OF_MANY, _FOLDS_OF_FEW, _MOST_FOLDS) if n >= n_folds)
        enough = (n for n in more if 1 - 1 / n - at_borders / len(chosen) >= _ENOUGH_LEFT)
        n_folds = min(next(enough, _MOST_FOLDS), len(chosen)) if n_folds and at_borders else n_folds
    number = np.empty(len(chosen), np.int64)
    in_time = np.argsort(windows.starts[chosen], kind="stable")
    number[in_time] = np.arange(len(chosen)) * n_folds // len(chosen)
    apart = [chosen[windows.apart_from(chosen, chosen[number == fold])] for fold in range(n_folds)]
    least = min(map(len, apart), default=0)
    if least < max(2, _LEAST_LEFT * len(chosen)):
        return np.zeros(len(chosen), np.int64), []
    return number, [_evenly(some, least, windows) for some in apart]


def _seen(detector: Any, part: Part, windows: WindowLayout, rows: Rows) -> Any:
    """Return windows to learn from, in memory but where an estimator of the user's own streams them."""
    if not isinstance(detector.autoencoder, str):
        return part(rows)
    enough = windows.enough(is_linear=detector.autoencoder == "linear")
    return read_together(part(_evenly(rows, enough, windows)))


def _dense(detector: Any, part: Part, rows: Rows) -> Any:
    """Return rows to learn from; of sparse ones no more than can be dense, evenly chosen."""
    given = part(rows)
    if not isinstance(given, Source) or not isinstance(detector.autoencoder, str):
        return given
    most = _most_dense(given)
    return read_together(given if len(rows) <= most else part(rows[np.arange(most) * len(rows) // most]))


def _evenly(rows: Rows, most: int, windows: WindowLayout) -> Rows:
    """Choose so many windows, evenly over time, and sort them by it."""
    in_time = rows[np.argsort(windows.starts[rows], kind="stable")]
    return in_time[np.arange(most) * len(rows) // most] if most < len(rows) else in_time


def _left_out(
    detector: Any, apart: list[Networks], held: list[Any], seed: int
) -> list[Float[np.ndarray, "rows features"]]:
    """Gather, member by member, the residuals of every fold's rows by networks that have not seen them."""
    by_fold = [
        residuals_of(detector, networks, some_of(rows, seed, len(apart)))
        for networks, rows in zip(apart, held, strict=True)
    ]
    return [np.concatenate(residuals) for residuals in zip(*by_fold, strict=True)]


def learn(
    detector: Any,
    part: Part,
    n_rows: int,
    training: Rows,
    anomalies: Rows,
    seed: int,
    windows: WindowLayout | None = None,
    stages: Stages | None = None,
    told: Following | None = None,
) -> Float[np.ndarray, " n_rows"]:
    """Learn from rows, and score all: each by what was learned without it, where that is to be had.

    Parameters
    ----------
    detector : AutoencoderDetector
        Checked, its parameters kept; gets what is learned.
    part : callable
        From numbers of rows to these rows.
    n_rows : int
        Of the table.
    training : int array
        Those to learn from; where there is a ``contamination`` the oddest of them are left out.
    anomalies : int array
        Those known to be anomalies, which have a say in the weights of the score.
    seed : int
        Of all random numbers.
    windows : WindowLayout, optional
        Where in a series the rows lie.
    stages : Stages, optional
        Where moments of the training are kept.
    told : Following, optional
        Who follows it.

    Returns
    -------
    array of shape (n_rows,)
        The scores.
    """
    detector.window_ = windows and windows.settings()
    stages, told = stages or Stages(), told or Following(detector, "fit")
    first = again = told
    if detector.autoencoder == "linear":
        told.begin(0)  # it is solved
    elif detector.contamination is not None:
        told.begin(2)
        first, again = told.part("all rows given"), told.part("without the oddest")
    found, odd = cross_fit(detector, part, training, seed, windows, stages, first), training[:0]
    if detector.contamination is not None:
        if first is not told:
            first.end()
        n_kept = max(round(len(training) * (1 - float(detector.contamination))), 2)
        order = np.argsort(found.scores(detector, part, training), kind="stable")
        odd, training = training[np.sort(order[n_kept:])], training[np.sort(order[:n_kept])]
        with advice_given():
            found = cross_fit(detector, part, training, seed, windows, stages.part("again"), again)
        if again is not told:
            again.end()
    detector._learned, detector._folds = found.learned, found.folds
    detector.members_, detector.n_folds_ = found.learned.members, len(found.folds)
    detector.label_gain_ = _weighed(detector, part, training, anomalies, found)
    scores, is_other = np.empty(n_rows), np.ones(n_rows, bool)
    is_other[training] = False
    others = np.flatnonzero(is_other)
    scores[training] = found.scores(detector, part, training)
    scores[others] = scored(detector, part, others) if len(others) else 0.0
    # The odd ones were left out of every fold: any may say how odd they are.
    left_out = [odd[fold :: detector.n_folds_] for fold in range(detector.n_folds_)]
    detector._fold_scores = [
        np.append(
            scores[training[found.number == fold]],
            scored(detector, part, more, found.folds[fold]) if len(more) else (),
        )
        for fold, more in enumerate(left_out)
    ]
    return scores


def scored(
    detector: Any, part: Part, chosen: Rows, learned: Learned | None = None
) -> Float[np.ndarray, " n_rows"]:
    """Score rows; in a cluster each process scores its share.

    Parameters
    ----------
    detector : AutoencoderDetector
        That is being fitted.
    part : callable
        From numbers of rows to these rows.
    chosen : int array
        Which rows.
    learned : Learned, optional
        As of :func:`scores_of`.

    Returns
    -------
    array of shape (chosen,)
        All of their scores, in each process.
    """
    team = current_team()
    with alone():
        own = scores_of(detector, part(chosen[team.share(len(chosen))]), learned)
    return np.concatenate([arrays["scores"] for arrays in team.gathered({"scores": own})])


def _weighed(detector: Any, part: Part, training: Rows, anomalies: Rows, found: CrossFit) -> LabelGain | None:
    """Let known anomalies choose the weights of the score, where the user has not."""
    kind, usual = detector._score
    if kind != "calibrated" or detector.score_params is not None or len(anomalies) < LEAST_ANOMALIES:
        return None
    normal, odd = [], []
    # Scores are linear in the weights: the parts are what each weight of 1 adds.
    for deviation, distance in ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0)):
        detector._score = kind, usual._replace(deviation=deviation, distance=distance)
        normal.append(found.scores(detector, part, training))
        odd.append(scored(detector, part, anomalies))
    parts = [(side[0], side[1] - side[0], side[2] - side[0]) for side in (normal, odd)]
    gain = weigh_by_anomalies(parts[0], parts[1], (usual.deviation, usual.distance))
    chosen = {"deviation": gain.deviation_weight, "distance": gain.distance_weight}
    detector._score = kind, usual._replace(**chosen)
    return gain
