"""Progress: a bar on a terminal or in a notebook, or a line now and then."""

from __future__ import annotations

import html
import sys
import time
from typing import Any, Self

from diabolo.training.history import EpochReport

__all__ = ["Progress", "make_progress"]

# Seconds between lines where a bar cannot be drawn, and between the pictures of one in a notebook.
_BETWEEN_LINES, _BETWEEN_PICTURES = 10.0, 0.1


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


class _LinesNowAndThen(Progress):
    """A line to the error stream every ten seconds, and for the last epoch of a fit that had any."""

    def __init__(self, max_epochs: int) -> None:
        self.max_epochs = max_epochs
        self.said_at: float | None = None
        self.has_said = False
        self.unsaid: EpochReport | None = None

    def __exit__(self, *_: object) -> None:
        if self.unsaid is not None:
            self._say(self.unsaid)

    def epoch(self, report: EpochReport) -> bool:
        now = time.monotonic()
        if self.said_at is None:
            self.said_at = now  # what was before it was compiling
        elif now - self.said_at >= _BETWEEN_LINES:
            self._say(report)
            self.said_at = now
        elif self.has_said:
            self.unsaid = report
        return False

    def _say(self, report: EpochReport) -> None:
        print(f"epoch {report.epoch}/{self.max_epochs}  {_figures(report)}", file=sys.stderr, flush=True)
        self.has_said, self.unsaid = True, None


class _NotebookBar(Progress):
    """A bar below the cell of a notebook, drawn anew in its place; what it showed last stays."""

    def __init__(self, max_epochs: int) -> None:
        self.max_epochs, self.began, self.drawn_at = max_epochs, time.monotonic(), 0.0
        self.handle: Any = None
        self.undrawn: EpochReport | None = None

    def __enter__(self) -> Self:
        self.handle = sys.modules["IPython.display"].display(
            self._picture(0, "compiling"), raw=True, display_id=True
        )
        return self

    def __exit__(self, *_: object) -> None:
        if self.undrawn is not None:
            self._draw(self.undrawn, "")

    def epoch(self, report: EpochReport) -> bool:
        self.undrawn = report
        if (now := time.monotonic()) - self.drawn_at >= _BETWEEN_PICTURES:
            left = (now - self.began) / report.epoch * (self.max_epochs - report.epoch)
            self._draw(report, f"  {int(left) // 60}:{int(left) % 60:02d} left")
        return False

    def _draw(self, report: EpochReport, left: str) -> None:
        self.handle.update(self._picture(report.epoch, _figures(report) + left), raw=True)
        self.drawn_at, self.undrawn = time.monotonic(), None

    def _picture(self, epoch: int, said: str) -> dict[str, str]:
        text = f"epoch {epoch}/{self.max_epochs}  {said}"
        bar = f'<progress value="{epoch}" max="{self.max_epochs}" style="width: 16em"></progress>'
        return {"text/plain": text, "text/html": f"<div>{bar} <code>{html.escape(text)}</code></div>"}


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
        with the epoch, the losses, rows per second and the time left, on a terminal or in a notebook, and
        elsewhere prints a line to the error stream every ten seconds, and one for the last epoch.
    max_epochs : int
        The fit's length.

    Returns
    -------
    Progress
        A context manager that is told of every epoch.
    """
    if verbose == "bar":
        if _is_notebook():
            return _NotebookBar(max_epochs)
        return _Bar(max_epochs) if sys.stderr.isatty() else _LinesNowAndThen(max_epochs)
    return _Lines(int(verbose), max_epochs) if verbose else Progress()


def _is_notebook() -> bool:
    """Whether what is displayed goes to the page of a notebook: Jupyter's, Colab's or another kernel's."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return "IPython.display" in sys.modules and hasattr(shell, "kernel")
