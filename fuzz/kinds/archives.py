"""Zip archives: their directory and their members spoilt."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Callable
from random import Random

from fuzz.spoil import ODD_TEXTS, spoilt_bytes

__all__ = ["directory_places", "members_of", "spoilt_archive", "zipped"]

_BOMB = 40 * 2**20


def directory_places(content: bytes) -> list[int]:
    """List where the fields of local headers, of the directory and of its end begin."""
    found = []
    for mark, offsets in (
        (b"PK\x03\x04", (0, 6, 8, 14, 18, 22, 26, 28, 30)),
        (b"PK\x01\x02", (0, 8, 10, 16, 20, 24, 28, 30, 32, 34, 42, 46)),
        (b"PK\x05\x06", (0, 4, 8, 10, 12, 16, 20)),
    ):
        found += [
            each.start() + offset for each in re.finditer(re.escape(mark), content) for offset in offsets
        ]
    return found


def members_of(content: bytes) -> dict[str, bytes]:
    """Unpack an archive."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(members: list[tuple[str, bytes]], kind: int) -> bytes:
    """Pack members, of which several may have one name."""
    held = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(held, "w", kind) as archive:
        warnings.simplefilter("ignore")
        for name, part in members:
            archive.writestr(zipfile.ZipInfo(name.encode("utf-8", "replace").decode()), part, kind)
    return held.getvalue()


def spoilt_archive(
    random: Random, content: bytes, spoil_member: Callable[[Random, str, bytes], bytes]
) -> bytes:
    """Spoil an archive: its directory, a member's content with sums that fit it, or its list of members."""
    if random.random() < 0.35:
        return spoilt_bytes(random, content, directory_places(content))
    members = list(members_of(content).items())
    kind = random.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))
    for _ in range(random.choice((1, 1, 2))):
        number = random.randrange(len(members))
        name, part = members[number]
        what = random.randrange(24)
        if what < 19:
            members[number] = name, spoil_member(random, name, part)
        elif what == 19:
            del members[number]
        elif what == 20:
            members.append((name, spoil_member(random, name, part)))
        elif what == 21:
            members[number] = (
                random.choice((*ODD_TEXTS[1:3], name + "/", "/" + name, name.upper())) + ".npy",
                part,
            )
        elif what == 22:
            members[number] = name, part + bytes(random.choice((1, 10**6, _BOMB)))
            kind = zipfile.ZIP_DEFLATED
        else:
            members[number] = name, b""
        if not members:
            break
    return zipped(members, kind)
