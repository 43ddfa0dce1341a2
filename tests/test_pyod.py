"""Expected values of shares and confidences are PyOD 3.6.7's formulas, written out in float64."""

import inspect

import numpy as np
import pytest
from scipy.special import erf
from scipy.stats import binom
from sklearn.base import clone

from diabolo import AutoencoderDetector
from diabolo.errors import DiaboloWarning, OvercompleteWarning, ParameterError
from diabolo.pyod import AutoEncoder


@pytest.fixture
def mixed():
    """Make 190 rows near a plane and 10 far from it, and which these are."""
    random = np.random.default_rng(3)
    plane = random.normal(size=(190, 2)) @ random.normal(size=(2, 6))
    rows = np.concatenate(
        [plane + 0.1 * random.normal(size=(190, 6)), random.normal(scale=6.0, size=(10, 6))]
    )
    return rows, np.arange(200) >= 190


def test_a_script_written_for_pyod_runs(mixed):
    X, is_anomaly = mixed
    clf = AutoEncoder(contamination=0.05, epoch_num=5, batch_size=64, hidden_neuron_list=[4, 2], verbose=0)
    clf.fit(X)
    assert clf.labels_.sum() == 10
    assert clf.decision_scores_.shape == (200,)
    assert clf.decision_scores_[is_anomaly].mean() > clf.decision_scores_[~is_anomaly].mean()
    predicted, confidence = clf.predict(X, return_confidence=True)
    np.testing.assert_array_equal(predicted, clf.labels_)
    assert confidence.shape == (200,)
    np.testing.assert_array_equal(clf.decision_function(X), clf.decision_scores_)
    assert clf.predict_proba(X).shape == (200, 2)


def test_the_parameters_are_pyods_in_pyods_order():
    # From the signature of PyOD 3.6.7's AutoEncoder.
    assert list(inspect.signature(AutoEncoder).parameters) == [
        "contamination", "preprocessing", "lr", "epoch_num", "batch_size", "optimizer_name", "device",
        "random_state", "use_compile", "compile_mode", "verbose", "optimizer_params", "hidden_neuron_list",
        "hidden_activation_name", "batch_norm", "dropout_rate",
    ]  # fmt: skip


def test_with_nothing_said_it_is_the_detector_as_it_comes(mixed):
    X, _ = mixed
    plain = AutoencoderDetector(random_state=42).fit(X)
    np.testing.assert_array_equal(AutoEncoder().fit(X).decision_scores_, plain.anomaly_score(X))


def test_few_rows_are_called_by_what_was_learned_without_them():
    random = np.random.default_rng(0)
    X, new = random.normal(size=(40, 100)), random.normal(size=(300, 100))
    clf = AutoEncoder(contamination=0.1, hidden_neuron_list=[64, 20], epoch_num=300, verbose=0).fit(X)
    np.testing.assert_array_equal(clf.decision_scores_, clf.detector_.training_scores_)
    assert clf.labels_.sum() == 4
    assert 0.01 < clf.predict(new).mean() < 0.25


@pytest.mark.parametrize("share", [0.02, 0.1, 0.25])
def test_contamination_is_the_share_called_anomalies(mixed, share):
    X, _ = mixed
    clf = AutoEncoder(contamination=share).fit(X)
    line = np.percentile(clf.decision_scores_, 100 * (1 - share))  # PyOD's
    np.testing.assert_array_equal(clf.labels_, clf.decision_scores_ > line)
    assert clf.threshold_ >= line * (1 - 1e-12)
    assert clf.labels_.mean() == pytest.approx(share)


@pytest.mark.parametrize(
    "setting",
    [
        {"lr": 0.1},
        {"epoch_num": 3},
        {"batch_size": 7},
        {"optimizer_name": "sgd"},
        {"optimizer_params": {"weight_decay": 1.0}},
        {"hidden_neuron_list": [3]},
        {"hidden_activation_name": "tanh"},
        {"preprocessing": False},
        {"random_state": 1},
    ],
    ids=lambda setting: next(iter(setting)),
)
def test_each_setting_of_the_training_moves_the_scores(mixed, setting):
    X, _ = mixed
    usual = {"epoch_num": 2, "hidden_neuron_list": [5, 2], "verbose": 0}
    one, other = AutoEncoder(**usual).fit(X), AutoEncoder(**{**usual, **setting}).fit(X)
    assert not np.allclose(one.decision_scores_, other.decision_scores_)


def test_said_alone_a_setting_of_the_training_brings_pyods_network(mixed):
    X, _ = mixed
    with pytest.warns(OvercompleteWarning, match="is wider than"):
        (member,) = AutoEncoder(epoch_num=1, verbose=0).fit(X).detector_.members_
    assert (member.hidden_layer_sizes, member.n_components, member.batch_size) == ((64,), 32, 32)
    assert member.penalty == {"weight_decay": 1e-5}


def test_verbose_lines_are_printed(mixed, capfd):
    AutoEncoder(epoch_num=2, hidden_neuron_list=[2], verbose=2).fit(mixed[0])
    assert "2" in "".join(capfd.readouterr())


def test_shares_by_min_and_max(mixed):
    X, _ = mixed
    clf = AutoEncoder().fit(X)
    scores, known = clf.decision_function(X[::3] * 1.5), clf.decision_scores_
    expected = np.clip((scores - known.min()) / (known.max() - known.min()), 0, 1)
    np.testing.assert_allclose(clf.predict_proba(X[::3] * 1.5), np.column_stack([1 - expected, expected]))


def test_shares_by_the_error_function(mixed):
    X, _ = mixed
    clf = AutoEncoder().fit(X)
    known = clf.decision_scores_
    expected = np.clip(erf((known - known.mean()) / (known.std() * np.sqrt(2))), 0, 1)
    np.testing.assert_allclose(clf.predict_proba(X, method="unify")[:, 1], expected, rtol=1e-12, atol=1e-15)


def test_confidence_is_the_binomial_one(mixed):
    X, _ = mixed
    clf = AutoEncoder(contamination=0.1).fit(X)
    n = 200
    below = np.array([np.count_nonzero(clf.decision_scores_ <= score) for score in clf.decision_scores_])
    odd = 1 - binom.cdf(n - 20, n, (1 + below) / (2 + n))
    shares, confidence = clf.predict_proba(X, return_confidence=True)
    np.testing.assert_allclose(confidence, np.where(clf.labels_ == 1, odd, 1 - odd), rtol=1e-12)
    assert shares.shape == (200, 2)


def test_fit_predict_gives_the_labels(mixed):
    X, _ = mixed
    clf = AutoEncoder()
    np.testing.assert_array_equal(clf.fit_predict(X), clf.labels_)


def test_it_can_be_cloned():
    assert clone(AutoEncoder(contamination=0.2, hidden_neuron_list=[3])).get_params()["contamination"] == 0.2


@pytest.mark.parametrize("setting", [{"batch_norm": True}, {"dropout_rate": 0.2}])
def test_layers_that_diabolo_lacks_are_said_to_be_left_aside(mixed, setting):
    with pytest.warns(DiaboloWarning, match="neither batch normalization nor dropout"):
        AutoEncoder(**setting).fit(mixed[0])


def test_layers_that_are_turned_off_need_no_word(mixed):
    AutoEncoder(batch_norm=False, dropout_rate=0.0, use_compile=True, compile_mode="max-autotune").fit(
        mixed[0]
    )


def test_wrong_settings_are_told(mixed):
    X, _ = mixed
    with pytest.raises(ParameterError, match=r"contamination=0.9 is not possible"):
        AutoEncoder(contamination=0.9).fit(X)
    with pytest.raises(ParameterError, match=r"hidden_neuron_list=\[\] has no code"):
        AutoEncoder(hidden_neuron_list=[]).fit(X)
    with pytest.raises(ParameterError, match="method='exp' is not possible; expected 'linear' or 'unify'"):
        AutoEncoder().fit(X).predict_proba(X, method="exp")
