import numpy as np
import pytest

import diabolo
from diabolo.errors import DataFileError, InputError
from diabolo.evaluation.sweep import Sweep
from diabolo.reporting.result_tables import screening_table, sweep_table

RUN = {"reconstruction_error": 0.5, "seconds": 1.0}


def sweep(metric=None):
    more = {} if metric is None else {"downstream": 0.25, "head": None, "mean_predictor": 1.0}
    runs = tuple({**RUN, **more, "n_components": size, "seed": seed} for size in (2, 4) for seed in (0, 1))
    return Sweep(runs, 7, metric)


@pytest.mark.parametrize("metric", [None, "mean_absolute_error"])
def test_a_sweep_from_python_and_from_its_file_are_one_table(metric, tmp_path):
    found = sweep_table(sweep(metric))
    assert (found["x"], [row[found["columns"].index("n_components")] for row in found["rows"]]) == (
        "n_components",
        [2, 4],
    )
    assert found["lines"] == ["reconstruction_error", *(["downstream"] if metric else [])]
    sweep(metric).to_csv(tmp_path / "sweep.csv")
    read = sweep_table(tmp_path / "sweep.csv")
    assert read["columns"] == found["columns"]
    assert read["rows"] == found["rows"]
    assert read["lines"] == found["lines"]


@pytest.fixture(scope="module")
def screening():
    random = np.random.default_rng(0)
    X = random.normal(size=(80, 260))
    X[:, 7] = np.nan
    y = random.normal(size=80)
    X[:, 3] += 3 * y
    return diabolo.screen(X, y, fdr=0.01)


def test_a_screening_from_python_and_from_its_file_are_one_table(screening, tmp_path):
    found = screening_table(screening)
    assert (found["n_features"], found["n_kept"], found["x"]) == (260, len(screening.kept), "information")
    assert len(found["rows"]) == 200
    assert found["rows"][0][0] == "x3"
    counts, edges = np.histogram(screening.information[np.isfinite(screening.information)], bins=40)
    assert found["counts"] == counts.tolist()
    assert found["edges"] == edges.tolist()
    screening.to_csv(tmp_path / "kept-features.csv")
    for path in (tmp_path / "kept-features.csv", tmp_path / "kept.csv"):
        read = screening_table(path)
        assert read["columns"] == found["columns"]
        assert read["rows"][0][1:] == pytest.approx(found["rows"][0][1:], rel=1e-8)
        assert read["rows"][0][0] == "3"
        assert sum(read["counts"]) == sum(found["counts"])


def test_without_information_features_go_by_the_test(screening):
    random = np.random.default_rng(0)
    found = screening_table(
        diabolo.screen(random.normal(size=(40, 5)), random.normal(size=40), information=False)
    )
    assert found["x"] == "statistic"
    place = found["columns"].index("statistic")
    values = [row[place] for row in found["rows"]]
    assert values == sorted(values, reverse=True)
    assert found["rows"][0][found["columns"].index("information")] is None


def test_nothing_is_nothing():
    assert sweep_table(None) is None
    assert screening_table(None) is None


def test_what_is_neither_is_said(tmp_path):
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    with pytest.raises(
        InputError, match=r"sweep is '.*other.csv', which is no sweep; give what latent_sweep"
    ):
        sweep_table(tmp_path / "other.csv")
    with pytest.raises(InputError, match="sweep is a int, which is no sweep"):
        sweep_table(3)
    with pytest.raises(InputError, match=r"screening is '.*other.csv', which is no screening"):
        screening_table(tmp_path / "other.csv")
    with pytest.raises(InputError, match="screening is a dict, which is no screening"):
        screening_table({})
    with pytest.raises(DataFileError, match=r"none\.csv cannot be read as a table of results"):
        sweep_table(tmp_path / "none.csv")
