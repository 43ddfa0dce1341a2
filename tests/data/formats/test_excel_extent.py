"""Spreadsheets that say they are larger than memory."""

# ruff: noqa: E501 - error messages are shown whole, one a line
import zipfile

import pytest
from tests.data.formats.spreadsheet import write_xlsx

import diabolo
from diabolo.errors import DataFileError

ROWS = [["a", "b"], [1, 2], [3, 4]]


def forge(path, change, more=None):
    """Write a spreadsheet whose sheet is changed, and perhaps further parts."""
    write_xlsx(path, {"first": ROWS})
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = "xl/worksheets/s1.xml"
    parts[name] = change(parts[name].decode()).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for each, part in (parts | (more or {})).items():
            archive.writestr(each, part)
    return path


def refused(path):
    with pytest.raises(DataFileError) as caught:
        diabolo.open(path)
    return str(caught.value).replace(str(path), "FILE")


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (
            "XFD1048576",
            "FILE is damaged, or packed beyond all measure: the sheet 'xl/worksheets/s1.xml' of 17,179,869,184 cells would take 687.19 GB of memory, and the file has",
        ),
        (
            "A9999999999",
            "FILE is cut short or damaged (a cell stands at A9999999999, and no sheet is as large): make or copy it anew.",
        ),
        (
            "ZZZZ1",
            "FILE is cut short or damaged (a cell stands at ZZZZ1, and no sheet is as large): make or copy it anew.",
        ),
        (
            "A" * 500 + "1",
            f"FILE is cut short or damaged (a cell stands at {'A' * 32}, and no sheet is as large): make or copy it anew.",
        ),
    ],
)
@pytest.mark.parametrize("mark", ["'", '"'])
def test_a_cell_at_the_far_end(tmp_path, cell, said, mark):
    row = f"<sheetData><row r={mark}1{mark}><c  r = {mark}{cell}{mark}><v>1</v></c></row>"
    path = forge(tmp_path / "a.xlsx", lambda sheet: sheet.replace("<sheetData>", row))
    assert refused(path).startswith(said)


def test_a_far_end_on_the_border_of_two_parts(tmp_path):
    blank = " " * (2**20 - 200)
    cells = (
        '<row r="1"><c r="A1"><v>1</v></c></row>'
        + blank
        + '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    )
    path = forge(tmp_path / "a.xlsx", lambda sheet: sheet.replace("</sheetData>", f"{cells}</sheetData>"))
    assert "17,179,869,184 cells" in refused(path)


def test_a_long_text_used_by_many_cells(tmp_path):
    strings = f"<sst><si><t>{'x' * 1_000_000}</t></si></sst>".encode()
    cell = '<c t="s"><v>0</v></c>'
    rows = "".join(f'<row r="{number}">{cell * 20}</row>' for number in range(4, 24))
    path = forge(
        tmp_path / "a.xlsx",
        lambda sheet: sheet.replace("</sheetData>", f"{rows}</sheetData>"),
        {"xl/sharedStrings.xml": strings},
    )
    assert refused(path).startswith(
        "FILE is damaged, or packed beyond all measure: the text of all cells would take 400.0 MB of memory"
    )


def test_sheets_of_usual_sizes_are_read(tmp_path):
    path = write_xlsx(tmp_path / "a.xlsx", {"first": ROWS + [[5, 6]] * 3000})
    with diabolo.open(path) as source:
        assert source.shape == (3002, 2)
