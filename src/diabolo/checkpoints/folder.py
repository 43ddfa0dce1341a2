"""The folder of a fit's checkpoints: what fit it is, what was decided once, moments of its stages.

``fit.json`` says of what fit they are. Each stage has files of its own, numbered; its result replaces them.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import secrets
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Self

from diabolo.checkpoints.state_file import MOST_TEXT, check_regular, read_snapshot, write_snapshot
from diabolo.data.atomic import atomic_write
from diabolo.data.destination import CHECKPOINT
from diabolo.data.fingerprint import difference
from diabolo.errors import CheckpointError
from diabolo.training.stages import Snapshot, Stage, Stages

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Folder", "KeptStages", "checkpoint_files"]

FORMAT = "diabolo checkpoint 2"
_HEAD, _LOCK, _FINISHED = "fit.json", "in-use.lock", "finished"
_DIGEST = "sha256"
_FILE = re.compile(rf"checkpoint\.([\w.-]+)\.(\d{{8}}|{_FINISHED})\.safetensors")
# What `atomic_write` leaves where it is killed.
_TEMPORARY = re.compile(r"\.(checkpoint\.[\w.-]*|fit\.json)\.[0-9a-f]{12}\.tmp")
_ANEW = "Choose another folder, or delete this one to begin anew."
_PACKAGES = ("diabolo", "jax", "jaxlib", "numpy")


def checkpoint_files(folder: Path) -> list[Path]:
    """List the files of a folder that are a checkpoint's: none where it is not there."""
    try:
        inside = list(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as problem:
        raise CheckpointError(f"{folder} cannot be read ({problem.strerror}).") from None
    names = (_HEAD, _LOCK)
    return [
        path
        for path in inside
        if path.name in names or _FILE.fullmatch(path.name) or _TEMPORARY.fullmatch(path.name)
    ]


class Folder:
    """An open folder of checkpoints, which no other process has.

    Parameters
    ----------
    path : Path
        Made if it is not there.
    seconds : float or None
        How often a moment of a stage is due.
    epochs : int or None
        The same in epochs.
    keep : int
        How many moments of a stage stay.

    Raises
    ------
    CheckpointError
        It cannot be used, is in use, or was written by another version.
    """

    def __init__(self, path: Path, seconds: float | None, epochs: int | None, keep: int) -> None:
        self.path, self.seconds, self.epochs, self.keep = path, seconds, epochs, keep
        # Members of an ensemble are trained in threads.
        self._writing = threading.RLock()
        self._lock: IO[bytes] | None = None
        # Of which fit, drawn when it began: a file of another one's folder does not fit in.
        self.fit = ""
        self.known: dict[str, Any] = {}

    def __enter__(self) -> Self:
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            check_regular(self.path / _LOCK)
            self._lock = (self.path / _LOCK).open("ab")
        except OSError as problem:
            raise CheckpointError(
                f"{self.path} cannot be a folder of checkpoints ({problem.strerror}); choose another."
            ) from None
        try:
            _take_for_oneself(self._lock, self.path)
            self._read_head()
            for litter in self.path.glob(".*.tmp"):  # of a process that was killed while it wrote
                if _TEMPORARY.fullmatch(litter.name):
                    litter.unlink(missing_ok=True)
        except BaseException:
            self._lock.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        assert self._lock is not None
        self._lock.close()

    def _read_head(self) -> None:
        path = self.path / _HEAD
        installed = {name: _version(name) for name in _PACKAGES}
        check_regular(path)
        try:
            with path.open("rb") as handle:
                text = handle.read(MOST_TEXT + 1)
            if len(text) > MOST_TEXT:
                raise ValueError
            head = json.loads(text)
            versions = head["versions"]
            if not isinstance(versions, dict):
                raise TypeError
            if (head["format"], versions) == (FORMAT, installed):
                digest = head.pop(_DIGEST)
                if digest != _digest(head):
                    raise ValueError
                self.fit, self.known = head["fit"], head["known"]
                if not isinstance(self.known, dict) or not isinstance(self.fit, str):
                    raise TypeError
                return
            said = difference({"format": head["format"], **versions}, {"format": FORMAT, **installed})
        except FileNotFoundError:
            if any(_FILE.fullmatch(each.name) for each in checkpoint_files(self.path)):
                raise CheckpointError(
                    f"{self.path} has checkpoints, but {_HEAD}, which says of what fit, is missing; choose "
                    "another folder."
                ) from None
            self.fit = secrets.token_hex(8)
            self._write_head()
            return
        except OSError as problem:
            raise CheckpointError(f"{path} cannot be read ({problem.strerror}).") from None
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise self.damaged() from None
        raise CheckpointError(
            f"{self.path} has checkpoints of other versions: {said}. Go on with those, or choose another "
            "folder to begin anew."
        )

    def damaged(self) -> CheckpointError:
        """Say that what is known of the fit is not to be relied upon."""
        return CheckpointError(
            f"{self.path / _HEAD} is damaged: it does not say of what fit the checkpoints beside it are. "
            f"{_ANEW}"
        )

    def _write_head(self) -> None:
        head = {
            "format": FORMAT,
            "versions": {name: _version(name) for name in _PACKAGES},
            "fit": self.fit,
            "known": self.known,
        }
        with atomic_write(self.path / _HEAD, CHECKPOINT, "t", error=CheckpointError) as handle:
            json.dump({**head, _DIGEST: _digest(head)}, handle, indent=1)

    def once(self, name: str, value: Callable[[], Any]) -> Any:
        """Return what is known under a name; at first that is what the function gives."""
        with self._writing:
            if name not in self.known:
                # As another process will read it.
                self.known[name] = json.loads(json.dumps(value()))
                self._write_head()
            return self.known[name]

    def moments(self, stage: str) -> list[Path]:
        """List the files of a stage, the oldest first; its result is the last."""
        named = ((path, _FILE.fullmatch(path.name)) for path in self.path.iterdir())
        return sorted(path for path, name in named if name and name[1] == stage)  # digits before letters

    def named_of(self, path: Path) -> str:
        """Say what the file of a moment is of: this fit, and the stage and the moment of its name."""
        return f"{self.fit} {path.name}"

    def write(self, stage: str, number: int, snapshot: Snapshot) -> None:
        """Write a moment of a stage, and delete those that are no more needed."""
        with self._writing:
            label = _FINISHED if snapshot.is_finished else f"{number:08d}"
            path = self.path / f"checkpoint.{stage}.{label}.safetensors"
            write_snapshot(path, snapshot, self.named_of(path))
            moments = self.moments(stage)
            for old in moments[: -1 if snapshot.is_finished else -self.keep]:
                old.unlink(missing_ok=True)


class KeptStages(Stages):
    """The stages of a fit, kept in a folder.

    Parameters
    ----------
    folder : Folder
        Open.
    name : str, default ""
        Of the part of the fit that they are of.
    """

    def __init__(self, folder: Folder, name: str = "") -> None:
        self.folder, self.name = folder, name

    def _named(self, name: str) -> str:
        return f"{self.name}.{name}" if self.name else name

    def part(self, name: str) -> Stages:
        """Return those of a fit within this one."""
        return KeptStages(self.folder, self._named(name))

    def stage(self, name: str) -> Stage:
        """Return one of them."""
        return _KeptStage(self.folder, self._named(name))

    def decided(self, name: str, decide: Callable[[], Any], is_possible: Callable[[Any], bool]) -> Any:
        """Return what was decided by the process that began the fit."""
        found = self.folder.once(self._named(name), decide)
        if not is_possible(found):
            raise self.folder.damaged()
        return found

    def computed(
        self,
        name: str,
        compute: Callable[[], dict[str, np.ndarray]],
        check: Callable[[dict[str, np.ndarray]], None],
    ) -> dict[str, np.ndarray]:
        """Return arrays that were computed before, or compute and keep them."""
        stage, found = _KeptStage(self.folder, self._named(name)), {}

        def restore(moment: Snapshot) -> None:
            check(moment.arrays)
            found.update(moment.arrays)

        if not stage.found(restore):
            found.update(compute())
            stage.keep(lambda: Snapshot(found, {}, is_finished=True))
        return found

    def has(self, name: str) -> bool:
        """Say whether arrays of that name were computed and kept."""
        return bool(self.folder.moments(self._named(name)))

    def same(self, name: str, describe: Callable[[], dict[str, Any]]) -> None:
        """Refuse to go on with something else than the fit was begun with."""
        now = json.loads(json.dumps(describe()))
        known = self.folder.once(self._named(name), lambda: now)
        if known != now:
            raise CheckpointError(
                f"{self.folder.path} has checkpoints of other {name}: {difference(known, now)}. {_ANEW}"
            )


class _KeptStage(Stage):
    """A stage whose moments are files of a folder."""

    def __init__(self, folder: Folder, name: str) -> None:
        self.folder, self.name = folder, name
        self.number = 0
        self._written, self._n_epochs, self._seen = time.monotonic(), 0, 0

    def found(self, restore: Callable[[Snapshot], None]) -> bool:
        moments = self.folder.moments(self.name)
        if not moments:
            return False
        path, label = moments[-1], moments[-1].name.split(".")[-2]
        self.number = int(label) if label.isdigit() else 0
        moment = read_snapshot(path, self.folder.named_of(path))
        if moment.is_finished != (label == _FINISHED):
            raise CheckpointError(f"{path} is damaged: it is not what its name says. Delete it.")
        try:
            restore(moment)
        except (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError) as problem:
            said = str(problem) if isinstance(problem, ValueError) else "its record is of something else"
            raise CheckpointError(f"{path} is not of this fit: {said}. {_ANEW}") from None
        return True

    @property
    def is_finished(self) -> bool:
        return any(path.name.split(".")[-2] == _FINISHED for path in self.folder.moments(self.name))

    def is_due(self, n_epochs: int | None) -> bool:
        if self.folder.seconds is not None:
            return time.monotonic() - self._written >= self.folder.seconds
        assert self.folder.epochs is not None
        if n_epochs is None:
            return False
        self._seen = n_epochs
        return n_epochs - self._n_epochs >= self.folder.epochs

    def keep(self, take: Callable[[], Snapshot]) -> None:
        self.number += 1
        self.folder.write(self.name, self.number, take())
        self._written = time.monotonic()
        self._n_epochs = self._seen


def _digest(head: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(head, sort_keys=True).encode()).hexdigest()


def _version(package: str) -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"


def _take_for_oneself(lock: IO[bytes], folder: Path) -> None:
    """Lock the folder for this process; the system unlocks it when the process ends, however that is."""
    with contextlib.suppress(ImportError):  # Windows has no such locks
        import fcntl

        try:
            fcntl.flock(lock.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CheckpointError(
                f"{folder} is in use by another fit; wait for its end, or choose another folder."
            ) from None
        except OSError:  # a file system without locks
            return
