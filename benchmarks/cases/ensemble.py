"""Ten networks trained side by side, beside one: what an ensemble costs."""

from __future__ import annotations

import sys
from typing import Any

from benchmarks.machine import versions
from benchmarks.other_load import warnings_of
from benchmarks.outcome import Outcome
from benchmarks.process import RunFailedError, run_worker
from benchmarks.settings import Settings
from benchmarks.spread import Spread
from benchmarks.table import draw_table

MEMBERS = (1, 10)
LIMIT = 3.0
HEADER = ("members", "seconds", "range", "times one", "range")


class Ensemble:
    """A detector on the digits with one network and with ten, turn by turn."""

    name = "ensemble"
    about = "AutoencoderDetector of 1 and of 10 networks 64-32-2-32-64 on the digits, batch 8, 500 epochs"

    def run(self, settings: Settings) -> Outcome:
        """Run each size once a round in a process of its own; compilation is paid."""
        runs: dict[int, list[float]] = {members: [] for members in MEMBERS}
        failures, disturbed = [], 0.0
        for turn in range(settings.repeats):
            for members in MEMBERS:
                arguments = {"members": members, "seed": turn, "epochs": 5 if settings.quick else 500}
                try:
                    done = run_worker("ensemble", arguments)
                except RunFailedError as failure:
                    failures.append(f"{members} members, round {turn}: {failure}")
                    continue
                runs[members].append(done["seconds"])
                disturbed = max(disturbed, done["other_load"] or 0.0)
                print(f"  {self.name}: {members} members: {done['seconds']:.2f} s", file=sys.stderr)
        one, ten = (runs[members] for members in MEMBERS)
        record: dict[str, Any] = {"about": self.about, "versions": versions(), "runs": runs}
        rows, below = [], []
        if len(one) == len(ten) == settings.repeats:
            ratio = Spread.of(many / single for single, many in zip(one, ten, strict=True))
            record |= {"ratio": ratio.to_json(), "limit": LIMIT, "other_load_most": disturbed}
            rows = [("1", *Spread.of(one).show(), "", ""), ("10", *Spread.of(ten).show(), *ratio.show())]
            below.append(f"wanted at most {LIMIT:g}: {'met' if ratio.median <= LIMIT else 'MISSED'}")
        below += warnings_of(disturbed)
        below += [f"failed: {failure}" for failure in failures]
        return Outcome("\n".join([draw_table(HEADER, rows), *below]), record, not failures)


CASE = Ensemble()
