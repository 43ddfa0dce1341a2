"""Models in forked, spawned and threaded processes: no hang, equal answers, or one sentence at once."""

import json
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from diabolo import Autoencoder, AutoencoderDetector, ConvolutionalAutoencoder

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="a system without fork")

SERVER = Path(__file__).with_name("prefork.py")
RANDOM = np.random.default_rng(3)
# With so many workers; one that starts a JAX of its own compiles all that it runs.
WAYS = {"fitted": 2, "loaded": 1, "pickled": 1}
# In float32, over the largest of an answer.
ROUNDING = 2e-6
FORKED = (
    "this process was forked from one in which JAX was running already, and JAX's threads do not survive a "
    "fork; start workers with multiprocessing's 'spawn' or 'forkserver', or let the parent only load models, "
    "which does not start JAX."
)
SENTENCES = {
    "fit": f"Autoencoder cannot be trained here: {FORKED}",
    "partial_fit": f"Autoencoder cannot be trained here: {FORKED}",
    "network": f"network_.encode works on JAX's arrays, and transform and its like on NumPy's: {FORKED}",
    "load own": f"Autoencoder: a network of your own cannot be made here, load it before the fork: {FORKED}",
}


def served(folder, how, n_workers, n_requests, seconds):
    command = [sys.executable, "-W", "ignore", str(SERVER), str(folder), how, str(n_workers), str(n_requests)]
    done = subprocess.run([*command, str(seconds)], capture_output=True, text=True, timeout=4 * seconds)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """Serve from models that were fitted in the parent, then from their files, then from their pickles."""
    folder = tmp_path_factory.mktemp("server")
    return {how: served(folder, how, n_workers, 4, 120) for how, n_workers in WAYS.items()}


def check(report, how, n_workers):
    assert report["ended"] == [0] * n_workers, "a worker hung, or ended otherwise than by itself"
    assert report["runs"] == (how == "fitted")
    assert len(report["apart"]) == (12 if how == "fitted" else 11)
    for kind, apart in report["apart"].items():
        # Workers that start a JAX of their own run the programs that the parent runs.
        assert apart <= (ROUNDING if how == "fitted" else 0.0), kind
    if how != "fitted":
        assert report["threads"] == 0
        assert {said for said, _ in report["said"].values()} == {"it works"}
        return
    for name, (said, seconds) in report["said"].items():
        assert said == SENTENCES.get(name, "it works"), name
        assert name not in SENTENCES or seconds < 1.0


@pytest.mark.parametrize(("how", "n_workers"), WAYS.items())
def test_a_server_that_forks_workers_answers_as_its_parent_does(how, n_workers, reports):
    check(reports[how], how, n_workers)


@pytest.mark.slow
def test_four_workers_answer_two_hundred_requests_of_each_model(tmp_path):
    for way in WAYS:
        check(served(tmp_path, way, 4, 200, 300), way, 4)


def shown_by(code, seconds=120):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, timeout=seconds
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


GRANDCHILD = """
import os, signal, sys
import numpy as np
import diabolo

def fit():
    diabolo.Autoencoder(1, max_epochs=1).fit(np.eye(4))

diabolo.Autoencoder
if not os.fork():
    signal.alarm(60)
    fit()
    if not os.fork():
        signal.alarm(60)
        try:
            fit()
        except diabolo.errors.ForkedProcessError as problem:
            print(problem)
        sys.exit(0)
    print("inner", os.wait()[1], flush=True)
    sys.exit(0)
print("outer", os.wait()[1])
"""


def test_a_childs_child_is_told_if_the_child_started_jax():
    assert shown_by(GRANDCHILD).splitlines() == [SENTENCES["fit"], "inner 0", "outer 0"]


# Run as a file, since what starts anew imports it: codes of a fit here, and of fits and models elsewhere.
ELSEWHERE = """
import json, multiprocessing, sys
import numpy as np
import diabolo
X = np.random.default_rng(0).normal(size=(60, 6))

def fitted(seed):
    return diabolo.Autoencoder(2, max_epochs=2, random_state=seed).fit(X).transform(X[:5]).tolist()

def encoded(model):
    return model.transform(X[:5]).tolist()

if __name__ == "__main__":
    model = diabolo.Autoencoder(2, max_epochs=2, random_state=0).fit(X)
    found = {"here": encoded(model)}
    for how in ("spawn", "forkserver"):
        with multiprocessing.get_context(how).Pool(1) as pool:
            found[how] = pool.map(fitted, [0]) + pool.map(encoded, [model])
    import joblib
    with joblib.parallel_config("loky", n_jobs=2):
        found["loky"] = joblib.Parallel()([joblib.delayed(fitted)(0), joblib.delayed(encoded)(model)])
    print(json.dumps(found))
"""


def test_processes_that_start_anew_give_the_same_bits(tmp_path):
    (tmp_path / "elsewhere.py").write_text(ELSEWHERE)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "elsewhere.py"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    here = found.pop("here")
    assert found == {how: [here, here] for how in ("spawn", "forkserver", "loky")}


def of_a_few_kinds():
    """List fits of kinds that differ in their programs, on rows of one table."""
    rows = np.random.default_rng(5).normal(size=(60, 6))
    return rows, [
        lambda: Autoencoder(2, max_epochs=2, random_state=0).fit(rows),
        lambda: Autoencoder(3, hidden_layer_sizes=(5,), tied_weights=True, max_epochs=2, random_state=1).fit(
            rows
        ),
        lambda: ConvolutionalAutoencoder(filters=(3,), max_epochs=1, random_state=2).fit(
            rows.reshape(60, 3, 2)
        ),
        lambda: AutoencoderDetector(random_state=3).fit(rows),
        lambda: Autoencoder(2, max_epochs=2, random_state=0).fit(rows),
    ]


def codes_of(model, rows):
    if isinstance(model, AutoencoderDetector):
        return model.score_samples(rows)
    return model.transform(rows.reshape(len(rows), 3, 2) if hasattr(model, "image_shape_") else rows)


def test_fits_in_several_threads_give_the_bits_of_fits_one_after_the_other():
    rows, fits = of_a_few_kinds()
    expected = [codes_of(fit(), rows) for fit in fits]
    gate = threading.Barrier(len(fits))

    def together(fit):
        gate.wait()
        return codes_of(fit(), rows)

    with ThreadPoolExecutor(len(fits)) as pool:
        found = list(pool.map(together, fits))
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)


def test_rows_encoded_from_many_threads_give_the_bits_of_one(tmp_path):
    import diabolo

    rows, fits = of_a_few_kinds()
    for number, fit in enumerate(fits[:4]):
        diabolo.save(model := fit(), tmp_path / f"{number}.diabolo")
        expected = codes_of(model, rows)
        loaded = diabolo.load(tmp_path / f"{number}.diabolo")  # whose first use all threads share
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(lambda n, model=loaded: (n, codes_of(model, rows[n : n + 5])), range(40)))
        for start, part in found:
            np.testing.assert_array_equal(part, expected[start : start + 5])


WHILE_COMPUTING = """
import os, signal, threading
import numpy as np
import diabolo
from diabolo.training.forked import computing

model = diabolo.Autoencoder(1, max_epochs=1).fit(np.eye(4))
started, over = threading.Event(), threading.Event()

def compute():
    with computing():
        started.set()
        over.wait()

thread = threading.Thread(target=compute)
thread.start()
started.wait()
if not os.fork():
    signal.alarm(60)
    try:
        model.transform(np.eye(4))
    except diabolo.errors.ForkedProcessError as problem:
        print(problem, flush=True)
    os._exit(0)
over.set()
thread.join()
print("status", os.wait()[1], flush=True)
if not os.fork():
    signal.alarm(60)
    print(model.transform(np.eye(4)).shape, flush=True)
    os._exit(0)
print("status", os.wait()[1])
"""


def test_a_fork_while_another_thread_computes_is_told_and_the_next_one_is_not():
    said = "Another thread was computing with JAX at the fork, so nothing can be passed here: "
    assert shown_by(WHILE_COMPUTING).splitlines() == [said + FORKED, "status 0", "(4, 1)", "status 0"]
