"""Several fits at once, a thread each; what they compile is compiled once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from diabolo.training.history import EpochReport
from diabolo.training.progress import Progress

__all__ = ["run_side_by_side"]

Share = TypeVar("Share")
Result = TypeVar("Result")


class _StoppedError(Exception):
    """Another fit failed or was interrupted, so this one is given up."""


class _Group:
    """What the fits know of each other."""

    def __init__(self) -> None:
        self.gate, self.stop = threading.Event(), threading.Event()
        self.interrupt: KeyboardInterrupt | None = None


class _Told(Progress):
    """Hands epochs on to another progress, opens a gate at the first, and ends the fit when it is told to."""

    def __init__(self, inner: Progress | None, group: _Group) -> None:
        self.inner, self.group = inner, group

    def epoch(self, report: EpochReport) -> bool:
        self.group.gate.set()
        if self.group.stop.is_set():
            raise _StoppedError
        return self.inner is not None and self.inner.epoch(report)

    def interrupted(self, interrupt: KeyboardInterrupt) -> None:
        self.group.interrupt = interrupt

    @property
    def interrupt(self) -> KeyboardInterrupt | None:
        return self.group.interrupt


def run_side_by_side(
    fit: Callable[[Share, Progress], Result], shares: Sequence[Share], progress: Progress
) -> list[Result]:
    """Run a fit for every share of the work.

    The first runs in the calling thread, so that it can be interrupted; the others start when it has trained
    its first epochs and so has compiled what all need. Where an interrupt ends one, it ends all.

    Parameters
    ----------
    fit : callable
        Takes a share and whom to tell of epochs.
    shares : sequence
        At least one.
    progress : Progress
        Is told of the first share's epochs.

    Returns
    -------
    list
        What the fits return, in the order of the shares.

    Raises
    ------
    BaseException
        What the first failing fit raises; the others are given up at their next epoch.
    """
    first, *others = shares
    if not others:
        return [fit(first, progress)]
    group = _Group()

    def follow(share: Share) -> Result:
        group.gate.wait()
        if group.stop.is_set():
            raise _StoppedError
        try:
            return fit(share, _Told(None, group))
        except BaseException:
            group.stop.set()
            raise

    with ThreadPoolExecutor(len(others)) as pool:
        waiting = [pool.submit(follow, share) for share in others]
        try:
            result = fit(first, _Told(progress, group))
        except _StoppedError:
            # One of the others failed; its error is the one to show.
            for one in waiting:
                problem = one.exception()
                if problem is not None and not isinstance(problem, _StoppedError):
                    raise problem from None
            raise
        except BaseException:
            group.stop.set()
            raise
        finally:
            group.gate.set()
        return [result, *(one.result() for one in waiting)]
