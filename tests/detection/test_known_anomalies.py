"""Held against weights that are tried one by one, and ranks that are scikit-learn's ROC-AUC."""

import itertools

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from diabolo.detection.known_anomalies import WEIGHTS, weigh_by_anomalies

USUAL = (1.0, 0.5)
RANDOM = np.random.default_rng(5)


def drawn(n_normal, n_odd, shifts, seed=0):
    random = np.random.default_rng(seed)
    normal = tuple(random.chisquare(4, n_normal) for _ in range(3))
    odd = tuple(random.chisquare(4, n_odd) + shift for shift in shifts)
    return normal, odd


def area(normal, odd, pair):
    scores = [side[0] + pair[0] * side[1] + pair[1] * side[2] for side in (normal, odd)]
    labels = np.repeat([0, 1], [len(side) for side in scores])
    return roc_auc_score(labels, np.concatenate(scores))


def gains_of(normal, odd):
    """Give each anomaly's rank less its usual one, by every two weights that there are."""
    alone = [[part[[row]] for part in odd] for row in range(len(odd[0]))]
    usual = [area(normal, one, USUAL) for one in alone]
    return {
        pair: np.array([area(normal, one, pair) for one in alone]) - usual
        for pair in itertools.product(WEIGHTS, WEIGHTS)
    }


def best_of(gains):
    """Try all weights: the largest gain of the mean rank less its standard error."""
    best, most = USUAL, 0.0
    for pair, found in gains.items():
        gain = found.mean() - found.std(ddof=1) / np.sqrt(len(found))
        if gain > most + 1e-12:
            best, most = pair, gain
    return best


def left_out_gains(gains):
    """Gain of each anomaly by what the others choose."""
    n_odd = len(gains[USUAL])
    chosen = [best_of({pair: np.delete(found, row) for pair, found in gains.items()}) for row in range(n_odd)]
    return [gains[pair][row] for row, pair in enumerate(chosen)]


@pytest.mark.parametrize("shifts", [(9, 0, 0), (0, 9, 0), (0, 0, 9), (2, 2, 2), (0, 0, 0)])
def test_it_is_the_best_of_all_that_are_tried_if_it_helps_those_without_a_say(shifts):
    normal, odd = drawn(200, 6, shifts)
    gain = weigh_by_anomalies(normal, odd, USUAL)
    gains = gains_of(normal, odd)
    helps = np.mean(left_out_gains(gains)) > 1e-12
    assert helps == (9 in shifts)
    assert (gain.deviation_weight, gain.distance_weight) == (best_of(gains) if helps else USUAL)
    assert gain.usual_rank == pytest.approx(area(normal, odd, USUAL))
    assert gain.n_anomalies == 6


def test_the_gain_is_that_of_anomalies_without_a_say():
    normal, odd = drawn(150, 5, (0, 7, 0), seed=3)
    gain = weigh_by_anomalies(normal, odd, USUAL)
    own = left_out_gains(gains_of(normal, odd))
    assert gain.gain == pytest.approx(np.mean(own))
    assert gain.error == pytest.approx(np.std(own, ddof=1) / np.sqrt(5))


def test_anomalies_that_are_like_the_others_hardly_change_the_rank_of_new_ones():
    losses = []
    for seed in range(60):
        normal, odd = drawn(200, 5, (0.5, 0.5, 0.5), seed)
        gain = weigh_by_anomalies(normal, odd, USUAL)
        fresh, more = drawn(400, 400, (0.5, 0.5, 0.5), seed + 1000)
        losses.append(
            area(fresh, more, USUAL) - area(fresh, more, (gain.deviation_weight, gain.distance_weight))
        )
    assert np.mean(losses) < 0.02


def test_it_says_what_it_brought():
    text = str(weigh_by_anomalies(*drawn(200, 6, (0, 9, 0)), USUAL))
    assert text.startswith("6 known; weights of the score: deviation 4, distance 0")
    assert "of normal rows, " in text
