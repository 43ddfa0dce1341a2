"""The sparse autoencoder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from diabolo.estimators._base import AutoencoderBase, store_parameters

if TYPE_CHECKING:
    import numpy as np

__all__ = ["SparseAutoencoder"]


class SparseAutoencoder(AutoencoderBase):
    """An autoencoder of dense layers whose code has few active units for each row.

    The code is commonly wider than the rows: each unit comes to stand for a part that some rows have.

    Parameters
    ----------
    n_components : int, default 64
        Width of the code; it may exceed the number of features.
    sparsity : {"kl", "l1", "topk"}, default "kl"
        What makes the code sparse. "kl" charges the divergence of ``sparsity_target`` from each unit's mean
        activation, summed over units; "l1" the sum of the absolute activations; "topk" keeps each row's ``k``
        largest numbers and sets the others to 0.
    sparsity_weight : float, default 0.1
        Weight of "kl" or "l1" beside the loss, which is a mean over cells. Ng's notes weigh half the sum over
        features instead: 2 / n_features times their weights gives the same minimum here.
    sparsity_target : float, default 0.05
        The mean activation that "kl" wishes each unit to have, between 0 and 1. Where a batch has fewer than
        1,000 rows, the mean runs over about as many.
    k : int or None, default None
        Numbers kept by "topk"; None is an eighth of ``n_components``, at least 1.
    weight_decay : float, default 0.0
        Weight of half the sum of the squares of the matrices.
    hidden_layer_sizes : tuple of int, default ()
        Widths of the encoder's hidden layers; the decoder mirrors them.
    code_activation : str, default "auto"
        Of the code: "auto" is the sigmoid for "kl", the rectifier for "l1" and linear for "topk". "kl" takes
        "tanh" too, mapped by (1 + code) / 2.
    noise : float, dict or None, default None
        As in :class:`DenoisingAutoencoder`.
    activation, output_activation, tied_weights, initializer, loss, huber_delta, scale, missing, \
optimizer, optimizer_params, learning_rate, learning_rate_schedule, schedule_params, \
max_gradient_norm, batch_size, max_epochs, shuffle, validation_fraction, early_stopping, \
n_iter_no_change, tol, random_state, device, max_memory, verbose
        As in :class:`Autoencoder`, whose fitted attributes this has too. ``history_`` has ``kl_sparsity`` or
        ``l1_sparsity``, before the weight.

    References
    ----------
    A. Ng, Sparse autoencoder, CS294A lecture notes, Stanford, 2011. A. Makhzani and B. Frey, k-sparse
    autoencoders, ICLR 2014. L. Gao et al., Scaling and evaluating sparse autoencoders, ICLR 2025.

    Examples
    --------
    >>> from diabolo import SparseAutoencoder
    >>> from diabolo.datasets import load_digits
    >>> X, _ = load_digits()
    >>> sparse = SparseAutoencoder(192, sparsity="topk", k=5, max_epochs=5, random_state=0)
    >>> codes = sparse.fit_transform(X)
    >>> set((codes != 0).sum(axis=1).tolist())
    {5}
    """

    def __init__(
        self,
        n_components: int = 64,
        *,
        sparsity: str = "kl",
        sparsity_weight: float = 0.1,
        sparsity_target: float = 0.05,
        k: int | None = None,
        weight_decay: float = 0.0,
        hidden_layer_sizes: tuple[int, ...] = (),
        activation: str = "relu",
        code_activation: str = "auto",
        output_activation: str = "auto",
        tied_weights: bool = False,
        initializer: str = "glorot_uniform",
        noise: float | Mapping[str, Any] | None = None,
        loss: str = "squared_error",
        huber_delta: float = 1.0,
        scale: str | None = None,
        missing: str = "error",
        optimizer: str = "adam",
        optimizer_params: Mapping[str, float] | None = None,
        learning_rate: float = 1e-3,
        learning_rate_schedule: str = "constant",
        schedule_params: Mapping[str, float] | None = None,
        max_gradient_norm: float | None = None,
        batch_size: int = 32,
        max_epochs: int = 100,
        shuffle: bool = True,
        validation_fraction: float | None = None,
        early_stopping: bool = False,
        n_iter_no_change: int = 10,
        tol: float = 1e-4,
        random_state: int | np.random.RandomState | None = None,
        device: str | None = None,
        max_memory: int | str | None = None,
        verbose: int | str = 0,
    ) -> None:
        store_parameters(self, locals())

    def _choices(self) -> dict[str, Any]:
        default_activation = {"kl": "sigmoid", "l1": "relu"}.get(self.sparsity, "linear")
        penalty = {"weight_decay": self.weight_decay}
        choices: dict[str, Any] = {"penalty": penalty}
        if self.code_activation == "auto":
            choices["code_activation"] = default_activation
        if self.sparsity == "topk":
            k = max(self.n_components // 8, 1) if self.k is None else self.k
            return {**choices, "bottleneck": "topk", "bottleneck_params": {"k": k}}
        penalty[f"{self.sparsity}_sparsity"] = self.sparsity_weight
        return choices
