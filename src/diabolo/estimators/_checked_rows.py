"""Rows as they come in: whatever holds them becomes a source, compared with what was fitted."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.data.array_source import ArraySource
from diabolo.data.cells import complex_cells, unmasked
from diabolo.data.checked_source import ADVICE, CheckedSource
from diabolo.data.fixed_lists import widened
from diabolo.data.foreign_tables import taken
from diabolo.data.in_memory import in_memory_table, kind_of
from diabolo.data.loose_columns import UNFIT_KINDS, UnfitColumn, few_values, loose_column, refuse_unfit
from diabolo.data.source import Source
from diabolo.errors import DiaboloWarning, InputError, UnfitColumnsError
from diabolo.estimators._category_rows import category_rows, table_of
from diabolo.estimators._refused_rows import refuse_paths, refused_in_own_words
from diabolo.estimators._sklearn import check_is_fitted, validate_data
from diabolo.messages import either, setting, warn_caller

if TYPE_CHECKING:
    from jaxtyping import Float

__all__ = ["check_rows", "check_weights", "compared_rows", "fitted_rows", "missing_of", "source_target"]

_MOST_NAMED = 5
_ADVICE = f"Fill it, or set {setting('missing', 'mean')} or {setting('missing', 'mask')}."
_FITTED_ADVICE = f"Fill it, or fit with {setting('missing', 'mean')} or {setting('missing', 'mask')}."


def check_rows(estimator: Any, X: Any, *, reset: bool, least: int = 1) -> CheckedSource:
    """Take rows as a source that refuses cells that cannot be used, when they are read.

    Parameters
    ----------
    estimator : estimator
        Whose ``n_features_in_`` and ``feature_names_in_`` are set or compared.
    X : array-like of shape (rows, features), data frame, sparse, Arrow or AnnData table, or Source
        The user's rows.
    reset : bool
        Whether to set (in ``fit``) or to compare.
    least : int, default 1
        Rows needed.

    Returns
    -------
    CheckedSource
        Of the user's own number type, and not copied where it is an array already.

    Raises
    ------
    InputError
        For text, for too few rows, or other columns than in ``fit``.
    InputTypeError
        For what is not a table of numbers at all.
    """
    source = compared_rows(estimator, X, reset=reset, least=least)
    takes_missing = hasattr(estimator, "missing")
    allows_missing = takes_missing and missing_of(estimator, fitted=not reset) != "error"
    # A detector may be told anew, a network is what it was fitted to be.
    said = _ADVICE if reset or hasattr(type(estimator), "set_missing") else _FITTED_ADVICE
    return CheckedSource(source, type(estimator).__name__, allows_missing, said if takes_missing else ADVICE)


def missing_of(estimator: Any, *, fitted: bool) -> str:
    """Say what becomes of an estimator's missing cells.

    Parameters
    ----------
    estimator : estimator
        With a parameter ``missing``; where that is None, its autoencoder's counts.
    fitted : bool
        Whether what it was fitted with counts, and not what it is set to.

    Returns
    -------
    str
    """
    kept = vars(estimator).get("_fitted_parameters", {}) if fitted else {}
    missing = kept.get("missing", estimator.missing)
    if missing is None:
        missing = getattr(kept.get("autoencoder", estimator.autoencoder), "missing", "error")
    return str(missing)


def fitted_rows(estimator: Any, X: Any) -> CheckedSource:
    """Take rows as a source, as `check_rows` does, for an estimator that must be fitted."""
    if not estimator.__sklearn_is_fitted__():  # scikit-learn makes all tags before it asks the same
        check_is_fitted(estimator)
    return check_rows(estimator, X, reset=False)


def compared_rows(estimator: Any, X: Any, *, reset: bool, least: int, finite: Any = False) -> Source:
    """Take rows as a source, and compare its columns with what was fitted, or settle them.

    Parameters
    ----------
    estimator, X, reset, least
        As of `check_rows`.
    finite : bool or "allow-nan", default False
        What scikit-learn is to look for in an array; nothing else is read.

    Returns
    -------
    Source
    """
    owner = type(estimator).__name__
    refuse_paths(owner, X)
    X = taken(X, owner)
    if kind_of(X) == "frame":
        X = widened(X)
    elif reset and isinstance(X, Source) and X.left_out:
        _warn_of_left_out(X)
    if (getattr(estimator, "categories", None) if reset else table_of(estimator)) is not None:
        return category_rows(estimator, X, reset=reset, least=least)
    if reset:
        vars(estimator).pop("categories_", None)
    flat = estimator._flat(X, reset) if hasattr(estimator, "_flat") else X
    kind = kind_of(X)
    if kind is None and not isinstance(X, Source):
        if _is_as_fitted(estimator, flat) and not reset and not finite and len(flat) >= least:
            return ArraySource(flat, name="Input X")
        with _or_as_categories(estimator, reset=reset):
            return _array_source(estimator, flat, reset=reset, least=least, finite=finite)
    with _or_as_categories(estimator, reset=reset):
        source = X if isinstance(X, Source) else in_memory_table(X, owner=owner)
    for count, what, fewest in ((len(source), "row(s)", least), (source.n_features, "feature(s)", 1)):
        if count < fewest:
            raise InputError(f"{source.name} has {count} {what}; {owner} needs at least {fewest}.")
    if kind == "frame" and (
        reset or not _has_the_names(estimator, X)
    ):  # scikit-learn has words of its own for them
        with refused_in_own_words(owner, X):
            try:
                validate_data(estimator, X, reset=reset, skip_check_array=True)
            except ValueError as problem:
                names = getattr(estimator, "feature_names_in_", None)
                if names is None or not set(names) <= set(source.feature_names or ()):
                    raise
                # scikit-learn has estimators refuse columns in another order, and in these words.
                raise InputError(
                    f"{problem}Take the columns as they were: X[list(model.feature_names_in_)]."
                ) from None
    elif kind != "frame":
        _compare_columns(estimator, source, reset=reset)
    return source


@contextlib.contextmanager
def _or_as_categories(estimator: Any, *, reset: bool) -> Iterator[None]:
    """Say of columns of text that hold few values that they may be features of an estimator."""
    try:
        yield
    except UnfitColumnsError as problem:
        if not (reset and problem.few and "categories" in estimator.PARAMETERS):
            raise
        more = f"{problem.message.marked} {few_values(problem.few)}."
        raise UnfitColumnsError(more, problem.few) from None


def _warn_of_left_out(source: Source) -> None:
    """Name columns of which no features are made although they are no text either."""
    shown = ", ".join(source.left_out[:_MOST_NAMED])
    more = len(source.left_out) - _MOST_NAMED
    cures = " or ".join(setting(each) for each in ("keep_columns", "drop_columns"))
    warn_caller(
        DiaboloWarning(
            f"{source.name}: no features are made of {shown}{f' and {more} more' if more > 0 else ''}. Make "
            f"numbers of what is to be learned; {cures}{either(' of diabolo.open', '')} names the others."
        )
    )


def _has_the_names(estimator: Any, frame: Any) -> bool:
    """Whether a frame's columns are named as in ``fit``; scikit-learn looks at each of thousands twice."""
    fitted, names = getattr(estimator, "feature_names_in_", None), frame.columns
    return fitted is not None and (names.tolist() if hasattr(names, "tolist") else names) == fitted.tolist()


def _array_source(estimator: Any, X: Any, *, reset: bool, least: int, finite: Any) -> ArraySource:
    X = unmasked(X)
    _refuse_unfit_kinds(estimator, X)
    if isinstance(X, (list, tuple)):
        with contextlib.suppress(ValueError):  # of rows that differ in length scikit-learn has its own to say
            cells = np.asarray(X)
            X = cells if cells.dtype.kind == "O" and cells.ndim == 2 else X  # with None for missing cells
    with refused_in_own_words(type(estimator).__name__, X):
        rows = validate_data(
            estimator, X, reset=reset, dtype="numeric", ensure_all_finite=finite, ensure_min_samples=least
        )
    if rows.dtype.kind not in "biuf":
        raise InputError(
            f"X has dtype {rows.dtype}, which is not a kind of number; convert it to float first."
        )
    return ArraySource(rows, name="Input X")


def _is_as_fitted(estimator: Any, X: Any) -> bool:
    """Whether scikit-learn, which takes a tenth of a millisecond to look, has nothing to say of an array."""
    return (
        type(X) is np.ndarray
        and X.ndim == 2
        and X.dtype.kind in "biuf"
        and X.shape[1] == getattr(estimator, "n_features_in_", -1)
        and "feature_names_in_" not in vars(estimator)
    )


def _compare_columns(estimator: Any, source: Source, *, reset: bool) -> None:
    owner, names = type(estimator).__name__, source.feature_names
    if reset:
        estimator.n_features_in_ = source.n_features
        if names is not None:
            estimator.feature_names_in_ = np.asarray(names, dtype=object)
        elif hasattr(estimator, "feature_names_in_"):
            del estimator.feature_names_in_
        return
    fitted = getattr(estimator, "feature_names_in_", None)
    known = fitted is not None and names is not None and set(fitted) <= set(names)
    how = (
        "take them as they were: source.columns([source.feature_names.index(name) for name in "
        "model.feature_names_in_])."
    )
    if source.n_features != estimator.n_features_in_:
        raise InputError(
            f"{source.name} has {source.n_features} features, but {owner} is expecting "
            f"{estimator.n_features_in_} features as input{f'; {how}' if known else '.'}"
        )
    if fitted is None or names is None or list(names) == list(fitted):
        return
    for column, (name, wanted) in enumerate(zip(names, fitted, strict=True)):
        if name != wanted:
            raise InputError(
                f"{source.name}: column {column} is {name!r}, but in {owner}'s fit it was {str(wanted)!r}; "
                f"{how if known else 'give the columns of the fit.'}"
            )


def _refuse_unfit_kinds(estimator: Any, X: Any) -> None:
    """Name the first cell that is not a number, where scikit-learn's message would not."""
    kind = getattr(getattr(X, "dtype", None), "kind", None)
    if kind == "c":
        raise complex_cells(type(estimator).__name__, X.dtype)
    if isinstance(X, (list, tuple)) or kind in ("O", "U", "S", "M", "m"):
        try:
            cells = np.asarray(X) if kind in ("M", "m") else np.asarray(X, dtype=object)
        except ValueError:
            return
        if cells.ndim == 2:
            owner = type(estimator).__name__
            read = (loose_column(cells.dtype, each.tolist, owner, i) for i, each in enumerate(cells.T))
            # Of other objects scikit-learn has its own to say.
            kinds = [each for each in read if isinstance(each, UnfitColumn) and each.what in UNFIT_KINDS]
            refuse_unfit(kinds, "X", owner)


def source_target(X: Any, y: Any) -> Any:
    """Return y, or where it was not given the target that came with the table."""
    name = getattr(X, "target_name", None)
    return X.carried[name] if y is None and name is not None else y


def check_weights(owner: str, sample_weight: Any, n_rows: int) -> Float[np.ndarray, " rows"] | None:
    """Check sample weights: one a row, finite, not negative, not all zero.

    Parameters
    ----------
    owner : str
        The estimator's name.
    sample_weight : array-like of shape (rows,), number or None
        The user's weights.
    n_rows : int
        Rows in the table.

    Returns
    -------
    float64 array of shape (rows,) or None

    Raises
    ------
    InputError
        Where they are not so.
    """
    if sample_weight is None:
        return None
    try:
        weights = np.asarray(unmasked(sample_weight), dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(
            f"{owner}: sample_weight is not numbers, but of dtype {np.asarray(sample_weight).dtype}; "
            "give one a row."
        ) from None
    if weights.ndim == 0:
        return None
    if weights.shape != (n_rows,):
        raise InputError(
            f"{owner}: sample_weight has the shape {weights.shape}, expected {(n_rows,)}: one weight a row."
        )
    bad = ~(np.isfinite(weights) & (weights >= 0))
    if bad.any():
        row = int(np.argmax(bad))
        raise InputError(
            f"{owner}: sample_weight is {weights[row]} in row {row}; weights must be finite and not negative."
        )
    if not weights.any():
        raise InputError(f"{owner}: every sample weight is zero; at least one row must count.")
    return weights
