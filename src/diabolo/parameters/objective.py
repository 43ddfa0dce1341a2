"""Parameters of what is minimized: noise, loss, penalties, sparsity, a target."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from diabolo.parameters.foreign_names import FOREIGN_PENALTIES
from diabolo.parameters.kinds import ABOVE_0, NOT_NEGATIVE, SETTINGS, Kind, number_in, one_of, whole
from diabolo.parameters.named_settings import NOISES, described
from diabolo.parameters.parameter import (
    CODE,
    SPARSITY,
    TARGET,
    TRAINING,
    ParameterSet,
    parameter,
    parameter_set,
)

__all__ = [
    "LOSSES",
    "PENALTIES",
    "GuidedCode",
    "KeptAndDecay",
    "NoiseAndLoss",
    "Penalties",
    "PriorWeight",
    "Sparsity",
    "SparsityTarget",
]

LOSSES = one_of(
    "squared_error",
    "absolute_error",
    "huber",
    "binary_cross_entropy",
    same={"mse": "squared_error", "mae": "absolute_error", "bce": "binary_cross_entropy"},
)
_LOSS = LOSSES.or_own("a function (output, target) of one row")
PENALTIES = one_of("weight_decay", "l1_sparsity", "kl_sparsity", "contractive", foreign=FOREIGN_PENALTIES)
_NOISE = Kind(
    "a number, or a dictionary with a kind", lambda value: True, written="float or dict", metavar="X|NAME"
).or_none()


@parameter_set(group=CODE)
class PriorWeight(ParameterSet):
    """What a variational autoencoder charges."""

    beta: float = parameter(
        default=1.0,
        kind=NOT_NEGATIVE,
        help="Weight of the divergence from the prior.",
        doc="At 1, loss and divergence together are the variational bound, a feature's share of it, for "
        '``loss="binary_cross_entropy"``; and for ``"squared_error"`` the bound with a normal noise '
        "of variance 1/2 in scaled units (variance v: beta = 2 v).",
    )
    warmup_epochs: float = parameter(
        default=0.0,
        kind=NOT_NEGATIVE,
        help="Epochs over which it comes to be charged in full.",
        doc="``loss`` in ``history_`` counts the share that is charged. Held-out rows are charged in full"
        " from the start.",
    )


@parameter_set(group=SPARSITY)
class Sparsity(ParameterSet):
    """What makes a sparse autoencoder's code sparse."""

    sparsity: str = parameter(
        default="kl",
        kind=one_of("kl", "l1", "topk"),
        help="What makes the code sparse.",
        doc='"kl" charges the divergence of ``sparsity_target`` from each unit\'s mean activation, summed '
        'over units; "l1" the sum of the absolute activations; "topk" keeps each row\'s ``k`` largest '
        "numbers and sets the others to 0.",
    )
    sparsity_weight: float = parameter(
        default=0.1,
        kind=NOT_NEGATIVE,
        help="Weight of kl or l1 beside the loss.",
        doc="The loss is a mean over cells. Ng's notes weigh half the sum over features instead: 2 / "
        "n_features times their weights gives the same minimum here.",
        heeded=True,
    )


@parameter_set(group=SPARSITY)
class SparsityTarget(ParameterSet):
    """What the divergence of mean activations is measured from."""

    sparsity_target: float = parameter(
        default=0.05,
        kind=number_in("above 0 and below 1", lambda value: 0 < value < 1),
        help="The mean activation that the KL sparsity wishes each unit of the code to have.",
        doc="Where a batch has fewer than 1,000 rows, the mean runs over about as many.",
        heeded=True,
    )


@parameter_set(group=SPARSITY)
class KeptAndDecay(ParameterSet):
    """The other charges of a sparse autoencoder."""

    k: int | None = parameter(
        default=None,
        kind=whole().or_none(),
        help="Numbers that topk keeps; else an eighth of the code, at least 1.",
    )
    weight_decay: float = parameter(
        default=0.0,
        kind=NOT_NEGATIVE,
        help="Weight of half the sum of the squares of the matrices.",
        heeded=True,
    )


@parameter_set(group=TRAINING)
class NoiseAndLoss(ParameterSet):
    """Noise and loss: what every autoencoder minimizes."""

    noise: float | Mapping[str, Any] | None = parameter(
        default=None,
        kind=_NOISE,
        help="What is done to the rows that the encoder sees in training, in scaled units.",
        doc="The clean rows remain the target. A number is the standard deviation of Gaussian noise. A "
        f'dictionary has a ``"kind"`` and settings. {described(NOISES)} clip and range are "data" for the '
        'range of the training rows, or (low, high); fraction is a share of the cells, filled with "zero" or '
        'the "mean" of each column, or half of them set to either end of the range.',
        group=CODE,
        item_flag="--noise-param",
        heeded=True,
    )
    loss: str | Callable[..., Any] = parameter(
        default="squared_error",
        kind=_LOSS,
        help="The distance of the output from the clean row.",
        doc='A mean over cells. "mse", "mae" and "bce" are further names of three of them. A function of '
        "your own is handed the output of one row and the row, JAX arrays of shape (n_features,) in scaled "
        "units, and gives what each feature costs, of the same shape.",
    )
    huber_delta: float = parameter(
        default=1.0, kind=ABOVE_0, help="Where Huber's loss turns from a square to a line, in scaled units."
    )


@parameter_set(group=CODE)
class Penalties(ParameterSet):
    """What is charged beside the loss."""

    penalty: Mapping[Any, float] | None = parameter(
        default=None,
        kind=SETTINGS,
        help="What is charged beside the loss, and its weight.",
        doc='"weight_decay" is half the sum of the squares of all matrices; "l1_sparsity" the sum of the '
        "code's absolute activations; \"kl_sparsity\" the sum over the code's units of the divergence "
        'of ``sparsity_target`` from their mean activation, for a sigmoid or tanh code; "contractive"'
        " the squared norm of the code's derivatives by the row. The last three are means over rows. "
        "Weights are 0 or more. A function of your own stands in the place of a name: of one row's code, an "
        "array of shape (n_components,), to a number whose mean over rows is charged; one with a parameter "
        "``weights`` is of the codes of a batch and each row's share in a mean, and one with a parameter "
        "``network`` is handed the layers.",
        heeded=True,
    )


@parameter_set(group=TARGET)
class GuidedCode(ParameterSet):
    """What the code must predict."""

    supervision_weight: float = parameter(
        default=0.0,
        kind=NOT_NEGATIVE,
        help="Weight of the prediction's loss.",
        doc="Above 0, a linear head on the code learns to predict the ``y`` of ``fit``, and its loss "
        "counts by this weight: the mean squared error of standardized numbers, or the cross-entropy "
        "of classes in nats.",
    )
    supervision: str = parameter(
        default="auto",
        kind=one_of("auto", "regression", "classification"),
        help="What the target is.",
        doc='By itself ("auto"): text, truth values, dates, and whole numbers (2 or 2.0) of at most 20 '
        "different values are classes; other numbers are numbers.",
    )
