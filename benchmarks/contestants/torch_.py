"""PyTorch, eagerly, on tensors in memory: no DataLoader, whose cost would hide the network's."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
import torch
import torch._dynamo  # Adam imports it at its first step: seconds of importing, not of training
from torch import nn

from benchmarks.contestants import Fitted
from benchmarks.network import ConvolutionalNetwork, DenseNetwork, Step
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
    network = task.network
    if isinstance(network, DenseNetwork):
        modules = [
            module
            for (kernel, bias), activation in zip(layers, task.activations(), strict=True)
            for module in (
                _holding(nn.Linear(*kernel.shape), kernel.T, bias),
                ACTIVATIONS[activation](),
            )
        ]
        return nn.Sequential(*modules)
    return _convolutional(task, network, layers)


def _convolutional(task: Task, network: ConvolutionalNetwork, layers: Sequence[Layer]) -> nn.Sequential:
    """Build a network for images in channels-last memory, which its CPU kernels like best."""
    modules: list[nn.Module] = []
    given = iter(zip(layers, task.activations(), strict=True))
    for step in network.steps():
        if step.operation == "pool":
            modules.append(nn.MaxPool2d(2))
        elif step.operation == "repeat":
            modules.append(nn.Upsample(scale_factor=2))
        else:
            (kernel, bias), activation = next(given)
            modules += [_convolution(step, kernel, bias), ACTIVATIONS[activation]()]
    return nn.Sequential(*modules).to(memory_format=torch.channels_last)


def _convolution(step: Step, kernel: np.ndarray, bias: np.ndarray) -> nn.Module:
    """Pad alike on both sides, as PyTorch's users do; Keras pads an even size more on one side."""
    padding = kernel.shape[0] // 2
    if step.operation == "convolve_transposed":
        transposed = nn.ConvTranspose2d(
            step.inputs, step.outputs, kernel.shape[0], step.stride, padding, output_padding=step.stride - 1
        )
        return _holding(transposed, kernel.transpose(2, 3, 0, 1), bias)
    plain = nn.Conv2d(step.inputs, step.outputs, kernel.shape[0], step.stride, padding)
    return _holding(plain, kernel.transpose(3, 2, 0, 1), bias)


def _holding(module: nn.Module, weight: np.ndarray, bias: np.ndarray) -> nn.Module:
    with torch.no_grad():
        module.weight.copy_(torch.from_numpy(weight))
        module.bias.copy_(torch.from_numpy(bias))
    return module


def _inputs(task: Task, X: np.ndarray) -> torch.Tensor:
    """View the rows as the network takes them: an image with channels first in shape, last in memory."""
    rows = torch.from_numpy(X)
    if isinstance(task.network, DenseNetwork):
        return rows
    return rows.view(-1, *task.network.image_shape).permute(0, 3, 1, 2)


def fit(task: Task, X: np.ndarray, layers: Sequence[Layer], seed: int, fused: bool | None = None) -> Fitted:
    """Train with the loop every tutorial has; no running loss is kept, which favors PyTorch a little.

    ``fused`` is Adam's: left out, a CPU gets torch.optim.Adam's default, a loop over the parameters.
    """
    ends = [time.perf_counter()]
    rng = np.random.default_rng(seed)
    rows = _inputs(task, X)
    network = build(task, layers)
    adam = torch.optim.Adam(
        network.parameters(),
        task.learning_rate,
        betas=(task.beta_1, task.beta_2),
        eps=task.epsilon,
        fused=fused,
    )
    # On logits the cross-entropy needs no second pass for the sigmoid, and is finite.
    on_logits = task.loss == "binary_cross_entropy"
    mean_loss = nn.BCEWithLogitsLoss() if on_logits else nn.MSELoss()
    trained = network[:-1] if on_logits else network
    for _ in range(task.epochs):
        for chosen in torch.from_numpy(rng.permutation(len(X))).split(task.batch_size):
            batch = rows[chosen]
            adam.zero_grad()
            mean_loss(trained(batch), batch).backward()
            adam.step()
        ends.append(time.perf_counter())

    def reconstruct(rows: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            output = network(_inputs(task, rows))
        return output.permute(0, 2, 3, 1).reshape(rows.shape).numpy() if output.ndim == 4 else output.numpy()

    return Fitted(reconstruct, np.diff(ends).tolist())
