"""Checkpoints and signals on the command line."""

import json
import os
import signal
import subprocess
import sys
import threading
import time

import jax
import numpy as np
import pytest

import diabolo
from diabolo.cli.app import run
from diabolo.cli.checkpointing import Terminated, stoppable
from diabolo.training import interruption
from diabolo.training.engine import Engine

RANDOM = np.random.default_rng(0)
X = (RANDOM.normal(size=(60, 2)) @ RANDOM.normal(size=(2, 5))).astype("f4")


@pytest.fixture(autouse=True)
def interrupts_are_heeded():
    """As by a process in the foreground; one that a shell puts into the background ignores them."""
    usual = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, usual)


@pytest.fixture
def table(tmp_path, monkeypatch):
    np.save(tmp_path / "rows.npy", X)
    monkeypatch.chdir(tmp_path)
    return "rows.npy"


def numbers(path):
    fitted = diabolo.load(path)
    if not hasattr(fitted, "network_"):
        return fitted.training_scores_.tobytes()
    return [np.asarray(leaf).tobytes() for leaf in jax.tree.leaves(fitted.network_.network)]


FIT = ("fit", "rows.npy", "-o", "m.diabolo", "--epochs", "6", "--initializer", "glorot_uniform", "-q")
FIT += ("--validation-fraction", "0.2", "--batch-size", "8")
DETECT = ("detect", "fit", "rows.npy", "-o", "m.diabolo", "--kind", "deep", "--members", "2", "-q")


def interrupted(monkeypatch, interrupt, at=3):
    """Let a signal come within a call of the engine."""
    run_epoch, calls = Engine.run, []

    def counted(self, *given):
        calls.append(1)
        if len(calls) == at:
            os.kill(os.getpid(), interrupt)
        return run_epoch(self, *given)

    monkeypatch.setattr(Engine, "run", counted)


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_leaves_a_model_and_the_same_command_goes_on(table, monkeypatch, capsys, number, status):
    assert run([*FIT, "-o", "whole.diabolo"]) == 0
    usual = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)]
    with monkeypatch.context() as patched:
        interrupted(patched, number)
        assert run([each for each in FIT if each != "-q"] + ["--checkpoint", "state"]) == status
    assert [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)] == usual
    said = capsys.readouterr().err
    for sentence in (
        "stopping when this step is done; a second signal stops at once\n",
        "note: interrupted after 3 epochs; it is fitted with what it learned by then.\n",
        "note: the model as it is now is in m.diabolo\n",
        "note: the same command with --resume goes on from here\n",
        "stopped\n",
    ):
        assert sentence in said
    assert diabolo.load("m.diabolo").n_epochs_ == 3
    assert run([*FIT, "--checkpoint", "state", "--resume"]) == 0
    assert numbers("m.diabolo") == numbers("whole.diabolo")


def test_a_detector_goes_on(table, monkeypatch, capsys):
    assert run([*DETECT, "-o", "whole.diabolo"]) == 0
    with monkeypatch.context() as patched:
        interrupted(patched, signal.SIGTERM, at=2)
        assert run([*DETECT, "--checkpoint", "state"]) == 143
    assert not os.path.exists("m.diabolo")  # noqa: PTH110
    assert "is not fitted; with --checkpoint the same fit goes on from there" in capsys.readouterr().err
    assert run([*DETECT, "--checkpoint", "state", "--resume"]) == 0
    assert numbers("m.diabolo") == numbers("whole.diabolo")


def test_a_sweep_goes_on_by_itself(table, monkeypatch, capsys, tmp_path):
    sweep = ("sweep", "rows.npy", "--components", "1,2", "--seeds", "1", "--epochs", "6", "--json")
    assert run([*sweep, "-o", "whole.csv"]) == 0
    whole = json.loads(capsys.readouterr().out)
    with monkeypatch.context() as patched:
        interrupted(patched, signal.SIGINT, at=1)
        assert run([*sweep, "-o", "found.csv", "--checkpoint", "state"]) == 130
    capsys.readouterr()
    assert [path.name for path in (tmp_path / "state").iterdir()] == ["1-0"]
    assert run([*sweep, "-o", "found.csv", "--checkpoint", "state"]) == 0
    found = json.loads(capsys.readouterr().out)
    errors = [[row["reconstruction_error"] for row in each["rows"]] for each in (whole, found)]
    assert errors[0] == errors[1]
    assert not list((tmp_path / "state").rglob("*.safetensors"))


def test_a_sweep_that_begins_anew_forgets_its_checkpoints(table, capsys, tmp_path):
    from diabolo.checkpoints import Checkpoint

    diabolo.Autoencoder(1, max_epochs=1).fit(X, checkpoint=Checkpoint(tmp_path / "state" / "1-0"))
    sweep = ("sweep", "rows.npy", "--components", "1", "--seeds", "1", "--epochs", "2", "-o", "found.csv")
    assert run([*sweep, "--checkpoint", "state"]) == 1
    assert "checkpoints of other settings" in capsys.readouterr().err
    assert run([*sweep, "--checkpoint", "state", "--anew"]) == 0


def test_a_folder_in_use_needs_to_be_gone_on_from(table, capsys):
    assert run([*FIT, "--checkpoint", "state", "--resume"]) == 0  # there is nothing, so it begins
    assert run([*FIT, "--checkpoint", "state"]) == 2
    assert capsys.readouterr().err == (
        "diabolo: --checkpoint state has checkpoints of a fit already: add --resume to go on from them, or "
        "name another folder.\n"
    )


def test_settings_are_said_as_flags(table, capsys):
    assert run([*FIT, "--checkpoint", "state"]) == 0
    assert run([*FIT, "--checkpoint", "state", "--resume", "--learning-rate", "0.01"]) == 1
    assert (
        "checkpoints of other settings: learning_rate was 0.001 there and is 0.01 now"
        in capsys.readouterr().err
    )


@pytest.mark.parametrize(
    "more",
    [("--checkpoint-every", "5m"), ("--checkpoint-keep", "3"), ("--resume",)],
    ids=lambda more: more[0],
)
@pytest.mark.parametrize("command", [FIT, DETECT], ids=["fit", "detect"])
def test_options_without_a_folder_are_refused(table, capsys, command, more):
    assert run([*command, *more]) == 2
    assert (
        capsys.readouterr().err
        == f"diabolo: {more[0]} needs the folder of the checkpoints: --checkpoint DIR.\n"
    )


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--checkpoint-every", "soon"), "a time such as 5m, 30s or 1h, or epochs such as 10-epochs"),
        (("--checkpoint-keep", "0"), "a whole number, 1 or more"),
    ],
)
def test_what_cannot_be_is_refused(table, capsys, more, said):
    assert run([*FIT, "--checkpoint", "state", *more]) == 2
    assert said in capsys.readouterr().err


def test_how_often_and_how_many_reach_the_fit(table, monkeypatch):
    seen = []
    monkeypatch.setattr(
        diabolo.Autoencoder, "fit", lambda self, *given, checkpoint, **more: seen.append(checkpoint) or 1 / 0
    )
    more = ("--checkpoint-every", "10-epochs", "--checkpoint-keep", "3")
    assert run([*FIT, "--checkpoint", "state", *more]) == 1
    assert (str(seen[0].folder), seen[0].every, seen[0].keep) == ("state", "10-epochs", 3)


def signaled(number, then=lambda: None):
    with stoppable():
        try:
            os.kill(os.getpid(), number)
            time.sleep(5)
        finally:
            then()


def test_a_signal_outside_of_training_stops_there():
    with pytest.raises(Terminated):
        signaled(signal.SIGTERM)
    assert interruption._ASK.interrupt is None


def test_after_one_signal_the_next_has_its_usual_effect():
    seen = []
    with pytest.raises(KeyboardInterrupt):
        signaled(signal.SIGINT, lambda: seen.extend(map(signal.getsignal, (signal.SIGINT, signal.SIGTERM))))
    assert seen == [signal.SIG_DFL, signal.SIG_DFL]


def test_what_is_ignored_stays_ignored():
    usual = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with stoppable():
            assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, usual)


def test_another_thread_handles_no_signals():
    seen = []

    def look():
        with stoppable():
            seen.append(signal.getsignal(signal.SIGTERM))

    usual = signal.getsignal(signal.SIGTERM)
    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert seen == [usual]


def test_a_second_signal_stops_a_process_at_once(table):
    script = (
        "import os, signal, time\n"
        "from diabolo.cli.checkpointing import stoppable\n"
        "from diabolo.training.interruption import Loop\n"
        "from diabolo.training.progress import Progress\n"
        "def step(rest):\n"
        "    os.kill(os.getpid(), signal.SIGTERM)\n"
        "    time.sleep(0.1)\n"
        "    print('still here', flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGTERM)\n"
        "    time.sleep(20)\n"
        "with stoppable():\n"
        "    Loop(lambda: False, Progress()).run(step, lambda: None, lambda: False)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.stdout == "still here\n"
    assert done.stderr == "stopping when this step is done; a second signal stops at once\n"
    assert done.returncode == -signal.SIGTERM


def test_a_sweep_of_several_trainings_at_once_finds_the_same(table, capsys):
    sweep = ("sweep", "rows.npy", "--components", "1,2", "--seeds", "2", "--epochs", "2", "--json")
    found = []
    for jobs in ("1", "2"):
        assert run([*sweep, "-o", f"{jobs}.csv", "--workers", jobs]) == 0
        rows = json.loads(capsys.readouterr().out)["rows"]
        found.append([{name: each for name, each in row.items() if name != "seconds"} for row in rows])
    assert found[0] == found[1]
