"""The page of rows of other libraries: every block of Python in order, as in a notebook."""

from pathlib import Path

from tests.test_readme import blocks

PAGE = Path(__file__).parents[1] / "docs" / "how-to" / "rows-of-other-libraries.md"


def test_the_page_runs(capsys):
    chosen = [code for _, language, code in blocks(PAGE.read_text(encoding="utf-8")) if language == "python"]
    assert len(chosen) == 3
    named = {}
    for code in chosen:
        exec(compile(code, str(PAGE), "exec"), named)  # the page's own code
    assert "row " in capsys.readouterr().out
    assert named["search"].best_params_ == {"n_components": 2}
    assert -1 < named["search"].best_score_ < 0
