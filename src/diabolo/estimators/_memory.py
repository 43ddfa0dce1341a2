"""What a fit will take of memory, worked out before a row is read."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from diabolo.core.corruption import corruption_of
from diabolo.core.objectives import Objective
from diabolo.core.wide_network import wide_ends
from diabolo.data.memory import memory_bytes, shown_bytes
from diabolo.data.source import Source
from diabolo.data.statistics import BLOCK_CELLS, tile_shape
from diabolo.errors import ParameterError
from diabolo.estimators._choices import Choices
from diabolo.estimators._linear_start import start_bytes
from diabolo.estimators._networks import network_shape, new_network
from diabolo.estimators._own_functions import loss_of, penalties_of
from diabolo.messages import setting
from diabolo.training.compilation import compiler_bytes
from diabolo.training.optimizers import OPTIMIZERS
from diabolo.training.own_optimizer import OwnOptimizer
from diabolo.training.packing import layout_of
from diabolo.training.placement import choose_placement, is_resident, planned_buffers
from diabolo.training.process_memory import give_back_memory, resident_bytes
from diabolo.training.step_memory import step_bytes

__all__ = ["DEFAULT_BUFFER", "MemoryPlan", "memory_plan", "planned_memory"]

DEFAULT_BUFFER = 2**29
"""For the rows of a table on disk, where no limit says otherwise."""


@dataclass(frozen=True)
class MemoryPlan:
    """What a fit takes, part by part, in bytes.

    Parameters
    ----------
    parts : dict of str to int
        By name, what is there while the network is trained.
    start : int
        What is there at the most before that.
    buffer_bytes, validation_bytes : int
        For the rows of a table on disk, and for those of one to validate on; what they take of it is among
        the parts.
    limit : int or None
        What the process may take.
    rows_shuffled : int
        Rows of a table on disk that are shuffled together; 0 for a table in memory.
    """

    parts: dict[str, int]
    start: int
    buffer_bytes: int
    validation_bytes: int
    limit: int | None
    rows_shuffled: int

    @property
    def total(self) -> int:
        """Bytes at the most."""
        return max(sum(self.parts.values()), self.start)

    @property
    def listed(self) -> str:
        """The parts as text."""
        return ", ".join(f"{name} {shown_bytes(size)}" for name, size in self.parts.items() if size)

    def text(self) -> str:
        """Write the plan in one line."""
        limit = "" if self.limit is None else f" of {shown_bytes(self.limit)} allowed"
        more = f"; {self.rows_shuffled:,} rows are shuffled together" if self.rows_shuffled else ""
        return f"memory: {shown_bytes(self.total)}{limit} ({self.listed}){more}"


def planned_memory(
    choices: Choices, rows: Source, image_shape: Any, y: Any, n_validation: int = 0, n_networks: int = 1
) -> MemoryPlan:
    """Work out what a fit takes, and refuse what does not fit.

    Parameters
    ----------
    choices : Choices
        Checked.
    rows : Source
        The table.
    image_shape : tuple or None
        Of a row that is an image.
    y : array-like or None
        What the code must predict.
    n_validation : int, default 0
        Rows of another table on disk, to validate on.
    n_networks : int, default 1
        How many are trained side by side.

    Returns
    -------
    MemoryPlan

    Raises
    ------
    ParameterError
        With what would fit.
    """
    limit = None if choices.max_memory is None else memory_bytes(choices.max_memory)
    if limit is not None:
        give_back_memory()  # what another fit has left free is not counted against this one

    def plan_of(choices: Choices) -> MemoryPlan:
        return memory_plan(choices, rows, image_shape, y is not None, limit, n_validation, n_networks)

    plan = plan_of(choices)
    if limit is not None and plan.total > limit:
        fitting = []
        for family in _lighter(choices):
            # The first that fits is the one that changes the least.
            for words, other in family:
                total = plan_of(other).total
                if total <= limit:
                    fitting.append(f"{words} ({shown_bytes(total)})")
                    break
        what = f"try {', or '.join(fitting)}" if fitting else "screen the features first, or allow more"
        raise ParameterError(
            f"{choices.owner}: {setting('max_memory', choices.max_memory)} is too little for this fit, which "
            f"takes {shown_bytes(plan.total)} ({plan.listed}); {what}."
        )
    if choices.verbose and not rows.in_memory:
        print(plan.text(), flush=True)
    return plan


def memory_plan(
    choices: Choices,
    rows: Source,
    image_shape: Any,
    is_guided: bool,
    limit: int | None,
    n_validation: int = 0,
    n_networks: int = 1,
) -> MemoryPlan:
    """Work out what a fit takes; parameters as of `planned_memory`, and those below.

    Parameters
    ----------
    is_guided : bool
        Whether rows have a target.
    limit : int or None
        What the process may take, which rows of a table on disk fill; 0 for the least that they need.

    Returns
    -------
    MemoryPlan
    """
    n_rows, n_features = rows.shape
    on_disk = not rows.in_memory
    network = _network(choices, n_features, image_shape, is_guided, limit)
    parameters, narrow, n_ends = (0, 0, False) if network is None else _parameters(choices, network)
    slots = _slot_bytes(choices, network, parameters)
    batch_size = int(choices.batch_size)
    batch = 4 * min(batch_size, n_rows) * (n_features + is_guided)
    # In blocks a step holds its batch, and what is done to it; as a whole also the output, the loss and
    # their derivatives.
    copies = 1 + (choices.noise is not None) + (choices.missing == "mask")
    copies += (1 if choices.tied_weights else 0) if n_ends else 4
    step = copies * batch
    if limit is not None and (choices.network != "dense" or choices.encoder is not None):
        step = max(step, batch + _step_bytes(choices, network, n_features, min(batch_size, n_rows)))
    keeps_best = choices.early_stopping or choices.may_choose_length
    statistics = 8 * n_features * (4 if choices.scale is None else 6)
    parts = {
        "this process": resident_bytes(),
        "compiler": compiler_bytes(),
        "parameters": 4 * parameters * n_networks,
        "the best epoch": 4 * parameters * n_networks * keeps_best,
        "optimizer": slots * n_networks,
        "gradients": 4 * (narrow if n_ends else parameters),
        "a step": step,
        "column statistics": statistics,
    }
    fixed = sum(parts.values())
    row_bytes = 4 * (n_features + is_guided)
    start = parts["this process"] + 2 * statistics
    if choices.starts_linear:
        start += start_bytes(n_rows, n_features, int(choices.n_components or 1), is_guided=is_guided)
    if not on_disk:
        # In memory the table goes to the device by small chunks, or once as a whole.
        placement = choose_placement(choices.device)
        whole, on_device = row_bytes * n_rows, placement.rows_room()
        fits = None if on_device is None else whole <= on_device
        by_chunks = min(2**25 + 2 * batch_size * row_bytes, whole)
        held = 0 if rows.is_compressed or limit is not None else rows.nbytes
        is_whole = is_resident(whole, held, placement.platform, fits)
        parts["rows"] = n_networks * (whole if is_whole else by_chunks)
        fixed += parts["rows"]
    room = DEFAULT_BUFFER if limit is None else max(limit - fixed, 0)
    own = room // 4 if n_validation else 0
    validation = planned_buffers(own, n_validation, row_bytes, batch_size).nbytes if n_validation else 0
    if not on_disk:
        parts["rows"] += validation
        return MemoryPlan(parts, start, room - own, own, limit, 0)
    buffers = planned_buffers(room - own, n_rows, row_bytes, batch_size)
    parts["rows"] = buffers.nbytes + validation
    # The first pass carries what is left of a block over into the next.
    carried = tile_shape(n_features)[0] if rows.block[0] > 1 else 0
    block = min(rows.rows_at_once(BLOCK_CELLS) + carried, n_rows) * n_features * rows.dtype.itemsize
    packed = parts["this process"] + parts["compiler"] + 8 * parameters + slots
    start = max(start + block, packed)
    return MemoryPlan(parts, start, room - own, own, limit, buffers.pool_rows)


def _network(choices: Choices, n_features: int, image_shape: Any, is_guided: bool, limit: int | None) -> Any:
    """Describe a network; one of the user's own is made where there is a limit, and else not counted."""
    if choices.encoder is not None:
        return None if limit is None else new_network(choices, n_features, image_shape, int(is_guided), 0)
    width = int(choices.n_components or 1)
    return network_shape(choices, n_features, image_shape, width, int(is_guided))


def _parameters(choices: Choices, network: Any) -> tuple[int, int, bool]:
    """Count a network's numbers, those of them outside wide ends, and say whether it has such ends."""
    sizes = [math.prod(leaf) for leaf in layout_of(network).shapes]
    (loss, _), (penalties, own) = loss_of(choices), penalties_of(choices)
    ends = None
    is_whole = choices.max_gradient_norm is not None or not isinstance(choices.optimizer, str)
    if not is_whole and choices.bottleneck != "topk" and choices.categories is None:
        ends = wide_ends(network, Objective(loss, "linear", penalties=penalties, own_penalty=own))
    narrow = sum(size for leaf, size in enumerate(sizes) if ends is None or leaf not in ends.leaves)
    return sum(sizes), narrow, ends is not None


def _slot_bytes(choices: Choices, network: Any, parameters: int) -> int:
    """Say what the optimizer's arrays take."""
    if not isinstance(choices.optimizer, str):
        return 0 if network is None else OwnOptimizer(choices.optimizer).n_bytes(network)
    optimizer = OPTIMIZERS[choices.optimizer]
    return parameters * len(optimizer.slots) * np.dtype(optimizer.slot_dtype).itemsize


def _step_bytes(choices: Choices, network: Any, n_features: int, n_rows: int) -> int:
    """Ask the compiler what a step takes beside what it is handed, where that is this process's memory."""
    if choose_placement(choices.device).platform != "cpu":
        return 0
    network = getattr(network, "network", network)  # without the head of one that is guided
    width = max(int(choices.n_components or 1), 1)
    # What numbers say does not change what a step takes.
    noise = corruption_of(choices.noise_settings, lambda: (0.0, 1.0), lambda: np.zeros(n_features))
    (loss, loss_settings), (penalties, own) = loss_of(choices), penalties_of(choices)
    objective = Objective(
        loss,
        "linear",
        loss_settings,
        choices.made_bottleneck(width, n_features, n_rows),
        noise,
        penalties,
        choices.code_activation,
        missing_fill=np.zeros(n_features, np.float32) if choices.missing == "mask" else None,
        own_penalty=own,
    )
    try:
        return step_bytes(network, objective, n_features, n_rows, width)
    except Exception:
        if own is None and isinstance(loss, str):
            raise
        return 0  # of what the user's own functions raise is spoken where they are looked at


def _lighter(choices: Choices) -> Iterator[list[tuple[str, Choices]]]:
    """Yield, for each parameter that could be changed, values that take less and less."""

    def other(name: str, *values: Any, **more: Any) -> list[tuple[str, Choices]]:
        return [(setting(name, value), choices.but(**{name: value, **more})) for value in values]

    def quarters(size: Any) -> list[int]:
        return [part for part in (int(size) // 4**n for n in range(1, 16)) if part >= 8]

    yield other("batch_size", *quarters(choices.batch_size))
    if not choices.tied_weights and choices.network == "dense":
        yield other("tied_weights", True)
    if choices.optimizer == "adam":
        yield other("optimizer", "adam16")
    if isinstance(choices.optimizer, str) and len(OPTIMIZERS[choices.optimizer].slots) > 1:
        yield other("optimizer", "sgd", optimizer_params=None)
    hidden = choices.hidden_layer_sizes
    first = hidden[0] if hidden else choices.n_components
    if choices.network != "dense" or first is None:
        return
    widths = quarters(first)
    if not hidden:
        yield other("n_components", *widths)
    else:
        yield other(
            "hidden_layer_sizes",
            *((width, *(min(int(size), width) for size in hidden[1:])) for width in widths),
        )
