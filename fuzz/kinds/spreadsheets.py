"""Spreadsheets of Excel: archives of XML."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path
from random import Random

from fuzz.kind import Kind
from fuzz.kinds.archives import spoilt_archive
from fuzz.kinds.tables import CELLS, NAMES, WORDS, read_table
from fuzz.spoil import ODD_TEXTS, number_near, spoilt_bytes

__all__ = ["XLSX"]

_NS = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_RELS = f'{_HEAD}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
_ENTITIES = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
_CELLS_AT = (
    "A1",
    "XFD1048576",
    "A1048576",
    "XFD1",
    "A0",
    "",
    "1",
    "ZZZZ9",
    "A99999999999",
    "a1",
    "$A$1",
    "A-1",
)


def _whole(folder: Path) -> None:
    rows = ["".join(f'<c r="{"ABCDEFG"[i]}1" t="s"><v>{i}</v></c>' for i in range(6))]
    for number, (row, word) in enumerate(zip(CELLS, WORDS, strict=True), 2):
        cells = "".join(
            f'<c r="{"ABCDE"[i]}{number}"><v>{cell!r}</v></c>' for i, cell in enumerate(row.tolist())
        )
        rows.append(f'{cells}<c r="F{number}" t="inlineStr"><is><t>{word}</t></is></c>')
    body = "".join(f'<row r="{number}">{cells}</row>' for number, cells in enumerate(rows, 1))
    sheet = (
        f'{_HEAD}<worksheet xmlns="{_NS}"><dimension ref="A1:F41"/><sheetData>{body}</sheetData></worksheet>'
    )
    strings = "".join(f"<si><t>{name}</t></si>" for name in [*NAMES, "kind"])
    members = {
        "[Content_Types].xml": f'{_HEAD}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": f'{_RELS}<Relationship Id="rId1" Type="{_REL}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'{_HEAD}<workbook xmlns="{_NS}" xmlns:r="{_REL}"><sheets>'
        '<sheet name="first" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'{_RELS}<Relationship Id="rId1" Type="{_REL}/worksheet" '
        f'Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="{_REL}/sharedStrings" '
        'Target="sharedStrings.xml"/></Relationships>',
        "xl/sharedStrings.xml": f'{_HEAD}<sst xmlns="{_NS}" count="6" uniqueCount="6">{strings}</sst>',
        "xl/worksheets/sheet1.xml": sheet,
    }
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(zipfile.ZipInfo(name), text, zipfile.ZIP_DEFLATED)
    (folder / "book.xlsx").write_bytes(held.getvalue())


def _member(random: Random, name: str, content: bytes) -> bytes:
    if random.random() < 0.2:
        return spoilt_bytes(random, content)
    text = content.decode("utf-8", "replace")
    what = random.randrange(10)
    found = list(re.finditer(r'"([^"<>]*)"|>([^<>]+)<', text))
    if what < 6 and found:
        chosen = random.choice(found)
        group = 1 if chosen[1] is not None else 2
        old = chosen[group]
        new = random.choice(
            (*ODD_TEXTS, *_CELLS_AT, "A1:XFD1048576", "A1:B2:C3", "s", "e", "b", "d", "str", "&b;")
        )
        if old.lstrip("-").isdigit() and random.random() < 0.6:
            new = str(number_near(random, int(old)))
        text = text[: chosen.start(group)] + new + text[chosen.end(group) :]
    elif what == 6:
        text = text.replace('<row r="5">', f'<row r="{random.choice((0, 1, 1048576, 2**31, 2**32, -1))}">')
    elif what == 7:
        text = text.replace(
            "<sheetData>", f'<sheetData><row r="1"><c r="{random.choice(_CELLS_AT)}"><v>1</v></c></row>'
        )
    elif what == 8:
        text = text.replace("?>", f"?>{_ENTITIES}", 1).replace("<v>", "<v>&b;", 1)
    else:
        start = random.randrange(len(text) + 1)
        text = (
            text[:start]
            + random.choice(("<a>" * 10_000, "<", "</sheetData>", "]]>", "<!--", "&#0;"))
            + text[start:]
        )
    return text.encode("utf-8", "replace")


XLSX = Kind(
    "xlsx", ".xlsx", _whole, lambda random, content: spoilt_archive(random, content, _member), read_table
)
