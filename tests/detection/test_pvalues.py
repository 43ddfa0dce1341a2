from fractions import Fraction

import numpy as np
import scipy.stats
from hypothesis import example, given, settings
from hypothesis import strategies as st

from diabolo.detection import conformal_pvalues, discoveries

eighths = st.lists(st.integers(0, 12), min_size=1, max_size=60).map(lambda numbers: np.array(numbers) / 8)


@settings(max_examples=60)
@given(scores=eighths, held_out=eighths)
def test_pvalues_equal_a_count_over_all_pairs(scores, held_out):
    expected = [(1 + sum(known >= score for known in held_out)) / (1 + len(held_out)) for score in scores]
    assert conformal_pvalues(scores, held_out).tolist() == expected


def test_no_held_out_row_says_nothing():
    assert conformal_pvalues(np.array([1.0, 9.0]), np.array([])).tolist() == [1.0, 1.0]


@settings(max_examples=100)
@given(ranks=st.lists(st.integers(1, 40), min_size=1, max_size=50), percent=st.integers(1, 60))
@example(ranks=[4] * 43, percent=10)  # 0.1 * 43 / 43 is below 0.1
def test_discoveries_equal_benjamini_and_hochberg_reckoned_in_fractions(ranks, percent):
    # P-values of k / 40 lie on the line often, where rounding would decide.
    rate, ordered = Fraction(percent, 100), sorted(ranks)
    passes = [rank for i, rank in enumerate(ordered, 1) if Fraction(rank, 40) <= rate * i / len(ranks)]
    limit = max(passes, default=0)
    got = discoveries(np.array(ranks) / 40, percent / 100)
    assert got.tolist() == [rank <= limit for rank in ranks]


@settings(max_examples=100)
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
