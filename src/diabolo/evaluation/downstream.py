"""What can be predicted from codes, on rows that were held out, beside simpler ways to the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.metrics import accuracy_score, mean_absolute_error, r2_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from diabolo.data.target import are_classes, entries_of, infinite_in, missing_in, plain_values
from diabolo.errors import InputError, ParameterError, nearest_name
from diabolo.evaluation.principal_components import StreamedPCA
from diabolo.linear.comparison import METRICS
from diabolo.messages import setting
from diabolo.result_table import ResultTable

if TYPE_CHECKING:
    from jaxtyping import Bool, Float, Shaped

__all__ = [
    "BASELINES",
    "KINDS",
    "DownstreamScore",
    "components_beside",
    "constant_model",
    "default_model",
    "doubled",
    "downstream_score",
    "figures_of",
    "flat_rows",
    "kind_of",
    "known_target_of",
    "predicted_from",
    "ridge_of_doubled",
]

KINDS = ("auto", "regression", "classification")
BASELINES = ("pca", "mean")
_STRENGTHS = np.logspace(-2, 6, 33)
"""Of a ridge's penalty: what is tried."""


@dataclass(frozen=True)
class DownstreamScore(ResultTable):
    """How well a target is predicted on held-out rows, from codes and otherwise.

    Parameters
    ----------
    kind : {"regression", "classification"}
        What the target is.
    rows : tuple of dict
        A row each for ``"code"``, ``"head"`` where a head guided the code, and the baselines: its
        ``"predictor"``, its ``"size"`` (numbers a row that it predicts from) and two figures. Of numbers they
        are ``"mean_absolute_error"``, in the target's units, and ``"explained_share"`` (R squared); of
        classes ``"accuracy"`` and ``"balanced_accuracy"`` (the mean over classes).
    n_training_rows, n_held_out_rows : int
        Rows that predictors were fitted to and measured on: those whose target is known.

    See Also
    --------
    downstream_score
    """

    kind: str
    rows: tuple[dict[str, Any], ...]
    n_training_rows: int
    n_held_out_rows: int

    @property
    def metric(self) -> str:
        """The first figure's name: "mean_absolute_error" (lower is better) or "accuracy" (higher is)."""
        return METRICS[self.kind][0]

    def __getitem__(self, predictor: str) -> float:
        """Return a predictor's first figure, such as ``score["code"]``."""
        for row in self.rows:
            if row["predictor"] == predictor:
                return float(row[self.metric])
        known = ", ".join(repr(row["predictor"]) for row in self.rows)
        raise KeyError(f"no predictor {predictor!r} was measured; there are {known}")

    def _columns(self) -> dict[str, Any]:
        return {name: [row[name] for row in self.rows] for name in self.rows[0]}

    def _caption(self) -> str:
        return str(self).splitlines()[0]

    def to_dict(self) -> dict[str, Any]:
        """Return everything in what JSON knows."""
        return {**asdict(self), "metric": self.metric, "rows": [dict(row) for row in self.rows]}

    def __str__(self) -> str:
        names = METRICS[self.kind]
        cells = [("predictor", "size", *(name.replace("_", " ") for name in names))]
        for row in self.rows:
            size = "-" if row["size"] is None else f"{row['size']:,}"
            cells.append((row["predictor"], size, *(f"{row[name]:.4g}" for name in names)))
        first = max(len(line[0]) for line in cells)
        form = "  ".join([f"{{:<{first}}}", "{:>8}", *(f"{{:>{len(name)}}}" for name in names)])
        lines = [form.format(*line) for line in cells]
        head = f"{self.n_held_out_rows:,} held-out rows, predictors fitted to {self.n_training_rows:,}"
        return "\n".join([head, *lines])


def downstream_score(
    autoencoder: Any,
    X_train: Any,
    y_train: Any,
    X_test: Any,
    y_test: Any,
    *,
    model: Any = None,
    baselines: Sequence[str] = BASELINES,
    supervision: str = "auto",
    random_state: int = 0,
) -> DownstreamScore:
    """Predict a target from the codes of rows, and measure it on rows held out.

    By default numbers are predicted by ridge regression, its strength chosen by leave-one-out among the
    training rows, and classes by logistic regression; both on standardized codes.

    Parameters
    ----------
    autoencoder : fitted estimator
        Whose ``transform`` gives the codes. Where its code was guided, what its own head predicts is
        measured, too.
    X_train, X_test : Source, array or data frame of shape (n_rows, n_features)
        The rows that predictors are fitted to, best those of ``fit``, and rows that nothing has seen.
    y_train, y_test : array-like of shape (n_rows,), or None
        The target; None takes the one that came with a Source. Rows in which it is missing are left out of
        what predictors are fitted to and measured on; principal components are of all rows.
    model : regressor or classifier, optional
        In place of the default one: any of scikit-learn's kind. A clone of it is fitted to the codes as they
        are.
    baselines : sequence of {"pca", "mean"}, default ("pca", "mean")
        What else is measured. "pca": the same model on as many principal components of the rows, scaled as
        the autoencoder scales them. "mean": the mean of the training rows' target as a prediction for
        everyone, or their most frequent class.
    supervision : {"auto", "regression", "classification"}, default "auto"
        What the target is. "auto" asks the model, then the autoencoder that it guided, then the values: text,
        truth values, dates, and whole numbers (2 or 2.0) of at most 20 different values are classes; other
        numbers are numbers.
    random_state : int, default 0
        Seed of the principal components.

    Returns
    -------
    DownstreamScore
        Printed, a table; ``rows`` has the figures, and ``score["code"]`` is one of them.

    Raises
    ------
    ParameterError
        An option cannot be.
    InputError
        The target is missing, infinite or of different kinds, or known in no row of either table.

    See Also
    --------
    DownstreamScore, compare_with_linear

    References
    ----------
    A. E. Hoerl and R. W. Kennard, Ridge regression, Technometrics 12, 1970. G. Alain and Y. Bengio,
    Understanding intermediate layers using linear classifier probes, 2016.

    Examples
    --------
    >>> from diabolo import Autoencoder
    >>> from diabolo.datasets import load_digits
    >>> from diabolo.evaluation import downstream_score
    >>> X, y = load_digits()
    >>> autoencoder = Autoencoder(8, max_epochs=5, random_state=0).fit(X[:1200])
    >>> score = downstream_score(autoencoder, X[:1200], y[:1200], X[1200:], y[1200:])
    >>> [row["predictor"] for row in score.rows], score["code"] > 3 * score["mean"]
    (['code', 'pca', 'mean'], True)
    """
    if isinstance(baselines, str):
        baselines = (baselines,)
    for name in baselines:
        if name not in BASELINES:
            raise ParameterError(
                f"baselines has {name!r}; expected some of {', '.join(map(repr, BASELINES))}."
                f"{nearest_name(name, BASELINES)}"
            )
    y_train, known_train = known_target_of(X_train, y_train, "X_train")
    y_test, known_test = known_target_of(X_test, y_test, "X_test")
    kind = kind_of(y_train, supervision, model=model, autoencoder=autoencoder)
    if model is None:
        model = default_model(kind)

    def measured(predictor: str, size: int | None, predicted: Any) -> dict[str, Any]:
        return {"predictor": predictor, "size": size, **figures_of(kind, y_test, np.asarray(predicted))}

    codes = np.asarray(autoencoder.transform(X_train))[known_train]
    held_out = np.asarray(autoencoder.transform(X_test))[known_test]
    size = codes.shape[1]
    rows = [measured("code", size, predicted_from(model, codes, y_train, held_out))]
    coding = getattr(autoencoder, "target_", None)
    if coding is not None and coding.kind == kind:
        rows.append(measured("head", size, autoencoder.predict(X_test)[known_test]))
    if "pca" in baselines:
        pca = components_beside(autoencoder, X_train, size, random_state)
        one = pca.transform(flat_rows(X_train))[known_train]
        other = pca.transform(flat_rows(X_test))[known_test]
        rows.append(measured("pca", pca.n_components, predicted_from(model, one, y_train, other)))
    if "mean" in baselines:
        rows.append(measured("mean", None, predicted_from(constant_model(kind), codes, y_train, held_out)))
    return DownstreamScore(kind, tuple(rows), len(y_train), len(y_test))


def default_model(kind: str) -> Any:
    """Make what predicts from codes: a ridge of chosen strength or a logistic regression, standardizing."""
    if kind == "regression":
        return make_pipeline(StandardScaler(), FunctionTransformer(doubled), ridge_of_doubled())
    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=5000))


def doubled(rows: Float[np.ndarray, "n_rows n_features"]) -> Float[np.ndarray, "n_rows n_features"]:
    """Double standardized columns for `ridge_of_doubled`."""
    return 2 * rows


def ridge_of_doubled() -> RidgeCV:
    """Make the ridge regression of standardized columns, which it takes doubled.

    Before scikit-learn 1.9 RidgeCV finds wrong coefficients where columns are standardized and do not
    correlate, as principal components do not: its intercept's eigenvector is one of several with the same
    eigenvalue there. Of doubled columns, with strengths to match, the eigenvalue is another.
    """
    return RidgeCV(4 * _STRENGTHS)


def constant_model(kind: str) -> Any:
    """Make what predicts the same for everyone: the mean, or the most frequent class."""
    return DummyRegressor() if kind == "regression" else DummyClassifier(strategy="most_frequent")


def components_beside(autoencoder: Any, X: Any, size: int, random_state: int = 0) -> StreamedPCA:
    """Find principal components of rows, as the autoencoder scales them, as many as its code has or can be.

    Parameters
    ----------
    autoencoder : fitted estimator
        With ``scaler_``, if it scales.
    X : Source or array of shape (n_rows, n_features)
        The rows it was trained on.
    size : int
        How many components.
    random_state : int, default 0
        Seed of the search for them.

    Returns
    -------
    StreamedPCA
        Fitted.
    """
    X, scaler = flat_rows(X), getattr(autoencoder, "scaler_", None)
    return StreamedPCA(
        min(size, *X.shape),
        feature_weights=None if scaler is None or scaler.kind is None else scaler.factor,
        random_state=random_state,
    ).fit(X)


def flat_rows(X: Any) -> Any:
    """Lay out an array of images as rows."""
    return X.reshape(len(X), -1) if isinstance(X, np.ndarray) and X.ndim > 2 else X


def predicted_from(model: Any, codes: Any, y: Any, others: Any) -> Any:
    """Fit a clone of a model to codes, and predict from others."""
    return clone(model).fit(codes.astype(np.float64), y).predict(others.astype(np.float64))


def figures_of(
    kind: str, y: Float[np.ndarray, " n_rows"], predicted: Float[np.ndarray, " n_rows"]
) -> dict[str, float]:
    """Measure a prediction by the two figures of its kind."""
    if kind == "regression":
        # R squared of a single row is not defined.
        share = float(r2_score(y, predicted)) if len(y) > 1 else float("nan")
        return {"mean_absolute_error": float(mean_absolute_error(y, predicted)), "explained_share": share}
    # By hand, since scikit-learn warns where a class is predicted that no held-out row has.
    present = np.unique(y)
    recalls = [float(np.mean(predicted[y == each] == each)) for each in present]
    return {"accuracy": float(accuracy_score(y, predicted)), "balanced_accuracy": float(np.mean(recalls))}


def known_target_of(
    X: Any, y: Any, name: str = "X"
) -> tuple[Shaped[np.ndarray, " known"], Bool[np.ndarray, " n_rows"]]:
    """Return the known entries of y, or where it is None of the target that came with the table.

    Parameters
    ----------
    X : Source or array-like
        The rows.
    y : array-like of shape (n_rows,) or (n_rows, n_numbers), or None
        What belongs to them.
    name : str, default "X"
        What the rows are called in messages.

    Returns
    -------
    values : ndarray of shape (known rows,) or (known rows, n_numbers)
        Of bool, int64, float64 or text.
    known : bool array of shape (n_rows,)
        Which rows they are of: those of which no number is missing.

    Raises
    ------
    InputError
        There is no target, it has another length, no entry is known, one is infinite, or entries are of
        different kinds.

    Examples
    --------
    >>> values, known = known_target_of(np.eye(3), [31, None, 47])
    >>> values.tolist(), known.tolist()
    ([31, 47], [True, False, True])
    """
    what = f"the target of {getattr(X, 'name', name)}"
    if y is None:
        column = getattr(X, "target_name", None)
        if column is None:
            raise InputError(
                f"{getattr(X, 'name', name)} came without a target; pass y, or name the column as it is "
                "opened: diabolo.open(path, target=...)."
            )
        y, what = X.carried[column], f"{what}, {column!r},"
    entries, n_rows = entries_of(y), len(X)
    if not n_rows:
        raise InputError(f"{getattr(X, 'name', name)} has no rows; give at least one.")
    if entries.ndim not in (1, 2) or len(entries) != n_rows:
        raise InputError(f"{what} has shape {entries.shape}; expected {n_rows} entries, one a row.")
    origin = getattr(X, "origin", int)
    known: Bool[np.ndarray, " n_rows"] = ~np.any(missing_in(entries).reshape(n_rows, -1), axis=1)
    rows = np.flatnonzero(known)
    if not len(rows):
        raise InputError(
            f"{what} is missing in all {n_rows:,} rows; expected a known one in at least one of them."
        )
    entries = entries if len(rows) == n_rows else entries[rows]
    values = plain_values(entries, what, lambda place: origin(int(rows[place])))
    infinite = np.flatnonzero(infinite_in(values).reshape(len(rows), -1).any(axis=1))
    if len(infinite):
        raise InputError(
            f"{what} is infinite in row {origin(int(rows[infinite[0]]))}, counted from 0, and in "
            f"{len(infinite)} row(s) in all; leave such rows out."
        )
    return (values[:, 0] if values.ndim == 2 and values.shape[1] == 1 else values), known


def kind_of(
    y: Shaped[np.ndarray, " n_rows"], supervision: str = "auto", *, model: Any = None, autoencoder: Any = None
) -> Literal["regression", "classification"]:
    """Say whether a target is numbers or classes.

    Parameters
    ----------
    y : ndarray
        The target.
    supervision : {"auto", "regression", "classification"}, default "auto"
        What it is. "auto" asks the model, then the autoencoder that it guided, then the values: text, truth
        values, dates, and whole numbers (2 or 2.0) of at most 20 different values are classes; other numbers
        are numbers.
    model : scikit-learn regressor or classifier, optional
        What predicts it.
    autoencoder : fitted estimator, optional
        Perhaps guided by it.

    Returns
    -------
    {"regression", "classification"}

    Raises
    ------
    ParameterError
        There is no such kind, or the model is of the other.

    Examples
    --------
    >>> kind_of(np.array(["a", "b"])), kind_of(np.array([0.5, 1.5]))
    ('classification', 'regression')
    """
    if supervision not in KINDS:
        raise ParameterError(
            f"supervision must be one of {', '.join(map(repr, KINDS))}; got {supervision!r}."
            f"{nearest_name(supervision, KINDS)}"
        )
    told: Any = None if supervision == "auto" else supervision
    if model is not None:
        of_model = "regression" if is_regressor(model) else "classification" if is_classifier(model) else None
        if of_model is None:
            raise ParameterError(
                f"model must be a regressor or a classifier of scikit-learn's kind; got {model!r}."
            )
        if told not in (None, of_model):
            raise ParameterError(
                f"{setting('supervision', told)}, but the model {model!r} is for {of_model}."
            )
        told = of_model
    coding = getattr(autoencoder, "target_", None)
    if told is None and coding is not None:
        told = coding.kind
    if told is None:
        told = "classification" if are_classes(plain_values(entries_of(y), "the target")) else "regression"
    return told
