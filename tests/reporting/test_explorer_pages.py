"""Every kind of page opens with the network off, draws itself and complains of nothing."""

import numpy as np
import pytest
from tests.reporting.map_hand import colors_at, places

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
