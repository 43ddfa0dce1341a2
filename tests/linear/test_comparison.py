"""A code beside linear methods: intervals, verdicts, sentences, and the way to JSON and back."""

import json

import numpy as np
import pytest

from diabolo.errors import InputError
from diabolo.linear.comparison import (
    LinearComparison,
    PairedDifference,
    mean_difference,
    share_difference,
)


def made(**changes):
    """Make a comparison of a regression."""
    entries = {
        "kind": "regression",
        "rows": (
            {
                "method": "code",
                "size": 2,
                "explained_variance": 0.7,
                "mean_absolute_error": 3.0,
                "explained_share": 0.5,
            },
            {
                "method": "mean",
                "size": None,
                "explained_variance": None,
                "mean_absolute_error": 6.25,
                "explained_share": -0.001,
            },
        ),
        "rebuilding": PairedDifference("explained_variance", "pca", 0.6, 0.1, 0.08, 0.12),
        "predicting": PairedDifference("mean_absolute_error", "mean", 6.25, -3.25, -4.0, -2.5),
        "n_rows": 1500,
        "n_held_out_rows": 1500,
        "n_splits": 5,
        "n_target_rows": 1400,
        "n_predictor_rows": 1200,
    }
    return LinearComparison(**{**entries, **changes})


def test_the_interval_of_a_share_holds_the_truth_in_95_of_100_tables():
    random, n_tables, n_rows = np.random.default_rng(0), 2000, 200
    # Per row a total of mean 10, and a gain of mean 1 that goes with it: a share of 0.1.
    totals = random.gamma(2.0, 5.0, (n_tables, n_rows))
    gains = 0.1 * totals + random.normal(0, 1.0, (n_tables, n_rows)) * np.sqrt(totals)
    found = [share_difference(gain, total, 0.5) for gain, total in zip(gains, totals, strict=True)]
    held = np.mean([each.lowest <= 0.1 <= each.highest for each in found])
    assert held == pytest.approx(0.95, abs=0.015)
    assert np.mean([each.difference for each in found]) == pytest.approx(0.1, abs=0.002)


def test_the_interval_of_a_mean_holds_the_truth_in_95_of_100_tables():
    random = np.random.default_rng(1)
    differences = random.exponential(2.0, (2000, 300)) - 1.5
    found = [mean_difference("mean_absolute_error", each, 4.0, "ridge") for each in differences]
    assert np.mean([each.lowest <= 0.5 <= each.highest for each in found]) == pytest.approx(0.95, abs=0.015)


def test_an_interval_by_hand():
    found = mean_difference("accuracy", np.array([1.0, 1.0, 0.0, -1.0]), 0.5, "pls")
    error = np.sqrt((0.75**2 + 0.75**2 + 0.25**2 + 1.25**2) / 3 / 4)
    assert found.difference == 0.25
    assert (found.lowest, found.highest) == pytest.approx((0.25 - 1.959964 * error, 0.25 + 1.959964 * error))
    alike = share_difference(np.zeros(3), np.zeros(3), 1.0)
    assert (alike.difference, alike.lowest, alike.highest, alike.verdict) == (0, 0, 0, "equal")


@pytest.mark.parametrize(
    ("figure", "against", "numbers", "verdict", "sentence"),
    [
        (
            "explained_variance",
            "pca",
            (0.6, 0.031, 0.027, 0.035),
            "better",
            "The code rebuilds 0.031 more of the variance than principal components (95% interval 0.027 to "
            "0.035).",
        ),
        (
            "explained_variance",
            "pca",
            (0.6, -0.031, -0.035, -0.027),
            "worse",
            "The code rebuilds 0.031 less of the variance than principal components (95% interval 0.027 to "
            "0.035).",
        ),
        (
            "explained_variance",
            "pca",
            (0.6, 0.001, -0.002, 0.004),
            "equal",
            "The code rebuilds no more of the variance than principal components (difference 0.001, 95% "
            "interval -0.002 to 0.004).",
        ),
        (
            "explained_variance",
            "pca",
            (0.6, -2e-8, -3e-8, -1e-8),
            "equal",
            "The code rebuilds no more of the variance than principal components (difference 0.000, 95% "
            "interval 0.000 to 0.000).",
        ),
        (
            "mean_absolute_error",
            "ridge",
            (44.2, -2.5, -4.0, -1.0),
            "better",
            "The code errs by 2.5 less than a ridge on all features, the best linear method here (95% "
            "interval 1 to 4).",
        ),
        (
            "mean_absolute_error",
            "pls",
            (0.00442, 0.00025, 0.0001, 0.0004),
            "worse",
            "The code errs by 0.00025 more than partial least squares, the best linear method here (95% "
            "interval 0.0001 to 0.0004).",
        ),
        (
            "mean_absolute_error",
            "mean",
            (1e6, 400.0, 300.0, 500.0),
            "equal",
            "The code predicts no better than the mean, the best linear method here (difference 400, 95% "
            "interval 300 to 500).",
        ),
        (
            "accuracy",
            "logistic",
            (0.9, 0.02, 0.01, 0.03),
            "better",
            "The code predicts 0.020 more of the rows right than a logistic regression on all features, the "
            "best linear method here (95% interval 0.010 to 0.030).",
        ),
        (
            "accuracy",
            "mean",
            (0.9, -0.02, -0.03, -0.01),
            "worse",
            "The code predicts 0.020 less of the rows right than the most frequent class, the best linear "
            "method here (95% interval 0.010 to 0.030).",
        ),
    ],
)
def test_the_verdict_and_its_sentence(figure, against, numbers, verdict, sentence):
    found = PairedDifference(figure, against, *numbers)
    assert (found.verdict, found.sentence) == (verdict, sentence)


def test_it_prints_a_table_and_its_sentences():
    lines = str(made()).splitlines()
    assert lines[0] == (
        "1,500 rows, each held out once, in 5 parts; 1,400 with a target; predictions fitted to 1,200"
    )
    assert " ".join(lines[1].split()) == "method size explained variance mean absolute error explained share"
    assert lines[2].split() == ["code", "2", "0.7", "3", "0.5"]
    assert lines[3].split() == ["mean", "-", "-", "6.25", "-0.001"]
    assert len({len(line) for line in lines[1:4]}) == 1
    assert lines[4:] == list(made().sentences)
    once = made(n_rows=7500, n_splits=1, n_target_rows=1500, n_predictor_rows=6000)
    assert str(once).startswith("1,500 of 7,500 rows held out; predictions fitted to 6,000\n")


def test_a_method_is_found_by_its_name():
    assert made()["code"]["explained_variance"] == 0.7
    with pytest.raises(KeyError, match="no method 'pls' was measured; there are 'code', 'mean'"):
        _ = made()["pls"]


def test_it_goes_through_json_unchanged():
    written = json.loads(json.dumps(made().to_dict(), allow_nan=False))
    assert (written["verdict"], written["prediction_verdict"]) == ("better", "better")
    assert LinearComparison.from_dict(written) == made()
    rows = ({"method": "code", "size": 2, "explained_variance": 0.7},)
    alone = made(kind=None, rows=rows, predicting=None, n_target_rows=None, n_predictor_rows=None)
    assert alone.prediction_verdict is None
    assert len(alone.sentences) == 1
    assert LinearComparison.from_dict(json.loads(json.dumps(alone.to_dict()))) == alone


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda entries: entries.pop("rebuilding"), "the comparison lacks rebuilding; expected what to_dict"),
        (lambda entries: entries.update(kind="ranking"), "'kind': expected one of 'regression', "),
        (lambda entries: entries.update(kind=["a"]), "'kind': expected one of 'regression', "),
        (lambda entries: entries.update(rows=[]), "'rows': expected a row for each method, "),
        (lambda entries: entries["rows"][0].update(method="lasso"), "'rows': expected a row for each method"),
        (lambda entries: entries["rows"][0].update(method=["pca"]), "'rows': expected a row for each method"),
        (lambda entries: entries["rows"][0].update(size=0), "'rows': expected a row for each method"),
        (lambda entries: entries["rows"][0].pop("explained_share"), "'rows': expected a row for each method"),
        (lambda entries: entries["rows"][0].update(explained_variance=float("nan")), "'rows': expected"),
        (lambda entries: entries.update(n_rows=True), "'n_rows': expected a whole number above 0; got True"),
        (lambda entries: entries.update(n_target_rows=None), "'n_target_rows': expected a whole number"),
        (lambda entries: entries.update(predicting=None), "'predicting': expected a difference in"),
        (lambda entries: entries["rebuilding"].update(lowest="0"), "'rebuilding': expected a difference in"),
        (
            lambda entries: entries["rebuilding"].update(against="lasso"),
            "'rebuilding': expected a difference",
        ),
        (lambda entries: entries["rebuilding"].update(against=[]), "'rebuilding': expected a difference"),
        (
            lambda entries: entries["rebuilding"].update(figure="accuracy"),
            "'rebuilding': expected a differen",
        ),
    ],
)
def test_a_strangers_entries_are_refused(change, said):
    entries = json.loads(json.dumps(made().to_dict()))
    change(entries)
    with pytest.raises(InputError) as caught:
        LinearComparison.from_dict(entries)
    assert said in str(caught.value)


def test_what_is_no_dictionary_is_refused():
    with pytest.raises(InputError, match="the comparison lacks kind, n_held_out_rows, "):
        LinearComparison.from_dict([1])
