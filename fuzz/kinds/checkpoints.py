"""Checkpoints: folders of fits that were stopped, with sums that fit and without, and another fit's files."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any, NamedTuple
from unittest import mock

import numpy as np

import diabolo
from diabolo.checkpoints.folder import Folder
from diabolo.checkpoints.folder import _digest as head_digest
from diabolo.checkpoints.state_file import _digest as content_digest
from diabolo.training import placement
from fuzz.kind import Content, Kind
from fuzz.kinds.tables import CELLS
from fuzz.spoil import ODD_TEXTS, number_near, odd_array, spoilt_bytes, spoilt_json

__all__ = ["CHECKPOINT", "write_checkpoints"]

_HEAD, _STATE = "fit.json", ".safetensors"
# Beside a checkpoint: which fit it is of, and whether its sums were made anew; a folder of another's files.
_LABEL, _OTHER = "label", "other"
_LONGEST = 2**20
_ALL = 1000
# Given for what is compiled where a fit goes on with a space of fewer axes.
_COMPILED = 2**24
_WIDE = np.random.default_rng(0).normal(size=(12, 300))


class _Fit(NamedTuple):
    """How an estimator is made, what it learns, after how many written files it is stopped, and as what."""

    make: Callable[[int], Any]
    rows: np.ndarray
    stops: tuple[int, ...]
    every: str = "1-epochs"
    is_streamed: bool = False


def _dense(seed: int, **settings: Any) -> Any:
    quick = {"initializer": "glorot_uniform", "hidden_layer_sizes": (6,), "batch_size": 8, "max_epochs": 3}
    return diabolo.Autoencoder(**{**quick, **settings}, random_state=seed)


_FITS = {
    "dense": _Fit(lambda seed: _dense(seed, early_stopping=True), CELLS, (2, 3)),
    "chunks": _Fit(lambda seed: _dense(seed, noise=0.1), CELLS, (3,), "0s", is_streamed=True),
    "layers": _Fit(lambda seed: _dense(seed, pretrain="layerwise", pretrain_epochs=2), CELLS, (3,), "0s"),
    "length": _Fit(
        lambda seed: diabolo.Autoencoder(1, max_epochs=60, random_state=seed), CELLS, (1, 2), "0s"
    ),
    "sparse": _Fit(
        lambda seed: diabolo.SparseAutoencoder(
            3, k=1, hidden_layer_sizes=(6,), max_epochs=3, random_state=seed
        ),
        CELLS,
        (1,),
    ),
    "wide": _Fit(lambda seed: diabolo.Autoencoder(2, max_epochs=60, random_state=seed), _WIDE, (1, 3), "0s"),
    "detector": _Fit(
        lambda seed: diabolo.AutoencoderDetector(_dense(seed), n_members=2, cv=2, random_state=seed),
        CELLS,
        (2,),
    ),
}


class _StoppedError(Exception):
    """Ends a fit where a file has been written."""


@contextlib.contextmanager
def _placed(fit: _Fit) -> Iterator[None]:
    """Have rows streamed a batch at a time, where they are to be."""
    with contextlib.ExitStack() as patched:
        if fit.is_streamed:
            patched.enter_context(mock.patch.object(placement, "is_resident", return_value=False))
            patched.enter_context(
                mock.patch.object(
                    placement, "chunk_rows_of", lambda row_bytes, n_rows, batch_size: batch_size
                )
            )
        yield


def _stop(fit: _Fit, seed: int, count: int, folder: Path) -> None:
    """Begin a fit, and end it after so many files."""
    written, write = itertools.count(1), Folder.write

    def counted(self: Folder, *given: Any) -> None:
        write(self, *given)
        if next(written) == count:
            raise _StoppedError

    with (
        mock.patch.object(Folder, "write", counted),
        contextlib.suppress(_StoppedError),
        _placed(fit),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        fit.make(seed).fit(fit.rows, checkpoint=diabolo.Checkpoint(folder, every=fit.every))


def _whole(folder: Path) -> None:
    write_checkpoints(folder, list(_FITS))


def write_checkpoints(folder: Path, names: list[str]) -> None:
    """Begin some of the fits, and end each where some files, or all, have been written."""
    for name in names:
        fit = _FITS[name]
        for count in (*fit.stops, _ALL):
            place = folder / f"{name}-{count}"
            _stop(fit, 0, count, place)
            _stop(fit, 1, count, place / _OTHER)
            (place / _LABEL).write_text(f"{name} honest")


def _taken_apart(content: bytes) -> tuple[str, dict[str, np.ndarray]]:
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    body = content[8 + length :]
    text = header.pop("__metadata__")["diabolo checkpoint"]
    types = {"F64": "<f8", "F32": "<f4", "I64": "<i8", "I32": "<i4", "U32": "<u4", "BOOL": "|b1"}
    arrays = {}
    for name, entry in header.items():
        first, last = entry["data_offsets"]
        arrays[name] = np.frombuffer(body[first:last], types[entry["dtype"]]).reshape(entry["shape"])
    return text, arrays


def _packed(text: str, arrays: dict[str, np.ndarray]) -> bytes:
    """Lay out a state file whose sum fits."""
    codes = {
        "<f8": "F64",
        "<f4": "F32",
        "<f2": "F16",
        "<i8": "I64",
        "<i4": "I32",
        "<u4": "U32",
        "|b1": "BOOL",
    }
    arrays = {
        name: np.array(part if part.dtype.str in codes else part.astype(np.uint32), order="C")
        for name, part in arrays.items()
    }
    header: dict[str, Any] = {
        "__metadata__": {"diabolo checkpoint": text, "sha256": content_digest(text, arrays)}
    }
    end = 0
    for name, part in arrays.items():
        offsets = [end, end + part.nbytes]
        header[name] = {"dtype": codes[part.dtype.str], "shape": part.shape, "data_offsets": offsets}
        end += part.nbytes
    encoded = json.dumps(header).encode()
    return b"".join(
        (len(encoded).to_bytes(8, "little"), encoded, *(part.tobytes() for part in arrays.values()))
    )


def _forged_state(random: Random, content: bytes) -> bytes:
    """Spoil what a state file says, or its arrays, and make its sum anew."""
    text, arrays = _taken_apart(content)
    what = random.randrange(10)
    if what < 6:
        whole = json.loads(text)
        whole["record"] = spoilt_json(random, whole["record"])
        if random.random() < 0.1:
            whole = spoilt_json(random, whole)
        text = _written(whole)
    if what >= 5:
        for _ in range(random.choice((1, 1, 2))):
            arrays = dict(sorted(arrays.items()))
            if not arrays:
                break
            name, other = random.choice(list(arrays)), random.choice(list(arrays))
            how = random.randrange(10)
            if how < 7:
                arrays[name] = odd_array(random, arrays[name])
            elif how == 7:
                del arrays[name]
            elif how == 8:
                odd = random.choice(
                    ("x", "history.0", "history.1.loss", "best.0", "running.sums", name + ".")
                )
                arrays[odd] = arrays[name]
            else:
                arrays[name], arrays[other] = arrays[other], arrays[name]
    return _packed(text, dict(sorted(arrays.items())))


def _written(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= _LONGEST else "[" * 1000


def _spoilt_header(random: Random, content: bytes) -> bytes:
    """Spoil names, types, shapes and places of the arrays, or the sum."""
    length = int.from_bytes(content[:8], "little")
    header, body = json.loads(content[8 : 8 + length]), content[8 + length :]
    text = _written(spoilt_json(random, header)).encode()
    claimed = len(text) if random.random() < 0.9 else number_near(random, len(text)) % 2**64
    return claimed.to_bytes(8, "little") + text + body


def _forged_head(random: Random, content: bytes) -> bytes:
    """Spoil what is known of the fit, most of all what its process decided, and make the sum anew."""
    head = json.loads(content)
    del head["sha256"]
    decided = [name for name, value in head["known"].items() if not isinstance(value, dict)]
    if random.random() < 0.6 and decided:
        name = random.choice(decided)
        head["known"][name] = spoilt_json(random, [head["known"][name]])
        if random.random() < 0.9 and isinstance(head["known"][name], list) and head["known"][name]:
            head["known"][name] = head["known"][name][0]
    elif random.random() < 0.8:
        head["known"] = spoilt_json(random, head["known"])
    else:
        head = spoilt_json(random, head)
    try:
        if random.random() < 0.9 and isinstance(head, dict):
            head["sha256"] = head_digest(head)
        return _written(head).encode()
    except (TypeError, ValueError):
        return b"{"


def _misplaced(random: Random, content: dict[str, bytes], other: dict[str, bytes]) -> None:
    """Take files away, for each other, under other names, or from the folder of another fit."""
    name = random.choice(sorted(content))
    what = random.randrange(10)
    if what < 2:
        del content[name]
    elif what < 4:
        beside = random.choice(sorted(content))
        content[name], content[beside] = content[beside], content[name]
    elif what < 6:
        stage, moment = (
            random.choice((*_FITS, "network", "length", "a.b", "row-space")),
            random.choice(("00000001", "00000002", "99999999", "finished", "x")),
        )
        content[f"checkpoint.{stage}.{moment}{_STATE}"] = content[name]
    elif what < 9:
        some = [each for each in other if each in content] or sorted(other)
        name = random.choice(some if random.random() < 0.8 else sorted(other))
        content[name] = other[name]
    else:
        content[random.choice([each for each in ODD_TEXTS if each.isalnum() and len(each) < 100])] = b""


def _spoil(random: Random, content: Content) -> Content:
    assert isinstance(content, dict)
    name = content.pop(_LABEL).decode().split()[0]
    other = {path.partition("/")[2]: content.pop(path) for path in sorted(content) if path.startswith(_OTHER)}
    is_forged = False
    for _ in range(random.choice((1, 1, 1, 2))):
        states = sorted(path for path in content if path.endswith(_STATE))
        what = random.randrange(20)
        try:
            if what < 7 and states:
                path = random.choice(states)
                content[path], is_forged = _forged_state(random, content[path]), True
            elif what < 10 and _HEAD in content:
                content[_HEAD], is_forged = _forged_head(random, content[_HEAD]), True
            elif what < 13 and states:
                path = random.choice(states)
                content[path] = _spoilt_header(random, content[path])
            elif what < 17 and content:
                path = random.choice(sorted(content))
                content[path] = spoilt_bytes(random, content[path], range(16))
            elif content:
                _misplaced(random, content, other)
        except (KeyError, ValueError, TypeError, AttributeError):  # what was spoilt before
            continue
    content[_LABEL] = f"{name} {'forged' if is_forged else 'honest'}".encode()
    return content


def _numbers(fitted: Any, rows: np.ndarray) -> str:
    found = fitted.anomaly_score(rows) if hasattr(fitted, "anomaly_score") else fitted.transform(rows)
    history = {name: part for name, part in getattr(fitted, "history_", {}).items() if name != "seconds"}
    return hashlib.sha256(found.tobytes() + repr(history).encode()).hexdigest()


@lru_cache
def _uninterrupted(name: str) -> str:
    fit = _FITS[name]
    with _placed(fit), tempfile.TemporaryDirectory() as folder:
        return _numbers(fit.make(0).fit(fit.rows, checkpoint=folder), fit.rows)


def _read(path: Path, random: Random) -> int:
    name, how = (path / _LABEL).read_text().split()
    fit, whole = _FITS[name], _uninterrupted(name)
    with tempfile.TemporaryDirectory() as place, _placed(fit):  # which the fit writes to
        copied = shutil.copytree(path, Path(place) / "state", ignore=shutil.ignore_patterns(_OTHER))
        fitted = fit.make(0).fit(fit.rows, checkpoint=diabolo.Checkpoint(copied, every="1h"))
    if how == "honest" and _numbers(fitted, fit.rows) != whole:
        raise AssertionError(f"{name} went on to other numbers than those of the uninterrupted fit")
    return _COMPILED


CHECKPOINT = Kind("checkpoint", ".state", _whole, _spoil, _read)
