"""Write docs/errors.md: ``python -m tests.contracts.bad_inputs > docs/errors.md``."""

import sys
import tempfile
from pathlib import Path

import matplotlib
from tests.contracts.bad_inputs import ALL, Workbench
from tests.contracts.bad_inputs.page import page


def main() -> None:
    """Hand in every input, and print the page."""
    matplotlib.use("agg")
    with tempfile.TemporaryDirectory() as folder:
        bench = Workbench(Path(folder).resolve())
        doors = {door: [(bad, bench.hand_in(bad)) for bad in inputs] for door, inputs in ALL.items()}
    sys.stdout.write(page(doors))


if __name__ == "__main__":
    main()
