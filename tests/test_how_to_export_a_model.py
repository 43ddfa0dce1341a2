"""The page of exports: every block of Python in order, as in a notebook."""

from pathlib import Path

import pytest
from tests.test_readme import blocks

PAGE = Path(__file__).parents[1] / "docs" / "how-to" / "export-a-model.md"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_page_runs(tmp_path, monkeypatch):
    pytest.importorskip("onnxruntime")
    pytest.importorskip("skl2onnx")
    monkeypatch.chdir(tmp_path)
    chosen = [code for _, language, code in blocks(PAGE.read_text(encoding="utf-8")) if language == "python"]
    assert len(chosen) == 7
    named = {}
    for code in chosen:
        assert "assert " in code
        exec(compile(code, str(PAGE), "exec"), named)  # the page's own code
