"""Hold the plan against this machine: ``python -m benchmarks.scale_check``.

Prints a table in Markdown: milliseconds of a step of fits that share rows, and of one that shares features,
by 1, 2 and 4 processes, beside what is predicted from the step of one process and from the cost of messages
between as many (benchmarks/messages.py), all measured in one run; and so of a process's seconds of the
processor, without messages, which other programs on the machine disturb less. Each process has one thread;
where there are more of them than processors they take turns.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

from benchmarks.machine import describe_machine, versions
from benchmarks.messages import SIZES, exchanged, line_through
from benchmarks.other_load import OtherLoad
from benchmarks.processes import COPIED, FITS, TIMES, run, write_table
from benchmarks.spread import Spread
from benchmarks.step_costs import NUMBER, Shape, StepCost, features_shared, rows_shared

MOST_BYTES = 8 * 10**6
HEAD = "|---" * 10 + "|"


def predicted(
    alone: float,
    undivided: float,
    messages: StepCost,
    n_processes: int,
    n_processors: int,
    line: tuple[float, float],
) -> float:
    """Say how long a step of several processes takes.

    Parameters
    ----------
    alone : float
        Seconds of a step of one process.
    undivided : float
        Seconds of it that every process spends, however many share the rest.
    messages : StepCost
        Of the step, for its messages.
    n_processes, n_processors : int
        How many there are.
    line : tuple of float
        Latency of a message, and bytes a second.

    Returns
    -------
    float
    """
    latency, rate = line
    sums = sum(latency + n_bytes / rate for n_bytes in messages.messages) if n_processes > 1 else 0.0
    turns = max(1.0, n_processes / n_processors)
    return ((alone - undivided) / n_processes + undivided) * turns + sums


def shape_of(name: str) -> Shape:
    """Return the shape of one of the fits."""
    (_, n_features), settings = FITS[name]
    return Shape(n_features, settings["hidden_layer_sizes"], settings["n_components"], settings["batch_size"])


def main(argv: list[str] | None = None) -> int:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=4, help="of a fit; the quickest but the first counts")
    parser.add_argument("--processes", type=int, nargs="*", default=[1, 2, 4])
    typed = parser.parse_args(argv)
    print(describe_machine(), versions(), sep="\n")
    sizes = [size for size in SIZES if size <= MOST_BYTES]
    steps: dict[tuple[str, int], list[float]] = {}
    processor: dict[tuple[str, int], list[float]] = {}
    sums: dict[int, list[list[float]]] = {count: [[] for _ in sizes] for count in typed.processes}
    copies: list[float] = []
    with tempfile.TemporaryDirectory() as folder, OtherLoad() as load:
        paths = {name: Path(folder) / f"{number}.h5" for number, name in enumerate(FITS)}
        for name, (shape, _) in FITS.items():
            write_table(paths[name], shape)
        for _ in range(typed.rounds):
            copies.append(run(1, "copy", Path(folder), {})[0]["processor"] / TIMES)
            for count in typed.processes:
                if count > 1:
                    exchange = exchanged(count, [[size] for size in sizes], 3)
                    for own, seconds in zip(sums[count], exchange, strict=True):
                        own.extend(seconds)
                    latency, rate = line_through(sizes, [min(own) for own in exchange])
                    said = f"{latency * 1e3:.3g} ms + bytes / {rate / 1e9:.3g} GB/s"
                    print(f"  a message, {count} processes: {said}", file=sys.stderr, flush=True)
                for name, (shape, settings) in FITS.items():
                    asked = {**settings, "max_epochs": typed.epochs}
                    found = run(count, name, paths[name], asked)
                    n_steps = -(-shape[0] // settings["batch_size"])
                    for kept, figure in ((steps, "seconds"), (processor, "processor")):
                        kept.setdefault((name, count), []).append(
                            max(each[figure] for each in found) / n_steps
                        )
                    said = ", ".join(f"{1e3 * kept[name, count][-1]:.3g} ms" for kept in (steps, processor))
                    print(f"  {name}, {count} processes: {said}", file=sys.stderr, flush=True)
    copied = 2 * NUMBER * COPIED / min(copies)
    print("\n| fit | processes | predicted, ms | least, ms | median | range | least over predicted ", end="")
    print("| of the processor, each: predicted, ms | least, ms | least over predicted |", HEAD, sep="\n")
    for name in FITS:
        shape = shape_of(name)
        is_wide = name.startswith("wide")
        # Every process updates all parameters, where it has all: it reads and writes them, and two moments.
        undivided = 0.0 if is_wide else 6 * NUMBER * shape.parameters / copied
        first = typed.processes[0]
        alone, own = (min(kept[name, first]) for kept in (steps, processor))
        for count in typed.processes:
            line = line_through(sizes, [min(each) for each in sums[count]]) if count > 1 else (0.0, 1.0)
            cost = (features_shared if is_wide else rows_shared)(shape, count)
            said = predicted(alone, undivided, cost, count, os.cpu_count() or 1, line)
            share = (own - undivided) / count + undivided
            taken, work = (
                Spread.of(1e3 * each for each in steps[name, count]),
                1e3 * min(processor[name, count]),
            )
            cells = (name, count, f"{said * 1e3:.3g}", f"{taken.low:.3g}", *taken.show())
            ratios = (
                f"{taken.low / 1e3 / said:.2f}",
                f"{share * 1e3:.3g}",
                f"{work:.3g}",
                f"{work / 1e3 / share:.2f}",
            )
            print(f"| {' | '.join(map(str, cells + ratios))} |", flush=True)
    print()
    for count in typed.processes[1:]:
        latency, rate = line_through(sizes, [min(each) for each in sums[count]])
        print(f"{count} processes: a message takes {latency * 1e3:.3g} ms + bytes / {rate / 1e9:.3g} GB/s")
    print(f"Memory is copied at {copied / 1e9:.3g} GB/s; other programs kept {load.cores} cores busy")
    return 0


if __name__ == "__main__":
    sys.exit(main())
