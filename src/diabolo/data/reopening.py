"""Tables that go to another process: as a path and how it was opened, and opened there at first use.

This is the one place that says how a table is pickled. Cells of a file never travel; arrays in memory do.
"""

from __future__ import annotations

import copyreg
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.data.destination import split_address
from diabolo.data.remote_file import RemoteFile, is_remote
from diabolo.errors import DataFileError, InputError

if TYPE_CHECKING:
    from jaxtyping import Shaped

__all__ = ["Opening", "Sendable"]

# What a table may be given otherwise after it was made.
_NAMED = ("name", "feature_names", "row_names", "target_name")
_COLUMNS = ("carried", "written_as", "category_cells")

_OF_THIS_PROCESS = ("_came_from", "_lock_of_opening")

# Bytes, and when it was written last; elsewhere what the store says of it.
Mark = tuple[Any, ...]


@dataclass(frozen=True)
class Opening:
    """How a table was opened: files and what was said of them.

    Parameters
    ----------
    opens : callable
        `diabolo.open`.
    addresses : tuple of str
        The files, with the dataset where it was named so; absolute, as another process may stand elsewhere.
    is_one : bool
        Whether one file was named, and not a list or a pattern.
    options : mapping of str to object
        What `diabolo.open` was told beside them.
    marks : tuple
        What tells each file from the same one changed; None of what is looked at when it is sent.
    found : mapping of str to object
        What the table had when it was open.
    """

    opens: Callable[..., Any]
    addresses: tuple[str, ...]
    is_one: bool
    options: Mapping[str, Any] = field(repr=False)  # which may hold what opens a store
    marks: tuple[Mark | None, ...]
    found: Mapping[str, Any]

    @classmethod
    def of(
        cls,
        source: Any,
        opens: Callable[..., Any],
        addresses: list[str],
        is_one: bool,
        options: Mapping[str, Any],
    ) -> Opening:
        """Note how a table has just been opened."""
        absolute = tuple(map(_absolute, addresses))
        marks = tuple(_mark(each) if Path(_path(each)).is_file() else None for each in absolute)
        return cls(opens, absolute, is_one, dict(options), marks, _had(source))

    def to_send(self) -> Opening:
        """Return what goes to another process: a mark of every file, and nothing that stands in one."""
        if "-" in self.addresses:
            raise InputError(
                "standard input cannot be read by another process: write it to a file, and open that."
            )
        marks = (mark or _mark(each) for mark, each in zip(self.marks, self.addresses, strict=True))
        return replace(self, marks=tuple(marks), found={"name": self.found["name"]})

    def __call__(self) -> Any:
        """Open the table again; a DataFileError says that a file is not there, or not what it was."""
        for address, mark in zip(self.addresses, self.marks, strict=True):
            _check(_path(address), mark)
        given = self.addresses[0] if self.is_one else list(self.addresses)
        source = self.opens(given, **self.options)
        source.name = self.found["name"]
        source.opening = replace(self, found=_had(source))
        return source


class Sendable:
    """What has a table go through pickle and cloudpickle, as `Source` does.

    A table of `diabolo.open` goes as its path and how it was opened, a view as what it is a view of and what
    was chosen, and one in memory as its arrays; an array that `numpy.memmap` maps is mapped again. Whoever
    unpickles it gets what opens nothing before it is used.
    """

    opening: Opening | None = None
    """How it was opened, where `diabolo.open` has read it from files."""

    def _made_of(self) -> tuple[Any, ...] | None:
        """Return the arguments that make it anew, where it is made of other tables; else None."""
        return None

    def __reduce__(self) -> tuple[Any, ...]:
        source: Any = self
        if not source._is_open:
            raise InputError(f"{source.name} was closed, so it cannot go to another process: open it anew.")
        if source.opening is not None:
            opening = source.opening.to_send()
            return _unopened, (type(self), opening, _changed(source.opening.found, _had(source)))
        if (arguments := self._made_of()) is not None:
            made = type(self)(*arguments)
            return _unopened, (type(self), _Made(type(self), arguments), _changed(_had(made), _had(source)))
        if source.path is not None and not source.in_memory:
            raise InputError(
                f"{source.name} cannot go to another process: open it by diabolo.open, which notes how."
            )
        state = {name: each for name, each in vars(self).items() if name not in _OF_THIS_PROCESS}
        state["_release"] = None
        mapped = _Mapped.of(state.get("array"))
        if mapped is None:
            return copyreg.__newobj__, (type(self),), state  # type: ignore[attr-defined]
        del state["array"]
        return _unopened, (type(self), _OfMapped(type(self), mapped, state), {})

    def __sizeof__(self) -> int:
        source: Any = self
        return object.__sizeof__(self) + (source.nbytes if source.in_memory else 0)


class _Unopened:
    """A table that has come to a process, and becomes what it was when it is first asked for anything.

    Until then nothing is read, so that what is wrong with a file is said where the table is used, and not
    where a cluster takes a task in.
    """

    def __init__(self, kind: type, make: Callable[[], Any], changed: Mapping[str, Any]) -> None:
        vars(self).update(_kind=kind, _make=make, _changed=changed, _lock_of_opening=threading.RLock())

    def __getattribute__(self, name: str) -> Any:
        own = object.__getattribute__(self, "__dict__")
        if name in ("__dict__", "__reduce__", "__reduce_ex__"):
            return object.__getattribute__(self, name)
        if name == "__class__":
            return own.get("_kind", object.__getattribute__(self, "__class__"))
        with own["_lock_of_opening"]:
            if "_make" in own:
                source = own["_make"]()
                for changed, value in own["_changed"].items():
                    setattr(source, changed, value)
                # This takes its place in everything; it has to last, since its end is what closes files.
                own.update(vars(source), _came_from=source)
                for each in ("_make", "_changed", "_kind"):
                    del own[each]
                object.__setattr__(self, "__class__", type(source))
        return getattr(self, name)

    def __reduce__(self) -> tuple[Any, ...]:
        own = object.__getattribute__(self, "__dict__")
        return _unopened, (own["_kind"], own["_make"], own["_changed"])

    # Python looks these up in the class.
    def __len__(self) -> int:
        return int(self.shape[0])

    def __getitem__(self, rows: Any) -> Any:
        _ = self.shape  # from here on it is a table
        return self[rows]

    def __array__(self, *options: Any, **named: Any) -> Any:
        _ = self.shape
        return self.__array__(*options, **named)

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        _ = self.shape
        return repr(self)


def _unopened(kind: type, make: Callable[[], Any], changed: Mapping[str, Any]) -> _Unopened:
    return _Unopened(kind, make, changed)


@dataclass(frozen=True)
class _Made:
    """Makes a table of other tables."""

    kind: Callable[..., Any]
    arguments: tuple[Any, ...]

    def __call__(self) -> Any:
        return self.kind(*self.arguments)


@dataclass(frozen=True)
class _Mapped:
    """An array of which the cells lie in a file that is mapped.

    Parameters
    ----------
    path : str
    mark : tuple
    first, n_bytes : int
        Where its cells begin in the file, and what they span.
    shape, strides, dtype
        As of the array.
    """

    path: str
    mark: Mark | None
    first: int
    n_bytes: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    dtype: np.dtype[Any]

    @classmethod
    def of(cls, array: Any) -> _Mapped | None:
        """Say where an array's cells lie, if a file that is only read is mapped; else None."""
        root, found = array, None
        while isinstance(root, np.ndarray):
            found = root if isinstance(root, np.memmap) else found
            root = root.base
        if found is None or found.filename is None or found.mode not in ("r", "c") or not array.size:
            return None
        if array.flags.writeable or min(array.strides) < 0:  # what was written to is no longer the file's
            return None
        start = array.__array_interface__["data"][0] - found.__array_interface__["data"][0]
        span = sum((n - 1) * step for n, step in zip(array.shape, array.strides, strict=True))
        path = _absolute(str(found.filename))
        return cls(
            path,
            _mark(path),
            int(found.offset) + start,
            span + array.itemsize,
            array.shape,
            array.strides,
            array.dtype,
        )

    def array(self) -> Shaped[np.ndarray, ...]:
        """Map it again."""
        _check(self.path, self.mark)
        cells = np.memmap(self.path, np.uint8, "r", self.first, (self.n_bytes,))
        return np.ndarray(self.shape, self.dtype, cells, 0, self.strides)


@dataclass(frozen=True)
class _OfMapped:
    """Makes a table of an array that is mapped."""

    kind: type[Any]
    mapped: _Mapped
    state: Mapping[str, Any]

    def __call__(self) -> Any:
        source = object.__new__(self.kind)
        vars(source).update(self.state, array=self.mapped.array())
        return source


def _had(source: Any) -> dict[str, Any]:
    """Say what a table has that may be given otherwise; columns are not copied."""
    return {
        **{name: getattr(source, name) for name in _NAMED},
        **{name: dict(getattr(source, name)) for name in _COLUMNS},
    }


def _changed(had: Mapping[str, Any], has: Mapping[str, Any]) -> dict[str, Any]:
    return {name: has[name] for name in has if not _same(had[name], has[name])}


def _same(one: Any, other: Any) -> bool:
    if not isinstance(one, dict):
        return bool(one == other)
    return list(one) == list(other) and all(
        one[name] is other[name] or np.array_equal(*map(_comparable, (one[name], other[name])))
        for name in one
    )


def _comparable(column: Any) -> Any:
    cells = np.asarray(column)
    return cells.astype(str) if cells.dtype.kind in "fO" else cells  # where a missing cell equals another


def _absolute(address: str) -> str:
    path, named = split_address(address)
    if path == "-" or is_remote(path):
        return address
    return Path(path).absolute().as_posix() + ("" if named is None else f"::{named}")


def _path(address: str) -> str:
    return split_address(address)[0]


def _mark(address: str) -> Mark | None:
    """Return what tells a file, or a folder that is a table, from the same one changed."""
    path = _path(address)
    if is_remote(path):
        return RemoteFile(path).mark()
    try:
        status = os.stat(path)  # noqa: PTH116 - of what is text, too
        if not Path(path).is_dir():
            return status.st_size, status.st_mtime_ns
        within = [each.stat() for each in Path(path).rglob("*") if each.is_file()]
    except OSError:
        return None
    return sum(each.st_size for each in within), max((each.st_mtime_ns for each in within), default=0)


def _check(path: str, mark: Mark | None) -> None:
    """Refuse a file that is not what it was."""
    if mark is None:  # whoever opens it says what is wrong
        return
    now = _mark(path)
    if now is None:
        raise DataFileError(
            f"{path} is not there for this process, which was sent the path: keep the file where all workers "
            "find it under one path."
        )
    if now != mark:
        raise DataFileError(
            f"{path} was changed since it was opened ({_shown(mark)} then, {_shown(now)} now), so this would "
            "be of other rows: open it again and start anew."
        )


def _shown(mark: Mark) -> str:
    size, *rest = mark
    when = rest[0] if rest else ""
    if isinstance(when, int):
        when = datetime.fromtimestamp(when / 1e9).astimezone().strftime("of %Y-%m-%d %H:%M:%S.%f")[:-3]
    return f"{size:,} bytes {when}".strip() if isinstance(size, int) else f"{size} {when}".strip()
