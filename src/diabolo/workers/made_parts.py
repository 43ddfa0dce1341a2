"""Which parts of a result are in its folder already, and what each was made of."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from diabolo.data.fingerprint import file_fingerprint
from diabolo.errors import DataFileError

__all__ = ["RECORD", "MadeParts"]

RECORD = "_diabolo_parts.jsonl"
"""The file beside the parts; its name begins as what readers of folders leave out."""


class MadeParts:
    """The record of a folder of parts: a line for each part that was written, when it was whole.

    Parameters
    ----------
    folder : path-like
        For the parts; made where there is none.

    Raises
    ------
    DataFileError
        The folder cannot be made or looked into.

    Examples
    --------
    >>> import tempfile
    >>> parts = MadeParts(tempfile.mkdtemp())
    >>> _ = (parts.folder / "a.csv").write_text("1")
    >>> parts.note("a.csv", {"model": "m"}, {"rows": 1})
    >>> again = MadeParts(parts.folder)
    >>> again.found("a.csv", {"model": "m"}), again.found("a.csv", {"model": "other"})
    ({'rows': 1}, None)
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)
        self._made: dict[str, dict[str, Any]] = {}
        try:
            self.folder.mkdir(exist_ok=True)
            lines = self._place.read_text(encoding="utf-8").splitlines() if self._place.exists() else []
        except OSError as problem:
            said = problem.strerror or problem
            raise DataFileError(
                f"{self.folder} cannot be written ({said}); nothing was changed."
            ) from problem
        for line in lines:
            with contextlib.suppress(ValueError, TypeError, KeyError):  # cut off, as the process was killed
                entry = json.loads(line)
                self._made[entry["part"]] = entry

    @property
    def _place(self) -> Path:
        return self.folder / RECORD

    def found(self, part: str, made_of: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return what was noted of a part that is there and was made of the same; None where there is none.

        Parameters
        ----------
        part : str
            Its name in the folder.
        made_of : mapping
            What it is to be made of, in what JSON knows.

        Returns
        -------
        dict or None
        """
        entry = self._made.get(part)
        if entry is None or entry.get("made_of") != dict(made_of):
            return None
        try:
            is_same = entry.get("written") == file_fingerprint(self.folder / part)
        except OSError:
            return None
        result: dict[str, Any] = entry["result"]
        return result if is_same else None

    def note(self, part: str, made_of: Mapping[str, Any], result: Mapping[str, Any]) -> None:
        """Note that a part is whole and in its place.

        Parameters
        ----------
        part, made_of
            As of `found`.
        result : mapping
            What there is to say of it, in what JSON knows.
        """
        written = file_fingerprint(self.folder / part)
        entry = {"part": part, "made_of": dict(made_of), "written": written, "result": dict(result)}
        # A line that was cut off is ended first, so that it spoils none but itself.
        with self._place.open("a+b") as file:
            if file.tell():
                file.seek(-1, os.SEEK_END)
            ends = not file.tell() or file.read(1) == b"\n"
            file.write(("" if ends else "\n").encode() + json.dumps(entry).encode() + b"\n")
        self._made[part] = entry

    def sweep(self) -> None:
        """Remove what workers that were killed left half written, once nobody writes here any more."""
        for each in self.folder.glob(".*.tmp"):
            if any(each.name.startswith(f".{part[:32]}.") for part in self._made):
                with contextlib.suppress(OSError):
                    each.unlink()
