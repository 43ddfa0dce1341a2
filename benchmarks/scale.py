"""Plan a fit past these machines: ``python -m benchmarks.scale``; ``--help`` lists what it assumes.

Nothing is measured: bytes, operations and messages are counted (benchmarks/step_costs.py), and divided by
what is assumed of a host and of the network between hosts. Prints tables in Markdown: reading the table, what
a host holds, what a step costs, and what would change it.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace

from benchmarks.step_costs import NUMBER, Shape, StepCost, features_shared, ring_seconds, rows_shared

GBIT = 1e9 / 8
CELL_BYTES = {"float32": 4, "float16": 2, "8 bits": 1}
WAYS = {"features": features_shared, "rows": rows_shared}


@dataclass(frozen=True)
class Hosts:
    """What is assumed of each host, and of the network between them.

    Parameters
    ----------
    count : int
        How many.
    operations, memory, disk, network : float
        A second: operations of products, bytes to and from memory, bytes read of the table, bytes sent to
        another host.
    hop : float
        Seconds until a message without content is at the next host.
    """

    count: int
    operations: float
    memory: float
    disk: float
    network: float
    hop: float


@dataclass(frozen=True)
class StepTime:
    """Seconds of a step on one host, by what takes them.

    Products and memory go on at once, and so does reading of the rows that come next; sums over all hosts
    begin when what is to be summed is there, and the step goes on when they are done.
    """

    products: float
    memory: float
    waiting: float
    sending: float
    reading: float

    @property
    def seconds(self) -> float:
        """Of the step."""
        return max(max(self.products, self.memory) + self.waiting + self.sending, self.reading)

    @property
    def binding(self) -> str:
        """Name what takes most of it."""
        if self.reading == self.seconds:
            return "reading"
        parts = {
            "products": self.products,
            "memory": self.memory,
            "messages' latency": self.waiting,
            "messages' bytes": self.sending,
        }
        return max(parts, key=lambda name: parts[name])


def step_time(cost: StepCost, hosts: Hosts, cell_bytes: float) -> StepTime:
    """Say how long a step takes at least, that costs each host so much."""
    rings = [ring_seconds(n_bytes, hosts.count, hosts.hop, hosts.network) for n_bytes in cost.messages]
    waiting = sum(ring_seconds(0, hosts.count, hosts.hop, hosts.network) for _ in cost.messages)
    return StepTime(
        products=cost.operations / hosts.operations,
        memory=cost.moved / hosts.memory,
        waiting=waiting,
        sending=sum(rings) - waiting,
        reading=cost.cells * cell_bytes / hosts.disk,
    )


def with_all_in_one(cost: StepCost) -> StepCost:
    """Return what a step costs whose sums are all one array."""
    return replace(cost, messages=(sum(cost.messages),))


def with_half_numbers(cost: StepCost) -> StepCost:
    """Return what a step costs whose sums are of bfloat16."""
    return replace(cost, messages=tuple(math.ceil(n_bytes / 2) for n_bytes in cost.messages))


def with_spread_optimizer(cost: StepCost, shape: Shape, n_hosts: int) -> StepCost:
    """Return what a step costs of which each host updates a part of the parameters, with their moments.

    Gradients are summed into parts and updated parts are gathered: the two halves of a ring, with as many
    bytes as the whole of one. Moments and summed gradients are held in part.
    """
    spared = NUMBER * (2 + 1) * shape.parameters * (1 - 1 / n_hosts) if n_hosts > 1 else 0.0
    # The update reads and writes parameters and moments: six numbers of each parameter.
    unmoved = NUMBER * 6 * shape.parameters * (1 - 1 / n_hosts)
    return replace(cost, held=cost.held - spared, moved=cost.moved - unmoved)


def table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Write a table in Markdown."""
    lines = [list(header), *map(list, rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "\n".join(
        f"| {' | '.join(cells)} |" if cells[0] != "---" else "|" + "---|" * len(cells) for cells in lines
    )


def amount(value: float, units: tuple[str, ...] = ("B", "KB", "MB", "GB", "TB")) -> str:
    """Write so many bytes with three digits."""
    power = 0
    while value >= 999.5 and power < len(units) - 1:
        value, power = value / 1e3, power + 1
    return f"{value:.3g} {units[power]}"


def time_of(seconds: float) -> str:
    """Write so many seconds with three digits."""
    if seconds >= 3600:
        return f"{seconds / 3600:,.3g} h" if seconds < 3.6e6 else f"{seconds / 3600:,.0f} h"
    if seconds >= 60:
        return f"{seconds / 60:.3g} min"
    return f"{seconds:.3g} s" if seconds >= 1 else f"{seconds * 1e3:.3g} ms"


def reading(typed: argparse.Namespace) -> str:
    """Say what the table takes, and one pass over it."""
    rows = []
    for name, cell_bytes in CELL_BYTES.items():
        whole = cell_bytes * typed.rows * typed.features
        own = whole / typed.hosts
        passes = [time_of(own / (rate * 1e9)) for rate in typed.disks]
        rows.append((name, amount(whole), amount(own), *passes))
    header = (
        "cells",
        "the table",
        "a host's share",
        *(f"a pass at {rate:g} GB/s a host" for rate in typed.disks),
    )
    return table(header, rows)


def holding(shape: Shape, typed: argparse.Namespace) -> str:
    """Say what a host holds of the network, and of two batches: one in use, one on its way."""
    rows = []
    for count in sorted({1, 8, typed.hosts}):
        whole = rows_shared(shape, count)
        held = features_shared(shape, count), whole, with_spread_optimizer(whole, shape, count)
        batches = (2 * rows_shared(replace(shape, batch=batch), count).rows for batch in typed.batches)
        rows.append((f"{count}", *(amount(cost.held) for cost in held), *map(amount, batches)))
    ways = ("features shared", "rows shared", "rows shared, optimizer spread")
    return table(("hosts", *ways, *(f"two batches of {batch:,}" for batch in typed.batches)), rows)


def stepping(shape: Shape, typed: argparse.Namespace) -> str:
    """Say what a step costs, what binds, and how long an epoch takes, by way, batch and network."""
    rows = []
    for way, count in WAYS.items():
        for batch in typed.batches:
            cost = count(replace(shape, batch=batch), typed.hosts)
            for gbits in typed.gbits:
                time = step_time(cost, hosts_of(typed, gbits), typed.cell_bytes)
                epoch = time.seconds * math.ceil(typed.rows / batch)
                rows.append(
                    (
                        way,
                        f"{batch:,}",
                        f"{gbits:g}",
                        *(time_of(part) for part in (time.products, time.memory, time.waiting, time.sending)),
                        time_of(time.reading),
                        time_of(time.seconds),
                        time.binding,
                        time_of(epoch),
                        f"{epoch / 3600 * typed.hosts * typed.price:,.0f}",
                    )
                )
    header = (
        "shared",
        "batch",
        "Gbit/s",
        "products",
        "memory",
        "latency",
        "bytes",
        "reading",
        "a step",
        "binds",
    )
    return table((*header, "an epoch", "its price"), rows)


def changing(shape: Shape, typed: argparse.Namespace) -> str:
    """Say what other ways to sum, or to keep the optimizer's arrays, would change."""
    rows, hosts = [], hosts_of(typed, typed.gbits[0])
    for batch in typed.batches:
        own = replace(shape, batch=batch)
        features, whole = features_shared(own, typed.hosts), rows_shared(own, typed.hosts)
        spread = with_spread_optimizer(whole, own, typed.hosts)
        changes = {
            "features": {
                "as it is": features,
                "sums of bfloat16": with_half_numbers(features),
            },
            "rows": {
                "as it is": whole,
                "one array": with_all_in_one(whole),
                "sums of bfloat16": with_half_numbers(whole),
                "optimizer spread": spread,
            },
        }
        for way, named in changes.items():
            for name, cost in named.items():
                time = step_time(cost, hosts, typed.cell_bytes)
                epoch = time.seconds * math.ceil(typed.rows / batch)
                rows.append(
                    (
                        way,
                        f"{batch:,}",
                        name,
                        amount(sum(cost.messages)),
                        f"{len(cost.messages)}",
                        amount(cost.held),
                        time_of(time.seconds),
                        time.binding,
                        time_of(epoch),
                    )
                )
    header = ("shared", "batch", "", "sums", "arrays", "held", "a step", "binds", "an epoch")
    return table(header, rows)


def hosts_of(typed: argparse.Namespace, gbits: float) -> Hosts:
    """Return the hosts that were typed, with such a network."""
    rates = (typed.gflops * 1e9, typed.memory_rate * 1e9, typed.disks[0] * 1e9)
    return Hosts(typed.hosts, *rates, gbits * GBIT, typed.hop_us * 1e-6)


def build_parser() -> argparse.ArgumentParser:
    """Say what can be assumed."""
    usual = argparse.ArgumentDefaultsHelpFormatter
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", formatter_class=usual)
    add = parser.add_argument
    add("--rows", type=int, default=10_000_000, help="of the table")
    add("--features", type=int, default=500_000, help="of the table")
    add("--hidden", type=int, nargs="*", default=[128], help="widths of the encoder's hidden layers")
    add("--components", type=int, default=32, help="of the code")
    add(
        "--batches",
        type=int,
        nargs="+",
        default=[64, 4096, 65_536],
        help="rows of a step, of all hosts together",
    )
    add("--hosts", type=int, default=64)
    add("--cell-bytes", type=float, default=4, help="of a cell on the disk: 2 for float16, 1 for 8 bits")
    add("--gflops", type=float, default=750, help="10^9 operations a second that a host's products reach")
    add("--memory-rate", type=float, default=200, help="GB/s between a host's processor and its memory")
    add(
        "--disks",
        type=float,
        nargs="+",
        default=[1, 0.25, 4],
        help="GB/s a host reads; the first counts in steps",
    )
    add(
        "--gbits",
        type=float,
        nargs="+",
        default=[10, 25, 100],
        help="of the network; the first counts in changes",
    )
    add("--hop-us", type=float, default=150, help="microseconds until a message without content is there")
    add("--price", type=float, default=1, help="of a host for an hour")
    return parser


def main(argv: list[str] | None = None) -> int:
    """Print the tables."""
    typed = build_parser().parse_args(argv)
    shape = Shape(typed.features, tuple(typed.hidden), typed.components, typed.batches[0])
    layers = "-".join(f"{width:,}" for width in shape.widths)
    print(f"{typed.rows:,} x {typed.features:,} on {typed.hosts} hosts", end="; ")
    print(f"{layers}: {shape.parameters:,} parameters")
    print("Reading", reading(typed), sep="\n\n", end="\n\n")
    print("Memory of a host: parameters, moments, gradients", holding(shape, typed), sep="\n\n", end="\n\n")
    print("A step", stepping(shape, typed), sep="\n\n", end="\n\n")
    print(f"What would change it, at {typed.gbits[0]:g} Gbit/s", changing(shape, typed), sep="\n\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
