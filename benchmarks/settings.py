"""What the command line asked for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Settings:
    """The options that every case reads."""

    peers: Path | None
    """The Python of the environment that holds the peers; None runs Diabolo alone."""
    contestants: tuple[str, ...]
    """Who takes part, in the order in which they take turns."""
    repeats: int
    """How many rounds; in each round every contestant runs once."""
    quick: bool
    """A few epochs only, to see that everything runs; nothing is written."""
    full_peers: bool
    """The peers train every epoch, so nothing is scaled."""
