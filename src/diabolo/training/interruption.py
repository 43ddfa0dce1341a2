"""Interrupts: a loop of training finishes its step, and then its fit ends with what it has.

A program that handles signals asks the loops to end through `request`. Without one, Python's own interrupt
from the keyboard comes to the loop as an exception, between any two bytecodes of it, and the loop goes on to
where its state is whole.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from diabolo.cluster.team import current_team
from diabolo.training.progress import Progress

__all__ = ["Loop", "Rest", "interrupts_asked", "request"]

Rest = Callable[[Callable[[], None]], None]
"""What a step calls where it could go on from later, with what else to do there."""


class _Ask:
    """Who listens, and what was asked of them; of the process, as signals are."""

    def __init__(self) -> None:
        self.listeners: list[object] = []
        self.interrupt: KeyboardInterrupt | None = None


_ASK = _Ask()


class _RestError(Exception):
    """The loop has come to where its state is whole, and is to end there."""


def request(interrupt: KeyboardInterrupt) -> bool:
    """Ask loops of training to end.

    Parameters
    ----------
    interrupt : KeyboardInterrupt
        With what their fits are to end.

    Returns
    -------
    bool
        Whether any was running; else nothing is asked for.
    """
    if not _ASK.listeners:
        return False
    _ASK.interrupt = interrupt
    return True


@contextlib.contextmanager
def interrupts_asked() -> Iterator[None]:
    """Forget in the end what was asked for within."""
    try:
        yield
    finally:
        _ASK.interrupt = None


class Loop:
    """Runs steps until they are done, or until an interrupt has come and the state is whole.

    Parameters
    ----------
    is_lost : callable
        Whether the state is lost, so that there is nothing to go on from.
    progress : Progress
        Which may know of an interrupt, and is told of one.

    Attributes
    ----------
    interruption : KeyboardInterrupt or None
        What ended it.
    """

    def __init__(self, is_lost: Callable[[], bool], progress: Progress) -> None:
        self.is_lost, self.progress = is_lost, progress
        self.interruption: KeyboardInterrupt | None = None

    def run(
        self,
        step: Callable[[Rest], None],
        after: Callable[[], None],
        is_over: Callable[[], bool],
    ) -> None:
        """Run steps.

        Parameters
        ----------
        step : callable
            One step. An interrupt may end it anywhere; it is then run again, and does what is left to do. It
            is handed what it calls where it could go on from later, with what else to do there.
        after : callable
            Called after every step.
        is_over : callable
            Whether there is none to do.

        Raises
        ------
        KeyboardInterrupt
            A second interrupt, one that took the state with it, or any in a cluster, whose processes would
            have to end after the same step.
        """
        me = object()
        _ASK.listeners.append(me)
        is_whole = True
        try:
            while not is_over():
                if is_whole and self._is_asked():
                    return
                try:
                    is_whole = False
                    step(self._rest)
                    is_whole = True
                    after()
                except _RestError:
                    return
                except KeyboardInterrupt as interrupt:
                    if self.interruption is not None or self.is_lost() or current_team().n_processes > 1:
                        raise
                    # The frames of the step must be gone before it is run again, and the readers in them.
                    self.interruption = interrupt.with_traceback(None)
            self._is_asked()  # in the last step
        finally:
            _ASK.listeners.remove(me)
            if self.interruption is not None:
                self.progress.interrupted(self.interruption)

    def _rest(self, also: Callable[[], None]) -> None:
        if self._is_asked():
            raise _RestError
        also()

    def _is_asked(self) -> bool:
        if self.interruption is None:
            self.interruption = _ASK.interrupt or self.progress.interrupt
        return self.interruption is not None
