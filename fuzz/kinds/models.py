"""Model files: the record, the arrays and the header of each kind of estimator, with sums that fit."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import safetensors.numpy

import diabolo
from diabolo.persistence.model_file import _digest as content_digest
from diabolo.persistence.model_file import describe
from fuzz.kind import Kind
from fuzz.kinds.tables import CELLS
from fuzz.spoil import number_near, odd_array, spoilt_bytes, spoilt_json

__all__ = ["MODEL", "write_models"]

_LONGEST = 2**20


def _estimators() -> dict[str, Callable[[], Any]]:
    quick: dict[str, Any] = {"max_epochs": 1, "random_state": 0, "hidden_layer_sizes": (6,)}
    images = {"max_epochs": 1, "random_state": 0, "image_shape": (4, 4)}
    with_gaps = np.where(CELLS > 2.0, np.nan, CELLS)
    table = np.array(
        [[*row, word] for row, word in zip(CELLS.tolist(), "xyz" * 13 + "x", strict=True)], object
    )
    return {
        "dense": lambda: diabolo.Autoencoder(tied_weights=True, **quick).fit(CELLS),
        "linear-detector": lambda: diabolo.AutoencoderDetector("linear").fit(CELLS),
        "variational": lambda: diabolo.VariationalAutoencoder(**quick).fit(CELLS),
        "images": lambda: diabolo.ConvolutionalAutoencoder(**images).fit(np.tile(CELLS[:, :4], 4)),
        "detector": lambda: diabolo.AutoencoderDetector(diabolo.Autoencoder(**quick), cv=2).fit(CELLS),
        "gaps": lambda: diabolo.Autoencoder(missing="mask", **quick).fit(with_gaps),
        "guided": lambda: diabolo.Autoencoder(supervision_weight=0.5, **quick).fit(CELLS, CELLS[:, 0] > 0),
        "sparse": lambda: diabolo.SparseAutoencoder(k=1, n_components=3, **quick).fit(CELLS),
        "categories": lambda: diabolo.Autoencoder(categories=[5], **quick).fit(table),
        "denoising": lambda: diabolo.DenoisingAutoencoder(**quick).fit(CELLS),
        "windows": lambda: diabolo.AutoencoderDetector("linear").fit(diabolo.sliding_windows(CELLS, 3)),
    }


def _whole(folder: Path) -> None:
    write_models(folder, list(_estimators()))


def write_models(folder: Path, names: list[str]) -> None:
    """Fit and save some of the estimators."""
    made = _estimators()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in names:
            diabolo.save(made[name](), folder / f"{name}.diabolo")


def _parts(content: bytes) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    return safetensors.numpy.load(content), json.loads(header["__metadata__"]["diabolo"])


def _spoil(random: Random, content: object) -> bytes:
    assert isinstance(content, bytes)
    length = int.from_bytes(content[:8], "little")
    what = random.randrange(20)
    if what < 2:
        return spoilt_bytes(random, content, range(16))
    if what < 5:
        return _spoilt_header(random, content, length)
    tensors, record = _parts(content)
    if what < 15:
        record = spoilt_json(random, record)
    if what >= 13:
        for _ in range(random.choice((1, 1, 2))):
            name = random.choice(sorted(tensors))
            how = random.randrange(10)
            if how < 7:
                tensors[name] = odd_array(random, tensors[name])
            elif how == 7:
                del tensors[name]
            elif how == 8:
                tensors[random.choice(("x", "member.1.mean", "cells.mean", "fold.9.scores", name + "."))] = (
                    tensors[name]
                )
            else:
                other = random.choice(sorted(tensors))
                tensors[name], tensors[other] = tensors[other], tensors[name]
            if not tensors:
                break
    return _packed(record, {name: np.ascontiguousarray(each) for name, each in tensors.items()})


def _packed(record: Any, tensors: dict[str, np.ndarray]) -> bytes:
    try:
        text = json.dumps(record)
        text = text if len(text) <= _LONGEST else "[" * 1000
        return safetensors.numpy.save(tensors, {"diabolo": text, "sha256": content_digest(text, tensors)})
    except (UnicodeError, ValueError, safetensors.SafetensorError):
        return safetensors.numpy.save(tensors, {"diabolo": "{", "sha256": ""})


def _spoilt_header(random: Random, content: bytes, length: int) -> bytes:
    """Spoil what safetensors itself reads: names, types, shapes and places of the arrays."""
    header, body = json.loads(content[8 : 8 + length]), content[8 + length :]
    if random.random() < 0.7:
        header = spoilt_json(random, header)
        try:
            text = json.dumps(header, allow_nan=random.random() < 0.5).encode("utf-8", "replace")
        except ValueError:
            text = b"{}"
    else:
        text = spoilt_bytes(random, content[8 : 8 + length])
    claimed = len(text) if random.random() < 0.9 else number_near(random, len(text)) % 2**64
    return claimed.to_bytes(8, "little") + text + body


def _read(path: Path, random: Random) -> int:
    if random.random() < 0.3:
        describe(path)
    estimator = diabolo.load(path)
    repr(estimator)
    estimator.get_params()
    if hasattr(estimator, "summary"):
        estimator.summary()
    return 0


MODEL = Kind("model", ".diabolo", _whole, _spoil, _read)
