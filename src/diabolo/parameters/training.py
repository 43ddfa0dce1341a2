"""Parameters of training."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from diabolo.data.memory import is_memory
from diabolo.parameters.kinds import (
    ABOVE_0,
    BOOLEAN,
    MISSING,
    NOT_NEGATIVE,
    SEED,
    SETTINGS,
    SHARE,
    Kind,
    is_whole,
    one_of,
    whole,
)
from diabolo.parameters.named_settings import OPTIMIZERS, SCHEDULES, described
from diabolo.parameters.own_functions import is_optimizer
from diabolo.parameters.parameter import (
    HELD_OUT,
    LAYERS,
    OTHER,
    TRAINING,
    ParameterSet,
    parameter,
    parameter_set,
)

if TYPE_CHECKING:
    import numpy as np

__all__ = ["CALLBACKS", "CALLBACKS_DOC", "MEMORY", "SCALERS", "Pretraining", "Training"]

SCALERS = one_of("minmax", "standard", "maxabs", "center", "common").or_none()
_AUTO_OR_SCALER = one_of("auto", *SCALERS.names).or_none()
MEMORY = Kind(
    "bytes, or text such as '4GB' or '512MiB'",
    lambda value: is_memory(value) and value not in (0, "0"),
    str,
    "int or str",
    "SIZE",
).or_none()
CALLBACKS = Kind(
    "a list of functions, each of a diabolo.Epoch (scikit-learn's own callbacks are given to set_callbacks)",
    lambda value: isinstance(value, (list, tuple)) and all(map(_is_function, value)),
    written="list of callable",
).or_none()
CALLBACKS_DOC = (
    "With a `diabolo.Epoch`: its number, its figures, the training that it is of, and the estimator as it is "
    "then. One that returns True ends that training after the epoch; what it raises ends the fit. They are "
    "shared with clones and left out of model files."
)
_VERBOSE = Kind(
    "0 for silence, n for a line every n epochs, or 'bar'",
    lambda value: value == "bar" or isinstance(value, bool) or (is_whole(value) and value >= 0),
    written='int or "bar"',
    metavar="N",
)


def _is_function(value: Any) -> bool:
    return callable(value) and not isinstance(value, type)


@parameter_set(group=LAYERS, heeded=True)
class Pretraining(ParameterSet):
    """Layers that are trained one after the other first."""

    pretrain: str | None = parameter(
        default=None,
        kind=one_of("layerwise").or_none(),
        help="Train each pair of an encoder layer and its mirror image first.",
        doc="From the outermost inwards, each to rebuild what the trained layers below it give, from a noisy "
        "version of it where there is ``noise``.",
    )
    pretrain_epochs: int = parameter(default=10, kind=whole(), help="Passes over the rows for each pair.")


@parameter_set(group=TRAINING, heeded=True)
class Training(ParameterSet):
    """How any network is trained."""

    scale: str | None = parameter(
        default="auto",
        kind=_AUTO_OR_SCALER,
        help="Scale the columns; common is one factor for all, auto that from a linear start.",
        doc='Learned from the training rows alone and undone on the way out. "minmax" takes each column to '
        '0..1, "standard" to mean 0 and deviation 1, "maxabs" to -1..1 with 0 kept, "center" to mean 0; '
        '"common" takes all to mean 0 and, by one factor, to a variance of 1 on average, so that columns '
        'count by their units. "auto" is "common" where a network with a linear output starts at the linear '
        "answer, else none.",
        heeded=False,
    )
    missing: str = parameter(
        default="error",
        kind=MISSING,
        help="What becomes of cells that are NaN: error (the first is named and refused), mean (they are "
        "taken for their column's mean over the training rows) or mask (that, and their reconstruction is "
        "left out of the loss).",
        heeded=False,
    )
    optimizer: Any = parameter(
        default="adam",
        kind=one_of(*OPTIMIZERS).or_own(
            "an optimizer of optax, such as optax.lion(1e-4)",
            lambda value: is_optimizer(value) or callable(value),
        ),
        help="What makes steps of gradients; adam16 is adam with its moments in 16 bits, half their memory.",
        doc="One of your own is a pair of functions ``init`` and ``update``, as optimizers of ``optax`` are, "
        "or a function without parameters that makes one, such as ``functools.partial(optax.lion, 1e-4)``, "
        "which can be pickled. Its learning rate is its own: ``learning_rate`` in ``history_`` is the share "
        "of its step that is made, which is 1 but where a linear start is refined.",
        heeded=False,
    )
    optimizer_params: Mapping[str, float] | None = parameter(
        default=None,
        kind=SETTINGS,
        help="Settings of the optimizer.",
        doc=f"{described(OPTIMIZERS)} The weight decay of adamw is of matrices only.",
        flag="--optimizer-param",
        heeded=False,
    )
    learning_rate: float = parameter(default=1e-3, kind=ABOVE_0, help="Step size at the start.")
    learning_rate_schedule: str | Callable[[Any], Any] = parameter(
        default="constant",
        kind=one_of(*SCHEDULES).or_own("a function (step) that gives the learning rate"),
        help="How the step size changes.",
        doc="A function of your own, such as a schedule of ``optax``, takes the number of a step, from 0, "
        "and gives its rate, in the place of ``learning_rate``.",
        flag="--schedule",
    )
    schedule_params: Mapping[str, float] | None = parameter(
        default=None,
        kind=SETTINGS,
        help="Settings of the schedule.",
        doc=described(SCHEDULES),
        flag="--schedule-param",
    )
    max_gradient_norm: float | None = parameter(
        default=None, kind=ABOVE_0.or_none(), help="Longer gradients are shortened to this Euclidean norm."
    )
    batch_size: int = parameter(
        default=32,
        kind=whole(),
        help="Rows a step.",
        doc="Where it is at least the number of training rows, a step sees them all, and neither their "
        "order nor their repetition changes the result.",
        short="-b",
    )
    max_epochs: int | str = parameter(
        default="auto",
        kind=whole().or_auto(),
        help="Passes over the rows; auto is as many as held-out rows gain by, from a random start 100.",
        doc='"auto" is 100 from a random start. From a linear one it is as many as held-out rows gain by: a '
        "tenth of the rows is held back and measured every 200 steps or more, while the others are trained "
        "on, until ``n_iter_no_change`` measurements bring no lower loss, and then from the best at a tenth "
        "of the learning rate, for 60,000 steps or 10 passes at the most; of fewer than 1,500 rows several "
        "tenths are held back in turn, each by a network of its own. If that gained more over the start than "
        "chance would, training is done again for as many steps on all rows (of more than 5,000 the network "
        "is kept as it is); if not, the linear answer for all "
        "rows is the result. Rows of ``validation_fraction``, or those given to validate on, are measured in "
        "their place and never trained on.",
        flag="--epochs",
        short="-e",
    )
    shuffle: bool = parameter(
        default=True, kind=BOOLEAN, help="Whether each epoch visits the rows in a new order."
    )
    validation_fraction: float | None = parameter(
        default=None,
        kind=SHARE.or_none(),
        help="Share of the rows that is never trained on and measured after each epoch.",
        doc="None is 0.1 with early stopping and 0 without.",
        group=HELD_OUT,
        typed_default="0.1 with --early-stopping, else 0",
    )
    early_stopping: bool = parameter(
        default=False,
        kind=BOOLEAN,
        help="Stop when the validation loss falls no more, and keep the best epoch.",
        group=HELD_OUT,
    )
    n_iter_no_change: int = parameter(
        default=10,
        kind=whole(),
        help="Epochs to wait for a lower validation loss.",
        group=HELD_OUT,
        flag="--patience",
    )
    tol: float = parameter(
        default=1e-4,
        kind=NOT_NEGATIVE,
        help="Share of the validation loss that last ended the wait by which a later one must be lower to "
        "end it.",
        group=HELD_OUT,
    )
    random_state: int | np.random.RandomState | None = parameter(
        default=None,
        kind=SEED,
        help="Seed of the initial weights, the order of the rows and the held-out rows.",
        doc="The same seed, data, version and machine give the same bits.",
        flag="--seed",
        typed_default="0",
    )
    device: str | None = parameter(
        default=None,
        kind=Kind("a device such as 'cpu' or 'gpu:0'", lambda value: isinstance(value, str), str).or_none(),
        help="Where to train, such as cpu, gpu or gpu:1; all is every device of the machine.",
        doc="None is JAX's default; in a cluster, all devices of all processes where that pays.",
        heeded=False,
    )
    precision: str | None = parameter(
        default=None,
        kind=one_of("high", "fast").or_none(),
        help="How a GPU or TPU multiplies matrices in training; high is TF32 (bfloat16 in three passes on a "
        "TPU), fast is bfloat16.",
        doc='None multiplies float32. "high" keeps 10 bits of each factor behind the point on a GPU and '
        'about 16 on a TPU, "fast" 7; but a GPU convolves in TF32 with either. Sums, parameters, the '
        "optimizer's arrays and the means of losses are float32 always, and so is the passing of rows "
        "through a fitted model. A processor multiplies float32 with each: there it changes nothing.",
        heeded=False,
        typed_default="float32",
    )
    max_memory: int | str | None = parameter(
        default=None,
        kind=MEMORY,
        help="What the whole process may take, such as 4GB or 4GiB.",
        doc="A fit that does not fit is refused before a row is read; what is left over shuffles the rows"
        " of a table on disk. None shuffles them through half a gibibyte and refuses nothing.",
        heeded=False,
    )
    callbacks: Sequence[Callable[..., Any]] | None = parameter(
        default=None,
        kind=CALLBACKS,
        help="Functions that are called after each epoch.",
        doc=CALLBACKS_DOC,
        group=OTHER,
        flag=None,
    )
    verbose: int | str = parameter(
        default=0,
        kind=_VERBOSE,
        help="A line every so many epochs.",
        doc='0 is silent; n prints a line every n epochs; "bar" draws a progress bar on a terminal or in a'
        " notebook, and elsewhere prints a line every ten seconds to the error stream.",
        group=OTHER,
        typed_default="a progress bar",
    )
