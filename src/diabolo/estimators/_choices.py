"""Choices: everything an estimator's parameters settle, under one set of names for all estimators.

What cannot go together is said here, one sentence for each pair, before any row is looked at; and what an
estimator was fitted with is kept: later ``set_params`` reach the next fit, never what is fitted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from diabolo.core.bottlenecks import Bottleneck, Gaussian, Plain, TopK
from diabolo.core.linear_start import CARRYING
from diabolo.errors import OvercompleteWarning, ParameterError
from diabolo.estimators._own_functions import against_own_functions
from diabolo.estimators._sklearn import clone
from diabolo.messages import either, setting, warn_caller
from diabolo.parameters.checks import check_parameters, checked_noise, filled
from diabolo.parameters.families import AllParameters
from diabolo.parameters.kinds import Kind
from diabolo.parameters.named_settings import BOTTLENECKS, OPTIMIZERS, SCHEDULES
from diabolo.parameters.own_functions import AbsentFunction, is_optimizer
from diabolo.parameters.training import Training
from diabolo.training.settings import TrainingSettings

__all__ = [
    "Choices",
    "check_combination",
    "checked_choices",
    "choices_of",
    "choices_to_go_on",
    "fitted_parameters",
    "is_gaussian",
    "keep_parameters",
    "warn_about_width",
]


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

    def settled(self) -> Choices:
        """Return the same with all said that "auto" leaves open and rows do not decide."""
        changes: dict[str, Any] = {}
        hidden, width = self.hidden_layer_sizes, self.n_components
        if isinstance(hidden, str) and width is not None:
            changes["hidden_layer_sizes"] = (_hidden_width(int(width)),)
        known = self.but(**changes)
        if known.initializer == "auto":
            changes["initializer"] = "glorot_uniform" if known.linear_obstacle else "linear"
        if known.scale == "auto":
            is_linear = changes.get("initializer", known.initializer) == "linear"
            is_open = known.output_activation in ("auto", "linear") and known.loss != "binary_cross_entropy"
            changes["scale"] = "common" if is_linear and is_open else None
            if known.categories is not None:
                changes["scale"] = "standard"  # each column counts as much as a category
        return self.but(**changes)

    @property
    def linear_obstacle(self) -> str | None:
        """Say what keeps a network from starting at the linear answer; None where nothing does."""
        if self.network != "dense" or self.encoder is not None:
            return "Diabolo's own dense layers"
        if self.activation not in CARRYING:
            return f"an activation that can carry a number through a layer ({', '.join(CARRYING)})"
        if self.bottleneck != "plain" or self.code_activation != "linear":
            return "a plain code of which no activation is taken"
        if self.pretrain is not None:
            return f"{setting('pretrain', None)}, which trains layers from random weights"
        assert self.n_components is not None
        if any(int(size) < 2 * self.n_components for size in self.hidden_layer_sizes):
            return f"hidden layers at least twice as wide as {setting('n_components', self.n_components)}"
        return None

    @property
    def starts_linear(self) -> bool:
        """Whether the network starts at the linear answer."""
        return self.initializer == "linear"

    @property
    def may_choose_length(self) -> bool:
        """Whether held-out rows, where there are some, say how long to train."""
        return self.max_epochs == "auto" and self.starts_linear and not self.early_stopping

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
            optimizer_settings=self.optimizer_settings,
            schedule_settings=self.schedule_settings,
            kl_warmup_epochs=self.bottleneck_settings.get("warmup_epochs", 0.0),
            **{name: getattr(self, name) for name in Training.PARAMETERS},
        )

    @property
    def optimizer_settings(self) -> dict[str, float]:
        """All settings of the optimizer."""
        return self._filled("optimizer_params", self.optimizer, OPTIMIZERS)

    @property
    def schedule_settings(self) -> dict[str, float]:
        """All settings of the schedule."""
        return self._filled("schedule_params", self.learning_rate_schedule, SCHEDULES)

    def _filled(self, parameter: str, chosen: Any, table: Any) -> dict[str, float]:
        if not isinstance(chosen, str):  # one of the user's own, which has none
            return {}
        found = filled(self.owner, parameter, chosen, table, getattr(self, parameter))
        return {name: float(value) for name, value in found.items()}


def _hidden_width(n_components: int) -> int:
    """Say how wide a hidden layer is where nobody did: two units a number carry the code, others bend it."""
    return max(32, min(8 * n_components, 2 * n_components + 64))


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
    return Choices(type(estimator).__name__, **{**given, **estimator._choices()}).settled()


def is_gaussian(estimator: Any) -> bool:
    """Say whether an estimator's code is a normal distribution: as it was fitted, or else as it is to be."""
    if hasattr(estimator, "bottleneck_"):
        return isinstance(estimator.bottleneck_, Gaussian)
    own = getattr(estimator, "bottleneck", "plain")
    return bool(estimator._choices().get("bottleneck", own) == "gaussian")


_RESTRAINING = ("l1_sparsity", "kl_sparsity", "contractive")


def checked_choices(estimator: Any) -> Choices:
    """Gather an estimator's choices, each possible by itself and all of them together.

    Parameters
    ----------
    estimator : estimator
        Any of Diabolo's.

    Returns
    -------
    Choices

    Raises
    ------
    ParameterError
        For the first that cannot be.
    """
    check_parameters(type(estimator).__name__, estimator.PARAMETERS, estimator.get_params(deep=False))
    choices = choices_of(estimator)
    # Each of these looks at a dictionary's entries.
    _ = choices.noise_settings, choices.bottleneck_settings
    _ = choices.optimizer_settings, choices.schedule_settings
    check_combination(choices)
    return choices


def check_combination(choices: Choices) -> None:
    """Refuse choices that contradict each other.

    Parameters
    ----------
    choices : Choices
        Each possible by itself.

    Raises
    ------
    ParameterError
        Saying which two cannot go together, why, and what to do.
    """
    for problem in _contradictions(choices):
        raise ParameterError(f"{choices.owner}: {problem}")


def _contradictions(choices: Choices) -> Iterator[str]:
    yield from against_own_functions(choices)
    own = choices.encoder is not None or choices.decoder is not None
    if choices.starts_linear and choices.linear_obstacle:
        yield (
            f"{setting('initializer', 'linear')} needs {choices.linear_obstacle}; change that, or set "
            f"{setting('initializer', 'auto')}."
        )
    if choices.loss == "binary_cross_entropy" and choices.output_activation not in ("auto", "sigmoid"):
        yield (
            f"{setting('loss', 'binary_cross_entropy')} needs {setting('output_activation', 'sigmoid')} "
            f"(or 'auto'), got {choices.output_activation!r}; the loss is taken from the sigmoid's logits."
        )
    if choices.categories is not None:
        yield from _against_categories(choices)
    if choices.bottleneck == "gaussian" and choices.code_activation not in ("linear", "auto"):
        yield (
            f"a Gaussian bottleneck needs {setting('code_activation', 'linear')}, got "
            f"{choices.code_activation!r}; its means and log-variances can be any number."
        )
    if "kl_sparsity" in (choices.penalty or {}):
        if choices.bottleneck == "gaussian":
            yield (
                "penalty 'kl_sparsity' needs a code between 0 and 1, which a Gaussian bottleneck's is not; "
                "leave one of them."
            )
        elif choices.bottleneck == "topk":
            yield (
                f"penalty 'kl_sparsity' and {setting('bottleneck', 'topk')} both decide how many units are "
                "active; leave one of them."
            )
        elif choices.code_activation not in ("sigmoid", "tanh"):
            yield (
                "penalty 'kl_sparsity' compares mean activations with a probability and needs "
                f"{setting('code_activation', 'sigmoid')}, or 'tanh' (mapped by (1 + code) / 2), got "
                f"{choices.code_activation!r}."
            )
    if choices.bottleneck == "topk":
        k, width = choices.bottleneck_settings["k"], choices.n_components
        if not k:
            needed = either("bottleneck_params={'k': ...}", "--bottleneck-param k=N")
            yield f"{setting('bottleneck', 'topk')} needs to know how many numbers to keep; set {needed}."
        elif width is not None and k > width:
            kept = setting("k", int(k))
            yield f"{kept} numbers cannot be kept of a code of {setting('n_components', width)}."
    if (choices.encoder is None) != (choices.decoder is None):
        missing = "encoder" if choices.encoder is None else "decoder"
        yield f"{missing}=None, but an encoder and a decoder of your own go together; pass both or neither."
    if own and choices.tied_weights:
        yield (
            f"{setting('tied_weights', True)} needs Diabolo's own layers; an encoder and a decoder of your "
            f"own share nothing. Set {setting('tied_weights', False)}."
        )
    if own and choices.pretrain is not None:
        yield (
            f"{setting('pretrain', 'layerwise')} needs Diabolo's own layers; it cannot see those of your "
            f"encoder. Set {setting('pretrain', None)}."
        )


def _against_categories(choices: Choices) -> Iterator[str]:
    named = setting("categories", choices.categories)
    if choices.loss == "binary_cross_entropy":
        yield (
            f"{setting('loss', 'binary_cross_entropy')} takes all columns for numbers from 0 to 1, and "
            f"{named} names others; set {setting('loss', 'squared_error')}, by which categories have a "
            "cross-entropy of their own."
        )
    if choices.output_activation not in ("auto", "linear"):
        yield (
            f"{setting('output_activation', choices.output_activation)} bends every column, and {named} "
            f"names columns that a softmax turns to values; set {setting('output_activation', 'linear')}."
        )


def warn_about_width(choices: Choices, n_components: int, n_features: int) -> None:
    """Warn about a code wider than its input where nothing keeps it from copying.

    Parameters
    ----------
    choices : Choices
        Checked.
    n_components, n_features : int
        Widths of the code and of a row.
    """
    # A convolution's maps are as wide as they are; nobody asked for a width.
    if n_components <= n_features or choices.n_components is None:
        return
    is_restrained = choices.noise is not None or choices.bottleneck != "plain"
    charged = [name for name, weight in (choices.penalty or {}).items() if weight > 0]
    if is_restrained or any(name in _RESTRAINING or callable(name) for name in charged):
        return
    rows = either(f"n_features = {n_features} of X", f"{n_features} columns of the data")
    cure = either(
        "noise, penalty={'kl_sparsity': ...}, 'l1_sparsity' or 'contractive', or a 'topk' bottleneck",
        "--noise, or --penalty kl_sparsity=X, l1_sparsity=X or contractive=X",
    )
    message = OvercompleteWarning(
        f"{choices.owner}: a code of {setting('n_components', n_components)} is wider than the {rows} and "
        f"can copy its input, learning nothing. Ask for fewer, or give it something that forbids copying: "
        f"{cure}."
    )
    warn_caller(message)


def keep_parameters(estimator: Any) -> None:
    """Keep an estimator's parameters as those that it is fitted with."""
    estimator._fitted_parameters = {
        name: _kept(value) for name, value in estimator.get_params(deep=False).items() if name != "callbacks"
    }


def _kept(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    return clone(value) if hasattr(value, "get_params") and not isinstance(value, type) else value


def fitted_parameters(estimator: Any) -> dict[str, Any]:
    """Return the parameters that an estimator was fitted with; its present ones where it is not fitted."""
    present, kept = estimator.get_params(deep=False), vars(estimator).get("_fitted_parameters")
    # How a fit is shown, and to whom, is no property of what it leaves.
    shown = {name: present[name] for name in ("callbacks", "verbose") if name in present}
    return {**present, **(kept or {}), **shown}


def choices_to_go_on(estimator: Any) -> tuple[Choices, bool]:
    """Gather what ``partial_fit`` goes on with: what was fitted, but for what it heeds.

    Parameters
    ----------
    estimator : estimator
        Fitted.

    Returns
    -------
    choices : Choices
    is_changed : bool
        Whether a parameter is another than before.

    Raises
    ------
    ParameterError
        For a parameter that is another and may not be.
    """
    owner, fitted, table = type(estimator).__name__, fitted_parameters(estimator), estimator.PARAMETERS
    changed = {
        name: value
        for name, value in estimator.get_params(deep=False).items()
        if not _are_same(table[name].kind, value, fitted.get(name))
    }
    for name, value in changed.items():
        if not table[name].heeded:
            raise ParameterError(
                f"{owner}: {setting(name, value)} cannot go on with what was trained with "
                f"{setting(name, fitted[name])}; set it back, or call fit, which starts anew."
            )
    return checked_choices(estimator), bool(changed)


def _are_same(kind: Kind, one: Any, other: Any) -> bool:
    """Whether two values mean the same: under another name, or as a list or a number of numpy's."""
    # What did not come with a model's file may be given back.
    if one is other or (isinstance(other, AbsentFunction) and (callable(one) or is_optimizer(one))):
        return True
    plain, known = (tuple(value) if isinstance(value, list) else value for value in (one, other))
    plain, known = (getattr(value, "item", lambda v=value: v)() for value in (plain, known))
    plain, known = kind.canonical(plain), kind.canonical(known)
    if _is_module(plain) or _is_module(known):
        # Their equality may compare arrays, whose truth nobody knows; in a pair it is that of the two.
        return (
            isinstance(plain, tuple) and isinstance(known, tuple) and [*map(id, plain)] == [*map(id, known)]
        )
    return type(plain) is type(known) and bool(plain == known)


def _is_module(value: Any) -> bool:
    """Whether a parameter is a module of the user's own, or a pair of one and its state."""
    return callable(value[0] if isinstance(value, tuple) and value else value)
