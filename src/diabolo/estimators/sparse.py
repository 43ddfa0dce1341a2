"""The sparse autoencoder."""

from __future__ import annotations

from typing import Any

from diabolo.estimators._base import AutoencoderBase
from diabolo.parameters.families import SparseParameters
from diabolo.parameters.parameter import documented

__all__ = ["SparseAutoencoder"]


@documented
class SparseAutoencoder(AutoencoderBase, SparseParameters):
    """An autoencoder of dense layers whose code has few active units for each row.

    The code is commonly wider than the rows: each unit comes to stand for a part that some rows have.

    The fitted attributes are those of :class:`Autoencoder`; ``history_`` has ``kl_sparsity`` or
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
