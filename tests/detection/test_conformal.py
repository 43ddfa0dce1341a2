import math
from fractions import Fraction

import numpy as np
import pytest
import scipy.stats
from hypothesis import example, given, settings
from hypothesis import strategies as st

from diabolo.detection import Conformal, KnownScores, conformal_pvalues, discoveries
from diabolo.errors import InputError

# Whole numbers, so that ties are common.
score_lists = st.lists(st.integers(0, 12), min_size=1, max_size=60).map(lambda numbers: np.array(numbers) / 8)


def line_of(level, held_out):
    return Conformal(level).line(KnownScores(np.array([]), held_out))


@settings(deadline=None, max_examples=60)
@given(scores=score_lists, held_out=score_lists)
def test_pvalues_equal_a_count_over_all_pairs(scores, held_out):
    expected = [(1 + sum(known >= score for known in held_out)) / (1 + len(held_out)) for score in scores]
    assert conformal_pvalues(scores, held_out).tolist() == expected


def test_no_held_out_row_says_nothing():
    assert conformal_pvalues(np.array([1.0, 9.0]), np.array([])).tolist() == [1.0, 1.0]


@st.composite
def levels(draw, n_held_out):
    """Any level, and those that a p-value can take, one rounding up or down."""
    exact = draw(st.integers(1, n_held_out)) / (n_held_out + 1)
    near = [exact, math.nextafter(exact, 0), math.nextafter(exact, 1), 1 - (1 - exact)]
    return draw(st.one_of(st.sampled_from(near), st.floats(0.001, 0.999)))


@settings(deadline=None, max_examples=300)
@given(scores=score_lists, held_out=score_lists, data=st.data())
def test_a_pvalue_is_at_most_the_level_where_the_score_is_above_the_line(scores, held_out, data):
    level = data.draw(levels(len(held_out)))
    called = conformal_pvalues(scores, held_out) <= level
    try:
        line = line_of(level, held_out)
    except InputError:
        assert level < 1 / (len(held_out) + 1)
        assert not called.any()
    else:
        np.testing.assert_array_equal(scores > line, called)


@pytest.mark.parametrize("level", [0.01, 0.05, 0.1])
@pytest.mark.parametrize("ties", [False, True])
def test_false_alarms_are_at_most_the_level(level, ties):
    # Exchangeable rows: held-out and new ones are drawn alike. A repetition's share of false alarms has some
    # spread s over repetitions, and the mean of 200 has the standard error s / sqrt(200).
    random, shares = np.random.default_rng(11), []
    for _ in range(200):
        scores = random.gamma(2.0, size=499)
        scores = np.round(scores, 1) if ties else scores
        held_out, new = scores[:199], scores[199:]
        called = new > line_of(level, held_out)
        np.testing.assert_array_equal(called, conformal_pvalues(new, held_out) <= level)
        shares.append(called.mean())
    error = np.std(shares, ddof=1) / math.sqrt(len(shares))
    assert np.mean(shares) <= level + 3 * error
    if not ties:  # level (n + 1) is whole, so the guarantee is met with equality
        assert np.mean(shares) >= level - 3 * error


@settings(deadline=None, max_examples=100)
@given(ranks=st.lists(st.integers(1, 40), min_size=1, max_size=50), percent=st.integers(1, 60))
@example(ranks=[4] * 43, percent=10)  # 0.1 * 43 / 43 is below 0.1
def test_discoveries_equal_benjamini_and_hochberg_reckoned_in_fractions(ranks, percent):
    # P-values of k / 40 lie on the line often, where rounding would decide.
    rate, ordered = Fraction(percent, 100), sorted(ranks)
    passes = [rank for i, rank in enumerate(ordered, 1) if Fraction(rank, 40) <= rate * i / len(ranks)]
    limit = max(passes, default=0)
    got = discoveries(np.array(ranks) / 40, percent / 100)
    assert got.tolist() == [rank <= limit for rank in ranks]


@settings(deadline=None, max_examples=100)
@given(pvalues=st.lists(st.floats(1e-6, 1), min_size=1, max_size=50), rate=st.floats(0.01, 0.6))
def test_discoveries_equal_scipys_false_discovery_control(pvalues, rate):
    adjusted = scipy.stats.false_discovery_control(pvalues, method="bh")
    off_the_line = np.abs(adjusted - rate) > 1e-9
    got = discoveries(np.array(pvalues), rate)
    np.testing.assert_array_equal(got[off_the_line], (adjusted <= rate)[off_the_line])


def test_a_higher_rate_discovers_more():
    pvalues = np.array([0.01, 0.03, 0.2, 0.6])
    assert [int(discoveries(pvalues, rate).sum()) for rate in (0.01, 0.05, 0.1, 0.3)] == [0, 1, 2, 3]


def test_of_no_rows_none_is_discovered():
    assert discoveries(np.array([]), 0.1).tolist() == []
