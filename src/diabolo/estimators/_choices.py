"""Choices: everything an estimator's parameters settle, under one set of names for all estimators."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from diabolo.core.bottlenecks import Bottleneck, Gaussian, Plain, TopK
from diabolo.estimators._noise import check_noise
from diabolo.estimators._parameters import named_settings, optimizer_settings, schedule_settings
from diabolo.training.settings import TrainingSettings

__all__ = ["BOTTLENECKS", "Choices", "choices_of"]

BOTTLENECKS: dict[str, dict[str, float]] = {
    "plain": {},
    "topk": {"k": 0, "auxiliary_weight": 1 / 32, "dead_epochs": 1.0},
    "gaussian": {"beta": 1.0, "warmup_epochs": 0.0},
}
"""Bottlenecks and their settings; k has no default, which 0 stands for."""


@dataclass(frozen=True)
class Choices:
    """What an autoencoder is and how it is trained: an estimator's parameters and, for the rest, defaults.

    An estimator that lacks a parameter takes the default from here; one that names a thing in its own way
    says so in its ``_choices`` method.
    """

    n_components: int | None = 2
    network: str = "dense"
    hidden_layer_sizes: tuple[int, ...] = (32,)
    activation: str = "relu"
    code_activation: str = "linear"
    output_activation: str = "auto"
    tied_weights: bool = False
    initializer: str = "glorot_uniform"
    encoder: Any = None
    decoder: Any = None
    filters: tuple[int, ...] = (32, 32)
    kernel_size: int | tuple[int, int] = 3
    downsample: str = "maxpool"
    upsample: str = "nearest"
    image_shape: tuple[int, ...] | None = None
    bottleneck: str = "plain"
    bottleneck_params: Mapping[str, Any] | None = None
    noise: Any = None
    loss: str = "squared_error"
    huber_delta: float = 1.0
    penalty: Mapping[str, float] | None = None
    sparsity_target: float = 0.05
    supervision_weight: float = 0.0
    supervision: str = "auto"
    pretrain: str | None = None
    pretrain_epochs: int = 10
    scale: Literal["minmax", "standard", "maxabs", "center"] | None = None
    missing: str = "error"
    optimizer: str = "adam"
    optimizer_params: Mapping[str, float] | None = None
    learning_rate: float = 1e-3
    learning_rate_schedule: str = "constant"
    schedule_params: Mapping[str, float] | None = None
    max_gradient_norm: float | None = None
    batch_size: int = 32
    max_epochs: int = 100
    shuffle: bool = True
    validation_fraction: float | None = None
    early_stopping: bool = False
    n_iter_no_change: int = 10
    tol: float = 1e-4
    device: str | None = None
    max_memory: int | str | None = None
    verbose: int | str = 0
    owner: str = field(default="Autoencoder", kw_only=True)

    @property
    def bottleneck_settings(self) -> dict[str, float]:
        """All settings of the bottleneck."""
        return named_settings(
            self.owner,
            "bottleneck_params",
            self.bottleneck,
            BOTTLENECKS[self.bottleneck],
            self.bottleneck_params,
        )

    @property
    def width_factor(self) -> int:
        """How many numbers the encoder gives for each of the code's."""
        return Gaussian.width_factor if self.bottleneck == "gaussian" else Plain.width_factor

    @property
    def noise_settings(self) -> dict[str, Any] | None:
        """All settings of the noise, or None."""
        return check_noise(self.owner, self.noise)

    @property
    def is_guided(self) -> bool:
        """Whether the code must predict a target."""
        return self.supervision_weight > 0

    def made_bottleneck(self, n_components: int, n_features: int, n_rows: int) -> Bottleneck:
        """Make the bottleneck for a code of this width.

        Parameters
        ----------
        n_components, n_features : int
            Widths of the code and of a row.
        n_rows : int
            Rows in an epoch.

        Returns
        -------
        Bottleneck
        """
        settings = self.bottleneck_settings
        if self.bottleneck == "gaussian":
            return Gaussian(settings["beta"])
        if self.bottleneck == "topk":
            # As many helpers as half the features: enough to span most of what is left to rebuild.
            helpers = min(n_components, max(n_features // 2, 1))
            dead_after = settings["dead_epochs"] * -(-n_rows // int(self.batch_size))
            return TopK(int(settings["k"]), helpers, settings["auxiliary_weight"], dead_after)
        return Plain()

    def training_settings(self, seed: int) -> TrainingSettings:
        """Gather what the engine needs to know.

        Parameters
        ----------
        seed : int
            Of everything random.

        Returns
        -------
        TrainingSettings
        """
        return TrainingSettings(
            optimizer=self.optimizer,
            optimizer_settings=optimizer_settings(self.owner, self.optimizer, self.optimizer_params),
            learning_rate=float(self.learning_rate),
            schedule=self.learning_rate_schedule,
            schedule_settings=schedule_settings(
                self.owner, self.learning_rate_schedule, self.schedule_params
            ),
            max_gradient_norm=self.max_gradient_norm,
            batch_size=int(self.batch_size),
            max_epochs=int(self.max_epochs),
            shuffle=bool(self.shuffle),
            early_stopping=bool(self.early_stopping),
            n_iter_no_change=int(self.n_iter_no_change),
            tol=float(self.tol),
            seed=seed,
            kl_warmup_epochs=self.bottleneck_settings.get("warmup_epochs", 0.0),
        )


_NAMES = {entry.name for entry in fields(Choices)}


def choices_of(estimator: Any) -> Choices:
    """Gather an estimator's choices; its parameters have been checked one by one.

    Parameters
    ----------
    estimator : estimator
        Any of Diabolo's.

    Returns
    -------
    Choices
    """
    given = {name: value for name, value in estimator.get_params(deep=False).items() if name in _NAMES}
    return Choices(**{**given, **estimator._choices()}, owner=type(estimator).__name__)
