"""What one step of a dense autoencoder costs each of the processes that share it: counts, without a clock."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

from benchmarks.wide_task import WideTask

NUMBER = 4  # bytes of a float32


@dataclass(frozen=True)
class Shape:
    """A network features-hidden-components-hidden-features with Adam, and the rows of its batch."""

    features: int
    hidden: tuple[int, ...]
    components: int
    batch: int

    @property
    def widths(self) -> tuple[int, ...]:
        """Of all layers, input and output among them."""
        return (self.features, *self.hidden, self.components, *reversed(self.hidden), self.features)

    @property
    def width(self) -> int:
        """Of the first hidden layer, and of the last."""
        return self.widths[1]

    @property
    def arrays(self) -> tuple[int, ...]:
        """Count the numbers of each matrix and bias."""
        return tuple(size for a, b in pairwise(self.widths) for size in (a * b, b))

    @property
    def parameters(self) -> int:
        """Count the numbers that are trained."""
        return sum(self.arrays)

    @property
    def weights(self) -> int:
        """Count the numbers of all matrices."""
        return sum(self.arrays[::2])

    @property
    def inner_parameters(self) -> int:
        """Count those that are neither of the two wide matrices nor of the output's bias."""
        return self.parameters - 2 * self.features * self.width - self.features


@dataclass(frozen=True)
class StepCost:
    """Of one process.

    Parameters
    ----------
    operations : float
        Multiplications and additions of its products of matrices.
    moved : float
        Bytes between processor and memory, at the least, where nothing large fits a cache.
    messages : tuple of int
        Bytes of each array that is summed over all processes, in their order.
    held : float
        Bytes of parameters, of Adam's two moments, and of gradients as far as they exist as a whole.
    rows : float
        Bytes of its part of the batch, as float32.
    cells : float
        Cells of the table that it reads for the step.
    """

    operations: float
    moved: float
    messages: tuple[int, ...]
    held: float
    rows: float
    cells: float


def rows_shared(shape: Shape, n_processes: int) -> StepCost:
    """Count a step of which each process has some rows, and all of the network.

    Each matrix is multiplied three times: for the output, for its own gradient and, but the first one, for
    the slope of what it was given. Gradients of all parameters are summed, and two figures of the batch.

    Of memory: parameters are read on the way there and back, gradients written and read, and the update reads
    and writes parameters and moments. Of what is as large as a batch: rows are read for the output, the loss
    and the first gradient, output and slope are written and read, the slope twice.
    """
    own = shape.batch / n_processes
    products = 3 * shape.weights - shape.features * shape.width
    cells = own * shape.features
    moved = NUMBER * ((2 + 2 + 6) * shape.parameters + (3 + 2 + 3) * cells)
    messages = (*(NUMBER * size for size in shape.arrays), NUMBER, NUMBER)
    # Gradients before their sum and after it.
    held = NUMBER * (1 + 2 + min(n_processes, 2)) * shape.parameters
    return StepCost(2 * own * products, moved, messages, held, NUMBER * cells, cells)


def features_shared(shape: Shape, n_processes: int) -> StepCost:
    """Count a step of which each process has some features, of all rows, with what belongs to them.

    What the first layer sums up is summed over all, and the last hidden layer's slope with the losses and the
    absolute errors of the rows. What lies between the two wide matrices every process does for all rows.
    """
    own = math.ceil(shape.features / n_processes)
    task = WideTask(own, shape.batch, 1, shape.width, shape.batch)
    inner = 3 * (shape.weights - 2 * shape.features * shape.width)
    hidden = NUMBER * shape.batch * shape.width
    messages = (hidden, hidden + 2 * NUMBER * shape.batch)
    # Gradients of what is wide are used block by block.
    held = NUMBER * ((1 + 2) * (2 * task.matrix_cells + own) + (1 + 2 + 1) * shape.inner_parameters)
    cells = float(shape.batch * own)
    operations = task.operations() + 2 * shape.batch * inner
    return StepCost(operations, task.moved_bytes(tied=False), messages, held, NUMBER * cells, cells)


def ring_seconds(n_bytes: float, n_hosts: int, hop: float, rate: float) -> float:
    """Say how long it takes to sum an array by a ring, as gloo does.

    Each host hands a part of the array on 2 (hosts - 1) times, each after the one before, and so twice the
    array in all, less its own part.

    Parameters
    ----------
    n_bytes : float
        Of the array.
    n_hosts : int
        How many sum.
    hop : float
        Seconds until a message without content is there.
    rate : float
        Bytes a second from one host to the next.

    Returns
    -------
    float
    """
    n_hops = 2 * (n_hosts - 1)
    return n_hops * (hop + n_bytes / n_hosts / rate)
