"""PyTorch, eagerly, on tensors in memory: no DataLoader, whose cost would hide the network's."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
import torch
import torch._dynamo  # Adam imports it at its first step: seconds of importing, not of training
from torch import nn

from benchmarks.fitted import Fitted
from benchmarks.task import Task
from benchmarks.threads import THREADS
from benchmarks.weights import Layer

PACKAGES = ("torch", "numpy")
ACTIVATIONS = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid}

NOTE = ""

torch.set_num_threads(THREADS)
torch.set_num_interop_threads(THREADS)


def build(task: Task, layers: Sequence[Layer]) -> nn.Sequential:
    """Build the network, holding the given weights."""
    modules: list[nn.Module] = []
    for (kernel, bias), activation in zip(layers, task.activations(), strict=True):
        linear = nn.Linear(*kernel.shape)
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(kernel.T))
            linear.bias.copy_(torch.from_numpy(bias))
        modules += [linear, ACTIVATIONS[activation]()]
    return nn.Sequential(*modules)


def fit(task: Task, X: np.ndarray, layers: Sequence[Layer], seed: int, fused: bool | None = None) -> Fitted:
    """Train with the loop every tutorial has; no running loss is kept, which favours PyTorch a little.

    ``fused`` is Adam's: left out, a CPU gets torch.optim.Adam's default, a loop over the parameters.
    """
    ends = [time.perf_counter()]
    rng = np.random.default_rng(seed)
    rows = torch.from_numpy(X)
    network = build(task, layers)
    adam = torch.optim.Adam(
        network.parameters(),
        task.learning_rate,
        betas=(task.beta_1, task.beta_2),
        eps=task.epsilon,
        fused=fused,
    )
    mean_squared_error = nn.MSELoss()
    for _ in range(task.epochs):
        for chosen in torch.from_numpy(rng.permutation(len(X))).split(task.batch_size):
            batch = rows[chosen]
            adam.zero_grad()
            mean_squared_error(network(batch), batch).backward()
            adam.step()
        ends.append(time.perf_counter())

    def reconstruct(rows: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            return network(torch.from_numpy(rows)).numpy()

    return Fitted(reconstruct, np.diff(ends).tolist())
