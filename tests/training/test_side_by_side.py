import threading

import pytest

from diabolo.training.history import EpochReport
from diabolo.training.side_by_side import run_side_by_side


class Noted:
    """A progress that writes down what it is told."""

    def __init__(self):
        self.epochs = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def epoch(self, report):
        self.epochs.append(report.epoch)


def report(epoch):
    return EpochReport(epoch, 1.0, 1.0, 0.1, 0.0, 1)


def test_results_come_in_the_order_of_the_shares():
    def fit(share, progress):
        for epoch in (1, 2):
            progress.epoch(report(epoch))
        return share * 10

    progress = Noted()
    assert run_side_by_side(fit, [1, 2, 3], progress) == [10, 20, 30]
    assert progress.epochs == [1, 2]


def test_a_single_share_runs_where_it_is_called():
    assert run_side_by_side(lambda share, progress: threading.get_ident(), ["all"], Noted()) == [
        threading.get_ident()
    ]


def test_the_first_runs_in_the_calling_thread_and_others_wait_for_its_first_epoch():
    order = []

    def fit(share, progress):
        order.append(share)
        if share == 0:
            order.append("compiled")
            progress.epoch(report(1))
        return threading.get_ident()

    threads = run_side_by_side(fit, [0, 1], Noted())
    assert threads[0] == threading.get_ident() != threads[1]
    assert order == [0, "compiled", 1]


@pytest.mark.parametrize("failing", [0, 1])
def test_one_failure_ends_all_and_is_the_one_shown(failing):
    def fit(share, progress):
        for epoch in range(1, 100_000):
            progress.epoch(report(epoch))
            if share == failing and epoch == 3:
                raise RuntimeError(f"share {share} failed")
        return share

    with pytest.raises(RuntimeError, match=f"share {failing} failed"):
        run_side_by_side(fit, [0, 1], Noted())


def test_a_failure_before_the_first_epoch_keeps_nobody_waiting():
    def fit(share, progress):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_side_by_side(fit, [0, 1, 2], Noted())
