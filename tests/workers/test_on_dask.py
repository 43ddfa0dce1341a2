"""Workers of a Dask cluster: those made here, and those of a scheduler that is there."""

import os
import signal

import numpy as np
import pytest
from tests.workers.tasks import cores_of_a_product, refuse_three, squared

import diabolo
from diabolo.cli import main
from diabolo.errors import LostWorkerError
from diabolo.workers import open_workers

pytest.importorskip("distributed")
pytestmark = pytest.mark.filterwarnings("ignore:Port 8787 is already in use:UserWarning")


@pytest.fixture(scope="module")
def cluster():
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=":0", memory_limit=0, silence_logs=50
    ) as made:
        yield made


@pytest.fixture(scope="module")
def workers(cluster):
    with open_workers("dask", cluster.scheduler_address) as made:
        yield made


def test_tasks_of_a_scheduler_that_is_there(workers):
    assert workers.count == 2
    assert list(workers.map(squared, range(6))) == [number**2 for number in range(6)]
    done = {each.number: each.problem for each in workers.completed(refuse_three, range(5))}
    assert isinstance(done.pop(3), ValueError)
    assert set(done.values()) == {None}


def test_leaving_a_cluster_does_not_end_it(cluster, workers):
    with open_workers("dask", cluster.scheduler_address) as again:
        assert list(again.map(squared, [2])) == [4]
    assert list(workers.map(squared, [3])) == [9]


def test_workers_made_here_compute_on_one_thread():
    with open_workers("dask", 1) as made:
        assert made.count == 1
        assert max(next(made.map(cores_of_a_product, [1500]))) < 1.2


def test_a_scheduler_without_workers():
    from distributed import LocalCluster

    with LocalCluster(n_workers=0, dashboard_address=":0", silence_logs=50) as empty:
        address = empty.scheduler_address
        with pytest.raises(LostWorkerError, match=f"{address} has no workers: start some with 'dask worker"):
            open_workers("dask", address)


def test_a_worker_killed_in_the_middle_of_forty_parts(cluster, workers, tmp_path, monkeypatch):
    """Its parts are written by the other: all there, equal to what one process writes, none twice."""
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    from tests.workers import parts_seen

    random = np.random.default_rng(4)
    mixed = random.normal(size=(3, 12))
    (tmp_path / "parts").mkdir()
    names = [f"f{number}" for number in range(12)]
    for number in range(40):
        frame = pandas.DataFrame(random.normal(size=(200, 3)) @ mixed, columns=names)
        frame.assign(id=[f"{number}-{row}" for row in range(200)]).to_parquet(
            tmp_path / "parts" / f"part-{number:02d}.parquet"
        )
    model = tmp_path / "m.diabolo"
    diabolo.save(diabolo.Autoencoder(2, max_epochs=2, random_state=0, verbose=0).fit(frame), model)
    words = ["encode", str(model), f"{tmp_path}/parts/*.parquet", "--keep", "id", "--json", "-o"]
    main([*words, f"{tmp_path}/local/"])
    processes = {os.getpid()} | set(workers.map(parts_seen.process, range(8)))
    killed = (processes - {os.getpid()}).pop()

    with parts_seen.watching(tmp_path / "dask", 4, lambda: os.kill(killed, signal.SIGKILL)) as seen:
        main([*words, f"{tmp_path}/dask/", "--engine", "dask", "--workers", cluster.scheduler_address])
    assert 4 <= seen.n_parts < 40
    parts = sorted(path.name for path in (tmp_path / "dask").iterdir() if path.name[0] != "_")
    assert parts == [f"part-{number:02d}.parquet" for number in range(40)]
    for name in parts:
        assert (tmp_path / "dask" / name).read_bytes() == (tmp_path / "local" / name).read_bytes()
    lines = (tmp_path / "dask" / "_diabolo_parts.jsonl").read_text().splitlines()
    assert len(lines) == 40
    with diabolo.open(tmp_path / "dask", keep_columns=["id"]) as codes:
        assert len(set(codes.carried["id"])) == codes.n_rows == 8000
