"""Which estimator takes which parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from diabolo.parameters.categories import Categories
from diabolo.parameters.kinds import whole
from diabolo.parameters.network import (
    AUTO_OR_ACTIVATION,
    Activations,
    ChosenBottleneck,
    Code,
    CodeActivation,
    Convolutions,
    DenseLayers,
    OwnModules,
)
from diabolo.parameters.objective import (
    GuidedCode,
    KeptAndDecay,
    NoiseAndLoss,
    Penalties,
    PriorWeight,
    Sparsity,
    SparsityTarget,
)
from diabolo.parameters.parameter import ParameterSet, changed, parameter_set
from diabolo.parameters.training import Pretraining, Training

__all__ = [
    "FAMILIES",
    "AllParameters",
    "AutoencoderParameters",
    "ConvolutionalParameters",
    "DenoisingParameters",
    "SparseParameters",
    "VariationalParameters",
]


@parameter_set()
class _Dense(Code, DenseLayers, Activations, Categories):
    """Of every autoencoder of dense layers."""


@parameter_set()
class AutoencoderParameters(
    _Dense,
    CodeActivation,
    OwnModules,
    ChosenBottleneck,
    NoiseAndLoss,
    Penalties,
    SparsityTarget,
    GuidedCode,
    Pretraining,
    Training,
):
    """Of the dense autoencoder."""


@parameter_set()
class DenoisingParameters(
    _Dense, CodeActivation, OwnModules, NoiseAndLoss, Penalties, SparsityTarget, Pretraining, Training
):
    """Of the denoising autoencoder."""

    noise: float | Mapping[str, Any] | None = 0.2


@parameter_set()
class SparseParameters(
    _Dense, CodeActivation, OwnModules, Sparsity, SparsityTarget, KeptAndDecay, NoiseAndLoss, Training
):
    """Of the sparse autoencoder."""

    n_components: int = changed(default=64, kw_only=False, doc="It may exceed the number of features.")
    hidden_layer_sizes: tuple[int, ...] = ()
    code_activation: str = changed(
        default="auto",
        kind=AUTO_OR_ACTIVATION,
        doc='"auto" is the sigmoid for "kl", the rectifier for "l1" and linear for "topk". "kl" takes "tanh" '
        "too, mapped by (1 + code) / 2.",
    )


@parameter_set()
class VariationalParameters(_Dense, OwnModules, PriorWeight, NoiseAndLoss, Penalties, GuidedCode, Training):
    """Of the variational autoencoder."""


@parameter_set()
class ConvolutionalParameters(
    Code,
    Convolutions,
    Activations,
    CodeActivation,
    OwnModules,
    ChosenBottleneck,
    NoiseAndLoss,
    Penalties,
    SparsityTarget,
    GuidedCode,
    Training,
):
    """Of the convolutional autoencoder."""

    n_components: int | None = changed(  # type: ignore[assignment]
        default=None,
        kw_only=False,
        kind=whole().or_none(" for the maps as the code"),
        doc="A dense code on top of the last maps; None takes the maps themselves for the code, laid out "
        "flat: of ``filters=(32, 32)`` on 28 x 28 pixels 7 x 7 x 32 = 1,568 numbers.",
    )
    code_activation: str = changed(
        default="auto",
        kind=AUTO_OR_ACTIVATION,
        doc='"auto" is ``activation`` for maps, and linear for a dense or a Gaussian code.',
    )


@parameter_set()
class AllParameters(
    Code,
    Convolutions,
    DenseLayers,
    Activations,
    Categories,
    CodeActivation,
    OwnModules,
    ChosenBottleneck,
    PriorWeight,
    Sparsity,
    SparsityTarget,
    KeptAndDecay,
    NoiseAndLoss,
    Penalties,
    GuidedCode,
    Pretraining,
    Training,
):
    """Of any of them: what may be typed before the kind is known, with the defaults of the dense one."""

    n_components: int | None = changed(  # type: ignore[assignment]
        default=2, kw_only=False, kind=whole().or_none()
    )
    code_activation: str = changed(default="linear", kind=AUTO_OR_ACTIVATION)


FAMILIES: dict[str, type[ParameterSet]] = {
    "dense": AutoencoderParameters,
    "denoising": DenoisingParameters,
    "sparse": SparseParameters,
    "variational": VariationalParameters,
    "convolutional": ConvolutionalParameters,
}
"""The kinds of autoencoder as they are typed, and what each takes."""
