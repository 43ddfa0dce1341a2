"""One file a model: safetensors, with everything that is not an array as JSON in its header."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import safetensors.numpy

from diabolo.data.atomic import atomic_write
from diabolo.data.destination import MODEL
from diabolo.data.location import neighbor
from diabolo.data.remote_file import RemoteFile, located
from diabolo.errors import DataFileError, ModelFileError
from diabolo.estimators.detector import AutoencoderDetector
from diabolo.persistence.detector_record import NAME, detector_from_record, detector_record
from diabolo.persistence.model_record import FORMAT_VERSION, network_from_record, network_record
from diabolo.persistence.record_entries import checked_entry

__all__ = ["describe", "load", "save"]

_KEY = "diabolo"
_DIGEST_KEY = "sha256"
_MAX_HEADER = 100_000_000
# Of records that are written; one of a stranger's may be nested until Python gives up.
_MOST_LEVELS = 30
_MOST_DIGITS = 100
_LONGEST = 1000


def save(estimator: Any, path: str | os.PathLike[str]) -> None:
    """Write a fitted estimator to one file.

    The file is written under a temporary name in the same folder, synced to the disk and renamed, so that
    the name holds the whole model or what was there before.

    Parameters
    ----------
    estimator : estimator
        Fitted.
    path : str or path-like
        Where; ``.diabolo`` is the usual suffix. An address such as ``s3://bucket/iris.diabolo``, too.

    Raises
    ------
    ModelFileError
        Where the estimator is not fitted, not Diabolo's, or the file cannot be written.

    See Also
    --------
    load, diabolo.persistence.describe

    Examples
    --------
    >>> import os, tempfile
    >>> import diabolo
    >>> from diabolo.datasets import load_digits
    >>> X, _ = load_digits()
    >>> path = os.path.join(tempfile.mkdtemp(), "digits.diabolo")
    >>> diabolo.save(diabolo.Autoencoder(max_epochs=1).fit(X), path)
    >>> diabolo.load(path).transform(X).shape
    (1797, 2)
    """
    take_apart = detector_record if type(estimator) is AutoencoderDetector else network_record
    tensors, record = take_apart(estimator)
    text = json.dumps(record, allow_nan=False, sort_keys=True)
    metadata = {_KEY: text, _DIGEST_KEY: _digest(text, tensors)}
    with atomic_write(path, MODEL, error=ModelFileError) as handle:
        handle.write(safetensors.numpy.save(tensors, metadata))


def load(path: str | os.PathLike[str], *, encoder: Any = None, decoder: Any = None) -> Any:
    """Read an estimator that :func:`save` wrote. Nothing in the file is ever executed.

    Parameters
    ----------
    path : str or path-like
        The model file, or its address.
    encoder, decoder : callable pytree, (callable pytree, state), function or None, default None
        For a model with parts of your own: the same as were fitted, or any of the same structure. The file
        has their numbers, which must fit in path, shape and type; of their code it has nothing.

    Returns
    -------
    estimator
        Fitted; of the kind that was saved.

    Raises
    ------
    ModelFileError
        Where the file is missing, cut, altered, from a later format or not a model at all; where it needs an
        encoder and a decoder of your own, and where those given do not fit. The message says what was
        expected and what was found.
    ForkedProcessError
        Where a network of your own would have to be made in a process that was forked when JAX was running.

    See Also
    --------
    save, diabolo.persistence.describe

    Notes
    -----
    JAX is not started and nothing is put on a device before the model's first use, so a server may load
    models before it forks; a network of your own is the exception, as the code that makes it is yours.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from diabolo import AutoencoderDetector, load, save
    >>> from diabolo.datasets import load_digits
    >>> X, _ = load_digits()
    >>> path = Path(tempfile.mkdtemp()) / "digits.diabolo"
    >>> detector = AutoencoderDetector(random_state=0).fit(X)
    >>> save(detector, path)
    >>> load(path).threshold_ == detector.threshold_
    True
    """
    shown, own = _path_of(path), (encoder, decoder)
    try:
        with _on_the_disk(shown) as place:
            tensors, text, digest = _read(place)
        record = _checked_record(text)
        if digest != _digest(text, tensors):
            raise ModelFileError(
                "its checksum does not match: expected what was saved, found altered content"
            )
        name = checked_entry(record, "estimator", str, "an estimator's name")
        put_together = detector_from_record if name == NAME else network_from_record
        return put_together(tensors, record, own)
    except ModelFileError as problem:
        so = "" if own == (None, None) else " so"
        raise ModelFileError(
            f"{shown} is not a model that can be loaded{so}: {_shortened(problem)}"
        ) from None


def _path_of(path: Any) -> Path | RemoteFile:
    if not isinstance(path, (str, os.PathLike)):
        raise ModelFileError(f"{path!r} is no path; give that of a model file, such as 'iris.diabolo'.")
    found: Path | RemoteFile = located(path)
    return found


@contextlib.contextmanager
def _on_the_disk(path: Path | RemoteFile) -> Iterator[Path]:
    """Give a file, of one that lies elsewhere a copy that lasts as long as it is read."""
    if isinstance(path, Path):
        yield path
        return
    try:
        if not path.exists():
            raise ModelFileError("there is no such file")
        with path.copied() as copy:
            yield copy
    except DataFileError as problem:
        raise ModelFileError(problem.message.marked) from problem


def describe(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Say what a model file says of itself, without making the model.

    Parameters
    ----------
    path : str or path-like
        The model file.

    Returns
    -------
    dict
        ``estimator``, its name; ``parameters``; ``format_version``; ``versions`` of what made it;
        ``feature_names`` and ``image_shape``, or None.

    Raises
    ------
    ModelFileError
        As `diabolo.load`, for what can be seen without the arrays.

    See Also
    --------
    diabolo.load, diabolo.save

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from diabolo import Autoencoder, save
    >>> from diabolo.datasets import load_digits
    >>> from diabolo.persistence import describe
    >>> path = Path(tempfile.mkdtemp()) / "digits.diabolo"
    >>> save(Autoencoder(2, max_epochs=1, random_state=0).fit(load_digits()[0]), path)
    >>> said = describe(path)
    >>> said["estimator"], said["parameters"]["n_components"]
    ('Autoencoder', 2)
    """
    shown = _path_of(path)
    try:
        with _on_the_disk(shown) as place:
            record = _checked_record(_read(place, with_arrays=False)[1])
    except ModelFileError as problem:
        raise ModelFileError(f"{shown} is not a model that can be loaded: {_shortened(problem)}") from None
    names = ("estimator", "parameters", "format_version", "feature_names", "image_shape")
    return {**{name: record.get(name) for name in names}, "versions": record.get("versions") or {}}


def _digest(text: str, tensors: dict[str, np.ndarray]) -> str:
    digest = hashlib.sha256(text.encode())
    for name in sorted(tensors):
        array = np.ascontiguousarray(tensors[name])
        digest.update(f"\n{name} {array.dtype.str} {array.shape}\n".encode())
        digest.update(array.data.cast("B") if array.size else b"")
    return digest.hexdigest()


def _read(path: Path, with_arrays: bool = True) -> tuple[dict[str, np.ndarray], str, str]:
    """Read a file's arrays, its record and its checksum; whatever goes wrong is told as damage."""
    _refuse_other_files(path)
    try:
        with safetensors.safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            if _KEY not in metadata:
                raise ModelFileError(
                    "expected a safetensors file with a 'diabolo' record, found one without "
                    "(another program's weights)"
                )
            names = list(file.keys()) if with_arrays else []
            tensors = {name: np.asarray(file.get_tensor(name)) for name in names}
    except ModelFileError:
        raise
    except (safetensors.SafetensorError, OSError, ValueError, TypeError, AttributeError) as problem:
        raise ModelFileError(f"expected a whole safetensors file, found a damaged one ({problem})") from None
    return tensors, metadata[_KEY], metadata.get(_DIGEST_KEY, "")


def _refuse_other_files(path: Path) -> None:
    """Say what a file is instead, where a look at its first bytes tells."""
    try:
        if path.is_dir():
            raise ModelFileError("expected a file, found a folder")
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):  # such as a pipe, at which one waits for ever
            raise ModelFileError("expected a file, found a pipe or a device")
        size = status.st_size
        with path.open("rb") as handle:
            start = handle.read(16)
    except FileNotFoundError:
        near = neighbor(path)
        raise ModelFileError(f"there is no such file{'.' * bool(near)}{near}") from None
    except OSError as problem:
        raise ModelFileError(f"it cannot be read ({problem.strerror})") from None
    if size < 8:
        raise ModelFileError(f"expected a model file, found {size} bytes")
    header = int.from_bytes(start[:8], "little")
    if start[:2] in (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05"):
        raise ModelFileError("expected a safetensors file, found a pickle, which is never opened")
    if header > _MAX_HEADER or start[8:9] != b"{":
        raise ModelFileError("expected a safetensors file, found something else")
    if size < 8 + header:
        raise ModelFileError(f"expected at least {8 + header} bytes, found {size}: the file was cut")


def _checked_record(text: str) -> dict[str, Any]:
    try:
        record = json.loads(text, parse_int=_whole_number)
    except (ValueError, RecursionError) as problem:
        raise ModelFileError(f"expected JSON in its header, found text that is not ({problem})") from None
    if _is_deeper(record, _MOST_LEVELS):
        raise ModelFileError(
            f"expected a record of at most {_MOST_LEVELS} levels, found one that is nested deeper"
        )
    if not isinstance(record, dict) or not isinstance(record.get("format_version"), int):
        raise ModelFileError("expected a record with a format version, found none")
    found = record["format_version"]
    if found > FORMAT_VERSION:
        versions = record.get("versions")
        maker = versions.get("diabolo") if isinstance(versions, dict) else None
        raise ModelFileError(
            f"expected format version {FORMAT_VERSION} or earlier, found {found}, made by diabolo "
            f"{maker or 'of a later version'}; upgrade Diabolo"
        )
    if found < 1:
        raise ModelFileError(f"expected format version {FORMAT_VERSION}, found {found}")
    return record


def _whole_number(digits: str) -> int:
    """Read a whole number of JSON, which is as long as its writer likes."""
    if len(digits) > _MOST_DIGITS:
        raise ModelFileError(
            f"expected whole numbers of at most {_MOST_DIGITS} digits, found one of {len(digits):,}"
        )
    return int(digits)


def _is_deeper(value: Any, levels: int) -> bool:
    """Whether lists and dictionaries lie in each other more than so many levels deep."""
    level = [value]
    for _ in range(levels):
        inner = [
            each.values() if isinstance(each, dict) else each
            for each in level
            if isinstance(each, (dict, list))
        ]
        level = [each for values in inner for each in values]
    return any(isinstance(each, (dict, list)) for each in level)


def _shortened(problem: ModelFileError) -> str:
    """Write what was said in one line, of which a stranger's value does not take more than a part."""
    said = problem.message.marked
    if len(said) <= _LONGEST and problem.message.isprintable():
        return said if said.endswith((".", "?")) else f"{said}."
    plain = "".join(each if each.isprintable() else "?" for each in problem.message.removesuffix("."))
    return f"{plain}." if len(plain) <= _LONGEST else f"{plain[:_LONGEST]}...."
