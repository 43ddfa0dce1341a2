"""An autoencoder's code beside principal components and linear predictions, on the same held-out rows."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from sklearn.base import clone

from diabolo.data.open_table import table_of
from diabolo.data.source import Source
from diabolo.data.target import entries_of
from diabolo.errors import InputError, ParameterError
from diabolo.estimators._choices import fitted_parameters
from diabolo.estimators._targets import is_guided
from diabolo.estimators._tasks import tasks_done
from diabolo.evaluation.downstream import (
    components_beside,
    constant_model,
    default_model,
    figures_of,
    flat_rows,
    kind_of,
    known_target_of,
    predicted_from,
)
from diabolo.evaluation.linear_predictions import dealt, linear_predictions, most_rows
from diabolo.evaluation.numbers_alone import refuse_categories
from diabolo.evaluation.principal_components import StreamedPCA
from diabolo.linear.comparison import (
    LinearComparison,
    PairedDifference,
    mean_difference,
    share_difference,
)
from diabolo.messages import setting
from diabolo.parameters.kinds import is_whole

if TYPE_CHECKING:
    from jaxtyping import Float64, Int, Shaped

    Rows = Int[np.ndarray, " rows"]
    Errors = Float64[np.ndarray, "3 n_rows"]

__all__ = ["compare_with_linear"]

# Rows that are all held out once, in so many parts; of more, one such part is.
_MOST_REPEATED, _PARTS = 5000, 5
_BLOCK_CELLS = 2**23


def compare_with_linear(
    estimator: Any,
    X: Any,
    y: Any = None,
    *,
    n_splits: int | None = None,
    supervision: str = "auto",
    random_state: int = 0,
    progress: Callable[[int, int], None] | None = None,
    n_jobs: int | None = None,
) -> LinearComparison:
    """Measure on held-out rows what a code keeps that linear methods do not.

    Rows are parted at random, classes alike. Of each part that is held out, the others train a clone of the
    autoencoder, and linear methods beside it: as many principal components, of rows scaled as the autoencoder
    scales them, and with a target partial least squares of as many components, and a ridge (of classes a
    logistic regression) on all features, standardized; the penalty is chosen among the training rows. From
    the code and from the components a target is predicted as by `downstream_score`. The intervals are of 95%,
    from the rows' own differences: that the parts' training rows overlap is left out of account.

    Parameters
    ----------
    estimator : estimator
        Any of Diabolo's autoencoders, fitted or not. It is not fitted again: where it is fitted, the
        comparison is left on it as ``comparison_``, goes with it into its file, and ends its ``summary()``.
    X : Source, path, array or data frame of shape (n_rows, n_features)
        Whatever `diabolo.open` opens, six rows or more; of images, an array of them, too. Where the
        autoencoder takes missing cells, they are left out of the errors.
    y : array-like of shape (n_rows,) or (n_rows, n_numbers), optional
        What is predicted, and what guides a guided code; by default the target that came with the table, and
        without one nothing is. Rows without it are left out of the figures of predictions.
    n_splits : int or None, default None
        In how many parts the rows are, each of which is held out once; 1 holds out a fifth, once. None is 5
        where there are at most 5,000 rows, and 1 where there are more.
    supervision : {"auto", "regression", "classification"}, default "auto"
        What the target is. "auto" asks the autoencoder that it guides, then the values: text, truth values,
        dates, and whole numbers (2 or 2.0) of at most 20 different values are classes; other numbers are
        numbers.
    random_state : int, default 0
        Seed of the parts.
    progress : callable, optional
        Called after each part with how many are done, and how many there are.
    n_jobs : int or None, default None
        How many parts are held out at once, in threads of this process; -1 takes as many as there are
        processors. None is 1 unless ``joblib.parallel_config`` around the call says otherwise, whose backends
        may be clusters of Dask and Ray. What is found is the same, bit for bit.

    Returns
    -------
    LinearComparison
        Printed, a table and a sentence for each verdict. Predictions are fitted to at most 20,000 training
        rows, of tables with over 4,096 features to 4,096; ``n_predictor_rows`` says to how many.

    Raises
    ------
    ParameterError
        An option cannot be, or the estimator has no code.
    InputError
        There are too few rows, or a target that cannot be.

    See Also
    --------
    LinearComparison, downstream_score, StreamedPCA

    References
    ----------
    Y. Bengio and Y. Grandvalet, No unbiased estimator of the variance of K-fold cross-validation, JMLR 5,
    2004: what the interval leaves out of account.

    Examples
    --------
    >>> from diabolo import Autoencoder
    >>> from diabolo.datasets import load_digits
    >>> from diabolo.evaluation import compare_with_linear
    >>> X, y = load_digits()
    >>> found = compare_with_linear(Autoencoder(8, max_epochs=20, random_state=0), X, y, n_splits=1)
    >>> [row["method"] for row in found.rows], found.verdict
    (['code', 'pca', 'pls', 'logistic', 'mean'], 'better')
    """
    _check_estimator(estimator)
    refuse_categories(estimator, "compare_with_linear")
    X = flat_rows(X) if not _takes_images(estimator, X) else X
    source = table_of(flat_rows(X))
    given = X if isinstance(X, np.ndarray) and X.ndim > 2 else source
    if y is None and source.target_name is not None:
        y = source.carried[source.target_name]
    guidance = entries_of(y) if y is not None and is_guided(estimator) else None
    target = None if y is None else _target_of(source, y, estimator, supervision)
    n_rows = len(source)
    parts = _parts(source.name, n_rows, n_splits, int(random_state), target)
    base = _unfitted(estimator)
    was_fitted, tally = hasattr(estimator, "network_"), _Tally(target)
    shared = _Shared(base, given, source, guidance, target, int(random_state))
    measured: dict[int, _Measured] = {}
    with warnings.catch_warnings():
        if was_fitted:  # what there is to say of the rows was said before
            warnings.simplefilter("ignore")
        for number, part in tasks_done(_measured, shared, parts, n_jobs):
            measured[number] = part
            if progress is not None:
                progress(len(measured), len(parts))
    for number in range(len(parts)):
        tally.add(measured[number])
    found = tally.comparison(n_rows, len(parts))
    if was_fitted:
        estimator.comparison_ = found
    return found


class _Shared(NamedTuple):
    """What all parts need: it goes to another process once."""

    base: Any
    given: Any
    source: Source
    guidance: Any
    target: _Target | None
    seed: int


class _Measured(NamedTuple):
    """What was measured of a part: errors, and of each method its size and what it predicted."""

    size: int
    n_components: int
    errors: Errors
    n_predictor_rows: int
    predicted: list[tuple[str, int | None, np.ndarray]]


def _measured(shared: _Shared, held_out: Rows) -> _Measured:
    """Learn from all rows but a part, and measure that."""
    given, source, seed = shared.given, shared.source, shared.seed
    training = np.delete(np.arange(len(source)), held_out)
    guidance = None if shared.guidance is None else shared.guidance[training]
    fitted = clone(shared.base).fit(_some(given, training), guidance)
    n_components = int(fitted.n_components_)
    pca = components_beside(fitted, source.rows(training), n_components, seed)
    errors = _errors(fitted, pca, given, source, held_out)
    n_learned, predicted = 0, list[tuple[str, int | None, np.ndarray]]()
    if shared.target is not None:
        n_learned, predicted = _predicted(shared.target, fitted, pca, given, source, training, held_out, seed)
    return _Measured(n_components, int(pca.n_components), errors, n_learned, predicted)


class _Target(NamedTuple):
    """What is predicted: its kind, a value a row, and the rows where it is known."""

    kind: str
    values: Shaped[np.ndarray, " n_rows"]
    is_known: Shaped[np.ndarray, " n_rows"]


def _check_estimator(estimator: Any) -> None:
    wanted = ("fit", "transform", "reconstruct", "get_params")
    if isinstance(estimator, type) or not all(hasattr(estimator, name) for name in wanted):
        name = estimator.__name__ if isinstance(estimator, type) else type(estimator).__name__
        what = "is a class, not an estimator" if isinstance(estimator, type) else "gives no codes"
        raise ParameterError(
            f"compare_with_linear got {name}, which {what}; pass an autoencoder, such as Autoencoder(8)."
        )


def _takes_images(estimator: Any, X: Any) -> bool:
    return hasattr(estimator, "image_shape") and isinstance(X, np.ndarray) and X.ndim > 2


def _target_of(source: Source, y: Any, estimator: Any, supervision: str) -> _Target:
    values, known = known_target_of(source, y)
    told = supervision
    if told == "auto" and is_guided(estimator) and not hasattr(estimator, "target_"):
        told = getattr(estimator, "supervision", "auto")
    kind = kind_of(values, told, autoencoder=estimator)
    name = source.name
    if kind == "classification":
        if values.ndim != 1:
            raise InputError(f"the target of {name} has shape {values.shape}, but classes are one column.")
        _, counts = np.unique(values, return_counts=True)
        if np.sum(counts > 1) < 2:
            raise InputError(
                f"the target of {name} has {np.sum(counts > 1)} class(es) of two rows or more; expected at "
                "least two, so that rows that are held out have others like them."
            )
    elif values.dtype.kind == "U":
        raise InputError(
            f"the target of {name} is text; expected numbers, as {setting('supervision', 'regression')} says."
        )
    elif len(values) < 4:
        raise InputError(f"the target of {name} is known of {len(values)} row(s); expected at least 4.")
    whole = np.zeros((len(source), *values.shape[1:]), values.dtype)
    whole[known] = values
    is_known = np.zeros(len(source), bool)
    is_known[known] = True
    return _Target(kind, whole, is_known)


def _parts(name: str, n_rows: int, n_splits: int | None, seed: int, target: _Target | None) -> list[Rows]:
    """Choose the rows that are held out together."""
    if n_splits is not None and (not is_whole(n_splits) or n_splits < 1):
        raise ParameterError(f"n_splits must be a whole number of at least 1, or None; got {n_splits!r}.")
    count = n_splits if n_splits is not None else _PARTS if n_rows <= _MOST_REPEATED else 1
    n_parts = count if count > 1 else _PARTS
    largest = -(-n_rows // n_parts)
    if n_rows < n_parts or n_rows - largest < 2 or (count == 1 and largest < 2):
        needed = 4 if n_parts == 2 else n_parts if count > 1 else _PARTS + 1
        how = f"each of {n_parts} parts" if count > 1 else "a fifth"
        raise InputError(
            f"{name} has {n_rows} row(s); to hold out {how} and learn from the others takes at least "
            f"{needed}. Give more rows."
        )
    classes = None
    if target is not None and target.kind == "classification":
        _, classes = np.unique(target.values, return_inverse=True)
        classes = np.where(target.is_known, classes.reshape(-1) + 1, 0)
    elif target is not None and not target.is_known.all():
        classes = target.is_known  # so that each part has rows whose target is known
    part = dealt(classes, n_rows, n_parts, seed)
    return [np.flatnonzero(part == number) for number in range(count)]


def _unfitted(estimator: Any) -> Any:
    """Copy an estimator's settings, those of its fit where it is fitted; nothing is shown of its training."""
    base = clone(estimator)
    settings = fitted_parameters(estimator)
    base.set_params(**settings)
    return base.set_params(verbose=0) if "verbose" in settings else base


def _some(given: Any, rows: Rows) -> Any:
    return given.rows(rows) if isinstance(given, Source) else given[rows]


def _errors(fitted: Any, pca: StreamedPCA, given: Any, source: Source, held_out: Rows) -> Errors:
    """Sum up each row's squared errors of code and components, and squares about the mean, scaled."""
    scaler = getattr(fitted, "scaler_", None)
    factor = 1.0 if scaler is None or scaler.kind is None else scaler.factor
    errors = np.empty((3, len(held_out)))
    step = max(_BLOCK_CELLS // max(source.n_features, 1), 1)
    for start in range(0, len(held_out), step):
        rows = held_out[start : start + step]
        cells = source.read(rows).astype(np.float64)
        made = (
            np.asarray(fitted.reconstruct(_some(given, rows))).reshape(cells.shape),
            pca.inverse_transform(pca.transform(source.rows(rows))),
            pca.mean_,
        )
        for kind, rebuilt in enumerate(made):
            apart = (cells - rebuilt) * factor
            np.copyto(apart, 0.0, where=np.isnan(cells))
            errors[kind, start : start + step] = np.einsum("ij,ij->i", apart, apart)
    return errors


def _predicted(
    target: _Target,
    fitted: Any,
    pca: StreamedPCA,
    given: Any,
    source: Source,
    training: Rows,
    held_out: Rows,
    seed: int,
) -> tuple[int, list[tuple[str, int | None, np.ndarray]]]:
    """Predict the target of held-out rows in every way; return to how many rows that was fitted, and what."""
    learned, asked = (rows[target.is_known[rows]] for rows in (training, held_out))
    most = most_rows(source.n_features)
    if len(learned) > most:
        order = np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed))).permutation(len(learned))
        learned = np.sort(learned[order[:most]])
    y, model = target.values[learned], default_model(target.kind)
    if not len(asked) or not len(learned):
        return len(learned), []
    codes, others = (np.asarray(fitted.transform(_some(given, rows))) for rows in (learned, asked))
    width = codes.shape[1]
    found = [
        ("y", None, target.values[asked]),
        ("code", width, predicted_from(model, codes, y, others)),
    ]
    coding = getattr(fitted, "target_", None)
    if coding is not None and coding.kind == target.kind:
        found.append(("head", width, np.asarray(fitted.predict(_some(given, asked)))))
    one, other = (pca.transform(source.rows(rows)) for rows in (learned, asked))
    found.append(("pca", one.shape[1], predicted_from(model, one, y, other)))
    parts = source.rows(learned), source.rows(asked)
    found += linear_predictions(parts[0], y, parts[1], target.kind, width, seed)
    found.append(("mean", None, predicted_from(constant_model(target.kind), codes, y, others)))
    return len(learned), found


class _Tally:
    """What was measured, part by part."""

    def __init__(self, target: _Target | None) -> None:
        self.target = target
        self.errors: list[Errors] = []
        self.predicted: dict[str, list[np.ndarray]] = {}
        self.sizes: dict[str, int | None] = {}
        self.size = self.n_components = self.n_predictor_rows = 0

    def add(self, part: _Measured) -> None:
        """Take in what was measured of a part."""
        self.size, self.n_components = part.size, part.n_components
        self.errors.append(part.errors)
        self.n_predictor_rows = max(self.n_predictor_rows, part.n_predictor_rows)
        for method, size, predicted in part.predicted:
            self.predicted.setdefault(method, []).append(predicted)
            self.sizes[method] = size

    def comparison(self, n_rows: int, n_splits: int) -> LinearComparison:
        """Join the parts."""
        code, pca, total = np.concatenate(self.errors, axis=1)
        shares = {"code": _explained(code, total), "pca": _explained(pca, total)}
        sizes: dict[str, int | None] = {"code": self.size, "pca": self.n_components, **self.sizes}
        rebuilding = share_difference(pca - code, total, shares["pca"])
        figures, predicting, n_target_rows = self._figures() if self.target is not None else ({}, None, None)
        rows = tuple(
            {
                "method": method,
                "size": sizes[method],
                "explained_variance": shares.get(method),
                **figures.get(method, {}),
            }
            for method in figures or shares
        )
        return LinearComparison(
            None if self.target is None else self.target.kind,
            rows,
            rebuilding,
            predicting,
            n_rows,
            len(total),
            n_splits,
            n_target_rows,
            None if self.target is None else self.n_predictor_rows,
        )

    def _figures(self) -> tuple[dict[str, dict[str, float]], PairedDifference, int]:
        """Measure the predictions of all parts together, the code's beside the best linear method's."""
        assert self.target is not None
        kind = self.target.kind
        joined = {method: np.concatenate(parts) for method, parts in self.predicted.items()}
        y = joined.pop("y")
        if len(y) < 2:
            raise InputError(f"the target is known of {len(y)} held-out row(s); expected at least two.")
        joined = {method: each for method, each in joined.items() if len(each) == len(y)}
        figures = {method: figures_of(kind, y, each) for method, each in joined.items()}
        is_error = kind == "regression"
        name = "mean_absolute_error" if is_error else "accuracy"
        linear = [method for method in figures if method not in ("code", "head")]
        best = min(linear, key=lambda method: figures[method][name] * (1 if is_error else -1))

        def of_rows(method: str) -> Float64[np.ndarray, " n_rows"]:
            found = joined[method]
            if not is_error:
                return (found == y).astype(np.float64)
            return np.abs(found - y).reshape(len(y), -1).mean(axis=1)

        apart = of_rows("code") - of_rows(best)
        return figures, mean_difference(name, apart, figures[best][name], best), len(y)


def _explained(errors: Float64[np.ndarray, " n_rows"], total: Float64[np.ndarray, " n_rows"]) -> float:
    if total.sum() > 0:
        return float(1 - errors.sum() / total.sum())
    return float(errors.sum() == 0)  # of rows that are all alike
