"""Inputs that cannot be used, and what is said of each: docs/errors.md is made of them.

`test_bad_inputs.py` hands each in and holds what is said against the page; ``python -m
tests.contracts.bad_inputs > docs/errors.md`` writes the page.
"""

from tests.contracts.bad_inputs.bad_input import BadInput, Said, Workbench
from tests.contracts.bad_inputs.commands import COMMANDS
from tests.contracts.bad_inputs.estimators import ESTIMATORS
from tests.contracts.bad_inputs.files import FILES
from tests.contracts.bad_inputs.sources import SOURCES

__all__ = ["ALL", "BadInput", "Said", "Workbench"]

ALL = {"Estimators": ESTIMATORS, "Sources": SOURCES, "Files": FILES, "Commands": COMMANDS}
