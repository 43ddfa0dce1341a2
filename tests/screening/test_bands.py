"""Screening by workers: the same numbers as in one pass, feature by feature."""

import json
import pickle

import numpy as np
import pytest

import diabolo
from diabolo.screening.bands import _Sent
from diabolo.workers import open_workers

RANDOM = np.random.default_rng(11)
COLUMNS = ("statistic", "pvalue", "qvalue", "information", "variance", "missing")


@pytest.fixture(scope="module")
def table():
    rows = RANDOM.normal(size=(400, 700)).astype(np.float32)
    rows[RANDOM.uniform(size=rows.shape) < 0.02] = np.nan
    y = np.nan_to_num(rows[:, 5]) + RANDOM.normal(size=400)
    return rows, y


@pytest.fixture(scope="module", params=[1, 2])
def workers(request):
    with open_workers("local", request.param) as made:
        yield made


@pytest.mark.parametrize("classes", [False, True])
def test_the_bits_are_those_of_one_pass(workers, table, classes):
    rows, y = table
    y = (y > 0).astype(int) if classes else y
    one = diabolo.screen(rows, y, top=20)
    many = diabolo.screen(rows, y, top=20, workers=workers, n_jobs=1)
    for name in COLUMNS:
        np.testing.assert_array_equal(getattr(one, name), getattr(many, name))
    assert one.kept.tolist() == many.kept.tolist()


def test_without_information_sums_agree_to_rounding(workers, table):
    rows, y = table
    one = diabolo.screen(rows, y, information=False, max_memory="40MB")
    many = diabolo.screen(rows, y, information=False, max_memory="40MB", workers=workers, n_jobs=1)
    np.testing.assert_allclose(many.statistic, one.statistic, rtol=1e-9)
    np.testing.assert_array_equal(many.missing, one.missing)


def test_a_cell_that_cannot_be_is_found_in_its_place(workers, table):
    rows, y = table
    rows = rows.copy()
    rows[17, 650] = np.inf
    with pytest.raises(diabolo.errors.InputError, match="row 17, column 650"):
        diabolo.screen(rows, y, workers=workers, n_jobs=1)


def test_the_share_that_is_done_grows_to_all(workers, table):
    told = []
    diabolo.screen(*table, workers=workers, n_jobs=1, progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert len(told) > 1


def test_an_opened_table_goes_to_workers_as_how_it_was_opened(workers, table, tmp_path):
    rows, y = table
    np.save(tmp_path / "rows.npy", rows)
    with diabolo.open(tmp_path / "rows.npy") as source:
        some = source.rows(np.arange(300))
        many = diabolo.screen(some, y[:300], top=20, workers=workers, n_jobs=1)
    one = diabolo.screen(rows[:300], y[:300], top=20)
    for name in COLUMNS:
        np.testing.assert_array_equal(getattr(one, name), getattr(many, name))


def test_a_worker_keeps_the_table_that_it_was_sent(table, tmp_path):
    np.save(tmp_path / "rows.npy", table[0])
    with diabolo.open(tmp_path / "rows.npy") as source:
        first, again = (pickle.loads(pickle.dumps(_Sent(source, "a"))) for _ in range(2))
        other = pickle.loads(pickle.dumps(_Sent(source, "b")))
    assert first is again
    assert other is not first


def test_files_are_opened_by_each_worker(tmp_path, table, capsys, monkeypatch):
    from diabolo.cli import main

    rows, y = table
    np.savez(tmp_path / "a.npz", X=rows[:150], age=y[:150])
    np.savez(tmp_path / "b.npz", X=rows[150:], age=y[150:])
    monkeypatch.chdir(tmp_path)
    words = ["screen", "*.npz", "--target", "age", "--top", "9", "--hold-out", "0.2", "--json", "-o"]
    main([*words, "one.h5"])
    main([*words, "two.h5", "--workers", "2"])
    assert (tmp_path / "one-features.csv").read_bytes() == (tmp_path / "two-features.csv").read_bytes()
    one, two = map(json.loads, capsys.readouterr().out.splitlines())
    assert one["best"] == two["best"]
    with diabolo.open("one.h5") as first, diabolo.open("two.h5") as second:
        np.testing.assert_array_equal(first[:], second[:])
