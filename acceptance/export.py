"""A made export of a laboratory, with what such files bring along; and another of a survey."""

from __future__ import annotations

import csv
import datetime
import io
import random
from pathlib import Path

__all__ = ["ODD", "write_laboratory", "write_survey"]

ODD = ("P0041", "P0091", "P0151")
"""Samples of the laboratory with a cell that cannot be."""


def _german(number: float, digits: int) -> str:
    """Write a number with a comma before its decimals and points between its thousands."""
    return f"{number:,.{digits}f}".translate(str.maketrans(",.", ".,"))


def write_laboratory(path: Path) -> None:
    """Write one in Windows' encoding: a title, ids, groups, dates, text, limits, units, missing cells."""
    draw = random.Random(0)
    head = "Proben-Nr;Auftrag;Gruppe;Geschlecht;Datum;Alter;Hb (g/dl);CRP, mg/l;Leukozyten;Thrombozyten"
    rows = [[*head.split(";"), "Kreatinin", "Neutrophile", "Station", "Bemerkung"]]
    for number in range(220):
        group, sex = draw.choice(["case", "control"]), draw.choice("wm")
        severity = draw.gauss(1.2 if group == "case" else 0, 1)
        crp = max(0.1, 4 + 6 * severity + draw.gauss(0, 1.5))
        day = datetime.date(2025, 1, 6) + datetime.timedelta(days=draw.randrange(200))
        cells = [
            *(f"P{number + 1:04d}", str(1000 + number), group, sex, day.strftime("%d.%m.%Y")),
            str(int(min(90, max(18, draw.gauss(55 + 4 * severity, 14))))),
            _german(13.5 - 1.1 * severity + draw.gauss(0, 0.5) + (sex == "m"), 1),
            "<1,0" if crp < 1 else _german(crp, 2),
            _german(7.2 + 1.5 * severity + draw.gauss(0, 0.6), 2),
            _german(250_000 - 22_000 * severity + draw.gauss(0, 12_000), 1),
            _german(0.9 + 0.2 * severity + draw.gauss(0, 0.06), 2),
            _german(max(0.0, min(100.0, 40 + 12 * severity + draw.gauss(0, 4))), 1) + " %",
            draw.choice(["Station A", "Station B", "Ambulanz"]),
            "Rückfrage; Labor" if number % 37 == 0 else "",
        ]
        for column in (6, 7, 8, 10, 11):
            if draw.random() < 0.06:
                cells[column] = draw.choice(["", "n.a.", "-"])
        rows.append(cells)
    rows[41][6], rows[91][9], rows[151][10] = "2,1", "1.100.000,0", "7,90"
    text = io.StringIO()
    text.write("Export LIS 4.2 am 03.09.2025\r\n")
    csv.writer(text, delimiter=";", lineterminator="\r\n").writerows(rows)
    path.write_bytes(text.getvalue().encode("cp1252"))


def write_survey(path: Path) -> None:
    """Write one with commas, in UTF-8 with its mark: a row number, names, a date, text, missing cells."""
    draw = random.Random(1)
    rows = [["", "respondent", "city, district", "joined", "income", "rent", "distance km", "visits", "plan"]]
    for number in range(150):
        wealth = draw.gauss(0, 1)
        income = f"{3200 + 800 * wealth + draw.gauss(0, 150):,.2f}"
        rent = f"{900 + 260 * wealth + draw.gauss(0, 60):.2f}"
        cells = [
            *(str(number), f"r{draw.randrange(10**6):06d}", draw.choice(["Ulm, East", "Ulm, West", "Bonn"])),
            f"2024-{draw.randrange(1, 13):02d}-{draw.randrange(1, 29):02d}",
            *(income, rent, f"{abs(draw.gauss(6 - 2 * wealth, 1)):.1f}", str(draw.randrange(1, 60))),
            draw.choice(["basic", "plus"]),
        ]
        for column in (4, 5, 6):
            if draw.random() < 0.05:
                cells[column] = draw.choice(["", "NA", "N/A"])
        rows.append(cells)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(rows)
