"""Missing cells add nothing to a score; held against the same rows without gaps and against naive filling."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

import diabolo
from diabolo import Autoencoder, AutoencoderDetector, ConvolutionalAutoencoder
from diabolo.detection.linear import fit_linear_autoencoders
from diabolo.errors import InputError, ParameterError

RANDOM = np.random.default_rng(8)
NORMAL = RANDOM.normal(size=(260, 3)) @ RANDOM.normal(size=(3, 12)) + 0.3 * RANDOM.normal(size=(260, 12))
ODD = RANDOM.normal(size=(40, 12)) * NORMAL.std(axis=0)
X = np.append(NORMAL, ODD, axis=0) * 10.0 ** np.arange(-5, 7) + 100.0
IS_ANOMALY = np.arange(300) >= 260
GAPS = RANDOM.random(X.shape) < 0.1
GAPPY = np.where(GAPS, np.nan, X)


def small(**settings):
    return Autoencoder(3, hidden_layer_sizes=(8,), max_epochs=20, scale="standard", **settings)


KINDS = {
    "linear": {},
    "mahalanobis": {"score_kind": "mahalanobis"},
    "squared error": {"score_kind": "squared_error"},
    "code": {"score_params": {"code_weight": 1.0}},
    "contamination": {"contamination": 0.1},
    "deep": {"autoencoder": "deep"},
    "own": {"autoencoder": small()},
}


@pytest.mark.parametrize("missing", ["mean", "mask"])
@pytest.mark.parametrize("settings", KINDS.values(), ids=KINDS)
def test_a_missing_cell_adds_nothing_and_anomalies_are_found(settings, missing):
    detector = AutoencoderDetector(**settings, missing=missing, random_state=0).fit(GAPPY)
    added, scores = detector.feature_contributions(GAPPY), detector.anomaly_score(GAPPY)
    assert (added[GAPS] == 0).all()
    assert np.isfinite(scores).all()
    np.testing.assert_allclose(added.sum(axis=1), scores, rtol=1e-9)
    complete = AutoencoderDetector(**settings, random_state=0).fit(X).anomaly_score(X)
    assert roc_auc_score(IS_ANOMALY, scores) > roc_auc_score(IS_ANOMALY, complete) - 0.1
    assert 0.02 < np.mean(detector.training_scores_ > detector.threshold_) < 0.12
    rebuilt = detector.reconstruct(GAPPY)
    assert np.isfinite(rebuilt).all()


@pytest.mark.parametrize("missing", ["mean", "mask"])
@pytest.mark.parametrize("autoencoder", ["linear", "deep"])
def test_rows_without_gaps_are_scored_as_they_were(autoencoder, missing):
    plain = AutoencoderDetector(autoencoder, random_state=0).fit(X)
    told = AutoencoderDetector(autoencoder, missing=missing, random_state=0).fit(X)
    np.testing.assert_allclose(told.anomaly_score(X), plain.anomaly_score(X), rtol=1e-4)
    whole = ~GAPS.any(axis=1)
    np.testing.assert_array_equal(told.anomaly_score(GAPPY)[whole], told.anomaly_score(X)[whole])


@pytest.mark.parametrize("autoencoder", ["linear", "deep"])
def test_the_mask_finds_codes_that_the_mean_spoils(autoencoder):
    errors = {}
    for missing in ("mean", "mask"):
        detector = AutoencoderDetector(autoencoder, missing=missing, random_state=0).fit(GAPPY)
        off = (detector.reconstruct(GAPPY) - X) / X.std(axis=0)
        errors[missing] = np.sqrt(np.mean(off[:260][GAPS[:260]] ** 2))
    assert errors["mask"] < 0.9 * errors["mean"]


def test_a_code_from_all_cells_is_the_projection_and_from_some_near_least_squares():
    member = fit_linear_autoencoders(NORMAL)[0]
    gaps = GAPS[:260]
    _, whole = member.residuals_and_codes(NORMAL)
    _, found = member.residuals_and_codes(np.where(gaps, np.nan, NORMAL))
    np.testing.assert_array_equal(found[~gaps.any(axis=1)], whole[~gaps.any(axis=1)])
    for row in np.flatnonzero(gaps.any(axis=1))[:20]:
        there = ~gaps[row]
        least, *_ = np.linalg.lstsq(
            member.components[:, there].T, (NORMAL[row] - member.mean)[there], rcond=None
        )
        alone = member.components[:, there] @ (NORMAL[row] - member.mean)[there]
        assert np.linalg.norm(found[row] - least) < 0.5 * np.linalg.norm(alone - least)


def test_a_members_own_word_counts():
    own = AutoencoderDetector(small(missing="mask"), random_state=0).fit(GAPPY)
    assert np.isfinite(own.anomaly_score(GAPPY)).all()
    assert own.members_[0].missing == "mask"
    said = AutoencoderDetector(small(), missing="mask", random_state=0).fit(GAPPY)
    np.testing.assert_array_equal(own.anomaly_score(GAPPY), said.anomaly_score(GAPPY))


def test_one_missing_cell_is_refused_until_it_is_allowed():
    detector, row = AutoencoderDetector(random_state=0).fit(X), X[:5].copy()
    row[2, 4] = np.nan
    with pytest.raises(InputError, match=r"row 2, column 4.*set missing='mean' or missing='mask'"):
        detector.anomaly_score(row)
    for missing in ("mean", "mask"):
        scores = detector.set_missing(missing).anomaly_score(row)
        np.testing.assert_array_equal(scores[[0, 1, 3, 4]], detector.anomaly_score(X[[0, 1, 3, 4]]))
        assert detector.feature_contributions(row)[2, 4] == 0
        assert detector.predict(row).shape == detector.anomaly_pvalue(row).shape == (5,)
    assert detector.get_params()["missing"] is None
    detector.set_missing("error")
    with pytest.raises(InputError, match="row 2, column 4"):
        detector.anomaly_score(row)


def test_a_mask_must_be_learned_by_networks_that_are_trained():
    deep = AutoencoderDetector("deep", cv=0, random_state=0).fit(X)
    with pytest.raises(ParameterError, match="missing='mask' must be learned by networks that are trained"):
        deep.set_missing("mask")
    assert np.isfinite(deep.set_missing("mean").anomaly_score(GAPPY)).all()
    with pytest.raises(
        ParameterError, match="missing='drop' is not possible; expected one of 'error', 'mean'"
    ):
        deep.set_missing("drop")


@pytest.mark.parametrize("missing", ["mean", "mask"])
def test_empty_rows_and_columns(missing):
    rows = GAPPY.copy()
    rows[3], rows[:, 5] = np.nan, np.nan
    detector = AutoencoderDetector(missing=missing, random_state=0).fit(rows)
    scores = detector.anomaly_score(rows)
    assert np.isfinite(scores).all()
    assert scores[3] == 0


@pytest.mark.parametrize("missing", ["mean", "mask"])
def test_every_door_gives_the_same(missing, tmp_path):
    expected = AutoencoderDetector(missing=missing, random_state=0).fit(GAPPY)
    frame = pd.DataFrame(GAPPY, columns=list("abcdefghijkl"))
    framed = AutoencoderDetector(missing=missing, random_state=0).fit(frame)
    np.testing.assert_array_equal(framed.anomaly_score(frame), expected.anomaly_score(GAPPY))
    np.save(tmp_path / "rows.npy", GAPPY)
    with diabolo.open(tmp_path / "rows.npy") as table:
        opened = AutoencoderDetector(missing=missing, random_state=0).fit(table)
        np.testing.assert_array_equal(opened.anomaly_score(table), expected.anomaly_score(GAPPY))
    diabolo.save(expected, tmp_path / "model.diabolo")
    loaded = diabolo.load(tmp_path / "model.diabolo")
    np.testing.assert_array_equal(loaded.anomaly_score(GAPPY), expected.anomaly_score(GAPPY))


def test_images_may_have_gaps():
    images = np.random.default_rng(0).random((40, 8, 8), dtype=np.float32)
    images[np.random.default_rng(1).random(images.shape) < 0.05] = np.nan
    network = ConvolutionalAutoencoder(filters=(3,), max_epochs=1)
    detector = AutoencoderDetector(network, missing="mean", random_state=0).fit(images)
    assert np.isfinite(detector.anomaly_score(images)).all()
    assert (detector.feature_contributions(images)[np.isnan(images.reshape(40, -1))] == 0).all()
