"""Run the examples: ``python -m examples [NAME ...] [--quick] [--out FOLDER] [--record]``."""

from __future__ import annotations

import argparse
import importlib
import json
import sys
import time
from pathlib import Path

import matplotlib
from PIL import Image

from diabolo.errors import DataFileError
from examples import DATA_SETS, EXAMPLES, RUN_BY_THE_SITE
from examples.page import written_page

ROOT = Path(__file__).parents[1]


def build_parser() -> argparse.ArgumentParser:
    """Say what can be asked for."""
    parser = argparse.ArgumentParser(
        prog="python -m examples", description="Run examples; write their figures, numbers and comparison."
    )
    known = f"which: {', '.join(EXAMPLES)} (all of these); or methylation, alone"
    parser.add_argument("names", nargs="*", metavar="NAME", help=known)
    parser.add_argument("--quick", action="store_true", help="a few rows, one epoch: to see that they run")
    parser.add_argument("--out", type=Path, default=Path("examples-output"), help="folder (examples-output)")
    parser.add_argument(
        "--record",
        action="store_true",
        help="keep numbers in examples/results and docs/examples.md too, pictures in docs/images/examples",
    )
    return parser


def run(name: str, out: Path, quick: bool) -> dict[str, list[float]]:
    """Run one example: its figures go into the folder, its numbers come back."""
    matplotlib.use("agg")
    numbers = importlib.import_module(f"examples.{name}").main(out, quick)
    matplotlib.pyplot.close("all")
    return {figure: [float(value) for value in values] for figure, values in numbers.items()}


def write(results: dict[str, dict[str, list[float]]], folder: Path, page: Path) -> None:
    """Put each example's numbers into a file, and all that are there into the page."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, numbers in results.items():
        (folder / f"{name}.json").write_text(json.dumps(numbers, indent=2) + "\n", encoding="utf-8")
    known = {name: folder / f"{name}.json" for name in EXAMPLES}
    kept = {name: json.loads(path.read_text("utf-8")) for name, path in known.items() if path.is_file()}
    page.write_text(written_page(kept), encoding="utf-8")


def keep_pictures(name: str, out: Path, folder: Path) -> None:
    """Keep what an example drew for the site's gallery, in 256 colors."""
    for path in sorted(out.glob(f"{name}*.png")):
        with Image.open(path) as image:
            flat = image.convert("RGB").quantize(256, dither=Image.Dither.NONE)
        folder.mkdir(parents=True, exist_ok=True)
        flat.save(folder / path.name, optimize=True)


def main(arguments: list[str] | None = None) -> int:
    """Run what is asked for."""
    words = sys.argv[1:] if arguments is None else arguments
    if words[:1] == ["methylation"]:  # which has settings of its own, and a table larger than memory
        return int(importlib.import_module("examples.methylation").main(words[1:]))
    parser = build_parser()
    options = parser.parse_args(words)
    unknown = [name for name in options.names if name not in EXAMPLES]
    if unknown:
        parser.error(f"no example named {', '.join(unknown)}: choose from {', '.join(EXAMPLES)}")
    if options.record and options.quick:
        parser.error("--record keeps what full runs reach; leave --quick out")
    options.out.mkdir(parents=True, exist_ok=True)
    skipped = []
    for name in options.names or EXAMPLES:
        started = time.perf_counter()
        print(f"{name}: {EXAMPLES[name]}", flush=True)
        if name in DATA_SETS:
            print(f"  rows: {DATA_SETS[name]}, of 'diabolo datasets list'", flush=True)
        try:
            numbers = run(name, options.out, options.quick)
        except DataFileError as error:  # its rows are nowhere; the others need not wait for them
            print(f"  skipped: {error}", flush=True)
            skipped.append(name)
            continue
        for figure, values in numbers.items():
            print(f"  {figure}: {', '.join(f'{value:.5g}' for value in values)}")
        print(f"  {time.perf_counter() - started:.0f} s", flush=True)
        # After each, so that what is done is kept when a later one is broken off.
        write({name: numbers}, options.out, options.out / "examples.md")
        if options.record:
            write({name: numbers}, ROOT / "examples" / "results", ROOT / "docs" / "examples.md")
            if name not in RUN_BY_THE_SITE:
                keep_pictures(name, options.out, ROOT / "docs" / "images" / "examples")
    print(f"written to {options.out}")
    return 1 if skipped and options.names else 0  # who names an example wants that one


if __name__ == "__main__":
    sys.exit(main())
