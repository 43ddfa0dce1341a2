"""Choices: everything an estimator's parameters settle, under one set of names for all estimators."""

from __future__ import annotations

from typing import Any

from diabolo.core.bottlenecks import Bottleneck, Gaussian, Plain, TopK
from diabolo.parameters.checks import checked_noise, filled
from diabolo.parameters.families import AllParameters
from diabolo.parameters.named_settings import BOTTLENECKS, OPTIMIZERS, SCHEDULES
from diabolo.parameters.training import Training
from diabolo.training.settings import TrainingSettings

__all__ = ["Choices", "choices_of"]


class Choices(AllParameters):
    """What an autoencoder is and how it is trained: an estimator's parameters and, for the rest, defaults.

    An estimator that lacks a parameter takes the default from here; one that names a thing in its own way
    says so in its ``_choices`` method.

    Parameters
    ----------
    owner : str
        The estimator's name.
    network : {"dense", "convolutional"}
        Its kind of layers.
    **given
        Parameters, by name.
    """

    def __init__(self, owner: str, network: str = "dense", **given: Any) -> None:
        super().__init__(**given)
        self.owner, self.network = owner, network

    def but(self, **changes: Any) -> Choices:
        """Return the same with some parameters changed."""
        return Choices(**{**vars(self), **changes})

    @property
    def bottleneck_settings(self) -> dict[str, float]:
        """All settings of the bottleneck."""
        return self._filled("bottleneck_params", self.bottleneck, BOTTLENECKS)

    @property
    def width_factor(self) -> int:
        """How many numbers the encoder gives for each of the code's."""
        return Gaussian.width_factor if self.bottleneck == "gaussian" else Plain.width_factor

    @property
    def noise_settings(self) -> dict[str, Any] | None:
        """All settings of the noise, or None."""
        return checked_noise(self.owner, self.noise)

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
            seed=seed,
            optimizer_settings=self._filled("optimizer_params", self.optimizer, OPTIMIZERS),
            schedule_settings=self._filled("schedule_params", self.learning_rate_schedule, SCHEDULES),
            kl_warmup_epochs=self.bottleneck_settings.get("warmup_epochs", 0.0),
            **{name: getattr(self, name) for name in Training.PARAMETERS},
        )

    def _filled(self, parameter: str, chosen: str, table: Any) -> dict[str, float]:
        found = filled(self.owner, parameter, chosen, table, getattr(self, parameter))
        return {name: float(value) for name, value in found.items()}


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
    known = AllParameters.PARAMETERS
    given = {
        name: known[name].kind.canonical(value)
        for name, value in estimator.get_params(deep=False).items()
        if name in known
    }
    return Choices(type(estimator).__name__, **{**given, **estimator._choices()})
