"""A part for every file: the same verb on each, by workers; parts that are there already are left alone."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import diabolo
from diabolo.cli.opening import OpenModel
from diabolo.cli.output import Output, plain_values, with_columns
from diabolo.cli.page import Typed, WrongUse
from diabolo.cli.streams import is_stream
from diabolo.errors import DiaboloError, LostWorkerError

__all__ = ["KeptOutput", "WrittenParts", "kept_model", "model_key", "of_one", "write_parts"]

# What says where and how a command runs, and nothing of what comes out.
_NOT_OF_PARTS = ("model", "data", "path", "engine", "workers", "json", "debug", "quiet", "help", "help_all")
_MOST_NOTES = 5

Opens = Callable[[Typed], OpenModel]
Writes = Callable[[OpenModel, Typed, Output], None]


@dataclass(frozen=True)
class KeptOutput(Output):
    """Keeps what a verb says, for whoever has it done."""

    notes: list[str] = field(default_factory=list)
    records: list[Mapping[str, Any]] = field(default_factory=list)

    def note(self, text: str) -> None:
        """Keep what was said on the side."""
        self.notes.append(getattr(text, "marked", text))

    def result(self, record: Mapping[str, Any], text: str) -> None:
        """Keep what came out."""
        self.records.append(record)


class _Part(NamedTuple):
    """A file to be worked on: all that a worker must know, by paths that it finds wherever it was started."""

    opens: Opens
    writes: Writes
    model: str
    typed: Typed


class _Made(NamedTuple):
    record: dict[str, Any]
    notes: list[str]


@dataclass(frozen=True)
class WrittenParts:
    """What became of the files, in their order.

    Parameters
    ----------
    files : sequence of str
        That were read.
    places : sequence of Path
        Where their parts are.
    records : sequence of dict
        What the verb said of each.
    n_kept : int
        How many parts were there already.
    """

    files: Sequence[str]
    places: Sequence[Path]
    records: Sequence[dict[str, Any]]
    n_kept: int

    def total(self, name: str) -> int:
        """Add up a number over all parts."""
        return sum(record[name] for record in self.records)

    def record(self, typed: Typed) -> dict[str, Any]:
        """Say of them all what is the same for every verb."""
        parts = [
            {"data": file, "output": place, "rows": record["rows"]}
            for file, place, record in zip(self.files, self.places, self.records, strict=True)
        ]
        start = {"model": typed.model, "data": typed.data, "rows": self.total("rows")}
        return {**start, "parts": parts, "kept": self.n_kept, "output": typed.path.folder}

    def said(self, what: str, typed: Typed) -> str:
        """Say it in a line."""
        n_parts = len(self.files)
        kept = f"; {self.n_kept:,} of them {'was' if self.n_kept == 1 else 'were'} there already"
        carried = with_columns(self.records[0]["carried"])
        return (
            f"{self.total('rows'):,} {what} written to {typed.path}, in {n_parts:,} "
            f"part{'s' * (n_parts != 1)}{carried}{kept if self.n_kept else ''}"
        )


def model_key(path: Path) -> str:
    """Tell a model file from all others, by its bytes."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:32]


@functools.lru_cache(maxsize=1)
def _kept(opens: Opens, key: str, said: str, given: _Hidden) -> OpenModel:
    return opens(given.typed)


@dataclass(frozen=True)
class _Hidden:
    """What was typed, in a key that goes by other things."""

    typed: Typed = field(compare=False)

    def __hash__(self) -> int:
        return 0


def kept_model(opens: Opens, key: str, typed: Typed) -> OpenModel:
    """Open a model once for all that a process does with it.

    Parameters
    ----------
    opens : callable
        Opens the model of what was typed.
    key : str
        As `model_key` gives it.
    typed : Typed
        What was typed.

    Returns
    -------
    OpenModel
    """
    return _kept(opens, key, repr(getattr(typed, "missing", None)), _Hidden(typed))


def _made(part: _Part) -> _Made:
    """Write one part, in a worker."""
    output = KeptOutput()
    part.writes(kept_model(part.opens, part.model, part.typed), part.typed, output)
    return _Made(plain_values(output.records[0]), output.notes)


def write_parts(opens: Opens, writes: Writes, typed: Typed, output: Output, what: str) -> WrittenParts:
    """Do what a verb does for each of several files, and write a part for each to a folder.

    A part appears under its name when it is whole. What it was made of is noted beside it, and a part that is
    there and was made of the same is not made again.

    Parameters
    ----------
    opens : callable
        Opens the model of what was typed, in each worker once.
    writes : callable
        Does the verb's work for one file: of the model, of what was typed with that file and its part in
        their places, and of where to say what came out.
    typed : Typed
        What was typed; its path is a `FolderOfParts`.
    output : Output
        Where it is said.
    what : str
        What is being done, for the bar.

    Returns
    -------
    WrittenParts

    Raises
    ------
    DiaboloError
        A part failed; the message names its file. The others are written.
    LostWorkerError
        Workers ended without a word; the message names what they worked on.
    """
    from diabolo.workers import open_workers
    from diabolo.workers.made_parts import MadeParts

    if is_stream(typed.data):
        raise WrongUse(
            f"-o {typed.path} is for files, and standard input has no name for a part; name a file."
        )
    opens(typed)  # which says at once what is wrong with it
    places = typed.path.parts_of(typed.data)
    made, key, settings = MadeParts(typed.path.folder), model_key(typed.model), _settings(typed)
    found: dict[str, dict[str, Any]] = {}
    made_of = {file: {**settings, "model": key, "data": _file_key(file)} for file in places}
    for file, place in places.items():
        known = made_of[file]["data"] and made.found(place.name, made_of[file])
        if known:
            found[file] = known
    left = [file for file in places if file not in found]
    n_kept, under_way = len(found), []
    failed: dict[str, Exception] = {}
    notes: dict[str, tuple[str, int]] = {}

    def parts() -> Iterator[_Part]:
        for file in left:
            under_way.append(file)
            yield _Part(opens, writes, key, of_one(typed, file, places[file]))

    with output.progress(what) as progress:
        progress(n_kept / len(places))
        if left:
            with open_workers(typed.engine, _at_most(typed.workers, len(left))) as workers:
                try:
                    for done in workers.completed(_made, parts()):
                        file = left[done.number]
                        under_way.remove(file)
                        if done.problem is not None:
                            failed[file] = done.problem
                        else:
                            found[file] = done.result.record
                            made.note(places[file].name, made_of[file], done.result.record)
                            _gather(notes, done.result.notes, file)
                        progress((len(found) + len(failed)) / len(places))
                except LostWorkerError as problem:
                    raise LostWorkerError(
                        f"{problem.message.marked} {len(found)} of {len(places)} parts are written; under "
                        f"way were {', '.join(under_way)}."
                    ) from problem
    for note, count in list(notes.values())[:_MOST_NOTES]:
        output.note(note if count == 1 else f"{note} (and the same of {count - 1} more)")
    if failed:
        raise _failure(failed, len(places))
    made.sweep()
    return WrittenParts(list(places), list(places.values()), [found[file] for file in places], n_kept)


def _settings(typed: Typed) -> dict[str, Any]:
    """Say in what JSON knows what else a part depends on."""
    said = {name: repr(value) for name, value in vars(typed).items() if name not in _NOT_OF_PARTS}
    return {"diabolo": diabolo.__version__, "typed": {name: said[name] for name in sorted(said)}}


def _file_key(file: str) -> dict[str, Any] | None:
    """Tell a file from what it was; None where it lies elsewhere, so that its part is made each time."""
    from diabolo.data.destination import split_address
    from diabolo.data.fingerprint import file_fingerprint

    try:
        return {"name": Path(file).name, **file_fingerprint(split_address(file)[0])}
    except OSError:
        return None


def of_one(typed: Typed, file: str, place: Path) -> Typed:
    """Say what was typed of one of the files alone, by paths that hold wherever a worker was started.

    Parameters
    ----------
    typed : Typed
        What was typed.
    file : str
        The one.
    place : Path
        Where what comes out goes.

    Returns
    -------
    Typed
    """
    whole = file if "://" in file else str(Path(file).absolute())
    changed = {"data": Path(whole) if "://" not in file else typed.data, "path": place.absolute()}
    # A worker has none of its own.
    here = {"engine": "local", "workers": 1, "model": Path(typed.model).absolute()}
    return Typed(**{**vars(typed), **changed, **here})


def _at_most(workers: int | str, tasks: int) -> int | str:
    return workers if isinstance(workers, str) else min(workers, tasks)


def _gather(notes: dict[str, tuple[str, int]], said: Sequence[str], file: str) -> None:
    """Count notes that say the same of several files, by the first of them."""
    whole = str(Path(file).absolute())
    for note in said:
        shown = note.replace(whole, file)
        key = shown.replace(file, "")
        first, count = notes.get(key, (shown, 0))
        notes[key] = first, count + 1


def _failure(failed: Mapping[str, Exception], n_parts: int) -> Exception:
    """Say of which files no part was written, and of the first, why."""
    file, problem = next(iter(failed.items()))
    whole = str(Path(file).absolute())
    said = problem.message.marked if isinstance(problem, DiaboloError) else f"unexpected {problem!r}"
    said = said.replace(whole, file)
    if file not in said:
        said = f"{file}: {said}"
    if n_parts > 1:
        others = f", {', '.join([*failed][1:4])}{' and more' if len(failed) > 4 else ''}" if failed else ""
        which = f" ({file}{others})" if len(failed) > 1 else ""
        said = f"{len(failed)} of {n_parts} parts could not be written{which}, the others are. {said}"
    if isinstance(problem, DiaboloError):
        return type(problem)(said)
    failure = DiaboloError(said)
    failure.__cause__ = problem
    return failure
