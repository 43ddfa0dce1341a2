"""Workers by the name of their engine, and what cannot be one."""

import sys

import pytest

from diabolo.errors import LostWorkerError, ParameterError
from diabolo.workers import ENGINES, open_workers


@pytest.mark.parametrize(
    ("engine", "workers", "said"),
    [
        ("loky", 1, "engine='loky' is not possible; expected 'local', 'dask', 'ray'."),
        ("local", 0, "workers=0 is not possible; expected a whole number of processes, 1 or more."),
        (
            "local",
            "tcp://a:1",
            "workers='tcp://a:1' is not possible; expected a whole number of processes, 1",
        ),
        (
            "dask",
            1.5,
            "workers=1.5 is not possible; expected a whole number of processes, 1 or more, or the ad",
        ),
    ],
)
def test_what_cannot_be(engine, workers, said):
    with pytest.raises(ParameterError) as problem:
        open_workers(engine, workers)
    assert str(problem.value).startswith(said)


@pytest.mark.parametrize(("engine", "package"), [("dask", "distributed"), ("ray", "ray")])
def test_an_absent_package_is_named_with_what_installs_it(monkeypatch, engine, package):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ParameterError) as problem:
        open_workers(engine, 2)
    assert str(problem.value) == (
        f"engine='{engine}' takes the package {package}, which is not installed: "
        f'pip install "diabolo[{engine}]".'
    )


def test_nobody_at_the_address(monkeypatch):
    from diabolo.workers import on_dask

    monkeypatch.setattr(on_dask, "_SECONDS_TO_ANSWER", 0.2)
    with pytest.raises(LostWorkerError, match=r"no scheduler of Dask answers at tcp://127\.0\.0\.1:9: start"):
        open_workers("dask", "tcp://127.0.0.1:9")


def test_one_local_worker_is_this_process():
    import os

    with open_workers("local", 1) as workers:
        assert list(workers.map(lambda _: os.getpid(), [0])) == [os.getpid()]
    assert ENGINES == ("local", "dask", "ray")
