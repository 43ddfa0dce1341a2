"""What a sweep has finished, on the disk: one line of JSON for its settings, one for each run."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from diabolo.data.atomic import atomic_write
from diabolo.data.destination import SWEEP
from diabolo.data.fingerprint import difference
from diabolo.data.remote_file import RemoteFile, located
from diabolo.errors import DataFileError, InputError
from diabolo.messages import either

__all__ = ["SweepRecord"]

_FORMAT = "diabolo sweep 1"
_ANEW = either("resume=False", "--anew")
_RUN = ("n_components", "seed", "reconstruction_error", "seconds")


class SweepRecord:
    """The finished runs of a sweep, kept in a file that is written whole after each.

    Parameters
    ----------
    path : str, path-like or None
        The file; None keeps the runs in memory alone.
    settings, data : dict
        What the runs depend on beside size and seed.
    resume : bool
        Whether to go on from what the file holds; else it is begun anew.

    Raises
    ------
    InputError
        The file is of other settings or other data.
    DataFileError
        It is no sweep, or cannot be read or written.
    """

    def __init__(
        self,
        path: str | os.PathLike[str] | None,
        settings: dict[str, Any],
        data: dict[str, Any],
        *,
        resume: bool,
    ) -> None:
        self.path = None if path is None else located(path)
        self.head = {"format": _FORMAT, "settings": settings, "data": data}
        self.runs: dict[tuple[int, int], dict[str, Any]] = {}
        if self.path is None:
            return
        if resume and self.path.exists():
            self._read(self.path)
        else:  # a path that cannot be written to is better known before the first training
            self._write(self.path)

    def add(self, run: dict[str, Any]) -> None:
        """Take in a finished run, and write it down at once."""
        self.runs[run["n_components"], run["seed"]] = run
        if self.path is not None:
            self._write(self.path)

    def _write(self, path: Path | RemoteFile) -> None:
        with atomic_write(path, SWEEP, "t") as handle:
            for line in (self.head, *self.runs.values()):
                handle.write(f"{json.dumps(line)}\n")

    def _read(self, path: Path | RemoteFile) -> None:
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as problem:
            raise DataFileError(f"{path} cannot be read as a sweep ({problem}).") from problem
        lines = text.splitlines()
        head = _line(path, 1, lines[0] if lines else "", ("format", "settings", "data"))
        if head["format"] != _FORMAT:
            raise DataFileError(f"{path} has the format {head['format']!r}; expected {_FORMAT!r}.")
        for part in ("data", "settings"):
            if head[part] != self.head[part]:
                raise InputError(
                    f"{path} holds a sweep of other {part}: {difference(head[part], self.head[part])}; give "
                    f"another path, or {_ANEW} to begin it anew."
                )
        for number, line in enumerate(lines[1:], 2):
            run = _line(path, number, line, _RUN)
            self.runs[run["n_components"], run["seed"]] = run


def _line(path: Path | RemoteFile, number: int, line: str, names: tuple[str, ...]) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except json.JSONDecodeError:
        found = None
    if not isinstance(found, dict) or not set(names) <= set(found):
        raise DataFileError(
            f"{path}: line {number} is none of a sweep's; choose another file, or give {_ANEW} to write "
            "it anew."
        )
    return found
