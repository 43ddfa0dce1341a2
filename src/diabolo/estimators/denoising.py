"""The denoising autoencoder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from diabolo.estimators._base import AutoencoderBase, store_parameters

if TYPE_CHECKING:
    import numpy as np

__all__ = ["DenoisingAutoencoder"]


class DenoisingAutoencoder(AutoencoderBase):
    """An autoencoder of dense layers that learns to undo noise.

    In training the encoder sees a noisy version of each row, new at every step, and the decoder is to give
    back the clean row. ``transform`` and ``reconstruct`` add no noise: ``reconstruct`` of noisy rows cleans
    them.

    Parameters
    ----------
    n_components : int, default 2
        Width of the code. It may exceed the number of features: noise keeps the network from copying.
    noise : float or dict, default 0.2
        In scaled units. A number is the standard deviation of Gaussian noise. A dictionary has a ``"kind"``
        and settings: "gaussian" (standard_deviation 0.2; clip None, "data" for the range of the training
        rows, or (low, high)), "masking" (fraction 0.25 of the cells; fill "zero" or "mean", each column's) or
        "salt_and_pepper" (fraction 0.1; range "data" or (low, high), half of the cells each).
    hidden_layer_sizes : tuple of int, default (32,)
        Widths of the encoder's hidden layers; the decoder mirrors them.
    pretrain : {"layerwise"} or None, default None
        "layerwise" first trains each layer as a denoising autoencoder of its own: a stacked denoising
        autoencoder.
    activation, code_activation, output_activation, tied_weights, initializer, loss, huber_delta, \
penalty, sparsity_target, pretrain_epochs, scale, missing, optimizer, optimizer_params, \
learning_rate, learning_rate_schedule, schedule_params, max_gradient_norm, batch_size, max_epochs, \
shuffle, validation_fraction, early_stopping, n_iter_no_change, tol, random_state, device, \
max_memory, verbose
        As in :class:`Autoencoder`, whose fitted attributes this has too. Held-out rows are measured clean.

    See Also
    --------
    add_noise : Noisy copies of rows, to try a fitted denoiser on.

    References
    ----------
    P. Vincent et al., Stacked denoising autoencoders: learning useful representations in a deep network with
    a local denoising criterion, JMLR 11, 2010.

    Examples
    --------
    >>> import diabolo
    >>> from diabolo.datasets import load_digits
    >>> X, _ = load_digits()
    >>> noisy = diabolo.add_noise(X, 0.3, random_state=1)
    >>> denoiser = diabolo.DenoisingAutoencoder(16, noise=0.3, max_epochs=20, random_state=0).fit(X)
    >>> cleaned = denoiser.reconstruct(noisy)
    >>> bool(((cleaned - X) ** 2).mean() < ((noisy - X) ** 2).mean() / 2)
    True
    """

    def __init__(
        self,
        n_components: int = 2,
        *,
        noise: float | Mapping[str, Any] | None = 0.2,
        hidden_layer_sizes: tuple[int, ...] = (32,),
        activation: str = "relu",
        code_activation: str = "linear",
        output_activation: str = "auto",
        tied_weights: bool = False,
        initializer: str = "glorot_uniform",
        loss: str = "squared_error",
        huber_delta: float = 1.0,
        penalty: Mapping[str, float] | None = None,
        sparsity_target: float = 0.05,
        pretrain: str | None = None,
        pretrain_epochs: int = 10,
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
