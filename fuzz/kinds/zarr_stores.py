"""Zarr stores, of both versions."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import numpy as np
import zarr

from fuzz.kind import Content, Kind
from fuzz.kinds.tables import CELLS, NAMES, read_table
from fuzz.spoil import ODD_TEXTS, spoilt_bytes, spoilt_json

__all__ = ["ZARR"]


def _whole(folder: Path) -> None:
    for version in (2, 3):
        group = zarr.open_group(folder / f"v{version}.zarr", mode="w", zarr_format=version)
        data = group.create_array("data", shape=CELLS.shape, chunks=(16, 3), dtype="f8")
        data[:] = CELLS
        label = group.create_array("label", shape=(40,), chunks=(40,), dtype="i4")
        label[:] = np.arange(40)
        if version == 3:
            names = group.create_array("feature_names", shape=(5,), dtype=str)
            names[:] = np.array(NAMES, object)


def _spoil(random: Random, content: Content) -> Content:
    assert isinstance(content, dict)
    for _ in range(random.choice((1, 1, 2))):
        names = sorted(content)
        settings = [name for name in names if name.endswith((".json", ".zarray", ".zgroup", ".zattrs"))]
        name = random.choice(settings if random.random() < 0.7 and settings else names)
        what = random.randrange(12)
        if what < 7 and name in settings:
            try:
                value = spoilt_json(random, json.loads(content[name]))
                content[name] = json.dumps(value).encode("utf-8", "replace")
            except ValueError:
                content[name] = b"{"
        elif what < 10:
            content[name] = spoilt_bytes(random, content[name])
        elif what == 10:
            del content[name]
        else:
            other = random.choice(
                (
                    *(each for each in ODD_TEXTS if each.isascii() and each.isalnum() and len(each) < 100),
                    "data/c/9/9",
                )
            )
            if not any(each.startswith(f"{other}/") or other.startswith(f"{each}/") for each in content):
                content[other] = content[name]
        if not content:
            break
    return content


ZARR = Kind("zarr", ".zarr", _whole, _spoil, read_table)
