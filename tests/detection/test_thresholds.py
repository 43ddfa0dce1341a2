import math
import statistics

import numpy as np
import pytest
import scipy.optimize
import scipy.stats
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sklearn.ensemble import IsolationForest

from diabolo.detection import (
    Conformal,
    Contamination,
    KnownScores,
    MeanStd,
    MedianMAD,
    Quantile,
    conformal_pvalues,
)
from diabolo.errors import InputError

NONE = np.array([])
SCORES = np.array([0.2, 0.9, 0.3, 0.4, 7.0, 0.1, 0.5, 0.35])
# Whole numbers, so that ties are common.
score_lists = st.lists(st.integers(0, 9), min_size=1, max_size=60).map(lambda numbers: np.array(numbers) / 4)
eighths = st.lists(st.integers(0, 12), min_size=1, max_size=60).map(lambda numbers: np.array(numbers) / 8)


def of_training(scores):
    return KnownScores(scores, NONE)


@settings(max_examples=60)
@given(scores=score_lists, k=st.floats(-3, 5))
def test_mean_std_equals_the_standard_librarys(scores, k):
    # statistics reckons in exact fractions.
    expected = statistics.fmean(scores) + k * statistics.pstdev(scores.tolist())
    assert MeanStd(k).line(of_training(scores)) == pytest.approx(expected, abs=1e-9)


@settings(max_examples=60)
@given(half=score_lists, k=st.floats(-3, 5))
def test_median_mad_of_scores_without_skewness_equals_scipys(half, k):
    scores = np.concatenate([half, -half])
    spread = scipy.stats.median_abs_deviation(scores, scale="normal")
    expected = np.median(scores) + k * spread
    assert MedianMAD(k).line(of_training(scores)) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("sigma", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("k", [-1.0, 1.645, 3.0])
@pytest.mark.parametrize("sign", [1, -1], ids=["to the right", "to the left"])
def test_median_mad_of_skewed_scores_stands_where_scipys_lognormal_has_the_share(sigma, k, sign):
    # Quantiles at even steps, so that nothing is drawn; Tukey's g of a lognormal is its sigma.
    law = scipy.stats.lognorm(sigma, loc=-3, scale=2)
    scores = sign * law.ppf((np.arange(40_001) + 0.5) / 40_001)
    expected = sign * law.ppf(scipy.stats.norm.cdf(sign * k))
    assert MedianMAD(k).line(of_training(scores)) == pytest.approx(expected, rel=2e-3)


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        # The median is a quartile, and both an eighth: nothing says how skewed, so the formula without it.
        ([1.0, 1.0, 1.0, 2.0, 9.0], 1.0),
        ([1.0, 1.0, 2.0, 2.0, 2.0, 2.0, 3.0, 3.0, 3.0], 2.0 + 1.0 * 1.4826022185056018),
        # One score, and two.
        ([4.0], 4.0),
        ([4.0, 6.0], 5.0 + 1.0 * 1.4826022185056018),
    ],
)
def test_median_mad_of_few_or_tied_scores(scores, expected):
    assert MedianMAD(1.0).line(of_training(np.array(scores))) == pytest.approx(expected)


def test_scores_are_taken_for_no_more_skewed_than_a_lognormal_of_sigma_1():
    # A gap above the median as wide as a mistake in typing would set the line beyond all scores.
    scores = np.append(np.arange(55.0), 1e9 + np.arange(45.0))
    line = MedianMAD(3.0).line(of_training(scores))
    median = np.median(scores)
    distance = np.median(np.abs(scores - median))
    law = scipy.stats.lognorm(1.0, loc=-1.0)
    of_law = scipy.optimize.brentq(lambda d: law.cdf(d) - law.cdf(-d) - 0.5, 0.01, 5.0)
    assert line == pytest.approx(median + distance / of_law * law.ppf(scipy.stats.norm.cdf(3.0)))


@settings(max_examples=60)
@given(scores=score_lists, q=st.floats(0, 1))
def test_quantile_equals_scipys(scores, q):
    expected = scipy.stats.mstats.mquantiles(scores, [q], alphap=0, betap=0)[0]
    assert Quantile(q).line(of_training(scores)) == pytest.approx(expected, abs=1e-9)  # Weibull's


@pytest.mark.parametrize("share", [0.01, 0.1, 0.3, 0.5])
@pytest.mark.parametrize("n_rows", [10, 91, 100])
def test_contamination_flags_the_rows_that_isolation_forest_flags(share, n_rows):
    rows = np.random.default_rng(3).normal(size=(n_rows, 2))
    forest = IsolationForest(n_estimators=10, contamination=share, random_state=0).fit(rows)
    scores = -forest.score_samples(rows)
    line = Contamination(share).line(of_training(scores))
    assert -forest.offset_ * (1 - 1e-12) <= line
    np.testing.assert_array_equal(scores > line, forest.predict(rows) == -1)


@pytest.mark.parametrize("n_rows", [20, 40, 99])
def test_contamination_flags_new_rows_as_often_as_it_says(n_rows):
    # Of n + 1 numbers drawn alike a new one is as likely in each gap; here the share above is known.
    random, share = np.random.default_rng(0), 0.1
    drawn = random.uniform(size=(4000, n_rows))
    above = np.array([1.0 - Contamination(share).line(of_training(scores)) for scores in drawn])
    as_scikit_learn = 1.0 - np.percentile(drawn, 100 * (1 - share), axis=1)
    assert share - 0.005 < above.mean() < as_scikit_learn.mean()
    assert above.mean() < share + 0.6 / n_rows


@settings(max_examples=60)
@given(percent=st.integers(1, 50), n_rows=st.integers(2, 200))
@example(percent=30, n_rows=91)
def test_contamination_flags_its_share_to_the_row(percent, n_rows):
    # The closed form for different scores: ranks above (1 - share) (n - 1), reckoned in whole numbers.
    scores = np.random.default_rng(0).permutation(n_rows).astype(float)
    line = Contamination(percent / 100).line(of_training(scores))
    assert np.sum(scores > line) == -(-percent * (n_rows - 1) // 100)


@pytest.mark.parametrize(
    ("lower", "higher"),
    [
        (MeanStd(1), MeanStd(2)),
        (MedianMAD(1), MedianMAD(2)),
        (Quantile(0.5), Quantile(0.9)),
        (Contamination(0.4), Contamination(0.1)),
        (Conformal(0.5), Conformal(0.2)),
    ],
    ids=lambda threshold: type(threshold).__name__,
)
def test_each_setting_moves_the_line(lower, higher):
    known = KnownScores(SCORES, SCORES)
    assert lower.line(known) < higher.line(known)


def test_defaults_are_those_documented():
    assert (MeanStd(), MedianMAD(), Quantile()) == (MeanStd(1.0), MedianMAD(3.0), Quantile(0.95))
    assert (Contamination(), Conformal()) == (Contamination(0.1), Conformal(0.05))


def test_one_far_training_score_moves_the_robust_line_little():
    clean, dirty = np.arange(100.0), np.append(np.arange(99.0), 1e6)
    assert MedianMAD().line(of_training(dirty)) == pytest.approx(MedianMAD().line(of_training(clean)))
    assert MeanStd().line(of_training(dirty)) > 10 * MeanStd().line(of_training(clean))


def test_conformal_reads_held_out_scores_and_the_others_read_training_scores():
    a, b = KnownScores(SCORES, SCORES), KnownScores(SCORES, SCORES + 5)
    assert Conformal(0.5).line(b) == Conformal(0.5).line(a) + 5
    for threshold in (MeanStd(), MedianMAD(), Quantile(), Contamination()):
        assert threshold.line(a) == threshold.line(b)


def test_a_conformal_line_without_enough_held_out_rows_is_refused():
    with pytest.raises(InputError) as caught:
        Conformal(0.05).line(KnownScores(NONE, np.arange(5.0)))
    assert str(caught.value) == (
        "threshold 'conformal' at level 0.05 needs at least 19 held-out normal rows, but there are 5; hold "
        "out more of them (held_out_fraction), or set a level of at least 0.1667."
    )
    with pytest.raises(InputError) as caught:
        Conformal(0.05).line(KnownScores(NONE, NONE))
    assert str(caught.value) == (
        "threshold 'conformal' at level 0.05 needs at least 19 held-out normal rows, but there are 0; hold "
        "out more of them (held_out_fraction)."
    )


@pytest.mark.parametrize("level", [0.001, 0.01, 0.03, 0.05, 0.07, 0.1, 1 - 0.9, 0.3333, 0.5, 0.9])
def test_the_number_of_rows_that_conformals_message_names_is_the_least_that_does(level):
    with pytest.raises(InputError) as caught:
        Conformal(level).line(KnownScores(NONE, NONE))
    needed = int(str(caught.value).split("at least ")[1].split()[0])
    assert Conformal(level).line(KnownScores(NONE, np.arange(float(needed)))) == needed - 1
    if needed > 1:
        with pytest.raises(InputError, match=f"at least {needed} held-out"):
            Conformal(level).line(KnownScores(NONE, np.arange(needed - 1.0)))


@pytest.mark.parametrize("n_rows", [1, 2, 6, 8, 28, 99, 12345])
def test_the_level_that_conformals_message_names_does(n_rows):
    held_out = KnownScores(NONE, np.arange(float(n_rows)))
    with pytest.raises(InputError) as caught:
        Conformal(1e-5).line(held_out)
    named = float(str(caught.value).split("at least ")[2].rstrip("."))
    assert Conformal(named).line(held_out) == n_rows - 1
    assert named == pytest.approx(1 / (n_rows + 1), rel=2e-3)


def line_of(level, held_out):
    return Conformal(level).line(KnownScores(np.array([]), held_out))


@st.composite
def levels(draw, n_held_out):
    """Any level, and those that a p-value can take, one rounding up or down."""
    exact = draw(st.integers(1, n_held_out)) / (n_held_out + 1)
    near = [exact, math.nextafter(exact, 0), math.nextafter(exact, 1), 1 - (1 - exact)]
    return draw(st.one_of(st.sampled_from(near), st.floats(0.001, 0.999)))


@settings(max_examples=300)
@given(scores=eighths, held_out=eighths, data=st.data())
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
