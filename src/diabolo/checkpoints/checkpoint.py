"""Where and how often the state of a fit is written: what a user says of it."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from diabolo.checkpoints.folder import Folder, KeptStages, checkpoint_files
from diabolo.cluster.team import current_team
from diabolo.data.remote_file import located
from diabolo.errors import ParameterError
from diabolo.messages import setting
from diabolo.parameters.kinds import is_number, is_whole
from diabolo.training.stages import Stages
from diabolo.training.team_stages import team_stages

__all__ = ["Checkpoint", "CheckpointLike", "checkpoint_of", "opened", "read_every"]

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}
_INTERVAL = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([smh])\s*")
_EPOCHS = re.compile(r"\s*([1-9]\d{0,8})[-\s]?epochs?\s*")


class Checkpoint:
    """A folder in which a fit is kept while it lasts, so that a killed one goes on where it stopped.

    It goes to ``fit(..., checkpoint=...)``; a path alone stands for one with the defaults. The same fit with
    the same folder goes on from the newest checkpoint, to the same model, bit for bit, as if nothing had
    interrupted it; a finished one gives its model at once. With other data, settings or versions it is
    refused.

    Parameters
    ----------
    folder : str or path-like
        Made if it is not there. One fit has it for itself.
    every : str or float, default "5m"
        How often the state is written: after a time such as "30s", "5m" or "1h", or so many seconds; or after
        epochs, such as "10-epochs". By time it is written within a long epoch, too, where rows are streamed.
    keep : int, default 2
        How many of the newest checkpoints of a stage stay.

    See Also
    --------
    Autoencoder, diabolo.evaluation.latent_sweep

    Examples
    --------
    >>> import tempfile
    >>> import diabolo
    >>> from diabolo.datasets import load_digits
    >>> X, _ = load_digits()
    >>> checkpoint = diabolo.Checkpoint(tempfile.mkdtemp(), every="30s")
    >>> autoencoder = diabolo.Autoencoder(max_epochs=2, random_state=0).fit(X, checkpoint=checkpoint)
    >>> again = diabolo.Autoencoder(max_epochs=2, random_state=0).fit(X, checkpoint=checkpoint)
    >>> bool((again.transform(X) == autoencoder.transform(X)).all())
    True
    """

    def __init__(self, folder: str | os.PathLike[str], *, every: str | float = "5m", keep: int = 2) -> None:
        place = located(folder)
        if not isinstance(place, Path):
            raise ParameterError(
                f"{place} cannot keep checkpoints: they lie on a disk, where a fit has their folder for "
                "itself; name a folder here, and copy it there where it should outlive this machine."
            )
        self.folder, self.every, self.keep = place, every, keep
        read_every(every)
        if not is_whole(keep) or keep < 1:
            raise ParameterError(
                f"{setting('keep', keep)} is not possible; expected a whole number, 1 or more."
            )

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "folder": self.folder.absolute()}  # another process may stand elsewhere

    def __repr__(self) -> str:
        return f"Checkpoint({str(self.folder)!r}, every={self.every!r}, keep={self.keep})"

    @property
    def is_empty(self) -> bool:
        """Whether nothing is kept in the folder yet."""
        return not checkpoint_files(self.folder)

    def within(self, name: str) -> Checkpoint:
        """Return one for a fit that is a part of other work.

        Parameters
        ----------
        name : str
            Of its folder, within this one.

        Returns
        -------
        Checkpoint
        """
        return Checkpoint(self.folder / name, every=self.every, keep=self.keep)

    def clear(self) -> None:
        """Delete what is kept, and the folder where nothing else is in it."""
        if self.folder.is_dir():
            for inner in self.folder.iterdir():
                if inner.is_dir() and not inner.is_symlink() and checkpoint_files(inner):
                    self.within(inner.name).clear()
        for path in checkpoint_files(self.folder):
            path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self.folder.rmdir()


CheckpointLike = Checkpoint | str | os.PathLike[str] | None
"""What ``fit`` takes for its ``checkpoint``."""


def read_every(every: Any) -> tuple[float | None, int | None]:
    """Read how often a state is written.

    Parameters
    ----------
    every : str or number
        As of `Checkpoint`.

    Returns
    -------
    seconds : float or None
    epochs : int or None
        One of the two.

    Raises
    ------
    ParameterError
        It is neither a time nor a number of epochs.

    Examples
    --------
    >>> read_every("5m"), read_every("10-epochs"), read_every(2)
    ((300.0, None), (None, 10), (2.0, None))
    """
    if is_number(every) and every >= 0:
        return float(every), None
    if isinstance(every, str) and (found := _INTERVAL.fullmatch(every)):
        return float(found[1]) * _UNITS[found[2]], None
    if isinstance(every, str) and (found := _EPOCHS.fullmatch(every)):
        return None, int(found[1])
    raise ParameterError(
        f"{setting('every', every)} is not possible; expected a time such as "
        "'5m', '30s' or '1h', a number of seconds, or epochs such as '10-epochs'."
    )


def checkpoint_of(given: Any) -> Checkpoint | None:
    """Return what was given as one, or None.

    Raises
    ------
    ParameterError
        It is neither a path nor a Checkpoint.
    """
    if given is None or isinstance(given, Checkpoint):
        return given
    if isinstance(given, (str, os.PathLike)) and os.fspath(given):
        return Checkpoint(given)
    raise ParameterError(
        f"{setting('checkpoint', given)} is not possible; expected the path of a folder, or "
        "diabolo.Checkpoint(folder, every=..., keep=...)."
    )


@contextlib.contextmanager
def opened(given: CheckpointLike) -> Iterator[Stages]:
    """Open a folder for one fit.

    Parameters
    ----------
    given : Checkpoint, str, path-like or None
        As of ``fit``; None keeps nothing.

    Yields
    ------
    Stages
        Of the fit; of several processes the first alone opens the folder.

    Raises
    ------
    ParameterError
        For something else.
    CheckpointError
        The folder cannot be used, is in use, or is of another version.
    """
    checkpoint, team = checkpoint_of(given), current_team()
    with contextlib.ExitStack() as stack:
        stages = [Stages()]

        def open_folder() -> None:
            if checkpoint is None:
                return
            seconds, epochs = read_every(checkpoint.every)
            folder = Folder(checkpoint.folder, seconds, epochs, checkpoint.keep)
            stages.append(KeptStages(stack.enter_context(folder)))

        team.decided(open_folder)
        yield team_stages(stages[-1], keeps=checkpoint is not None)
