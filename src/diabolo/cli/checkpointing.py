"""Fits that can be stopped: the options of checkpoints, and what signals do while a fit lasts."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from diabolo.cli.options import FILE
from diabolo.cli.page import Option, Typed, WrongUse, in_group, switch
from diabolo.cluster.team import current_team
from diabolo.parameters.kinds import Kind, number, whole

if TYPE_CHECKING:
    from diabolo.checkpoints.checkpoint import Checkpoint

__all__ = ["CHECKPOINT", "CHECKPOINT_AND_RESUME", "Terminated", "checkpoint_typed", "stoppable"]

_GROUP = "Going on after a stop"


def _is_interval(value: Any) -> bool:
    from diabolo.checkpoints.checkpoint import read_every
    from diabolo.errors import ParameterError

    with contextlib.suppress(ParameterError):
        return bool(read_every(value))
    return False


_EVERY = Kind(
    "a time such as 5m, 30s or 1h, or epochs such as 10-epochs", _is_interval, number, metavar="TIME"
)
CHECKPOINT = in_group(
    _GROUP,
    Option(
        "--checkpoint DIR",
        "Keep the state of the training in this folder, from which a stopped one goes on to the same model.",
        FILE,
    ),
    Option(
        "--checkpoint-every",
        "How often it is written: a time, or a number of epochs such as 10-epochs. Default: 5m.",
        _EVERY,
    ),
    Option("--checkpoint-keep", "How many of the newest stay. Default: 2.", whole()),
)
CHECKPOINT_AND_RESUME = (
    *CHECKPOINT,
    *in_group(
        _GROUP, switch("--resume", "Go on from what is in the folder of --checkpoint, if anything is.")
    ),
)


class Terminated(KeyboardInterrupt):
    """The process was asked to end by SIGTERM."""


def checkpoint_typed(typed: Typed) -> Checkpoint | None:
    """Make of what was typed what ``fit`` takes.

    Parameters
    ----------
    typed : Typed
        By a verb with these options; one without ``--resume`` goes on by itself.

    Returns
    -------
    Checkpoint or None

    Raises
    ------
    WrongUse
        Options without the folder, or a folder of an earlier fit without ``--resume``.
    """
    if typed.checkpoint is None:
        needing = {"checkpoint_every": "--checkpoint-every", "checkpoint_keep": "--checkpoint-keep"}
        flags = [flag for name, flag in needing.items() if getattr(typed, name) is not None]
        flags += ["--resume"] if getattr(typed, "resume", False) else []
        if flags:
            raise WrongUse(f"{flags[0]} needs the folder of the checkpoints: --checkpoint DIR.")
        return None
    from diabolo.checkpoints.checkpoint import Checkpoint

    given: dict[str, Any] = {"every": typed.checkpoint_every, "keep": typed.checkpoint_keep}
    found = Checkpoint(
        typed.checkpoint, **{name: value for name, value in given.items() if value is not None}
    )
    if hasattr(typed, "resume") and not typed.resume and not found.is_empty:
        raise WrongUse(
            f"--checkpoint {typed.checkpoint} has checkpoints of a fit already: add --resume to go on from "
            "them, or name another folder."
        )
    return found


@contextlib.contextmanager
def stoppable() -> Iterator[None]:
    """Let SIGINT and SIGTERM end a fit where its state is whole; a second one stops the process at once.

    Raises
    ------
    KeyboardInterrupt
        For the first signal; Terminated for SIGTERM.
    """
    is_alone = current_team().n_processes == 1  # in a cluster all would have to stop after the same step
    if threading.current_thread() is not threading.main_thread() or not is_alone:
        yield
        return
    from diabolo.training.interruption import interrupts_asked, request

    usual = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    # What the parent has turned off stays off, as nohup and shells do for what runs behind.
    heard = [number for number, handler in usual.items() if handler not in (signal.SIG_IGN, None)]

    def stop(number: int, frame: Any) -> None:
        for each in heard:
            signal.signal(each, signal.SIG_DFL)
        interrupt = Terminated() if number == signal.SIGTERM else KeyboardInterrupt()
        if not request(interrupt):
            raise interrupt
        print("stopping when this step is done; a second signal stops at once", file=sys.stderr, flush=True)

    with interrupts_asked():
        try:
            for each in heard:
                signal.signal(each, stop)
            yield
        finally:
            for each in heard:
                signal.signal(each, usual[each])
