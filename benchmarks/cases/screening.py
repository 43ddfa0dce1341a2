"""Screening half a million features, beside scikit-learn's two scores."""

from __future__ import annotations

from typing import Any

from benchmarks.machine import versions
from benchmarks.other_load import warnings_of
from benchmarks.outcome import Outcome
from benchmarks.process import RunFailedError, run_worker
from benchmarks.settings import Settings
from benchmarks.spread import Spread
from benchmarks.table import draw_table

ROWS, FEATURES, PART = 1_000, 485_512, 2_000
RATIO, DEVIATION, SPEARMAN = 100.0, 1e-5, 0.95
HEADER = ("", "seconds", "range", "us a feature", "Diabolo is", "range")


class Screening:
    """F test and mutual information of every feature of a table in memory, turn by turn."""

    name = "screening"
    about = "F test and mutual information of 485,512 features x 1,000 rows, beside scikit-learn's"

    def run(self, settings: Settings) -> Outcome:
        """Run all rounds in one process, on one made table of 1.9 GB."""
        features = 20_000 if settings.quick else FEATURES
        arguments = {"rows": ROWS, "features": features, "part": PART, "rounds": settings.repeats}
        try:
            done = run_worker("screening", arguments)
        except RunFailedError as failure:
            return Outcome(f"failed: {failure}", {"about": self.about, "failed": str(failure)}, False)
        rounds = done["rounds"]
        scale = features / PART
        ours = [each["diabolo"] for each in rounds]
        theirs = {
            "scikit-learn, n_jobs=None": [
                each["sklearn_f"] + scale * each["sklearn_mi_of_part"] for each in rounds
            ],
            "scikit-learn, n_jobs=2": [
                each["sklearn_f"] + scale * each["sklearn_mi_of_part_two_jobs"] for each in rounds
            ],
        }
        f_ours, f_theirs = ([each[key] for each in rounds] for key in ("diabolo_f_alone", "sklearn_f"))
        record: dict[str, Any] = {"about": self.about, "versions": versions(), **arguments, **done}
        rows = [("Diabolo", *Spread.of(ours).show(), f"{min(ours) / features * 1e6:.1f}", "", "")]
        for name, seconds in theirs.items():
            ratio = Spread.of(peer / own for own, peer in zip(ours, seconds, strict=True))
            record[f"ratio to {name}"] = ratio.to_json()
            each = f"{min(seconds) / features * 1e6:.0f}"
            rows.append((f"{name} (scaled)", *Spread.of(seconds).show(), each, *ratio.show()))
        ratio = Spread.of(peer / own for own, peer in zip(f_ours, f_theirs, strict=True))
        record["ratio of F alone"] = ratio.to_json()
        rows.append(
            ("F alone: Diabolo", *Spread.of(f_ours).show(), f"{min(f_ours) / features * 1e6:.1f}", "", "")
        )
        rows.append(
            ("F alone: f_regression", *Spread.of(f_theirs).show(), f"{min(f_theirs) / features * 1e6:.1f}",
             *ratio.show())
        )  # fmt: skip
        met = record["ratio to scikit-learn, n_jobs=None"]["median"] >= RATIO
        same = max(done["deviation_F"], done["deviation_p"]) <= DEVIATION
        below = [
            f"mutual_info_regression was timed on {PART:,} features and scaled by {scale:g}; "
            "f_regression ran whole",
            f"wanted {RATIO:g} times: {'met' if met else 'MISSED'}",
            f"F and p differ by at most {done['deviation_F']:.1e} and {done['deviation_p']:.1e} (relative; "
            f"p down to {done['smallest_p']:.0e}): {'equal' if same else 'NOT EQUAL'}",
            f"Spearman with nearest neighbors on {done['n_carrying']} features with signal: "
            f"{done['spearman']:.4f}: {'met' if done['spearman'] > SPEARMAN else 'MISSED'}",
            "  " + ", ".join(f"{kind} {value:.3f}" for kind, value in done["spearman_of_kinds"].items()),
        ]
        return Outcome(
            "\n".join([draw_table(HEADER, rows), *below, *warnings_of(done["other_load"])]), record, True
        )


CASE = Screening()
