"""``diabolo detect``: find anomalies."""

from __future__ import annotations

from diabolo.cli import detect_evaluate, detect_fit, detect_score, detect_threshold

__all__ = ["EXAMPLES", "HELP", "PAGES"]

HELP = "Find anomalies: rows that do not look like the normal ones."
EXAMPLES = """\
Examples:
  diabolo detect fit iris.csv --labels species --normal setosa -o iris.diabolo
  diabolo detect score iris.diabolo iris.csv --labels species -o scores.csv
  diabolo detect evaluate iris.diabolo iris.csv --labels species -o scores.png
  diabolo detect threshold iris.diabolo --set conformal --threshold-param level=0.1
"""

PAGES = {
    "fit": detect_fit.PAGE,
    "score": detect_score.PAGE,
    "evaluate": detect_evaluate.PAGE,
    "threshold": detect_threshold.PAGE,
}
