"""The parameters of the detector."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from diabolo.messages import either
from diabolo.parameters.categories import Categories
from diabolo.parameters.families import AutoencoderParameters
from diabolo.parameters.foreign_names import FOREIGN_THRESHOLDS
from diabolo.parameters.kinds import (
    MISSING,
    SEED,
    SETTINGS,
    SHARE,
    Kind,
    is_whole,
    number_in,
    one_of,
    whole,
    whole_number,
)
from diabolo.parameters.parameter import OTHER, ParameterSet, changed, parameter, parameter_set
from diabolo.parameters.training import CALLBACKS, CALLBACKS_DOC, MEMORY

if TYPE_CHECKING:
    import numpy as np

__all__ = ["DETECTORS", "SCORES", "THRESHOLDS", "DetectorParameters"]

LEARNED, LINE, LABELS = "What is learned", "Where the line is drawn", "Labels"

DETECTORS = one_of("linear", "deep", foreign={"pca": "linear", "dense": "deep", "trained": "deep"})
SCORES = one_of(
    "calibrated",
    "mahalanobis",
    "squared_error",
    "absolute_error",
    same={"mse": "squared_error", "mae": "absolute_error"},
    foreign={"residual": "calibrated"},
)
THRESHOLDS = one_of(
    "mean+std",
    "median+mad",
    "quantile",
    "contamination",
    "conformal",
    "best_f1",
    "precision",
    "recall",
    "false_alarm_rate",
    foreign=FOREIGN_THRESHOLDS,
)
_OR_OWN = either(", or one of Diabolo's estimators, such as Autoencoder(8)", "")
_KIND = Kind(
    f"'linear' or 'deep'{_OR_OWN}",
    lambda value: DETECTORS.holds(value) if isinstance(value, str) else _is_estimator(value),
    str,
    '{"linear", "deep"} or estimator',
    "NAME",
    DETECTORS.names,
    foreign=DETECTORS.foreign,
)
_FOLDS = Kind(
    "0 or a whole number of 2 or more",
    lambda value: is_whole(value) and (value == 0 or value >= 2),
    whole_number,
    written="int",
    metavar="N",
)
_CONTAMINATION = number_in("above 0 and at most 0.5", lambda value: 0 < value <= 0.5)


def _is_estimator(value: Any) -> bool:
    is_made = not isinstance(value, type)
    return is_made and all(hasattr(value, name) for name in ("fit", "transform", "_choices"))


@parameter_set(group=LEARNED)
class _DetectorParameters(ParameterSet):
    """Of the detector, whatever its rows are."""

    INNER = AutoencoderParameters.PARAMETERS
    autoencoder: Any = parameter(
        default="linear",
        kw_only=False,
        kind=_KIND,
        help="What rebuilds the rows: linear (two linear autoencoders, solved exactly) or deep (one that is "
        "trained, beside the wider linear one).",
        doc="The linear ones have codes of the root of the number of features and of 90% of the variance;"
        " the deep one is of a size that fits the table. Both take the rows by their medians and "
        "quartiles, far cells drawn in. One of Diabolo's estimators, unfitted, takes them as they "
        "are; its own ``scale`` holds.",
        flag="--kind",
    )
    n_members: int = parameter(
        default=1,
        kind=whole(),
        help="Trained networks whose scores are averaged; more than one are of a kind that is trained, such "
        "as deep.",
        doc="Dense ones are trained side by side.",
        flag="--members",
    )
    score_kind: str = parameter(
        default="calibrated",
        kind=SCORES,
        help="How what is rebuilt badly becomes one number.",
        doc='"calibrated" divides each feature\'s residual by what is typical of it, takes the logarithm, '
        'and adds how far the row lies from the center of all; "mahalanobis" takes out what residuals'
        " have in common, and adds the code's distance; the other two are means over features, in the"
        " units that the autoencoder takes.",
        flag="--score",
    )
    score_params: Mapping[str, float] | None = parameter(
        default=None,
        kind=SETTINGS,
        help="A weight of calibrated or mahalanobis: deviation_weight, distance_weight, density_weight or "
        "code_weight.",
        doc="Weights of what is added to the residuals' 1, each in units of what is typical: "
        "``deviation_weight`` of the distance from the medians (in quartiles, far cells drawn in), "
        "``distance_weight`` of that from the means (in standard deviations), ``density_weight`` of the "
        "code's distance to the nearest quarter of known ones, ``code_weight`` of its Mahalanobis distance. "
        'Defaults: 1, 0.5, 2, 0; for "mahalanobis" 0, 0, 0, 1. None is these, but '
        'that three or more known anomalies choose the first two of "calibrated"; {} is these as they are.',
        flag="--score-param",
    )
    missing: str | None = parameter(
        default=None,
        kind=MISSING.or_none(": the autoencoder's own, or error"),
        help="What becomes of cells that are NaN: error (the first is named and refused), mean (their "
        "column's mean stands in) or mask (a code comes from the other cells alone). They add nothing to a "
        "score, the other cells of the row count for them.",
        typed_default="error",
    )
    threshold: Any = parameter(
        default=None,
        kind=Kind("a threshold", lambda value: True, str, "str, Threshold or None", "NAME", THRESHOLDS.names),
        help="Where the line is drawn; best_f1, precision, recall and false_alarm_rate need labels of both"
        " kinds.",
        doc="A name in :data:`diabolo.detection.THRESHOLDS` or an object from that room. None is "
        '"contamination" where that is set, and "quantile" (0.95) where not.',
        group=LINE,
        typed_default="quantile, or contamination with --contamination",
    )
    threshold_params: Mapping[str, float] | None = parameter(
        default=None,
        kind=SETTINGS,
        help="A setting of the threshold (quantile: q, contamination: share, mean+std and median+mad: k, "
        "conformal: level, precision and recall: at_least, false_alarm_rate: at_most).",
        group=LINE,
        flag="--threshold-param",
    )
    contamination: float | None = parameter(
        default=None,
        kind=_CONTAMINATION.or_none(": the odd rows must be fewer than the others"),
        help="The share of anomalies among the rows, up to 0.5: so many of the oddest are left out and "
        "everything is learned again from the others.",
    )
    normal_label: Any = parameter(
        default=None,
        kind=Kind("a label", lambda value: True, str, "object", "LABEL"),
        help=f"Which label{either(' of y', ' in the column of --labels')} is that of normal rows; 1 and 1.0 "
        "are the same.",
        doc="None reads scikit-learn's: +1 normal, -1 an anomaly.",
        group=LABELS,
        flag="--normal",
    )
    unknown: str = parameter(
        default="use",
        kind=one_of("use", "leave"),
        help="What becomes of rows without a label, where others have one: they are learned from as normal "
        "ones are, or left out.",
        doc="None, NaN and empty text are no labels. Such rows are neither normal nor anomalies in "
        "`evaluate` and in lines that take labels.",
        group=LABELS,
    )
    held_out_fraction: float | None = parameter(
        default=None,
        kind=SHARE.or_none(),
        help="Share of the normal rows from which nothing is learned: they make p-values and conformal "
        "lines.",
        doc='None is 0.2 where ``y`` says which rows are normal or the threshold is "conformal", and 0 '
        "otherwise.",
        group=LINE,
        flag="--held-out",
        typed_default="0.2 with --normal or --threshold conformal, else 0",
    )
    cv: int | str = parameter(
        default="auto",
        kind=_FOLDS.or_auto(),
        help="Folds of the normal rows: each is scored by what is learned without it, and lines and p-values "
        "come from these scores; 0 scores rows by what was learned from them.",
        doc='"auto" is 5 up to 1,000 rows and 3 for more; networks that are trained are trained for each '
        "fold, on the rows of the others. What is typical of residuals comes from rows left out, too. With "
        "0, few rows, or a network that knows them by heart, make lines that are too low for new ones.",
        group=LINE,
        flag="--folds",
        typed_default="5 up to 1,000 rows, 3 for more",
    )
    random_state: int | np.random.RandomState | None = parameter(
        default=None, kind=SEED, help="Seed of everything random.", flag="--seed", typed_default="0"
    )
    callbacks: Sequence[Callable[..., Any]] | None = parameter(
        default=None,
        kind=CALLBACKS,
        help="Functions that are called after each epoch of every network.",
        doc=CALLBACKS_DOC,
        group=OTHER,
        flag=None,
    )
    max_memory: int | str | None = parameter(
        default=None,
        kind=MEMORY,
        help="What the whole process may take, such as 4GB or 4GiB.",
        doc="Rows whose fit takes more are refused before anything is learned from them. Networks are then"
        " trained one after the other, each within it. None refuses nothing.",
        group=OTHER,
    )


@parameter_set()
class DetectorParameters(_DetectorParameters, Categories):
    """Of the detector."""

    categories: Sequence[str | int] | str | None = changed(
        default=None,
        doc="Of at most 100 values. The networks see a column of 0 and 1 for each value, so scaled that a "
        "category varies as much as a number. Its residual is how surprising the row's value is: minus the "
        "logarithm of the share that the network gives it, none below one in a thousand, which an unknown "
        'one has, too. It adds to scores as one column. "auto" takes the columns of a data frame, an Arrow '
        "table or an array of objects that are text, truth values or of a categorical type.",
    )
