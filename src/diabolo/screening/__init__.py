"""Screening: what every feature of a wide table says of a target, measured while the table streams by."""

from __future__ import annotations

from diabolo.screening.f_test import FTest, f_test, false_discovery
from diabolo.screening.mutual_information import mutual_information
from diabolo.screening.screen import Screening, screen
from diabolo.screening.sums import variance

__all__ = ["FTest", "Screening", "f_test", "false_discovery", "mutual_information", "screen", "variance"]
