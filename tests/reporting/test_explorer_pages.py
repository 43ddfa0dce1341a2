"""Every kind of page opens with the network off, draws itself and complains of nothing."""

import numpy as np
import pytest
from tests.reporting.map_hand import colors_at, lines_of, places

from diabolo import report

KINDS = ["pictures", "curves", "cells", "convolved", "categorical"]
SECTIONS = {
    "pictures": {"map", "reconstructions", "training", "model"},
    "curves": {"map", "anomalies", "reconstructions", "model"},
    "cells": {"map", "reconstructions", "training", "sweep", "screening", "model"},
    "convolved": {"map", "reconstructions", "training", "model"},
    "categorical": {"map", "reconstructions", "training", "model"},
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_opens(visit, request, kind):
    shown = request.getfixturevalue(kind)
    page = visit.report(shown.path)
    assert visit.complaints == []
    assert page.title() == page.locator("h1").inner_text() == shown.report.summary["title"]
    assert set(page.locator("main section").evaluate_all("all => all.map(({ id }) => id)")) == SECTIONS[kind]
    assert len(np.unique(colors_at(page, places(page)), axis=0)) > 3
    # Every heading has something below it, and no key of a word is left unsaid.
    text = page.locator("#explorer").inner_text()
    keys = page.evaluate("Object.keys(JSON.parse(document.getElementById('words').textContent).en)")
    assert [key for key in keys if "." in key and key in text] == []
    assert "{" not in text
    assert "undefined" not in text
    assert "NaN" not in text


def test_a_comparison_a_sweep_and_a_screening_are_told(visit, cells):
    page = visit.report(cells.path)
    found = cells.model.comparison_
    sentence = page.locator("#comparison p").first.inner_text()
    assert f"On {found.n_held_out_rows} rows that were held out" in sentence
    heads = page.locator("#sweep th").all_inner_texts()
    sweep = [dict(zip(heads, line, strict=True)) for line in lines_of(page.locator("#sweep table"))]
    assert [float(line["n_components"]) for line in sweep] == [1, 2, 3]
    assert [float(line["reconstruction_error"]) for line in sweep] == pytest.approx(
        [1, 1 / 2, 1 / 3], rel=1e-3
    )
    screening = cells.wishes["screening"]
    assert f"{len(screening.kept)} of 9 features were kept." in page.locator("#screening").inner_text()
    best = lines_of(page.locator("#screening table"))[0][0]
    assert best == f"x{int(np.argmax(screening.information))}"


def test_a_screening_that_measured_nothing_is_a_table_alone(visit, flat, table, tmp_path):
    nothing = tmp_path / "features.csv"
    heads = [
        "feature",
        "statistic",
        "pvalue",
        "qvalue",
        "information",
        "normalized_information",
        "variance",
        "kept",
    ]
    nothing.write_text(",".join(heads) + "\nx0,,,,,,,0\nx1,,,,,,,0\n")
    report(flat, table, screening=nothing, path=tmp_path / "page.html")
    page = visit.report(tmp_path / "page.html")
    assert "0 of 2 features were kept." in page.locator("#screening").inner_text()
    assert page.locator("#screening svg").count() == 0
    assert len(lines_of(page.locator("#screening table"))) == 2
