"""Bytes, numbers, arrays and JSON values spoilt in ways that readers stumble over."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from random import Random
from typing import Any

import numpy as np

__all__ = [
    "ODD_TEXTS",
    "cut",
    "flip",
    "number_near",
    "odd_array",
    "put_number",
    "spoilt_bytes",
    "spoilt_json",
]

_EDGES = (
    *(0, 1, 2, 3, 7, 8, 16, 64, 127, 128, 255, 256, 32767, 32768, 65535, 65536, 2**24, 10**6),
    *(2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**40, 2**62, 2**63 - 1, 2**63, 2**64 - 1),
)
ODD_TEXTS = (
    *(
        "",
        " ",
        "\0",
        "a\0b",
        "nan",
        "-1",
        "1e999",
        "é",
        "\ud800",
        "\u202e",
        "../../etc/passwd",
        "/etc/passwd",
    ),
    *("None", "O", "<U99999999", "__import__('os')", "x" * 300, "a\nb", "{}", "%s%n", "ﷺ" * 40),
)


def number_near(random: Random, number: int) -> int:
    """Return an integer that is an edge of some type, or near one, or near what was there."""
    kind = random.randrange(6)
    if kind == 0:
        return number + random.choice((-1, 1, 2, -2))
    if kind == 1:
        return -number if number else -1
    if kind == 2:
        return number * random.choice((2, 10, 256, 1000, 2**16, 2**32))
    edge = random.choice(_EDGES)
    return edge if kind < 5 else random.choice((-edge, edge - 1, edge + 1))


def put_number(random: Random, content: bytes, place: int) -> bytes:
    """Overwrite one, two, four or eight bytes at a place with an edge number, in either byte order."""
    size = random.choice((1, 2, 4, 4, 8, 8))
    order = random.choice(("<", "<", "<", ">"))
    kind = {1: "b", 2: "h", 4: "i", 8: "q"}[size]
    held = content[place : place + size]
    old = struct.unpack(order + kind, held)[0] if len(held) == size else 0
    new = number_near(random, old) % 2 ** (8 * size)
    return content[:place] + struct.pack(order + kind.upper(), new) + content[place + size :]


def flip(random: Random, content: bytes, place: int) -> bytes:
    """Flip one bit."""
    return content[:place] + bytes([content[place] ^ 1 << random.randrange(8)]) + content[place + 1 :]


def cut(random: Random, content: bytes) -> bytes:
    """Leave out the end, a middle part, or double one."""
    start, stop = sorted((random.randrange(len(content) + 1), random.randrange(len(content) + 1)))
    kind = random.randrange(4)
    if kind == 0:
        return content[:stop]
    if kind == 1:
        return content[:start] + content[min(stop, start + random.choice((1, 4, 8, 64))) :]
    if kind == 2:
        return content[:stop] + content[start:]
    part = random.randbytes(random.choice((1, 4, 16)))
    return content[:start] + part + content[start:]


def spoilt_bytes(random: Random, content: bytes, places: Sequence[int] = ()) -> bytes:
    """Spoil some bytes, rather at the places given than elsewhere.

    Parameters
    ----------
    random : Random
        Decides.
    content : bytes
        Whole.
    places : sequence of int
        Where headers and numbers begin.

    Returns
    -------
    bytes
    """
    for _ in range(random.choice((1, 1, 1, 2, 4))):
        if not content:
            return random.randbytes(8)
        place = random.randrange(len(content))
        if places and random.random() < 0.8:
            place = min(
                max(random.choice(places) + random.choice((0, 0, 0, 1, 2, 4, 8)), 0), len(content) - 1
            )
        kind = random.randrange(8)
        if kind < 4:
            content = put_number(random, content, place)
        elif kind < 7:
            content = flip(random, content, place)
        else:
            content = cut(random, content)
    return content


def odd_array(random: Random, array: np.ndarray) -> np.ndarray:
    """Return an array of another shape, of another type or with other numbers."""
    what = random.randrange(9)
    if what == 0:
        return array.reshape(-1)
    if what == 1:
        return array[..., :-1].copy() if array.ndim else array.reshape(1)
    if what == 2:
        return np.zeros(random.choice(((0,), (), (0, 5), (1, 1, 1), (2**16,))), array.dtype)
    if what == 3:
        return array.astype(random.choice((np.float16, np.float32, np.float64, np.int64, np.uint8, bool)))
    if what == 4:
        return np.repeat(array.reshape(1, -1), 2, 0)
    array = array.copy()
    if array.size:
        place = random.randrange(array.size)
        with np.errstate(all="ignore"):
            odd = random.choice(
                (np.nan, np.inf, -np.inf, 0.0, -1.0, 1e38, 1e-45, 1e308, number_near(random, 1))
            )
            array.reshape(-1)[place if random.random() < 0.7 else slice(None)] = np.float64(odd).astype(
                array.dtype
            )
    return array


def _odd_value(random: Random, value: Any) -> Any:
    if isinstance(value, bool) or value is None:
        return random.choice((not value, None, 0, 1, "true", [], {}))
    if isinstance(value, int) and random.random() < 0.7:
        return number_near(random, value)
    if isinstance(value, float) and random.random() < 0.7:
        return random.choice(
            (0.0, -value, value * 1e300, 1e308, -1e308, 5e-324, float("nan"), float("inf"), 1)
        )
    if isinstance(value, str) and random.random() < 0.7:
        return random.choice((*ODD_TEXTS, value + "x", value[:-1], value.upper(), value * 3))
    return random.choice(
        (
            None,
            True,
            False,
            0,
            -1,
            1,
            2**31,
            2**63,
            10**400,
            1.5,
            1e308,
            "",
            "x",
            [],
            [0],
            [[]],
            {},
            {"a": 1},
            "9" * 5000,
        )
    )


def _places(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [way]
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        found += _places(each, (*way, key))
    return found


def _deep(random: Random) -> Any:
    value: Any = 0
    for _ in range(random.choice((50, 500))):
        value = [value] if random.random() < 0.5 else {"a": value}
    return value


def spoilt_json(random: Random, value: Any) -> Any:
    """Return JSON of which an entry or several are other, gone, doubled, nested or of another kind."""
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        way = random.choice(_places(value))
        if not way:
            if random.random() < 0.05:
                return _odd_value(random, value)
            continue
        holder = value
        for key in way[:-1]:
            holder = holder[key]
        key, kind = way[-1], random.randrange(20)
        if kind < 13:
            holder[key] = _odd_value(random, holder[key])
        elif kind < 15:
            del holder[key]
        elif kind < 16:
            holder[key] = _deep(random)
        elif isinstance(holder, list):
            if kind < 18:
                holder.insert(key, holder[key])
            else:
                is_plain = not isinstance(holder[key], (dict, list))
                holder[key:] = [holder[key]] * (random.choice((2, 70, 5000)) if is_plain else 2)
        elif kind < 18:
            holder[random.choice((*ODD_TEXTS, "shape", "n_scores"))] = holder[key]
        else:
            other = random.choice(list(holder))
            holder[key], holder[other] = holder[other], holder[key]
    return value
