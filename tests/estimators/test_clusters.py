"""Many models on Dask's and Ray's workers: the bits of this process, what is sent, threads counted."""

import io
import json
import os
import pickle
import threading

import h5py
import joblib
import numpy as np
import pytest
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import GridSearchCV, HalvingGridSearchCV, cross_val_score

import diabolo
from diabolo import Autoencoder, AutoencoderDetector
from diabolo.cli import main
from diabolo.estimators._tasks import tasks_done
from diabolo.evaluation import compare_with_linear, latent_sweep

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning:(ray|distributed).*"),
    pytest.mark.filterwarnings("ignore::FutureWarning:ray.*"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore:.*:pytest.PytestUnraisableExceptionWarning"),
]
ROWS = np.random.default_rng(8).normal(size=(120, 6)) @ np.random.default_rng(9).normal(size=(6, 6))
KIND = Autoencoder(2, hidden_layer_sizes=(5,), max_epochs=3, random_state=0)


@pytest.fixture(scope="module")
def dask():
    from distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0", memory_limit=0) as cluster,
        Client(cluster),
    ):
        yield lambda: joblib.parallel_config("dask")


@pytest.fixture(scope="module")
def ray():
    os.environ |= {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0"}
    import ray
    from ray.util.joblib import register_ray

    ray.init(
        num_cpus=2,
        include_dashboard=False,
        object_store_memory=2**28,
        log_to_driver=False,
        logging_level="error",
    )
    register_ray()
    yield lambda: joblib.parallel_config("ray", n_jobs=2)
    ray.shutdown()


@pytest.fixture(params=["dask", pytest.param("ray", marks=pytest.mark.slow)])
def cluster(request):
    return request.getfixturevalue(request.param)


def test_the_searches_of_scikit_learn_find_the_same(cluster):
    grid = {"n_components": [1, 3]}

    def found():
        searched = GridSearchCV(KIND, grid, cv=2).fit(ROWS)
        halved = HalvingGridSearchCV(KIND, grid, cv=2, random_state=0, min_resources=60).fit(ROWS)
        return (
            searched.cv_results_["mean_test_score"].tolist(),
            searched.best_estimator_.transform(ROWS).tobytes(),
            halved.cv_results_["mean_test_score"].tolist(),
            cross_val_score(KIND, ROWS, cv=3).tolist(),
        )

    alone = found()
    with cluster():
        assert found() == alone


def test_sweep_comparison_and_detector_find_the_same(cluster, tmp_path):
    with h5py.File(tmp_path / "rows.h5", "w") as file:
        file["data"], file["age"] = ROWS, ROWS[:, 0] + 1.0
    told = []

    def found(table):
        sweep = latent_sweep(
            table,
            n_components=(1, 2),
            seeds=(0, 1),
            autoencoder=KIND,
            progress=lambda done, of, run: told.append((done, of)),
        )
        compared = compare_with_linear(KIND, table, n_splits=3)
        detector = AutoencoderDetector(KIND, random_state=0).fit(table)
        runs = [{name: each for name, each in run.items() if name != "seconds"} for run in sweep.runs]
        return runs, repr(compared.rows), detector.training_scores_.tobytes()

    with diabolo.open(tmp_path / "rows.h5", target="age") as table:
        alone = found(table)
        told.clear()
        with cluster():
            assert found(table) == alone
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_the_command_finds_the_same(request, cluster, tmp_path, capsys):
    name = request.node.callspec.params["cluster"]
    np.savez(tmp_path / "rows.npz", X=ROWS, age=ROWS[:, 0])
    words = ["sweep", str(tmp_path / "rows.npz"), "--target", "age", "--components", "1,2", "--seeds", "1"]
    words += ["-e", "3", "--json", "-o"]
    main([*words, str(tmp_path / "alone.csv")])
    address = "auto"  # Ray that runs in this process
    if name == "dask":
        from distributed import default_client

        address = default_client().scheduler.address
    main([*words, str(tmp_path / "there.csv"), "--engine", name, "--workers", address])
    alone, there = (json.loads(line)["rows"] for line in capsys.readouterr().out.splitlines())
    for row in (*alone, *there):
        row.pop("seconds")
    assert alone == there


def test_a_checkpoint_lies_where_it_was_named_wherever_workers_stand(dask, tmp_path, monkeypatch, capsys):
    from distributed import default_client

    client, here, elsewhere = default_client(), tmp_path / "here", tmp_path / "elsewhere"
    here.mkdir()
    elsewhere.mkdir()
    monkeypatch.chdir(here)
    np.savez("rows.npz", X=ROWS)
    stood = next(iter(client.run(os.getcwd).values()))
    client.run(os.chdir, str(elsewhere))
    try:
        words = ["sweep", "rows.npz", "--components", "1,2", "--seeds", "1", "-e", "3", "-o", "sweep.csv"]
        words += ["--checkpoint", "kept/of"]
        with dask():  # without a file of finished runs, so that what is kept of each stays
            latent_sweep(ROWS, n_components=(1, 2), seeds=(0,), autoencoder=KIND, checkpoint="kept")
        assert {each.name for each in (here / "kept").iterdir()} == {"1-0", "2-0"}
        main([*words, "--engine", "dask", "--workers", client.scheduler.address])
    finally:
        client.run(os.chdir, stood)
    capsys.readouterr()
    assert (here / "sweep.csv").exists()
    assert list(elsewhere.rglob("*")) == []


class Counted:
    """Counts how often it is pickled in this process."""

    times = 0

    def __init__(self, rows):
        self.rows = rows

    def __reduce__(self):
        type(self).times += 1
        return _plain, (self.rows,)


def _plain(rows):
    return rows


def test_what_all_tasks_need_is_sent_once_and_a_worker_traces_a_program_once(cluster):
    import sys

    import cloudpickle

    cloudpickle.register_pickle_by_value(sys.modules[__name__])

    def fitted(shared, task):
        import os

        from threadpoolctl import threadpool_info

        from diabolo import Autoencoder
        from diabolo.training.epoch import TRACES

        rows = shared[0]
        Autoencoder(2, max_epochs=1, random_state=task).fit(rows[:50])
        blas = {each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"}
        return os.getpid(), TRACES["epoch"], blas

    Counted.times = 0
    with cluster():
        found = [each for _, each in tasks_done(fitted, (Counted(np.ones((2**14, 6)) * ROWS[0]),), range(8))]
    assert Counted.times == 1  # of 786,432 bytes; a task is some hundreds
    assert os.getpid() not in {pid for pid, *_ in found}
    assert {blas for *_, each in found for blas in each} == {1}
    traced = {pid: max(count for other, count, _ in found if other == pid) for pid, *_ in found}
    assert all(
        min(count for other, count, _ in found if other == pid) == most for pid, most in traced.items()
    )


def test_a_file_that_has_changed_is_told_in_the_words_of_the_table(cluster, tmp_path):
    np.save(tmp_path / "rows.npy", ROWS)
    source = diabolo.open(tmp_path / "rows.npy")
    assert len(pickle.dumps(source)) < 600
    np.save(tmp_path / "rows.npy", np.vstack([ROWS, ROWS]))

    def read(shared, task):
        return shared[0][task]

    with cluster(), pytest.raises(diabolo.errors.DataFileError, match="was changed since it was opened"):
        list(tasks_done(read, (source,), [0, 1]))


def test_a_table_that_no_other_process_can_open_is_refused_at_once(cluster, monkeypatch):
    text = "\n".join(",".join(map(str, row)) for row in ROWS)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    source = diabolo.open("-")
    said = "standard input cannot be read by another process: write it to a file, and open that."
    with cluster(), pytest.raises(diabolo.errors.InputError) as caught:
        latent_sweep(source, n_components=(1, 2), seeds=(0, 1), autoencoder=KIND)
    assert str(caught.value) == said  # to which Python 3.14 notes in what it is held
    # Where the workers are this process, nothing has to be opened again.
    with joblib.parallel_config("threading", n_jobs=2):
        assert len(latent_sweep(source, n_components=(1, 2), seeds=(0,), autoencoder=KIND).runs) == 2


def test_what_cannot_be_pickled_does_not_keep_anybody_waiting(dask):
    with dask(), pytest.raises(TypeError, match=r"cannot pickle '_thread\.lock' object"):
        list(tasks_done(pow, (threading.Lock(),), [0, 1]))
