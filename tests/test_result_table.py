"""Results in the form of a table: pandas' and a notebook's."""

import re
import sys

import numpy as np
import pandas
import pytest

import diabolo
from diabolo.errors import ParameterError
from diabolo.evaluation import compare_with_linear, downstream_score, feature_reconstruction, latent_sweep
from diabolo.result_table import ResultTable
from diabolo.screening import f_test

RANDOM = np.random.default_rng(0)
X = pandas.DataFrame(RANDOM.normal(size=(60, 3)), columns=["a", "b & c", "d"])
Y = X["a"].to_numpy() + 0.1 * RANDOM.normal(size=60)
SMALL = diabolo.Autoencoder(1, random_state=0)


@pytest.fixture(scope="module")
def fitted():
    return diabolo.Autoencoder(1, random_state=0).fit(X)


def test_screening():
    found = diabolo.screen(X, Y, fdr=0.01)
    frame = found.to_frame()
    assert frame["feature"].tolist() == ["a", "b & c", "d"]
    assert list(frame)[1:-1] == [
        "statistic", "pvalue", "qvalue", "information", "normalized_information", "variance", "missing",
    ]  # fmt: skip
    np.testing.assert_array_equal(frame["pvalue"], found.pvalue)
    assert frame["kept"].tolist() == [True, False, False]
    assert found.kept_names == ("a",)
    assert found.kept.tolist() == [0]
    assert diabolo.screen(X.to_numpy(), Y).kept_names is None
    assert diabolo.screen(X.to_numpy(), Y).to_frame()["feature"].tolist() == [0, 1, 2]
    page = found._repr_html_()
    assert "<th>feature</th>" in page
    assert "<td>b &amp; c</td>" in page
    assert "<p>1 of 3 features are kept: fdr 0.01</p>" in page


def test_an_f_test():
    found = f_test(X, Y)
    frame = found.to_frame()
    assert list(frame) == ["statistic", "pvalue", "n_rows"]
    np.testing.assert_array_equal(frame["statistic"], found.statistic)


def test_reconstruction_by_feature(fitted):
    found = feature_reconstruction(fitted, X)
    frame = found.to_frame()
    assert list(frame) == ["feature", "mean_absolute_error", "mean_squared_error", "explained_share"]
    assert frame["feature"].tolist() == list(X)
    np.testing.assert_array_equal(frame["explained_share"], found.explained_share)
    assert str(found) in found._repr_html_()


def test_a_report_and_what_anomalies_brought():
    labels = np.array([-1] * 5 + [1] * 55)
    rows = X + 9 * (labels[:, None] < 0)
    detector = diabolo.AutoencoderDetector(random_state=0).fit(rows, labels)
    report = detector.evaluate(rows, labels)
    frame = report.to_frame()
    assert len(frame) == 1
    assert frame.loc[0, "n_anomalies"] == 5
    assert frame.loc[0, "roc_auc"] == report.roc_auc
    assert "<td>n anomalies</td><td>5</td>" in report._repr_html_()
    gain = detector.label_gain_.to_frame()
    assert gain.loc[0, "n_anomalies"] == 5
    assert gain.loc[0, "rank"] == detector.label_gain_.rank


def test_comparisons_and_sweeps(fitted):
    found = compare_with_linear(SMALL, X, Y, n_splits=1)
    frame = found.to_frame()
    assert frame["method"].tolist() == [row["method"] for row in found.rows]
    assert frame["explained_variance"].dtype == float
    assert frame.loc[0, "explained_variance"] == found["code"]["explained_variance"]
    assert found.sentences[0] in found._repr_html_().replace("&#x27;", "'")
    assert found.rebuilding.to_frame().loc[0, "against"] == "pca"
    score = downstream_score(fitted, X, Y, X, Y)
    assert score.to_frame()["predictor"].tolist() == [row["predictor"] for row in score.rows]
    sweep = latent_sweep(X, Y, n_components=(1, 2), autoencoder=SMALL, seeds=(0,))
    frame = sweep.to_frame()
    assert frame["n_components"].tolist() == [1, 2]
    assert frame["downstream"].tolist() == [row["downstream"] for row in sweep.rows]
    assert frame["head"].isna().all()
    assert "<td>-</td>" in sweep._repr_html_()


def test_scores_of_points():
    series = pandas.DataFrame({"heat": np.sin(np.arange(60)), "flow": np.cos(np.arange(60))})
    windows = diabolo.sliding_windows(series, 5, timestamps=np.arange(60))
    scores = windows.point_scores(diabolo.AutoencoderDetector(random_state=0).fit(windows))
    frame = scores.to_frame()
    assert list(frame) == ["time", "score", "by_heat", "by_flow"]
    np.testing.assert_allclose(frame["by_heat"] + frame["by_flow"], frame["score"])
    page = scores._repr_html_()
    assert page.count("<tr>") == 21
    assert "<p>40 more rows: to_frame() gives all.</p>" in page


def test_without_pandas(monkeypatch):
    found = diabolo.screen(X.to_numpy(), Y)
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ParameterError) as caught:
        found.to_frame()
    assert str(caught.value) == (
        "to_frame needs the package pandas, which is not installed: pip install pandas."
    )
    assert "<table>" in found._repr_html_()


def test_every_public_result_has_a_table_form():
    results = [
        thing
        for room in (diabolo.detection, diabolo.evaluation, diabolo.screening, diabolo.series)
        for name in room.__all__
        if isinstance(thing := getattr(room, name), type)
        and re.match("What |How |Codes ", thing.__doc__ or "")
    ]
    # What thresholds are given; an entry of a list; a choice that is told in a sentence.
    given = {"KnownScores", "Event", "ImputerChoice"}
    assert {thing.__name__ for thing in results if not hasattr(thing, "to_frame")} <= given
    assert sum(issubclass(thing, ResultTable) for thing in results) >= 6
