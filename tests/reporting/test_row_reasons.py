import numpy as np
import pytest

from diabolo import AutoencoderDetector
from diabolo.estimators.inside import rows_of
from diabolo.reporting import row_reasons
from diabolo.reporting.row_reasons import detector_reasons, n_explained, wide_reasons

RANDOM = np.random.default_rng(0)


def names_of(reasons, row):
    return [reasons["feature"][place] for place in reasons["which"][row] if place >= 0]


def test_reasons_of_a_detector_are_those_of_explain(detector, table):
    rows = np.array([5, 3, 60])
    scores = detector.anomaly_score(table[rows])
    found = detector_reasons(detector, rows_of(detector, table), rows, scores, [f"c{i}" for i in range(7)])
    added, values, expected = (
        np.concatenate(each) for each in zip(*detector.explanation_blocks(table[rows]), strict=True)
    )
    for place in range(3):
        order = np.argsort(-added[place], kind="stable")
        assert names_of(found, place) == [f"c{i}" for i in order]
        np.testing.assert_allclose(found["added"][place], added[place][order], rtol=1e-5)
        for name, cells in (("value", values), ("expected", expected)):
            np.testing.assert_allclose(found[name].reshape(3, 7)[place], cells[place][order], rtol=1e-5)
    explained = list(detector.explain(table[5], n_features=7))
    assert [f"x{name[1:]}" for name in names_of(found, 0)] == explained


def test_of_many_rows_only_the_odd_ones_are_explained(detector, table, monkeypatch):
    monkeypatch.setattr(row_reasons, "_EXPLAINED", 4)
    monkeypatch.setattr(row_reasons, "_FLAGGED", 6)
    scores = detector.anomaly_score(table)
    assert n_explained(scores, scores.max()) == 4
    assert n_explained(scores, np.sort(scores)[-6]) == 5
    assert n_explained(scores, 0.0) == 6
    found = detector_reasons(detector, rows_of(detector, table), np.arange(90), scores, None)
    count = n_explained(scores, detector.threshold_)
    told = np.flatnonzero((found["which"] >= 0).any(axis=1))
    assert told.tolist() == sorted(np.argsort(-scores)[:count].tolist())
    assert np.isnan(found["value"].reshape(90, -1)[np.setdiff1d(np.arange(90), told)]).all()


def test_categories_are_told_by_their_values():
    kinds = RANDOM.choice(["red", "<b>"], 50)
    rows = np.array([kinds, RANDOM.normal(size=50)], object).T
    detector = AutoencoderDetector(categories=[0], random_state=0).fit(rows)
    scores = detector.anomaly_score(rows)
    found = detector_reasons(detector, rows_of(detector, rows), np.arange(50), scores, ["kind", "size"])
    for row in range(50):
        place = names_of(found, row).index("kind")
        assert found["value"][2 * row + place] == kinds[row]
        assert isinstance(found["value"][2 * row + 1 - place], float)


@pytest.mark.parametrize("block_cells", [2**21, 20])
def test_of_wide_rows_the_features_rebuilt_worst_are_told(autoencoder, table, monkeypatch, block_cells):
    monkeypatch.setattr(row_reasons, "_BLOCK_CELLS", block_cells)
    monkeypatch.setattr(row_reasons, "_MOST_REASONS", 3)
    rows = np.arange(10, 30)
    codes = autoencoder.transform(table[rows])
    found = wide_reasons(autoencoder, rows_of(autoencoder, table), rows, codes, None)
    squares = (table[rows] - autoencoder.reconstruct(table[rows])) ** 2
    for place in range(20):
        order = np.argsort(-squares[place])[:3]
        assert names_of(found, place) == [f"x{number}" for number in order]
        np.testing.assert_allclose(
            found["added"][place], squares[place][order] / squares[place].sum(), rtol=1e-4
        )
        np.testing.assert_allclose(found["value"][3 * place : 3 * place + 3], table[rows[place]][order])
