"""What a case hands back to the driver."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


class NotRunError(Exception):
    """A case cannot be run here; the message says why."""


@dataclass(frozen=True)
class Outcome:
    """The text to print and the record to keep."""

    text: str
    record: dict[str, Any]
    complete: bool
    """False if any run failed; the record then says which."""


def write_outcome(outcome: Outcome, case: str, where: dict[str, Any], folder: Path) -> Path:
    """Write the record as JSON, with the date, the machine and the commit."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{case}.json"
    date = datetime.now(UTC).isoformat(timespec="seconds")
    record = {"case": case, "date": date, **where, **outcome.record}
    path.write_text(json.dumps(record, indent=2) + "\n")
    return path
