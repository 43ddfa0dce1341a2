"""Train the autoencoder of half a million features by PyTorch with fused Adam; print what Diabolo's does."""

from __future__ import annotations

import itertools
import json
import sys
import time
from typing import Any

import numpy as np
import torch
import torch._dynamo  # Adam imports it at its first step
from torch import nn

from benchmarks.machine import versions
from benchmarks.peak_memory import peak_memory
from benchmarks.threads import THREADS
from benchmarks.wide_task import WideTask

torch.set_num_threads(THREADS)
torch.set_num_interop_threads(THREADS)


class Autoencoder(nn.Module):
    """Three layers and back; tied, a layer of the decoder multiplies by its counterpart's matrix."""

    def __init__(self, features: int, width: int, tied: bool) -> None:
        super().__init__()
        sizes = [features, width, width, width]
        self.encoder = nn.ModuleList(nn.Linear(a, b) for a, b in itertools.pairwise(sizes))
        self.decoder = nn.ModuleList(nn.Linear(b, a) for a, b in itertools.pairwise(sizes))
        for layer in (*self.encoder, *self.decoder):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)
        if tied:
            for layer in self.decoder:
                del layer.weight  # before the optimizer counts it
        self.tied = tied

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Rebuild rows."""
        for layer in self.encoder:
            x = torch.relu(layer(x))
        for i in reversed(range(len(self.decoder))):
            bias = self.decoder[i].bias
            weight = self.encoder[i].weight.T if self.tied else self.decoder[i].weight
            x = nn.functional.linear(x, weight, bias)
            x = torch.relu(x) if i else torch.sigmoid(x)
        return x


def main(asked: dict[str, Any]) -> dict[str, Any]:
    task = WideTask(**asked["task"])
    rows = torch.from_numpy(task.made_rows())
    before = peak_memory()
    torch.manual_seed(asked["seed"])
    order = np.random.default_rng(asked["seed"])
    network = Autoencoder(task.features, task.width, asked["tied"])
    adam = torch.optim.Adam(network.parameters(), task.learning_rate, fused=True)
    mean_loss = nn.MSELoss()
    seconds, losses = [], []
    for _ in range(task.epochs):
        started, total = time.perf_counter(), 0.0
        for chosen in torch.from_numpy(order.permutation(task.rows)).split(task.batch_size):
            batch = rows[chosen]
            adam.zero_grad()
            loss = mean_loss(network(batch), batch)
            loss.backward()
            adam.step()
            total += loss.item() * len(batch)
        seconds.append(time.perf_counter() - started)
        losses.append(total / task.rows)
    return {
        "seconds": seconds,
        "loss": losses,
        "before": before,
        "peak": peak_memory(),
        "versions": versions(("torch", "numpy")),
    }


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))
