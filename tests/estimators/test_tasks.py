"""Tasks one after the other, in threads and in processes: what comes back, what is said, what is sent."""

import os
import subprocess
import sys
import threading
import time
import warnings

import joblib
import numpy as np
import pytest
import sklearn
from threadpoolctl import threadpool_info

import diabolo
from diabolo import Autoencoder, AutoencoderDetector
from diabolo.errors import (
    DataFileError,
    ForkedProcessError,
    InputError,
    ParameterError,
    PoorFitWarning,
    ScaleWarning,
)
from diabolo.estimators._tasks import jobs_at_once, tasks_done

RANDOM = np.random.default_rng(4)
ROWS = RANDOM.normal(size=(90, 5))


def under(backend, n_jobs=2):
    return joblib.parallel_config(backend, n_jobs=n_jobs)


def test_one_at_a_time_unless_joblib_is_told_otherwise():
    assert jobs_at_once(None) == 1
    with joblib.parallel_config(n_jobs=2):
        assert jobs_at_once(None) == 2
    with under("loky", 3):
        assert (jobs_at_once(None), jobs_at_once(2)) == (3, 2)
    assert jobs_at_once(-1) == joblib.cpu_count()


@pytest.mark.parametrize("n_jobs", [0, 1.5, "2", True])
def test_a_number_of_jobs_that_cannot_be(n_jobs):
    said = r"^n_jobs=.* is not possible; expected a whole number other than 0, such as 2, -1 for all process"
    with pytest.raises(ParameterError, match=said):
        jobs_at_once(n_jobs)


@pytest.mark.parametrize("backend", [None, "threading", "loky"])
def test_every_task_is_done_once(backend):
    with under(backend) if backend else joblib.parallel_config(n_jobs=1):
        found = list(tasks_done(pow, 2, range(7)))
        assert list(tasks_done(pow, 2, [])) == []
    assert sorted(found) == [(n, 2**n) for n in range(7)]


def test_threads_run_at_once_and_within_a_task_nothing_is_shared_out_again():
    gate = threading.Barrier(2, timeout=20)

    def meet(shared, task):
        if task:
            gate.wait()
        return jobs_at_once(2), threading.current_thread() is threading.main_thread()

    found = dict(tasks_done(meet, None, range(3), 2))
    assert found == {0: (2, True), 1: (1, False), 2: (1, False)}


def test_results_come_as_they_are_done():
    def wait(shared, task):
        time.sleep(task)
        return task

    assert [result for _, result in tasks_done(wait, None, [0, 0.4, 0], 2)] == [0, 0, 0.4]


@pytest.mark.parametrize("backend", ["threading", "loky"])
def test_an_error_keeps_its_kind_and_its_words(backend):
    def failing(shared, task):
        from diabolo.errors import DataFileError

        raise DataFileError(f"task {task} met a fault.")

    with under(backend), pytest.raises(DataFileError, match=r"^task \d met a fault\.$"):
        list(tasks_done(failing, None, [1, 2, 3]))


def test_a_table_that_cannot_be_sent_says_so_itself(tmp_path):
    np.save(tmp_path / "rows.npy", ROWS)
    closed = diabolo.open(tmp_path / "rows.npy")
    closed.close()
    with (
        under("loky"),
        pytest.raises(InputError, match=r"rows\.npy was closed, so it cannot go to another p"),
    ):
        list(tasks_done(pow, (closed,), [1, 2, 3]))


@pytest.mark.parametrize("backend", [None, "threading", "loky"])
def test_what_there_is_to_say_is_said_once(backend):
    def telling(shared, task):
        import warnings

        from diabolo.errors import PoorFitWarning, ScaleWarning

        warnings.warn("of the rows", ScaleWarning, stacklevel=1)
        warnings.warn(f"of task {task}", PoorFitWarning, stacklevel=1)

    with (
        under(backend) if backend else joblib.parallel_config(n_jobs=1),
        warnings.catch_warnings(record=True) as told,
    ):
        warnings.simplefilter("always")
        list(tasks_done(telling, None, range(4), quiet=(ScaleWarning,)))
    said = [str(each.message) for each in told]
    assert said.count("of the rows") == 1
    assert sorted(said)[:4] == ["of task 0", "of task 1", "of task 2", "of task 3"]
    assert {each.category for each in told} == {ScaleWarning, PoorFitWarning}


@pytest.mark.parametrize("backend", [None, "threading", "loky"])
def test_linear_algebra_has_one_thread_in_each_task_and_what_it_had_afterwards(backend):
    def threads(shared, task):
        import numpy  # noqa: F401
        import scipy.linalg  # noqa: F401
        from threadpoolctl import threadpool_info

        return {each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"}

    def here():
        return [each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"]

    before = here()
    with under(backend) if backend else joblib.parallel_config(n_jobs=1):
        assert [found for _, found in tasks_done(threads, None, range(4))] == [{1}] * 4
    assert here() == before


@pytest.mark.parametrize("backend", ["threading", "loky"])
def test_settings_of_scikit_learn_go_along(backend):
    def configured(shared, task):
        import sklearn

        return sklearn.get_config()["assume_finite"]

    with under(backend), sklearn.config_context(assume_finite=True):
        assert dict(tasks_done(configured, None, range(3))) == {0: True, 1: True, 2: True}


def test_other_processes_map_an_array_and_hold_it_over_their_tasks():
    def seen(shared, task):
        import os

        import numpy as np

        time.sleep(0.05)
        return os.getpid(), isinstance(shared[0], np.memmap), id(shared[0]), float(shared[0].sum())

    rows = np.ones((2**18, 2))
    with under("loky"):
        found = [each for _, each in tasks_done(seen, (rows,), range(6))]
    assert {each[1:2] + each[3:] for each in found} == {(True, float(rows.size))}
    assert os.getpid() not in {each[0] for each in found}
    assert len({(pid, held) for pid, _, held, _ in found}) == len({pid for pid, *_ in found})


def scores(n_members=1, **settings):
    kind = Autoencoder(2, max_epochs=2, **settings)
    detector = AutoencoderDetector(kind, n_members=n_members, random_state=0).fit(ROWS)
    return detector.training_scores_.tobytes() + detector.score_samples(ROWS[:7]).tobytes()


@pytest.mark.parametrize("backend", ["threading", "loky"])
@pytest.mark.parametrize("settings", [{}, {"optimizer": "adamw", "n_members": 2}])
def test_folds_and_members_of_a_detector_are_the_same_at_once(backend, settings):
    alone = scores(**settings)
    with under(backend):
        assert scores(**settings) == alone


def test_a_detector_that_is_kept_on_its_way_learns_one_fold_after_the_other(tmp_path):
    rows = ROWS.copy()
    detector = AutoencoderDetector(Autoencoder(2, max_epochs=2), random_state=0).fit(rows)
    with under("loky"):
        again = AutoencoderDetector(Autoencoder(2, max_epochs=2), random_state=0)
        again.fit(rows, checkpoint=tmp_path / "kept")
    np.testing.assert_array_equal(again.training_scores_, detector.training_scores_)


def run_with(start_method, program):
    """Run a program whose pools of joblib's start processes in this way, whichever is Python's own."""
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program],
        env=os.environ | {"JOBLIB_START_METHOD": start_method},
        capture_output=True,
        text=True,
        timeout=90,
    )


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a system without fork")
def test_forked_workers_are_refused_in_a_sentence(monkeypatch):
    monkeypatch.setenv("JOBLIB_START_METHOD", "fork")  # Python's own before 3.14
    Autoencoder(1, max_epochs=1).fit(ROWS)  # which starts JAX
    said = (
        r"^joblib's backend 'multiprocessing' forks this process, and JAX, which is running in it, does not "
        r"survive a fork: name 'threading' or 'loky' in joblib\.parallel_config\.$"
    )
    with under("multiprocessing"), pytest.raises(ForkedProcessError, match=said):
        scores()


PICKED = """
import joblib, numpy, diabolo
rows = numpy.random.default_rng(0).normal(size=(60, 4))
def scores():
    kind = diabolo.Autoencoder(1, max_epochs=1)
    return diabolo.AutoencoderDetector(kind, random_state=0).fit(rows).training_scores_
alone = scores()
with joblib.parallel_config("multiprocessing", n_jobs=2):
    numpy.testing.assert_array_equal(scores(), alone)
"""


def test_the_backend_multiprocessing_is_as_good_as_another_where_it_does_not_fork():
    done = run_with("spawn", PICKED)
    assert done.returncode == 0, done.stderr


SEARCHED = """
import joblib, numpy, diabolo
from sklearn.model_selection import GridSearchCV
rows = numpy.random.default_rng(0).normal(size=(90, 5))
diabolo.Autoencoder(1, max_epochs=1).fit(rows)
search = GridSearchCV(diabolo.Autoencoder(max_epochs=1), {"n_components": [1]}, cv=2)
try:
    with joblib.parallel_config("multiprocessing", n_jobs=2):
        search.fit(rows)
except ValueError as problem:
    print(problem)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a system without fork")
def test_a_grid_search_in_forked_workers_ends_with_a_sentence():
    # The error is not let through at once: joblib would end its pool in the midst of work, where pools of
    # Python's may hang, whatever the work is.
    done = run_with("fork", SEARCHED)
    assert "ForkedProcessError: Autoencoder cannot be trained here: this process was forked" in done.stdout, (
        done.stderr
    )
