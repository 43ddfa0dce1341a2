"""Progress: a bar on a terminal, or a line every few epochs."""

from __future__ import annotations

import sys
from typing import Any, Self

from diabolo.training.history import EpochReport

__all__ = ["Progress", "make_progress"]


class Progress:
    """Something that is told of every epoch, between entering and leaving it; this one shows nothing.

    Attributes
    ----------
    follows : bool
        Whether it is to be told of an epoch before the next one begins, so that no two are one call.
    """

    follows = False

    def __enter__(self) -> Self:
        """Start."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop, leaving the terminal in order."""

    def begins(self) -> None:
        """Take note that an epoch begins, or goes on; one that `follows` is told."""

    def epoch(self, report: EpochReport) -> bool:
        """Take an epoch's figures, and say whether the training is to end after it."""
        return False

    def interrupted(self, interrupt: KeyboardInterrupt) -> None:
        """Take note of what ended the fit before its end."""

    @property
    def interrupt(self) -> KeyboardInterrupt | None:
        """What the fit should end with: what has interrupted one beside it."""
        return None


def _figures(report: EpochReport) -> str:
    text = f"loss {report.loss:.4g}"
    if report.validation_loss is not None:
        text += f"  validation {report.validation_loss:.4g}"
    return f"{text}  {report.n_rows / max(report.seconds, 1e-9):,.0f} rows/s"


class _Lines(Progress):
    def __init__(self, every: int, max_epochs: int) -> None:
        self.every, self.max_epochs = every, max_epochs
        self.unsaid: EpochReport | None = None

    def __exit__(self, *_: object) -> None:
        if self.unsaid is not None:
            self._say(self.unsaid)

    def epoch(self, report: EpochReport) -> bool:
        self.unsaid = report
        if report.epoch % self.every == 0 or report.epoch == 1:
            self._say(report)
        return False

    def _say(self, report: EpochReport) -> None:
        print(f"epoch {report.epoch}/{self.max_epochs}  {_figures(report)}", flush=True)
        self.unsaid = None


class _Bar(Progress):
    def __init__(self, max_epochs: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as RichProgress

        self.bar: Any = RichProgress(
            TextColumn("epoch {task.completed}/{task.total}"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.description}"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self.task = self.bar.add_task("compiling", total=max_epochs)

    def __enter__(self) -> Self:
        self.bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.bar.stop()

    def epoch(self, report: EpochReport) -> bool:
        self.bar.update(self.task, completed=report.epoch, description=_figures(report))
        return False


def make_progress(verbose: int | str, max_epochs: int) -> Progress:
    """Choose how a fit shows its progress.

    Parameters
    ----------
    verbose : int or "bar"
        0 shows nothing; n prints a line every n epochs, and for the first and the last; ``"bar"`` draws a bar
        with the epoch, the losses, rows per second and the time left, if the error stream is a terminal.
    max_epochs : int
        The fit's length.

    Returns
    -------
    Progress
        A context manager that is told of every epoch.
    """
    if verbose == "bar":
        return _Bar(max_epochs) if sys.stderr.isatty() else Progress()
    return _Lines(int(verbose), max_epochs) if verbose else Progress()
