"""Interrupts: whenever one comes, the step is finished, what is left is usable, and the fit can go on."""

import random
import signal
import threading
import time

import jax
import numpy as np
import pytest

from diabolo import Autoencoder, AutoencoderDetector
from diabolo.errors import InterruptedWarning
from diabolo.training import fitting
from diabolo.training.engine import Engine
from diabolo.training.interruption import Loop, interrupts_asked, request
from diabolo.training.progress import Progress

RANDOM = np.random.default_rng(0)
X = (RANDOM.normal(size=(60, 2)) @ RANDOM.normal(size=(2, 5))).astype("f4")


def made(**settings):
    settings = {"initializer": "glorot_uniform", "max_epochs": 5, "validation_fraction": 0.2, **settings}
    return Autoencoder(2, **{"batch_size": 8, "random_state": 0, **settings})


def numbers(fitted):
    return [np.asarray(leaf).tobytes() for leaf in jax.tree.leaves(fitted.network_.network)]


def steps(n, also=lambda n: None):
    """A loop of so many steps, and how many are done."""
    done = []

    def step(rest):
        also(len(done))
        done.append(len(done))

    return done, (step, lambda: None, lambda: len(done) == n)


def test_a_loop_runs_until_it_is_over():
    done, loop = steps(3)
    assert Loop(lambda: False, Progress()).run(*loop) is None
    assert done == [0, 1, 2]


def interrupted_at(n):
    seen = []

    def also(number):
        if number == n and not seen:
            seen.append(number)
            raise KeyboardInterrupt

    return also


def test_an_interrupted_step_is_run_again_and_is_the_last():
    done, steps_ = steps(5, interrupted_at(2))
    loop = Loop(lambda: False, Progress())
    loop.run(*steps_)
    assert done == [0, 1, 2]
    assert isinstance(loop.interruption, KeyboardInterrupt)


def test_a_second_interrupt_ends_it_at_once():
    def also(number):
        raise KeyboardInterrupt

    done, steps_ = steps(5, also)
    with pytest.raises(KeyboardInterrupt):
        Loop(lambda: False, Progress()).run(*steps_)
    assert done == []


def test_an_interrupt_that_took_the_state_ends_it_at_once():
    done, steps_ = steps(5, interrupted_at(1))
    with pytest.raises(KeyboardInterrupt):
        Loop(lambda: True, Progress()).run(*steps_)
    assert done == [0]


def test_a_request_reaches_loops_that_run_and_no_other():
    assert not request(KeyboardInterrupt())
    interrupt = KeyboardInterrupt()
    done, steps_ = steps(5, lambda number: number == 1 and request(interrupt))
    loop = Loop(lambda: False, Progress())
    with interrupts_asked():
        loop.run(*steps_)
    assert (done, loop.interruption) == ([0, 1], interrupt)
    done, steps_ = steps(3)
    Loop(lambda: False, Progress()).run(*steps_)
    assert done == [0, 1, 2]


def test_an_estimator_is_left_fitted_and_says_so(monkeypatch):
    interrupt_after(monkeypatch, 3)
    fitted = made()
    with (
        pytest.warns(
            InterruptedWarning,
            match=r"^Autoencoder: interrupted after 3 epochs; it is fitted with what it learned by then\.$",
        ),
        pytest.raises(KeyboardInterrupt),
    ):
        fitted.fit(X)
    assert fitted.n_epochs_ == len(fitted.history_["validation_loss"]) == 3
    monkeypatch.undo()
    # A constant learning rate does not know of the length that was asked for.
    assert numbers(fitted) == numbers(made(max_epochs=3).fit(X))


def interrupt_after(monkeypatch, n_calls):
    """Interrupt within the engine's last call, as the keyboard does."""
    run, calls = Engine.run, []

    def interrupted(self, *given):
        calls.append(1)
        if len(calls) == n_calls:
            raise KeyboardInterrupt
        return run(self, *given)

    monkeypatch.setattr(Engine, "run", interrupted)


def test_an_interrupt_in_the_last_step_is_not_swallowed(monkeypatch):
    """Or else no loop over small fits could be ended."""
    interrupt_after(monkeypatch, 5)
    fitted = made()
    with pytest.warns(InterruptedWarning, match="after 5 epochs"), pytest.raises(KeyboardInterrupt):
        fitted.fit(X)
    monkeypatch.undo()
    assert numbers(fitted) == numbers(made().fit(X))


def test_early_stopping_leaves_the_best_so_far(monkeypatch):
    interrupt_after(monkeypatch, 2)
    fitted = made(early_stopping=True)
    with pytest.warns(InterruptedWarning), pytest.raises(KeyboardInterrupt):
        fitted.fit(X)
    monkeypatch.undo()
    assert numbers(fitted) == numbers(made(early_stopping=True, max_epochs=2).fit(X))


def test_a_detector_is_not_left_half_fitted(monkeypatch):
    interrupt_after(monkeypatch, 2)
    detector = AutoencoderDetector(made(), random_state=0)
    with (
        pytest.warns(
            InterruptedWarning,
            match="^AutoencoderDetector: interrupted while it learned, and is not fitted; with checkpoint ",
        ) as said,
        pytest.raises(KeyboardInterrupt),
    ):
        detector.fit(X)
    assert len(said) == 1
    assert not detector.__sklearn_is_fitted__()


def test_members_side_by_side_end_together(monkeypatch, tmp_path):
    from diabolo.estimators import _members

    monkeypatch.setattr(_members, "_processors", lambda: 2)
    settings = {"n_members": 4, "cv": 0, "random_state": 0}
    kind = made(validation_fraction=None, max_epochs=2000)
    whole = AutoencoderDetector(kind, **settings).fit(X)
    take, seen = fitting._Fit._take_account, []

    def interrupted(self, *given):
        take(self, *given)
        if threading.current_thread() is threading.main_thread() and not seen and self.at.n_done > 50:
            seen.append(self.at.n_done)
            raise KeyboardInterrupt

    monkeypatch.setattr(fitting._Fit, "_take_account", interrupted)
    detector = AutoencoderDetector(kind, **settings)
    with pytest.warns(InterruptedWarning), pytest.raises(KeyboardInterrupt):
        detector.fit(X, checkpoint=tmp_path)
    kept = sorted(path.name for path in tmp_path.glob("checkpoint.*"))
    assert kept[0].startswith("checkpoint.all.networks-0.0")
    assert not any("finished" in name for name in kept)  # the other one neither
    detector.fit(X, checkpoint=tmp_path)
    assert detector.training_scores_.tobytes() == whole.training_scores_.tobytes()


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="has no timers that interrupt")
@pytest.mark.parametrize("is_streamed", [False, True])
def test_interrupts_at_random_moments_change_no_bit(monkeypatch, tmp_path, is_streamed):
    from diabolo.training import placement

    if is_streamed:
        monkeypatch.setattr(placement, "is_resident", lambda *_: False)
        monkeypatch.setattr(placement, "chunk_rows_of", lambda row_bytes, n_rows, batch_size: batch_size)
    settings = {"max_epochs": 40, "noise": 0.1}
    # Interrupts come while a fit's loop runs; before it there is nothing to go on from.
    run, chance, seconds = fitting._Fit.run, random.Random(0), []

    def timed(self):
        started = time.perf_counter()
        if len(seconds) > 1:
            signal.setitimer(signal.ITIMER_REAL, chance.uniform(0.0, 0.5) * seconds[1])
        try:
            return run(self)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            seconds.append(time.perf_counter() - started)

    monkeypatch.setattr(fitting._Fit, "run", timed)
    made(**settings).fit(X)  # compiles
    whole = numbers(made(**settings).fit(X))
    usual = signal.signal(signal.SIGALRM, signal.default_int_handler)
    n_interrupted, fitted, folder = 0, None, tmp_path / "first"
    try:
        while fitted is None:
            try:
                with pytest.warns(InterruptedWarning):
                    made(**settings).fit(X, checkpoint=folder)
            except KeyboardInterrupt:
                n_interrupted += 1
            except pytest.fail.Exception:  # it ended without one
                if not n_interrupted:  # the machine was busier before
                    seconds[1], folder = seconds[1] / 4, tmp_path / f"{len(seconds)}"
                    continue
                monkeypatch.setattr(fitting._Fit, "run", run)
                fitted = made(**settings).fit(X, checkpoint=folder)
    finally:
        signal.signal(signal.SIGALRM, usual)
    assert n_interrupted > 0
    assert numbers(fitted) == whole


def test_a_partial_fit_that_was_interrupted_leaves_nothing_for_the_next(monkeypatch):
    whole, fitted = (made().partial_fit(X) for _ in range(2))
    with monkeypatch.context() as patched:
        patched.setattr(Engine, "_report", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            fitted.partial_fit(X)
    assert fitted._engine.position.running is not None
    before = numbers(fitted)
    fitted.partial_fit(X[:20])
    assert fitted._engine.position.running is None
    assert fitted._engine.n_steps == 8 + 8 + 3  # of 60, 60 and 20 rows in batches of 8
    assert numbers(fitted) != before == numbers(whole)
