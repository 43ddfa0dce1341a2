"""Text tables in several encodings, packed and not."""

from __future__ import annotations

import bz2
import gzip
from pathlib import Path
from random import Random

import pyarrow

from fuzz.kind import Kind
from fuzz.kinds.tables import CELLS, NAMES, WORDS, read_table
from fuzz.spoil import cut, spoilt_bytes

__all__ = ["CSV", "PACKED"]

_ODD_CELLS = (
    *(
        '"',
        '""',
        '"""',
        "'",
        '"a',
        'a"b',
        '"a""b"',
        '"a\nb"',
        '"1"',
        "\0",
        "1\0",
        "\ufeff",
        "=1+1",
        "@SUM(A1)",
        "#",
    ),
    *(
        "1e999",
        "-1e999",
        "1e-999",
        "0x1F",
        "1_000",
        "١٢٣",
        "１２",
        "½",
        "1.2.3",
        "1,2",
        "1.234,5",
        "1'000",
        "--1",
        "+",
        "-",
    ),
    *(
        "nan",
        "NA",
        "inf",
        "-inf",
        "Infinity",
        "true",
        "<0.5",
        ">1e3",
        "≤2",
        "1 mg",
        "5 %",
        "12:30",
        "2020-01-01",
        "1/2",
    ),
    *(
        "9" * 400,
        "9" * 5000,
        "x" * 200_000,
        "1" + "0" * 30,
        " " * 50,
        "\t",
        "\r",
        "\x1a",
        "\x85",
        "\u2028",
        "😀",
        "1e",
        ".",
        ",",
    ),
)
_LONGEST = 10**6
_ENCODINGS = (
    "utf-8",
    "utf-8-sig",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "cp1252",
    "latin-1",
    "utf-32",
    "gb18030",
    "utf-7",
)


def _text(mark: str, decimal: str = ".") -> str:
    lines = [mark.join([*NAMES, "kind", "note"])]
    for row, word in zip(CELLS, WORDS, strict=True):
        lines.append(mark.join([*(f"{cell:.4f}".replace(".", decimal) for cell in row), word, f'"{word} x"']))
    return "\n".join(lines) + "\n"


def _whole(folder: Path) -> None:
    (folder / "comma.csv").write_text(_text(","), encoding="utf-8")
    (folder / "semicolon.csv").write_text(_text(";", ","), encoding="cp1252")
    (folder / "tab.csv").write_text(
        "# made by hand\r\n" + _text("\t").replace("\n", "\r\n"), encoding="utf-16"
    )
    (folder / "numbers.csv").write_text("\n".join(",".join(f"{x:.3f}" for x in row) for row in CELLS))


def _spoilt(random: Random, content: bytes) -> bytes:
    if random.random() < 0.3:
        places = [i for i, byte in enumerate(content) if byte in b'",;\n\r\t\0']
        return spoilt_bytes(random, content, places)
    text = content.decode("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8", "replace")
    for _ in range(random.choice((1, 1, 2, 5))):
        mark = next((each for each in "\t;," if each in text), ",")
        lines = text.split("\n")
        number = (
            random.randrange(len(lines))
            if random.random() < 0.7
            else min(random.randrange(3), len(lines) - 1)
        )
        cells = lines[number].split(mark)
        what = random.randrange(12) if len(text) < _LONGEST // 50 else 0
        if what < 7:
            cells[random.randrange(len(cells))] = random.choice(_ODD_CELLS)
        elif what == 7:
            cells = cells * random.choice((2, 50, 2000))
        elif what == 8:
            cells = cells[: random.randrange(len(cells) + 1)]
        elif what == 9:
            cells.insert(random.randrange(len(cells) + 1), random.choice(_ODD_CELLS))
        elif what == 10:
            lines.insert(number, random.choice(("", "\r", "#", "sep=;", 'sep="', " ", "\0", lines[number])))
        else:
            lines[number:] = lines[number:] * random.choice((2, 20))
        lines[min(number, len(lines) - 1)] = mark.join(cells)
        text = random.choice(("\n", "\n", "\n", "\r\n", "\r")).join(lines)[:_LONGEST]
    content = text.encode(random.choice(_ENCODINGS) if random.random() < 0.4 else "utf-8", "replace")
    return cut(random, content) if random.random() < 0.1 else content


def _read(path: Path, random: Random) -> int:
    given: dict[str, object] = {}
    if random.random() < 0.8:
        given["keep_columns"] = ["kind", "note"]
    if random.random() < 0.1:
        given["encoding"] = random.choice(_ENCODINGS)
    for name, values in (
        ("header", (True, False)),
        ("delimiter", (",", ";", "\t", "|", " ", "\0", "a", "é")),
        ("decimal", (".", ",")),
        ("thousands", (",", ".", " ", "'", "none")),
        ("skip_lines", (0, 1, 3, 10**9)),
        ("below_limit", ("half", "zero")),
        ("drop_columns", ([0], ["note"], ["kind", "note"])),
        ("columns", ([0, 1], ["a"])),
    ):
        if random.random() < 0.04:
            given[name] = random.choice(values)
    return read_table(path, random, **given)


def _spoil(random: Random, content: object) -> bytes:
    assert isinstance(content, bytes)
    return _spoilt(random, content)


CSV = Kind("csv", ".csv", _whole, _spoil, _read)


def _packer(suffix: str) -> Kind:
    pack = {
        ".gz": lambda content: gzip.compress(content, 6, mtime=0),
        ".bz2": bz2.compress,
        ".zst": lambda content: pyarrow.compress(content, "zstd", asbytes=True),
    }[suffix]

    def spoil(random: Random, content: object) -> bytes:
        assert isinstance(content, bytes)
        if random.random() < 0.4:
            return pack(_spoilt(random, content))
        packed = pack(content)
        if random.random() < 0.1:
            return packed + random.choice((packed, b"rest", b"\0" * 100))
        return spoilt_bytes(random, packed, range(min(20, len(packed))))

    return Kind(f"csv{suffix}", f".csv{suffix}", _whole, spoil, _read)


PACKED = tuple(map(_packer, (".gz", ".bz2", ".zst")))
