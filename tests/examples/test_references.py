"""What counts as within, better or worse."""

import pytest

from examples.page import written_page
from examples.references import Reference


@pytest.mark.parametrize(
    ("reference", "mean", "verdict"),
    [
        (Reference("0.0329", "0.0325", "0.0334"), 0.03344, "within"),
        (Reference("0.0329", "0.0325", "0.0334"), 0.03346, "worse"),
        (Reference("0.0329", "0.0325", "0.0334"), 0.0324, "better"),
        (Reference("0.828", "0.821", "0.834", "higher"), 0.84, "better"),
        (Reference("0.828", "0.821", "0.834", "higher"), 0.82, "worse"),
        (Reference("0.1002", "0.0988", "0.1014", "neither"), 0.0980, "differs"),
        (Reference("0.1002", "0.0988", "0.1014", "neither"), 0.1020, "differs"),
        (Reference("0.0034"), 0.00344, "within"),
    ],
)
def test_verdicts(reference, mean, verdict):
    assert reference.verdict(mean) == verdict


def test_the_page_has_a_line_for_each_figure():
    page = written_page(
        {"digits_map": {"mean squared error": [0.0330, 0.0332]}, "guided_code": {"R²": [0.5]}}
    )
    lines = page.splitlines()[-2:]
    assert lines[0] == (
        "| digits_map | mean squared error | 0.0331 (0.0330 to 0.0332) | 0.0329 (0.0325 to 0.0334) | within |"
    )
    assert lines[1] == "| guided_code | R² | 0.500 |  |  |"
