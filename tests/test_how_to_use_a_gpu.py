"""The page of GPUs: what it shows of Python runs here, on the processor."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "how-to" / "use-a-gpu.md"


def test_the_page_runs():
    page = PAGE.read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 2
    named = {}
    for block in blocks:
        exec(compile(block, str(PAGE), "exec"), named)  # the page's own code, as in a notebook
    assert named["fast"].get_params()["precision"] == "fast"
    # The processor multiplies float32 in each precision.
    assert (named["fast"].transform(named["X"]) == named["here"].transform(named["X"])).all()
