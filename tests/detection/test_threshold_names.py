import numpy as np
import pytest

from diabolo.detection import (
    THRESHOLDS,
    BestF1,
    Conformal,
    Contamination,
    FalseAlarmRate,
    KnownScores,
    MeanStd,
    MedianMAD,
    Precision,
    Quantile,
    Recall,
)
from diabolo.detection.threshold_names import settings_of_threshold, threshold_of
from diabolo.errors import ParameterError

NAMES = (
    "'mean+std', 'median+mad', 'quantile', 'contamination', 'conformal', 'best_f1', 'precision', 'recall', "
    "'false_alarm_rate'"
)
MADE = {
    "mean+std": MeanStd(2.5),
    "median+mad": MedianMAD(2.5),
    "quantile": Quantile(0.7),
    "contamination": Contamination(0.2),
    "conformal": Conformal(0.2),
    "best_f1": BestF1(),
    "precision": Precision(0.7),
    "recall": Recall(0.7),
    "false_alarm_rate": FalseAlarmRate(0.2),
}


class Fixed:
    """Another's threshold."""

    def line(self, known: KnownScores) -> float:
        return 3.0

    def __repr__(self) -> str:
        return "Fixed()"


def message(*arguments):
    with pytest.raises(ParameterError) as caught:
        threshold_of("Owner", *arguments)
    return str(caught.value)


def test_every_name_is_tested_here():
    assert set(MADE) == set(THRESHOLDS)


@pytest.mark.parametrize("name", MADE)
def test_names_and_settings_make_thresholds_and_back(name):
    threshold = MADE[name]
    assert threshold_of("Owner", name, vars(threshold)) == threshold
    assert settings_of_threshold(threshold) == (name, vars(threshold))
    assert threshold_of("Owner", name) == THRESHOLDS[name]()


def test_objects_are_taken_as_they_are():
    for threshold in (Quantile(0.3), Fixed()):
        assert threshold_of("Owner", threshold) is threshold
    assert settings_of_threshold(Fixed()) is None


def test_settings_come_back_as_plain_numbers():
    _, settings = settings_of_threshold(Quantile(np.float32(0.5)))
    assert type(settings["q"]) is float


def test_unknown_names_are_refused_with_the_nearest():
    for name, meant in (
        ("quantil", "quantile"),
        ("std", "mean+std"),
        ("mean_std", "mean+std"),
        ("MAD", "median+mad"),
        ("median-mad", "median+mad"),
        ("percentile", "quantile"),
        ("f1", "best_f1"),
        ("fpr", "false_alarm_rate"),
        ("fdr", "conformal"),
        ("pvalue", "conformal"),
    ):
        assert message(name) == (
            f"Owner: threshold='{name}' is not possible; expected one of {NAMES}. Did you mean '{meant}'?"
        )
    assert message("zzz") == f"Owner: threshold='zzz' is not possible; expected one of {NAMES}."


@pytest.mark.parametrize("threshold", [3, None, ["quantile"]])
def test_what_has_no_line_is_refused(threshold):
    assert message(threshold) == (
        f"Owner: threshold={threshold!r} is not possible; expected one of {NAMES}, or an object with a "
        "method line(known_scores)."
    )


def test_an_object_has_its_own_settings():
    assert message(Quantile(0.5), {"q": 0.9}) == (
        "Owner: threshold_params={'q': 0.9} go with a threshold's name, but threshold is Quantile(q=0.5), "
        "which has its own; leave them out."
    )


def test_unknown_settings_are_refused_with_the_known():
    assert message("quantile", {"k": 2}) == (
        "Owner: threshold 'quantile' does not know 'k'; its settings: 'q'."
    )
    assert message("best_f1", {"k": 2}) == "Owner: threshold 'best_f1' does not know 'k'; it has no settings."


RANGES = [
    ("mean+std", "k", "a finite number", [-3.0, 0, 1e9], [float("inf"), float("-inf")]),
    ("median+mad", "k", "a finite number", [-3.0, 0, 1e9], [float("inf")]),
    ("quantile", "q", "a number from 0 to 1", [0, 0.5, 1], [-0.01, 1.01]),
    ("contamination", "share", "a number above 0 and at most 0.5", [0.01, 0.5], [0, 0.51]),
    ("conformal", "level", "a number above 0 and below 1", [0.01, 0.99], [0, 1]),
    ("precision", "at_least", "a number above 0 and at most 1", [0.01, 1], [0, 1.01]),
    ("recall", "at_least", "a number above 0 and at most 1", [0.01, 1], [0, 1.01]),
    ("false_alarm_rate", "at_most", "a number from 0 to below 1", [0, 0.99], [-0.01, 1]),
]


@pytest.mark.parametrize(("name", "setting", "expected", "good", "bad"), RANGES)
def test_settings_out_of_range_are_refused_by_name_and_in_objects(name, setting, expected, good, bad):
    kind = THRESHOLDS[name]
    for value in good:
        assert threshold_of("Owner", name, {setting: value}) == kind(value)
        assert threshold_of("Owner", kind(value)) == kind(value)
    for value in [*bad, float("nan"), "0.5", True, None, [0.5]]:
        text = f"Owner: {setting}={value!r} is not possible for threshold %s; expected {expected}."
        assert message(name, {setting: value}) == text % repr(name)
        assert message(kind(value)) == text % repr(kind(value))
