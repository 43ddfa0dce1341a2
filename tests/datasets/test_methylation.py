import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.linear_model import LinearRegression, Ridge

from diabolo.data.open_table import open_table
from diabolo.datasets import make_methylation, methylation
from diabolo.errors import ParameterError

N_ROWS, N_SITES = 500, 8000


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    path = tmp_path_factory.mktemp("methylation") / "a.h5"
    return make_methylation(path, N_ROWS, N_SITES, n_people=400, age_sites=0.02, missing=0.01)


@pytest.fixture(scope="module")
def table(made):
    with open_table(made.path, target="label") as source:
        return source[:], dict(source.carried)


@pytest.fixture(scope="module")
def filled(table):
    cells = table[0]
    return np.where(np.isnan(cells), np.nanmean(cells, axis=0), cells)


def test_the_file_is_in_the_usual_layout(made):
    with h5py.File(made.path) as file:
        assert file["data"].shape == (N_ROWS, N_SITES)
        assert file["data"].dtype == np.float32
        assert file["data"].chunks == (32, N_SITES)
        names = file["feature_names"].asstr()
        assert (names[0], names[N_SITES - 1]) == ("cg00000001", "cg00008000")
        assert {name: file[name].shape for name in ("label", "person", "batch", "sex")} == dict.fromkeys(
            ("label", "person", "batch", "sex"), (N_ROWS,)
        )


def test_beta_values_have_two_modes_and_some_are_missing(table):
    cells, _ = table
    missing = np.isnan(cells)
    assert missing.mean() == pytest.approx(0.01, rel=0.05)
    seen = cells[~missing]
    assert seen.min() >= 0
    assert seen.max() <= 1
    counts, _ = np.histogram(seen, 10, (0, 1))
    assert counts[:2].sum() / seen.size > 0.35
    assert counts[8:].sum() / seen.size > 0.3
    assert counts[3:7].max() < min(counts[0], counts[8:].max()) / 3


def test_noise_grows_toward_the_middle(filled):
    mean, spread = filled.mean(axis=0), filled.std(axis=0)
    assert spread[abs(mean - 0.5) < 0.1].mean() > 3 * spread[(mean < 0.04) | (mean > 0.96)].mean()


def test_people_have_samples_of_like_age(table):
    _, carried = table
    person, age = carried["person"], carried["label"]
    assert len(np.unique(person)) == 400
    assert age.min() >= 0
    assert age.max() <= 100
    assert np.histogram(age, 4, (0, 100))[0].min() > 80
    spans = [np.ptp(age[person == each]) for each in np.unique(person)]
    assert max(spans) <= 10
    assert np.mean([len(np.unique(carried["sex"][person == each])) for each in range(400)]) == 1


def test_samples_of_a_person_resemble_each_other_and_neighbors_vary_together(table, filled):
    _, carried = table
    left = filled - filled.mean(axis=0)
    order = np.argsort(carried["person"], kind="stable")
    same = carried["person"][order][1:] == carried["person"][order][:-1]
    scaled = left / left.std(axis=0)
    alike = (scaled[order][1:] * scaled[order][:-1]).mean(axis=1)
    assert alike[same].mean() > alike[~same].mean() + 0.1
    beside = (scaled[:, 1:] * scaled[:, :-1]).mean(axis=0)
    apart = (scaled[:, 1000:] * scaled[:, :-1000]).mean(axis=0)
    assert beside.mean() > apart.mean() + 0.2


def test_leading_components_are_of_cells_plates_and_sex_not_of_age(made, table, filled):
    _, carried = table
    codes = PCA(4, random_state=0).fit_transform(filled)

    def share(known):
        return np.array([LinearRegression().fit(known, code).score(known, code) for code in codes.T])

    plates = np.eye(carried["batch"].max() + 1)[carried["batch"]]
    known = np.column_stack([made.cell_proportions, plates, carried["sex"]])
    assert share(known).min() > 0.8
    assert share(carried["label"][:, np.newaxis]).max() < 0.4


def test_age_is_predictable_from_its_sites_but_not_trivial(made, table, filled):
    age, person = table[1]["label"], table[1]["person"]
    test = person % 4 == 0
    drifting = filled[:, made.age_sites]
    assert len(made.age_sites) == N_SITES * 0.02
    model = Ridge(0.03).fit(drifting[~test], age[~test])
    errors = abs(model.predict(drifting[test]) - age[test])
    assert 2.5 < errors.mean() < 7
    assert abs(age[test] - age[~test].mean()).mean() > 3 * errors.mean()
    # No single site tells it.
    alone = [abs(np.corrcoef(site, age)[0, 1]) for site in drifting.T]
    assert np.median(alone) < 0.7


def test_some_sites_drift_fast_in_children(made, table, filled):
    age = table[1]["label"]
    young, old = age < 20, age > 50
    drift = [
        [abs(np.polyfit(age[some], filled[some, site], 1)[0]) for some in (young, old)]
        for site in made.age_sites
    ]
    ratio = np.median([early / late for early, late in drift])
    assert ratio > 1.5


def test_the_seed_decides_and_the_number_of_threads_does_not(tmp_path, monkeypatch):
    tables = {}
    for name, cores, seed in [("one", 1, 3), ("three", 3, 3), ("other", 1, 4)]:
        monkeypatch.setattr(methylation.os, "cpu_count", lambda cores=cores: cores)
        with open_table(make_methylation(tmp_path / f"{name}.h5", 30, 40, random_state=seed).path) as source:
            tables[name] = source[:]
    np.testing.assert_array_equal(tables["one"], tables["three"])
    assert (tables["one"] != tables["other"]).mean() > 0.9
    make_methylation(tmp_path / "new.npz", 5, 40, random_state=None)


def test_horvath_s_curve_by_its_definition():
    age = np.array([0.0, 5, 20, 60])
    expected = [np.log(1) - np.log(21), np.log(6) - np.log(21), 0, 40 / 21]
    np.testing.assert_allclose(methylation.horvath_curve(age), expected)
    np.testing.assert_allclose(methylation._age_of_curve(np.array(expected)), age, atol=1e-12)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"n_samples": 0}, "n_samples must be at least 1; got 0."),
        ({"n_people": 21}, "n_people must be at most n_samples, which is 20, since each gives one; got 21."),
        ({"age_sites": 1.5}, "age_sites is a share, at least 0 and below 1; got 1.5."),
        ({"missing": -0.1}, "missing is a share, at least 0 and below 1; got -0.1."),
    ],
)
def test_what_cannot_be(tmp_path, options, said):
    with pytest.raises(ParameterError) as caught:
        make_methylation(tmp_path / "a.h5", **{"n_samples": 20, "n_features": 100, **options})
    assert str(caught.value) == said
    assert list(tmp_path.iterdir()) == []


MEMORY = """
import sys
from diabolo.datasets import make_methylation
make_methylation(sys.argv[1], 60, 485_512)
print(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1])
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the system does not say")
def test_the_full_width_is_made_in_little_memory(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, str(tmp_path / "a.h5")], capture_output=True, text=True, check=True
    )
    # Two threads need 180 MB; there are four at the most, each with a unit of 16 MB.
    assert int(done.stdout) < 240 * 1024
